"""Taking in the data of `fit`, `evaluate` and one batch: arrays that fit, for a model that is prepared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lamina.feeds.arrays import ArrayFeed, as_arrays, check_count, common_length, is_plain
from lamina.feeds.batches import StreamFeed
from lamina.feeds.class_weights import refuse_balance_of_batches, with_class_weights
from lamina.feeds.frames import Columns, is_frame, numbers, parted, read, together
from lamina.feeds.sources import is_batches, source_of
from lamina.feeds.staged import StagedFeed, head, staged
from lamina.layers.weights import flatten_layers
from lamina.training.prepare import as_optimizer, notes_of, prepare


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
    data = in_stages(model, as_data(model, x, y, sample_weight, class_weight, what))
    make_ready(model, data, what, batch_size)
    return data


def in_stages(model: Any, data: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """Return data with what the model's host stage, if it has one, makes of the inputs."""
    stage = model.__host_stage__(data[0])
    return data if stage is None else staged(stage, data)


def as_data(
    model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any = None, what: str = ""
) -> tuple[Any, Any, Any]:
    """Return the data as arrays in the model's structure; this changes nothing, so any thread may do it.

    Raises:
        ValueError: the data do not fit each other, or the loss.
    """
    plain = is_plain(x) and is_plain(y) and sample_weight is None
    if not plain:
        x, y, sample_weight = parted(x, y, sample_weight)
        x, y = inputs_of(model, x, f"{what}x"), as_arrays(y, f"{what}y")
        sample_weight = as_arrays(sample_weight, f"{what}sample_weight")
    if x is None:
        raise ValueError(f"There are no data: `{what}x` is None.")
    if not plain or not len(x) == len(y) > 0:
        common_length({f"{what}x": x, f"{what}y": y, f"{what}sample_weight": sample_weight})
    compiled = model.__compiled__
    if y is None and compiled.arguments.loss is not None:
        fix = " `validation_data` must be (x, y) or (x, y, sample_weight)." if what else ""
        raise ValueError(f"A `loss` was compiled, but no `{what}y` is given to compare with.{fix}")
    if class_weight is not None:
        outputs = compiled.outputs
        names = outputs.names if outputs is not None else getattr(model, "output_names", [])
        sample_weight = with_class_weights(y, class_weight, sample_weight, names)
    return _within(what, model.__bind__, x), y, sample_weight


def make_ready(model: Any, data: Any, what: str, batch_size: int) -> dict[str, Any]:
    """Prepare a compiled model for `data`, as `as_data` returns them; return what is kept about such data.

    Raises:
        ValueError: data, model, losses and metrics do not fit each other.
    """
    compiled = model.__compiled__
    if compiled.optimizer is not model.optimizer:
        compiled = replace(compiled, optimizer=as_optimizer(model.optimizer))
        model.__compiled__ = compiled
    notes = notes_of(model, compiled, data)
    if notes is None:
        model.__compiled__ = _within(what, prepare, model, compiled, data, batch_size)
        notes = notes_of(model, model.__compiled__, data)
    return {} if notes is None else notes


def _within(what: str, fn: Callable[..., Any], *args: Any) -> Any:
    """Call `fn`; say in its error which data it is about."""
    try:
        return fn(*args)
    except ValueError as error:
        if what:
            error.add_note(f"in the {what.strip()}")
        raise


def inputs_of(model: Any, x: Any, what: str) -> Any:
    """Return `x` as a tree of arrays; of a DataFrame for named inputs the columns of these names.

    Raises:
        ValueError: something in `x` is not an array of numbers.
    """
    graph = getattr(model, "__graph__", None)
    strings = model.__takes_strings__()
    try:
        if not is_frame(x):
            return as_arrays(x, what, strings)
        columns = read(x)
        names = {tensor.name for tensor in graph.inputs} if graph is not None else set()
        if len(names) > 1 and names <= columns.keys():
            return numbers(Columns({name: columns[name] for name in sorted(names)}), what, strings)
        return together(numbers(columns, what, strings), what)
    except ValueError as error:
        if "holds strings" in str(error) and graph is None:
            _refuse_texts_in_call(model, error)
        raise


def _refuse_texts_in_call(model: Any, error: ValueError) -> None:
    """Raise ValueError with what to do, if the model's own `call` uses layers that take strings."""
    on_host = [x for x in flatten_layers(model) if getattr(x, "runs_on_host", False)]
    if not on_host:
        return
    names = ", ".join(f"{type(x).__name__} {x.name!r}" for x in on_host)
    raise ValueError(
        f"{error} The `call` of {type(model).__name__} is compiled as it is, and a compiled step has no strings; so "
        f"{names} must work before it. Leave that out of `call`, and let the data pass through it; for a model of "
        "raw strings put both in a row: Sequential([Input((), dtype='string'), layer, model])."
    ) from error


def bound(model: Any, x: Any) -> tuple[Any, Any]:
    """Return `x` as arrays in the structure of the model's inputs, and what of the host stage takes them, if any."""
    if not is_plain(x) or not len(x):
        x = inputs_of(model, x, "x")
        common_length({"x": x})
    x = model.__bind__(x)
    stage = model.__host_stage__(x)
    if stage is not None and stage.tail and model.__predicts_as_usual__():
        stage = stage.to_tail
    return x, stage


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
    data: Any = None,
) -> ArrayFeed | StreamFeed:
    """Open a feed of arrays, or of something that gives batches, and prepare the model for it.

    Args:
        examine: looks at the values of all that is taken in: `(data, what, notes=)`, as `Learner.__examine__` does.
        shuffle: a new order of samples, or of batches by number, in every epoch.
        continues, repeats: see `StreamFeed`.
        data: what `as_data` has made of all this, if it was called.

    Raises:
        ValueError: the data do not fit each other or the model.
    """

    def prepared(data: Any, notes: dict[str, Any] | None = None) -> None:
        if notes is None:
            notes = make_ready(model, data, what, batch_size or 32)
        if examine is not None:
            examine(data, what, notes=notes)

    def taken_in(x: Any, y: Any, sample_weight: Any) -> tuple[Any, bool]:
        data = in_stages(model, as_data(model, x, y, sample_weight, class_weight, what))
        notes = notes_of(model, model.__compiled__, data)
        if notes is not None:
            prepared(data, notes)
        return data, notes is not None

    feed: ArrayFeed | StreamFeed
    if is_batches(x):
        refuse_balance_of_batches(class_weight)
        source = source_of(x, bool(shuffle), batch_size, (y, sample_weight), trains=continues)
        feed = StreamFeed(source, taken_in, prepared, continues, repeats, what)
    else:
        check_count("batch_size", 32 if batch_size is None else batch_size)
        if data is None:
            data = as_data(model, x, y, sample_weight, class_weight, what)
        stage = model.__host_stage__(data[0])
        if stage is None:
            prepared(data)
        else:
            prepared((staged(stage, head(data, batch_size or 32))[0], *data[1:]))
        options: dict[str, Any] = {"batch_size": batch_size, "shuffle": shuffle}
        feed = ArrayFeed(*data, **options) if stage is None else StagedFeed(stage, data, **options)
    feed.open()
    return feed
