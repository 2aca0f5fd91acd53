"""The format `stablehlo`: a program of JAX's export, and a JSON beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lamina.core import tree
from lamina.core.file_errors import FormatError
from lamina.export.beside import read_with_metadata, write_with_metadata
from lamina.export.loaded import Loaded
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


def read(path: Path) -> Loaded:
    """Return the program that the file holds.

    Raises:
        FileNotFoundError: its metadata are not beside it.
        FormatError: they do not belong together, or the file is not a program of JAX's export.
    """
    import jax
    from jax import export

    data, metadata = read_with_metadata(path)
    try:
        exported = export.deserialize(bytearray(data))
    except Exception as error:
        raise FormatError(f"{str(path)!r} is not a program of JAX's export: {error}") from error
    call = jax.jit(exported.call)

    def run(arrays: Sequence[Any]) -> list[Any]:
        args, kwargs = jax.tree.unflatten(exported.in_tree, [*arrays])
        return jax.tree.leaves(call(*args, **kwargs))

    return Loaded(run, metadata, partial(jax.tree.unflatten, exported.out_tree))
