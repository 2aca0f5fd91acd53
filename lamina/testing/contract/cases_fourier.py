"""Rows of the table for Fourier transforms, each of whose parts is held against NumPy's."""

import numpy as np

from lamina.testing.contract.cases import FLOAT, case, draw

PARTS = ("real", "imag")


def _part_of(e, x, y, part, name, axes):
    return getattr(e, part)(getattr(e, name)(e.make_complex(x, y), axes=axes))


def _numpy_part_of(x, y, part, name, axes):
    return getattr(getattr(np.fft, f"{name}n")(x + 1j * y, axes=axes), part)


def _complex_to_complex():
    re, im = draw(2, 3, 4), draw(2, 3, 4, seed=1)
    for name in ("fft", "ifft"):
        for axes in ((-1,), (-2, -1), (1,)):
            for part in PARTS:
                case(
                    *(name, f"{axes}-{part}", [re, im], _numpy_part_of, _part_of, (part, name)),
                    named={"axes": axes},
                    dtypes=FLOAT,
                )


def _real_to_complex():
    for n in (4, 5, 3, 8):
        for part in PARTS:
            case(
                *("rfft", f"{n}-{part}", [draw(2, 5)]),
                lambda x, n, part: getattr(np.fft.rfft(x, n), part),
                lambda e, x, n, part: getattr(e, part)(e.rfft(x, n)),
                args=(n, part),
                dtypes=FLOAT,
            )
        case(
            *("irfft", str(n), [draw(2, 3), draw(2, 3, seed=1)]),
            lambda x, y, n: np.fft.irfft(x + 1j * y, n),
            lambda e, x, y, n: e.irfft(e.make_complex(x, y), n),
            args=(n,),
            dtypes=FLOAT,
        )


_complex_to_complex()
_real_to_complex()
