"""One seed, one sequence of draws, the same on every engine.

Two kinds of randomness live here. *Host* draws (initial weights, batch order) come from NumPy's
Philox, a counter-based generator: stream number n of seed s is `Philox(key=(s, n))`, so nothing is
shared or advanced by accident. *Engine* draws (dropout) come from an explicit key that a
`SeedGenerator` hands out and counts up; the key is part of the model's state.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox).
"""

from __future__ import annotations

import itertools
import random as python_random
import secrets
from typing import Any

import numpy as np

from lamina.core import naming
from lamina.core.scope import name_scope
from lamina.core.variable import Variable
from lamina.engine.current import engine

_WORD = 2**32


class _Streams:
    """The process's seed and the number of the next stream."""

    def __init__(self, seed: int):
        self.seed = seed
        self.numbers = itertools.count()


_streams = _Streams(secrets.randbits(63))


def set_random_seed(seed: int) -> None:
    """Seed Python's `random`, NumPy's legacy generator, and everything that lamina draws.

    Args:
        seed: an integer from 0 to 2**32 - 1.

    Raises:
        ValueError: `seed` is no such integer.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < _WORD:
        raise ValueError(f"`seed` must be an integer from 0 to 2**32 - 1, not {seed!r}.")
    global _streams
    python_random.seed(int(seed))
    np.random.seed(int(seed))  # users' own NumPy code is seeded, too
    _streams = _Streams(int(seed))
    global _default_generator
    _default_generator = None


def next_stream() -> tuple[int, int]:
    """A key `(seed, number)` that no earlier call since `set_random_seed` has given."""
    return _streams.seed, next(_streams.numbers)


def host_generator(seed: int | None = None) -> np.random.Generator:
    """A NumPy generator: of stream `seed`, always the same; without, of the next stream."""
    key = (seed, 0) if seed is not None else next_stream()
    # The second word tells explicit seeds (0) from streams of the process (1 and up).
    return np.random.Generator(
        np.random.Philox(key=np.array([key[0], key[1] + (seed is None)], "uint64"))
    )


class SeedGenerator:
    """Hands out keys for random ops and counts them, in a variable of its own.

    Args:
        seed: an integer; `None` takes one from the process's stream (`utils.set_random_seed`).
        name: of the generator, for the path of its variable.

    Example:
        >>> import lamina
        >>> generator = lamina.random.SeedGenerator(seed=1)
        >>> a = lamina.random.uniform((2,), seed=generator)
        >>> b = lamina.random.uniform((2,), seed=generator)
        >>> bool((a == b).all())
        False
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any):
        if kwargs:
            raise ValueError(f"SeedGenerator takes `seed` and `name`, not {sorted(kwargs)}.")
        if seed is None:
            seed = int(host_generator().integers(0, _WORD))
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
            raise ValueError(f"`seed` must be a non-negative integer or None, not {seed!r}.")
        self.seed = int(seed)
        self.name = name or naming.auto_name("seed_generator")
        with name_scope(self.name):
            self.state = Variable(
                np.array([self.seed % _WORD, 0], "uint32"),
                dtype="uint32",
                trainable=False,
                autocast=False,
                aggregation="only_first_replica",
                name="seed_generator_state",
            )

    def next(self, ordered: bool = True) -> Any:
        """A key that this generator has not given before: a native uint32 array `(2,)`."""
        key = self.state.value
        e = engine()
        self.state.assign(e.add(key, e.asarray(np.array([0, 1], "uint32"))))
        return key

    def get_config(self) -> dict[str, Any]:
        """Seed and name; the count is state, not configuration."""
        return {"seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """The generator that `get_config` describes."""
        return cls(**config)


_default_generator: SeedGenerator | None = None


def default_generator() -> SeedGenerator:
    """The generator behind random ops that are given no seed."""
    global _default_generator
    if _default_generator is None:
        _default_generator = SeedGenerator(name="global_seed_generator")
    return _default_generator


def key_of(seed: Any) -> Any:
    """The native key for a random op's `seed` argument: an int is a key itself, the same each time.

    A key that `SeedGenerator.next` gave is taken as it is.
    """
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is None:
        return default_generator().next()
    if isinstance(seed, engine().array_types) and tuple(seed.shape) == (2,):
        return seed
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(f"`seed` must be an integer, a SeedGenerator or None, not {seed!r}.")
    return engine().asarray(np.array([seed % _WORD, 0], "uint32"))
