"""Event files read back."""

from __future__ import annotations

from pathlib import Path

from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.util import tensor_util


def read(folder: Path) -> EventAccumulator:
    """All that the event files of a folder hold, nothing left out."""
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    return events.Reload()


def tensors(folder: Path, plugin: str) -> dict[tuple[str, int], object]:
    """The arrays that a plugin shows, by tag and step."""
    events = read(folder)
    return {
        (tag, event.step): tensor_util.make_ndarray(event.tensor_proto)
        for tag in events.Tags()["tensors"]
        if events.SummaryMetadata(tag).plugin_data.plugin_name == plugin
        for event in events.Tensors(tag)
    }


def scalars(folder: Path) -> dict[tuple[str, int], float]:
    return {key: float(value) for key, value in tensors(folder, "scalars").items()}
