"""Several batches of `predict` in one call, where nothing but the time can tell.

On 32 samples a small network computes for a shorter time than its call takes. So batches that prove short run
many at once, as one larger batch. That is right only if a sample's outputs do not depend on the others in its
batch, and the same only if the kernels round alike. So the first time both ways run, and once more among samples
that are not in the data: if the results differ in a single bit, batches run one by one from then on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.engine.current import engine
from lamina.feeds.feed import Chunk
from lamina.training.filling import FillingPredictor, cut, same
from lamina.training.predicted import joined
from lamina.training.runner import CallRunner

# A larger batch may have to be compiled, which is worth it where many have run.
_SECONDS_BEFORE = 0.1
# It also bounds the memory: what is computed in so short a time is not large.
_SECONDS_PER_CALL = 0.01
_LEAST, _MOST = 4, 32  # batches in a call


class Together:
    """Runs the chunks of a pass of `predict`.

    Args:
        predict: runs one batch.
        parts: to which the outputs are added.
        allowed: whether batches may run together.
        complete: makes the outputs of what a call returns.
    """

    def __init__(
        self,
        predict: FillingPredictor,
        parts: list[Any],
        allowed: bool,
        complete: Callable[[Any], Any],
    ):
        self._predict, self._parts, self._allowed = predict, parts, allowed
        self._complete = complete

    def welcome(self) -> int:
        """Return how many batches are welcome in the next chunk."""
        runner = self._predict.runner if self._allowed else None
        if runner is None or runner.writes or runner.stands_alone is False:
            return 1
        return _together(runner)

    def __call__(self, chunk: Chunk) -> Any:
        """Run on the batches of `chunk`; returns their outputs as logs."""
        before, x = len(self._parts), chunk.batches[0]
        if chunk.count > 1 and chunk.count == self.welcome():
            self._at_once(x, chunk.count)
        else:
            self._one_by_one(x, chunk.count)
        self._parts[before:] = new = [*map(self._complete, self._parts[before:])]
        return {"outputs": new[0] if len(new) == 1 else joined(new)}

    def _at_once(self, x: Any, count: int) -> None:
        runner, whole = self._predict.predictor(), tree.map_structure(_as_one_batch, x)
        if runner.joins:
            self._parts.append(runner((whole,)))
            return
        before = len(self._parts)
        self._one_by_one(x, count)
        rows = tree.flatten(whole)[0].shape[0] // count
        try:
            outputs = joined([runner((whole,))])
            among_others = joined([runner((_among_others(whole, rows),))])
            alone = joined(self._parts[before:])
            runner.joins = same(outputs, alone) and same(cut(among_others, rows), cut(alone, rows))
        except Exception:  # the model takes no larger batch, or the memory does not hold it
            runner.joins = False

    def _one_by_one(self, x: Any, count: int) -> None:
        for i in range(count):
            batch = tree.map_structure(lambda leaf, i=i: None if leaf is None else leaf[i], x)
            began = time.perf_counter()
            outputs = self._predict(batch)
            self._parts.append(outputs)
            _time(self._predict.runner, outputs, began)


def _time(runner: CallRunner | None, outputs: Any, began: float) -> None:
    """Count the time of a batch, until enough is known."""
    if runner is None or (runner.seconds or 0.0) >= _SECONDS_BEFORE:
        return
    if runner.seconds is None:
        runner.seconds = 0.0
        return
    engine().synchronize(tree.flatten(outputs))
    seconds = time.perf_counter() - began
    runner.seconds += seconds
    runner.fastest = min(runner.fastest, seconds)


def _together(runner: CallRunner) -> int:
    """Return how many batches run together, always the same number; 1 while that is not known."""
    if runner.joins is False or (runner.seconds or 0.0) < _SECONDS_BEFORE:
        return 1
    if runner.at_once is None:
        runner.at_once = min(int(_SECONDS_PER_CALL / runner.fastest), _MOST)
        runner.joins = None if runner.at_once >= _LEAST else False
    return 1 if runner.joins is False else runner.at_once


def _as_one_batch(leaf: Any) -> Any:
    return None if leaf is None else leaf.reshape(leaf.shape[0] * leaf.shape[1], *leaf.shape[2:])


def _among_others(whole: Any, rows: int) -> Any:
    """Replace all but the first samples: where each batch has the same maximum, say, mixing would not show."""

    def replaced(leaf: Any) -> Any:
        if leaf is None:
            return None
        rest = leaf[rows:]
        others = -3 * rest if leaf.dtype.kind == "f" else np.broadcast_to(leaf[:1], rest.shape)
        return np.concatenate([leaf[:rows], others])

    return tree.map_structure(replaced, whole)
