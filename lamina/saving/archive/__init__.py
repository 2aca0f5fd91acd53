"""Zip archives, the containers of `.keras` and `.npz` files: a strict reader, and a writer in place."""

from lamina.saving.archive.names import in_arrays as in_arrays, in_model as in_model
from lamina.saving.archive.reading import ArchiveReader as ArchiveReader
from lamina.saving.archive.writing import ArchiveWriter as ArchiveWriter
