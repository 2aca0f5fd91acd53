"""Arguments that every optimizer takes beside its own, and what they may be."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

import numpy as np


class Common(TypedDict, total=False):
    """Arguments that every optimizer takes beside its own; see `Optimizer`."""

    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None
    learning_rate_multipliers: dict[str, float] | None
    lr: float
    decay: float


class Range(NamedTuple):
    """Numbers that an argument may be: a test, and how a message says it."""

    holds: Callable[[Any], bool]
    said: str


_BELOW_1 = Range(lambda x: 0 <= x < 1, "lie in [0, 1)")
_UP_TO_1 = Range(lambda x: 0 <= x <= 1, "lie in [0, 1]")
UP_TO_1_ABOVE_0 = Range(lambda x: 0 < x <= 1, "lie in (0, 1]")
_NOT_NEGATIVE = Range(lambda x: x >= 0, "not be negative")
_POSITIVE = Range(lambda x: x > 0, "be positive")

# By name: it means the same in every optimizer, but where a class has `own_ranges`.
# `beta_1` and `beta_2` of 1 would divide by 0.
_RANGES = {
    _BELOW_1: ("beta_1", "beta_2", "adam_beta_1", "adam_beta_2"),
    _UP_TO_1: ("momentum", "rho", "ema_momentum"),
    _POSITIVE: (
        *("clipnorm", "clipvalue", "global_clipnorm", "clip_threshold"),
        *("loss_scale_factor", "initial_scale", "dynamic_growth_steps"),
    ),
    _NOT_NEGATIVE: (
        *("epsilon", "epsilon_1", "epsilon_2", "decay", "warmup_steps", "ns_steps", "rms_rate"),
        *("weight_decay", "adam_weight_decay", "adam_lr_ratio", "initial_accumulator_value"),
        *("beta", "l1_regularization_strength", "l2_regularization_strength"),
        "l2_shrinkage_regularization_strength",
    ),
    Range(lambda x: x <= 0, "not be positive"): ("learning_rate_power",),
}
_RANGE_OF = {name: wanted for wanted, names in _RANGES.items() for name in names}


def check_ranges(cls: type, given: dict[str, Any]) -> None:
    """Raises ValueError for a number among the constructor's arguments that is out of range."""
    for name in given.keys() & _RANGE_OF.keys():
        value, wanted = given[name], cls.own_ranges.get(name, _RANGE_OF[name])  # type: ignore[attr-defined]
        if value is None or callable(value):
            continue
        number = not isinstance(value, (bool, str)) and np.ndim(value) == 0
        if not (number and wanted.holds(float(value))):
            raise ValueError(
                f"{cls.__name__}: `{name}` must {wanted.said if number else 'be a number'}, "
                f"not {value!r}."
            )


def with_common(constructor: Any, common: Any) -> Any:
    """`constructor`, which also takes the arguments of `common` behind its own, in place as by name."""
    own = [
        p
        for p in list(inspect.signature(constructor).parameters.values())[1:]
        if p.kind is not p.VAR_KEYWORD
    ]
    names = [p.name for p in own]
    behind = [
        p
        for p in inspect.signature(common).parameters.values()
        if p.name not in names and p.default is not p.empty
    ]
    names += [p.name for p in behind]

    @functools.wraps(constructor)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        by_place = dict(zip(names, args, strict=False))
        check_ranges(type(self), by_place | kwargs)
        constructor(self, **by_place, **kwargs)

    this = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    rest = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
    init.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [this, *(p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in (*own, *behind)), rest]
    )
    return init


def renamed(cls: type, learning_rate: Any, kwargs: dict[str, Any]) -> Any:
    """The learning rate, also where Keras 2 says `lr=` and `decay=`.

    Raises:
        TypeError: another argument is unknown.
        ValueError: `decay` beside a learning rate that is computed already.
    """
    unknown = sorted(set(kwargs) - {"lr", "decay"})
    if unknown:
        known = [p for p in inspect.signature(cls).parameters if p != "kwargs"]
        raise TypeError(
            f"{cls.__name__} does not take the argument(s) {unknown}. It takes: {', '.join(known)} (and `lr`)."
        )
    if kwargs.get("lr") is not None:
        learning_rate = kwargs["lr"]
    if not kwargs.get("decay"):
        return learning_rate
    if callable(learning_rate):
        raise ValueError(
            f"{cls.__name__}: `decay` needs a number as learning rate, not {learning_rate!r}."
        )
    from lamina.optimizers.schedules import InverseTimeDecay

    return InverseTimeDecay(learning_rate, 1, kwargs["decay"])  # lr / (1 + decay * iterations)


def check(optimizer: Any) -> None:
    """Raises ValueError for common arguments that are out of range or exclude each other."""
    name = type(optimizer).__name__
    norms = (optimizer.clipnorm, optimizer.clipvalue, optimizer.global_clipnorm)
    if norms.count(None) < 2:
        raise ValueError(
            f"{name}: only one of clipnorm={norms[0]}, clipvalue={norms[1]} and "
            f"global_clipnorm={norms[2]} can be used."
        )
    steps = optimizer.gradient_accumulation_steps
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 2):
        raise ValueError(
            f"{name}: `gradient_accumulation_steps` must be an integer of 2 or more, or None, not {steps!r}."
        )
    frequency = optimizer.ema_overwrite_frequency
    if frequency is not None and (not isinstance(frequency, int) or frequency < 1):
        raise ValueError(
            f"{name}: `ema_overwrite_frequency` must be a positive integer or None, not {frequency!r}."
        )


def takes_step(rate: Any) -> bool:
    """Whether the callable learning rate `rate` is one of the iteration, or of nothing as in Keras."""
    try:
        inspect.signature(rate).bind(0)
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature
        pass
    return True


def check_rate(cls: type, rate: Any) -> None:
    """Raises ValueError if `rate` is not a number that can be a learning rate."""
    if isinstance(rate, (bool, str)) or (not np.isscalar(rate) and np.ndim(rate) != 0):
        raise ValueError(
            f"{cls.__name__}: `learning_rate` must be a number or a callable, not {rate!r}."
        )
    if not float(rate) >= 0:
        raise ValueError(
            f"{cls.__name__}: `learning_rate` must not be negative or NaN, but is {rate!r}."
        )


def check_pattern(where: str, pattern: Any) -> None:
    """Raises ValueError if `pattern`, for paths of variables, is no regular expression."""
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise ValueError(
            f"{where}: a key is a regular expression for paths of variables, such as 'encoder/.*'; "
            f"{pattern!r} is none ({error})."
        ) from None


def check_multipliers(cls: type, given: Any) -> dict[str, float] | None:
    """`learning_rate_multipliers` with floats, or ValueError."""
    if given is None:
        return None
    try:
        found = {pattern: float(factor) for pattern, factor in dict(given).items()}
    except (TypeError, ValueError):
        found = {}
    for pattern in found:
        check_pattern(f"{cls.__name__}: `learning_rate_multipliers`", pattern)
    whole = isinstance(given, dict) and len(found) == len(given)
    if whole and all(factor >= 0 for factor in found.values()):
        return found
    raise ValueError(
        f"{cls.__name__}: `learning_rate_multipliers` must be a dict such as {{'encoder/': 0.1}} "
        f"(pattern of a variable's path -> factor, not negative), not {given!r}."
    )
