"""A program that was exported, as the format's own library runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.dtypes import numpy_dtype
from lamina.ops.core import shapes_agree


class Loaded:
    """A program that `Model.export` wrote; the format's own library runs it.

    It is called as the model was, with arrays in the structure of its inputs, and returns NumPy arrays: one, a list,
    or a dict by the names of the outputs.

    Args:
        run: takes and returns flat lists of arrays.
        metadata: see below.
        pack: puts a flat list of results into their structure; by default the outputs' names tell it.

    Attributes:
        run: as above.
        metadata: names, shapes and dtypes of `inputs` and `outputs`, `labels`, `preprocessing`, the `format` and
            versions.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Any]], list[Any]],
        metadata: dict[str, Any],
        pack: Callable[[list[Any]], Any] | None = None,
    ):
        self.run, self.metadata = run, metadata
        self.__pack = pack or self.__by_names

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the outputs.

        Raises:
            ValueError: another number of inputs, or shapes or dtypes that do not fit.
        """
        return self.__outputs(tree.flatten((args, kwargs)))

    def by_name(self, inputs: dict[str, Any]) -> Any:
        """Return the outputs for inputs by their names in `metadata["inputs"]`.

        Raises:
            ValueError: other names, or shapes or dtypes that do not fit.
        """
        names = [spec["name"] for spec in self.metadata["inputs"]]
        if {*names} != inputs.keys():
            raise ValueError(f"The program takes the inputs {names}, not {[*inputs]}.")
        return self.__outputs([inputs[name] for name in names])

    def __outputs(self, inputs: list[Any]) -> Any:
        specs = self.metadata["inputs"]
        if len(inputs) != len(specs):
            names = [spec["name"] for spec in specs]
            raise ValueError(
                f"The program takes {len(specs)} input(s), {names}, but got {len(inputs)}."
            )
        arrays = [_fitted(x, spec) for x, spec in zip(inputs, specs, strict=True)]
        return self.__pack([np.asarray(y) for y in self.run(arrays)])

    def __by_names(self, results: list[Any]) -> Any:
        names = [spec["name"] for spec in self.metadata["outputs"]]
        if names != [f"output_{i}" for i in range(len(names))]:
            return dict(zip(names, results, strict=True))
        return results[0] if len(results) == 1 else results


def _fitted(x: Any, spec: dict[str, Any]) -> np.ndarray:
    array, dtype = np.asarray(x), numpy_dtype(spec["dtype"])
    if not shapes_agree(array.shape, spec["shape"]):
        raise ValueError(
            f"Input {spec['name']!r} has the shape {array.shape}, but the program takes {tuple(spec['shape'])}; "
            "None stands for any size."
        )
    if not np.can_cast(array.dtype, dtype, "same_kind"):
        raise ValueError(
            f"Input {spec['name']!r} has the dtype {array.dtype}, but the program takes {dtype}, to which it cannot be "
            "converted without loss. Give it in that dtype."
        )
    return array.astype(dtype, copy=False)
