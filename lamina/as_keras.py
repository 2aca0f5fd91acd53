"""`import keras` means lamina: for programs that are not to be changed at all."""

from __future__ import annotations

import importlib
import sys
import tokenize
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any


def install_as_keras() -> None:
    """Let `import keras`, in whatever form, give lamina from now on in this process.

    After it, `import keras`, `from keras import layers` and `from keras.layers import Dense` all
    work, without Keras being installed. `python -m lamina run program.py` runs a program so.

    Raises:
        ImportError: Keras itself has been imported already; the two cannot share the name.

    Example:
        >>> import lamina
        >>> lamina.install_as_keras()           # doctest: +SKIP
        >>> from keras import layers            # doctest: +SKIP
        >>> layers.Dense is lamina.layers.Dense # doctest: +SKIP
        True
    """
    keras = sys.modules.get("keras")
    if keras is not None and not any(isinstance(each, _AsKeras) for each in sys.meta_path):
        raise ImportError(
            f"Keras itself ({getattr(keras, '__version__', 'of unknown version')}, from "
            f"{getattr(keras, '__file__', None)}) is imported already, so `keras` cannot mean lamina. Call "
            "lamina.install_as_keras() before anything imports keras."
        )
    if keras is None:
        sys.meta_path.insert(0, _AsKeras())  # type: ignore[arg-type]


class _AsKeras:
    """Finds lamina's module for each of Keras' names."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name.partition(".")[0] != "keras":
            return None
        return ModuleSpec(name, self)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module("lamina" + spec.name.removeprefix("keras"))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: the module has run. Python gave it the alias's specification, which goes back."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


def run_program(path: str, arguments: list[str]) -> None:
    """Run the Python file `path` as the main program, with `import keras` meaning lamina.

    Args:
        path: the program.
        arguments: what the program finds in `sys.argv` after its own name.

    Raises:
        OSError: the file cannot be read.
        ImportError: Keras itself has been imported already.
        SystemExit: the program failed (status 1, its traceback is on the terminal), or left so.
    """
    with tokenize.open(path) as file:  # in the encoding that it declares
        source = file.read()
    install_as_keras()
    main = ModuleType("__main__")
    main.__file__ = path
    sys.modules["__main__"] = main
    sys.argv = [path, *arguments]
    sys.path[0] = str(Path(path).resolve().parent)
    try:
        exec(compile(source, path, "exec"), vars(main))
    except Exception as error:
        # The program's own frames only, as if Python had run it.
        traceback = error.__traceback__ and error.__traceback__.tb_next
        sys.excepthook(type(error), error.with_traceback(traceback), traceback)
        raise SystemExit(1) from None
