"""Models as programs that other libraries run: `Model.export`, `ExportArchive`, `load`."""

from lamina.export.archive import ExportArchive as ExportArchive
from lamina.export.loading import load as load
