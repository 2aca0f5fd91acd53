"""Types of constructors' arguments in files, read from their annotations and names.

A type is written in a few words: `"int | None"`, `"list[float]"`, or the name of a kind, such as
`"initializers"`, for a configuration of one. There is no word for a path or for code. A class says in
`__load_schema__` what its annotations do not, as a dict from an argument (or a key that older versions
wrote) to a type; `"**"` is the type of further arguments. A class of the program's own may do the same.
"""

from __future__ import annotations

import inspect
import math
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

from lamina.core import dtypes, tables
from lamina.core.constructors import constructor_signature
from lamina.core.file_errors import FormatError, PolicyError, quoted
from lamina.core.lookup import FUNCTIONS, Kinds, kinds_of

LARGEST = 2**63
LONGEST_TEXT = 4096
FEATURES = "src.layers.preprocessing.feature_space"
"""The kind of the parts of a `FeatureSpace`, called after Keras' module."""
JSON_TYPES = frozenset((bool, int, float, str, list, tuple, dict, type(None)))


class Walk(Protocol):
    """What a type needs of the audit that is under way."""

    def problem(self, where: str, text: str, kind: type = FormatError) -> None:
        """Note a problem."""

    def data(self, x: Any, where: str) -> Any:
        """Look at data."""

    def reference(self, x: Any, where: str, kinds: Kinds) -> Any:
        """Look at a configuration or a name."""

    def shape(self, x: Any, where: str) -> Any:
        """Look at a shape."""


class Type:
    """One type: what fits it, and how a value is looked at.

    Args:
        words: for messages.
        fits: says of a value of JSON whether it is of this type, its parts aside.
        look: `(walk, value, where) -> value` for what fits.
    """

    def __init__(self, words: str, fits: Callable[[Any], bool], look: Callable | None = None):
        self.words, self.fits, self.look = words, fits, look

    def check(self, walk: Walk, value: Any, where: str) -> Any:
        """Return the value as it may be handed on; what does not fit is noted as a problem."""
        if type(value) not in JSON_TYPES and not isinstance(value, dict):
            return value  # an object that the program put there itself
        if not self.fits(value):
            names = isinstance(value, dict) and "class_name" in value
            kind = PolicyError if names else FormatError
            walk.problem(where, f"must be {self.words}, not {quoted(value)}", kind)
            return None
        return self.looked_at(walk, value, where)

    def looked_at(self, walk: Walk, value: Any, where: str) -> Any:
        """Return a value that fits as it may be handed on."""
        return value if self.look is None else self.look(walk, value, where)


class Union(Type):
    """One of several types: the first that a value fits looks at it."""

    def __init__(self, types: list[Type]):
        super().__init__(" or ".join(t.words for t in types), self._fits)
        self.types = types
        self.takes_none = _WORDS["None"] in types

    def _fits(self, x: Any) -> bool:
        return any(type_.fits(x) for type_ in self.types)

    def check(self, walk: Walk, value: Any, where: str) -> Any:
        """Return the value as it may be handed on; what does not fit is noted as a problem."""
        if value is None and self.takes_none:  # most arguments of most layers
            return None
        if type(value) in JSON_TYPES or isinstance(value, dict):
            for type_ in self.types:
                if type_.fits(value):
                    return type_.looked_at(walk, value, where)
        return super().check(walk, value, where)  # it fits none

    def looked_at(self, walk: Walk, value: Any, where: str) -> Any:
        """Return a value that fits as it may be handed on."""
        return self.check(walk, value, where)


def _is_int(x: Any) -> bool:
    return type(x) is int and -LARGEST <= x < LARGEST


def _is_float(x: Any) -> bool:
    return _is_int(x) or (type(x) is float and not math.isnan(x))


def _name(walk: Walk, value: str, where: str) -> str:
    if "/" in value or len(value.encode("utf-8", "replace")) > 1024 or _odd(value):
        walk.problem(where, f"is not a name: {quoted(value)}")
    return value


def _odd(text: str) -> bool:
    """Say whether a text holds what is not printed: controls, marks of direction, half characters."""
    if text.isascii():
        return not text.isprintable()
    return any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text)


_MIXED = ("mixed_float16", "mixed_bfloat16")


def _dtype(walk: Walk, value: str, where: str) -> str:
    try:
        known = value in _MIXED or dtypes.standardize(value)
    except (TypeError, ValueError):
        known = False
    if not known:
        walk.problem(where, f"is not a dtype: {quoted(value)}")
    return value


_PATTERN = re.compile(r"(?:\.\*)?(?:[\w/\- ]|\\\.|\.(?!\*))*(?:\.\*)?\$?", re.ASCII)


def _patterns(walk: Walk, value: Any, where: str) -> Any:
    """Look at patterns for names, as a list or as keys; those that could take very long are refused."""
    for pattern in value:
        if type(pattern) is not str or not _PATTERN.fullmatch(pattern.removeprefix("^")):
            text = (
                f"holds the pattern {quoted(pattern)}; in a file only names are taken, with .* at either end. "
                "Other patterns are given in the program"
            )
            walk.problem(where, text, PolicyError)
    return value


def _tokens(walk: Walk, value: Any, where: str) -> Any:
    """Look at tokens; a text in their place is what a path would be, and no file is read because a file says so."""
    if isinstance(value, str):
        text = f"must be a list of tokens, not {quoted(value)}. Give a path to the layer in the program"
        walk.problem(where, text, PolicyError)
        return None
    return walk.data(value, where)


def _function(walk: Walk, value: Any, where: str) -> Any:
    """Look a function up that is an argument itself, not by its name."""
    found = walk.reference(value, where, ("activations",))
    return tables.shelves["activations"].spellings[found] if isinstance(found, str) else found


def _refer(kind: str) -> Type:
    kinds = FUNCTIONS if kind == "functions" else kinds_of(kind)
    if kind in ("activations", FEATURES):  # such as `ReLU`; and what prepares a feature
        kinds = (*kinds, "layers", "models")

    def look(walk: Walk, value: Any, where: str) -> Any:
        return walk.reference(value, where, kinds)

    return Type(f"one of {kind}", lambda x: isinstance(x, (str, dict)), look)


_WORDS = {
    "None": Type("null", lambda x: x is None),
    "bool": Type("true or false", lambda x: type(x) is bool or (type(x) is int and x in (0, 1))),
    "int": Type("a whole number of at most 64 bits", _is_int),
    "Count": Type("a whole number of at least 1", lambda x: _is_int(x) and x >= 1),
    "Few": Type(
        "a whole number from 1 to 32768", lambda x: _is_int(x) and 1 <= x <= 2**15
    ),  # of it things are made at once, not when they are used
    "Axis": Type("an axis, from -64 to 63", lambda x: _is_int(x) and -64 <= x < 64),
    "float": Type("a number", _is_float),
    "str": Type("a short text", lambda x: type(x) is str and len(x) <= LONGEST_TEXT),
    "name": Type("a name", lambda x: type(x) is str, _name),
    "dtype": Type("a dtype", lambda x: type(x) is str, _dtype),
    "function": Type("the name of a function", lambda x: isinstance(x, (str, dict)), _function),
    "data": Type("data", lambda x: True, lambda walk, x, where: walk.data(x, where)),
    "tokens": Type("a list of tokens", lambda x: True, _tokens),
    "shape": Type("a shape", lambda x: True, lambda walk, x, where: walk.shape(x, where)),
    "patterns": Type("patterns", lambda x: isinstance(x, (list, dict)), _patterns),
    "code": Type("given by the caller", lambda x: False),
    "ignored": Type("anything", lambda x: True),
}
_MEANING = {  # words of annotations that are not types of their own
    "Any": "data",
    "Axes": "int | list[int]",
    "AxesList": "data",
    "Callable": "functions",
    "DataFormat": "str | None",
    "Index": "int",
    "Layer": "layers",
    "Margins": "data",
    "NotNegative": "float",
    "Number": "float",
    "Padding": "str",
    "Rate": "float",
    "Sizes": "Count | list[Count] | None",
}
_LAST_WORDS = {  # the last word of an argument's name says what it is, whatever its annotation
    "activation": "activations | None",
    "axis": "Axis | list[Axis] | None",
    "cell": "layers",
    "cells": "list[layers]",
    "constraint": "constraints | None",
    "dtype": "dtype | dtype_policies | None",
    "initializer": "initializers | None",
    "layer": "layers | None",
    "layers": "list[layers] | None",
    "name": "name | None",
    "optimizer": "optimizers | None",
    "regularizer": "regularizers | None",
    "seed": "int | random | None",
    "shape": "shape",
}
_WHOLE_NAMES = {
    "input_tensor": "None",
    "inputs": "None",
    "num_classes": "Few",
    "num_thresholds": "Few",
    "learning_rate": "float | optimizers.schedules",
    "outputs": "None",
}


@cache
def type_of(words: str) -> Type:
    """Return the type that is written as `words`."""
    parts = _split(words)
    if len(parts) == 1:
        return _single(parts[0])
    return Union([_single(part) for part in parts])


def _split(words: str) -> list[str]:
    """Part `"a | list[b | c]"` at the bars outside of brackets."""
    parts, depth = [""], 0
    for c in words:
        depth += (c == "[") - (c == "]")
        if c == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += c
    return [part.strip() for part in parts]


def _single(word: str) -> Type:
    outer, _, inner = word.partition("[")
    outer = outer.rpartition(".")[2] if outer not in ("optimizers.schedules", FEATURES) else outer
    if outer in ("list", "tuple", "Sequence"):
        of = type_of(inner.removesuffix("]").removesuffix(", ..."))
        return Type(f"a list ({of.words} each)", lambda x: isinstance(x, (list, tuple)), _each(of))
    if outer == "patterns" and inner:
        of = type_of(inner.removesuffix("]"))
        look = _each(of)
        return Type(
            "a dict of patterns",
            lambda x: type(x) is dict,
            lambda walk, x, where: look(walk, _patterns(walk, x, where), where),
        )
    if outer == "dict":
        of = type_of(inner.rpartition(", ")[2].removesuffix("]") or "data")
        return Type(f"a dict ({of.words} each)", lambda x: type(x) is dict, _each(of))
    if outer in _WORDS:
        return _WORDS[outer]
    return type_of(_MEANING[outer]) if outer in _MEANING else _refer(outer)


def _each(of: Type) -> Callable:
    def look(walk: Walk, value: Any, where: str) -> Any:
        if isinstance(value, dict):
            return {k: of.check(walk, x, f"{where}.{k}") for k, x in value.items()}
        parts = [of.check(walk, x, f"{where}[{i}]") for i, x in enumerate(value)]
        return tuple(parts) if isinstance(value, tuple) else parts

    return look


@cache
def schema_of(cls: Any) -> dict[str, Type]:
    """Return the types of the arguments that a file may give to the constructor of `cls`.

    For a class of lamina's own these are all; for one of the program's, those that it states itself.
    """
    stated: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        stated |= vars(base).get("__load_schema__", {})
    if not is_own(cls):
        stated = vars(cls).get("__load_schema__", {})
        return {name: type_of(words) for name, words in stated.items()}
    types: dict[str, Type] = {}
    takes_more = False
    for p in constructor_signature(cls).parameters.values():
        takes_more |= p.kind is p.VAR_KEYWORD
        if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            last = _LAST_WORDS.get(p.name.rpartition("_")[2])
            words = _WHOLE_NAMES.get(p.name) or last or _words_of(p)
            types[p.name] = type_of(f"{words} | None" if p.default is None else words)
    if not takes_more:
        stated.pop("**", None)
    return {**types, **{name: type_of(words) for name, words in stated.items()}}


@cache
def is_own(cls: Any) -> bool:
    """Say whether `cls` is one of lamina's classes."""
    return cls.__module__.partition(".")[0] == "lamina"


_KNOWN = re.compile(r"(?:\w+\.)*(\w+)")


def _words_of(parameter: inspect.Parameter) -> str:
    """Write an annotation in the words of types; what they do not know is data."""
    annotation = parameter.annotation
    if annotation is inspect.Parameter.empty:
        return "data"
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    text = (
        text.partition("[")[0] + "[" + text.partition("[")[2]
        if text.startswith("Callable[")
        else text
    )
    words = {_KNOWN.fullmatch(w) and _KNOWN.fullmatch(w)[1] for w in re.findall(r"[\w.]+", text)}  # type: ignore[index]
    plain = {*_WORDS, *_MEANING, "list", "tuple", "Sequence", "dict"} - {
        "name",
        "data",
        "shape",
        "tokens",
    }
    return _KNOWN.sub(r"\1", text) if words - {None, "..."} <= plain else "data"
