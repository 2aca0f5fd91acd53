"""How the next word is chosen from its logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from lamina import ops
from lamina.ops import random


class Sampler(Protocol):
    """Anything that chooses words; a function of the user's own will do."""

    def __call__(self, logits: Any, key: Any) -> Any:
        """Choose a word for each row: `(batch, words)` to `(batch,)`, int32.

        `key` is new for every position: hand it to one op of `lamina.random` as its `seed`.
        """
        ...


@dataclass(frozen=True)
class Greedy:
    """Takes the most likely word.

    Example:
        >>> Greedy()(np.array([[0.0, 2.0, 1.0]]), None).tolist()
        [1]
    """

    def __call__(self, logits: Any, key: Any) -> Any:
        """Choose a word for each row."""
        return ops.cast(ops.argmax(logits, axis=-1), "int32")


@dataclass(frozen=True)
class Random:
    """Draws from `softmax(logits / temperature)`.

    Args:
        temperature: positive; below 1 likely words become likelier.

    Raises:
        ValueError: the temperature is not positive.

    Example:
        >>> Random(temperature=0.5)(np.array([[0.0, 100.0]]), 1).tolist()
        [1]
    """

    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a temperature without meaning."""
        if not self.temperature > 0:
            raise ValueError(
                f"{type(self).__name__}: `temperature` must be positive, not {self.temperature!r}; Greedy() takes "
                "the most likely word."
            )

    def __call__(self, logits: Any, key: Any) -> Any:
        """Choose a word for each row."""
        return random.categorical(ops.divide(logits, self.temperature), 1, seed=key)[:, 0]


@dataclass(frozen=True)
class TopK(Random):
    """Draws among the `k` most likely words.

    Args:
        temperature: as for `Random`.
        k: number of words, at least 1; all if there are fewer.

    Source: Fan et al. 2018, "Hierarchical neural story generation".

    Example:
        >>> TopK(k=1)(np.array([[0.0, 2.0, 1.0]]), 1).tolist()
        [1]
    """

    k: int = 5

    def __post_init__(self) -> None:
        """Refuse a number of words without meaning."""
        super().__post_init__()
        if isinstance(self.k, bool) or not isinstance(self.k, int) or self.k < 1:
            raise ValueError(f"TopK: `k` must be a positive integer, not {self.k!r}.")

    def __call__(self, logits: Any, key: Any) -> Any:
        """Choose a word for each row."""
        values, words = ops.top_k(logits, min(self.k, logits.shape[-1]))
        return _of(words, super().__call__(values, key))


@dataclass(frozen=True)
class TopP(Random):
    """Draws among the fewest words whose probabilities add up to `p`; the most likely is always among them.

    Args:
        temperature: as for `Random`; it is applied first.
        p: a probability, above 0 and at most 1.

    Source: Holtzman et al. 2020, "The curious case of neural text degeneration" (nucleus sampling).

    Example:
        >>> TopP(p=0.5)(np.array([[0.0, 2.0, 1.0]]), 1).tolist()
        [1]
    """

    p: float = 0.9

    def __post_init__(self) -> None:
        """Refuse what is not a probability."""
        super().__post_init__()
        if not 0 < self.p <= 1:
            raise ValueError(f"TopP: `p` must be above 0 and at most 1, not {self.p!r}.")

    def __call__(self, logits: Any, key: Any) -> Any:
        """Choose a word for each row."""
        values, words = ops.top_k(logits, logits.shape[-1])  # in descending order
        likely = ops.softmax(ops.divide(values, self.temperature), axis=-1)
        before = ops.subtract(ops.cumsum(likely, axis=-1), likely)
        kept = ops.where(ops.less(before, self.p), values, -1e9)
        return _of(words, super().__call__(kept, key))


def _of(words: Any, places: Any) -> Any:
    """Return the words at these places of each row."""
    chosen = ops.take_along_axis(words, ops.expand_dims(places, -1), axis=-1)
    return ops.cast(chosen[:, 0], "int32")


BY_NAME: dict[str, Sampler] = {
    "greedy": Greedy(),
    "random": Random(),
    "top_k": TopK(),
    "top_p": TopP(),
}
