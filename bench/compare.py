"""Times what other programs take for the models of the benchmarks, as far as they are installed: SciPy, CARFAC, Brian2 and
brian2hears. Each is run in one process on one processor and timed by processor time; the least of three runs counts.
compare.sh runs it and puts our own figures beside it."""

import math
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

RATE = 44100.0


def least(run, times=3):
    best = math.inf
    for _ in range(times):
        begun = time.process_time()
        run()
        best = min(best, time.process_time() - begun)
    return best


def row(program, what, seconds, units, frames):
    """units: channels or cells; frames: samples or steps of each."""
    ns = seconds * 1e9 / (units * frames)
    print(f"| {program} | {what} | {ns:.2f} | {1e9 / RATE / ns:.0f} |", flush=True)


def missing(program, error):
    print(f"| {program} | not measured: {error} | | |", flush=True)


def scipy_rows():
    import numpy
    import scipy
    from scipy.signal import fftconvolve, sosfilt

    program = "SciPy " + scipy.__version__
    rng = numpy.random.default_rng(1)
    channels, frames = 100, 22050
    sound = rng.standard_normal(frames)
    # Four sections of second order, stable, one set for each channel: the arithmetic of a gammatone.
    radius, angle = 0.98, numpy.linspace(0.05, 2.5, channels)
    sos = numpy.zeros((channels, 4, 6))
    sos[:, :, 0], sos[:, :, 1], sos[:, :, 3] = 1, -0.9, 1
    sos[:, :, 4], sos[:, :, 5] = -2 * radius * numpy.cos(angle)[:, None], radius * radius

    def gammatone():
        for c in range(channels):
            sosfilt(sos[c], sound)

    row(program, "four sections of second order (sosfilt)", least(gammatone), channels, frames)
    responses = rng.standard_normal((channels, 512))

    def finite():
        fftconvolve(sound[None, :], responses, axes=1)

    row(program, "finite responses of 512 taps (fftconvolve, the whole sound at once)", least(finite), channels, frames)


def carfac_rows():
    import numpy
    from carfac import carfac

    design = carfac.design_carfac(n_ears=1, fs=RATE)
    carfac.carfac_init(design)
    sound = numpy.random.default_rng(1).standard_normal((11025, 1)) * 0.01
    seconds = least(lambda: carfac.run_segment(design, sound), 1)
    row("CARFAC (NumPy)", "CARFAC cochlea", seconds, design.n_ch, len(sound))


def brian2_rows():
    import brian2
    from brian2 import Hz, NeuronGroup, Network, defaultclock, ms, prefs, second

    program = "Brian " + brian2.__version__
    cells, steps = 3000, 4410

    def group(target):
        prefs.codegen.target = target
        defaultclock.dt = second / RATE
        equations = """dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1 (unless refractory)
                       I = 0.5 + 0.4*sin(2*pi*100*Hz*t) : 1"""
        cell = NeuronGroup(cells, equations, threshold="v>1", reset="v=0", refractory=5 * ms, method="euler",
                           namespace={"ms": ms, "Hz": Hz})
        net = Network(cell)
        net.run(5 * ms)  # compiles
        return least(lambda: net.run(steps / RATE * second))

    for target in ("numpy", "cython"):
        try:
            row(program, f"noisy leaky integrate-and-fire cells, {target}", group(target), cells, steps)
        except Exception as error:  # no compiler, for example
            missing(f"{program}, {target}", error)


def brian2hears_rows():
    import brian2
    import brian2hears
    from brian2 import Hz, Network, clip, defaultclock, inf, kHz, ms, second
    from brian2hears import FilterbankGroup, FunctionFilterbank, Gammatone, erbspace, set_default_samplerate, whitenoise

    program = "brian2hears with Brian " + brian2.__version__
    set_default_samplerate(RATE * Hz)
    defaultclock.dt = second / RATE
    channels, duration = 3000, 100 * ms
    frames = int(round(float(duration) * RATE))
    sound = whitenoise(duration)
    sound.level = 60 * brian2hears.dB
    cf = erbspace(20 * Hz, 20 * kHz, channels)

    def gammatone():
        Gammatone(sound, cf).process()

    row(program, "gammatone", least(gammatone), channels, frames)

    def chain():
        ihc = FunctionFilterbank(Gammatone(sound, cf), lambda x: 3 * clip(x, 0, inf) ** (1.0 / 3.0))
        cell = FilterbankGroup(ihc, "I", """dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1 (unless refractory)
                                            I : 1""", threshold="v>1", reset="v=0", refractory=5 * ms, method="euler")
        Network(cell).run(duration)

    row(program, "simple-anf, whole chain", least(chain), channels, frames)


print("| program | what | ns per frame·channel or step·cell | channels or cells in real time at 44.1 kHz |")
print("|---|---|---:|---:|")
for program, rows in (("SciPy", scipy_rows), ("CARFAC", carfac_rows), ("Brian2", brian2_rows), ("brian2hears", brian2hears_rows)):
    try:
        rows()
    except ImportError as error:
        missing(program, error)
sys.exit(0)
