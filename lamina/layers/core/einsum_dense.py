"""`EinsumDense`: an affine map whose product is an einsum."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

from lamina import ops
from lamina.layers.arguments import from_fields, weight
from lamina.layers.core.affine import affine, fuses
from lamina.layers.regularizable import Regularizable


@from_fields
class EinsumDense(Regularizable):
    """`activation(einsum(equation, x, kernel) + bias)`.

    Shapes: as the equation says; kernel the sizes of its letters, bias those of `bias_axes`.

    Args:
        equation: `"input,kernel->output"`, such as `"abc,cd->abd"`; input and output may both begin,
            or both end, with `...`.
        output_shape: sizes of the output without the batch axis (or of the named axes, with `...`);
            `None` where the input has the axis, too.
        activation: name or function; none by default.
        bias_axes: the output's letters that the bias has axes for; no bias by default.
        kernel_initializer, bias_initializer: where the weights start.
        kernel_regularizer, bias_regularizer: losses computed from the weights.
        kernel_constraint, bias_constraint: applied to the weights after every update.

    Raises:
        ValueError: the equation cannot be read, or leaves a size open.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d")
        >>> layer(np.zeros((2, 5, 3), "float32")).shape
        (2, 5, 4)
    """

    always_written: ClassVar[tuple[str, ...]] = ("activity_regularizer", "quantization_config")

    takes_complex = False

    equation: str
    output_shape: Any
    activation: Any = None
    bias_axes: str | None = None
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    kernel_regularizer: Any = None
    bias_regularizer: Any = None
    kernel_constraint: Any = None
    bias_constraint: Any = None

    def check_arguments(self) -> None:
        """Take one size for a shape."""
        sizes = self.output_shape
        if not isinstance(sizes, (int, list, tuple)):
            raise TypeError(f"EinsumDense: `output_shape` must be sizes, not {sizes!r}.")
        self.output_shape = tuple(sizes) if isinstance(sizes, (list, tuple)) else (sizes,)

    def build(self, input_shape: Any) -> None:
        """Make the kernel, and the bias if there is one."""
        kernel_shape, bias_shape = _weight_shapes(
            self.equation, tuple(input_shape), self.output_shape, self.bias_axes
        )
        given, _, output = self.equation.replace(" ", "").replace("->", ",").split(",")
        # A mask (batch, time) holds for the output if these two axes stay where they are.
        self.supports_masking = output.startswith("...") or given[:2] == output[:2]
        self.kernel = weight(self, "kernel", kernel_shape)
        self.bias = None if bias_shape is None else weight(self, "bias", bias_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return `activation(einsum(equation, inputs, kernel) + bias)`."""
        axes = _meeting(self.equation, self.bias_axes)
        if axes and fuses(inputs):
            return self.activation(affine(inputs, self.kernel, self.bias, axes))
        x = ops.einsum(self.equation, inputs, self.kernel)
        if self.bias is not None:
            x = ops.add(x, self.bias)
        return self.activation(x)


@functools.cache
def _meeting(equation: str, bias_axes: str | None) -> int:
    """Return how many axes meet, if these are the input's last and the kernel's first; else 0.

    The output must have what is left of the input before what is left of the kernel, which the bias has, too.
    """
    given, kernel, output = equation.replace(" ", "").replace("->", ",").split(",")
    count = sum(letter not in output for letter in kernel)
    rest = kernel[count:]
    meets = given.endswith(kernel[:count]) and output == given[: len(given) - count] + rest
    return count if meets and bias_axes in (None, rest) else 0


def _weight_shapes(
    equation: str, input_shape: tuple, output_shape: tuple, bias_axes: str | None
) -> tuple[tuple, tuple | None]:
    try:
        left, output = equation.replace(" ", "").split("->")
        given, kernel = left.split(",")
    except ValueError:
        raise ValueError(
            f"EinsumDense: the equation {equation!r} is not of the form 'input,kernel->output'."
        ) from None
    at_end = output.startswith("...")  # the letters name the last axes
    inside = _sizes_by_letter(given.replace(".", ""), input_shape, at_end)
    if not at_end:
        output_shape = (input_shape[0], *output_shape)
    letters = output.replace(".", "")
    outside = _sizes_by_letter(letters, output_shape, at_end)
    sizes = {**outside, **{k: n for k, n in inside.items() if outside.get(k) is None}}
    unknown = [letter for letter in kernel if sizes.get(letter) is None]
    if unknown:
        raise ValueError(
            f"EinsumDense: the equation {equation!r} leaves the size of {unknown} in the kernel open, for "
            f"input shape {input_shape} and output_shape {output_shape}."
        )
    if bias_axes is None:
        return tuple(sizes[letter] for letter in kernel), None
    if stray := [letter for letter in bias_axes if letter not in letters]:
        raise ValueError(
            f"EinsumDense: `bias_axes` {bias_axes!r} names {stray}, which the output {output!r} has not."
        )
    tail = letters[min(letters.index(letter) for letter in bias_axes) :]
    bias = tuple(sizes[letter] if letter in bias_axes else 1 for letter in tail)
    if not at_end and output.endswith("..."):
        bias += (1,) * (len(input_shape) - len(given.replace(".", "")))
    return tuple(sizes[letter] for letter in kernel), bias


def _sizes_by_letter(letters: str, shape: tuple, at_end: bool) -> dict[str, Any]:
    if len(letters) > len(shape):
        raise ValueError(
            f"EinsumDense: {letters!r} names {len(letters)} axes, but the shape {shape} has {len(shape)}."
        )
    return dict(zip(letters, shape[-len(letters) :] if at_end else shape, strict=False))
