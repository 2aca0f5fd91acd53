"""A residual network with BatchNormalization (He et al. 2015) on 32 x 32 pictures of three channels; Adam."""

from __future__ import annotations

import numpy as np

from benchmarks.by_hand.loop import Drawn

ROWS, BATCH = 640, 64
WIDTHS, BLOCKS, EPSILON = (16, 32, 64), 2, 1e-3


def data(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.random((rows, 32, 32, 3), dtype="float32"), rng.integers(0, 10, rows, "int32")


def residual(convolved, relu, x):
    """The network up to its last pool; `convolved(x, name, filters, size, stride)` normalizes too."""
    x = relu(convolved(x, "stem", WIDTHS[0], 3, 1))
    for stage, width in enumerate(WIDTHS):
        for block in range(BLOCKS):
            name, stride = f"{stage}{block}", 2 if stage and not block else 1
            inner = relu(convolved(x, f"{name}a", width, 3, stride))
            inner = convolved(inner, f"{name}b", width, 3, 1)
            x = relu(inner + (x if stride == 1 else convolved(x, f"{name}c", width, 1, stride)))
    return x


def model(keras):
    layers = keras.layers

    def convolved(x, name, filters, size, stride):
        x = layers.Conv2D(filters, size, stride, "same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    inputs = layers.Input((32, 32, 3))
    x = residual(convolved, lambda x: layers.Activation("relu")(x), inputs)
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.models.Model(inputs, layers.Dense(10)(x))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def _weights() -> tuple[dict, dict]:
    drawn, moving = Drawn(), Drawn()

    def convolved(x, name, filters, size, stride):
        drawn.kernel(name, size, size, x.channels, filters)
        for side in ("scale", "shift"):
            (drawn.ones if side == "scale" else drawn.zeros)(f"{name}_{side}", filters)
        moving.zeros(f"{name}_mean", filters)
        moving.ones(f"{name}_variance", filters)
        return Shape(filters)

    residual(convolved, lambda x: x, Shape(3))
    drawn.dense("output", WIDTHS[-1], 10)
    return drawn.weights, moving.weights


class Shape:
    """Stands for pictures while weights are drawn."""

    def __init__(self, channels: int) -> None:
        self.channels = channels

    def __add__(self, other: Shape) -> Shape:
        return self


def jax():
    import jax
    import jax.numpy as jnp

    from benchmarks.by_hand.jax_loop import JaxLoop

    def apply(w, moving, x, training):
        new = dict(moving)

        def convolved(x, name, filters, size, stride):
            x = jax.lax.conv_general_dilated(
                x, w[name], (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            mean, variance = moving[f"{name}_mean"], moving[f"{name}_variance"]
            if training:
                mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
                for key, value in (("mean", mean), ("variance", variance)):
                    new[f"{name}_{key}"] = 0.99 * moving[f"{name}_{key}"] + 0.01 * value
            scale = w[f"{name}_scale"] * jax.lax.rsqrt(variance + EPSILON)
            return x * scale + (w[f"{name}_shift"] - mean * scale)

        x = jnp.mean(residual(convolved, jax.nn.relu, x), (1, 2))
        return x @ w["output"] + w["output_bias"], new

    return JaxLoop(apply, *_weights())


def torch():
    from torch import nn

    from benchmarks.by_hand.torch_loop import TorchLoop

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.maps = nn.ModuleDict()
            for name, kernel in _weights()[0].items():
                if kernel.ndim == 4:
                    size, _, inputs, filters = kernel.shape
                    is_strided = name[0] in "12" and name[1:] in ("0a", "0c")
                    self.maps[name] = nn.Sequential(
                        nn.Conv2d(inputs, filters, size, 1 + is_strided, size // 2, bias=False),
                        nn.BatchNorm2d(filters, EPSILON, 0.01),
                    )
            self.output = nn.Linear(WIDTHS[-1], 10)

        def forward(self, x):
            x = x.permute(0, 3, 1, 2)
            x = residual(lambda x, name, *_: self.maps[name](x), nn.functional.relu, x)
            return self.output(x.mean((2, 3)))

    return TorchLoop(Network())


def tensorflow():
    import tensorflow as tf

    from benchmarks.by_hand.tensorflow_loop import TensorFlowLoop

    def apply(w, moving, x, training):
        def convolved(x, name, filters, size, stride):
            x = tf.nn.conv2d(x, w[name], stride, "SAME")
            mean, variance = moving[f"{name}_mean"], moving[f"{name}_variance"]
            x, *batch = tf.compat.v1.nn.fused_batch_norm(
                x,
                w[f"{name}_scale"],
                w[f"{name}_shift"],
                None if training else mean,
                None if training else variance,
                EPSILON,
                is_training=training,
            )
            if training:
                for variable, value in zip((mean, variance), batch, strict=True):
                    variable.assign(0.99 * variable + 0.01 * value)
            return x

        x = tf.reduce_mean(residual(convolved, tf.nn.relu, x), (1, 2))
        return x @ w["output"] + w["output_bias"]

    return TensorFlowLoop(apply, *_weights())
