"""`SpectralNormalization`: a layer whose kernel keeps a spectral norm of 1."""

from __future__ import annotations

from typing import Any, Unpack

from lamina import ops
from lamina.core.argument_kinds import count
from lamina.layers.arguments import Options
from lamina.layers.core.wrapper import Wrapper


class SpectralNormalization(Wrapper):
    """Divide the kernel of a layer by its largest singular value, at each step of training.

    The singular value is estimated by power iteration, which goes on from step to step.

    Shapes: those of the layer.

    Args:
        layer: a layer with a weight `kernel` or `embeddings`.
        power_iterations: how many iterations a step makes.

    Raises:
        ValueError: `power_iterations` is not positive, or the layer has no such weight.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.SpectralNormalization(lamina.layers.Dense(3))
        >>> layer(np.ones((2, 4), "float32")).shape
        (2, 3)

    Source: Miyato et al. 2018.
    """

    def __init__(self, layer: Any, power_iterations: int = 1, **kwargs: Unpack[Options]):
        super().__init__(layer, **kwargs)
        self.autocast = False  # the kernel is normalized in its own dtype
        self.power_iterations = count(self, "power_iterations", power_iterations)

    def build(self, input_shape: Any) -> None:
        """Build the layer, and make the vector that the iteration goes on from."""
        super().build(input_shape)
        kernel = getattr(self.layer, "kernel", getattr(self.layer, "embeddings", None))
        if kernel is None:
            raise ValueError(
                f"SpectralNormalization: {self.layer!r} has neither a `kernel` nor `embeddings`."
            )
        self.kernel = kernel
        self.vector_u = self.add_weight(
            (1, kernel.shape[-1]),
            "truncated_normal",
            trainable=False,
            dtype=kernel.dtype,
            name="vector_u",
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Normalize the kernel in training, and call the layer."""
        if training:
            self._normalize()
        return self.layer(inputs)

    def _normalize(self) -> None:
        matrix = ops.reshape(self.kernel, (-1, self.kernel.shape[-1]))
        fixed, u = ops.stop_gradient(matrix), ops.convert_to_tensor(self.vector_u)
        v = u
        for _ in range(self.power_iterations):
            v = _unit(ops.matmul(u, ops.transpose(fixed)))
            u = _unit(ops.matmul(v, fixed))
        largest = ops.matmul(ops.matmul(v, matrix), ops.transpose(u))
        self.vector_u.assign(ops.cast(u, self.vector_u.dtype))
        self.kernel.assign(ops.divide(self.kernel, ops.reshape(largest, ())))


def _unit(x: Any) -> Any:
    return ops.multiply(x, ops.rsqrt(ops.maximum(ops.sum(ops.square(x)), 1e-12)))
