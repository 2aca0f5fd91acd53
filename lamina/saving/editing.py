"""`KerasFileEditor`: the weights in a file, looked at, renamed, added and removed, without a model."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lamina.core.file_errors import FormatError, quoted
from lamina.core.load_policy import LoadPolicy
from lamina.core.shown import printable
from lamina.saving import stores
from lamina.saving.layout import groups
from lamina.saving.looking.opening import STATE, opened
from lamina.saving.stores.holding import Holding, as_value


class KerasFileEditor:
    """The weights of a `.keras` file, or of a file of weights, to be edited and saved anew.

    An object (a layer, an optimizer) is called by its path, `"layers/dense"`, or by the last part of it if
    that is the only one of this name. Nothing is built, and nothing in the file is run.

    Args:
        filepath: of a model or of weights; it is read at once, and stays as it is.
        policy: what the file may take.

    Attributes:
        filepath: of the file.
        metadata: what a `.keras` file says of its writer, else `None`.
        config: the configuration in a `.keras` file, else `None`.
        weights_dict: objects within objects by name; arrays by their number, `"0"`, `"1"`, ....

    Raises:
        LoadError: the file is damaged, too large, or holds something that is refused.
        ValueError: another ending.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save_weights(folder + "/m.weights.h5")
        ...     editor = KerasFileEditor(folder + "/m.weights.h5")
        >>> editor.rename_object("dense", "dense_1")
        >>> editor.summary()
        Weights structure
        └─ layers
            └─ dense_1
                ├─ 0: shape=(3, 2), dtype=float32
                └─ 1: shape=(2,), dtype=float32
    """

    def __init__(self, filepath: str | os.PathLike[str], policy: LoadPolicy | None = None):
        self.filepath = filepath
        self.weights_dict: dict[str, Any] = {}
        self._names: dict[str, str] = {}  # the objects' own, by path
        with opened(filepath, policy) as contents:
            contents.require_whole()
            self.metadata, self.config = contents.written_by or None, contents.config
            for place, tensor in contents.tensors.items():
                if place.startswith(f"{STATE}/"):
                    continue
                *way, last = [part for part in place.split("/") if part != "vars"]
                target = self.weights_dict
                for part in way:
                    target = target.setdefault(part, {})
                if not isinstance(target, dict) or last in target:
                    raise FormatError(f"{quoted(place)} is an object and an array at once.")
                target[last] = tensor.read()
            self._names.update(contents.names)

    # Looking.

    def summary(self) -> None:
        """Print the objects and the shapes and dtypes of their weights."""
        print("Weights structure")
        for line in _tree(self.weights_dict):
            print(line)

    def compare(self, reference_model: Any) -> dict[str, Any]:
        """Print how the weights differ from those that a file of `reference_model` has.

        Args:
            reference_model: a built model.

        Returns:
            `"status"` (`"success"` or `"error"`), `"error_count"` and `"match_count"`: numbers of
            objects and weights that differ, and of weights that do not.
        """
        reference: dict[str, Any] = {}
        for holding in groups(reference_model).all():
            for key, value in (holding.contents() if holding.owner is not None else {}).items():
                target = reference
                for part in filter(None, holding.path.split("/")):
                    target = target.setdefault(part, {})
                target[key] = as_value(value, key)
        matches, errors = _compared(self.weights_dict, reference)
        print("Running comparison")
        for error in errors:
            print(f"...{error}")
        count = len(errors)
        if count:
            print(f"Found {count} error(s): the file does not fit the reference model.")
        else:
            print(f"The file fits the reference model: {matches} matching weights.")
        status = "error" if count else "success"
        return {"status": status, "error_count": count, "match_count": matches}

    # Editing.

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Give an object another name; it stays where it is.

        Args:
            object_name: its path, or name.
            new_name: the last part of its path from now on.

        Raises:
            ValueError: there is no such object, or there is one of the new name.
        """
        parent, name, path = self._find(object_name)
        _check_name(new_name, "new_name")
        if new_name in parent and new_name != name:
            raise ValueError(
                f"rename_object: there is an object {new_name!r} beside {name!r}; delete it first."
            )
        items = [(new_name if key == name else key, value) for key, value in parent.items()]
        parent.clear()
        parent.update(items)
        self._names.pop(path, None)
        new_path = path.removesuffix(name) + new_name
        for inner in [inner for inner in self._names if inner.startswith(f"{path}/")]:
            self._names[new_path + inner.removeprefix(path)] = self._names.pop(inner)

    def delete_object(self, object_name: str) -> None:
        """Remove an object, with all objects in it.

        Args:
            object_name: its path, or name.
        """
        parent, name, _ = self._find(object_name)
        del parent[name]

    def add_object(self, object_path: str, weights: Mapping[str, Any]) -> None:
        """Add an object.

        Args:
            object_path: where, such as `"layers/dense_2"`; what it lies in must be there.
            weights: arrays by their number in the object, such as `{"0": kernel, "1": bias}`.

        Raises:
            ValueError: there is such an object, or what it is to lie in is not there.
        """
        *way, name = object_path.strip("/").split("/")
        _check_name(name, "object_path")
        parent = self._find("/".join(way))[0][way[-1]] if way else self.weights_dict
        if name in parent:
            raise ValueError(
                f"add_object: {object_path!r} is there; delete it first, or call `add_weights`."
            )
        parent[name] = _arrays(weights)

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Remove one weight of an object.

        Args:
            object_name: path or name of the object.
            weight_name: number of the weight in it, such as `"0"`.
        """
        parent, name, path = self._find(object_name)
        if isinstance(parent[name].get(weight_name), (dict, type(None))):
            names = [key for key, value in parent[name].items() if not isinstance(value, dict)]
            raise ValueError(
                f"delete_weight: {path!r} has no weight {weight_name!r}; it has {names}."
            )
        del parent[name][weight_name]

    def add_weights(self, object_name: str, weights: Mapping[str, Any]) -> None:
        """Add weights to an object; those of the same numbers are replaced.

        Args:
            object_name: path or name of the object.
            weights: arrays by their number in the object.
        """
        parent, name, _ = self._find(object_name)
        parent[name].update(_arrays(weights))

    def save(self, filepath: str | os.PathLike[str]) -> None:
        """Write the weights to a file, which may be the one that was read.

        Args:
            filepath: with an ending of weights files, such as `.weights.h5`.
        """
        ending = stores.ending(filepath, "KerasFileEditor.save")
        stores.write(filepath, list(self._holdings()), ending=ending)

    def resave_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Do what `save` does."""
        self.save(filepath)

    def _objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give all objects and their paths, the root first."""
        waiting = [("", self.weights_dict)]
        while waiting:
            path, inner = waiting.pop(0)
            yield path, inner
            waiting += [
                (f"{path}/{name}".lstrip("/"), value)
                for name, value in inner.items()
                if isinstance(value, dict)
            ]

    def _holdings(self) -> Iterator[Holding]:
        for path, inner in self._objects():
            values = {
                key: as_value(value, f"{path}/vars/{key}".lstrip("/"))
                for key, value in inner.items()
                if not isinstance(value, dict)
            }
            if values or not inner:
                yield Holding(path, self._names.get(path), values)

    def _find(self, object_name: str) -> tuple[dict[str, Any], str, str]:
        """Return what an object lies in, its name there, and its path."""
        path = self._path_of(object_name)
        *way, name = path.split("/")
        parent = self.weights_dict
        for part in way:
            parent = parent[part]
        return parent, name, path

    def _path_of(self, object_name: str) -> str:
        name = object_name.strip("/")
        paths = [path for path, _ in self._objects() if path]
        if name in paths:
            return name
        ends = [path for path in paths if "/" not in name and path.endswith(f"/{name}")]
        if len(ends) == 1:
            return ends[0]
        if ends:
            raise ValueError(
                f"There are several objects {object_name!r}; give the path of one: {', '.join(ends)}."
            )
        near = difflib.get_close_matches(name, paths, n=3, cutoff=0.3) or paths[:10]
        raise ValueError(
            f"There is no object {object_name!r} in the file. There are: {', '.join(map(printable, near))}."
        )


def _check_name(name: Any, argument: str) -> None:
    if not isinstance(name, str) or not name or "/" in name or name in (".", "..", "vars"):
        raise ValueError(f"`{argument}` must end with a name without '/', not {name!r}.")


def _arrays(weights: Mapping[str, Any]) -> dict[str, np.ndarray]:
    for name in weights:
        if not (isinstance(name, str) and name.isdecimal()):
            raise ValueError(f"Weights are numbered '0', '1', ...; {name!r} is not a number.")
    return {name: as_value(value, name).fetch() for name, value in weights.items()}


def _compared(
    ours: Mapping[str, Any], reference: Mapping[str, Any], path: str = ""
) -> tuple[int, list[str]]:
    """Return how many weights match, and what differs."""
    matches, errors = 0, []
    for name in dict.fromkeys([*reference, *ours]):
        where = f"{path}/{printable(name)}"
        a, b = ours.get(name), reference.get(name)
        kind = "Object" if isinstance(b if a is None else a, Mapping) else "Weight"
        if a is None:
            errors.append(f"{kind} {where} of the reference model is not in the file")
        elif b is None:
            errors.append(f"{kind} {where} is in the file, but not in the reference model")
        elif isinstance(a, Mapping) != isinstance(b, Mapping):
            errors.append(f"{where} is an object in one, and a weight in the other")
        elif isinstance(a, Mapping):
            inner, more = _compared(a, b, where)
            matches, errors = matches + inner, errors + more
        elif tuple(a.shape) != b.shape:
            errors.append(f"{where} has shape {a.shape} in the file, {b.shape} in the model")
        else:
            matches += 1
    return matches, errors


def _tree(inner: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for i, (name, value) in enumerate(inner.items()):
        last = i == len(inner) - 1
        begin = f"{before}{'└─' if last else '├─'} {printable(name)}"
        if isinstance(value, Mapping):
            yield begin
            yield from _tree(value, f"{before}{'    ' if last else '│   '}")
        else:
            yield f"{begin}: shape={value.shape}, dtype={value.dtype.name}"
