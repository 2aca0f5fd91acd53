"""The gate before objects are made from data: one walk that looks every name up and checks every value.

`audit` takes an inert tree, as JSON gives it, and returns a plan (`lamina.core.plan`); it makes nothing.
All that is wrong is told in one error, with JSON paths. Whoever makes objects from configurations goes
through it: `load_model`, `from_config`, the tables' `deserialize`, `clone_model`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.core import tables
from lamina.core.file_errors import FormatError, LimitError, LoadError, PolicyError, quoted
from lamina.core.load_policy import Budget, LoadPolicy
from lamina.core.lookup import ANY, Kinds, Names, a, kinds_of
from lamina.core.plan import Arguments, Plan
from lamina.core.schema import JSON_TYPES, LARGEST, is_own, schema_of, type_of
from lamina.core.value_tags import TAGS

_ENVELOPE = frozenset(
    (
        *("module", "class_name", "config", "registered_name", "build_config", "compile_config"),
        *("name", "inbound_nodes", "shared_object_id"),
        *("keras_version", "backend"),  # Keras 2 wrote them beside the model
    )
)
# Keys that older versions wrote, with the values at which they mean nothing here.
_OLD_KEYS: dict[str, tuple[Any, ...]] = {
    "dynamic": (False,),
    "groups": (1,),
    "implementation": (0, 1, 2),
    "is_legacy_optimizer": (True, False),
    "jit_compile": (True, False),
    "decay": (0, None),
    "input_length": (None,),
    "ragged": (False, None),
    "sparse": (False, None),
    "time_major": (False,),
}
_BY_WEIGHT = (PolicyError, LimitError, FormatError, LoadError)
_SHOWN = 20
_DEFAULT = LoadPolicy()
_PER_PROBLEM = 160


def audit(
    config: Any,
    kind: str | None = None,
    *,
    custom_objects: Mapping[str, Any] | None = None,
    policy: LoadPolicy | None = None,
    budget: Budget | None = None,
    compiles: bool = True,
    where: str = "config",
) -> Any:
    """Look every name of `config` up and check every value; return the plan, which `plan.build` makes.

    Args:
        config: a configuration, of lamina or Keras, or data with configurations among them.
        kind: what it must describe, such as `"layers"`; by default anything.
        custom_objects: classes and functions by the names that the configuration gives them; also what stands
            in for code that a file may not hold: a `Lambda`'s function, by the layer's name.
        policy: what files may name and take.
        budget: of the load that is under way; by default a new one.
        compiles: whether what models were compiled with is looked at and kept; else it is dropped unread.
        where: where `config` stands, the beginning of JSON paths.

    Raises:
        PolicyError: it names what nobody offers, or holds code.
        FormatError: it is not a configuration, or an argument is not of its type.
        LimitError: it is too large.

    Example:
        >>> import lamina
        >>> audit({"class_name": "Dense", "config": {"units": "3"}}, "layers")
        Traceback (most recent call last):
        ...
        lamina.core.file_errors.FormatError: config.config.units: must be a whole number of at least 1, not '3'.
    """
    walk = Audit(custom_objects, policy, budget, compiles)
    if kind is None:
        plan = walk.value(config, where)
    else:
        plan = walk.reference(config, where, kinds_of(kind))
    walk.finish()
    return plan


def problems(
    config: Any,
    kind: str,
    custom_objects: Mapping[str, Any] | None = None,
    policy: LoadPolicy | None = None,
) -> list[tuple[type[LoadError], str, str]]:
    """Return why `audit` refuses `config`: for each reason the error, a JSON path, and what is wrong there.

    Example:
        >>> import lamina
        >>> problems({"class_name": "Dense", "config": {"units": "3"}}, "layers")[0][1]
        'config.config.units'
    """
    walk = Audit(custom_objects, policy)
    try:
        walk.reference(config, "config", kinds_of(kind))
    except LoadError as error:  # it went too far to go on
        walk.problem("config", str(error), type(error))
    return walk.weighed()


def arguments(cls: Any, config: Any, custom_objects: Mapping[str, Any] | None = None) -> Arguments:
    """Return the audited arguments for the constructor of `cls`: `config` itself if it was audited for it."""
    if type(config) is Arguments and config.target is cls:
        return config
    walk = Audit(custom_objects)
    checked = walk.arguments(cls, config, "config")
    walk.finish()
    return checked


class Audit:
    """One walk over one tree. Types, and classes with a `__audit_config__`, look at parts by its methods."""

    def __init__(
        self,
        custom_objects: Mapping[str, Any] | None = None,
        policy: LoadPolicy | None = None,
        budget: Budget | None = None,
        compiles: bool = True,
    ):
        policy = policy or _DEFAULT
        self.names = Names(custom_objects, policy)
        self.budget = budget or Budget(policy.limits)
        self.problems: list[tuple[type[LoadError], str, str]] = []  # kind, JSON path, what is wrong
        self.compiles = compiles
        self.count = 0
        self.depth = 0
        self._deepest = self.budget.allowed("json_depth")
        self.shared: dict[int, tuple[Plan, Any]] = {}

    def problem(self, where: str, text: str, kind: type[LoadError] = FormatError) -> None:
        """Note what is wrong at the JSON path `where`."""
        self.count += 1
        if self.count <= _SHOWN or kind is not FormatError:
            self.problems.append((kind, where[-300:], text))

    def weighed(self) -> list[tuple[type[LoadError], str, str]]:
        """Return all problems: what is not allowed weighs more than what is malformed."""
        return sorted(self.problems, key=lambda problem: _BY_WEIGHT.index(problem[0]))

    def finish(self) -> None:
        """Raise all problems as one error, of the kind of the weightiest."""
        if not self.problems:
            return
        kind = self.weighed()[0][0]
        texts = [f"{where}: {text}" for _, where, text in self.weighed()[:_SHOWN]]
        if self.count == 1:
            raise kind(f"{texts[0]}.")
        shown = [t if len(t) <= _PER_PROBLEM else f"{t[: _PER_PROBLEM - 3]}..." for t in texts]
        more = [f"and {self.count - len(shown)} more"] if self.count > len(shown) else []
        raise kind("\n  ".join([f"{self.count} problems:", *shown, *more]))

    # What may stand anywhere.

    def value(self, x: Any, where: str) -> Any:
        """Return data with audited configurations among them."""
        return self._tree(x, where, self.value, ANY)

    def data(self, x: Any, where: str) -> Any:
        """Return data, among which arrays and slices may be, but nothing that names a class or function."""
        return self._tree(x, where, self.data, None)

    def _tree(self, x: Any, where: str, again: Any, kinds: Kinds | None) -> Any:
        kind = type(x)
        if kind in (str, bool) or x is None:
            return x
        if kind is int or kind is float:
            if not (-LARGEST <= x < LARGEST if kind is int else x == x):
                self.problem(where, f"is not a number of 64 bits: {quoted(x)}")
            return x
        if kind is list or kind is tuple:
            self.enter()
            out: Any = kind([again(part, f"{where}[{i}]") for i, part in enumerate(x)])
        elif kind is dict:
            self.enter()
            if "class_name" not in x:
                out = {k: again(v, f"{where}.{_key(k)}") for k, v in x.items()}
            else:
                out = self._described(x, where, again, kinds)
        else:
            return x  # already audited, or an object that the program put there itself
        self.leave()
        return out

    def _described(self, x: dict[str, Any], where: str, again: Any, kinds: Kinds | None) -> Any:
        name = x["class_name"]
        if type(name) is str and (name in TAGS or (name[:2] == "__" and name[-2:] == "__")):
            return self._tagged(name, x, where)
        if "config" not in x:
            return {k: again(v, f"{where}.{_key(k)}") for k, v in x.items()}
        if kinds is None:
            self.problem(where, f"names {quoted(name)} where only data may stand", PolicyError)
            return None
        return self.described(x, where, kinds)

    def enter(self) -> None:
        """Go one level down.

        Raises:
            LimitError: that is too deep.
        """
        self.depth += 1
        if self.depth > self._deepest:
            self.budget.check("json_depth", self.depth)

    def leave(self) -> None:
        """Come back up."""
        self.depth -= 1

    def _tagged(self, tag: str, x: dict[str, Any], where: str) -> Any:
        """Return what a tag with two underscores on both sides stands for."""
        read = TAGS.get(tag)
        if read is None:
            text = f"holds {quoted(tag)}, which lamina does not read"
            if tag == "__lambda__":
                text = (
                    "holds the code of a function. lamina never runs code out of a file: write the function in "
                    "your program, and pass it by the name of its layer, custom_objects={'layer name': function}"
                )
            self.problem(where, text, PolicyError)
            return None
        try:
            return read(x)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            self.problem(where, f"is not a proper {tag}: {quoted(error)}")
            return None

    def shape(self, x: Any, where: str) -> Any:
        """Return a shape, or a tree of shapes: sizes of 64 bits in all, -1 and `None` for unknown ones."""
        x = self.data(x, where)
        self._shapes(x, where)
        return x

    def _shapes(self, x: Any, where: str) -> None:
        if isinstance(x, dict):
            for key, part in x.items():
                self._shapes(part, f"{where}.{_key(key)}")
            return
        if not isinstance(x, (list, tuple)):
            if x is not None and (type(x) is bool or not isinstance(x, (int, np.integer))):
                if type(x) in JSON_TYPES:
                    self.problem(where, f"must be a shape, not {quoted(x)}")
            elif x is not None and x < -1:
                self.problem(where, f"must be a shape, which {quoted(x)} is not")
            return
        if len(x) > self.budget.limits.rank and not any(
            isinstance(n, (list, tuple, dict)) for n in x
        ):
            self.problem(where, f"has {len(x)} dimensions; the limit is {self.budget.limits.rank}")
        for i, part in enumerate(x):
            self._shapes(part, f"{where}[{i}]")
        sizes = [n for n in x if type(n) is int and n > 0]
        if len(sizes) <= self.budget.limits.rank and math.prod(sizes) >= LARGEST:
            self.problem(where, f"has more elements than an array can: {quoted(x)}")

    # Configurations.

    def reference(self, x: Any, where: str, kinds: Kinds) -> Any:
        """Return the plan of something of one of the kinds: a configuration or a name."""
        if isinstance(x, Plan):
            self._check_kind(x, where, kinds)
            return x
        if type(x) is str:
            try:
                return self.names.of_word(kinds, x)
            except LoadError as error:
                self.problem(where, str(error), type(error))
                return None
        if type(x) is not dict:
            return x
        if "class_name" not in x or "config" not in x:
            keys = quoted(sorted(map(str, x))[:8])
            noun = a(tables.shelves[kinds[0]].noun) if kinds else "an object"
            text = f"a configuration of {noun} needs 'class_name' and 'config'; this has the keys {keys}"
            self.problem(where, text)
            return None
        self.enter()
        plan = self.described(x, where, kinds)
        self.leave()
        return plan

    def described(self, x: dict[str, Any], where: str, kinds: Kinds) -> Any:
        """Return the plan of a dict with `class_name` and `config`."""
        name, config, registered = x["class_name"], x["config"], x.get("registered_name")
        if type(name) is not str or len(name) > 512:
            self.problem(f"{where}.class_name", f"must be a name, not {quoted(name)}")
            return None
        if name[:2] == "__" and name[-2:] == "__":
            return self._tagged(name, x, where)
        if extra := [key for key in x if key not in _ENVELOPE]:
            self.problem(where, f"has the unknown key(s) {quoted(extra)}")
        if isinstance(config, str):
            return self._named(name, config, x, where, kinds)
        try:
            cls, own = self.names.of_class(kinds, x.get("module"), name, registered)
        except LoadError as error:
            self.problem(where, str(error), type(error))
            return None
        return self._planned(cls, own, x, where)

    def _named(self, name: str, config: str, x: dict[str, Any], where: str, kinds: Kinds) -> Any:
        """Return the plan of a function, or of a class of the program's own as a value."""
        module, registered = x.get("module"), x.get("registered_name")
        try:
            if name == "function":
                target = self.names.of_function(kinds, module, config, registered)
            elif name == "class":
                registered = None if registered == "class" else registered
                target, _ = self.names.of_class(kinds, None, config, registered)
            else:
                raise FormatError(f"the configuration of {quoted(name)} must be a dict, not a text")
        except LoadError as error:
            self.problem(where, str(error), type(error))
            return None
        return Plan(target, where, x)

    def _planned(self, cls: Any, own: bool, x: dict[str, Any], where: str) -> Any:
        config = x["config"]
        if _is_layer(cls):
            self.budget.charge("layers")
            if isinstance(config, dict) and cls.from_caller:
                given = self.given(config)
                if not inspect.isclass(given) and _is_layer(type(given)):
                    return Plan(cls, where, x, own, given)
        values = {
            k: v for k, v in x.items() if k not in ("name", "inbound_nodes", "compile_config")
        }
        if x.get("build_config") is not None:
            values["build_config"] = self.shape(x["build_config"], f"{where}.build_config")
        look = getattr(cls, "__audit_compile__", None)
        if self.compiles and look is not None and isinstance(x.get("compile_config"), dict):
            values["compile_config"] = look(self, x["compile_config"], f"{where}.compile_config")
        values["config"] = self.arguments(cls, config, f"{where}.config")
        plan = Plan(cls, where, values, own)
        return plan if x.get("shared_object_id") is None else self._share(plan, x, where)

    def _share(self, plan: Plan, x: dict[str, Any], where: str) -> Plan:
        """Return the plan that has this number already; it must be the same in all parts."""
        number = x["shared_object_id"]
        if type(number) is not int or not 0 <= number < LARGEST:
            self.problem(f"{where}.shared_object_id", f"must be a number, not {quoted(number)}")
            return plan
        first, config = self.shared.setdefault(number, (plan, x["config"]))
        if first is not plan:
            if first.target is not plan.target or config != x["config"]:
                self.problem(where, f"shares its number with another object, that of {first.where}")
            first.shared = True
        return first

    def arguments(self, cls: Any, config: Any, where: str) -> Arguments:
        """Return the arguments for the constructor of `cls`, each looked at by its type."""
        if not isinstance(config, dict):
            self.problem(where, f"must be a dict, not {quoted(config)}")
            return Arguments(cls, where, {})
        if getattr(cls, "from_caller", ()):
            config = self._from_caller(cls, config, where)
        look = getattr(cls, "__audit_config__", None)
        values = None if look is None else look(self, config, where)
        if values is None:
            values = self.checked(cls, config, where)
        return Arguments(cls, where, values)

    def checked(self, cls: Any, config: dict[str, Any], where: str) -> dict[str, Any]:
        """Return `config` with each value looked at by the type that `cls` states for it."""
        types, own = schema_of(cls), is_own(cls)
        values: dict[str, Any] = {}
        unknown: list[str] = []
        self.enter()
        for key, value in config.items():
            kind = types.get(key) or types.get("**")
            if kind is not None:
                if kind is not _IGNORED:
                    values[key] = kind.check(self, value, f"{where}.{key}")
            elif not own:
                values[key] = self.value(value, f"{where}.{_key(key)}")
            elif not any(
                type(value) is type(old) and value == old for old in _OLD_KEYS.get(key, ())
            ):
                unknown.append(key)
        self.leave()
        if unknown:
            self.problem(where, f"{cls.__name__} does not take {_listed(unknown)}")
        return values

    def given(self, config: dict[str, Any]) -> Any:
        """Return what the caller gave for a layer of this name; `None` if nothing."""
        name = config.get("name")
        return self.names.custom.get(name) if isinstance(name, str) else None

    def _from_caller(self, cls: Any, config: dict[str, Any], where: str) -> dict[str, Any]:
        """Return `config` with what the caller gave in place of code."""
        given, first = self.given(config), cls.from_caller[0]
        if given is None:
            if not self._is_code(cls, config.get(first), config.get("name")):
                return config
            name = quoted(config.get("name"))
            text = _ADVICE.format(cls=cls.__name__, argument=first, name=name)
            self.problem(f"{where}.{first}", text, PolicyError)
            return {k: v for k, v in config.items() if k not in cls.from_caller}
        if _is_layer(type(given)):
            own = {name: getattr(given, name) for name in cls.from_caller if hasattr(given, name)}
            return {**config, **own}
        own = {first: given}
        for name in cls.from_caller[1:]:
            if name == "output_shape" and isinstance(config.get(name), (dict, str)):
                own[name] = None  # it is found out by running the function
            elif isinstance(config.get(name), dict):
                text = f"is code, too: pass a whole {cls.__name__} by the name of the layer"
                self.problem(f"{where}.{name}", text, PolicyError)
        return {**config, **own}

    def _is_code(self, cls: Any, value: Any, layer: Any) -> bool:
        """Say whether what stands where a caller's function belongs is not even the name of one."""
        if value is not None and type(value) not in JSON_TYPES:
            return False  # the program put a function there
        if schema_of(cls).get(cls.from_caller[0]) is type_of("code") or type(value) is list:
            return True
        if not isinstance(value, dict):
            return False
        tag = value.get("class_name")
        return tag == "__lambda__" or (tag == "function" and value.get("config") == layer)

    def _check_kind(self, plan: Plan, where: str, kinds: Kinds) -> None:
        try:
            self.names.check_kind(kinds, getattr(plan.target, "__name__", "?"), plan.target)
        except LoadError as error:
            self.problem(where, str(error), type(error))


_IGNORED = type_of("ignored")


def _is_layer(cls: type) -> bool:
    layers = tables.shelves.get("layers")
    return layers is not None and layers.base is not None and issubclass(cls, layers.base)


_ADVICE = (
    "the `{argument}` of a {cls} is code, which lamina never takes from a file. Pass it by the name of the "
    "layer: custom_objects={{{name}: ...}}, with the `{argument}` or with a whole {cls}"
)


def _key(key: Any) -> str:
    return (
        key
        if type(key) is str and key.isidentifier() and key.isascii()
        else f"[{quoted(key)[:60]}]"
    )


def _listed(names: list[Any]) -> str:
    shown = ", ".join(quoted(name)[:60] for name in names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown
