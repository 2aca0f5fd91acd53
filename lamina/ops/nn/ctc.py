"""Connectionist temporal classification: the loss, and reading labels from a network's outputs.

Source: Graves et al. 2006, "Connectionist temporal classification: labelling unsegmented sequence
data with recurrent neural networks".
"""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes
from lamina.core.choices import one_of
from lamina.core.op import Tensor, engine, op
from lamina.engine.contract import Spec
from lamina.ops.math import logsumexp
from lamina.ops.nn.activation import log_softmax
from lamina.ops.nn.beams import beam_search

__all__ = ["ctc_decode", "ctc_loss"]

# The impossible (too few frames for the labels) costs this much instead of infinity, as in
# Keras: the loss stays a number, and one such sample does not ruin the weights.
_IMPOSSIBLE = -1e5
_NOWHERE = -1e30  # the log-probability of a path that does not exist


def _loss_shape(target: Any, output: Any, *_: Any, **__: Any) -> Spec:
    batch = target.shape[0] if output.shape[0] is None else output.shape[0]
    return Spec((batch,), _at_least_single(dtypes.standardize(output.dtype)))


@op(shape=_loss_shape)
def ctc_loss(
    target: Tensor,
    output: Tensor,
    target_length: Tensor,
    output_length: Tensor,
    mask_index: int = 0,
) -> Tensor:
    """Return minus the logarithm of the probability that `output` spells `target`, over all alignments.

    Labels for which the frames do not suffice cost about 1e5, not infinity.

    Shapes: target `(batch, labels)`, integers; output `(batch, frames, classes)`, logits; lengths
    `(batch,)`: what lies beyond them counts for nothing. The result is `(batch,)`, float32 at least.

    Args:
        mask_index: the class that stands for no label; a negative one counts from the last.

    Raises:
        ValueError: the shapes do not fit together.

    Example:
        >>> output = np.zeros((1, 2, 2), "float32")  # 3 of the 4 paths spell "1"
        >>> round(float(ctc_loss([[1]], output, [1], [2])[0]), 4), round(float(np.log(4 / 3)), 4)
        (0.2877, 0.2877)

    Source: Graves et al. 2006, section 4.1.
    """
    e = engine()
    _check(target, output, target_length, output_length)
    _, frames, classes = e.shape(output)
    logs = log_softmax(e.cast(output, _at_least_single(e.dtype(output))))
    logs = e.maximum(logs, _IMPOSSIBLE)  # logits of minus infinity would become inf - inf
    target_length = _column(target_length)
    states = _states(e.cast(target, "int32"), target_length, mask_index % classes)
    leaps = e.cast(_leaps(states), e.dtype(logs))
    emitted = _of_states(logs, states)
    first = e.equal(e.arange(0, e.shape(states)[1], 1, "int32"), 0)
    start = e.where(first, e.full(e.shape(states), 0, e.dtype(logs)), _IMPOSSIBLE)

    def step(paths: Any, frame: tuple) -> tuple[Any, Any]:
        emission, counts = frame
        ahead = e.pad(paths, [(0, 0), (2, 0)], _NOWHERE)
        near = e.getitem(ahead, (slice(None), slice(1, -1)))
        far = e.add(e.getitem(ahead, (slice(None), slice(None, -2))), leaps)
        peak = e.stop_gradient(e.maximum(e.maximum(paths, near), far))
        total = e.add(e.exp(e.subtract(paths, peak)), e.exp(e.subtract(near, peak)))
        total = e.add(total, e.exp(e.subtract(far, peak)))
        moved = e.where(counts, e.add(e.add(e.log(total), peak), emission), paths)
        # Taken out at every frame and summed up at the end: long sequences lose no digits.
        height = e.stop_gradient(e.max(moved, axis=1, keepdims=True))
        return e.subtract(moved, height), height

    counts = e.less(e.reshape(e.arange(0, frames, 1, "int32"), (-1, 1, 1)), _column(output_length))
    paths, heights = e.scan(step, start, (emitted, counts), frames)
    return e.negative(e.add(_ends(paths, target_length), e.sum(heights, axis=(0, 2))))


def _at_least_single(dtype: str) -> str:
    return dtypes.result_type(dtype, "float32")


def _column(lengths: Any) -> Any:
    return engine().reshape(engine().cast(lengths, "int32"), (-1, 1))


def _check(target: Any, output: Any, target_length: Any, output_length: Any) -> None:
    shapes = [tuple(engine().shape(x)) for x in (target, output, target_length, output_length)]
    ranks = [len(shape) for shape in shapes]
    if ranks != [2, 3, 1, 1] or len({shape[0] for shape in shapes}) != 1:
        raise ValueError(
            f"ops.ctc_loss: target, output, target_length, output_length have shapes {shapes}; needed are "
            "(batch, labels), (batch, frames, classes), (batch,) and (batch,) with one batch."
        )


def _states(target: Any, target_length: Any, blank: int) -> Any:
    """Return the classes that a path goes through: blanks around each label, `(batch, 2 labels + 1)`."""
    e = engine()
    batch, labels = e.shape(target)
    exists = e.less(e.reshape(e.arange(0, labels, 1, "int32"), (1, -1)), target_length)
    target = e.where(exists, target, blank)  # padding may be any number
    pairs = e.stack([e.full((batch, labels), blank, "int32"), target], 2)
    last = e.full((batch, 1), blank, "int32")
    return e.concatenate([e.reshape(pairs, (batch, 2 * labels)), last], 1)


def _leaps(states: Any) -> Any:
    """Return the cost of reaching each state from the last but one, over the blank between."""
    e = engine()
    batch, n = e.shape(states)
    before = e.getitem(e.pad(states, [(0, 0), (2, 0)], -1), (slice(None), slice(None, -2)))
    into_label = e.equal(e.remainder(e.arange(0, n, 1, "int32"), 2), 1)
    free = e.full((batch, n), 0, "float32")
    to_labels = e.where(e.equal(states, before), _IMPOSSIBLE, free)
    return e.where(into_label, to_labels, _NOWHERE)


def _of_states(logs: Any, states: Any) -> Any:
    """Return the logarithm of each state's probability at each frame, `(frames, batch, states)`."""
    e = engine()
    batch, frames, _ = e.shape(logs)
    n = e.shape(states)[1]
    index = e.broadcast_to(e.reshape(states, (batch, 1, n)), (batch, frames, n))
    return e.transpose(e.take_along_axis(logs, index, 2), (1, 0, 2))


def _ends(paths: Any, target_length: Any) -> Any:
    """Add all paths that end with the last label, or with the blank after it, `(batch,)`."""
    e = engine()
    place = e.reshape(e.arange(0, e.shape(paths)[1], 1, "int32"), (1, -1))
    last = e.multiply(target_length, 2)
    ends = e.logical_and(e.less_equal(place, last), e.greater_equal(place, e.subtract(last, 1)))
    return logsumexp(e.where(ends, paths, _NOWHERE), 1)


def _decoded_shape(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    *_: Any,
    **__: Any,
) -> tuple[Spec, Spec]:
    batch = sequence_lengths.shape[0] if inputs.shape[0] is None else inputs.shape[0]
    paths = 1 if strategy == "greedy" else top_paths
    scores = Spec((batch, paths), _at_least_single(dtypes.standardize(inputs.dtype)))
    return Spec((paths, batch, inputs.shape[1]), "int32"), scores


@op(shape=_decoded_shape)
def ctc_decode(
    inputs: Tensor,
    sequence_lengths: Tensor,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> tuple[Any, Any]:
    """Read the labels that a network's `inputs` spell, with their scores.

    Shapes: inputs `(batch, frames, classes)`, logits; sequence_lengths `(batch,)`. Results: labels
    `(paths, batch, frames)`, int32, -1 after the last one; scores `(batch, paths)`.

    Args:
        strategy: `"greedy"` takes the best class of each frame; its one score is minus the sum of
            their logits. `"beam_search"` looks for the labels most probable over all alignments;
            the scores are the logarithms of their probabilities.
        beam_width: how many label sequences the search keeps at each frame.
        top_paths: how many of them are given, best first (greedy: always one). Where there are fewer,
            the rest is all -1 with the score minus infinity.
        merge_repeated: whether greedy decoding takes equal neighbours for one label.
        mask_index: the class that stands for no label; `None` is the last.

    Raises:
        ValueError: an unknown strategy, `top_paths` above `beam_width`, or no classes.

    Example:
        >>> labels, _ = ctc_decode(np.eye(3, dtype="float32")[[[1, 1, 0, 2, 2]]], [5])
        >>> labels.tolist()
        [[[1, 2, -1, -1, -1]]]

    Source: Graves et al. 2006; Hannun et al. 2014, "First-pass large vocabulary continuous speech
    recognition using bi-directional recurrent DNNs" (beam search).
    """
    e = engine()
    inputs = e.cast(inputs, _at_least_single(e.dtype(inputs)))
    _, frames, classes = e.shape(inputs)
    if classes == 0:
        raise ValueError(f"ops.ctc_decode: `inputs` of shape {e.shape(inputs)} has no classes.")
    blank = (classes - 1) if mask_index is None else mask_index % classes
    exists = e.less(e.reshape(e.arange(0, frames, 1, "int32"), (1, -1)), _column(sequence_lengths))
    if strategy == "greedy":
        return _greedy(inputs, exists, merge_repeated, blank)
    one_of("ops.ctc_decode", "strategy", strategy, ("greedy", "beam_search"))
    if not 1 <= top_paths <= beam_width:
        raise ValueError(
            f"ops.ctc_decode: `top_paths` must be from 1 to `beam_width` ({beam_width}), not {top_paths}."
        )
    return beam_search(log_softmax(inputs), exists, beam_width, top_paths, blank)


def _greedy(inputs: Any, exists: Any, merge_repeated: bool, blank: int) -> tuple[Any, Any]:
    e = engine()
    best = e.argmax(inputs, 2)
    kept = e.logical_and(exists, e.not_equal(best, blank))
    if merge_repeated:
        before = e.getitem(e.pad(best, [(0, 0), (1, 0)], -1), (slice(None), slice(None, -1)))
        kept = e.logical_and(kept, e.not_equal(best, before))
    # A stable sort by "not kept" brings the labels to the front in their order.
    order = e.argsort(e.cast(e.logical_not(kept), "int32"), 1)
    labels = e.take_along_axis(e.where(kept, best, -1), order, 1)
    score = e.sum(e.where(exists, e.max(inputs, axis=2), 0.0), axis=1, keepdims=True)
    return e.reshape(labels, (1, *e.shape(labels))), e.negative(score)
