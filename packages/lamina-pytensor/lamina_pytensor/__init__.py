"""The engine `pytensor` of lamina: Theano's heir, as an engine from outside of lamina's package.

Arrays are NumPy's where they have values. In a program (`compile`, `value_and_grad`) they have none yet: there each
primitive is a node of PyTensor's graph, which PyTensor differentiates, rewrites and compiles.
"""

from types import SimpleNamespace

import pytensor.tensor as pt

from lamina.engine import elimination, rotations, special
from lamina.engine.contract import Engine, is_of_core, named
from lamina_pytensor import arrays, autodiff, control, draws, program, structure
from lamina_pytensor.dispatch import NUMPY, composed, either, refused
from lamina_pytensor.symbols import LACKS, Symbol

_ALONE = "PyTensor has no such function, or none with a gradient."
_COMPLEX = LACKS["complex64"]
_MATRICES = "PyTensor's own takes no empty matrices, or has no gradient of it."
UNTRACED = {
    **dict.fromkeys("fft ifft rfft irfft make_complex real imag conj eig".split(), _COMPLEX),
    **dict.fromkeys("nextafter view".split(), _ALONE),
    **dict.fromkeys("svd singular_values eigh".split(), _MATRICES),
    "argwhere": "The size of the result depends on values.",
    "while_loop": "How often it runs depends on values: use ops.scan.",
    **LACKS,
}

_on_values = {
    name: member for name, member in vars(NUMPY).items() if is_of_core(name) and name != "overrides"
}
_native = {
    **vars(named(pt, arrays.NATIVE)),
    **vars(named(pt.linalg, "det slogdet")),
    **arrays.BINARY,
    **{
        name: getattr(arrays, name)
        for name in "rsqrt round relu maximum minimum where sum prod mean any max min argmax argsort cumsum cumprod "
        "searchsorted transpose flip pad scatter_add scatter_set cast einsum".split()
    },
}
_composed = {
    **vars(named(structure, "getitem conv conv_transpose max_pool sum_pool segment")),
    **vars(named(elimination, "lu_factor cholesky solve solve_triangular")),
    **vars(named(special, "i0 left_shift right_shift")),
    "qr": rotations.qr,
}


def _asarray(x, dtype=None):
    if isinstance(x, Symbol):
        return x if dtype is None else ENGINE.cast(x, dtype)
    if isinstance(x, (list, tuple)) and any(isinstance(part, Symbol) for part in x):
        return ENGINE.stack([_asarray(part, dtype) for part in x], 0)
    return NUMPY.asarray(x, dtype)


ENGINE = Engine(
    SimpleNamespace(**_on_values),
    SimpleNamespace(
        name="pytensor",
        array_types=(*NUMPY.array_types, Symbol),
        capabilities="differentiates compiles repeats draws",
        untraced=UNTRACED,
        asarray=_asarray,
    ),
    SimpleNamespace(**{name: either(name, fn) for name, fn in _native.items()}),
    SimpleNamespace(**{name: composed(name, fn) for name, fn in _composed.items()}),
    SimpleNamespace(
        **{name: refused(name, why) for name, why in UNTRACED.items() if name not in LACKS}
    ),
    *(control, autodiff, program, draws),
)
