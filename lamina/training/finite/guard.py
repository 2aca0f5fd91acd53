"""`Guard`: ends training at the first loss that is not finite, with an account of where it comes from."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.core import seeds, tree
from lamina.core.choices import one_of
from lamina.core.tracebacks import warn
from lamina.core.variable import Variable, host_array, restore, snapshot
from lamina.feeds.feed import Chunk
from lamina.metrics.exact import Exact
from lamina.training.batch_logs import as_floats
from lamina.training.finite.diagnosis import Diagnosis, diagnose

CHOICES = ("stop", "raise", "warn", "ignore")
# To read a loss waits for the device, so it is done rarely. The loss of an epoch is a mean, which stays NaN
# once it is; the steps since the last look are then repeated to find the first.
SECONDS_BETWEEN_LOOKS = 0.2
KEPT = (
    2**28
)  # bytes of batches that are kept for a repetition; with more of them a look is due, too
_LARGE = 2**28  # numbers in variables; so many are not kept for a repetition


class Guard:
    """Runs chunks of batches as a runner does, and looks at the loss from time to time.

    Args:
        model: that trains.
        how: one of `CHOICES`; with `"ignore"` it does nothing.

    Raises:
        ValueError: `how` is something else.
    """

    def __init__(self, model: Any, how: str):
        one_of("fit", "on_nan", how, CHOICES)
        self._model, self._how, self._is_off = model, how, how == "ignore"

    def begin_epoch(self, epoch: int, run: Any, done: int) -> Any:
        """Return what runs chunks in this epoch, of which `done` batches are done already.

        Args:
            run: a `StepRunner`.
        """
        if self._is_off:
            return run
        state = run.variables
        self._epoch, self._run, self._done, self.runner = epoch, run, done, run
        self._weights = [*state.trainable, *state.non_trainable, *state.optimizer]
        self._all: list[Variable] = [*self._weights, *state.metrics]
        if run.numbers is None:
            run.numbers = sum(math.prod(v.shape) for v in self._weights)
        self._logs: Mapping[str, Any] = {}
        self._good = snapshot(self._all) if run.numbers < _LARGE else None
        self._chunks: list[Chunk] = []
        self._most = 1
        self._due = time.perf_counter() + SECONDS_BETWEEN_LOOKS
        return self

    def __call__(self, chunk: Chunk) -> Any:
        """Run the batches of `chunk`, and return the logs of the last."""
        if not self._chunks:
            self._most = _how_many(chunk)
        if time.perf_counter() < self._due and len(self._chunks) < self._most:
            self._logs = logs = self._run(chunk)
            self._chunks.append(chunk)
            return logs
        before = snapshot(self._all) if self._good is not None else None
        self._logs = logs = self._run(chunk)
        self._chunks.append(chunk)
        if _wrong(as_floats(logs)):
            self._find()
        else:  # then the state was good before the chunk; after it nobody knows
            self._done += sum(chunk.count for chunk in self._chunks[:-1])
            self._good, self._chunks = before, [chunk]
            self._due = time.perf_counter() + SECONDS_BETWEEN_LOOKS
        return logs

    def keep(self, count: int) -> None:
        """Forget all but the first `count` batches of the chunk that has just run: the others run anew."""
        if self._chunks:
            self._chunks[-1] = self._chunks[-1].part(0, count)

    def end_epoch(self, logs: Mapping[str, Any]) -> None:
        """Look at the logs of the epoch, which are numbers.

        Raises:
            FloatingPointError: a loss is not finite, and that is an error.
        """
        if not self._is_off and self._chunks:
            for name, value in logs.items():
                if "loss" in name and isinstance(value, float) and not math.isfinite(value):
                    return self._find()

    def _find(self) -> None:
        """Find out where it comes from, tell, and end training if that is wanted."""
        self._is_off = True
        now, position = snapshot(self._all), seeds.position()
        exact = [(m, list(m.collected)) for m in self._model.metrics if isinstance(m, Exact)]
        diagnosis, before = self._repeat()
        restore(self._all, now)
        seeds.set_position(position)
        for metric, collected in exact:
            metric.collected[:] = collected
        self._tell(diagnosis, before)

    def _repeat(self) -> tuple[Diagnosis, Any]:
        """Find the first step that went wrong; return an account of it, and the state before it."""
        if self._good is None:
            last = _batches(self._chunks[-1])[-1]
            end = self._done + sum(chunk.count for chunk in self._chunks)
            return diagnose(
                self._model, last.batches, _wrong(as_floats(self._logs)), self._epoch, end
            ), None
        restore(self._all, self._good)
        finite = [_is_finite(held) for held in self._good]
        number, cause = self._done, None
        batch: Chunk | None = None
        for batch in (batch for chunk in self._chunks for batch in _batches(chunk)):
            number, before = number + 1, snapshot(self._all)
            wrong = _wrong(as_floats(self._run(batch)))
            after = snapshot(self._weights)
            if wrong or not all(
                map(_is_finite, (h for h, f in zip(after, finite, strict=False) if f))
            ):
                cause = cause or (number, batch, before)
            if wrong:
                break
        else:
            wrong = _wrong(as_floats(self._logs))
        cause = cause or (number, batch, self._good)
        restore(self._all, cause[2])
        account = diagnose(self._model, cause[1].batches, wrong, self._epoch, number, cause[0])  # type: ignore[union-attr]
        return account, cause[2]

    def _tell(self, diagnosis: Diagnosis, before: Any) -> None:
        if self._how == "warn":
            warn(f"{diagnosis}\nTraining goes on.")
            return
        ends = "Training ends."
        if before is not None:
            restore(self._weights, before[: len(self._weights)])
            ends = f"Training ends; the model is as it was before batch {diagnosis.cause}."
        if self._how == "raise":
            raise FloatingPointError(f"{diagnosis}\n{ends}")
        warn(f"{diagnosis}\n{ends}")
        self._model.stop_training = True


def _wrong(logs: Mapping[str, Any]) -> dict[str, float]:
    """Return the losses among `logs`, numbers, that are not finite."""
    return {
        name: value
        for name, value in logs.items()
        if "loss" in name and isinstance(value, float) and not math.isfinite(value)
    }


def _how_many(chunk: Chunk) -> int:
    """Return how many chunks like this may be kept."""
    size = sum(_size(leaf) for leaf in tree.flatten(chunk.batches) if leaf is not None)
    return max(1, KEPT // (2 * size + 1))  # an engine may have a copy


def _size(leaf: Any) -> int:
    """Return the bytes of a leaf; tensors of TensorFlow's do not say."""
    return leaf.nbytes if hasattr(leaf, "nbytes") else 8 * math.prod(leaf.shape)


def _batches(chunk: Chunk) -> list[Chunk]:
    return [chunk.part(number, number + 1) for number in range(chunk.count)]


def _is_finite(held: Any) -> bool:
    array = host_array(held)
    return array.dtype.kind not in "fV" or bool(np.isfinite(array.astype("float32")).all())
