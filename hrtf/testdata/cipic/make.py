"""Writes subject_003/hrir_final.mat in the form of the CIPIC database, with three taps: element (a, e, t) of the left ear is a + e/100 + 1000 t, of the right its negative."""

import numpy as np
import scipy.io

a, e, t = np.meshgrid(np.arange(25), np.arange(50), np.arange(3), indexing="ij")
left = a + e / 100 + 1000.0 * t
scipy.io.savemat("subject_003/hrir_final.mat", {"hrir_l": left, "hrir_r": -left, "name": "subject_003"}, do_compression=True)
