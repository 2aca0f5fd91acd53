"""`Bidirectional`: a recurrent layer run in both directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

from lamina import ops
from lamina.core import registry, tree
from lamina.core.choices import one_of
from lamina.layers.arguments import Options
from lamina.layers.layer import Layer

_MERGED: dict[str | None, Callable[[Any, Any], Any]] = {
    "sum": ops.add,
    "mul": ops.multiply,
    "concat": lambda y, y_back: ops.concatenate([y, y_back], axis=-1),
    "ave": lambda y, y_back: ops.divide(ops.add(y, y_back), 2),
    None: lambda y, y_back: [y, y_back],
}


class Bidirectional(Layer):
    """Run a recurrent layer forward in time and a copy of it backward, and merge their outputs.

    Shapes: those of the layer; with `"concat"` the last axis is twice as long. With `return_state`
    the forward layer's states follow the output, then the backward layer's.

    Args:
        layer: a recurrent layer, such as `LSTM`; any layer with `go_backwards` and `return_sequences`.
        merge_mode: how the two outputs become one: `"concat"`, `"sum"`, `"mul"`, `"ave"`, or `None`
            for both of them.
        weights: initial weights of the whole.
        backward_layer: the layer for the other direction, by default a copy of `layer`.

    Called as `layer(sequences, initial_state=None, mask=None, training=None)`.

    Raises:
        ValueError: `layer` is not a recurrent layer, the two layers do not fit each other, or the merge
            mode is unknown.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.Bidirectional(lamina.layers.LSTM(4))
        >>> layer(np.zeros((2, 5, 3), "float32")).shape
        (2, 8)

    Source: Schuster & Paliwal 1997.
    """

    supports_masking = True

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Unpack[Options],
    ):
        for given in (layer,) if backward_layer is None else (layer, backward_layer):
            if not isinstance(given, Layer) or not hasattr(given, "go_backwards"):
                raise ValueError(
                    f"Bidirectional needs a recurrent layer, such as LSTM(32); got {given!r}."
                )
        one_of("Bidirectional", "merge_mode", merge_mode, _MERGED)
        if not isinstance(weights, (list, tuple, type(None))):
            raise TypeError(
                f"Bidirectional: `weights` must be a list of arrays, as `get_weights` gives it, not {weights!r}."
            )
        super().__init__(**kwargs)
        self.merge_mode = merge_mode
        name = layer.name.removeprefix("forward_")
        self.forward_layer = _twin(layer, f"forward_{name}")
        self.backward_layer = (
            _twin(layer, f"backward_{name}", not layer.go_backwards)
            if backward_layer is None
            else _twin(backward_layer, backward_layer.name)
        )
        self._check_pair()
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        self.stateful = layer.stateful
        self.input_spec = layer.input_spec
        self._first_weights = None if weights is None else list(weights)

    def _check_pair(self) -> None:
        one, other = self.forward_layer, self.backward_layer
        if one.go_backwards == other.go_backwards:
            raise ValueError(
                "Bidirectional: `layer` and `backward_layer` run in the same direction; give one of them "
                "go_backwards=True."
            )
        for name in ("return_sequences", "return_state", "stateful"):
            if getattr(one, name) != getattr(other, name):
                raise ValueError(
                    f"Bidirectional: `layer` has {name}={getattr(one, name)}, but `backward_layer` "
                    f"{name}={getattr(other, name)}; both must have the same."
                )

    def build(self, input_shape: Any) -> None:
        """Build both layers."""
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(input_shape)
        if self._first_weights is not None:
            self.set_weights(self._first_weights)

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        """Compute the outputs; see the class."""
        forward_state, backward_state = self._halves(initial_state)
        options = {"mask": mask, "training": training}
        y = self.forward_layer(sequences, initial_state=forward_state, **options)
        y_back = self.backward_layer(sequences, initial_state=backward_state, **options)
        states: list[Any] = []
        if self.return_state:
            (y, *states), (y_back, *more) = y, y_back
            states += more
        if self.return_sequences:
            y_back = ops.flip(y_back, 1)
        merged = _MERGED[self.merge_mode](y, y_back)
        if not self.return_state:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

    def _halves(self, states: Any) -> tuple[Any, Any]:
        if states is None:
            return None, None
        states = tree.flatten(states)
        half = len(states) // 2
        if len(states) != 2 * len(self.forward_layer.state_size):
            raise ValueError(
                f"Bidirectional {self.name!r} takes {2 * len(self.forward_layer.state_size)} initial states "
                f"(forward, then backward), but `initial_state` holds {len(states)}."
            )
        return states[:half], states[half:]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the input's mask, if all steps are returned; states have none."""
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        mask = mask if self.return_sequences else None
        outputs = [mask, mask] if self.merge_mode is None else [mask]
        if self.return_state:
            return outputs + [None] * 2 * len(self.forward_layer.state_size)
        return outputs if self.merge_mode is None else mask

    def reset_state(self) -> None:
        """Set the states of stateful layers to 0."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state  # Keras 2's name

    def get_config(self) -> dict[str, Any]:
        """Return the arguments; the layers are those in use."""
        config = super().get_config()
        config["layer"] = registry.serialize(self.forward_layer)
        return config


def _twin(layer: Any, name: str, go_backwards: bool | None = None) -> Any:
    config = {**layer.get_config(), "name": name}
    if "zero_output_for_mask" in config:
        # Where a sample's mask ends, the other direction has not begun: its old output means nothing.
        config["zero_output_for_mask"] = layer.return_sequences
    if go_backwards is not None:
        config["go_backwards"] = go_backwards
    return type(layer).from_config(config)
