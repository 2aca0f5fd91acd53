"""`TimeDistributed`: one layer applied to every time step by itself."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core import tree
from lamina.layers.core.wrapper import Wrapper
from lamina.layers.given_mask import check_mask
from lamina.layers.signatures import facts_of


class TimeDistributed(Wrapper):
    """Apply a layer to every time step of its input, with the same weights.

    All steps of all samples go through the layer in one call, as one large batch: for layers that treat each
    sample by itself that is the same. A layer that keeps something in training beside what it learns, as
    `BatchNormalization` keeps moving averages, is called for one step after the other in training, so that
    each step is normalized by its own moments, and counts in the averages by itself, as in Keras.

    Shapes: `(batch, time, ...)` to `(batch, time, *what the layer makes of (...))`.

    Args:
        layer: the layer for one step.

    Raises:
        ValueError: `layer` is not a layer, or the input has no time axis.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.TimeDistributed(lamina.layers.Dense(4))
        >>> layer(np.zeros((2, 5, 3), "float32")).shape
        (2, 5, 4)
    """

    supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Build the layer for one step."""
        shapes = tree.flatten(input_shape) if isinstance(input_shape, dict) else input_shape
        if len(shapes) < 3:
            raise ValueError(
                f"TimeDistributed {self.name!r} needs an input (batch, time, ...), not one of shape "
                f"{tuple(input_shape)}."
            )
        super().build((input_shape[0], *input_shape[2:]))

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        """Compute the outputs; see the class."""
        batch, time = ops.shape(inputs)[:2]
        check_mask(self, mask, inputs)
        if training and self.layer.trainable and self.layer.non_trainable_weights:
            return self._step_by_step(inputs, mask)

        def folded(x: Any) -> Any:
            return ops.reshape(x, (batch * time, *x.shape[2:]))

        options: dict[str, Any] = {"training": training}
        if mask is not None and len(mask.shape) > 2:  # a mask of its own for every step
            options["mask"] = folded(mask)
        outputs = self.layer(folded(inputs), **options)
        return tree.map_structure(lambda y: ops.reshape(y, (batch, time, *y.shape[1:])), outputs)

    def _step_by_step(self, inputs: Any, mask: Any) -> Any:
        """Call the layer for each step in training: what it keeps after one it has in the next."""
        steps = inputs.shape[1]
        if steps is None:
            raise ValueError(
                f"TimeDistributed {self.name!r}: {type(self.layer).__name__} is called for each step in training, so "
                "the number of steps must be known. Pad the sequences to one length, and state it in the Input."
            )
        takes_mask = facts_of(type(self.layer)).takes_mask

        def call(step: int) -> Any:
            masks = {"mask": mask[:, step]} if takes_mask and mask is not None else {}
            return self.layer(inputs[:, step], training=True, **masks)

        outputs = [call(step) for step in range(steps)]
        return tree.map_structure(lambda *ys: ops.stack(ys, axis=1), *outputs)
