"""`RNN`: any cell, run over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Unpack

from lamina import ops
from lamina.core import tree
from lamina.core.abstract import is_unknown
from lamina.core.scope import name_scope
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.engine.abstractly import is_abstract
from lamina.initializers import Zeros
from lamina.layers.arguments import Options, keep
from lamina.layers.given_mask import check_mask
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer
from lamina.layers.recurrent.stacked_cells import StackedRNNCells, refuse_no_cell, sizes_of
from lamina.layers.recurrent.time_loop import over_time
from lamina.layers.recurrent.whole_sequence import at_once

_MEANING = "(batch, time, features)"


class RNN(Layer):
    """Run a cell over the time steps of a sequence.

    A cell is a layer (or any object) with `call(inputs, states)`, which gives
    `(output, new_states)` for one step, and `state_size`, one size or a list of them. It may have
    `output_size` (the first state's size by default), `get_initial_state(batch_size)`, and
    `prepare(inputs, training)`: what can be computed for all steps at once, from inputs
    `(time, batch, features)`, as `(prepared inputs, step)`.

    Shapes: `(batch, time, features)` to `(batch, units)`, or `(batch, time, units)` with
    `return_sequences`. Where a mask `(batch, time)` is false, states and output stay as they were.

    Args:
        cell: the cell, or a list of cells, each fed by the one before.
        return_sequences: give the outputs of all steps, not of the last only.
        return_state: give the last states as well, `(output, *states)`.
        go_backwards: from the last step to the first; outputs come in this order.
        stateful: begin each batch with the states that the one before ended with; the batch size
            must be known. `reset_state()` sets them to 0.
        unroll: write the loop out; quicker for very short sequences, takes longer to compile.
        zero_output_for_mask: the output of a masked step is 0.

    Called as `layer(sequences, initial_state=None, mask=None, training=None)`.

    Raises:
        ValueError: `cell` is not a cell, another number of initial states than the cell has, or
            `stateful` without a batch size.

    Example:
        >>> import lamina
        >>> class Sum(lamina.Layer):
        ...     state_size = 3
        ...     def call(self, inputs, states):
        ...         total = states[0] + inputs
        ...         return total, [total]
        >>> x = np.ones((1, 4, 3), "float32")
        >>> lamina.layers.RNN(Sum())(x).tolist()
        [[4.0, 4.0, 4.0]]
    """

    takes_complex = False
    supports_masking = True
    return_sequences: bool
    return_state: bool
    go_backwards: bool
    stateful: bool
    unroll: bool
    zero_output_for_mask: bool
    cell: Any

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Unpack[Options],
    ):
        cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        refuse_no_cell("RNN", cell)
        super().__init__(**kwargs)
        keep(self, locals())
        self.states: list[Variable] | None = None

    def check_arguments(self) -> None:
        """Expect sequences."""
        self.input_spec = InputSpec(min_ndim=3, meaning=_MEANING)

    def build(self, input_shape: Any) -> None:
        """Build the cell, and with `stateful` make the states."""
        batch, _, *features = tree.flatten(input_shape)
        self._build_cell((batch, *features))
        if not self.stateful:
            return
        if is_unknown(batch):
            raise ValueError(
                f"{type(self).__name__} {self.name!r} is stateful, so it must know the batch size: give "
                "Input(batch_shape=...), or batch_input_shape=... to a Sequential's first layer, or "
                "call a model with a `call` of its own on one batch before fit."
            )
        with name_scope("states"):
            before = self.states_before(_Shaped(tuple(tree.flatten(input_shape))))
            self.states = [
                Variable(Zeros(), x.shape, self.variable_dtype, trainable=False, name=f"state_{i}")
                for i, x in enumerate(tree.flatten(before))
            ]
            for variable in self.states:
                variable.is_state = True  # neither saved nor counted

    def _build_cell(self, shape: tuple[int | None, ...]) -> None:
        cell = self.cell
        if not isinstance(cell, Layer) or cell.built:
            return
        if type(cell).build is not Layer.build:
            cell.build(shape)
        else:  # by one abstract step: what is made within the loop would be lost with it
            states = [(shape[0], *sizes_of(n)) for n in self.state_size]
            cell(
                KerasTensor(shape, self.compute_dtype),
                [KerasTensor(sizes, self.compute_dtype) for sizes in states],
            )

    @property
    def state_size(self) -> list[Any]:
        """Sizes of the cell's states."""
        return list(sizes_of(self.cell.state_size))

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """Return the states before the first step, as the cell says; else zeros."""
        own = getattr(self.cell, "get_initial_state", None)
        if own is None:
            sizes = self.state_size
            return [ops.zeros((batch_size, *sizes_of(n)), self.compute_dtype) for n in sizes]
        states = own(batch_size=batch_size)
        return list(states) if isinstance(states, (list, tuple)) else [states]

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        """Compute the outputs; see the class."""
        batch = ops.shape(sequences)[0]
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        first = tree.flatten(sequences)[0]
        check_mask(self, mask, first, first.shape[:2])
        states = self._first_states(sequences, initial_state)
        sequences, mask = tree.map_structure(self._by_step, [sequences, mask])
        last, outputs, states = self._run(sequences, states, mask, batch, training)
        states = tree.flatten(states)
        for variable, state in zip(self.states or (), states, strict=False):
            if variable.shape == tuple(state.shape):  # not so while the batch size is unknown
                variable.assign(state)
        result = ops.swapaxes(outputs, 0, 1) if self.return_sequences else last
        return (result, *states) if self.return_state else result

    def _run(
        self, inputs: Any, states: Any, mask: Any, batch: int, training: bool
    ) -> tuple[Any, Any, Any]:
        """`(last output, outputs, last states)` of `inputs (time, batch, ...)`."""
        zero_masked = self.zero_output_for_mask
        how: Any = {"zero_masked": zero_masked, "training": training}
        found = None if self.unroll else at_once(self.cell, inputs, states, mask, **how)
        if found is not None:
            return found
        inputs, step = self._prepared(inputs, training)
        return over_time(
            step,
            inputs,
            states,
            self._zero_output(batch, states),
            mask,
            collect=self.return_sequences,
            unroll=self.unroll,
            zero_masked=zero_masked,
            variables=self._assigned(),
        )

    def _prepared(self, inputs: Any, training: bool) -> tuple[Any, Callable]:
        if hasattr(self.cell, "prepare"):
            return self.cell.prepare(inputs, training)
        return inputs, self.cell if isinstance(self.cell, Layer) else self.cell.call

    def _by_step(self, x: Any) -> Any:
        """`(batch, time, ...)` to `(time, batch, ...)`, in the order of the steps."""
        if x is None:
            return None
        x = ops.swapaxes(x, 0, 1)
        return ops.flip(x, 0) if self.go_backwards else x

    def _first_states(self, sequences: Any, given: Any) -> Any:
        structure = self.states_before(sequences)
        if given is None and (self.states is None or self._other_batch(sequences.shape[0])):
            return structure
        given = tree.flatten(self.states if given is None else given)
        if len(given) != len(tree.flatten(structure)):
            raise ValueError(
                f"{type(self).__name__} {self.name!r} has {len(tree.flatten(structure))} states, but "
                f"`initial_state` holds {len(given)}."
            )
        return tree.pack_like(structure, [ops.cast(x, self.compute_dtype) for x in given])

    def _other_batch(self, size: int) -> bool:
        """Tell whether `size` stands for a batch size that is not known yet.

        Raises:
            ValueError: it is known, and the states are of batches of another size.
        """
        kept = self.states[0].shape[0]  # type: ignore[index]
        if kept == size or is_abstract():
            return kept != size
        raise ValueError(
            f"{type(self).__name__} {self.name!r} is stateful and keeps a state for each of the {kept} samples "
            f"of a batch, but this batch has {size}. Give batch_size={kept} to fit, evaluate and "
            f"predict, and a number of samples that {kept} divides."
        )

    def states_before(self, sequences: Any) -> list[Any]:
        """Return the states before the first step of `sequences`, if none are given."""
        return self.get_initial_state(ops.shape(sequences)[0])

    def _zero_output(self, batch: int, states: Any) -> Any:
        size = getattr(self.cell, "output_size", None)
        if size is None:
            return ops.zeros_like(tree.flatten(states)[0])
        return ops.zeros((batch, *sizes_of(size)), self.compute_dtype)

    def _assigned(self) -> list[Variable]:
        """Return the variables that a step may assign; the loop has to carry them."""
        if not isinstance(self.cell, Layer) or hasattr(self.cell, "prepare"):
            return []
        return [v for v in self.cell.variables if not v.trainable]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the input's mask, if all steps are returned; states have none."""
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        mask = mask if self.return_sequences else None
        return [mask, *[None] * len(self.state_size)] if self.return_state else mask

    def reset_state(self) -> None:
        """Set the states of a stateful layer to 0."""
        for variable in self.states or ():
            variable.assign(ops.zeros(variable.shape, variable.dtype))

    reset_states = reset_state  # Keras 2's name


class _Shaped(NamedTuple):
    shape: tuple[int, ...]
