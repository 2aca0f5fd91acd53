"""`Initializer`: where a weight's first value comes from."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.core.configurable import Configurable
from lamina.core.seeds import SeedGenerator, host_generator, next_stream, stream
from lamina.engine.current import engine

_OWN = __name__.rpartition(".")[0] + "."


class Initializer(Configurable):
    """First values of weights, drawn on the host: bit-identical on every engine.

    A subclass writes `draw`; one that writes Keras' `__call__(shape, dtype)` instead works as well.

    Example:
        >>> import lamina
        >>> class Ramp(lamina.Initializer):
        ...     def draw(self, shape, dtype):
        ...         return np.arange(np.prod(shape)).reshape(shape).astype(dtype)
        >>> Ramp()((2, 2)).tolist()
        [[0.0, 1.0], [2.0, 3.0]]
    """

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Draw the values, a NumPy array of `shape` and `dtype`."""
        if type(self).__call__ is Initializer.__call__:
            raise NotImplementedError(f"{type(self).__name__} must write `draw(shape, dtype)`.")
        with engine().outside_trace():
            value = self(shape, dtype=dtype)
            return (
                engine().to_numpy(value)
                if isinstance(value, engine().array_types)
                else np.asarray(value)
            )

    def settle(self, shape: tuple[int, ...], dtype: str) -> np.ndarray | Callable[[], np.ndarray]:
        """Return the values, or what draws them when they are needed: which ones is settled now."""
        return self.draw(shape, dtype)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """Return the values as a native tensor of `shape`; `dtype` is `floatx` unless given."""
        dtype = dtypes.standardize(dtype)
        return engine().asarray(self.draw(tuple(shape), dtype), dtype)

    def clone(self) -> Any:
        """Another initializer with the same configuration."""
        return type(self).from_config(self.get_config())


class RandomInitializer(Initializer):
    """An initializer with a seed.

    Args:
        seed: an integer gives the same values at every call; a `SeedGenerator` the next of its
            own; `None` the next of the process (`lamina.utils.set_random_seed`).

    Raises:
        ValueError: `seed` is nothing of these.
    """

    def __init__(self, seed: int | SeedGenerator | None = None):
        is_number = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool) and seed >= 0
        if not (seed is None or is_number or isinstance(seed, SeedGenerator)):
            raise ValueError(
                f"{type(self).__name__}: `seed` must be a non-negative integer, a SeedGenerator or None, not {seed!r}."
            )
        self.seed: Any = int(seed) if isinstance(seed, np.integer) else seed

    def settle(self, shape: tuple[int, ...], dtype: str) -> np.ndarray | Callable[[], np.ndarray]:
        """Return what draws the values later, or the values if the code is a user's.

        Raises:
            ValueError: values of `shape` and `dtype` cannot be drawn.
        """
        if not type(self).__module__.startswith(_OWN):  # they may depend on anything
            return self.draw(shape, dtype)
        if any(size < 0 for size in shape):
            raise ValueError(
                f"{type(self).__name__}: no size may be negative, but {shape} is asked for."
            )
        self.check(shape, dtype)
        settled = copy.copy(self)
        settled.seed = self._next_seed()
        return partial(settled.draw, shape, dtype)

    def check(self, shape: tuple[int, ...], dtype: str) -> None:
        """Raise ValueError if values of `shape` and `dtype` cannot be drawn."""
        self.working_dtype(dtype)

    def generator(self) -> np.random.Generator:
        """Make the host's generator for one draw."""
        seed = self._next_seed()
        return stream(*seed) if isinstance(seed, tuple) else host_generator(seed)

    def _next_seed(self) -> int | tuple[int, int]:
        """Return the seed of the next draw, or its stream: the process's seed and a number."""
        if self.seed is None:
            return next_stream()
        if isinstance(self.seed, SeedGenerator):
            low, high = (int(word) for word in engine().to_numpy(self.seed.next()))
            return low | high << 32
        return self.seed

    def working_dtype(self, dtype: str) -> Any:
        """Return the dtype to draw in: float32 for half precision, so that rounding happens once.

        Raises:
            ValueError: `dtype` is not floating.
        """
        if not dtypes.is_float(dtype):
            raise ValueError(
                f"{type(self).__name__} draws floats, not {dtype}. Give a float dtype, or another initializer."
            )
        return np.float64 if dtype == "float64" else np.float32
