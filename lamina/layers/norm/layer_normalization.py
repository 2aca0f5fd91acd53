"""`LayerNormalization`: each sample with mean 0 and variance 1 over its features."""

from __future__ import annotations

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
        if kwargs.pop("rms_scaling", False):
            raise NotImplementedError("LayerNormalization: `rms_scaling=True` is not supported.")
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
        if self.scale:
            self.gamma = self.add_weight(
                sizes,
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
                name="gamma",
            )
        if self.center:
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
        half = self.compute_dtype in ("float16", "bfloat16")
        x = ops.cast(inputs, "float32") if half else inputs
        n = len(x.shape)
        axes = [a % n for a in (sorted(self.axis) if isinstance(self.axis, list) else [self.axis])]
        mean, variance = ops.moments(x, axes, keepdims=True)
        factor = ops.rsqrt(ops.add(variance, self.epsilon))
        if self.gamma is not None:
            factor = ops.multiply(factor, self._along(self.gamma, axes, n))
        y = ops.multiply(ops.subtract(x, mean), factor)
        if self.beta is not None:
            y = ops.add(y, self._along(self.beta, axes, n))
        return ops.cast(y, self.compute_dtype) if half else y

    def _along(self, weight: Any, axes: list[int], n: int) -> Any:
        """The weight with its axes where the input has them, and size 1 elsewhere."""
        if axes == list(range(n - len(axes), n)):  # the last ones, in order: it broadcasts as it is
            return weight
        order = sorted(range(len(axes)), key=axes.__getitem__)
        sizes = dict(zip(axes, weight.shape, strict=True))
        return ops.reshape(ops.transpose(weight, order), [sizes.get(a, 1) for a in range(n)])

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "rms_scaling": False}
