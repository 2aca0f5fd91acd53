"""A training loop in plain TensorFlow: one `tf.function` a step, with the fused kernels of optimizers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.by_hand.loop import Weights, batches


class TensorFlowLoop:
    """`apply(weights, moving, x, training)` gives outputs, and assigns the moving statistics itself."""

    def __init__(
        self,
        apply: Callable,
        weights: Weights,
        moving: Weights | None = None,
        *,
        loss: str = "cross_entropy",
        optimizer: str = "adam",
    ) -> None:
        self.weights = {k: tf.Variable(w) for k, w in weights.items()}
        self.moving = {k: tf.Variable(w, trainable=False) for k, w in (moving or {}).items()}
        self.apply = apply
        self.loss = {"cross_entropy": cross_entropy, "mse": mse}[loss]
        self.update = {"adam": Adam, "rmsprop": RMSprop}[optimizer]([*self.weights.values()])
        self.one_step = tf.function(self.step, autograph=False, reduce_retracing=True)
        self.gathered = tf.function(self.step_of, autograph=False, reduce_retracing=True)
        self.forward = tf.function(
            lambda x: apply(self.weights, self.moving, x, False),
            autograph=False,
            reduce_retracing=True,
        )
        self.measured = tf.function(lambda x, y: self.loss(self.forward(x), y), autograph=False)

    def step(self, x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = self.loss(self.apply(self.weights, self.moving, x, True), y)
        self.update(tape.gradient(loss, [*self.weights.values()]))
        return loss

    def step_of(self, x: Any, y: Any, indices: Any) -> Any:
        return self.step(tf.gather(x, indices), tf.gather(y, indices))

    def place(self, x: np.ndarray, y: np.ndarray) -> Any:
        return tf.constant(x), tf.constant(y)

    def train(self, placed: Any, order: np.ndarray, batch: int) -> None:
        for indices in batches(order, batch):
            loss = self.gathered(*placed, tf.constant(indices))
        loss.numpy()

    def train_on_batch(self, x: np.ndarray, y: np.ndarray) -> float:
        return float(self.one_step(*self.place(x, y)).numpy())

    def evaluate(self, x: np.ndarray, y: np.ndarray) -> float:
        return float(self.measured(*self.place(x, y)).numpy())

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.forward(tf.constant(x)).numpy()

    def native(self, x: np.ndarray) -> Any:
        return tf.constant(x)

    def call(self, x: Any) -> Any:
        return self.forward(x)


class Adam:
    """Kingma and Ba 2014."""

    def __init__(self, variables: list) -> None:
        self.variables = variables
        self.m = [tf.Variable(tf.zeros_like(v)) for v in variables]
        self.v = [tf.Variable(tf.zeros_like(v)) for v in variables]
        self.powers = tf.Variable(0.9), tf.Variable(0.999)

    def __call__(self, grads: list) -> None:
        first, second = self.powers
        for variable, m, v, grad in zip(self.variables, self.m, self.v, grads, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=first,
                beta2_power=second,
                lr=1e-3,
                beta1=0.9,
                beta2=0.999,
                epsilon=1e-7,
                grad=tf.convert_to_tensor(grad),
            )
        first.assign(first * 0.9)
        second.assign(second * 0.999)


class RMSprop:
    """Tieleman and Hinton 2012."""

    def __init__(self, variables: list) -> None:
        self.variables = variables
        self.squares = [tf.Variable(tf.zeros_like(v)) for v in variables]
        self.momenta = [tf.Variable(tf.zeros_like(v)) for v in variables]

    def __call__(self, grads: list) -> None:
        slots = zip(self.variables, self.squares, self.momenta, grads, strict=True)
        for variable, squares, momentum, grad in slots:
            tf.raw_ops.ResourceApplyRMSProp(
                var=variable.handle,
                ms=squares.handle,
                mom=momentum.handle,
                lr=1e-3,
                rho=0.9,
                momentum=0.0,
                epsilon=1e-7,
                grad=tf.convert_to_tensor(grad),
            )


def cross_entropy(logits: Any, y: Any) -> Any:
    """The mean over all labels."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))


def mse(outputs: Any, y: Any) -> Any:
    return tf.reduce_mean((outputs - y) ** 2)
