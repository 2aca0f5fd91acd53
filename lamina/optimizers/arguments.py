"""The arguments that every optimizer takes besides its own, and the ranges of all arguments."""

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypedDict

import numpy as np

from lamina.core.constructors import constructor_signature, parameters


class Rest(TypedDict, total=False):
    """Types of the arguments that every optimizer takes; `weight_decay` is some algorithms' own."""

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


class Common(Rest, total=False):
    """Types of the arguments in `CommonArguments`, and of Keras 2's."""

    weight_decay: float | None


class Range(NamedTuple):
    """The numbers that an argument may be: a test, and its words in a message."""

    holds: Callable[[Any], bool]
    words: str


_BELOW_1 = Range(lambda x: 0 <= x < 1, "lie in [0, 1)")
_UP_TO_1 = Range(lambda x: 0 <= x <= 1, "lie in [0, 1]")
UP_TO_1_ABOVE_0 = Range(lambda x: 0 < x <= 1, "lie in (0, 1]")
_NOT_NEGATIVE = Range(lambda x: x >= 0, "not be negative")
_POSITIVE = Range(lambda x: x > 0, "be positive")

_WHOLE = ("gradient_accumulation_steps", "ema_overwrite_frequency")

# By name: it means the same in every optimizer, except where a class has `own_ranges`.
# `beta_1` and `beta_2` of 1 would divide by 0.
_NAMES = {
    _BELOW_1: ("beta_1", "beta_2", "adam_beta_1", "adam_beta_2"),
    _UP_TO_1: ("momentum", "rho", "ema_momentum"),
    _POSITIVE: (
        *("clipnorm", "clipvalue", "global_clipnorm", "clip_threshold"),
        *("loss_scale_factor", "initial_scale", "dynamic_growth_steps"),
    ),
    _NOT_NEGATIVE: (
        *("epsilon", "epsilon_1", "epsilon_2", "warmup_steps", "ns_steps", "rms_rate"),
        *("weight_decay", "adam_weight_decay", "adam_lr_ratio", "initial_accumulator_value"),
        *("beta", "l1_regularization_strength", "l2_regularization_strength"),
        "l2_shrinkage_regularization_strength",
    ),
    Range(lambda x: x <= 0, "not be positive"): ("learning_rate_power",),
    Range(lambda x: x >= 2 and x == int(x), "be an integer of 2 or more, or None"): _WHOLE[:1],
    Range(lambda x: x >= 1 and x == int(x), "be a positive integer or None"): _WHOLE[1:],
}
_RANGES = {name: allowed for allowed, names in _NAMES.items() for name in names}


def checked(optimizer: Any, name: str, value: Any) -> Any:
    """Return `value`, to be set as the attribute `name` of `optimizer`.

    Raises:
        ValueError: a number is out of its range.
        AttributeError: an optimizer of lamina has no such attribute, but one of a similar name.
    """
    cls = type(optimizer)
    if name in _RANGES:
        _check_range(cls, name, value)
    elif name == "learning_rate_multipliers":
        return check_multipliers(cls, value)
    elif not (name.startswith("_") or name in vars(optimizer) or hasattr(cls, name)):
        _refuse_misspelt(cls, name)
    return value


def _refuse_misspelt(cls: type, name: str) -> None:
    if not is_ours(cls) or name in (names := parameters(cls)):
        return
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
    if name == "decay":
        fix = "Make the optimizer with a schedule, such as schedules.InverseTimeDecay."
    elif near:
        fix = f"Did you mean `{near[0]}`?"
    else:
        return
    raise AttributeError(f"{cls.__name__} has no attribute `{name}` to set. {fix}")


def is_ours(thing: Any) -> bool:
    """Tell whether a class or function is lamina's, not a user's."""
    return thing.__module__.partition(".")[0] == __name__.partition(".")[0]


def _check_range(cls: Any, name: str, value: Any) -> None:
    allowed = cls.own_ranges.get(name, _RANGES[name])
    if callable(value):
        return
    if value is None:
        parameter = constructor_signature(cls).parameters.get(name)
        optional = parameter is None or "None" in str(parameter.annotation)
        if optional or not is_ours(cls):
            return
        raise TypeError(f"{cls.__name__}: `{name}` must be a number, not None.")
    number = not isinstance(value, (bool, str)) and np.ndim(value) == 0
    if not (number and allowed.holds(float(value))):
        words = allowed.words if number or name in _WHOLE else "be a number"
        raise ValueError(f"{cls.__name__}: `{name}` must {words}, not {value!r}.")


def refuse(cls: type, unknown: Iterable[str]) -> None:
    """Raise TypeError if there are arguments that `cls` does not take."""
    if unknown := sorted(unknown):
        raise TypeError(
            f"{cls.__name__} does not take the argument(s) {unknown}. "
            f"It takes: {', '.join(parameters(cls))} (and `lr`)."
        )


def renamed(cls: type, learning_rate: Any, kwargs: Any) -> Any:
    """Return the learning rate; take Keras 2's `lr=` and `decay=` out of `kwargs`.

    Raises:
        TypeError: another argument is unknown.
        ValueError: `decay` with a learning rate that is computed already.
    """
    lr, decay = kwargs.pop("lr", None), kwargs.pop("decay", None)
    refuse(cls, kwargs.keys() - set(parameters(cls)))
    learning_rate = learning_rate if lr is None else lr
    if not decay:
        return learning_rate
    if not decay > 0:
        raise ValueError(f"{cls.__name__}: `decay` must not be negative, not {decay!r}.")
    if callable(learning_rate):
        raise ValueError(
            f"{cls.__name__}: `decay` needs a number as learning rate, not {learning_rate!r}."
        )
    from lamina.optimizers.schedules import InverseTimeDecay

    return InverseTimeDecay(learning_rate, 1, decay)  # lr / (1 + decay * iterations)


def check_clipping(optimizer: Any) -> None:
    """Raise ValueError if more than one kind of clipping is asked for."""
    norms = (optimizer.clipnorm, optimizer.clipvalue, optimizer.global_clipnorm)
    if norms.count(None) < 2:
        raise ValueError(
            f"{type(optimizer).__name__}: only one of clipnorm={norms[0]}, clipvalue={norms[1]} and "
            f"global_clipnorm={norms[2]} can be used."
        )


def takes_step(rate: Any) -> bool:
    """Tell whether the callable `rate` is a function of the iteration, or of nothing as in Keras."""
    try:
        inspect.signature(rate).bind(0)
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature
        pass
    return True


def check_rate(cls: type, rate: Any) -> None:
    """Raise ValueError if `rate` is not a number that can be a learning rate."""
    if isinstance(rate, (bool, str)) or np.ndim(rate) != 0:
        raise ValueError(
            f"{cls.__name__}: `learning_rate` must be a number or a callable, not {rate!r}."
        )
    if not float(rate) >= 0:
        raise ValueError(
            f"{cls.__name__}: `learning_rate` must not be negative or NaN, but is {rate!r}."
        )


def check_pattern(where: str, pattern: Any) -> None:
    """Raise ValueError if `pattern`, for paths of variables, is not a regular expression."""
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise ValueError(
            f"{where}: a key is a regular expression for paths of variables, such as 'encoder/.*'; "
            f"{pattern!r} is none ({error})."
        ) from None


def first_fitting(by_pattern: Mapping[str, float], path: str) -> float:
    """Return the value of the first pattern that is found in `path`, 1 if none is."""
    return next((x for pattern, x in by_pattern.items() if re.search(pattern, path)), 1.0)


def check_multipliers(cls: type, multipliers: Any) -> dict[str, float] | None:
    """Return `learning_rate_multipliers` with floats, or raise ValueError."""
    if multipliers is None:
        return None
    try:
        factors = {pattern: float(factor) for pattern, factor in dict(multipliers).items()}
    except (TypeError, ValueError):
        factors = {}
    for pattern in factors:
        check_pattern(f"{cls.__name__}: `learning_rate_multipliers`", pattern)
    whole = isinstance(multipliers, dict) and len(factors) == len(multipliers)
    if whole and all(factor >= 0 for factor in factors.values()):
        return factors
    raise ValueError(
        f"{cls.__name__}: `learning_rate_multipliers` must be a dict such as {{'encoder/': 0.1}} "
        f"(pattern of a variable's path -> factor, not negative), not {multipliers!r}."
    )
