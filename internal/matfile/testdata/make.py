"""Writes the files of this folder with scipy."""

import numpy as np
import scipy.io

variables = {
    "numbers": np.arange(24, dtype="<f8").reshape(2, 3, 4) / 4,
    "single": np.array([[1.5, -2.5]], dtype="<f4"),
    "whole": np.array([[-3, 200, 70000]], dtype="<f8"),
    "bytes": np.array([[-3, 100]], dtype="i1"),
    "int16": np.array([[-3, 300]], dtype="<i2"),
    "uint16": np.array([[3, 60000]], dtype="<u2"),
    "int32": np.array([[-3, 70000]], dtype="<i4"),
    "uint32": np.array([[3, 3000000000]], dtype="<u4"),
    "uint8": np.array([[3, 200]], dtype="u1"),
    "uint64": np.array([[3, 1 << 40]], dtype="<u8"),
    "long": np.array([[-3, 1 << 40]], dtype="<i8"),
    "text": "a text, ä",
    "empty": np.zeros((0, 0)),
    "complex": np.array([[1 + 2j]]),
    "cells": np.array([["a", 1.0]], dtype=object),
    "record": {"azim_v": np.array([[0.0], [15.0]]), "type_s": "FIR", "within": {"deep": 7.0}},
}
scipy.io.savemat("plain.mat", variables)
scipy.io.savemat("compressed.mat", variables, do_compression=True)
