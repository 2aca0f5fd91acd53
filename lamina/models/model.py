"""`Model`: layers put together, with the methods that train them."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core import audit, naming, registry, tree
from lamina.core.function import Function
from lamina.core.host_stage import HostStage, Staged, ToTail, Unfinished, as_numpy, in_step
from lamina.core.naming import described
from lamina.core.plan import build, finishing
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import engine
from lamina.layers.building import as_shape
from lamina.layers.core.input_layer import Input, InputLayer
from lamina.layers.elsewhere import elsewhere
from lamina.layers.layer import Layer
from lamina.layers.operation import has_symbolic
from lamina.layers.weights import sublayers
from lamina.models import graph_config, graph_reading, whole_calls
from lamina.models.capturing import capture
from lamina.models.saved import Saved
from lamina.models.tracing import shapes_of_call, traced, without_values
from lamina.optimizers.arguments import is_ours
from lamina.training.summary import as_html, print_summary


class Model(Saved):
    """A layer made of layers that can be compiled and trained.

    Two ways: `Model(inputs=..., outputs=...)` takes a graph of layers called on `Input`s, with any
    branches, and lists or dicts of inputs and outputs. Or a subclass makes layers in `__init__` and
    uses them in `call(inputs)`.

    Args:
        inputs: where the graph begins: one, a list or a dict of symbolic tensors.
        outputs: where it ends.
        name: of the model.

    Raises:
        ValueError: the graph is disconnected, or two layers have one name.

    Example:
        >>> import lamina
        >>> x = lamina.Input((784,))
        >>> h = lamina.layers.Dense(32, activation="relu")(x)
        >>> model = Model(inputs=x, outputs=lamina.layers.Dense(10, activation="softmax")(h))
        >>> model.count_params()
        25450
    """

    __slots__ = (
        "__called_with",  # arguments of the first call, KerasTensors in place of values
        "__graph__",  # what the model was made of; `None` where `call` is its own
        "__graph_layers",
        "__programs",  # calls as programs, on engines that have these
        "__traced",  # the graph of a `call` of its own, once it is asked for
    )

    def __init__(
        self, inputs: Any = None, outputs: Any = None, name: str | None = None, **kwargs: Any
    ):
        if name is None and inputs is not None:
            name = naming.auto_name(
                "functional" if type(self) is Model else naming.to_snake_case(type(self).__name__)
            )
        super().__init__(name=name, **kwargs)
        self.supports_masking = True
        self.__graph__: Function | None = None
        self.__graph_layers: list[Layer] = []
        self.__programs = whole_calls.Programs()
        self.__traced: Function | None = None
        self.__called_with: tuple[tuple, dict] | None = None
        if (inputs is None) != (outputs is None):
            raise ValueError(
                "Model: give both `inputs` and `outputs`, or neither (and write `call` in a subclass)."
            )
        if inputs is not None:
            graph = Function(*_from_inputs(_as_list(inputs), _as_list(outputs)), self.name)
            self.__graph_layers = [x for x in graph.operations if isinstance(x, Layer)]
            _refuse_one_name_twice(self.__graph_layers)
            self.output_names = _output_names(graph)
            self.__graph__, self.built = graph, True

    def __decisive__(self) -> None:
        """Return `None`: a graph decides, and what users write."""

    def __held__(self) -> Any:
        return self.__graph_layers, *super().__held__()

    # The graph.

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Run the graph on `inputs`."""
        if self.__graph__ is None:
            raise NotImplementedError(
                f"Model {type(self).__name__} has no `call` method. Write one: def call(self, inputs): ... "
                "or make the model with Model(inputs=..., outputs=...)."
            )
        if inputs.__class__ in (Staged, ToTail):
            outputs = self.__graph__.host_stage.finish(inputs)  # type: ignore[union-attr]
        else:
            outputs = self.__graph__(self.__bind__(inputs))
        # A list of one output comes as that output: so Model(m.inputs, m.outputs) is a model like `m`.
        return outputs[0] if isinstance(outputs, list) and len(outputs) == 1 else outputs

    def __bind__(self, x: Any) -> Any:
        """`x` in the structure of the model's inputs; dicts bind by name, never by order.

        Raises:
            ValueError: names are missing or unknown, or the number of inputs differs.
        """
        if self.__graph__ is None:
            return x
        structure = self.__graph__.input_structure
        one = isinstance(structure, KerasTensor)
        if one and getattr(x, "shape", ())[1:] == structure.shape[1:]:
            return x  # the short way for what nearly everyone gives
        if isinstance(x, dict) and not isinstance(structure, dict):
            by_name = {tensor.name: tensor for tensor in self.__graph__.inputs}
            return tree.pack_like(structure, list(self.__fit_into(by_name, x).values()))
        return self.__fit_into(structure, x)

    def __fit_into(self, structure: Any, x: Any) -> Any:
        if isinstance(structure, dict):
            return self.__fit_by_name(structure, x)
        values = list(x) if isinstance(x, (list, tuple)) and _holds_tensors(x) else [x]
        parts = [structure] if isinstance(structure, KerasTensor) else list(structure)
        if len(values) != len(parts):
            names = [tensor.name for tensor in tree.flatten(structure)]
            raise ValueError(
                f"{described(self)} takes {len(parts)} input(s), {names}, but got {len(values)}."
            )
        if isinstance(structure, KerasTensor):
            return _fitted(values[0], structure, described(self))
        return [self.__fit_into(part, value) for part, value in zip(parts, values, strict=True)]

    def __fit_by_name(self, structure: dict[str, Any], x: Any) -> dict[str, Any]:
        if not isinstance(x, dict):
            if len(structure) > 1:
                raise ValueError(
                    f"{described(self)} takes a dict of inputs with the keys {sorted(structure)}, "
                    f"not a {type(x).__name__}."
                )
            x = dict.fromkeys(structure, x)
        optional = {key for key, part in structure.items() if _is_optional(part)}
        wrong = {"missing": set(structure) - set(x) - optional, "unknown": set(x) - set(structure)}
        if parts := [f"{what}: {sorted(names)}" for what, names in wrong.items() if names]:
            raise ValueError(
                f"{described(self)} takes inputs by the names {sorted(structure)}; {', '.join(parts)}."
            )
        return {key: self.__fit_into(part, x.get(key)) for key, part in structure.items()}

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs of a functional model."""
        return self.__known_function().inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs of a functional model."""
        return self.__known_function().outputs

    @property
    def input(self) -> Any:
        """The symbolic inputs in their structure."""
        return self.__known_function().input_structure

    @property
    def output(self) -> Any:
        """The symbolic outputs in their structure."""
        return self.__known_function().output_structure

    @property
    def input_shape(self) -> Any:
        """The shape of every input, or of the only one."""
        return _shapes_of(self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of every output, or of the only one."""
        return _shapes_of(self.output)

    def __example__(self) -> tuple[tuple, dict[str, Any]]:
        """Return the arguments of a call, KerasTensors in place of values: of the graph, or of the first call.

        Raises:
            ValueError: the model is not made of a graph, and it was neither built nor called.
        """
        if self.__graph__ is not None:
            return (self.__graph__.input_structure,), {}
        if self.__called_with is None:
            raise ValueError(
                f"{described(self)} has no shapes yet: it is not made of a graph, and it was neither built nor "
                "called. Call it on data once, or begin it with an Input."
            )
        return self.__called_with

    def __calls__(self) -> list[Any]:
        """List the calls of the graph in order; none where the graph is not known."""
        try:
            return self.__known_function().nodes
        except (AttributeError, ValueError):
            return []

    def __has_no_call__(self) -> bool:
        return self.__graph__ is None and type(self).call is Model.call

    def __host_stage__(self, x: Any = None) -> HostStage | None:
        return None if self.__graph__ is None else self.__graph__.host_stage

    def __takes_strings__(self) -> bool:
        stage = None if self.__graph__ is None else self.__graph__.host_stage
        return stage is not None and stage.begins_the_graph

    def __complete__(self, outputs: Any) -> Any:
        if outputs.__class__ is not Unfinished:
            return outputs
        outputs = self.__graph__.host_stage.complete(outputs)  # type: ignore[union-attr]
        return outputs[0] if isinstance(outputs, list) and len(outputs) == 1 else outputs

    def __known_function(self) -> Function:
        if self.__graph__ is not None:
            return self.__graph__
        if self.__called_with is None:
            raise AttributeError(
                f"{described(self)} has no symbolic inputs and outputs: it is not made of a graph, and it was "
                "neither called nor built yet."
            )
        if self.__traced is None:
            self.__traced = traced(self, *self.__called_with)
        return self.__traced

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; see `Layer`."""
        if self.__called_with is None:
            self.__called_with = without_values(args, kwargs)
        place = elsewhere(self, args, kwargs)
        if place is None:
            if (program := engine().overrides.get("program")) is not None and self.built:
                outputs = self.__programs(self, program, args, kwargs)
                if outputs is not NotImplemented:
                    return outputs
            if self.__graph__ is not None and self.__graph__.host_stage is not None:
                args = self.__staged(args, kwargs)
            return super().__call__(*args, **kwargs)
        with place:
            return super().__call__(*args, **kwargs)

    def __staged(self, args: tuple, kwargs: dict[str, Any]) -> tuple:
        """Return the arguments of a call with what the host stage makes of the inputs, if they are values."""
        inputs = args[0] if args else kwargs.pop("inputs")
        if (
            inputs.__class__ not in (Staged, ToTail)
            and not has_symbolic((inputs,), {})
            and not in_step()
        ):
            inputs = self.__host_stage__()(self.__bind__(as_numpy(inputs)))  # type: ignore[misc]
        return (inputs, *args[1:])

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return KerasTensors like the outputs; see `Layer`."""
        if self.__called_with is None:
            self.__called_with = without_values(args, kwargs)
        if (stage := self.__host_stage__()) is not None:
            args, kwargs = (stage.symbolic(),), {}
        return super().compute_output_spec(*args, **kwargs)

    def capture(self, x: Any, layers: Any = None, training: bool = False) -> dict[str, Any]:
        """What layers within the model return on the way, for any style of model.

        Args:
            x: as for calling the model: arrays, in the structure of its inputs.
            layers: names, paths (`"block/dense"`) or layers; all layers by default.
            training: whether the call is one of training.

        Returns:
            Native arrays by the name given; a list of them where a layer is called several times.

        Raises:
            ValueError: a name fits no layer, or several, or a layer is not called on this input.

        Example:
            >>> import lamina
            >>> model = lamina.Sequential([lamina.layers.Dense(2, name="a"), lamina.layers.Dense(1)])
            >>> model.capture(np.ones((4, 3), "float32"), layers=["a"])["a"].shape
            (4, 2)
        """
        return capture(self, x, layers, training)

    # Layers.

    @property
    def layers(self) -> list[Layer]:
        """The layers that the model holds directly."""
        return list(sublayers(self))

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer called `name`, or number `index`.

        Raises:
            ValueError: there is none; the message lists those there are.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError("get_layer: give `name` or `index`, one of them.")
        names = [layer.name for layer in layers]
        if index is None and name in names:
            return layers[names.index(name)]
        if index is not None and -len(layers) <= index < len(layers):
            return layers[index]
        which = f"layer named {name!r}" if index is None else f"layer number {index}"
        raise ValueError(f"{described(self)} has no {which}. Its layers: {names}.")

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print a table of the layers, their output shapes and numbers of weights."""
        print_summary(
            self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range
        )

    def _repr_html_(self) -> str:
        return as_html(self)

    # Files and configuration.

    @property
    def saved_as(self) -> str:
        """The name of the class in files: Keras calls a model made of a graph `Functional`."""
        return "Functional" if type(self) is Model else type(self).__name__

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shapes that the model was built for; a graph has its own.

        Returns:
            `{"input_shape": shape}`; beside it `"shapes_dict"` where `call` takes several tensors.
        """
        if self.__graph__ is not None:
            return {"input_shape": None}
        config = super().get_build_config()
        if not self.built or self.__called_with is None:
            return config
        shapes = shapes_of_call(self, *self.__called_with)
        config = {"input_shape": next(iter(shapes.values()), None)}
        return config if len(shapes) == 1 else {**config, "shapes_dict": shapes}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build the model for the shapes that `get_build_config` returned."""
        if "shapes_dict" in config and is_ours(type(self).build):
            self.compute_output_shape(**as_shape(config["shapes_dict"]))
        else:
            super().build_from_config(config)

    def get_config(self) -> dict[str, Any]:
        """Return the graph as data; of a subclass with a `call` of its own, the constructor's arguments.

        Raises:
            ValueError: the graph calls a function that has no name in files.
        """
        if self.__graph__ is None:
            return super().get_config()
        graph = graph_config.describe(self.__graph__)
        return {"name": self.name, "trainable": self.trainable, **graph}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """Make the model that `get_config` (or Keras') describes."""
        with registry.custom_object_scope(custom_objects):
            config = audit.arguments(cls, config)
            if "input_layers" not in config:
                return super().from_config(config)
            with finishing():
                inputs, outputs = graph_reading.rebuild(config)
            own = {} if cls is Model else {n: config[n] for n in config.keys() - _OF_GRAPHS}
            model = cls(inputs, outputs, name=config.get("name"), **build(own))
        if not config.get("trainable", True):  # setting it is setting it for all layers within
            model.trainable = False
        return model

    @classmethod
    def __audit_config__(cls, walk: Any, config: dict[str, Any], where: str) -> Any:
        """Look at the configuration of a graph; that of a subclass without one is like any layer's."""
        return graph_reading.checked(walk, cls, config, where) if "input_layers" in config else None


_OF_GRAPHS = {"name", "trainable", "dtype", "layers", "input_layers", "output_layers"}


def _from_inputs(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """The graph as it is, or, if it begins in the middle of another, its like from Inputs of its own."""
    if all(map(_is_input, tree.flatten(inputs))):
        return inputs, outputs
    graph = Function(inputs, outputs)  # says what is wrong, where something is
    begin = [
        x
        if _is_input(x)
        else Input(batch_shape=x.shape, dtype=x.dtype, sparse=x.sparse, name=x.name)
        for x in graph.inputs
    ]
    return tree.pack_like(inputs, begin), graph(begin)


def _is_input(x: Any) -> bool:
    return isinstance(_operation(x), InputLayer)


def _operation(x: Any) -> Any:
    return getattr(getattr(x, "node", None), "operation", None)


def _as_list(structure: Any) -> Any:
    return list(structure) if isinstance(structure, tuple) else structure


def _shapes_of(structure: Any) -> Any:
    leaves = tree.flatten(structure)
    return leaves[0].shape if len(leaves) == 1 else tree.map_structure(lambda x: x.shape, structure)


def _holds_tensors(x: Any) -> bool:
    return any(hasattr(leaf, "shape") or leaf is None for leaf in tree.flatten(x))


def _is_optional(tensor: Any) -> bool:
    return getattr(_operation(tensor), "optional", False)


def _fitted(value: Any, tensor: KerasTensor, where: str) -> Any:
    """`value`, given or relieved of a last axis of size 1 if the input's rank asks for it.

    Raises:
        ValueError: the shape does not fit the input.
    """
    if value is None and not _is_optional(tensor):
        raise ValueError(
            f"{where}: input {tensor.name!r} is None. Give it a value, or make it with Input(..., optional=True)."
        )
    if value is None or not hasattr(value, "shape"):
        return value
    wanted, found = tensor.shape, tuple(value.shape)
    symbolic = isinstance(value, KerasTensor)
    if len(found) == len(wanted) - 1 and wanted[-1] == 1:
        if symbolic or not hasattr(value, "nbytes"):
            return ops.expand_dims(value, -1)
        return value.reshape((*found, 1))
    if len(found) == len(wanted) + 1 and found[-1] == 1:
        return ops.squeeze(value, -1) if symbolic else value.reshape(found[:-1])
    if len(found) != len(wanted) or any(
        n is not None and m is not None and n != m for n, m in zip(wanted, found, strict=True)
    ):
        raise ValueError(
            f"{where}: input {tensor.name!r} expects shape {wanted}, but got {found}."
            f"{_batch_hint(wanted, found)}"
        )
    return value


def _batch_hint(wanted: tuple, found: tuple) -> str:
    """Say how to fix a batch axis that the model, or the array, has too many or too few."""
    fixes = []
    if len(wanted) > 2 and wanted[2:] == found[1:]:
        fixes.append(f"Input(shape) leaves out the batch axis: write Input({wanted[2:]}).")
    if wanted[1:] == found:
        fixes.append("One sample needs a batch axis: x[None].")
    return "".join(f" {fix}" for fix in fixes)


def _output_names(function: Function) -> list[str]:
    if isinstance(function.output_structure, dict):
        return ["_".join(map(str, path)) for path in tree.paths(function.output_structure)]
    names: list[str] = []
    for tensor in function.outputs:
        name = tensor.node.name if tensor.node is not None else tensor.name
        count = sum(other == name or other.startswith(f"{name}_") for other in names)
        names.append(f"{name}_{count}" if name in names else name)
    return names


def _refuse_one_name_twice(layers: list[Layer]) -> None:
    names = [layer.name for layer in layers]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(
            f"All layers of a model must have different names, but there are several called {twice}. Give them `name=`."
        )
