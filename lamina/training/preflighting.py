"""The part of a model that looks for common mistakes before it learns."""

from __future__ import annotations

from typing import Any

from lamina.engine.current import available, engine
from lamina.training.callbacks import CallbackList
from lamina.training.compiling import Compiles
from lamina.training.data.arrays import as_arrays, common_length, split
from lamina.training.data.batches import first_batch, is_batches, refuse_beside_batches
from lamina.training.data.unpack import unpack_x_y_sample_weight
from lamina.training.preflight import CHECKS, EVERYWHERE, OF_ONE_BATCH, Check, examine
from lamina.training.preflight.callbacks import without_log
from lamina.training.preflight.data import rows_of_embeddings
from lamina.training.preflight.facts import Asked, Facts
from lamina.training.preflight.finding import Finding, Report, error, refuse
from lamina.training.preflight.overfit import overfit as learn_one_batch


class Preflights(Compiles):
    """A model that can be asked what is wrong with it and its data."""

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
            `mend`; printed, a line for each.

        Raises:
            NotImplementedError: `overfit` on an engine that computes no gradients.

        Example:
            >>> import lamina
            >>> out = lamina.layers.Dense(1, activation="softmax")
            >>> model = lamina.Sequential([lamina.Input((2,)), out])
            >>> model.compile("sgd", "binary_crossentropy")
            >>> x, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1])
            >>> [(found.kind, found.mend[:13]) for found in model.preflight(x, y)]
            [('error', 'Use a sigmoid')]
        """
        self._require_compiled("preflight")
        in_batches = is_batches(x)
        try:
            if in_batches:
                refuse_beside_batches(
                    y=y, sample_weight=sample_weight, validation_split=validation_split or None
                )
                x, y, sample_weight = first_batch(x)
                batch_size = common_length({"x": as_arrays(x, "x")})
            elif validation_split and validation_data is None:
                (x, y, sample_weight), validation_data = split(
                    (x, y, sample_weight), validation_split
                )
            fitted = self._fitted_data(x, y, sample_weight, class_weight)
            self._require_weights()  # type: ignore[attr-defined]
        except ValueError as refused:  # nothing more can be said of data that do not fit
            return Report([_as_finding(refused)])
        asked = Asked(
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
        found = examine(Facts(self, *fitted, asked=asked), _checks(asked))
        if validation_data is not None:
            found += self._findings_in_validation(validation_data)
        if not overfit or any(one.kind == "error" for one in found):
            return Report(found)
        require_gradients()
        result = learn_one_batch(self, fitted)
        return Report([*found, *result.findings()], result)

    def _findings_in_validation(self, given: Any) -> list[Finding]:
        what = "validation "
        try:
            data = (
                first_batch(given, what) if is_batches(given) else unpack_x_y_sample_weight(given)
            )
            fitted = self._fitted_data(*data, what=what)
        except ValueError as refused:
            return [_as_finding(refused)]
        return examine(Facts(self, *fitted, what=what), EVERYWHERE)

    def _refuse(
        self, fitted: tuple[Any, Any, Any], asked: Asked, everything: bool
    ) -> list[Finding]:
        """Raise all errors before `fit` begins; returns what else was found."""
        facts = Facts(self, *fitted, asked=asked)
        checks = set(_checks(asked) if everything else EVERYWHERE)
        if asked.one_batch:  # it has passed these when it was taken in
            checks -= set(EVERYWHERE)
        found = examine(facts, [check for check in CHECKS if check in checks])
        refuse(found)
        for callback, _ in without_log(facts) if everything else ():
            callback.keep_quiet()  # the warning is among `found`
        return found

    def _check_lookups(self, x: Any) -> None:
        """Raise for integers that an `Embedding` has no row for."""
        if getattr(self, "lookups", ()):
            refuse(rows_of_embeddings(Facts(self, x, None, None)))


def _checks(asked: Asked) -> tuple[Check, ...]:
    return OF_ONE_BATCH if asked.one_batch else CHECKS


def _as_finding(refused: ValueError) -> Finding:
    return error("", "\n".join([str(refused), *getattr(refused, "__notes__", ())]))


def require_gradients() -> None:
    """Raise NotImplementedError where the engine in force computes no gradients."""
    e = engine()
    if "differentiates" not in e.capabilities:
        others = [name for name in available() if name != e.name]
        raise NotImplementedError(
            f"The engine {e.name!r} computes no gradients, so it cannot train; it can predict and evaluate. "
            f"Engines that train here: {others}. Switch with lamina.config.set_backend({(others or ['jax'])[0]!r})."
        )
