"""`LayerNormalization`: each sample with mean 0 and variance 1 over its features."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Axes
from lamina.core.tracebacks import warn
from lamina.layers.arguments import from_fields
from lamina.layers.norm.base import Normalization, Scaling


@from_fields
class _Along:
    axis: Axes = -1


@from_fields
class LayerNormalization(Normalization, Scaling, _Along):
    """Normalize each sample along `axis`, then scale and shift it.

        y = (x - mean) / sqrt(variance + epsilon) * gamma + beta

    The same in training and at inference. Half-size floats are computed in float32.

    Shapes: any; gamma and beta have the sizes of `axis`.

    Args:
        axis: an axis or several, over which mean and variance are taken.
        epsilon: added to the variance.
        center, scale: whether there is a beta, a gamma.
        beta_initializer, gamma_initializer: where the weights start.
        beta_regularizer, gamma_regularizer: losses computed from the weights.
        beta_constraint, gamma_constraint: applied to the weights after every update.
        rms_scaling: (deprecated in Keras) `x / sqrt(variance + epsilon) * gamma`, without a beta.

    Raises:
        ValueError: an axis does not exist, or its size is unknown.

    Example:
        >>> import lamina
        >>> y = lamina.layers.LayerNormalization()(np.array([[1.0, 3.0]], "float32"))
        >>> np.round(np.asarray(y), 2).tolist()
        [[-1.0, 1.0]]

    Source: Ba et al. 2016.
    """

    __load_schema__ = {"rms_scaling": "bool"}  # noqa: RUF012

    rms_scaling: bool = field(default=False, kw_only=True)

    def __take__(self, defining: type, given: dict[str, Any], options: dict[str, Any]) -> None:
        """Take in the arguments, and the one that Keras takes by name only."""
        self.rms_scaling = options.pop("rms_scaling", False)
        if self.rms_scaling:
            warn(
                "LayerNormalization: rms_scaling=True divides by the deviation from the mean, not by the root mean "
                "square; Keras keeps it for old models. Use RMSNormalization.",
            )
        super().__take__(defining, given, options)

    def build(self, input_shape: Any) -> None:
        """Make gamma and beta."""
        n = len(input_shape)
        along: list[int] = sorted([self.axis] if isinstance(self.axis, int) else self.axis)
        if not all(-n <= axis < n for axis in along):
            raise ValueError(
                f"LayerNormalization: axis {self.axis} does not exist in an input of shape "
                f"{tuple(input_shape)}."
            )
        sizes = tuple(input_shape[axis] for axis in along)
        self.add_scaling(
            sizes, self.scale or self.rms_scaling, self.center and not self.rms_scaling
        )

    def call(self, inputs: Any) -> Any:
        """Normalize each sample."""
        weights = [self._in_order(value, len(inputs.shape)) for value in (self.gamma, self.beta)]
        how: Any = {"axis": self.axis, "epsilon": self.epsilon, "rms_scaling": self.rms_scaling}
        return self.narrowed(ops.layer_normalization(self.widened(inputs), *weights, **how))

    def _in_order(self, value: Any, n: int) -> Any:
        """Return the weight with its axes in the order of the input's: -1, 1 are sorted, but not in order."""
        if value is None or not isinstance(self.axis, list):
            return value
        along = [axis % n for axis in sorted(self.axis)]
        order = sorted(range(len(along)), key=along.__getitem__)
        return value if order == list(range(len(along))) else ops.transpose(value, order)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {**super().get_config(), "rms_scaling": self.rms_scaling}
