"""Objects of Keras itself, which lamina does not take for its own: messages say so."""

from __future__ import annotations

from typing import Any


def of_keras(x: Any) -> str:
    """Return a sentence for a message if `x` is an object, or a class, of Keras itself; else `""`."""
    kind = x if isinstance(x, type) else type(x)
    if kind.__module__.partition(".")[0] != "keras":
        return ""
    return (
        f" This {kind.__name__} is Keras' own: make it with lamina (`import lamina as keras`), or run "
        "the program with `python -m lamina run`."
    )


def refuse_symbolic_of_keras(kind: type) -> None:
    """Refuse a symbolic tensor of Keras as an argument of ops and layers.

    Raises:
        TypeError: `kind` is the class of Keras' symbolic tensors.
    """
    if kind.__name__ == "KerasTensor" and (hint := of_keras(kind)):
        raise TypeError(f"A symbolic tensor of another library was given.{hint}")
