"""A layer as a module of TensorFlow; imported only where TensorFlow is wanted."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from lamina.core.variable import Variable
from lamina.layers.layer import Layer


class TensorFlowLayer(tf.Module):
    """What `utils.to_tf_module` returns: a `tf.Module` that computes what a built layer does.

    Attributes:
        layer: the layer. Its weights lie in the variables of this module.

    Args:
        named: the variables of the layer by names such as `"layers.dense.kernel"`.
    """

    def __init__(self, layer: Layer, named: dict[str, Variable]):
        super().__init__()
        self.layer = layer
        self.values = {name: variable.native() for name, variable in named.items()}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer."""
        return self.layer(*args, **kwargs)
