"""The part of a model that writes and reads files."""

from __future__ import annotations

import copy
import io
from typing import Any

from lamina.core import registry
from lamina.core.file_errors import FormatError
from lamina.core.tracebacks import shortened
from lamina.export import exporting
from lamina.models import state_tree as trees
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
        **kwargs: Any,
    ) -> None:
        """Write the whole model to a `.keras` file: see `lamina.saving.save_model`."""
        model_files.save_model(self, filepath, overwrite, zipped, include_optimizer, **kwargs)

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

    @shortened
    def export(
        self,
        filepath: Any,
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Write the model as a program for inference that needs no lamina (`docs/serving.md`).

        The model may have been trained on any engine; it stays as it is. What is written is read back by the
        format's own library and compared with the model on batches of 1 and 3 before it takes its place.

        Args:
            filepath: of the file, or of the folder of a SavedModel.
            format: `"tf_saved_model"`, `"onnx"`, `"torch"` (`.pt2`), `"stablehlo"` (JAX), `"litert"` (`.tflite`) or
                `"openvino"` (`.xml`).
            verbose: `False` prints nothing.
            input_signature: shapes and dtypes (`InputSpec`, `KerasTensor`, arrays, ...) in the structure of the
                inputs, where they are to differ from the model's.
            kwargs: `labels`: names of classes, one for each number along the last axis of the output (a dict by
                the outputs' names, where there are several); `preprocessing`: what is done to inputs before, as
                text or data; both are noted in the file. `sample`: inputs to compare with. `stablehlo` takes
                `platforms` (by default `("cpu", "cuda", "tpu")`); `tf_saved_model` takes `options`;
                `onnx` takes `opset` (18 to 20).

        Raises:
            ValueError: the model was not built, has layers that work on the host (texts, tables), changes its
                state in a call, or the written program does not agree with it; then nothing is written.
            FileExistsError: at `filepath` is something else than an export.
            ImportError: the format's library is not installed.
        """
        exporting.export_model(self, filepath, format, verbose, input_signature, **kwargs)

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """Return the values of all weights, and of the optimizer's and the metrics' variables.

        Args:
            value_format: `"backend_tensor"`, arrays of the engine, or `"numpy_array"`.

        Returns:
            A dict of `trainable_variables`, `non_trainable_variables`, `optimizer_variables` and
            `metrics_variables`, each nested dicts by the parts of the variables' paths.

        Raises:
            ValueError: another format.
        """
        return trees.taken(self, value_format)

    def set_state_tree(self, state_tree: dict[str, Any]) -> None:
        """Assign the values that `get_state_tree` returned, or some of them.

        Raises:
            ValueError: a part or a path that the model lacks, or a value of another shape.
        """
        trees.given_back(self, state_tree)

    def to_json(self, **kwargs: Any) -> str:
        """Return the model without its weights as JSON, which `models.model_from_json` reads.

        Args:
            kwargs: for `json.dumps`, such as `indent=2`.
        """
        return configurations.to_json(self, **kwargs)

    # Copies and pickles.

    def __reduce__(self) -> Any:
        """Pickle as a `.keras` file, which the strict loader reads; what data cannot describe, as any object."""
        file = io.BytesIO()
        try:
            with registry.noting(kept=True) as notes:
                self.save(file)
        except (TypeError, ValueError):
            return _new, (type(self),), object.__getstate__(self)
        return unpickled, (file.getvalue(), notes.own)

    def __copy__(self) -> Any:
        return _given(_new(type(self)), object.__getstate__(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        twin = memo[id(self)] = _new(type(self))
        return _given(twin, copy.deepcopy(object.__getstate__(self), memo))


def unpickled(data: bytes, own: dict[str, Any]) -> Any:
    """Return the model that was pickled.

    Args:
        data: a `.keras` file.
        own: classes and functions of the user's that it names.

    Raises:
        LoadError: the data are damaged, or ask for what files may not have.
    """
    if not isinstance(data, bytes):
        raise FormatError(f"A pickled model is made of bytes, not {type(data).__name__}.")
    return model_files.load_model(io.BytesIO(data), custom_objects=own)


def _new(cls: Any) -> Any:
    return cls.__new__(cls)


def _given(twin: Any, state: Any) -> Any:
    """Give `twin` the attributes of an object."""
    attributes, slots = state if isinstance(state, tuple) else (state, {})
    vars(twin).update(attributes or {})
    for name, value in slots.items():
        setattr(twin, name, value)
    return twin
