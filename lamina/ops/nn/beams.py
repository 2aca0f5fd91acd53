"""Prefix beam search over all sequences of a batch at once, for `ctc_decode`.

A beam is a sequence of labels, with the probability that the frames so far spell it: by paths that
end with the blank, and by those that end with its last label. At each frame a beam stays as it is or
grows by one label; what grows into another beam is joined with it.

Their lengths, and how far they agree, say that beam q is beam p with one more label
(`common`); both are carried along, so that no frame compares the beams label by label.

Source: Hannun et al. 2014, "First-pass large vocabulary continuous speech recognition using
bi-directional recurrent DNNs", algorithm 1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lamina.engine.current import engine

_NEVER = -1e30  # the logarithm of no probability, small enough to stay so when added up
_DEAD = -1e29


class _Beams(NamedTuple):
    """`(batch, width, ...)` each, in no order."""

    labels: Any  # (..., frames), -1 after the last
    lengths: Any
    by_blank: Any  # logarithms of probability
    by_label: Any
    common: Any  # (..., width): how many labels two beams share from the start


def beam_search(logs: Any, exists: Any, width: int, top_paths: int, blank: int) -> tuple[Any, Any]:
    """Find the labels `(paths, batch, frames)` most probable under `logs`, and scores `(batch, paths)`.

    Args:
        logs: logarithms of probability `(batch, frames, classes)`.
        exists: which frames count, `(batch, frames)`.
        width: how many beams are kept.
    """
    e = engine()
    batch, frames, _ = e.shape(logs)

    def step(beams: tuple, frame: tuple) -> tuple[tuple, Any]:
        new = _advance(_Beams(*beams), frame[0], blank)
        kept = [
            e.where(e.reshape(frame[1], (batch,) + (1,) * (len(e.shape(x)) - 1)), x, old)
            for x, old in zip(new, beams, strict=True)
        ]
        return tuple(kept), frame[1]

    rows = (e.transpose(logs, (1, 0, 2)), e.transpose(exists, (1, 0)))
    carry, _ = e.scan(step, tuple(_start(batch, frames, width, e.dtype(logs))), rows, frames)
    beams = _Beams(*carry)
    score = e.getitem(_either(beams.by_blank, beams.by_label), (slice(None), slice(0, top_paths)))
    labels = e.getitem(beams.labels, (slice(None), slice(0, top_paths)))
    alive = e.greater(score, _DEAD)
    labels = e.where(_column(alive), labels, -1)
    score = e.where(alive, score, float("-inf"))
    return e.transpose(labels, (1, 0, 2)), score


def _start(batch: int, frames: int, width: int, dtype: str) -> _Beams:
    """Return one beam without labels, by the blank; the other places are free."""
    e = engine()
    never = e.full((batch, width), _NEVER, dtype)
    first = e.full((batch, 1), 0, dtype)
    return _Beams(
        e.full((batch, width, frames), -1, "int32"),
        e.full((batch, width), 0, "int32"),
        e.concatenate([first, e.getitem(never, (slice(None), slice(1, None)))], 1),
        never,
        e.full((batch, width, width), 0, "int32"),
    )


def _advance(beams: _Beams, logs: Any, blank: int) -> _Beams:
    """Return the best beams after one more frame, with log-probabilities `logs (batch, classes)`."""
    e = engine()
    classes = e.shape(logs)[1]
    batch, width = e.shape(beams.lengths)
    total = _either(beams.by_blank, beams.by_label)
    last = _last(beams)
    grown = _growth(beams, total, last, logs, blank)
    joined, grown = _join(beams, total, last, grown)
    ending = e.maximum(last, 0)  # an empty beam has no last label, and no paths that end with it
    again = e.add(beams.by_label, e.take_along_axis(logs, ending, 1))
    by_label = _either(again, joined)
    by_blank = e.add(total, e.getitem(logs, (slice(None), slice(blank, blank + 1))))
    growing = e.reshape(grown, (batch, width * classes))
    scores = e.concatenate([_either(by_blank, by_label), growing], 1)
    best = e.getitem(e.argsort(e.negative(scores), 1), (slice(None), slice(0, width)))
    stays = e.less(best, width)
    beyond = e.subtract(best, width)
    slot = e.where(stays, best, e.floor_divide(beyond, classes))
    label = e.where(stays, -1, e.remainder(beyond, classes))
    lengths = e.take_along_axis(beams.lengths, slot, 1)
    labels = _with_label(_rows(beams.labels, slot), lengths, label)
    return _Beams(
        labels,
        e.add(lengths, e.cast(e.greater_equal(label, 0), "int32")),
        e.where(stays, e.take_along_axis(by_blank, slot, 1), _NEVER),
        e.where(stays, e.take_along_axis(by_label, slot, 1), e.take_along_axis(scores, best, 1)),
        _in_common(beams.common, slot, labels),
    )


def _growth(beams: _Beams, total: Any, last: Any, logs: Any, blank: int) -> Any:
    """Append each label to each beam, `(batch, width, classes)`."""
    e = engine()
    labels = e.reshape(e.arange(0, e.shape(logs)[1], 1, "int32"), (1, 1, -1))
    # Without a blank between them, two equal labels would be one.
    repeats = e.equal(labels, _column(last))
    before = e.where(repeats, _column(beams.by_blank), _column(total))
    grown = e.add(before, e.reshape(logs, (e.shape(logs)[0], 1, e.shape(logs)[1])))
    return e.where(e.equal(labels, blank), _NEVER, grown)


def _join(beams: _Beams, total: Any, last: Any, grown: Any) -> tuple[Any, Any]:
    """Give what grows into an existing beam to that beam, and take it from `grown`."""
    e = engine()
    batch, width, classes = e.shape(grown)
    dtype = e.dtype(grown)
    one_more = e.equal(_column(beams.lengths), _row(e.add(beams.lengths, 1)))
    parent = e.logical_and(one_more, e.equal(beams.common, _row(beams.lengths)))
    parent = e.logical_and(parent, e.greater(_row(total), _DEAD))  # [child, parent]
    label = e.maximum(last, 0)
    place = e.add(e.multiply(e.argmax(e.cast(parent, "int32"), 2), classes), label)
    arriving = e.take_along_axis(e.reshape(grown, (batch, width * classes)), place, 1)
    joined = e.where(e.any(parent, axis=2), arriving, _NEVER)
    labels = e.reshape(e.arange(0, classes, 1, "int32"), (1, 1, -1))
    ends = e.cast(e.equal(_column(last), labels), dtype)
    gone = e.matmul(e.transpose(e.cast(parent, dtype), (0, 2, 1)), ends)
    return joined, e.where(e.greater(gone, 0.5), _NEVER, grown)


def _in_common(common: Any, slot: Any, labels: Any) -> Any:
    """Count the labels that the new beams `labels`, made of those in `slot`, share from the start.

    As many as what they were made of, and one more if they go on with the same label there: only
    a beam's new last label can be further agreement.
    """
    e = engine()
    batch, width, _ = e.shape(labels)
    across = e.broadcast_to(_row(slot), (batch, width, width))
    kept = e.take_along_axis(_rows(common, slot), across, 2)
    following = e.take_along_axis(labels, kept, 2)
    other = e.transpose(following, (0, 2, 1))
    agree = e.logical_and(e.equal(following, other), e.greater_equal(following, 0))
    return e.add(kept, e.cast(agree, "int32"))


def _last(beams: _Beams) -> Any:
    """Return each beam's last label, or -1 if it has none."""
    e = engine()
    place = _column(e.maximum(e.subtract(beams.lengths, 1), 0))
    return e.reshape(e.take_along_axis(beams.labels, place, 2), e.shape(beams.lengths))


def _with_label(labels: Any, lengths: Any, label: Any) -> Any:
    e = engine()
    place = e.reshape(e.arange(0, e.shape(labels)[2], 1, "int32"), (1, 1, -1))
    return e.where(e.equal(place, _column(lengths)), _column(label), labels)


def _rows(x: Any, slot: Any) -> Any:
    """Return `x[b, slot[b]]`."""
    e = engine()
    return e.take_along_axis(x, e.broadcast_to(_column(slot), (*e.shape(slot), e.shape(x)[2])), 1)


def _either(x: Any, y: Any) -> Any:
    """Compute `log(exp(x) + exp(y))`."""
    e = engine()
    return e.add(e.maximum(x, y), e.log1p(e.exp(e.negative(e.abs(e.subtract(x, y))))))


def _column(x: Any) -> Any:
    return engine().reshape(x, (*engine().shape(x), 1))


def _row(x: Any) -> Any:
    batch, width = engine().shape(x)
    return engine().reshape(x, (batch, 1, width))
