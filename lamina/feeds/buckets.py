"""Buckets: sequences of many lengths, padded to a few, so that only a few programs are made for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lamina.feeds.arrays import check_count


class Buckets:
    """Sequences in batches, each padded to the length of its bucket; `bucket` makes it.

    Attributes:
        lengths: of the buckets, ascending.
        places: the number of the sample at each place, if nothing is shuffled.
    """

    def __init__(
        self,
        x: Sequence[Any],
        y: Any,
        sample_weight: Any,
        batch_size: int,
        lengths: Sequence[int],
        padding_value: float,
    ):
        self.lengths = [int(length) for length in lengths]
        self._x = x
        self._parts = [(part, self._follows(part)) for part in (x, y, sample_weight)]
        self._size, self._padding = batch_size, padding_value
        # The bucket of each sample.
        sizes = np.array([len(row) for row in x])
        self._buckets: list[int] = np.searchsorted(self.lengths, sizes).tolist()

    def __len__(self) -> int:
        return -(-len(self._x) // self._size)

    @property
    def samples(self) -> int:
        """The number of sequences."""
        return len(self._x)

    @property
    def places(self) -> np.ndarray:
        """The numbers of the samples in the order in which batches hold them, if nothing is shuffled."""
        return np.concatenate([rows for _, rows in self.batches(range(len(self._x)))])

    def batches(self, order: Any, fill: bool = False) -> Iterator[tuple[int, list[int]]]:
        """Give for each batch the number of its bucket, and the samples in it, taken in `order`.

        What is left of a bucket goes into the next longer one, so only the last batch may be short.

        Args:
            fill: a short last batch is filled up with samples from the beginning, if other batches are
                of its shape.
        """
        waiting: list[list[int]] = [[] for _ in self.lengths]
        full: set[int] = set()
        for sample in order:
            rows = waiting[bucket := self._buckets[sample]]
            rows.append(int(sample))
            if len(rows) == self._size:
                full.add(bucket)
                yield bucket, rows
                waiting[bucket] = []
        rest: list[int] = []
        for bucket, rows in enumerate(waiting):
            rest += rows
            if len(rest) >= self._size:
                full.add(bucket)
                yield bucket, rest[: self._size]
                rest = rest[self._size :]
        if rest:
            last = len(self.lengths) - 1
            if fill and last in full:
                rest += [int(sample) for sample in order[: self._size - len(rest)]]
            yield last, rest

    def padded(self, bucket: int, rows: list[int]) -> tuple[Any, Any, Any]:
        """Return the batch `(x, y, sample_weight)` of these samples, padded to their bucket's length."""

        def stacked(data: Any, follows: bool) -> Any:
            if data is None:
                return None
            parts = [np.asarray(data[row]) for row in rows]
            if not follows:
                return np.stack(parts)
            shape = (len(rows), self.lengths[bucket], *parts[0].shape[1:])
            padded = np.full(shape, self._padding, np.result_type(*parts))
            for place, part in zip(padded, parts, strict=True):
                place[: len(part)] = part
            return padded

        x, y, sample_weight = (stacked(*part) for part in self._parts)
        return x, y, sample_weight

    def _follows(self, data: Any) -> bool:
        """Tell whether `data` has for each sample a sequence as long as that of `x`."""
        pairs = () if data is None else zip(data, self._x, strict=True)
        return all(np.ndim(part) > 0 and len(part) == len(row) for part, row in pairs)


def bucket(
    x: Sequence[Any],
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int = 32,
    buckets: int = 4,
    lengths: Sequence[int] | None = None,
    padding_value: float = 0,
) -> Buckets:
    """Put sequences into buckets by length: batches for `fit`, `evaluate` and `predict`.

    An engine that compiles makes a program for each shape of a batch: here at most as many as there are
    buckets. What is left of a bucket at the end of an epoch goes into the next longer one. In `fit` the
    last batch is filled up with samples of the epoch's beginning, which are then learned from twice.

    Padding is data like any other to a layer: let `layers.Masking` or `Embedding(mask_zero=True)` mark it.

    Args:
        x: sequences, each an array or list of shape `(length, ...)`.
        y: targets: one per sequence, or for each a sequence as long as that of `x`, which is padded, too.
        sample_weight: weights, likewise.
        batch_size: sequences in a batch.
        buckets: how many; their lengths are chosen such that each gets about as many sequences.
        lengths: of the buckets, instead: the longest sequence that each takes.
        padding_value: what is put at the end of a sequence.

    Returns:
        What can be given as `x`; `lengths` tells the lengths of its buckets.

    Raises:
        ValueError: no sequences, another number of targets, or a sequence longer than all buckets.

    Example:
        >>> import lamina
        >>> words = [[1], [2, 3], [4, 5, 6], [7, 8, 9, 10], [11, 12], [13]]
        >>> batches = lamina.data.bucket(words, batch_size=2, buckets=2)
        >>> batches.lengths
        [2, 4]
        >>> len(batches)
        3
    """
    check_count("batch_size", batch_size)
    check_count("buckets", buckets)
    sizes = [len(row) for row in x]
    if not sizes:
        raise ValueError("bucket: `x` holds no sequences.")
    for what, data in {"y": y, "sample_weight": sample_weight}.items():
        if data is not None and len(data) != len(sizes):
            raise ValueError(f"bucket: `x` has {len(sizes)} sequences, but `{what}` {len(data)}.")
    if lengths is None:
        shares = np.arange(1, buckets + 1) / buckets
        lengths = sorted(set(np.quantile(sizes, shares, method="higher").tolist()))
    lengths = sorted(lengths)
    if max(sizes) > lengths[-1]:
        raise ValueError(
            f"bucket: the longest sequence has {max(sizes)} entries, the longest bucket takes {lengths[-1]}. "
            "Give a longer one in `lengths`, or cut the sequences (utils.pad_sequences)."
        )
    return Buckets(x, y, sample_weight, batch_size, lengths, padding_value)
