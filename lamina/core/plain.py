"""Plain data with arrays among them, as JSON and a list of arrays; and JSON from a file, checked.

Plain are `None`, truth values, numbers, strings, bytes, NumPy arrays and scalars, and lists, tuples and
dicts (with strings as keys) of these. They come back as they were, but for tuples, which become lists;
floats are the same to the last bit, NaN and infinities included.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core.file_errors import FormatError, LoadError, quoted
from lamina.core.load_policy import Budget

_MARK = "$"  # a dict with this one key stands for something that JSON does not have


def to_json(value: Any, arrays: list[Any], what: str = "value") -> Any:
    """Return what `json.dumps` takes; arrays are appended to `arrays`, and their places hold numbers.

    Args:
        what: names the value in messages.

    Raises:
        TypeError: something is not plain; the message says where.

    Example:
        >>> arrays = []
        >>> to_json({"wait": 2, "best": np.ones(3)}, arrays)
        {'wait': 2, 'best': {'$': ['array', 0]}}
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {_MARK: ["float", repr(float(value))]}
    if isinstance(value, (np.ndarray, np.generic)):
        arrays.append(np.array(value))
        return {_MARK: ["array", len(arrays) - 1]}
    if isinstance(value, bytes):
        return {_MARK: ["bytes", base64.b64encode(value).decode()]}
    if isinstance(value, (list, tuple)):
        return [to_json(item, arrays, f"{what}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str) or key == _MARK:
                raise TypeError(f"{what} has the key {key!r}; only strings can be kept in a file.")
        return {key: to_json(item, arrays, f"{what}[{key!r}]") for key, item in value.items()}
    raise TypeError(
        f"{what} is {value!r:.200} ({type(value).__name__}), which cannot be kept in a file: only "
        "numbers, strings, truth values, None, bytes, NumPy arrays, and lists and dicts of these."
    )


def from_json(value: Any, arrays: Sequence[Any]) -> Any:
    """Return what `to_json` was given.

    Raises:
        FormatError: a mark is none that `to_json` makes.

    Example:
        >>> from_json({"best": {"$": ["array", 0]}}, [np.ones(3)])
        {'best': array([1., 1., 1.])}
    """
    if isinstance(value, list):
        return [from_json(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if _MARK not in value:
        return {key: from_json(item, arrays) for key, item in value.items()}
    match value:
        case {"$": ["array", int(number)], **rest} if not rest and 0 <= number < len(arrays):
            return arrays[number]
        case {"$": ["float", "nan" | "inf" | "-inf" as number], **rest} if not rest:
            return float(number)
        case {"$": ["bytes", str(text)], **rest} if not rest and text.isascii():
            try:
                return base64.b64decode(text, validate=True)
            except ValueError:
                pass
    raise FormatError(f"it holds {quoted(value)}, which stands for nothing.")


def read_json(text: bytes, budget: Budget | None = None) -> Any:
    """Return the value that `text` describes.

    Its size, depth, and the numbers and lengths of its values are counted before anything is made of them.

    Args:
        text: UTF-8.
        budget: of the load; by default a new one.

    Raises:
        FormatError: it is not JSON, names a key twice, or holds a number that is not finite, or text that is not
            Unicode.
        LimitError: it is larger than the limits (`json_depth`, `json_nodes`, ...) allow.

    Example:
        >>> read_json(b'{"epoch": 3}')
        {'epoch': 3}
    """
    try:
        decoded = text.decode("utf-8")  # at first: bytes that are not text have no numbers to count
        _count(text, budget or Budget())
        value = json.loads(
            decoded,
            object_pairs_hook=_unique,
            parse_constant=_refuse,
            parse_float=_finite,
        )
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode(
                "utf-8"
            )  # half a character cannot be written
    except LoadError:
        raise
    except ValueError as error:
        raise FormatError(f"it is not JSON: {quoted(str(error))[1:-1]}.") from error
    return value


_TOKEN = re.compile(
    rb"""
    "[^"\\]*+(?:\\.[^"\\]*+)*+"?   # a string, its end included if there is one
    | [\[{] | [\]}]
    | [^\s\[\]{}:,"]++               # a number, or true, false, null
    """,
    re.VERBOSE | re.DOTALL,
)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_OPENING, _CLOSING, _QUOTE = b"[{", b"]}", b'"'[0]


def _count(text: bytes, budget: Budget) -> None:
    """Count the values, in one pass that ends at the first limit.

    Raises:
        LimitError: there are too many, or one is too long or too deep.
    """
    budget.check("config_bytes", len(text))
    deepest, most = budget.allowed("json_depth"), budget.left("json_nodes")
    longest_text, longest_number = budget.allowed("json_string"), budget.allowed("json_digits")
    depth = nodes = 0
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        first = text[start]
        if first in _CLOSING:
            depth -= 1
            continue
        nodes += 1
        if nodes > most:
            budget.charge("json_nodes", nodes)
        if first == _QUOTE:
            if end - start > longest_text:
                budget.check("json_string", end - start)
        elif first in _OPENING:
            depth += 1
            if depth > deepest:
                budget.check("json_depth", depth)
        elif end - start > longest_number:
            budget.check("json_digits", end - start)
    budget.charge("json_nodes", nodes)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise FormatError("it names a key twice.")
    return found


def _refuse(constant: str) -> Any:
    raise FormatError(f"it holds the number {constant}, which JSON does not have.")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise FormatError(f"it holds the number {digits}, which is too large.")
    return value
