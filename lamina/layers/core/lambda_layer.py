"""`Lambda`: a function of your own as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Unpack

from lamina.core import registry, tree
from lamina.core.load_policy import check_safe_mode
from lamina.core.naming import described
from lamina.core.symbolic import KerasTensor
from lamina.layers.arguments import Options
from lamina.layers.layer import Layer


class Lambda(Layer):
    """Apply `function` to the inputs.

    Files hold no code: of the function only a name is written. A function that was registered with
    `lamina.saving.register_keras_serializable()` comes back by itself; another is given by whoever loads the
    model, as `custom_objects={"name of the layer": function}`. Variables that the function uses are not
    tracked; write a layer of your own for that.

    Args:
        function: of the inputs, and of `mask` and `training` if it has parameters of these names.
        output_shape: of one sample, or a function from input shape to output shape; only needed
            if `function` cannot run on an engine's abstract values.
        mask: the output's mask, or a function `(inputs, mask) -> mask`.
        arguments: further keyword arguments of `function`.

    Example:
        >>> import lamina
        >>> lamina.layers.Lambda(lambda x: x * 2)(np.array([1.0, 2.0], "float32")).tolist()
        [2.0, 4.0]
    """

    from_caller = ("function", "output_shape", "mask")
    __load_schema__ = {  # noqa: RUF012
        "function": "function",
        "arguments": "data",
        "function_type": "ignored",  # these four by Keras 2
        "module": "ignored",
        "output_shape_type": "ignored",
        "output_shape_module": "ignored",
    }

    def __init__(
        self,
        function: Callable,
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Unpack[Options],
    ):
        super().__init__(**kwargs)
        if not callable(function):
            raise ValueError(f"Lambda: `function` must be callable, not {function!r}.")
        self.function = function
        self.output_shape = output_shape
        self.mask = mask
        self.arguments = arguments or {}
        self.supports_masking = mask is not None
        self._takes = set(inspect.signature(function).parameters)

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        """`function(inputs)`."""
        given = {"mask": mask, "training": training}
        told = {name: given[name] for name in given if name in self._takes}
        result = self.function(inputs, **{**self.arguments, **told})
        if result is None:
            raise ValueError(
                f"{described(self)}: its function returned None; let it return what it computes."
            )
        return result

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """What the `mask` argument says."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_spec(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """Say what `output_shape` says, or else run the function abstractly."""
        if self.output_shape is None:
            return super().compute_output_spec(inputs)
        if callable(self.output_shape):
            shape: Any = self.output_shape(tree.map_structure(lambda x: x.shape, inputs))
        else:
            shape = (tree.flatten(inputs)[0].shape[0], *self.output_shape)
        if shape and isinstance(shape[0], (list, tuple)):
            return [KerasTensor(each, self.compute_dtype) for each in shape]
        return KerasTensor(shape, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments; those that were not given are left out, as Keras does."""
        config = super().get_config()
        return {
            k: v for k, v in config.items() if v is not None or k not in ("output_shape", "mask")
        }

    @classmethod
    def from_config(
        cls, config: Any, custom_objects: Any = None, safe_mode: bool | None = None
    ) -> Any:
        """Make the layer that `get_config` describes.

        Args:
            custom_objects: the function by its name, or by the layer's.
            safe_mode: accepted for Keras' sake; code in a configuration never runs.

        Raises:
            PolicyError: the configuration holds code, or a name that nobody offers.
        """
        check_safe_mode(safe_mode)
        with registry.custom_object_scope(custom_objects):
            return super().from_config(config)
