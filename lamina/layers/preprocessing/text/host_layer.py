"""`HostLayer`: a layer that NumPy computes on the host, before anything is compiled."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, ClassVar

import numpy as np

from lamina.core import tree
from lamina.core.op import to_native
from lamina.core.scope import stateless
from lamina.core.sparse import Sparse
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import to_host
from lamina.layers.call_context import current
from lamina.layers.elsewhere import elsewhere, in_pipeline, is_in_graph
from lamina.layers.operation import has_symbolic
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer
from lamina.strings.texts import is_text, to_array


class HostLayer(PreprocessingLayer):
    """A layer on strings or whole numbers that works in NumPy, whatever the engine.

    Subclasses write `on_host(array) -> array` and `compute_output_spec(inputs)`. Numbers come out as
    native arrays, strings as NumPy's; in a `tf.data` map both are TensorFlow's tensors.
    """

    runs_on_host: ClassVar[bool] = True
    """Whether a model runs this layer in its feed, before the compiled step."""

    takes: ClassVar[str] = "string"
    """The dtype of the input of a Sequential model that begins with the layer, where nothing states it."""

    takes_complex: ClassVar[bool] = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs on the host; KerasTensors give KerasTensors."""
        if has_symbolic(args, kwargs):
            return super().__call__(*args, **kwargs)
        kwargs.pop("training", None)
        given = [self.taken(x) for x in (*args, *kwargs.values())]
        self.built = True
        place = elsewhere(self, tuple(given), {})
        with nullcontext() if place is None else place:
            outputs = self.call(*given)
        context = current.get()
        if context is not None and context.watch is not None:
            outputs = context.watch(self, outputs)
        return outputs

    def taken(self, x: Any) -> Any:
        """Return an argument of the call as a NumPy array; tensors in a graph of TensorFlow stay.

        Raises:
            TypeError: it is a tensor within a compiled step.
        """
        is_open = stateless.get() is None or in_pipeline()
        if isinstance(x, np.ndarray) or (is_in_graph(x) and is_open):
            return x
        try:
            if stateless.get() is not None and hasattr(x, "shape"):
                raise TypeError("A compiled step has no values.")
            return to_array(to_host(x))
        except Exception as error:
            if stateless.get() is None:
                raise
            raise TypeError(
                f"{type(self).__name__} {self.name!r} works on the host, but it was called within a compiled step, "
                "where there are no values for it. Move it into the data, data.map(layer) or "
                "layer(x) before `fit`; or make a functional model that begins with it, which lamina cuts behind it. "
                "If it stands at the end, train a model of the layers before the lookup; `predict` of the whole works."
            ) from error

    def call(self, inputs: Any) -> Any:
        """Compute the outputs for values, or for tensors in a graph of TensorFlow."""
        if any(map(is_in_graph, tree.flatten(inputs))):
            return _in_graph(self, inputs)
        outputs = self.on_host(inputs)
        return Sparse.of(outputs) if getattr(self, "sparse", False) else delivered(outputs)

    def on_host(self, inputs: Any) -> Any:
        """Return a NumPy array for NumPy arrays."""
        raise NotImplementedError(f"{type(self).__name__} has no `on_host` method.")

    def compute_output_spec(self, inputs: Any) -> Any:
        """Return a KerasTensor like the output for one like the input."""
        raise NotImplementedError(f"{type(self).__name__} has no `compute_output_spec` method.")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output for an input shape."""
        spec = self.compute_output_spec(KerasTensor(input_shape, "int64"))
        return tree.map_structure(lambda x: x.shape, spec)


def delivered(outputs: Any) -> Any:
    """Return an array as a layer gives it: numbers native, strings as they are."""
    return outputs if is_text(outputs) else to_native(outputs)


def _in_graph(layer: HostLayer, inputs: Any) -> Any:
    """Return TensorFlow's tensor that NumPy computes when the graph runs."""
    import tensorflow as tf

    tensors = [tf.convert_to_tensor(x) for x in tree.flatten(inputs)]
    ranked = all(x.shape.rank is not None for x in tensors)
    like = [KerasTensor(tuple(x.shape) if ranked else (), x.dtype.name) for x in tensors]
    spec = layer.compute_output_spec(tree.pack_like(inputs, like))

    def on_host(*arrays: Any) -> np.ndarray:
        outputs = layer.on_host(tree.pack_like(inputs, [to_array(x) for x in arrays]))
        dense = getattr(
            outputs, "toarray", lambda: outputs
        )()  # a graph has no sparse tensors of ours
        return dense.astype(_BYTES.get(spec.dtype, spec.dtype))

    outputs = tf.numpy_function(on_host, tensors, spec.dtype)
    outputs.set_shape(spec.shape if ranked else None)
    return outputs


_BYTES = {"string": object}
