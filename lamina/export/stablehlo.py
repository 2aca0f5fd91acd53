"""The format `stablehlo`: a program of JAX's export, and a JSON beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lamina.core import tree
from lamina.core.file_errors import FormatError
from lamina.export.beside import read_with_metadata, write_with_metadata
from lamina.export.program import Program

SUFFIX = ""
PLATFORMS = ("cpu", "cuda", "tpu")


def write(
    program: Program,
    path: Path,
    metadata: dict[str, Any],
    platforms: Sequence[str] = PLATFORMS,
) -> None:
    """Write the program for all of `platforms`; the batch, and axes of unknown size, may have any size."""
    import jax
    from jax import export

    exported = export.export(jax.jit(_traceable(program)), platforms=tuple(platforms))
    args, kwargs = program.signature.bind(_abstract_inputs(program))
    data = bytes(exported(*args, **kwargs).serialize())
    noted = {"jax_version": jax.__version__, "platforms": [*platforms]}
    write_with_metadata(path, data, {**metadata, **noted})


def _traceable(program: Program) -> Any:
    """Return the program of a batch as many programs of one sample: layers never see a size that is not known."""
    import jax

    values = program.native_values()

    def run(*args: Any, **kwargs: Any) -> Any:
        inputs = tree.flatten((args, kwargs))
        if program.signature.batch is not None:
            return program.pack(program(values, inputs))

        def of_one(*sample: Any) -> list[Any]:
            return [y[0] for y in program(values, [x[None] for x in sample])]

        return program.pack(jax.vmap(of_one)(*inputs))

    return run


def _abstract_inputs(program: Program) -> list[Any]:
    import jax
    from jax import export

    scope, inputs = export.SymbolicScope(), []
    for number, spec in enumerate(program.signature.inputs):
        sizes = [program.symbols.get((number, axis), str(n)) for axis, n in enumerate(spec.shape)]
        shape = export.symbolic_shape(",".join(sizes) + ",", scope=scope)
        inputs.append(jax.ShapeDtypeStruct(shape, jax.dtypes.canonicalize_dtype(spec.dtype)))
    return inputs


def read(path: Path, program: Program) -> tuple[Any, dict[str, Any]]:
    """Return what runs the file, and its metadata."""
    loaded = load(path)

    def run(arrays: Sequence[Any]) -> list[Any]:
        args, kwargs = program.signature.bind(arrays)
        return tree.flatten(loaded(*args, **kwargs))

    return run, loaded.metadata


class Loaded:
    """A program that `Model.export(path, format="stablehlo")` wrote; JAX runs it.

    Attributes:
        metadata: names, shapes and dtypes of `inputs` and `outputs`, `labels`, `preprocessing`, `platforms`
            and versions.

    It is called as the model was, with arrays in the structure of its inputs.
    """

    def __init__(self, exported: Any, metadata: dict[str, Any]):
        import jax

        self.metadata = metadata
        self.__call, self.__in_tree = jax.jit(exported.call), exported.in_tree

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the outputs, arrays of JAX in the structure of the model's."""
        return self.__call(*args, **kwargs)

    def by_name(self, inputs: dict[str, Any]) -> Any:
        """Return the outputs for inputs by their names in `metadata["inputs"]`."""
        import jax

        flat = [inputs[spec["name"]] for spec in self.metadata["inputs"]]
        args, kwargs = jax.tree.unflatten(self.__in_tree, flat)
        return self.__call(*args, **kwargs)


def load(path: Any) -> Loaded:
    """Read a program that `Model.export(path, format="stablehlo")` wrote.

    A program is code, which JAX compiles: read those of people whom you trust. The SHA-256 in the metadata
    tells a damaged file, not a forged one.

    Args:
        path: of the file; its metadata lie beside it, `.json` at the end of the name.

    Raises:
        FileNotFoundError: one of the two is not there.
        FormatError: they do not belong together, or the file is not a program of JAX's export.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.Input((3,), name="x"), lamina.layers.Dense(2)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.export(f"{folder}/dense.stablehlo", format="stablehlo", verbose=False)
        ...     program = load(f"{folder}/dense.stablehlo")
        >>> program(np.ones((4, 3), "float32")).shape
        (4, 2)
    """
    from jax import export

    data, metadata = read_with_metadata(Path(path))
    try:
        exported = export.deserialize(bytearray(data))
    except Exception as error:
        raise FormatError(f"{str(path)!r} is not a program of JAX's export: {error}") from error
    return Loaded(exported, metadata)
