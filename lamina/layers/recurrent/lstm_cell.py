"""`LSTMCell`: one step of a long short-term memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import activations, constraints, initializers, ops, regularizers
from lamina.core.seeds import SeedGenerator
from lamina.engine.current import engine
from lamina.layers.layer import Layer
from lamina.layers.regularization.dropout import checked_rate
from lamina.layers.windows import per_axis
from lamina.ops import random


class LSTMCell(Layer):
    """One step of a long short-term memory, for `RNN`.

        i, f, g, o = the four parts of  x @ kernel + h @ recurrent_kernel + bias
        c' = s(f) * c + s(i) * a(g)
        h' = s(o) * a(c')            with a = activation, s = recurrent_activation

    Shapes: inputs `(batch, features)`, states `[h, c]` each `(batch, units)`; kernel
    `(features, 4 * units)`, recurrent kernel `(units, 4 * units)`, bias `(4 * units,)`.

    Args:
        units: size of the output and of each state.
        activation: of the candidate and of the output.
        recurrent_activation: of the three gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: where the weights start.
        unit_forget_bias: let the forget gate's bias start at 1.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: losses computed from the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after every update.
        dropout, recurrent_dropout: parts of the inputs, and of h, set to 0 in training.
        seed: of the dropout.

    Raises:
        ValueError: `units` is no positive integer, or a dropout is not within 0 and 1.

    Example:
        >>> import lamina
        >>> lamina.layers.RNN(lamina.layers.LSTMCell(4))(np.zeros((2, 5, 3), "float32")).shape
        (2, 4)

    Source: Hochreiter & Schmidhuber 1997; the forget gate's bias of 1: Jozefowicz et al. 2015.
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        (self.units,) = per_axis("LSTM", "units", units, 1)
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.unit_forget_bias = unit_forget_bias
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = checked_rate("LSTM", "dropout", dropout)
        self.recurrent_dropout = checked_rate("LSTM", "recurrent_dropout", recurrent_dropout)
        self.seed = seed
        if dropout > 0 or recurrent_dropout > 0:
            self.seed_generator = SeedGenerator(seed)
        self.state_size = [self.units, self.units]
        self.output_size = self.units

    def build(self, input_shape: Any) -> None:
        """Make the two kernels and the bias."""
        self.kernel = self.add_weight(
            (input_shape[-1], 4 * self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, 4 * self.units),
            self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
            name="recurrent_kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (4 * self.units,),
                self._first_bias if self.unit_forget_bias else self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )

    def _first_bias(self, shape: Any, dtype: Any = None) -> np.ndarray:
        """The initializer's values, but 1 for the forget gate."""
        n = self.units
        before, behind = (
            ops.convert_to_numpy(self.bias_initializer((m,), dtype=dtype)) for m in (n, 2 * n)
        )
        return np.concatenate([before, np.ones_like(before), behind])

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """Zeros `[h, c]`."""
        return [ops.zeros((batch_size, self.units), self.compute_dtype) for _ in "hc"]

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """One step: `(h', [h', c'])`."""
        inputs, step = self.prepare(inputs, training)
        return step(inputs, states)

    def prepare(self, inputs: Any, training: bool) -> tuple[Any, Callable]:
        """What is computed for all steps at once, and the step for the rest.

        Inputs are `(time, batch, features)`, or `(batch, features)` for one step. Dropout draws once
        for a whole sequence: the same features are missing at every step.

        Source: Gal & Ghahramani 2016, "A theoretically grounded application of dropout in RNNs".
        """
        batch, features = inputs.shape[-2:]
        if (kept := self._draw(training, self.dropout, (batch, features))) is not None:
            inputs = ops.multiply(inputs, kept)
        recurrent_kept = self._draw(training, self.recurrent_dropout, (batch, self.units))
        # Read once, not at every step.
        kernel, recurrent = (
            ops.convert_to_tensor(self.kernel),
            ops.convert_to_tensor(self.recurrent_kernel),
        )

        def project(x: Any) -> Any:
            x = ops.matmul(x, kernel)
            return x if self.bias is None else ops.add(x, self.bias)

        # Where the loop is Python's, one large product beats many small ones. In XLA's loop on a CPU
        # it is the other way round: 7.4 against 11.3 ms for 100 steps of (32, 64) and 128 units.
        at_once = engine().steps_per_call == 1

        def step(x: Any, states: Any) -> tuple[Any, list[Any]]:
            h, c = states
            h = h if recurrent_kept is None else ops.multiply(h, recurrent_kept)
            return self._gates(ops.add(x if at_once else project(x), ops.matmul(h, recurrent)), c)

        return project(inputs) if at_once else inputs, step

    def _gates(self, z: Any, c: Any) -> tuple[Any, list[Any]]:
        i, f, g, o = ops.split(z, 4, axis=-1)
        kept = ops.multiply(self.recurrent_activation(f), c)
        c = ops.add(kept, ops.multiply(self.recurrent_activation(i), self.activation(g)))
        h = ops.multiply(self.recurrent_activation(o), self.activation(c))
        return h, [h, c]

    def _draw(self, training: bool, rate: float, shape: tuple[int, ...]) -> Any:
        if not training or rate == 0:
            return None
        return random.dropout(ops.ones(shape, self.compute_dtype), rate, seed=self.seed_generator)
