"""Errors of a layer's call name the layer and what it was called on."""

from __future__ import annotations

import textwrap
from typing import Any

from lamina.core import tree
from lamina.core.naming import described
from lamina.core.tracebacks import passed_through_others
from lamina.engine.current import engine
from lamina.layers.signatures import facts_of

# What Python and most libraries raise where a value is of the wrong kind.
_OF_INPUTS = (TypeError, AttributeError, LookupError, ValueError, ZeroDivisionError)


def explain(error: Exception, layer: Any, inputs: Any) -> None:
    """Note in the error of a call of `layer` on `inputs`, once per layer on the way out, where it arose.

    Raises:
        ValueError: from `error`, if a layer of lamina's stumbled over inputs that it does not take. Errors
            of a user's own functions stay what they are.
    """
    shapes = [tuple(x.shape) for x in tree.flatten(inputs) if hasattr(x, "shape")]
    error.add_note(
        f"in layer {layer.path!r} ({type(layer).__name__}), input of shape {shapes[0] if len(shapes) == 1 else shapes}"
    )
    if not _fails_by_itself(layer, error):
        return
    names = (layer.name, type(layer).__name__, "Layer ", "ops.")
    is_named = isinstance(error, ValueError) and any(name in str(error) for name in names)
    if not is_named and (isinstance(error, _OF_INPUTS) or engine().is_mismatch(error)):
        raise refused(layer, inputs, error) from error


def refused(layer: Any, inputs: Any, error: Exception) -> ValueError:
    """Return the error that says what `layer` cannot be applied to, and what came of it."""
    reason = repr(error) if isinstance(error, KeyError) else str(error).strip()
    reason = (reason or type(error).__name__).splitlines()[0].removesuffix(".")
    if reason.startswith(described(layer)):
        return ValueError(f"{reason}.")
    is_told = layer.name in reason or not _fails_by_itself(layer, error)
    advice = "" if is_told else _advice(inputs)
    return ValueError(
        f"{described(layer)} cannot be applied to {_words(inputs)}: {reason}.{advice}"
    )


def _fails_by_itself(layer: Any, error: Exception) -> bool:
    return facts_of(type(layer)).is_own and not passed_through_others(error)


def _is_numeric(x: Any) -> bool:
    return hasattr(x, "shape") and getattr(getattr(x, "dtype", None), "kind", "f") not in "OSU"


def _words(inputs: Any) -> str:
    if hasattr(inputs, "shape"):
        kind = "" if _is_numeric(inputs) else f" and dtype {inputs.dtype}"
        return f"input of shape {tuple(inputs.shape)}{kind}"
    if isinstance(inputs, (list, tuple, dict)):
        shapes = tree.map_structure(lambda x: tuple(getattr(x, "shape", ())), inputs)
        return f"a {type(inputs).__name__} of inputs of shapes {textwrap.shorten(str(shapes), 200)}"
    return f"{textwrap.shorten(repr(inputs), 200)} ({type(inputs).__name__})"


def _advice(inputs: Any) -> str:
    """Return what usually puts an input of another kind right."""
    if isinstance(inputs, dict):
        return " Call it on one of the dict's values."
    if isinstance(inputs, (list, tuple)):
        return (
            " Call it on the tensor itself, without a list around it."
            if len(inputs) == 1
            else " Join the inputs first, by layers.Concatenate or layers.Add."
        )
    if inputs is None:
        return " Does the function that makes the input return it?"
    return "" if _is_numeric(inputs) else " It computes with numbers: encode text first."
