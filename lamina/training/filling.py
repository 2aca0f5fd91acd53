"""The last, short batch of `predict` and `evaluate`, filled up, so that no program is made for its size.

It is filled with samples of the batch before, whose outputs are then cut off, and which count nothing in
losses and metrics. That is right only if a sample's outputs do not depend on the others in its batch. So
the first short batch runs twice, filled with different samples: if the results differ in a single bit, the
model mixes samples, and its short batches run as they are, from then on.

`fit` does not do so. Its short batches would draw other masks of dropout, and sums of a batch that was filled up
are rounded otherwise: a run would depend on whether its engine compiles.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lamina import ops
from lamina.core import tree
from lamina.core.masks import get_mask
from lamina.core.variable import Variable, restore, snapshot
from lamina.engine.current import engine, to_host
from lamina.feeds.feed import Chunk, alone
from lamina.losses.loss import Loss
from lamina.metrics.exact import Exact
from lamina.training.learner import Learner
from lamina.training.runner import CallRunner, StepRunner

_AVERAGING = ("sum_over_batch_size", "mean", "mean_with_sample_weight")


class CannotFillError(Exception):
    """A model whose short batches have to run as they are."""


class FillingPredictor:
    """Runs batches of a pass of `predict` one after the other, the short ones filled up.

    Args:
        predictor: gives the runner.
        filled: whether short batches may be filled up.
    """

    def __init__(self, predictor: Callable[[], CallRunner], filled: bool):
        self.predictor = predictor
        self.runner: CallRunner | None = None  # that of the last batch
        self._full: dict[Any, Any] = {}  # by kind: the largest batch of it
        self._filled = filled and engine().compiles_by_shape

    def __call__(self, x: Any) -> Any:
        """Return native outputs for a batch of host arrays."""
        self.runner = runner = self.predictor()
        if not self._filled or runner.writes or (full := _longer(x, self._full)) is None:
            return runner((x,))
        size, rows = _rows(full), _rows(x)
        fillings = _filled(x, full), _filled(x, _of_one_sample(full))
        if runner.stands_alone is False or (runner.stands_alone is None and same(*fillings)):
            return runner((x,))
        outputs = runner((fillings[0],))
        if runner.stands_alone is None:
            sizes = {ops.shape(leaf)[:1] for leaf in tree.flatten([outputs])}
            runner.stands_alone = sizes == {(size,)} and same(
                cut(outputs, rows), cut(runner((fillings[1],)), rows)
            )
        return cut(outputs, rows) if runner.stands_alone else runner((x,))


class FillingTester:
    """Runs the chunks of a pass of `evaluate`, the short ones filled up.

    Args:
        runner: of `filled_test_step`.
        plain: gives the runner of the model's test step, for batches that cannot be filled up.
        metrics: variables that the steps change.
    """

    def __init__(
        self, runner: StepRunner, plain: Callable[[], StepRunner], metrics: list[Variable]
    ):
        self._runner, self._plain, self._metrics = runner, plain, metrics
        self._full: dict[Any, Any] = {}  # by kind: the largest batch of it

    @property
    def runner(self) -> StepRunner:
        """The runner of the next chunk."""
        return self._plain() if self._runner.stands_alone is False else self._runner

    def __call__(self, chunk: Chunk) -> Any:
        """Run on the batches of `chunk`; the logs, native arrays, are those of the last."""
        runner, batches = self._runner, chunk.batches
        first = tree.map_structure(partial(_entry, 0), batches)
        if runner.stands_alone is False:
            return self._plain()(chunk)
        full = _longer(first, self._full)
        if full is None:
            counting = _counting(chunk, _rows(first))
            if runner.has_run:
                return runner(counting)
            try:
                return runner(counting)
            except Exception:  # e.g. a loss that takes no weights; if it is a fault, it comes again
                runner.stands_alone = False
                return self._plain()(chunk)
        logs: Any = {}
        for i in range(chunk.count):
            logs = self._run_short(tree.map_structure(partial(_entry, i), batches), full)
        return logs

    def _run_short(self, batch: Any, full: Any) -> Any:
        runner, rows, before = self._runner, _rows(batch), snapshot(self._metrics)
        fillings = _filled(batch, full), _filled(batch, _of_one_sample(full))
        if runner.stands_alone is False or (runner.stands_alone is None and same(*fillings)):
            return self._plain()(alone(batch))
        logs = runner(_counting(alone(fillings[0]), rows))
        if runner.stands_alone is None:
            values = self._values()
            restore(self._metrics, before)
            logs = runner(_counting(alone(fillings[1]), rows))
            runner.stands_alone = same(values, self._values())
        if not runner.stands_alone:
            restore(self._metrics, before)
            return self._plain()(alone(batch))
        return logs

    def _values(self) -> list[np.ndarray]:
        return [variable.numpy() for variable in self._metrics]


def can_fill(model: Any) -> bool:
    """Tell whether `filled_test_step` does what the model's own test step does, with filled batches.

    It does if nothing of the step is the user's own, and losses and metrics are such that a sample of
    weight 0 leaves no trace.
    """
    compiled = model.__compiled__
    steps = (Learner.test_step, Learner.compute_loss, Learner.compute_metrics)
    kind = type(model)
    if not engine().compiles_by_shape or compiled is None or compiled.loss is None:
        return False
    if (kind.test_step, kind.compute_loss, kind.compute_metrics) != steps:
        return False
    for loss in compiled.loss.losses:
        reduces = isinstance(loss, Loss) and type(loss).__call__ is Loss.__call__
        if loss is not None and not (reduces and loss.reduction in _AVERAGING):
            return False
    known = {id(metric) for metric in compiled.logged()}
    own = [metric for metric in model.metrics[1:] if id(metric) not in known]
    return not own and all(
        metric.weight_0_is_absence and not isinstance(metric, Exact) for metric in model.metrics
    )


def filled_test_step(model: Any, data: Any) -> dict[str, Any]:
    """Evaluate a batch `(x, y, (sample_weight, real))`, of which only some samples count.

    Args:
        data: `real`, floats `(batch,)`, is 1 for samples that count and 0 for the others.

    Raises:
        CannotFillError: layers add losses, or outputs have masks: these depend on all samples.
    """
    x, y, (sample_weight, real) = data
    predicted = model(x, training=False)
    if model.losses or any(get_mask(leaf) is not None for leaf in tree.flatten([predicted])):
        raise CannotFillError
    count = ops.sum(real)
    counted = _weighted(y, sample_weight, real)
    # Losses divide by the size of the batch, of which `count` samples are real.
    per_sample = ops.divide(ops.multiply(real, float(ops.shape(real)[0])), count)
    compiled, tracker = model.__compiled__, model.metrics[0]
    loss = compiled.loss(y, predicted, _weighted(y, sample_weight, per_sample), samples=count)
    tracker.update_state(loss, sample_weight=count)
    if compiled.metrics is not None:
        compiled.metrics.update_state(y, predicted, counted, real)
    return model.get_metrics_result()


def _weighted(y: Any, sample_weight: Any, real: Any) -> Any:
    """Multiply sample weights, one per sample or more, by numbers per sample."""

    def times(weight: Any) -> Any:
        if weight is None:
            return real
        axes = (1,) * (ops.ndim(weight) - 1)
        weight = ops.cast(weight, engine().dtype(real))
        return ops.multiply(weight, ops.reshape(real, (-1, *axes)))

    return real if sample_weight is None else tree.map_structure(times, sample_weight)


def _counting(chunk: Chunk, rows: int) -> Chunk:
    """Say in each batch that its first `rows` samples count."""
    x, y, sample_weight = chunk.batches
    size = tree.flatten(x)[0].shape[1]
    real = np.zeros((chunk.count, size), "float32")
    real[:, :rows] = 1
    return Chunk((x, y, (sample_weight, real)), chunk.count)


def _entry(i: int, leaf: Any) -> Any:
    return None if leaf is None else leaf[i]


def _rows(batch: Any) -> int:
    return len(next(leaf for leaf in tree.flatten(batch) if leaf is not None))


def _longer(batch: Any, full: dict[Any, Any]) -> Any:
    """Return the batch of `full` from which `batch` differs only in that it has fewer samples.

    If there is none, `batch` itself is kept in `full`.
    """
    leaves = tree.flatten(batch)
    kind = tuple(None if leaf is None else (leaf.shape[1:], leaf.dtype) for leaf in leaves)
    longest = full.get(kind)
    if longest is None or _rows(batch) >= _rows(longest):
        full[kind] = batch
        return None
    return longest


def _filled(batch: Any, full: Any) -> Any:
    """Fill `batch` up with the last samples of `full`."""
    return tree.map_structure(
        lambda x, y: None if x is None else np.concatenate([x, y[len(x) :]]), batch, full
    )


def _of_one_sample(full: Any) -> Any:
    return tree.map_structure(
        lambda x: None if x is None else np.broadcast_to(x[:1], x.shape), full
    )


def cut(outputs: Any, rows: int) -> Any:
    """Return the outputs of the first `rows` samples, as host arrays."""
    return tree.map_structure(lambda leaf: to_host(leaf)[:rows], outputs)


def same(first: Any, second: Any) -> bool:
    """Tell whether two trees of arrays are equal, bit by bit."""
    pairs = zip(tree.flatten(first), tree.flatten(second), strict=True)
    return all(a is b or _equal(to_host(a), to_host(b)) for a, b in pairs)


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
