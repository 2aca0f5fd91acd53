"""Functions of TensorFlow in graphs of Keras 2, as ops: from data to data.

Keras 2 wrote `x * 2`, `x[:, 0]` and `tf.nn.relu(x)` in a graph as layers that name a function. The table
is closed: another function stays what it is, and nothing makes that.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Op(NamedTuple):
    """How a function of TensorFlow is called as an op.

    Args:
        name: of the op's class in files, with its module.
        tensors: names of the arguments after the first that are tensors.
        settings: names of other arguments, and those of the op's.
    """

    name: str
    tensors: tuple[str, ...] = ()
    settings: dict[str, str] = {}  # noqa: RUF012  never mutated


_AXES = {"axis": "axis", "keepdims": "keepdims"}
_UNARY = {
    "math": "Exp Log Log1p Sqrt Square Sin Cos Tanh Negative Floor Ceil Sign Absolute",
    "nn": "Relu Relu6 Selu Elu Silu Sigmoid Softplus Softsign",
}
_BINARY = "Add Subtract Multiply Maximum Minimum Greater Less Equal"


def _op(name: str, *rest: Any) -> Op:
    return Op(f"numpy.{name}", *rest)


OPS: dict[str, Op] = {
    **{f"math.{name.lower()}": _op(name) for name in _UNARY["math"].split()},
    **{f"nn.{name.lower()}": Op(f"nn.{name}") for name in _UNARY["nn"].split()},
    "math.abs": _op("Absolute"),
    "math.sigmoid": Op("nn.Sigmoid"),
    "nn.tanh": _op("Tanh"),
    "nn.swish": Op("nn.Silu"),
    "stop_gradient": Op("core.StopGradient"),
    **{f"math.{name.lower()}": _op(name, ("y",)) for name in _BINARY.split()},
    "__operators__.add": _op("Add", ("y",)),
    "math.truediv": _op("TrueDivide", ("y",)),
    "math.divide": _op("TrueDivide", ("y",)),
    "math.pow": _op("Power", ("y",)),
    **{f"math.reduce_{n}": _op(n.capitalize(), (), _AXES) for n in ("mean", "sum", "max", "min")},
    "concat": _op("Concatenate", (), {"axis": "axis"}),
    "stack": _op("Stack", (), {"axis": "axis"}),
    "reshape": _op("Reshape", (), {"shape": "newshape"}),
    "transpose": _op("Transpose", (), {"perm": "axes"}),
    "compat.v1.transpose": _op("Transpose", (), {"perm": "axes"}),
    "expand_dims": _op("ExpandDims", (), {"axis": "axis"}),
    "squeeze": _op("Squeeze", (), {"axis": "axis"}),
    "compat.v1.squeeze": _op("Squeeze", (), {"axis": "axis"}),
    "cast": Op("core.Cast", (), {"dtype": "dtype"}),
    "nn.softmax": Op("nn.Softmax", (), {"axis": "axis"}),
    "clip_by_value": _op("Clip", (), {"clip_value_min": "x_min", "clip_value_max": "x_max"}),
    "linalg.matmul": _op("Matmul", ("b",)),
    "__operators__.getitem": _op("GetItem", ("slice_spec",)),
}
# Arguments that are written in any case, and the values of theirs that mean nothing.
_SILENT: dict[str, Any] = {
    "name": ...,
    "conjugate": False,
    "transpose_a": False,
    "transpose_b": False,
}


def as_op(layer: dict[str, Any], calls: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a layer that calls a function of TensorFlow as an op; as it is, if there is no such op."""
    config = layer.get("config")
    op = OPS.get(str(config.get("function"))) if isinstance(config, dict) else None
    converted = [_call(op, call) for call in calls] if op is not None else []
    if op is None or len(converted) != 1 or converted[0] is None:
        return {**layer, "inbound_nodes": calls}
    args, settings = converted[0]
    module, _, name = op.name.partition(".")
    return {
        "module": f"keras.src.ops.{module}",
        "class_name": name,
        "config": {"name": layer.get("name"), **settings},
        "registered_name": name,
        "name": layer.get("name"),
        "inbound_nodes": [{"args": args, "kwargs": {}}],
    }


def _call(op: Op, call: dict[str, Any]) -> tuple[list[Any], dict[str, Any]] | None:
    """Return an op's tensors and settings; `None` if the call asks for what the op does not do."""
    keywords, settings = call["kwargs"], {}
    for name, value in keywords.items():
        if name in op.settings:
            settings[op.settings[name]] = value
        elif name not in op.tensors and _SILENT.get(name, ()) not in (..., value):
            return None
    if not keywords.keys() >= set(op.tensors):
        return None
    return [*call["args"], *(_with_slices(keywords[name]) for name in op.tensors)], settings


def _with_slices(value: Any) -> Any:
    """Mark the slices in what a tensor is indexed by."""
    if isinstance(value, list):
        return [_with_slices(part) for part in value]
    if isinstance(value, dict) and value.keys() == {"start", "stop", "step"}:
        return {"class_name": "__slice__", "config": value}
    return value
