"""The part of a model that writes and reads files."""

from __future__ import annotations

from typing import Any

from lamina.core.tracebacks import shortened
from lamina.saving import configurations, model_files, weights
from lamina.searching.searcher import Searcher


class Saved(Searcher):
    """A model's methods for files; `lamina.saving` has the functions behind them."""

    @shortened
    def save(
        self,
        filepath: Any,
        overwrite: bool = True,
        zipped: bool | None = None,
        include_optimizer: bool = True,
    ) -> None:
        """Write the whole model to a `.keras` file: see `lamina.saving.save_model`."""
        model_files.save_model(self, filepath, overwrite, zipped, include_optimizer)

    @shortened
    def save_weights(
        self, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None
    ) -> None:
        """Write all weights (and the optimizer's state) to a file: see `lamina.saving.save_weights`."""
        weights.save_weights(self, filepath, overwrite, max_shard_size)

    @shortened
    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Read weights that `save_weights`, or Keras, wrote: see `lamina.saving.load_weights`."""
        weights.load_weights(self, filepath, skip_mismatch, **kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """Return the model without its weights as JSON, which `models.model_from_json` reads.

        Args:
            kwargs: for `json.dumps`, such as `indent=2`.
        """
        return configurations.to_json(self, **kwargs)
