"""Looking into files: what they hold, how two of them differ. Nothing is built, nothing is run."""

from lamina.saving.looking.differences import (
    FileDifferences as FileDifferences,
    compare_files as compare_files,
)
from lamina.saving.looking.inspecting import inspect_model as inspect_model
from lamina.saving.looking.report import (
    FileReport as FileReport,
    LayerReport as LayerReport,
    Problem as Problem,
    WeightReport as WeightReport,
)
