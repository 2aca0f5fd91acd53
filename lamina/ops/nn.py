"""What networks are made of: activations, convolution, pooling, normalization, crossentropies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lamina.core import settings
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.ops.structure import one_hot

# Activations. All keep the shape; integers become `floatx`.


@op
def relu(x: Tensor) -> Tensor:
    """`max(x, 0)`; its gradient at 0 is 0."""
    return engine().relu(x)


@op(promote="x", floating=True)
def relu6(x: Tensor) -> Tensor:
    """`min(max(x, 0), 6)`."""
    e = engine()
    return e.minimum(e.relu(x), 6.0)


@op(promote="x", floating=True)
def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """`x` where positive, else `negative_slope * x`."""
    e = engine()
    return e.where(e.greater(x, 0), x, e.multiply(x, negative_slope))


@op(promote="x", floating=True)
def sigmoid(x: Tensor) -> Tensor:
    """`1 / (1 + exp(-x))`."""
    return engine().sigmoid(x)


@op(promote="x", floating=True)
def hard_sigmoid(x: Tensor) -> Tensor:
    """A sigmoid of three straight pieces, `clip(x / 6 + 1/2, 0, 1)`."""
    e = engine()
    return e.minimum(e.maximum(e.add(e.divide(x, 6.0), 0.5), 0.0), 1.0)


@op(promote="x", floating=True)
def log_sigmoid(x: Tensor) -> Tensor:
    """`log(sigmoid(x))`, without underflow."""
    e = engine()
    return e.negative(_softplus(e.negative(x)))


def _softplus(x: Any) -> Any:
    e = engine()
    return e.add(e.relu(x), e.log1p(e.exp(e.negative(e.abs(x)))))


@op(promote="x", floating=True)
def softplus(x: Tensor) -> Tensor:
    """`log(1 + exp(x))`, a smooth ramp."""
    return _softplus(x)


@op(promote="x", floating=True)
def softsign(x: Tensor) -> Tensor:
    """`x / (1 + |x|)`."""
    e = engine()
    return e.divide(x, e.add(e.abs(x), 1.0))


@op(promote="x", floating=True)
def silu(x: Tensor) -> Tensor:
    """`x * sigmoid(x)`, also called swish.

    Source: Elfwing et al. 2017; Ramachandran et al. 2017.
    """
    e = engine()
    return e.multiply(x, e.sigmoid(x))


@op(promote="x", floating=True)
def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """`x` where positive, else `alpha * (exp(x) - 1)`.

    Source: Clevert et al. 2015.
    """
    e = engine()
    # exp is taken of the negative part only: a large positive x would make inf * 0 in the gradient.
    return e.where(e.greater(x, 0), x, e.multiply(e.expm1(e.minimum(x, 0.0)), alpha))


@op(promote="x", floating=True)
def selu(x: Tensor) -> Tensor:
    """`scale * elu(x, alpha)` with the constants that keep mean 0 and variance 1.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks".
    """
    return engine().multiply(elu(x, 1.6732632423543772), 1.0507009873554805)


@op(promote="x", floating=True)
def gelu(x: Tensor, approximate: bool = True) -> Tensor:
    """`x * P(X <= x)` for a standard normal X; with `approximate` through tanh.

    Source: Hendrycks & Gimpel 2016.
    """
    e = engine()
    if approximate:
        inner = e.multiply(
            e.add(x, e.multiply(e.multiply(e.square(x), x), 0.044715)), math.sqrt(2 / math.pi)
        )
        return e.multiply(e.multiply(x, 0.5), e.add(e.tanh(inner), 1.0))
    return e.multiply(e.multiply(x, 0.5), e.add(e.erf(e.multiply(x, math.sqrt(0.5))), 1.0))


@op(promote="x", floating=True)
def softmax(x: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Positive numbers that sum to 1 along `axis`: `exp(x) / sum(exp(x))`.

    Example:
        >>> softmax([0.0, 0.0]).tolist()
        [0.5, 0.5]
    """
    e = engine()
    scaled = e.exp(e.subtract(x, e.stop_gradient(e.max(x, axis, True))))
    return e.divide(scaled, e.sum(scaled, axis, True))


@op(promote="x", floating=True)
def log_softmax(x: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Logarithm of the softmax of `x` along `axis`, without underflow."""
    e = engine()
    shifted = e.subtract(x, e.stop_gradient(e.max(x, axis, True)))
    return e.subtract(shifted, e.log(e.sum(e.exp(shifted), axis, True)))


# Windows: convolution and pooling.


def _per_axis(value: Any, n: int, what: str) -> tuple[int, ...]:
    values = (value,) * n if isinstance(value, int) else tuple(value)
    if len(values) != n:
        raise ValueError(f"`{what}` must be an integer or {n} integers, not {value!r}.")
    return values


def _padding(
    mode: str, space: Sequence[int], window: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """How many cells go before and after each axis."""
    if mode == "valid":
        return [(0, 0)] * len(space)
    if mode != "same":
        raise ValueError(f"`padding` must be 'valid' or 'same', not {mode!r}.")
    totals = [
        max((-(-n // s) - 1) * s + w - n, 0) for n, w, s in zip(space, window, strides, strict=True)
    ]
    return [(total // 2, total - total // 2) for total in totals]


def _channels_first(data_format: str | None) -> bool:
    return (data_format or settings.image_data_format()) == "channels_first"


def _to_last(x: Any) -> Any:
    n = len(engine().shape(x))
    return engine().transpose(x, (0, *range(2, n), 1))


def _to_first(x: Any) -> Any:
    n = len(engine().shape(x))
    return engine().transpose(x, (0, n - 1, *range(1, n - 1)))


@op(promote="inputs kernel")
def conv(
    inputs: Tensor,
    kernel: Tensor,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """Convolution (cross-correlation) over 1, 2 or 3 axes of space.

    Shapes: inputs `(batch, *space, channels)`, or `(batch, channels, *space)` with
    `data_format="channels_first"`; kernel `(*window, channels / groups, filters)`.

    Args:
        strides: steps of the window along each axis.
        padding: `"valid"`, or `"same"`: space shrinks by the strides only.
        dilation_rate: distance between the cells of the window.
    """
    e = engine()
    if _channels_first(data_format):
        return _to_first(
            conv(_to_last(inputs), kernel, strides, padding, "channels_last", dilation_rate)
        )
    *window, depth, _ = e.shape(kernel)
    n = len(window)
    strides, dilation = (
        _per_axis(strides, n, "strides"),
        _per_axis(dilation_rate, n, "dilation_rate"),
    )
    extent = [(w - 1) * d + 1 for w, d in zip(window, dilation, strict=True)]
    _, *space, channels = e.shape(inputs)
    if channels % depth:
        raise ValueError(
            f"The inputs have {channels} channels, but the kernel takes {depth} (or a divisor, with groups)."
        )
    if padding == "valid" and any(s < w for s, w in zip(space, extent, strict=True)):
        raise ValueError(
            f"The window {tuple(extent)} is larger than the space {tuple(space)}; "
            "use padding='same' or a smaller kernel."
        )
    widths = _padding(padding, space, extent, strides)
    return e.conv(inputs, kernel, strides, widths, dilation, channels // depth)


def _pooled(
    inputs: Any, pool: Any, pool_size: Any, strides: Any, padding: str, data_format: str | None
) -> Any:
    e = engine()
    if _channels_first(data_format):
        return _to_first(
            _pooled(_to_last(inputs), pool, pool_size, strides, padding, "channels_last")
        )
    _, *space, _ = e.shape(inputs)
    size = _per_axis(pool_size, len(space), "pool_size")
    strides = size if strides is None else _per_axis(strides, len(space), "strides")
    if padding == "valid" and any(s < w for s, w in zip(space, size, strict=True)):
        raise ValueError(
            f"The window {size} is larger than the space {tuple(space)}; use padding='same' or a smaller window."
        )
    return pool(inputs, size, strides, _padding(padding, space, size, strides))


@op
def max_pool(
    inputs: Tensor,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Largest element of each window; `strides` default to the window's size."""
    return _pooled(inputs, engine().max_pool, pool_size, strides, padding, data_format)


@op
def average_pool(
    inputs: Tensor,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Mean of each window, over the cells that exist."""
    e = engine()

    def mean_of_existing(x: Any, size: Any, strides: Any, widths: Any) -> Any:
        total = e.sum_pool(x, size, strides, widths)
        if not any(a or b for a, b in widths):
            return e.divide(total, float(math.prod(size)))
        ones = e.full((1, *e.shape(x)[1:-1], 1), 1, e.dtype(x))
        return e.divide(total, e.sum_pool(ones, size, strides, widths))

    return _pooled(inputs, mean_of_existing, pool_size, strides, padding, data_format)


# Normalization.


@op
def moments(
    x: Tensor, axes: int | Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[Any, Any]:
    """Mean and variance of `x` along `axes`; half-size floats are summed in float32."""
    e = engine()
    axes, dtype = (axes if isinstance(axes, int) else tuple(axes)), e.dtype(x)
    half = dtype in ("float16", "bfloat16")
    x = e.cast(x, "float32") if half else x
    center = e.mean(x, axes, True)
    variance = e.mean(e.square(e.subtract(x, center)), axes, keepdims)
    mean = center if keepdims else e.reshape(center, e.shape(variance))
    return (e.cast(mean, dtype), e.cast(variance, dtype)) if half else (mean, variance)


@op(promote="x mean variance offset scale")
def batch_normalization(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    axis: int,
    offset: Tensor = None,
    scale: Tensor = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """`(x - mean) / sqrt(variance + epsilon) * scale + offset`, vectors lying along `axis`.

    Source: Ioffe & Szegedy 2015.
    """
    e = engine()
    sizes = [1] * len(e.shape(x))
    sizes[axis] = e.shape(x)[axis]

    factor = e.rsqrt(e.add(variance, epsilon))
    factor = factor if scale is None else e.multiply(factor, scale)
    shift = e.multiply(e.negative(mean), factor)
    shift = shift if offset is None else e.add(shift, offset)
    return e.add(e.multiply(x, e.reshape(factor, tuple(sizes))), e.reshape(shift, tuple(sizes)))


@op
def normalize(x: Tensor, axis: int = -1, order: int = 2, epsilon: float | None = None) -> Tensor:
    """`x` divided by its Euclidean norm along `axis`, where that is not 0."""
    if order != 2:
        raise ValueError(f"ops.normalize: order={order!r} is not supported; give 2.")
    e = engine()
    epsilon = settings.epsilon() if epsilon is None else epsilon
    return e.multiply(x, e.rsqrt(e.maximum(e.sum(e.square(x), axis, True), epsilon**2)))


# Crossentropies. `output` are probabilities, or logits with `from_logits`.


def _probabilities(output: Any) -> Any:
    margin = settings.epsilon()
    return engine().minimum(engine().maximum(output, margin), 1.0 - margin)


def _log_probabilities(output: Any, from_logits: bool, axis: int) -> Any:
    e = engine()
    if from_logits:
        return log_softmax(output, axis)
    return e.log(_probabilities(e.divide(output, e.sum(output, axis, True))))


@op(promote="target output", floating=True)
def categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """`-sum(target * log(output))` along `axis`, for one-hot (or soft) targets.

    Shapes: target and output `(..., classes)`; the result lacks `axis`.

    Raises:
        ValueError: the shapes differ.
    """
    e = engine()
    if e.shape(target) != e.shape(output):
        raise ValueError(
            f"target has shape {tuple(e.shape(target))}, output {tuple(e.shape(output))}; "
            "categorical crossentropy needs equal shapes."
        )
    return e.negative(
        e.sum(e.multiply(target, _log_probabilities(output, from_logits, axis)), axis)
    )


@op
def sparse_categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """`-log(output[target])` along `axis`, for integer targets.

    Shapes: target `(...)` or `(..., 1)`, output `(..., classes)`; the result has the target's shape.

    Raises:
        ValueError: the shapes do not go together.
    """
    e = engine()
    sizes = list(e.shape(output))
    classes = sizes.pop(axis)
    if len(e.shape(target)) == len(sizes) + 1 and e.shape(target)[-1] == 1:
        target = e.reshape(target, e.shape(target)[:-1])
    if tuple(e.shape(target)) != tuple(sizes):
        raise ValueError(
            f"target has shape {tuple(e.shape(target))}, output {tuple(e.shape(output))}; sparse categorical "
            f"crossentropy needs integer targets of shape {tuple(sizes)}. "
            "For one-hot targets use categorical_crossentropy."
        )
    chosen = one_hot(e.cast(target, "int32"), classes, axis, e.dtype(output))
    return e.negative(
        e.sum(e.multiply(chosen, _log_probabilities(output, from_logits, axis)), axis)
    )


@op(promote="target output", floating=True)
def binary_crossentropy(target: Tensor, output: Tensor, from_logits: bool = False) -> Tensor:
    """`-(target * log(output) + (1 - target) * log(1 - output))`, element by element.

    Raises:
        ValueError: the shapes differ.
    """
    e = engine()
    if e.shape(target) != e.shape(output):
        raise ValueError(
            f"target has shape {tuple(e.shape(target))}, output {tuple(e.shape(output))}; "
            "binary crossentropy needs equal shapes."
        )
    if from_logits:  # relu(x) - x * t + log(1 + exp(-|x|)): neither overflow nor log(0)
        rest = e.log1p(e.exp(e.negative(e.abs(output))))
        return e.add(e.subtract(e.relu(output), e.multiply(output, target)), rest)
    output = _probabilities(output)
    hit = e.multiply(target, e.log(output))
    miss = e.multiply(e.subtract(1.0, target), e.log(e.subtract(1.0, output)))
    return e.negative(e.add(hit, miss))
