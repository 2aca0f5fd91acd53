"""`InputSpec`: what a layer expects of its input, and the one check of it."""

from __future__ import annotations

from typing import Any

from lamina.core import registry, tree
from lamina.core.configurable import from_fields, without_defaults
from lamina.core.naming import described


@from_fields
class InputSpec:
    """Rank, shape and dtype that a layer expects of one input.

    Args:
        dtype: name of the dtype.
        shape: sizes, `None` for any.
        ndim: number of axes; `min_ndim`, `max_ndim`: its bounds.
        axes: axis -> size, such as `{-1: 784}`.
        allow_last_axis_squeeze: accept one axis more or less if it has size 1.
        name: of the input, where inputs come in a dict.
        optional: whether `None` is accepted.
        meaning: of the axes, in words for messages, such as `"(batch, time, features)"`.

    Example:
        >>> InputSpec(min_ndim=2, axes={-1: 784})
        InputSpec(min_ndim=2, axes={-1: 784})
    """

    dtype: str | None = None
    shape: tuple[int | None, ...] | None = None
    ndim: int | None = None
    max_ndim: int | None = None
    min_ndim: int | None = None
    axes: dict[int, int | None] | None = None
    allow_last_axis_squeeze: bool = False
    name: str | None = None
    optional: bool = False
    meaning: str | None = None

    def __post_init__(self) -> None:
        """Bring shape and axes to one form.

        Raises:
            ValueError: the shape is a text.
            TypeError: the axes are not a dict.
        """
        if isinstance(self.shape, str):
            raise ValueError(f"InputSpec: `shape` must be a tuple of sizes, not {self.shape!r}.")
        if self.axes and not isinstance(self.axes, dict):
            raise TypeError(
                f"InputSpec: `axes` must be a dict of axes to sizes, not {self.axes!r}."
            )
        if self.shape is not None:
            self.shape = tuple(self.shape)
            self.ndim = len(self.shape)
        self.axes = {int(axis): size for axis, size in (self.axes or {}).items()}

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if value)
        return f"InputSpec({given})"

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal spec."""
        config = {name: value for name, value in vars(self).items() if name != "meaning"}
        return without_defaults(config, allow_last_axis_squeeze=False, name=None)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """Make the spec that `get_config` describes."""
        return registry.make(cls, config)

    def mismatch(self, x: Any) -> str | None:
        """Return what was expected of `x` in words, such as `"2 axes or more"`; `None` if it fits."""
        shape = tuple(x.shape)
        if self.allow_last_axis_squeeze and self.shape is not None:
            shape = _squeezed_to(shape, len(self.shape))
        n = len(shape)
        if self.ndim is not None and n != self.ndim:
            return f"{self.ndim} axes"
        if self.max_ndim is not None and n > self.max_ndim:
            return f"{self.max_ndim} axes or fewer"
        if self.min_ndim is not None and n < self.min_ndim:
            return f"{self.min_ndim} axes or more"
        for axis, size in (self.axes or {}).items():
            if size is not None and shape[axis] not in (size, None):
                return f"size {size} along axis {axis}"
        for expected, size in zip(self.shape or (), shape, strict=False):
            if expected is not None and size is not None and expected != size:
                return f"shape {self.shape}"
        return None


def _squeezed_to(shape: tuple, ndim: int) -> tuple:
    if len(shape) == ndim + 1 and shape[-1] == 1:
        return shape[:-1]
    return (*shape, 1) if len(shape) == ndim - 1 else shape


def check(specs: Any, inputs: Any, where: str) -> None:
    """Compare `inputs` with `specs`, one spec or a tree of them.

    Raises:
        ValueError: an input does not fit; the message names the layer, what came and what was expected.
    """
    if not specs:
        return
    if isinstance(specs, InputSpec) and hasattr(inputs, "shape"):
        _check_one(specs, inputs, where)
        return
    if isinstance(specs, dict) and isinstance(inputs, dict):
        specs, inputs = list(specs.values()), [inputs.get(name) for name in specs]
    specs, inputs = tree.flatten(specs), tree.flatten(inputs)
    if len(specs) != len(inputs):
        raise ValueError(
            f"{where} expects {len(specs)} input(s), but got {len(inputs)}: {_shapes(inputs)}."
            + " Join them first, by layers.Concatenate or layers.Add." * (len(specs) == 1)
        )
    for spec, x in zip(specs, inputs, strict=True):
        _check_one(spec, x, where)


def check_input(layer: Any, inputs: Any) -> None:
    """Compare a layer's inputs with its `input_spec`, and with the shape that it was made with.

    Raises:
        ValueError: an input does not fit.
    """
    check(layer.input_spec, inputs, described(layer))
    if not layer.takes_complex and str(getattr(inputs, "dtype", "")).rpartition(".")[2].startswith(
        "complex"
    ):
        raise ValueError(
            f"{described(layer)} computes with real numbers, but got an input of dtype {inputs.dtype}: give it "
            "ops.real(x), ops.absolute(x), or both parts as features."
        )
    if layer.batch_input_shape is not None and hasattr(inputs, "shape"):
        _check_one(InputSpec(shape=layer.batch_input_shape), inputs, described(layer))


def _check_one(spec: InputSpec | None, x: Any, where: str) -> None:
    if spec is None or (x is None and spec.optional):
        return
    if x is None or not hasattr(x, "shape"):
        raise ValueError(f"{where} expects a tensor, but got {x!r} ({type(x).__name__}).")
    expected = spec.mismatch(x)
    if expected is not None:
        meaning = f" {spec.meaning}" if spec.meaning else ""
        raise ValueError(
            f"{where} expects an input{meaning} with {expected}, but got one of shape "
            f"{tuple(x.shape)}.{_advice(spec, tuple(x.shape))}"
        )


def _advice(spec: InputSpec, shape: tuple) -> str:
    """Return how an axis more or less is usually put right."""
    wanted = spec.ndim or spec.min_ndim
    if wanted is None or len(shape) == wanted:
        return ""
    if len(shape) == wanted + 1 and spec.ndim is not None:
        return " Flatten, Reshape or a pooling layer before it takes an axis away."
    if len(shape) == wanted - 1 and "time" in (spec.meaning or ""):
        return " A recurrent layer before it must have return_sequences=True."
    if 0 < wanted - len(shape) <= 2:
        return " Give it the missing axes: x[None] for the batch, x[..., None] for channels."
    return ""


def _shapes(inputs: list) -> list:
    return [tuple(x.shape) if hasattr(x, "shape") else type(x).__name__ for x in inputs]


registry.ROOT.offer({"InputSpec": InputSpec})
