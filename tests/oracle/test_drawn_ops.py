"""Every op beside Keras on one and the same engine: shapes, axes, dtypes and layouts are drawn.

The engine is Keras', one per process: `LAMINA_ORACLE_BACKEND=torch pytest -m slow tests/oracle/test_drawn_ops.py`.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import jax
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

import lamina
from lamina.core import tree
from lamina.engine.current import using
from tests.ops.drawing import words
from tests.ops.rows import NAMESPACES, TABLE, TOLERANCE, WITHOUT_NUMBERS, namespace

ENGINE = keras.config.backend()
NOT_COMPARED = {
    "empty_like": "its values are nobody's",
    "sparsemax": "Keras' own does not sum to 1: tests/ops/test_sparsemax.py",
    "elastic_transform": "another draw: tests/ops/test_image.py",
    "gaussian_blur": "Keras' moves an image by half a pixel under an even kernel: tests/ops/test_image.py",
    "eigh": "the vectors of equal eigenvalues are free: tests/ops/test_linalg.py",
    "argpartition": "the order within each part is free: tests/ops/test_searching.py",
}


def _has(kinds: str) -> Callable:
    return lambda args, _: any(x.dtype.name in words(kinds) for x in tensors_of(args))


def _of_nothing(args: Any, _: dict) -> bool:
    return ENGINE == "tensorflow" and any(x.size == 0 for x in tensors_of(args))


def _drops_axes(_: Any, kwargs: dict) -> bool:
    return ENGINE == "torch" and kwargs.get("keepdims", False) and kwargs.get("axis") is None


# Where Keras errs without raising: negated without a sign, similarity as an integer, mixed batches; bounds
# that overflow; integers left as they are where there are none; half a number widened; the largest of nothing;
# axes that should be kept.
ERRS = {
    **dict.fromkeys(words("log_sigmoid sparse_plus sparse_sigmoid"), _has("uint8")),
    **dict.fromkeys(words("ssim sobel_edges"), _has("uint8 int32 bool")),
    "saturate_cast": _has("int32"),
    **dict.fromkeys(
        words("softmax log_softmax"),
        lambda args, _: args[0].size == 0 or _has("uint8")(args, _),
    ),
    "angle": lambda args, _: args[0].ndim == 0 and args[0].dtype.name in LEAST,
    "cholesky_inverse": lambda args, _: args[0].ndim > 2,
    **dict.fromkeys(words("norm correlate"), _of_nothing),
    **dict.fromkeys(words("max min amax amin ptp sum prod nanprod"), _drops_axes),
}
# Keras' engines differ in these. Lamina has one answer, JAX's, on all; the dtypes of these are held against
# lamina on NumPy, and their values against Keras: of integers, of unsigned sums, of half floats with a number.
OTHER_DTYPE = {
    "torch": words("relu6 threshold heaviside clip fmod sum nansum prod nanprod trace cast"),
    "tensorflow": words(
        "relu6 heaviside clip fmod mod hypot bitwise_and bitwise_or bitwise_xor gcd lcm select"
    ),
}
# Of these the values, too, are held against lamina on NumPy.
OTHER_ANSWER = {
    "torch": words(
        # another shape: 0-d for one element, pads and products of other axes
        "count_nonzero average correlate dot cross pad slice view "
        # other values: NaN for one number; ties; comparisons and rounding in another dtype
        "geomspace linspace logspace in_top_k top_k isin round segment_min stft unique lu_factor "
        "scale_and_translate "
    ),
    "tensorflow": words(
        "corrcoef stack hstack vstack "  # another shape
        "linspace logspace geomspace logdet rot90 segment_max segment_min sobel_edges space_to_depth "
        "depth_to_space top_k unique unravel_index ctc_loss soft_shrink histogram meshgrid resize "
        "map_coordinates "
        "adaptive_max_pool depthwise_conv separable_conv"  # Keras' crash; give back an empty batch
    ),
}
# Another size is told beside the tensor's, or must not be 0.
NOT_EMPTIED = {
    "scale_and_translate",
    "dot_product_attention",
    "ctc_loss",
    *words("rfft irfft istft"),
}
NAMES = [
    name for name in TABLE if hasattr(namespace(name, keras.ops), name) and name not in NOT_COMPARED
]
# Half-size floats agree to a few units in their last place, or in that of 1.
LEAST = {"float16": 4e-3, "bfloat16": 3.2e-2}


def tensors_of(args: Any) -> list[np.ndarray]:
    return [x for x in tree.flatten(args) if isinstance(x, np.ndarray)]


def _with_gaps(x: np.ndarray) -> np.ndarray:
    return np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else x


def _backwards(x: np.ndarray) -> np.ndarray:
    return np.flip(np.flip(x).copy())


def _native_and_turned(x: np.ndarray) -> Any:
    return lamina.ops.transpose(lamina.ops.convert_to_tensor(x.T.copy()))


def _by_columns(x: np.ndarray) -> np.ndarray:
    return x.copy(order="F")


# The same values, otherwise laid out in memory.
LAYOUTS = [np.asarray, _by_columns, _with_gaps, _backwards, _native_and_turned]


def emptied(name: str, draw: Any, args: Any) -> Any:
    """`args` without elements along an axis of the first tensor, and of all that have its size there."""
    tensors = tensors_of(args)
    image = name in NAMESPACES or "conv" in name or "pool" in name
    if name in NOT_EMPTIED or not tensors or tensors[0].ndim < (4 if image else 1):
        return args
    first, axis = tensors[0], draw(st.sampled_from([0, -1]))
    axis = 0 if image else axis

    def cut(x: Any) -> Any:
        if not isinstance(x, np.ndarray) or not x.ndim:
            return x
        alike = x is first or ("conv" not in name and x.shape[axis] == first.shape[axis])
        return x.take([], axis) if alike else x

    return tree.map_structure(cut, args)


def drawn(name: str, draw: Any) -> tuple:
    args, kwargs = TABLE[name](draw)
    if name in WITHOUT_NUMBERS:  # Keras makes a number a float32; to lamina it is weak here, too
        args = [np.float32(x) if isinstance(x, float) else x for x in args]
    return (emptied(name, draw, args) if draw(st.integers(0, 4)) == 4 else args), kwargs


def leaves(found: Any, ops: Any) -> list[np.ndarray]:
    return [np.asarray(ops.convert_to_numpy(x)) for x in tree.flatten(found)]


def both_weak(args: Any) -> bool:
    """Whether there is a number beside a tensor without axes, which PyTorch takes for one, too."""
    numbers = any(type(x) in (int, float) for x in tree.flatten(args))
    return numbers and any(x.ndim == 0 for x in tensors_of(args))


def computed(name: str, ops: Any, place: str, args: Any, kwargs: dict) -> list | None:
    """What these ops give on an engine; `None` where they raise."""
    with warnings.catch_warnings(), using(place):
        warnings.simplefilter("ignore")
        try:
            return leaves(getattr(namespace(name, ops), name)(*args, **kwargs), ops)
        except Exception:
            return None


def expected(name: str, args: Any, kwargs: dict) -> list | None:
    """What Keras computes (or, where its engines differ, lamina on NumPy); `None` where that raises."""
    if name in OTHER_ANSWER.get(ENGINE, ()) or (ENGINE == "torch" and both_weak(args)):
        return computed(name, lamina.ops, "numpy", args, kwargs)
    theirs = computed(name, keras.ops, ENGINE, args, kwargs)
    if theirs is None or name not in OTHER_DTYPE.get(ENGINE, ()):
        return theirs
    definition = computed(name, lamina.ops, "numpy", args, kwargs) or theirs
    return [x.astype(d.dtype) for x, d in zip(theirs, definition, strict=True)]


def compare(name: str, args: Any, kwargs: dict, layout: Any) -> None:
    """Lamina's result for tensors in this layout is Keras' result."""
    theirs = expected(name, args, kwargs)
    if theirs is None or (name in ERRS and ERRS[name](args, kwargs)):
        return
    laid = tree.map_structure(lambda x: layout(x) if isinstance(x, np.ndarray) else x, args)
    ours = leaves(getattr(namespace(name, lamina.ops), name)(*laid, **kwargs), lamina.ops)
    given_dtypes = [x.dtype.name for x in tensors_of(args)]
    facts = [[(x.shape, x.dtype) for x in results] for results in (ours, theirs)]
    assert facts[0] == facts[1], facts
    for one, other in zip(ours, theirs, strict=True):
        least = max(LEAST.get(d, 0) for d in [one.dtype.name, *given_dtypes])
        tolerance = max(TOLERANCE.get(name, 1e-5), least)
        wide = "complex128" if np.iscomplexobj(one) else "float64"
        np.testing.assert_allclose(
            one.astype(wide), other.astype(wide), tolerance, max(0.2 * tolerance, least)
        )


def check(name: str, count: int, skipped: int = 0) -> None:
    drawings = itertools.count()

    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # shrinking compiles far too much; the arguments are small
    )
    @given(st.data())
    def run(data: Any) -> None:
        call, layout = drawn(name, data.draw), data.draw(st.sampled_from(LAYOUTS))
        if next(drawings) >= skipped:
            compare(name, *call, layout)

    with using(ENGINE):
        run()


@pytest.fixture(autouse=True, scope="module")
def _quickly() -> Iterator[None]:
    """JAX compiles each operation for each shape, here without optimizing: half of the time."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.mark.parametrize("name", NAMES)
def test_results_are_those_of_keras(name):
    check(name, 2, skipped=1)  # the first one that is drawn is always the simplest


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_many_results_are_those_of_keras(name):
    check(name, 25)
    jax.clear_caches()  # thousands of programs would not fit into memory
