"""`EventWriter`: TensorBoard's event files, without TensorFlow.

A file is a row of records (length, checksum, an `Event` in protocol buffers); the package `tensorboard`
brings the records and the messages. Its own `EventFileWriter` would import TensorFlow where that is
installed, which takes seconds.
"""

import itertools
import os
import socket
import struct
import time
import weakref
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lamina.core import optional
from lamina.ops.core import convert_to_numpy

_BINS = 30  # of a histogram, as TensorBoard draws it
_numbers = itertools.count()  # of the files of this process


class EventWriter:
    """Writes scalars, histograms, images, texts and graphs for TensorBoard into one folder.

    The file is made with the first thing that is written.

    Args:
        log_dir: the folder; TensorBoard calls it a run.

    Raises:
        ImportError: the package `tensorboard` is not installed; it comes with the extra of that name.

    Example:
        >>> import tempfile
        >>> from lamina.callbacks import EventWriter
        >>> writer = EventWriter(tempfile.mkdtemp())
        >>> writer.scalar("temperature", 21.5, step=0)
        >>> writer.scalars(1, {"temperature": 22.0, "pressure": 1.0})
        >>> writer.close()
    """

    def __init__(self, log_dir: str | os.PathLike[str]):
        self.log_dir = Path(log_dir)
        self._records: Any = None
        load = optional.load
        self._tensors = load("tensorboard.util.tensor_util", "tensorboard", "A TensorBoard log")
        self._messages = load("tensorboard.compat.proto.event_pb2", "tensorboard", "")
        self._summaries = load("tensorboard.compat.proto.summary_pb2", "tensorboard", "")

    def scalars(self, step: int, values: Mapping[str, Any]) -> None:
        """Write one number for each name. What is not a single number is left out."""
        for name, value in values.items():
            if np.ndim(value) == 0:
                self.scalar(name, value, step)

    def scalar(self, name: str, value: Any, step: int) -> None:
        """Write a number, or a scalar of any engine."""
        kind = self._summaries.DATA_CLASS_SCALAR
        self._summary(name, step, "scalars", kind, np.float32(_array(value)))

    def histogram(self, name: str, values: Any, step: int) -> None:
        """Write how the finite ones among `values`, of any shape, are distributed."""
        flat = _array(values).astype("float64").ravel()
        counts, edges = np.histogram(flat[np.isfinite(flat)], _BINS)
        bars = np.stack([edges[:-1], edges[1:], counts.astype("float64")], axis=1)
        self._summary(name, step, "histograms", self._summaries.DATA_CLASS_TENSOR, bars)

    def image(self, name: str, images: Any, step: int) -> None:
        """Write pictures `(height, width)`, `(height, width, channels)` or `(n, height, width, channels)`.

        Channels are 1, 3 or 4. Floats go from 0 to 1, integers from 0 to 255.

        Raises:
            ValueError: another shape.
        """
        images = _array(images)
        if images.ndim in (2, 3):
            images = (images[..., None] if images.ndim == 2 else images)[None]
        if images.ndim != 4 or images.shape[-1] not in (1, 3, 4):
            raise ValueError(
                f"EventWriter.image: {name!r} must have the shape (height, width), (height, width, "
                "channels) or (n, height, width, channels) with 1, 3 or 4 channels, but has "
                f"{images.shape}."
            )
        if images.dtype.kind == "f":
            images = np.rint(np.clip(np.nan_to_num(images), 0, 1) * 255)
        height, width = images.shape[1:3]
        texts = [str(width).encode(), str(height).encode()]
        texts += [_png(image) for image in images.astype("uint8")]
        kind = self._summaries.DATA_CLASS_BLOB_SEQUENCE
        self._summary(name, step, "images", kind, np.array(texts, object))

    def text(self, name: str, text: str, step: int) -> None:
        """Write a text, in Markdown."""
        kind = self._summaries.DATA_CLASS_TENSOR
        self._summary(name, step, "text", kind, np.array([text.encode()], object))

    def graph(self, graph: Any) -> None:
        """Write a graph, a `GraphDef` of protocol buffers."""
        self.event(graph_def=graph.SerializeToString())

    def begin_again(self, step: int) -> None:
        """Let TensorBoard forget what earlier files of the folder say of `step` and later ones."""
        start = self._messages.SessionLog(status=self._messages.SessionLog.START)
        for _ in range(2):  # the first one of a folder is taken for its very beginning
            self.event(step=step, session_log=start)

    def flush(self) -> None:
        """Write to the disk what is still in memory."""
        if self._records is not None:
            self._records.flush()

    def close(self) -> None:
        """Close the file; the next thing that is written begins another."""
        if self._records is not None:
            self._records.close()
            self._records = None

    def event(self, **fields: Any) -> None:
        """Write an `Event` with these fields and the time."""
        if self._records is None:
            self._records = self._open()
        event = self._messages.Event(wall_time=time.time(), **fields)
        self._records.write(event.SerializeToString())

    def _open(self) -> Any:
        load = optional.load
        records = load(
            "tensorboard.summary.writer.record_writer", "tensorboard", "A TensorBoard log"
        )
        self.log_dir.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads the files of a folder in the order of their names.
        place = f"{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers):06d}"
        file = (self.log_dir / f"events.out.tfevents.{place}.v2").open("ab")
        weakref.finalize(self, file.close)  # where a run is broken off nobody calls `close`
        writer = records.RecordWriter(file)
        first = self._messages.Event(wall_time=time.time(), file_version="brain.Event:2")
        writer.write(first.SerializeToString())
        return writer

    def _summary(self, name: str, step: int, plugin: str, kind: Any, tensor: Any) -> None:
        messages = self._summaries
        data = messages.SummaryMetadata.PluginData(plugin_name=plugin)
        metadata = messages.SummaryMetadata(plugin_data=data, data_class=kind)
        value = messages.Summary.Value(
            tag=name, metadata=metadata, tensor=self._tensors.make_tensor_proto(tensor)
        )
        self.event(step=step, summary=messages.Summary(value=[value]))


def _array(value: Any) -> np.ndarray:
    return np.asarray(convert_to_numpy(value))


def _png(image: np.ndarray) -> bytes:
    """Return `(height, width, channels)` of uint8 as a PNG file (ISO/IEC 15948), without filters."""
    height, width, channels = image.shape
    colour = {1: 0, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
