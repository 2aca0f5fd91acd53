"""Members of the contract that have a meaning where an engine does not offer them."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from lamina.engine import device_names
from lamina.engine.repeating import one_by_one


class Fallbacks:
    """Plain Python in place of what `engine` does not do itself."""

    steps_per_call = 1
    compiles_by_shape = False

    def __init__(self, engine: Any):
        self.engine = engine

    # Where every size is known, arrays are there at once and no trace is running.

    outside_trace = staticmethod(nullcontext)

    def sizes(self, x: Any) -> tuple:
        return self.engine.shape(x)

    def synchronize(self, x: Any) -> None:
        pass

    def is_mismatch(self, error: Exception) -> bool:
        return False

    # Where nothing is differentiated there is no gradient to stop, replace or recompute for.

    no_grad = staticmethod(nullcontext)

    def stop_gradient(self, x: Any) -> Any:
        return x

    def custom_gradient(self, fn: Callable) -> Callable:
        return lambda *args: fn(*args)[0]

    def checkpoint(self, fn: Callable) -> Callable:
        return fn

    # Where nothing is compiled a function runs as it is.

    def compile(self, fn: Callable) -> Callable:
        return fn

    def is_traced(self, x: Any) -> bool:
        return False

    def make_deterministic(self, on: bool) -> None:
        pass

    def repeat(self, step: Callable) -> Callable:
        return partial(one_by_one, self.engine.compile(step))

    # The one device is the host.

    def place(self, x: Any, layout: Any = None) -> Any:
        with self.device("cpu" if layout is None else layout):
            return self.engine.asarray(x)

    def device(self, name: str) -> AbstractContextManager:
        device_names.choose(name, {"cpu": ["cpu"]})
        return nullcontext()

    def memory(self, name: str | None = None) -> int | None:
        return device_names.host_memory()

    def is_out_of_memory(self, error: BaseException) -> bool:
        return isinstance(error, MemoryError)

    # Where the library does not train there is nothing of its own to work with.

    def admit(self, kind: type, value_of: Callable[[Any], Any]) -> None:
        pass

    records = follows = None

    recording = staticmethod(nullcontext)

    def watched(self, x: Any) -> Any:
        return x

    def note_read(self, variable: Any) -> None:
        pass
