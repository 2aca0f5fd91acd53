"""Sequences made word by word: `Generator`, and how the next word is chosen (`Greedy`, `Random`, `TopK`, `TopP`)."""

from lamina.generation.generator import Generator as Generator
from lamina.generation.samplers import (
    Greedy as Greedy,
    Random as Random,
    Sampler as Sampler,
    TopK as TopK,
    TopP as TopP,
)

__all__ = ["Generator", "Greedy", "Random", "Sampler", "TopK", "TopP"]
