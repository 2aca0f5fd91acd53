"""`PyDataset`: batches by number, made by workers if making one takes its time."""

from __future__ import annotations

from typing import Any


class PyDataset:
    """Batches by number; subclasses have `__getitem__`, and `__len__` or `num_batches`.

    Args:
        workers: how many batches are made at once; up to 1: one after the other.
        use_multiprocessing: workers are processes, which suits Python code that computes; else threads,
            which suit files and NumPy. Processes get a copy of the data set at the beginning of each
            epoch, and `random` and `np.random` are seeded by the number of each batch there.
        max_queue_size: batches that are made before their turn, where there are workers.

    Example:
        >>> import lamina
        >>> class Squares(lamina.utils.PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...
        ...     def __getitem__(self, number):
        ...         x = np.arange(4.0)[:, None] + 4 * number
        ...         return x, x**2
        >>> model = lamina.Sequential([lamina.layers.Lambda(lambda x: x * 2)])
        >>> model.predict(Squares(workers=2), verbose=0).ravel().tolist()
        [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0]
    """

    # For subclasses that do not call this constructor.
    workers, use_multiprocessing, max_queue_size = 1, False, 10

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        """Return batch number `index`: `x`, `(x, y)` or `(x, y, sample_weight)`."""
        raise NotImplementedError(
            f"{type(self).__name__} must have `__getitem__(self, index)`, which returns a batch."
        )

    @property
    def num_batches(self) -> int | None:
        """The number of batches in an epoch: `len(self)`; a subclass may say `None` if there is none."""
        length = getattr(self, "__len__", None)
        if length is None:
            raise NotImplementedError(
                f"{type(self).__name__} must have `__len__`, or `num_batches` (None: it has no end)."
            )
        return length()

    def on_epoch_begin(self) -> None:
        """Get ready for an epoch; called before its first batch is made."""

    def on_epoch_end(self) -> None:
        """Do what is to be done between two epochs, e.g. shuffle."""
