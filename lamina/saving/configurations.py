"""Models as data: from a model to its configuration, and back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from lamina.core import registry
from lamina.core.attempts import taken_back_on_error
from lamina.core.audit import audit, problems
from lamina.core.file_errors import FormatError, LoadError, quoted
from lamina.core.load_policy import Budget, LoadPolicy
from lamina.core.plain import read_json
from lamina.core.plan import build, finishing
from lamina.core.tracebacks import warn
from lamina.saving.keras2 import modern, remarks
from lamina.training.trainer import Trainer

_NUMBER = "shared_object_id"


def config_of(model: Any) -> dict[str, Any]:
    """Return all that can be said of `model` without its weights: what `config.json` holds.

    An object that stands in several places has a number there, by which it becomes one object again.
    """
    with registry.noting():
        config = registry.serialize(model)
    counts = Counter(_numbers(config))
    return _without_numbers(config, {number for number, count in counts.items() if count == 1})


def _numbers(config: Any) -> Iterator[int]:
    if isinstance(config, dict):
        if (number := config.get(_NUMBER)) is not None:
            yield number
        config = config.values()
    elif not isinstance(config, list):
        return
    for part in config:
        yield from _numbers(part)


def _without_numbers(config: Any, numbers: set[int]) -> Any:
    if isinstance(config, dict):
        kept = {k: v for k, v in config.items() if k != _NUMBER or v not in numbers}
        return {k: _without_numbers(v, numbers) for k, v in kept.items()}
    return [_without_numbers(x, numbers) for x in config] if isinstance(config, list) else config


def model_of(
    config: Any,
    custom_objects: dict[str, Any] | None = None,
    compiles: bool = True,
    policy: LoadPolicy | None = None,
) -> Any:
    """Make the model that `config` describes, without weights of its own.

    Args:
        config: as `config_of`, or Keras, of whichever version, wrote it.
        custom_objects: name -> class or function of the user's own.
        compiles: whether it is compiled as it was.
        policy: what `config` may name.

    Raises:
        LoadError: there is no such model; nothing was changed.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise FormatError(f"a model's configuration names its class; this is {quoted(config)}.")
    old = [] if "hard_sigmoid" in (custom_objects or {}) else remarks(config)
    registry.shelf("models")  # they stand above this floor, and come when a file needs them
    try:
        plan = audit(
            modern(config),
            "models",
            custom_objects=custom_objects,
            policy=policy,
            compiles=compiles,
        )
        with registry.custom_object_scope(custom_objects), finishing(compiles):
            model = build(plan)
    except LoadError:
        raise
    except Exception as error:
        raise LoadError(f"the model cannot be built: {error}") from error
    for remark in old:
        warn(f"{remark}.")
    if not isinstance(model, Trainer):
        raise FormatError(
            f"the configuration describes {type(model).__name__}, which is not a model."
        )
    return model


def problems_of(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    policy: LoadPolicy | None = None,
) -> list[tuple[type[LoadError], str, str]]:
    """Return why `model_of` refuses `config`, a reason each: the error, the JSON path, what is wrong there."""
    registry.shelf("models")
    return problems(config, "models", custom_objects, policy)


def to_json(model: Any, **kwargs: Any) -> str:
    """Return the configuration of `model` as JSON; `kwargs` go to `json.dumps`."""
    return json.dumps(config_of(model), **kwargs)


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """Make the model that `model.to_json()`, of lamina or Keras, describes; its weights are new ones.

    Args:
        json_string: JSON.
        custom_objects: name -> class or function of your own that it names.

    Raises:
        LoadError: it is not the configuration of a model, or names what the program does not offer.

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
        >>> model_from_json(model.to_json()).count_params()
        8
    """
    text = json_string.encode() if isinstance(json_string, str) else json_string
    if not isinstance(text, bytes):
        raise TypeError(f"model_from_json takes a string, not {json_string!r:.100}.")
    Budget().charge("config_bytes", len(text))
    with taken_back_on_error():
        return model_of(read_json(text), custom_objects)
