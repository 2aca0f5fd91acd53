"""One seed, one sequence of draws, the same on every engine; and where in the sequence a program is.

Two kinds of randomness live here. *Host* draws (initial weights, batch order) come from NumPy's
Philox, a counter-based generator: stream number n of seed s is `Philox(key=(s, n))`, so nothing is
shared or advanced by accident. *Engine* draws (dropout) come from an explicit key that a
`SeedGenerator` hands out and counts up; the key is part of the model's state.

Where a program stands is a few integers, which can be read, written to a file and set again:

- `position()` and `set_position(...)`: the process's seed, the number of the next stream, and the key
  of the random ops that are given no seed.
- `Cursor`: one run over data. It takes one stream of the process when it begins; the order of each of
  its epochs is a pure function of its numbers (`order`), however many streams others take meanwhile.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox).
"""

from __future__ import annotations

import random as python_random
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lamina.core import naming, registry
from lamina.core.foreign import of_keras
from lamina.core.plan import TAKEN_BACK
from lamina.core.scope import name_scope, stateless
from lamina.core.tracking import Holder
from lamina.core.variable import Variable
from lamina.engine.current import engine

_WORD = 2**32


class Position(NamedTuple):
    """Where the process's random draws stand, in plain integers."""

    seed: int
    stream: int
    """Number of the stream that the next host draw takes."""
    key: tuple[int, int] | None = None
    """The next key of random ops without a seed; `None` if there was no such op yet."""


_lock = threading.Lock()
_seed, _stream = secrets.randbits(63), 0
_attempt: ContextVar[list[tuple[int, int]] | None] = ContextVar(
    "attempt", default=None
)  # its streams


def set_random_seed(seed: int) -> None:
    """Seed Python's `random`, NumPy's legacy generator, and everything that lamina draws.

    Args:
        seed: an integer from 0 to 2**32 - 1.

    Raises:
        ValueError: `seed` is not such an integer.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < _WORD:
        raise ValueError(f"`seed` must be an integer from 0 to 2**32 - 1, not {seed!r}.")
    python_random.seed(int(seed))
    np.random.seed(int(seed))  # users' own NumPy code is seeded, too
    set_position(Position(int(seed), 0))


def position() -> Position:
    """Return where the process's random draws stand; `set_position` goes back there.

    Example:
        >>> from lamina.core import seeds
        >>> here = seeds.position()
        >>> first = seeds.host_generator().random()
        >>> seeds.set_position(here)
        >>> seeds.host_generator().random() == first
        True
    """
    key = None if _default_generator is None else tuple(_default_generator.state.numpy().tolist())
    with _lock:
        return Position(_seed, _stream, key)


def set_position(to: Position) -> None:
    """Let the draws that follow be those that followed when `position()` returned `to`.

    Raises:
        ValueError: a number is negative or not an integer.
    """
    global _seed, _stream, _default_generator
    seed, stream, key = Position(*to)
    for number in (seed, stream, *(key or ())):
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise ValueError(f"A position holds non-negative integers, not {number!r}: {to!r}.")
    with _lock:
        _seed, _stream = seed, stream
    if key is None:
        _default_generator = None
    else:
        if _default_generator is None:
            _default_generator = SeedGenerator(0, name=_DEFAULT_NAME)
        _default_generator.state.assign(np.array(key, "uint32"))


def next_stream() -> tuple[int, int]:
    """Return a key `(seed, number)` that no earlier call since `set_random_seed` has returned."""
    global _stream
    with _lock:
        taken = _seed, _stream
        _stream += 1
    if (attempt := _attempt.get()) is not None:
        attempt.append(taken)
    return taken


@contextmanager
def taken_back_on_error() -> Iterator[None]:
    """Take back the streams that are drawn from within, if there is an error.

    They stay taken if another thread has drawn meanwhile.
    """
    global _stream, _default_generator
    outer, attempt = _attempt.get(), list[tuple[int, int]]()
    token, generator = _attempt.set(attempt), _default_generator
    try:
        yield
    except BaseException:
        with _lock:
            first = _stream - len(attempt)
            if attempt == [(_seed, first + i) for i in range(len(attempt))]:
                _stream, _default_generator = first, generator
        raise
    finally:
        _attempt.reset(token)
    if outer is not None:
        outer += attempt


def stream(seed: int, number: int, epoch: int = 0) -> np.random.Generator:
    """Return stream `number` of `seed`, at the beginning of its part `epoch`. Pure.

    The parts of a stream do not overlap: `epoch` is the highest word of Philox's 256-bit counter.
    """
    # Number 0 is for explicit seeds (`host_generator`), so the process's streams begin with 1.
    key = np.array([seed, number + 1], "uint64")
    return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, epoch]))


def host_generator(seed: int | None = None) -> np.random.Generator:
    """Return a NumPy generator: of `seed`, always the same; without, of the next stream."""
    return stream(*next_stream()) if seed is None else stream(seed, -1)


def order(seed: int, number: int, epoch: int, samples: int, block: int = 1) -> np.ndarray:
    """Return the indices of `samples` samples in the order of an epoch, shape `(samples,)`, int32. Pure.

    Args:
        seed, number: the stream (`next_stream`, or a `Cursor`'s `seed` and `stream`).
        epoch: number of the epoch, from 0.
        samples: number of samples.
        block: samples that stay together; those after the last whole block keep their places.

    Example:
        >>> from lamina.core import seeds
        >>> seeds.order(7, 0, epoch=0, samples=5).tolist() == seeds.order(7, 0, 0, 5).tolist()
        True
    """
    generator = stream(seed, number, epoch)
    if block == 1:
        return generator.permutation(samples).astype(np.int32)  # faster than to shuffle int32
    indices = np.arange(samples, dtype=np.int32)
    whole = samples // block * block
    blocks = generator.permutation(indices[:whole].reshape(-1, block))
    return np.concatenate([blocks.ravel(), indices[whole:]])


@dataclass
class Cursor:
    """Where a run over data stands: four plain integers, to be read and set like any attribute.

    Whoever runs over data makes one (`Cursor.begin()`), asks it for the `order` of the epoch, counts
    `step` up after each batch and calls `next_epoch()` after the last. Saved are `vars(cursor)`; a run
    goes on from `Cursor(**saved)`: skip `step` batches of `order(...)`, then take the rest.

    Args:
        seed, stream: which draws; `begin` takes the process's next.
        epoch: number of the epoch, from 0.
        step: number of batches of this epoch that are done.

    Example:
        >>> from lamina.core.seeds import Cursor
        >>> cursor = Cursor(seed=7, stream=0)
        >>> cursor.next_epoch()
        >>> cursor.step += 2
        >>> vars(cursor)
        {'seed': 7, 'stream': 0, 'epoch': 1, 'step': 2}
        >>> bool((Cursor(**vars(cursor)).order(10) == cursor.order(10)).all())
        True
    """

    seed: int
    stream: int
    epoch: int = 0
    step: int = 0

    @classmethod
    def begin(cls) -> Cursor:
        """Return the beginning of a new run, on the process's next stream."""
        return cls(*next_stream())

    def order(self, samples: int, block: int = 1) -> np.ndarray:
        """Return the order of this epoch (see `seeds.order`); it does not depend on `step`."""
        return order(self.seed, self.stream, self.epoch, samples, block)

    def next_epoch(self) -> None:
        """Go to the beginning of the next epoch."""
        self.epoch, self.step = self.epoch + 1, 0


class SeedGenerator(Holder):
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
        self.state.is_state = True

    def next(self, ordered: bool = True) -> Any:
        """Return a key that this generator has not returned before: a native uint32 array `(2,)`.

        Raises:
            ValueError: a trace such as `jax.jit` is running, which the count would not survive (a
                `tf.function` it does).
        """
        source = key_source.get()
        return self.advance() if source is None else source(self)

    def advance(self) -> Any:
        """Do what `next` does, from the generator's own count, whatever the source of keys."""
        key = self.state.value
        e = engine()
        following = e.add(key, e.asarray(np.array([0, 1], "uint32")))
        survives = e.records is not None and e.records()  # a native variable holds the state then
        if stateless.get() is None and e.is_traced(following) and not survives:
            raise ValueError(
                f"A random op draws from the seed generator {self.name!r} within a trace such as jax.jit. "
                "The trace would make the key a constant, and each call would draw the same "
                "numbers. Draw outside and hand the numbers in; give the op an integer `seed=` if a "
                "constant is meant; or call the layer by `stateless_call`, which takes the state and returns it."
            )
        self.state.assign(following)
        return key

    def get_config(self) -> dict[str, Any]:
        """Return seed and name; the count is state, not configuration."""
        return {"seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Make the generator that `get_config` describes."""
        return registry.make(cls, config)


key_source: ContextVar[Callable[[SeedGenerator], Any] | None] = ContextVar(
    "key_source", default=None
)
"""What gives the keys instead of the generators' own counts, where those would not do."""

TAKEN_BACK.append(taken_back_on_error)
registry.Shelf("random", "seed generator", {"SeedGenerator": SeedGenerator})
_DEFAULT_NAME = "global_seed_generator"
_default_generator: SeedGenerator | None = None


def default_generator() -> SeedGenerator:
    """Return the generator of the random ops that are given no seed."""
    global _default_generator
    if _default_generator is None:
        _default_generator = SeedGenerator(name=_DEFAULT_NAME)
    return _default_generator


def key_of(seed: Any) -> Any:
    """Return the native key for a random op's `seed`: an int is a key itself, the same each time.

    A key that `SeedGenerator.next` returned is taken as it is.
    """
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is None:
        return default_generator().next()
    if isinstance(seed, engine().array_types) and tuple(seed.shape) == (2,):
        return seed
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(
            f"`seed` must be an integer, a SeedGenerator or None, not {seed!r}.{of_keras(seed)}"
        )
    return engine().asarray(np.array([seed % _WORD, 0], "uint32"))
