"""What a layer class's signatures say: of `__init__`, `build` and `call`."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable
from typing import Any

from lamina.core import naming

_SHAPE_ARGUMENTS = ("input_shape", "batch_input_shape", "batch_shape", "input_dim", "batch_size")

# Arguments of Keras' layers for low-rank adaptation and quantization: configurations name them.
LATER = ("lora_rank", "lora_alpha", "quantization_config", "gptq_unpacked_column_size")


class ConstructorSignature:
    """A class's `__signature__`: that of its `__init__`.

    Some versions of Python would take that of `Layer.__new__`, which only takes note of the arguments.
    """

    def __get__(self, instance: Any, cls: type) -> inspect.Signature | None:
        if instance is not None:  # what an instance takes, `call` says
            return None
        own = inspect.signature(cls.__init__)
        return own.replace(parameters=list(own.parameters.values())[1:])


class Facts:
    """What the signatures of a layer class say; read once per class."""

    def __init__(self, cls: Any):
        self.snake_name = naming.to_snake_case(cls.__name__)
        self.call_parameters = list(inspect.signature(cls.call).parameters.values())[1:]
        defaults = {p.name: p.default for p in self.call_parameters}
        self.takes_training, self.takes_mask = "training" in defaults, "mask" in defaults
        self.default_training = defaults.get("training") is True
        self.makes_mask = cls.compute_mask.__module__ != "lamina.layers.layer"
        self.build_names = list(inspect.signature(cls.build).parameters)[1:]
        self.build_arguments = max(len(self.build_names), 1)
        self.constructor = inspect.signature(cls.__init__)
        parameters = list(self.constructor.parameters.values())[1:]
        self.defaults = {p.name: p.default for p in parameters}
        named = [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]
        self.names = dict.fromkeys((*named, *_OF_EVERY_LAYER, *_SHAPE_ARGUMENTS))
        self.required = [
            p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
        ]
        self.takes_more = any(p.kind is p.VAR_KEYWORD for p in parameters)
        self.is_own = cls.call.__module__.startswith("lamina.layers.")
        # A layer of lamina's own without `build` makes no weights, and needs no first call.
        builder = next(base for base in cls.__mro__ if "build" in vars(base))
        self.weightless = builder.__name__ == "Layer" and cls.__module__.startswith(
            "lamina.layers."
        )

    def bind(self, args: tuple, kwargs: dict) -> dict[str, Any]:
        """Arguments of a call by name, in order."""
        named = [p.name for p in self.call_parameters if p.kind <= p.POSITIONAL_OR_KEYWORD]
        named += [f"argument_{i}" for i in range(len(args) - len(named))]
        return {**dict(zip(named, args, strict=False)), **kwargs}

    def bind_constructor(self, args: tuple, kwargs: dict) -> dict[str, Any]:
        """Arguments that the constructor was given, and its defaults, without those of every layer."""
        bound = self.constructor.bind(None, *args, **kwargs)
        bound.apply_defaults()
        left_out = ["name", "trainable", "dtype", "autocast", "weights"]
        arguments = dict(list(bound.arguments.items())[1:])
        for p in self.constructor.parameters.values():
            if p.kind is p.VAR_KEYWORD:
                regularizer = arguments.pop(p.name).get("activity_regularizer")
                if regularizer is not None:
                    arguments["activity_regularizer"] = regularizer
        return {name: arguments[name] for name in arguments if name not in left_out}


facts_of: Callable[[type], Facts] = functools.cache(Facts)


def unknown_arguments(cls: Any, unknown: list[str]) -> TypeError:
    """Return the error that says which arguments a layer's constructor does not take, and which are near."""
    names = facts_of(cls).names
    near = {name: difflib.get_close_matches(name, names, n=1, cutoff=0.6) for name in unknown}
    hints = [f"Did you mean `{matches[0]}=`?" for matches in near.values() if matches]
    return TypeError(
        f"{cls.__name__} does not take the argument(s) {', '.join(unknown)}. "
        + (" ".join(hints) or f"It takes {', '.join(names)}.")
    )


_OF_EVERY_LAYER = ("name", "dtype", "trainable", "autocast", "activity_regularizer")


def refuse_misspelt(cls: Any, args: tuple, kwargs: dict[str, Any]) -> None:
    """Name the argument that was meant, where one is missing and an unknown one is given.

    Python itself says only that one is missing.

    Raises:
        TypeError: that is so.
    """
    facts = facts_of(cls)
    missing = [name for name in facts.required[len(args) :] if name not in kwargs]
    if missing and facts.takes_more:
        unknown = sorted(kwargs.keys() - facts.names.keys())
        if any(difflib.get_close_matches(name, missing, cutoff=0.6) for name in unknown):
            raise unknown_arguments(cls, unknown)


def batch_input_shape(layer: Any, kwargs: dict[str, Any]) -> tuple[int | None, ...] | None:
    """Return the input's shape, batch axis included, as Keras 2's arguments give it; `None` if none does.

    Raises:
        TypeError: `kwargs` holds anything else.
        NotImplementedError: an argument of Keras that is not part of this version.
    """
    for name in LATER:
        if kwargs.pop(name, None) is not None:
            raise NotImplementedError(
                f"{type(layer).__name__}: `{name}` is not part of this version of lamina."
            )
    if unknown := sorted(set(kwargs) - set(_SHAPE_ARGUMENTS)):
        raise unknown_arguments(type(layer), unknown)
    for name in ("batch_input_shape", "batch_shape"):
        if kwargs.get(name) is not None:
            return tuple(kwargs[name])
    shape = kwargs.get("input_shape")
    if shape is None and kwargs.get("input_dim") is not None:
        shape = (kwargs["input_dim"],)
    if shape is None:
        return None
    return (kwargs.get("batch_size"), *((shape,) if isinstance(shape, int) else shape))
