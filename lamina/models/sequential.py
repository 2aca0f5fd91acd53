"""`Sequential`: a stack of layers, one input and one output each."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from lamina.core import policy, registry, scope
from lamina.core.foreign import of_keras
from lamina.core.function import Function
from lamina.core.host_stage import Staged, ToTail
from lamina.core.plan import finishing
from lamina.core.symbolic import KerasTensor
from lamina.layers.core.input_layer import Input, InputLayer
from lamina.layers.layer import Layer
from lamina.models.model import Model


class Sequential(Model):
    """Layers applied one after the other.

    The shape of the input comes from an `Input` or from the first layer's `input_shape`; without
    either the model is built when it is first called on data.

    Args:
        layers: to begin with; more come with `add`.
        trainable: whether `fit` may change the weights.
        name: of the model.

    Example:
        >>> import lamina
        >>> model = Sequential()
        >>> model.add(lamina.layers.Dense(32, input_shape=(784,)))
        >>> model.add(lamina.layers.Dense(10))
        >>> model.output_shape
        (None, 10)
    """

    __slots__ = ("__layers",)  # an Input included
    __load_schema__ = {  # noqa: RUF012
        "layers": "list[layers]",
        "dtype": "dtype | dtype_policies | None",
        "build_input_shape": "shape",
    }

    def __has_no_call__(self) -> bool:
        return False

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None):
        if isinstance(layers, Layer):
            more = ", ..." if isinstance(trainable, Layer) or isinstance(name, Layer) else ""
            kind = type(layers).__name__
            raise TypeError(
                f"Sequential takes one list of layers: write Sequential([{kind}(...){more}]), with brackets."
            )
        super().__init__(name=name, trainable=trainable)
        self.__layers: list[Layer] = []
        for layer in layers or ():
            self.add(layer, rebuild=False)
        self.__rebuild()

    def __held__(self) -> Any:
        return self.__layers, *super().__held__()

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put `layer` on top.

        Raises:
            TypeError: it is not a layer (a class, say).
            ValueError: a second Input, a name that is there already, or a layer that does not fit
                on the one below; the stack stays as it was.
        """
        if isinstance(layer, KerasTensor):
            layer = getattr(layer.node, "operation", None)
        if not isinstance(layer, Layer):
            is_class = " It is a class: call it, e.g. Dense(32)." if isinstance(layer, type) else ""
            hint = of_keras(layer) or is_class
            raise TypeError(f"Sequential.add takes a layer, not {layer!r}.{hint}")
        if isinstance(layer, InputLayer) and self.__layers:
            raise ValueError(
                f"Sequential model {self.name!r}: an Input can only be the first layer, "
                f"but there are {len(self.__layers)} layers already."
            )
        if any(layer.name == other.name for other in self.__layers):
            raise ValueError(
                f"Sequential model {self.name!r} already has a layer named {layer.name!r}; all names must differ. "
                "A layer cannot be added twice; make another one, or give it `name=`."
            )
        before = list(self.__layers)
        shape = getattr(layer, "batch_input_shape", None)
        if not self.__layers and shape is not None and not isinstance(layer, InputLayer):
            begin = Input(batch_shape=shape, dtype=_input_dtype(layer, layer))
            self.__layers.append(begin.node.operation)  # type: ignore[union-attr]
        self.__layers.append(layer)
        graph, self.built, self.__graph__ = self.__graph__, False, None
        if rebuild:
            try:
                self.__rebuild(graph)
            except Exception:  # a layer that does not fit leaves the stack as it was
                self.__layers = before
                self.__rebuild()
                raise

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer away, and return it.

        Raises:
            IndexError: there is none.
        """
        if not self.layers:
            raise IndexError(f"Sequential model {self.name!r} has no layer to take away.")
        layer = self.__layers.pop()
        self.built, self.__graph__ = False, None
        if rebuild:
            self.__rebuild()
        return layer

    @property
    def layers(self) -> list[Layer]:
        """The layers, without an Input."""
        return [layer for layer in self.__layers if not isinstance(layer, InputLayer)]

    def __rebuild(self, below: Function | None = None) -> None:
        """Build again from the Input, if there is one; losses and metrics made for the old stack are void.

        Args:
            below: the graph of all layers but the last, which then stay as they are.
        """
        if self.__compiled__ is not None:
            self.__compiled__ = self.__compiled__.anew()
        self.built, self.__graph__ = False, None
        if self.__layers and isinstance(self.__layers[0], InputLayer):
            with scope.name_scope(self.name):
                self.__connect(self.__layers[0].output, below)

    def __connect(self, inputs: KerasTensor, below: Function | None = None) -> None:
        x = inputs if below is None else below.output_structure
        for layer in self.layers if below is None else self.layers[-1:]:
            x = layer(x)
        if self.layers:
            self.__graph__, self.built = Function(inputs, x, self.name), True
            self.output_names = [self.layers[-1].name]

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for inputs of `input_shape`, batch axis included."""
        if input_shape is None or self.__graph__ is not None:
            return
        if not self.layers:
            raise ValueError(
                f"Sequential model {self.name!r} has no layers yet; add some before it is built."
            )
        if isinstance(self.__layers[0], InputLayer):  # layers were added without a rebuild
            return self.__rebuild()
        if any(isinstance(part, (list, tuple)) for part in input_shape):
            raise ValueError(
                f"A Sequential model takes one input, but its input has the shapes {input_shape}. "
                "Use Model(inputs=..., outputs=...)."
            )
        dtype = _input_dtype(self.layers[0], self)
        within = scope.names.get()[-1:] == (self.name,)
        with nullcontext() if within else scope.name_scope(self.name):
            self.__connect(Input(batch_shape=(None, *input_shape[1:]), dtype=dtype))

    def __bind__(self, x: Any) -> Any:
        """`x` as the Input takes it; a shape that nobody stated binds nothing, layers check for themselves."""
        stated = self.__layers and isinstance(self.__layers[0], InputLayer)
        return super().__bind__(x) if stated else x

    def __host_stage__(self, x: Any = None) -> Any:
        if self.__graph__ is None and x is not None and self.__takes_strings__():
            self.build(x.shape)
        return None if self.__graph__ is None else self.__graph__.host_stage

    def __takes_strings__(self) -> bool:
        if self.__graph__ is not None:
            return super().__takes_strings__()
        return bool(self.layers) and getattr(self.layers[0], "runs_on_host", False)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Each layer on what the one before it returned."""
        if inputs.__class__ in (Staged, ToTail):
            return super().call(inputs)
        x = self.__bind__(inputs)
        for layer in self.layers:
            x = layer(x)
        return x

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shape that the model was built for."""
        return (
            {"input_shape": self.__graph__.inputs[0].shape} if self.__graph__ is not None else None
        )

    def get_config(self) -> dict[str, Any]:
        """The layers' configurations, and the shape the model was built for."""
        layers = [registry.serialize(layer) for layer in self.__layers]
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        config |= {"dtype": registry.serialize(self.dtype_policy), "layers": layers}
        if self.__graph__ is not None:
            config["build_input_shape"] = list(self.__graph__.inputs[0].shape)
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Sequential:
        """The model that `get_config` (or Keras') describes."""
        with registry.custom_object_scope(custom_objects), finishing():
            config = registry.arguments(cls, config)
            model = cls(config.get("layers"), name=config.get("name"))
            if config.get("dtype") is not None:
                model.dtype_policy = policy.get(config["dtype"])
            if not model.built and config.get("build_input_shape"):
                model.build(tuple(config["build_input_shape"]))
        if not config.get("trainable", True):
            model.trainable = False
        return model


def _input_dtype(layer: Layer, otherwise: Layer) -> str:
    """Return the dtype in which `layer` takes its input: integers, or what `otherwise` computes in."""
    if getattr(layer, "runs_on_host", False):
        return layer.takes  # type: ignore[attr-defined]
    return "int32" if type(layer).__name__ == "Embedding" else otherwise.compute_dtype
