"""Steps of the user's own, run on shapes alone before training begins.

What a usual step does `prepare` has done by then. A mistake in a validation step of the user's own would
show after the first epoch only.
"""

import functools
from collections.abc import Callable
from typing import Any

from lamina.core import tree
from lamina.engine.abstractly import NeedsValueError
from lamina.engine.current import engine
from lamina.training.learner import Learner
from lamina.training.runner import StepRunner

_OF_EACH = {
    "train": ("train_step", "compute_loss", "compute_metrics"),
    "test": ("test_step", "compute_loss", "compute_metrics"),
}


def rehearse(model: Any, run: Any, runner_of: Callable[[str], StepRunner]) -> None:
    """Run steps of the user's own on the shapes of their batches, once for each; nothing is computed or changed.

    Args:
        run: a `Run`, whose feeds are open.
        runner_of: gives the runner of the step "train" or "test".

    Raises:
        Exception: what a step itself raises.
    """
    for kind, feed in (("train", run.data), ("test", run.validation)):
        if feed is None or not _is_own(type(model), kind) or not _is_rehearsed(model, kind):
            continue
        first = slice(feed.batch_size)
        batch = tree.map_structure(lambda x, i=first: None if x is None else x[i], feed.example)
        try:
            runner_of(kind).infer(batch)
        except NeedsValueError:  # the real step may have values, or says so itself
            pass
        except Exception as error:
            error.add_note(
                f"in the {kind} step, which was run on shapes alone before training began"
            )
            raise


def _is_rehearsed(model: Any, kind: str) -> bool:
    """Tell whether a step can run without values.

    What runs uncompiled may do with values whatever it likes. And where an engine compiles nothing by
    shape, a training step may take gradients in the way of its library, which needs values.
    """
    compiled = not model.run_eagerly and model.jit_compile is not False
    return compiled and (kind == "test" or engine().compiles_by_shape)


@functools.lru_cache(maxsize=64)  # not for ever: classes may come and go
def _is_own(model: type, kind: str) -> bool:
    return any(getattr(model, name) is not getattr(Learner, name) for name in _OF_EACH[kind])
