"""Where Keras 3 puts each layer's weights in a `.weights.h5` file.

An object's own variables are `vars/0`, `vars/1`, ... (those that train first) in its group, and the
objects that it holds are groups next to `vars`:

* attributes are looked through in the order of their sorted names, private ones (`_name`) after the
  others, and a model's `layers` counts as an attribute. An object that was met before is not written
  again; so in a subclassed model `blocks` keeps its own group, and `output` is found under `layers` first;
* a class may say that an attribute has another name in files, or none (`names_in_files`);
* in a list, a tuple or a dict an object is called after its class, `dense`, `dense_1`, ..., and a
  container in it `container`, `container_1`, .... The count goes on over what was met before;
* metrics and the keys of random draws are not written;
* a class may write and read its variables by methods of its own, under names of its own
  (`save_own_variables`, `load_own_variables`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from lamina.core.naming import to_snake_case
from lamina.core.variable import Variable
from lamina.layers.layer import Layer
from lamina.layers.weights import own_weights
from lamina.optimizers.optimizer import Optimizer
from lamina.saving.stores.holding import Holding, as_value
from lamina.saving.stores.mappings import Written
from lamina.training.trainer import Trainer

_CONTAINERS = (list, tuple, set, dict)
_OWN_WAY = ("save_own_variables", "load_own_variables")


@dataclass
class Group:
    """A group of the file: an object's (a layer's, an optimizer's), or a container's (no owner)."""

    path: str
    owner: Any = None
    inner: dict[str, Group] = field(default_factory=dict)

    @property
    def variables(self) -> list[Variable]:
        """The owner's own variables, in the order of the file."""
        if isinstance(self.owner, Optimizer):
            return self.owner.saved_variables
        return own_weights(self.owner) if self.owner is not None else []

    def contents(self) -> dict[str, Any]:
        """Return what the owner has to save, by its key in `vars`."""
        if not self.has_own_way:
            return {str(i): variable for i, variable in enumerate(self.variables)}
        written = Written()
        self.owner.save_own_variables(written)
        return written.values_as_given

    @property
    def is_optimizer(self) -> bool:
        """Tell whether this is the state of an optimizer rather than weights."""
        return isinstance(self.owner, Optimizer)

    @property
    def has_own_way(self) -> bool:
        """Tell whether the owner's class writes or reads its variables by methods of its own."""
        base = Optimizer if self.is_optimizer else Layer
        return self.owner is not None and any(
            getattr(type(self.owner), name) is not getattr(base, name) for name in _OWN_WAY
        )

    def all(self) -> Iterator[Group]:
        """Give this group and all within it."""
        yield self
        for inner in self.inner.values():
            yield from inner.all()

    def described(self) -> str:
        """Return the path and the owner, for messages."""
        if self.owner is None:
            return self.path
        return f"{self.path or 'the model'} ({type(self.owner).__name__} {self.owner.name!r})"


def groups(model: Layer) -> Group:
    """Return the groups that a file of the weights of `model` has.

    Raises:
        ValueError: the model has weights that the layout has no place for.
    """
    root = Group("", model)
    _fill(root, _attributes(model), {id(model): model})
    placed = {id(variable) for group in root.all() for variable in group.variables}
    if left := [variable.path for variable in model.weights if id(variable) not in placed]:
        raise ValueError(
            f"{root.described()}: files of weights have no place for {left[:3]}"
            f"{f' and {len(left) - 3} more' if len(left) > 3 else ''}. Hold the layers as attributes, or in "
            "lists, tuples, sets or dicts."
        )
    return root


def holdings(root: Group) -> list[Holding]:
    """Return what is to be written: the variables of each object, in the order of the file.

    An array is called by its variable's path; of equal ones, the later are counted up.
    """
    names: set[str] = set()
    result = []
    for group in root.all():
        if group.owner is not None:
            values = {
                key: as_value(value, _name(value, f"{group.path}/vars/{key}".lstrip("/"), names))
                for key, value in group.contents().items()
            }
            result.append(Holding(group.path, group.owner.name, values))
    return result


def _name(value: Any, place: str, taken: set[str]) -> str:
    path = getattr(value, "path", "")
    base = path if path and path.isprintable() else place
    name = next(x for n in count() if (x := f"{base}_{n}" if n else base) not in taken)
    taken.add(name)
    return name


def require_built(model: Any, what: str) -> None:
    """See that `model` is a layer that has its weights.

    Raises:
        TypeError: it is not a layer.
        ValueError: it is not built.
    """
    if not isinstance(model, Layer):
        raise TypeError(f"{what} takes a model or a layer, not {model!r}.")
    if not model.built:
        raise ValueError(
            f"{what}: {type(model).__name__} {model.name!r} has no weights yet. Call it on data, give its first layer "
            "an `input_shape`, or call `model.build(input_shape)`, first."
        )


def _fill(group: Group, held: Iterator[tuple[str, Any]], met: dict[int, Any]) -> None:
    for name, value in held:
        if id(value) in met:
            continue
        met[id(value)] = value  # kept, so that no other object gets its id
        inner = Group(f"{group.path}/{name}".lstrip("/"))
        if isinstance(value, _CONTAINERS):
            _fill(inner, _items(value), met)
        else:
            inner.owner = value
            _fill(inner, _attributes(value), met)
        if inner.owner is not None or inner.inner:
            group.inner[name] = inner


def _attributes(owner: Any) -> Iterator[tuple[str, Any]]:
    in_file = getattr(owner, "names_in_files", {})
    attributes = {*vars(owner), *_own_properties(type(owner))}
    if isinstance(owner, Trainer):
        attributes.add("layers")
    names = {in_file.get(name, name): name for name in attributes if not name.startswith("__")}
    names.pop(None, None)
    for name in sorted(names, key=lambda name: (name.startswith("_"), name)):
        try:
            value = getattr(owner, names[name])
        except Exception:  # a property that cannot be read yet
            continue
        if isinstance(value, (Layer, Optimizer, *_CONTAINERS)):
            yield name, value


def _own_properties(cls: type) -> set[str]:
    """Return properties of the user's classes; lamina's own give nothing that no attribute holds."""
    return {
        name
        for base in cls.__mro__
        if base.__module__.partition(".")[0] not in ("lamina", "builtins")
        for name, value in vars(base).items()
        if isinstance(value, property)
    }


def _items(container: Any) -> Iterator[tuple[str, Any]]:
    counts: Counter[str] = Counter()
    for item in container.values() if isinstance(container, dict) else container:
        if not isinstance(item, (Layer, Optimizer, *_CONTAINERS)):
            continue
        name = _name_in_container(item)
        yield f"{name}_{counts[name]}" if counts[name] else name, item
        counts[name] += 1


def _name_in_container(item: Any) -> str:
    if isinstance(item, _CONTAINERS):
        return "container"
    return to_snake_case(getattr(item, "saved_as", type(item).__name__))
