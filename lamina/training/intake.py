"""Taking in the data of `fit`, `evaluate` and one batch: arrays that fit, for a model that is prepared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lamina.training.data.arrays import (
    ArrayFeed,
    as_arrays,
    check_count,
    columns_of,
    common_length,
)
from lamina.training.data.batches import StreamFeed, is_batches, refuse_beside_batches
from lamina.training.data.class_weights import with_class_weights
from lamina.training.prepare import as_optimizer, prepare


def take_in(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    what: str = "",
    batch_size: int = 32,
) -> tuple[Any, Any, Any]:
    """Return the data as arrays in the model's structure, and prepare the model for them.

    Args:
        class_weight: becomes part of the sample weights.
        what: before the arguments' names in messages: `"validation "`, or nothing.
        batch_size: samples in a batch.

    Raises:
        ValueError: the data do not fit each other or the model.
    """
    x, y = inputs_of(model, x, f"{what}x"), as_arrays(y, f"{what}y")
    sample_weight = as_arrays(sample_weight, f"{what}sample_weight")
    if x is None:
        raise ValueError(f"There are no data: `{what}x` is None.")
    common_length({f"{what}x": x, f"{what}y": y, f"{what}sample_weight": sample_weight})
    compiled = model.__compiled__
    if y is None and compiled.arguments.loss is not None:
        fix = " `validation_data` must be (x, y) or (x, y, sample_weight)." if what else ""
        raise ValueError(f"A `loss` was compiled, but no `{what}y` is given to compare with.{fix}")
    if class_weight is not None:
        outputs = compiled.outputs
        names = outputs.names if outputs is not None else getattr(model, "output_names", [])
        sample_weight = with_class_weights(y, class_weight, sample_weight, names)
    try:
        data = (model.__bind__(x), y, sample_weight)
        if compiled.optimizer is not model.optimizer:
            compiled = replace(compiled, optimizer=as_optimizer(model.optimizer))
        model.__compiled__ = prepare(model, compiled, data, batch_size)
    except ValueError as error:
        if what:
            error.add_note(f"in the {what.strip()}")
        raise
    return data


def inputs_of(model: Any, x: Any, what: str) -> Any:
    """Return `x` as a tree of arrays; of a DataFrame for named inputs the columns of these names.

    Raises:
        ValueError: something in `x` is not an array of numbers.
    """
    graph = getattr(model, "__graph__", None)
    names = {tensor.name for tensor in graph.inputs} if graph is not None else set()
    if len(names) > 1 and hasattr(x, "iloc") and names <= set(getattr(x, "columns", ())):
        return columns_of(x[sorted(names)], what)
    return as_arrays(x, what)


def open_feed(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    batch_size: int | None = None,
    *,
    class_weight: Any = None,
    what: str = "",
    examine: Callable[..., None] | None = None,
    shuffle: bool | str = False,
    continues: bool = False,
    repeats: bool = False,
) -> ArrayFeed | StreamFeed:
    """Open a feed of arrays, or of something that gives batches, and prepare the model for it.

    Args:
        examine: looks at the values of all that is taken in: `(data, what)`.
        shuffle: a new order of samples, or of batches by number, in every epoch.
        continues, repeats: see `StreamFeed`.

    Raises:
        ValueError: the data do not fit each other or the model.
    """

    def taken_in(x: Any, y: Any, sample_weight: Any) -> Any:
        data = take_in(model, x, y, sample_weight, class_weight, what, batch_size or 32)
        if examine is not None:
            examine(data, what)
        return data

    feed: ArrayFeed | StreamFeed
    if is_batches(x):
        refuse_beside_batches(y=y, sample_weight=sample_weight, batch_size=batch_size)
        feed = StreamFeed(x, taken_in, shuffle, continues, repeats, what)
    else:
        check_count("batch_size", 32 if batch_size is None else batch_size)
        feed = ArrayFeed(*taken_in(x, y, sample_weight), batch_size=batch_size, shuffle=shuffle)
    feed.open()
    return feed
