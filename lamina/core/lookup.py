"""From the names in a configuration to the object that they stand for: exact rows, no guessing."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from lamina.core import tables
from lamina.core.file_errors import FormatError, PolicyError, quoted
from lamina.core.keras_modules import MODULES
from lamina.core.load_policy import LoadPolicy

Kinds = tuple[str, ...]

ANY: Kinds = ()
"""Wherever an object of any kind may stand."""

FUNCTIONS: Kinds = ("activations", "losses", "metrics")
"""The kinds of which functions can be named."""

_PACKAGES = ("keras.", "tf.keras.", "tf_keras.")
_NOT_BY_CLASS = ("ops",)  # their table is for the calls of a graph
_LATE = ("distillation",)  # packages above, whose table is there once a configuration names it


def kinds_of(kind: str) -> Kinds:
    """Return the kinds that may stand where one of `kind` is expected: a model is a layer, too."""
    return ("layers", "models") if kind == "layers" else (kind,)


class Names:
    """What one load may name.

    Args:
        custom_objects: what the caller gave for this load, by name. They win over lamina's own, since the
            caller asked for it; what was registered does not.
        policy: may close what was registered.
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None, policy: LoadPolicy):
        self.custom = {**tables.scope(), **(custom_objects or {})}
        self.policy = policy

    def of_class(self, kinds: Kinds, module: Any, name: str, registered: Any) -> tuple[Any, bool]:
        """Return the class that a configuration names, and whether it is one of lamina's own.

        Raises:
            PolicyError: nobody offers it, or what is offered is of another kind.
        """
        custom = self._given(name, registered)
        own = _own(kinds, module, name) if custom is None and module is not None else None
        if own is not None and registered not in (None, name):
            raise FormatError(
                f"it names {quoted(name)} of {quoted(module)}, but under another name: {quoted(registered)}"
            )
        if custom is None and own is None:
            custom = self._registered(name, registered)
            own = _own(kinds, None, name) if custom is None and module is None else None
        if own is not None and inspect.isclass(own):
            return own, True
        if custom is None:
            raise self._unknown(kinds, module, name, registered)
        if not inspect.isclass(custom):
            raise PolicyError(f"{quoted(name)} is a function, not a class")
        self.check_kind(kinds, name, custom)
        return custom, custom.__module__.partition(".")[0] == "lamina"

    def of_function(self, kinds: Kinds, module: Any, name: str, registered: Any) -> Any:
        """Return the function that a configuration names.

        Raises:
            PolicyError: nobody offers it.
        """
        plain = (None, "function", name)
        custom = self._custom(name, None if registered in plain else registered)
        if custom is None and registered in plain:
            where = [k for k in kinds or FUNCTIONS if k in FUNCTIONS and k in tables.shelves]
            if module not in (None, "builtins"):
                row = _row(module)
                where = [k for k in where if row and row[0] == k]
            found = [tables.shelves[k].objects.get(name) for k in where]
            functions = {id(f): f for f in found if inspect.isfunction(f)}
            if len(functions) > 1:
                raise PolicyError(f"there are several functions named {quoted(name)}")
            custom = next(iter(functions.values()), None)
        if custom is None:
            raise self._unknown(kinds, module, name, registered, "function")
        if inspect.isclass(custom) or not callable(custom):
            raise PolicyError(f"{quoted(name)} is not a function")
        return custom

    def of_word(self, kinds: Kinds, word: str) -> Any:
        """Return what a plain string such as `"relu"` stands for; the string if that is lamina's own.

        Raises:
            PolicyError: nobody offers it.
        """
        custom = self.custom.get(word)
        if custom is not None:
            self.check_kind(kinds, word, custom)
            return custom
        for kind in kinds:
            if kind in tables.shelves and word in tables.shelves[kind].spellings:
                return word
        custom = self._custom(word, None)
        if custom is None:
            raise self._unknown(kinds, None, word, None)
        self.check_kind(kinds, word, custom)
        return custom

    def _custom(self, name: str, registered: Any) -> Any:
        """Return what the program itself calls so: for this load, or registered."""
        given = self._given(name, registered)
        return self._registered(name, registered) if given is None else given

    def _given(self, name: str, registered: Any) -> Any:
        for key in (registered, name):
            if isinstance(key, str) and key in self.custom:
                return self.custom[key]
        return None

    def _registered(self, name: str, registered: Any) -> Any:
        table = tables.registered()
        if isinstance(registered, str) and ">" in registered:
            # No other object stands in for one that was registered: what is shown is what is made.
            thing = table.get(registered)
            if thing is None or not self.policy.allows(registered):
                raise self._unknown(ANY, None, name, registered)
            if name not in (getattr(thing, "__name__", name), registered.partition(">")[2]):
                raise FormatError(
                    f"it calls {quoted(name)} what was registered as {quoted(registered)}"
                )
            return thing
        for key in (registered, name, f"Custom>{name}"):
            # The program put a name without a package there itself; it wins like one given for this load.
            if isinstance(key, str) and key in table and self.policy.allows(key):
                if key.startswith("Custom>") and _own(ANY, None, name) is not None:
                    return None
                return table[key]
        return None

    def check_kind(self, kinds: Kinds, name: str, thing: Any) -> None:
        """See that a class of the program is not one of a kind that has no place here.

        Raises:
            PolicyError: it is.
        """
        if not kinds or not inspect.isclass(thing):
            return
        bases = {k: t.base for k, t in tables.shelves.items() if t.base is not None}
        is_of = [kind for kind, base in bases.items() if issubclass(thing, base)]
        if is_of and not set(is_of) & set(kinds):
            noun = tables.shelves[is_of[0]].noun
            raise PolicyError(f"{quoted(name)} is {a(noun)}, not {_nouns(kinds)}")

    def _unknown(
        self, kinds: Kinds, module: Any, name: str, registered: Any, noun: str = ""
    ) -> PolicyError:
        """Return the error about a name that nobody offers."""
        shown = registered if isinstance(registered, str) and ">" in registered else name
        of = f" of {quoted(module)}" if module not in (None, "builtins") else ""
        what = noun if noun and not kinds else _nouns(kinds)
        several = [key for key in tables.registered() if key.partition(">")[2] == name]
        if len(several) > 1 and shown == name:
            return PolicyError(
                f"{quoted(name)} is ambiguous: {', '.join(map(quoted, sorted(several)[:5]))} were registered; "
                "say which by custom_objects={...}"
            )
        words = [word for k in kinds if k in tables.shelves for word in tables.shelves[k].spellings]
        near = difflib.get_close_matches(name[:100], words, n=1, cutoff=0.7)
        hint = f" Did you mean {near[0]!r}?" if near and near[0] != name else ""
        return PolicyError(
            f"{quoted(shown)}{of} is not {what} that this program offers.{hint} If it is yours, decorate it "
            "with lamina.saving.register_keras_serializable(), or pass it in custom_objects={...}"
        )


def _own(kinds: Kinds, module: Any, name: str) -> Any:
    """Return what lamina offers under `name` in Keras' `module`, if it is of one of the kinds.

    Without a module (as Keras 2 wrote it) the kinds alone say where the name stands.

    Raises:
        PolicyError: no module is named, and several kinds have something of that name.
    """
    if module is None:
        homes = [tables.shelves[k] for k in kinds or _of_classes() if k in tables.shelves]
        found = [_in_table(home, name) for home in homes]
        things = {id(x): x for x in found if x is not None}
        if len(things) > 1:
            raise PolicyError(f"{quoted(name)} is ambiguous without a module")
        return next(iter(things.values()), None)
    row = _row(module)
    if row is None:
        return None
    kind, names = row
    thing = _in_table(tables.shelves[kind], name) if names is None or name in names else None
    if thing is None or kind in _NOT_BY_CLASS:
        return None
    own = getattr(thing, "__name__", name)  # nearly all stand under their own
    for home in (tables.shelves[k] for k in kinds or _of_classes() if k in tables.shelves):
        if home.objects.get(own) is thing or _belongs(thing, home):
            return thing
    return None


def _belongs(thing: Any, home: tables.Table) -> bool:
    """Tell whether something is of a table's kind, though it stands in another one under another module."""
    if thing in home.objects.values():
        return True
    return home.base is not None and inspect.isclass(thing) and issubclass(thing, home.base)


def _in_table(table: tables.Table, name: str) -> Any:
    """Return what stands under `name`; other names of classes (`AvgPool2D`) are among the spellings."""
    thing = table.objects.get(name)
    return table.spellings.get(name) if thing is None and name[:1].isupper() else thing


def _of_classes() -> list[str]:
    return [kind for kind in tables.shelves if kind not in _NOT_BY_CLASS]


def _row(module: Any) -> tuple[str, tuple[str, ...] | None] | None:
    """Return the kind that a module of Keras holds, and the names in it (`None` for all of the kind)."""
    if not isinstance(module, str):
        return None
    if module in MODULES:
        kind, names = MODULES[module]
        return (kind, names) if kind in tables.shelves else None
    if module in ("keras", "tf.keras", "tf_keras"):
        return "", None
    for package in _PACKAGES:
        kind = module.removeprefix(package)
        if kind != module and kind in _LATE:
            importlib.import_module(f"lamina.{kind}")
        if kind != module and kind in tables.shelves:
            return kind, None
    return None


def a(noun: str) -> str:
    """Return the noun with its article."""
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def _nouns(kinds: Kinds) -> str:
    nouns = [tables.shelves[k].noun for k in kinds if k in tables.shelves]
    return " or ".join(map(a, nouns)) if nouns else "an object"
