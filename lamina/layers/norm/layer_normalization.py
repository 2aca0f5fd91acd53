"""`LayerNormalization`: each sample with mean 0 and variance 1 over its features."""

from __future__ import annotations

import warnings
from typing import Any

from lamina import constraints, initializers, ops, regularizers
from lamina.layers.layer import Layer


class LayerNormalization(Layer):
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

    def __init__(
        self,
        axis: int | list[int] | tuple[int, ...] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ):
        self.rms_scaling = kwargs.pop("rms_scaling", False)
        if self.rms_scaling:
            warnings.warn(
                "LayerNormalization: rms_scaling=True divides by the deviation from the mean, not by the root mean "
                "square; Keras keeps it for old models. Use RMSNormalization.",
                stacklevel=2,
            )
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self.epsilon = epsilon
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make gamma and beta."""
        n = len(input_shape)
        axes = sorted(self.axis) if isinstance(self.axis, list) else [self.axis]
        if not all(-n <= axis < n for axis in axes):
            raise ValueError(
                f"LayerNormalization: axis {self.axis} does not exist in an input of shape "
                f"{tuple(input_shape)}."
            )
        sizes = tuple(input_shape[axis] for axis in axes)
        self.gamma = self.beta = None
        if self.scale or self.rms_scaling:
            self.gamma = self.add_weight(
                sizes,
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
                name="gamma",
            )
        if self.center and not self.rms_scaling:
            self.beta = self.add_weight(
                sizes,
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
                name="beta",
            )

    def call(self, inputs: Any) -> Any:
        """See the class."""
        weights = [self._in_order(weight, len(inputs.shape)) for weight in (self.gamma, self.beta)]
        how: Any = {"axis": self.axis, "epsilon": self.epsilon, "rms_scaling": self.rms_scaling}
        return ops.layer_normalization(inputs, *weights, **how)

    def _in_order(self, weight: Any, n: int) -> Any:
        """The weight with its axes in the order of the input's: -1, 1 are sorted, but not in order."""
        if weight is None or not isinstance(self.axis, list):
            return weight
        axes = [axis % n for axis in sorted(self.axis)]
        in_order = sorted(range(len(axes)), key=axes.__getitem__)
        return weight if in_order == list(range(len(axes))) else ops.transpose(weight, in_order)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "rms_scaling": self.rms_scaling}
