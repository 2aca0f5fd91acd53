"""PyTorch's data sets: a `DataLoader` gives batches, a `Dataset` only samples."""

from __future__ import annotations

from typing import Any

from lamina.feeds.sources.source import Source


class TorchSamples(Source):
    """A data set without a loader, which is refused."""

    def __init__(self, data: Any, *args: Any, **options: Any):
        raise ValueError(
            f"`x` is a {type(data).__name__}, a torch Dataset: it gives single samples. A loader makes batches of "
            "them: torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True)."
        )
