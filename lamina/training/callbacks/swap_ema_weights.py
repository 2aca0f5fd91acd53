"""`SwapEMAWeights`: evaluate, and predict, with the running means of the weights."""

from typing import Any

import numpy as np

from lamina import ops
from lamina.core.variable import Variable
from lamina.ops.core import convert_to_numpy
from lamina.training.callbacks.callback import Callback, Logs


class SwapEMAWeights(Callback):
    """Puts the optimizer's running means of the weights into the model while it is evaluated.

    The optimizer must keep them: give it `use_ema=True`. Training itself goes on with the weights.

    Args:
        swap_on_epoch: keep the means in the model from the end of an epoch to the beginning of the
            next one, so that what stands behind this callback, such as a `ModelCheckpoint`, sees them.

    Raises:
        ValueError: the model has no optimizer with `use_ema=True`.

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(2,))])
        >>> model.compile(lamina.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9), "mse")
        >>> x, y = lamina.ops.ones((8, 2)), lamina.ops.ones((8, 1))
        >>> history = model.fit(x, y, verbose=0)
        >>> losses = model.evaluate(x, y, verbose=0, callbacks=[lamina.callbacks.SwapEMAWeights()])
    """

    def __init__(self, swap_on_epoch: bool = False):
        self.swap_on_epoch = swap_on_epoch
        self._own: list[tuple[Variable, Any]] = []  # what the means stand in place of

    def set_model(self, model: Any) -> None:
        """Take the model, and make sure that its optimizer keeps means."""
        super().set_model(model)
        optimizer = getattr(model, "optimizer", None)
        if optimizer is not None and not _keeps_means(optimizer):
            raise ValueError(
                f"SwapEMAWeights: {type(optimizer).__name__} keeps no means of the weights. "
                "Give it `use_ema=True` and compile again, or leave the callback out."
            )

    def _swap(self) -> None:
        if self._own or getattr(self.model, "optimizer", None) is None:
            return
        weights, means = self._with_means(), self.model.optimizer.averages
        self._own = [(v, v.value) for v in weights]
        for variable in weights:
            # A copy: a step that gives up its state would take the mean's array with it.
            variable.assign(ops.copy(means[variable].value))

    def _swap_back(self) -> None:
        own, self._own = self._own, []
        for variable, value in own:
            variable.assign(value)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Let training go on with the weights."""
        self._swap_back()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Put the means into the model, with `swap_on_epoch`."""
        if self.swap_on_epoch:
            self._swap()

    def on_train_end(self, logs: Logs = None) -> None:
        """Forget the weights: the means are the result of training."""
        self._own = []

    def on_test_begin(self, logs: Logs = None) -> None:
        """Put the means into the model."""
        self._swap()

    def on_test_end(self, logs: Logs = None) -> None:
        """Put the weights back."""
        self._swap_back()

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Put the means into the model."""
        self._swap()

    def on_predict_end(self, logs: Logs = None) -> None:
        """Put the weights back."""
        self._swap_back()

    def get_state(self) -> dict[str, Any]:
        """Return the weights that the means stand in place of, in the order of the model's."""
        return {"own": [np.array(convert_to_numpy(value)) for _, value in self._own]}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`, taken when the model held what it holds now."""
        if state["own"]:
            self._own = list(zip(self._with_means(), state["own"], strict=True))

    def _with_means(self) -> list[Variable]:
        means = self.model.optimizer.averages
        return [v for v in self.model.trainable_variables if v in means]


def _keeps_means(optimizer: Any) -> bool:
    each = [optimizer, *getattr(optimizer, "inner_optimizers", ())]
    return any(getattr(inner, "use_ema", False) for inner in each)
