"""The part of a model that looks for common mistakes before it learns."""

from typing import Any

from lamina.feeds.arrays import as_arrays, common_length, split
from lamina.feeds.batches import first_batch
from lamina.feeds.class_weights import refuse_balance_of_batches
from lamina.feeds.sources import is_batches, refuse_beside_batches
from lamina.feeds.unpack import unpack_x_y_sample_weight
from lamina.preflight import CHECKS, EVERYWHERE, OF_INPUTS, OF_ONE_BATCH, Check, examine, may_find
from lamina.preflight.callbacks import without_log
from lamina.preflight.data import not_finite, surely_finite
from lamina.preflight.facts import Facts
from lamina.preflight.finding import Finding, Report, error, refuse, warn_of
from lamina.preflight.overfit import overfit as learn_one_batch
from lamina.training.callbacks import CallbackList
from lamina.training.intake import take_in
from lamina.training.learner import require_gradients
from lamina.training.plan import Plan
from lamina.training.trainer import Trainer


class Preflighted(Trainer):
    """A model that can be plan what is wrong with it and its data."""

    def preflight(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        overfit: bool = False,
    ) -> Report:
        """Look for common mistakes, without learning anything.

        `fit` does the same before its first step: it raises one error with all errors, warns of each
        warning, and is silent about hints. See `docs/preflight.md` for what is found.

        Where `x` gives batches, the first is looked at, by the checks to which one batch says enough.

        Args:
            x, y, batch_size, epochs, callbacks, validation_split, validation_data, shuffle,
                class_weight, sample_weight: as for `fit`.
            overfit: also try to learn one batch of up to 32 samples for 100 steps. The report's
                `overfit` has the loss before and after, and which layers got no gradient; weights
                and optimizer are afterwards as before.

        Returns:
            A list of findings, each with `kind` (error, warning, hint), `where`, `what`, `why` and
            `fix`; printed, a line for each.

        Raises:
            NotImplementedError: `overfit` on an engine that computes no gradients.

        Example:
            >>> import lamina
            >>> out = lamina.layers.Dense(1, activation="softmax")
            >>> model = lamina.Sequential([lamina.Input((2,)), out])
            >>> model.compile("sgd", "binary_crossentropy")
            >>> x, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1])
            >>> [(found.kind, found.fix[:13]) for found in model.preflight(x, y)]
            [('error', 'Use a sigmoid')]
        """
        if not self.compiled:
            raise ValueError(
                "Call `model.compile(optimizer=..., loss=...)` before `model.preflight(...)`."
            )
        in_batches = is_batches(x)
        try:
            if in_batches:
                refuse_balance_of_batches(class_weight)
                refuse_beside_batches(validation_split=validation_split or None)
                x, y, sample_weight = first_batch(x, "", batch_size, (y, sample_weight))
                batch_size = common_length({"x": as_arrays(x, "x")})
            elif validation_split and validation_data is None:
                (x, y, sample_weight), validation_data = split(
                    (x, y, sample_weight), validation_split
                )
            fitted = take_in(self, x, y, sample_weight, class_weight, batch_size=batch_size or 32)
        except ValueError as refused:  # nothing more can be said of data that do not fit
            return Report([_as_finding(refused)])
        plan = Plan(
            batch_size=batch_size or 32,
            epochs=epochs,
            callbacks=list(CallbackList(callbacks)),
            shuffle=shuffle,
            class_weight=class_weight,
            sample_weight=sample_weight,
            x=x,
            validation=validation_data,
            validation_split=validation_split,
            one_batch=in_batches,
        )
        found = examine(Facts(self, *fitted, plan=plan), _checks(plan))
        if validation_data is not None:
            found += self.__findings_in_validation(validation_data)
        if not overfit or any(one.kind == "error" for one in found):
            return Report(found)
        require_gradients()
        result = learn_one_batch(self, fitted)
        return Report([*found, *result.findings()], result)

    def __findings_in_validation(self, given: Any) -> list[Finding]:
        what = "validation "
        try:
            x, *others = (
                (given, None, None) if is_batches(given) else unpack_x_y_sample_weight(given)
            )
            data = first_batch(x, what, None, tuple(others)) if is_batches(x) else (x, *others)
            data = take_in(self, *data, what=what)
        except ValueError as refused:
            return [_as_finding(refused)]
        return examine(Facts(self, *data, what=what), EVERYWHERE)

    def __examine__(
        self,
        data: Any,
        what: str = "",
        plan: Plan | None = None,
        thorough: bool = True,
        notes: dict[str, Any] | None = None,
    ) -> None:
        """Raise all errors together, and warn of the rest; `thorough` looks at all that there is."""
        checks: Any = EVERYWHERE if data[1] is not None else OF_INPUTS
        if notes is not None and plan is None:
            if "checks" not in notes:
                facts = Facts(self, *data, what=what)
                notes["checks"] = [check for check in checks if may_find(check, facts)]
            checks = notes["checks"]
            if not checks or (checks == [not_finite] and surely_finite(data)):
                return
        facts = Facts(self, *data, what=what, plan=plan)
        if plan is not None:
            wanted = set(_checks(plan) if thorough else EVERYWHERE)
            if plan.one_batch:  # it has passed these when it was taken in
                wanted -= set(EVERYWHERE)
            checks = [check for check in CHECKS if check in wanted]
        findings = examine(facts, checks)
        if not findings:
            return
        try:
            refuse(findings)
        except ValueError as error:
            if what:
                error.add_note(f"in the {what.strip()}")
            raise
        for callback, _ in without_log(facts) if plan is not None and thorough else ():
            callback.keep_quiet()  # the warning is among `findings`
        warn_of(findings)


def _checks(plan: Plan) -> tuple[Check, ...]:
    return OF_ONE_BATCH if plan.one_batch else CHECKS


def _as_finding(refused: ValueError) -> Finding:
    return error("", "\n".join([str(refused), *getattr(refused, "__notes__", ())]))
