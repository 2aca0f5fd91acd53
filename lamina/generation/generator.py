"""`Generator`: the loop that asks a model for one word after the other, compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lamina import ops
from lamina.core.naming import described
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import engine
from lamina.generation.prompts import arranged, room
from lamina.generation.samplers import BY_NAME, Sampler
from lamina.layers.attention.kv_cache import written_over
from lamina.training.runner import CallRunner


class _State(NamedTuple):
    """What changes from word to word."""

    words: Any  # (batch, max_length)
    position: Any  # the next to be chosen
    is_done: Any  # (batch,)
    cache: Any  # None without


class Generator:
    """Continues prompts with a model that gives logits of the next word.

    A model that has these two methods computes every position once, and keeps keys and values in a cache:

        model.make_cache(batch, length) -> cache, a tree of tensors
        model.call_with_cache(words, cache, cache_update_index) -> (logits, cache)

    where `words` `(batch, positions)` stand at `cache_update_index` and after it, and logits have the shape
    `(batch, positions, number of words)`. (What stands between the two results, as in KerasHub, is left alone.)
    Any other model is called with all positions for each word: `model(words) -> logits`, words after the present
    one are padding, so it must be causal.

    Prompt and answers run as one program for each size (on JAX and TensorFlow; on PyTorch a recorded step in a
    loop), made on the first call, which ends when all rows have reached the end token or `max_length`.

    Args:
        model: as above.
        sampler: `"greedy"`, `"random"`, `"top_k"`, `"top_p"`, or an object of `lamina.generation`, or a function
            `(logits, key) -> words`.
        end_token: the word after which a row is padded; `None` if there is none.
        pad_token: what it is padded with.

    Raises:
        ValueError: there is no sampler of that name.

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.layers.Embedding(7, 8), lamina.layers.Dense(7)])
        >>> generate = lamina.generation.Generator(model, sampler="top_k")
        >>> generate([[1, 2], [3]], max_length=6, seed=1).shape
        (2, 6)
    """

    def __init__(
        self,
        model: Any,
        sampler: str | Sampler = "greedy",
        end_token: int | None = None,
        pad_token: int = 0,
    ) -> None:
        if isinstance(sampler, str) and sampler not in BY_NAME:
            raise ValueError(
                f"There is no sampler {sampler!r}; there are {', '.join(map(repr, BY_NAME))}, and any function of "
                "logits and a key."
            )
        self.model, self.end_token, self.pad_token = model, end_token, pad_token
        self.sampler = BY_NAME[sampler] if isinstance(sampler, str) else sampler
        self.is_cached = hasattr(model, "call_with_cache")
        self._programs: dict[tuple, CallRunner] = {}

    def __call__(self, prompts: Any, max_length: int, seed: int = 0) -> np.ndarray:
        """Return prompts and answers, `(batch, max_length)`, int32; `(max_length,)` for one prompt.

        Args:
            prompts: integers `(batch, length)` or `(length,)`, or a list of lists of different lengths.
            max_length: of prompt and answer together.
            seed: the same draws for the same seed, on the same engine.

        Raises:
            ValueError: a prompt is empty or too long, or its words are not integers.
        """
        words, lengths, is_one = arranged(prompts, max_length, self.pad_token)
        first = lengths.min()
        at_once = room(int(lengths.max()), max_length) if self.is_cached else 0
        given = words, lengths, np.uint32(seed % 2**32).reshape(1), np.int32(first)
        if engine().compiles_by_shape:
            result = self._program(self._whole, at_once=at_once)(given)
        else:
            result = self._in_python(given, at_once)
        result = ops.convert_to_numpy(result)
        return result[0] if is_one else result

    def _program(self, part: Callable[..., Any], **options: Any) -> CallRunner:
        """Return a part of the loop, compiled: all of it, or its beginning and a step where loops run in Python."""
        key = engine().name, part.__name__, *options.values()
        if key not in self._programs:
            self._programs[key] = CallRunner(
                lambda given: part(*given, **options), self.model.variables, [self.model], False
            )
        return self._programs[key]

    def _in_python(self, given: tuple, at_once: int) -> Any:
        begin = self._program(self._begin, at_once=at_once)
        advance = self._program(self._advance)
        state, lengths, seed = begin(given)
        for _ in range(int(given[3]), given[0].shape[1]):
            state = advance((state, lengths, seed))
            if self.end_token is not None and bool(ops.all(state.is_done)):
                break
        return state.words

    def _whole(self, *given: Any, at_once: int) -> Any:
        state, lengths, seed = self._begin(*given, at_once=at_once)
        last = state.words.shape[1]

        def goes_on(state: _State) -> Any:
            return ops.logical_and(
                ops.less(state.position, last), ops.logical_not(ops.all(state.is_done))
            )

        [state] = ops.while_loop(goes_on, lambda s: (self._advance(s, lengths, seed),), (state,))
        return state.words

    def _begin(self, words: Any, lengths: Any, seed: Any, first: Any, at_once: int) -> tuple:
        """Take the prompts in; where they are shorter than `at_once`, what is cached is written over later."""
        batch, max_length = words.shape
        cache = None
        if self.is_cached:
            cache = self.model.make_cache(batch, max_length)
            cache = self._called(words[:, :at_once], cache, 0)[1]
        return _State(words, first, ops.zeros((batch,), "bool"), cache), lengths, seed

    def _advance(self, state: _State, lengths: Any, seed: Any) -> _State:
        """Choose the words of one position."""
        words, position, is_done, cache = state
        before = ops.subtract(position, 1)
        if self.is_cached:
            token = written_over.set(True)  # the caches before are dropped
            try:
                logits, cache = self._called(_column(words, before), cache, before)
            finally:
                written_over.reset(token)
            logits = logits[:, 0]
        else:
            logits = ops.take(self.model(words), before, axis=1)
        key = ops.concatenate([seed, ops.reshape(ops.cast(position, "uint32"), (1,))])
        chosen = self.sampler(logits, key)
        chosen = ops.where(is_done, self.pad_token, ops.cast(chosen, "int32"))
        is_prompt = ops.less(position, lengths)
        chosen = ops.where(is_prompt, _column(words, position)[:, 0], chosen)
        if self.end_token is not None:
            ends = ops.logical_and(ops.equal(chosen, self.end_token), ops.logical_not(is_prompt))
            is_done = ops.logical_or(is_done, ends)
        words = ops.slice_update(words, (0, position), ops.expand_dims(chosen, 1))
        return _State(words, ops.add(position, 1), is_done, cache)

    def _called(self, words: Any, cache: Any, position: Any) -> tuple[Any, Any]:
        logits, *_, cache = self.model.call_with_cache(words, cache, position)
        if len(logits.shape) != 3 or isinstance(logits, KerasTensor):
            raise ValueError(
                f"{described(self.model)}: `call_with_cache` must return logits (batch, positions, words) and the "
                f"cache, but the first is of shape {tuple(logits.shape)}."
            )
        return logits, cache


def _column(words: Any, position: Any) -> Any:
    """`(batch, 1)`: the words at a position."""
    return ops.slice(words, (0, position), (words.shape[0], 1))
