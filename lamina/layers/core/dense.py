"""`Dense`: the densely connected layer."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.engine.current import engine
from lamina.layers.arguments import Affine, Sized, from_fields, weight
from lamina.layers.core.affine import affine, fuses
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer


@from_fields
class Dense(Layer, Affine, Sized):
    """Affine map of the last axis, then `activation`.

        y = activation(x @ kernel + bias)

    Shapes: `(batch, ..., features)` to `(batch, ..., units)`; kernel `(features, units)`, bias `(units,)`.

    Args:
        units: size of the last axis of the output.
        activation: name or function; none by default.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: where the weights start.
        kernel_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        kernel_constraint, bias_constraint: applied to the weights after every update.

    Raises:
        ValueError: `units` is not a positive integer; an input's last axis is unknown, or not the one
            that the kernel was built for.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.Dense(32, input_shape=(784,))
        >>> layer(np.zeros((5, 784), "float32")).shape
        (5, 32)
    """

    always_written: ClassVar[tuple[str, ...]] = ("quantization_config",)

    written_if_set: ClassVar[tuple[str, ...]] = ("activity_regularizer",)

    input_spec = InputSpec(min_ndim=2)
    takes_complex = False
    supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        features = input_shape[-1]
        self.kernel = weight(self, "kernel", (features, self.units))
        self.bias = weight(self, "bias", (self.units,)) if self.use_bias else None
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return `activation(inputs @ kernel + bias)`."""
        if "affine" in engine().overrides and fuses(inputs):  # a call less on other engines
            return self.activation(affine(inputs, self.kernel, self.bias, 1))
        x = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            x = ops.add(x, self.bias)
        return self.activation(x)
