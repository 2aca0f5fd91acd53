"""`Signature`: the names, shapes and dtypes of what an exported program takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.core import dtypes, tree
from lamina.core.naming import described
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import owner_of

ANY = (
    24,
    96,
)  # sizes of axes of unknown size in samples: the first with which the model can be called


@dataclass(frozen=True)
class TensorSpec:
    """Name, shape (`None` for any size) and dtype of a tensor."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    sparse: bool = False


class Signature:
    """The arguments of a call, a `TensorSpec` for each tensor.

    Args:
        args: positional arguments: trees of what has a shape and a dtype, such as KerasTensors and arrays.
        kwargs: arguments by name.
        names: of the positional arguments, for tensors that have none.

    Raises:
        ValueError: the shape of a tensor is unknown, the inputs differ in the size of the batch, or one is
            sparse or a text.

    Attributes:
        arguments: `(args, kwargs)` with a `TensorSpec` for each tensor.
        inputs: these specs, in the order of `tree.flatten`.
        batch: the size of the batch; `None` for any.
    """

    def __init__(self, args: Sequence[Any], kwargs: dict[str, Any], names: Sequence[str] = ()):
        names = [*names, *(f"args_{i}" for i in range(len(names), len(args)))]
        taken: set[str] = set()
        self.arguments = (
            tuple(_sorted(specs_of(x, name, taken)) for name, x in zip(names, args, strict=True)),
            _sorted({name: specs_of(x, name, taken) for name, x in kwargs.items()}),
        )
        self.inputs: list[TensorSpec] = tree.flatten(self.arguments)
        for spec in self.inputs:
            _check(spec)
        sizes = {spec.shape[0] for spec in self.inputs}
        if len(sizes) != 1:
            raise ValueError(
                "An exported program has one size of the batch for all of its inputs, any (None) or a fixed one; "
                f"it got {[(spec.name, spec.shape) for spec in self.inputs]}. Give `input_signature` with one."
            )
        self.batch: int | None = sizes.pop()

    def bind(self, flat: Sequence[Any]) -> tuple[tuple, dict[str, Any]]:
        """Return `args` and `kwargs` with `flat`, arrays, in the places of the tensors."""
        return tree.pack_like(self.arguments, list(flat))

    def free_axes(self) -> list[tuple[int, int]]:
        """Return `(number of the input, axis)` of each axis of unknown size but the batch."""
        return [
            (number, axis)
            for number, spec in enumerate(self.inputs)
            for axis, size in enumerate(spec.shape)
            if size is None and axis
        ]

    def samples(self, sizes: Callable[[int, int], int]) -> list[np.ndarray]:
        """Return arrays that fit, always the same: floats from [0, 1), integers 0 and 1.

        Args:
            sizes: `(number of the input, axis)` to the size of an axis of unknown size.
        """
        rng = np.random.default_rng(0)
        arrays = []
        for number, spec in enumerate(self.inputs):
            shape = [sizes(number, axis) if n is None else n for axis, n in enumerate(spec.shape)]
            drawn = rng.random(shape) if dtypes.is_float(spec.dtype) else rng.integers(0, 2, shape)
            arrays.append(drawn.astype(dtypes.numpy_dtype(spec.dtype)))
        return arrays


def of_model(model: Any, given: Any = None) -> Signature:
    """Return the signature of a model; `given` has shapes and dtypes to use in place of the model's own.

    Raises:
        ValueError: the model was neither built nor called, or `given` has another number of tensors.
    """
    args, kwargs = model.__example__()
    args = [x for x in args if _has_tensors(x)]
    kwargs = {name: x for name, x in kwargs.items() if _has_tensors(x)}
    if given is not None:
        own, specs = tree.flatten([args, kwargs]), tree.flatten(given)
        if len(own) != len(specs):
            raise ValueError(
                f"{described(model)}.export: `input_signature` has {len(specs)} tensor(s), but the model takes "
                f"{len(own)}."
            )
        specs = [
            spec_of(x, _name_of(x) or _name_of(mine) or "")
            for x, mine in zip(specs, own, strict=True)
        ]
        args, kwargs = tree.pack_like([args, kwargs], specs)
    return Signature(args, kwargs)


def _has_tensors(x: Any) -> bool:
    leaves = tree.flatten(x)
    return bool(leaves) and all(hasattr(leaf, "shape") for leaf in leaves)


def specs_of(structure: Any, name: str, taken: set[str]) -> Any:
    """Return a tree with a spec for each tensor, named as it is, or else by its place; no name is among `taken`."""
    specs = []
    for path, x in tree.flatten_with_path(structure):
        called = re.sub(r"\W", "_", _name_of(x) or "_".join(map(str, (name, *path))))
        while called in taken:
            called += "_1"
        taken.add(called)
        specs.append(spec_of(x, called))
    return tree.pack_like(structure, specs)


def _sorted(x: Any) -> Any:
    """Return the tree with its dicts in the order of their keys: some libraries keep the order, and others sort."""
    if type(x) is dict:
        return {key: _sorted(x[key]) for key in sorted(x)}
    return type(x)(map(_sorted, x)) if type(x) in (list, tuple) else x


def _name_of(x: Any) -> str | None:
    """Return the name of a tensor; a KerasTensor that stands for an argument of a call has none."""
    name = None if isinstance(x, KerasTensor) and x.node is None else getattr(x, "name", None)
    return name if isinstance(name, str) else None


def spec_of(x: Any, name: str) -> TensorSpec:
    """Return the spec of what has a shape and a dtype; of an array, the batch may have any size."""
    try:
        shape = tuple(None if n is None else int(n) for n in x.shape)
    except (AttributeError, TypeError, ValueError):
        raise ValueError(
            f"Input {name!r}: an export needs its shape, which {x!r} does not tell."
        ) from None
    if isinstance(x, np.ndarray) or owner_of(type(x)) is not None:
        shape = (None, *shape[1:])
    return TensorSpec(name, shape, dtypes.standardize(x.dtype), bool(getattr(x, "sparse", False)))


def _check(spec: TensorSpec) -> None:
    if not spec.shape:
        raise ValueError(f"Input {spec.name!r} has no axes; an export needs one for the batch.")
    if spec.sparse or spec.dtype == dtypes.STRING:
        raise ValueError(
            f"Input {spec.name!r} is {'sparse' if spec.sparse else 'a text'}; exported programs take dense numbers. "
            "Export the part of the model behind it, Model(numbers, outputs), and make the numbers where the program "
            "is called."
        )
