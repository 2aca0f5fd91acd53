"""`GroupNormalization`: groups of channels of each sample with mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Axis
from lamina.layers.arguments import from_fields
from lamina.layers.norm.base import Normalization, Scaling


@from_fields
class _Grouped:
    groups: int = 32
    axis: Axis = -1


@from_fields
class GroupNormalization(Normalization, Scaling, _Grouped):
    """Normalize each sample over all places and the channels of a group, then scale and shift.

    One group is layer normalization over all axes, one group per channel instance normalization.
    Half-size floats are computed in float32.

    Shapes: any with a batch axis to the same; gamma and beta have the size of `axis`.

    Args:
        groups: how many groups the channels divide into; -1 for one per channel.
        axis: the axis of channels.
        epsilon: added to the variance.
        center, scale: whether there is a beta, a gamma.
        beta_initializer, gamma_initializer: where the weights start.
        beta_regularizer, gamma_regularizer: losses computed from the weights.
        beta_constraint, gamma_constraint: applied to the weights after every update.

    Raises:
        ValueError: the channels do not divide into groups, or their number is unknown.

    Example:
        >>> import lamina
        >>> x = np.array([[1.0, 3.0, 10.0, 30.0]], "float32")
        >>> np.round(np.asarray(lamina.layers.GroupNormalization(2)(x)), 1).tolist()
        [[-1.0, 1.0, -1.0, 1.0]]

    Source: Wu & He 2018.
    """

    def check_arguments(self) -> None:
        """Refuse a number of groups that cannot be."""
        super().check_arguments()
        if not isinstance(self.groups, int) or (self.groups < 1 and self.groups != -1):
            raise ValueError(
                f"GroupNormalization: `groups` must be a positive integer, or -1 for one per channel, "
                f"not {self.groups!r}."
            )

    def build(self, input_shape: Any) -> None:
        """Make gamma and beta."""
        channels = input_shape[self.axis]
        if channels is not None and self.groups != -1 and channels % self.groups:
            raise ValueError(
                f"GroupNormalization {self.name!r}: the {channels} channels of an input of shape "
                f"{tuple(input_shape)} do not divide into {self.groups} groups."
            )
        self.add_scaling((channels,), self.scale, self.center)

    def call(self, inputs: Any) -> Any:
        """Normalize each group."""
        x = self.widened(inputs)
        shape, n = ops.shape(x), len(x.shape)
        axis = self.axis % n
        groups = shape[axis] if self.groups == -1 else self.groups
        x = ops.reshape(x, (*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :]))
        over = [a for a in range(1, n + 1) if a != axis]
        mean, variance = ops.moments(x, over, keepdims=True)
        x = ops.multiply(ops.subtract(x, mean), ops.rsqrt(ops.add(variance, self.epsilon)))
        x = ops.reshape(x, shape)
        sizes = [shape[axis] if a == axis else 1 for a in range(n)]
        if self.gamma is not None:
            x = ops.multiply(x, ops.reshape(self.gamma, sizes))
        if self.beta is not None:
            x = ops.add(x, ops.reshape(self.beta, sizes))
        return self.narrowed(x)
