"""Ops in files: the entry of a graph's configuration that Keras has for a call of an op, and back.

Keras writes `ops.mean(x, axis=1)` as the class `Mean` of a private module, made with `{"axis": 1}`
and called on `[x]`. What a class is called on are the op's tensors, as its annotations tell; the
tables have what is called otherwise there, and the ops that Keras divides in another way.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import lamina.ops as all_ops
from lamina.core import registry
from lamina.core.settings import image_data_format
from lamina.core.symbolic import KerasTensor
from lamina.ops.numpy.indexing import get_item

_FUNCTIONS = {
    name: fn
    for space in (all_ops.image, all_ops)
    for name, fn in {**vars(space), "get_item": get_item}.items()
    if inspect.isfunction(fn) and not name.startswith("_")
}
# The private modules of Keras in which the classes are; the rest is in `core`.
_MATH = """cdist erf erfc erfinv extract_sequences fft fft2 ifft2 in_top_k irfft istft logdet logsumexp rfft rsqrt
    segment_max segment_min segment_prod segment_sum stft top_k view_as_complex view_as_real"""
_ACRONYMS = "fft fft2 ifft2 irfft istft jvp psnr rfft ssim stft svd"
_MODULES = {
    "einops": {"rearrange"},
    "image": set(vars(all_ops.image)),
    "math": set(_MATH.split()),
    **{name: set(vars(getattr(all_ops, name))) for name in ("numpy", "nn", "linalg")},
}
# Names of classes that are not the op's in camel case.
_CLASSES = {
    "allclose": "AllClose",
    "batch_normalization": "BatchNorm",
    "cdist": "CDist",
    "ctc_decode": "CTCDecode",
    "ctc_loss": "CTCLoss",
    "extract_patches_3d": "ExtractPatches",
    "hsv_to_rgb": "HSVToRGB",
    "isin": "IsIn",
    "layer_normalization": "LayerNorm",
    "rgb_to_grayscale": "RGBToGrayscale",
    "rgb_to_hsv": "RGBToHSV",
    "rms_normalization": "RMSNorm",
    "searchsorted": "SearchSorted",
    **{n: n.upper() for n in _ACRONYMS.split()},
}
# What the class is called on, where that is not exactly the op's tensors.
_CALLED_ON = {
    "arange": "start stop step",
    "array": "x",
    "associative_scan": "f elems",
    "bincount": "x",
    "clip": "x",
    "cond": "pred true_fn false_fn",
    "convert_to_tensor": "x",
    "dot_product_attention": "query key value bias mask scale",
    "fori_loop": "init_val",
    "full": "fill_value",
    "full_like": "x fill_value",
    "get_item": "x key",
    "isclose": "x1 x2 rtol atol",
    "layer_normalization": "x gamma beta",
    "map": "f xs",
    "pad": "x constant_values",
    "rearrange": "tensor pattern axes_lengths",
    "scale_and_translate": "images output_shape scale translation",
    "scan": "f init xs",
    "select": "condlist choicelist default",
    "slice": "inputs start_indices",
    "slice_update": "inputs start_indices updates",
    "switch": "index branches operands",
    "threshold": "x",
    "trapezoid": "y",
    "vectorized_map": "elements",
    "while_loop": "loop_vars",
    **dict.fromkeys(("fft", "fft2", "ifft2", "irfft", "istft", "ndim", "size"), "x"),
}
# Numbers that stand for a list of so many there.
_LISTS = {("reshape", "newshape"): 1, ("extract_patches_3d", "size"): 3}
# Younger than the classes of Keras 3.15: written only if they differ from their defaults.
_YOUNG = {"top_k": {"is_stable"}}


def _class_name(name: str) -> str:
    return _CLASSES.get(name) or "".join(part.capitalize() for part in name.split("_"))


# Where two ops share a class, the one that it is named after is read.
_BY_CLASS = {
    _class_name(name): _FUNCTIONS[name]
    for name in sorted(_FUNCTIONS, key=lambda name: name not in _CLASSES)
}
SHELF = registry.Shelf("ops", "op", _FUNCTIONS, aliases=_BY_CLASS)
_NOT_IN_FILES = {
    *("associative_scan", "cond", "custom_gradient", "fori_loop", "jvp", "map", "scan", "switch"),
    *("vectorize", "vectorized_map", "while_loop"),  # functions of functions
    *("convert_to_numpy", "dtype", "is_tensor", "shape"),  # they do not compute an array
}
READABLE = {
    name: function for name, function in _BY_CLASS.items() if function.__name__ not in _NOT_IN_FILES
}
"""The ops that a file may name, by Keras' classes."""
MODULES = {f"keras.src.ops.{name}" for name in (*_MODULES, "core")}
"""The modules in which Keras has them."""


@cache
def _called_on(function: Callable) -> tuple[str, ...]:
    """Return the names of the arguments that a file has in the call; the others are settings."""
    name = function.__name__
    if name in _CALLED_ON:
        return tuple(_CALLED_ON[name].split())
    parameters = inspect.signature(function).parameters.values()
    return tuple(p.name for p in parameters if "Tensor" in str(p.annotation))


def describe(function: Callable, args: Any, kwargs: Any, written: Callable, name: str) -> Any:
    """Return the entry for one call of an op.

    Args:
        function: the op.
        args, kwargs: of the call, KerasTensors among them.
        written: `value -> data`, for each argument.
        name: of the call's node.

    Raises:
        ValueError: the function is not an op, or a file has no place for a tensor where one is given.
    """
    op = function.__name__
    if SHELF.objects.get(op) is not function or op in _NOT_IN_FILES:
        raise ValueError(
            f"The graph calls the function {op!r}, which has no name in files. Put it into a layer of your own."
        )
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    called_on, called_with, settings = [], {}, {}
    for p in inspect.signature(function).parameters.values():
        value = bound.arguments[p.name]
        if p.name in _called_on(function):
            if p.kind is p.VAR_POSITIONAL:
                called_on += [written(x) for x in value]
            elif p.kind is p.VAR_KEYWORD:
                called_with = {key: written(x) for key, x in value.items()}
            else:
                called_on.append(written(value))
        elif isinstance(value, KerasTensor):
            raise ValueError(f"ops.{op}: files have no place for a symbolic tensor as {p.name!r}.")
        elif p.kind is p.VAR_KEYWORD:
            settings |= {key: written(x) for key, x in value.items()}
        elif p.name not in _YOUNG.get(op, ()) or value != p.default:
            if isinstance(value, int):
                value = [value] * _LISTS[op, p.name] if (op, p.name) in _LISTS else value
            if (
                p.name == "data_format" and value is None
            ):  # what is in force where it is read may differ
                value = image_data_format()
            settings[p.name] = written(value)
    cls = _class_name(op)
    return {
        "module": f"keras.src.ops.{next((m for m, ops in _MODULES.items() if op in ops), 'core')}",
        "class_name": cls,
        "config": {"name": name, **settings},
        "registered_name": cls,
        "name": name,
        "inbound_nodes": [{"args": called_on, "kwargs": called_with}],
    }


def is_op(entry: dict[str, Any]) -> bool:
    """Tell whether an entry of a graph describes an op."""
    module = entry.get("module")
    return isinstance(module, str) and module in MODULES


def applied(function: Callable, settings: dict[str, Any]) -> Callable:
    """Make the function that applies an op with its settings to what it is called on."""
    parameters = inspect.signature(function).parameters

    def apply(*args: Any, **kwargs: Any) -> Any:
        *fixed, last = _called_on(function) or ("",)
        called_on = dict(zip([*fixed, last], args, strict=False))
        if last and parameters[last].kind is inspect.Parameter.VAR_POSITIONAL:
            called_on[last] = args[len(fixed) :]
        given = {**settings, **called_on, **kwargs}
        if function is get_item and isinstance(given["key"], list):
            given["key"] = tuple(given["key"])  # data know no tuples
        return _call(function, given)

    return apply


def _call(function: Callable, given: dict[str, Any]) -> Any:
    """Call `function` with arguments by name, those that it takes by place only included."""
    args: list[Any] = []
    for p in inspect.signature(function).parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            args += given.pop(p.name, ())
            break
        if p.name not in given:
            break
        args.append(given.pop(p.name))
    return function(*args, **given)
