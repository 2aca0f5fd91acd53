"""`BatchNormalization`: each feature with mean 0 and variance 1 over the batch."""

from __future__ import annotations

from dataclasses import field
from typing import Any

import numpy as np

from lamina import initializers, ops
from lamina.core.argument_kinds import Axis, Number
from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.layers.arguments import from_fields, weight
from lamina.layers.given_mask import check_mask
from lamina.layers.input_spec import InputSpec
from lamina.layers.norm.base import Normalization
from lamina.layers.norm.renormalization import checked_bounds, correction


@from_fields
class BatchNormalization(Normalization):
    """Normalize each feature over the batch, then scale and shift it.

        y = (x - mean) / sqrt(variance + epsilon) * gamma + beta

    In training, mean and variance are those of the batch (of the places that its mask counts), and
    moving averages of them are kept: `moving = moving * momentum + batch * (1 - momentum)`. At
    inference, and always while `trainable` is false, the moving averages are used and stay. Half-size
    floats are computed in float32.

    Shapes: any with features along `axis`; the four weights are `(features,)`.

    Args:
        axis: of the features; all others are averaged over.
        momentum: how much of the moving averages a batch leaves.
        epsilon: added to the variance.
        center, scale: whether there is a beta, a gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
            where the weights start.
        beta_regularizer, gamma_regularizer: losses computed from the weights.
        beta_constraint, gamma_constraint: applied to the weights after every update.
        renorm: batch renormalization: in training, too, normalize as moving averages would, so that
            small batches and inference agree. They are kept besides those of inference.
        renorm_clipping: `{"rmax": ..., "rmin": ..., "dmax": ...}`, bounds of the batch's correction:
            of its factor and of its shift. What is left out has no bound.
        renorm_momentum: how much of the correction's moving averages a batch leaves.
        synchronized: accepted; one process sees the whole batch.

    Raises:
        ValueError: `axis` does not exist, or its size is unknown; wrong `renorm_clipping`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.BatchNormalization()
        >>> y = layer(np.array([[1.0], [3.0]], "float32"), training=True)
        >>> np.round(np.asarray(y), 2).tolist()
        [[-1.0], [1.0]]

    Source: Ioffe & Szegedy 2015; Ioffe 2017 (renormalization). The moving variance is of the biased
    variance, as in Keras.
    """

    moving_stddev: Variable = field(init=False)
    renorm_mean: Variable = field(init=False)
    renorm_stddev: Variable = field(init=False)

    axis: Axis = -1
    momentum: Number = 0.99
    epsilon: Number = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Any = "zeros"
    gamma_initializer: Any = "ones"
    moving_mean_initializer: Any = "zeros"
    moving_variance_initializer: Any = "ones"
    beta_regularizer: Any = None
    gamma_regularizer: Any = None
    beta_constraint: Any = None
    gamma_constraint: Any = None
    renorm: bool = False
    renorm_clipping: Any = None
    renorm_momentum: float = 0.99
    synchronized: bool = False

    def check_arguments(self) -> None:
        """Take a list of one axis for the axis; check the bounds of renormalization, if there is any."""
        super().check_arguments()
        if isinstance(self.axis, (list, tuple)) and len(self.axis) == 1:
            (self.axis,) = self.axis
        if self.renorm:
            self.renorm_clipping = checked_bounds(self.renorm_clipping)

    def build(self, input_shape: Any) -> None:
        """Make gamma, beta and the moving averages."""
        n = len(input_shape)
        if not isinstance(self.axis, int) or not -n <= self.axis < n:
            raise ValueError(
                f"BatchNormalization: axis {self.axis!r} does not exist in an input of shape "
                f"{tuple(input_shape)}."
            )
        features = input_shape[self.axis]
        self.add_scaling((features,), self.scale, self.center)
        fixed: dict[str, Any] = {"trainable": False, "autocast": False}
        self.moving_mean = weight(self, "moving_mean", (features,), **fixed)
        self.moving_variance = weight(self, "moving_variance", (features,), **fixed)
        if self.renorm:
            deviation = np.sqrt(self.moving_variance.numpy())
            for name in ("moving_stddev", "renorm_mean", "renorm_stddev"):
                start = self.moving_mean_initializer
                if name != "renorm_mean":
                    start = initializers.Constant(deviation)
                setattr(self, name, self.add_weight((features,), start, name=name, **fixed))
        self.input_spec = InputSpec(ndim=n, axes={self.axis: features})

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        """Normalize by the batch's moments in training, else by the moving averages."""
        x = self.widened(inputs)
        scale, offset = self.gamma, self.beta
        if training and self.trainable:
            if mask is None and not self.renorm and (kept := self._by_kernel(x)) is not None:
                y, mean, variance = kept
                _keep(self.moving_mean, mean, self.momentum)
                _keep(self.moving_variance, variance, self.momentum)
                return self.narrowed(y)
            mean, variance = self._moments(x, mask)
            _keep(self.moving_mean, mean, self.momentum)
            if self.renorm:
                scale, offset = self._renormalized(mean, variance)
            else:
                _keep(self.moving_variance, variance, self.momentum)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        y = ops.batch_normalization(x, mean, variance, self.axis, offset, scale, self.epsilon)
        return self.narrowed(y)

    def _by_kernel(self, x: Any) -> tuple[Any, Any, Any] | None:
        """Normalize by the batch in one kernel of the engine: `(y, mean, variance)`; `None` if it has none."""
        kernel = engine().overrides.get("batch_norm")
        if kernel is None or self.axis % len(x.shape) != len(x.shape) - 1:
            return None
        gamma, beta = (None if w is None else ops.cast(w, x.dtype) for w in (self.gamma, self.beta))
        return kernel(x, gamma, beta, self.epsilon)

    def _renormalized(self, mean: Any, variance: Any) -> tuple[Any, Any]:
        """Gamma and beta with the batch's correction in them; keeps the moving averages."""
        stddev = ops.sqrt(ops.add(variance, self.epsilon))
        r, d = correction(mean, stddev, self.renorm_mean, self.renorm_stddev, self.renorm_clipping)
        _keep(self.renorm_mean, mean, self.renorm_momentum)
        _keep(self.renorm_stddev, stddev, self.renorm_momentum)
        _keep(self.moving_stddev, stddev, self.momentum)
        known = ops.subtract(ops.square(self.moving_stddev), self.epsilon)
        self.moving_variance.assign(ops.maximum(known, 0.0))
        if self.gamma is not None:
            r, d = ops.multiply(r, self.gamma), ops.multiply(d, self.gamma)
        return r, d if self.beta is None else ops.add(d, self.beta)

    def _moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        """Mean and variance over all axes but the features', of the places that count."""
        n = len(x.shape)
        axes = tuple(a for a in range(n) if a != self.axis % n)
        if mask is None:
            return ops.moments(x, axes)
        check_mask(self, mask, x, x.shape[: len(mask.shape)])  # of samples, or of places in them
        mask = ops.cast(mask, x.dtype)
        mask = ops.reshape(mask, (*mask.shape, *(1,) * (n - len(mask.shape))))
        weights = ops.broadcast_to(mask, x.shape)
        total = ops.maximum(ops.sum(weights, axes, keepdims=True), 1e-7)
        mean = ops.divide(ops.sum(ops.multiply(weights, x), axes, keepdims=True), total)
        squares = ops.multiply(weights, ops.square(ops.subtract(x, mean)))
        variance = ops.divide(ops.sum(squares, axes, keepdims=True), total)
        return ops.squeeze(mean, axes), ops.squeeze(variance, axes)


def _keep(moving: Any, batch: Any, momentum: float) -> None:
    """Take a batch into a moving average."""
    kept = ops.multiply(moving, momentum)
    moving.assign(ops.add(kept, ops.multiply(batch, 1 - momentum)))
