"""Names of Keras that lamina does not have: what each is, and what to use instead.

A namespace calls `explain(__name__)`; from then on a missing name is answered with a sentence of
`absent.txt`, or with the nearest name that exists. The table is read only then.
"""

from __future__ import annotations

import difflib
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).with_suffix(".txt")
_explained: set[str] = set()


def explain(namespace: str) -> Callable[[str], Any]:
    """Let the module `namespace` answer for names that it does not have.

    Returns:
        The function that raises the answer, for a module with a `__getattr__` of its own.
    """
    module = sys.modules[namespace]

    def missing(name: str) -> Any:
        raise AttributeError(_message(namespace, name), name=name)

    module.__getattr__ = missing  # type: ignore[method-assign]
    # Python then looks for a submodule when `from module import name` fails, and asks `_Explainer`.
    vars(module).setdefault("__path__", [])
    _explained.add(namespace)
    return missing


@functools.cache
def table() -> dict[tuple[str, str], str]:
    """Return the sentence for each (namespace, name) of the table; the face is called "lamina"."""
    sentences = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            namespace, names, sentence = line.split(" | ")
            sentences |= {(namespace, name): sentence for name in names.split()}
    return sentences


def _message(namespace: str, name: str) -> str:
    if name.startswith("_"):
        return f"module {namespace!r} has no attribute {name!r}"
    sentence = table().get((namespace.removeprefix("lamina."), name))
    if sentence is not None:
        return f"{namespace} has no {name!r}: {sentence}"
    near = difflib.get_close_matches(name, dir(sys.modules[namespace]), n=1, cutoff=0.6)
    return f"{namespace} has no {name!r}." + (f" Did you mean {near[0]!r}?" if near else "")


class _Explainer:
    """Answers `from lamina.layers import X` and `import lamina.x`; Python asks it last of all."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        namespace, _, last = name.rpartition(".")
        # An import passes the namespace's own path; who looks elsewhere (pytest) wants no answer.
        imported = namespace in _explained and path is vars(sys.modules[namespace])["__path__"]
        if imported and not last.startswith("_"):
            # Under the namespace's name: were it that of the module, Python would swallow the error.
            raise ModuleNotFoundError(_message(namespace, last), name=namespace)


sys.meta_path.append(_Explainer())  # type: ignore[arg-type]
