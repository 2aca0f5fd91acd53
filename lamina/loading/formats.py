"""A data set as another library's: `tf.data`, Grain, or a `DataLoader` of PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.core import optional, tree
from lamina.core.seeds import next_stream
from lamina.loading.dataset import Dataset
from lamina.loading.stages import Samples


def in_format(
    name: str,
    dataset: Dataset,
    samples: Samples,
    batch_size: int | None,
    shuffle: bool,
    seed: int | None,
) -> Any:
    """Return the data set in the format called `name`, with `class_names` and `file_paths`.

    Args:
        dataset: lamina's.
        samples, batch_size, shuffle, seed: what it is made of.
    """
    if name == "lamina":
        return dataset
    if shuffle and seed is None:
        seed = int(np.random.SeedSequence(next_stream()).generate_state(1)[0])
    made = FORMATS[name](dataset, samples, batch_size, seed if shuffle else None)
    for attribute in ("class_names", "file_paths", "skipped"):
        setattr(made, attribute, getattr(dataset, attribute))
    return made


def _as_tensorflow(
    dataset: Dataset, samples: Samples, batch_size: int | None, seed: int | None
) -> Any:
    """A `tf.data.Dataset` of what lamina's gives."""
    tf = optional.load("tensorflow", "tensorflow", "format='tf'")
    example = dataset[0]

    def spec(leaf: Any) -> Any:
        # Only what all batches share: their number of axes, and the channels, which come last.
        fixed = leaf.shape if batch_size is None else leaf.shape[1:]
        if getattr(samples, "varies", False):
            fixed = (*(None for _ in fixed[:-1]), *fixed[-1:])
        dtype = tf.string if leaf.dtype == object else leaf.dtype
        return tf.TensorSpec(fixed if batch_size is None else (None, *fixed), dtype)

    made = tf.data.Dataset.from_generator(
        dataset.as_numpy_iterator, output_signature=tree.map_structure(spec, example)
    )
    return made.apply(tf.data.experimental.assert_cardinality(len(dataset)))


def _as_grain(dataset: Dataset, samples: Samples, batch_size: int | None, seed: int | None) -> Any:
    """A `grain.MapDataset`."""
    grain = optional.load("grain", "grain", "format='grain'")
    made = grain.MapDataset.source(samples)
    if seed is not None:
        made = made.shuffle(seed=seed % 2**32)
    return made if batch_size is None else made.batch(batch_size, batch_fn=samples.collated)


def _as_torch(dataset: Dataset, samples: Samples, batch_size: int | None, seed: int | None) -> Any:
    """A `torch.utils.data.DataLoader`."""
    torch = optional.load("torch", "torch", "format='torch'")
    return torch.utils.data.DataLoader(
        samples,
        batch_size=batch_size,
        shuffle=seed is not None,
        generator=None if seed is None else torch.Generator().manual_seed(seed),
        collate_fn=_Tensors(samples.collated if batch_size is not None else _itself),
    )


class _Tensors:
    """Collates, and makes tensors of PyTorch of arrays of numbers; a worker gets a copy of it."""

    def __init__(self, collate: Callable[[Sequence[Any]], Any]):
        self._collate = collate

    def __call__(self, samples: Sequence[Any]) -> Any:
        return tree.map_structure(_tensor, self._collate(samples))


def _tensor(leaf: Any) -> Any:
    import torch

    is_text = isinstance(leaf, (bytes, str)) or leaf.dtype == object
    return leaf if is_text else torch.from_numpy(np.ascontiguousarray(leaf))


def _itself(sample: Any) -> Any:
    return sample


FORMATS: dict[str, Callable[..., Any]] = {
    "lamina": lambda dataset, *_: dataset,
    "tf": _as_tensorflow,
    "grain": _as_grain,
    "torch": _as_torch,
}
