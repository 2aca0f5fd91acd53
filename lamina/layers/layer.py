"""`Layer`: a computation with state, to Keras' contract."""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Callable
from contextlib import nullcontext
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from lamina import regularizers
from lamina.core import dtypes, graph, masks, naming, scope, tree
from lamina.core.configurable import Configurable, without_defaults
from lamina.core.op import holds_numbers, to_native
from lamina.core.sparse import Sparse, is_sparse_type
from lamina.core.tracebacks import shorten, warn
from lamina.core.variable import values
from lamina.engine.current import PROCESS, engine, pin, unpin
from lamina.layers import arguments, input_spec as specs, rematerialization
from lamina.layers.activity import activity_loss
from lamina.layers.as_module import ON_TORCH, recorded_as_asked
from lamina.layers.building import RemembersShapes, whole_or_not_at_all
from lamina.layers.call_context import CallContext, calling, current
from lamina.layers.calls_symbolically import (
    CallsSymbolically,
    call_symbolically,
    infer,
)
from lamina.layers.code_in_configs import written
from lamina.layers.lost_weights import refuse_lost_weights
from lamina.layers.operation import has_symbolic
from lamina.layers.refused_inputs import explain
from lamina.layers.signatures import (
    LATER,
    ConstructorSignature,
    batch_input_shape,
    facts_of,
    refuse_misspelt,
)
from lamina.layers.weights import flatten_layers

_building = threading.RLock()


class Layer(RemembersShapes, CallsSymbolically, arguments.TakenByAll, Configurable):
    """A computation on tensors that may hold weights.

    Subclasses write `__init__` (keep the arguments), `build(input_shape)` (make the weights, called
    once before the first call) and `call(inputs)`. `build` may be left out; a layer whose weights
    are all in other layers needs none.

    Args:
        activity_regularizer: adds a loss computed from the output, divided by the batch size.
        trainable: whether `fit` may change the weights; may be set at any time.
        dtype: a dtype or a `DTypePolicy`; by default the global policy.
        autocast: whether floating inputs are cast to the compute dtype.
        name: by default made from the class's name.
        input_shape, input_dim, batch_input_shape, batch_size: shape of the input of a Sequential
            model's first layer, without or with the batch axis (as Keras 2 wrote it).

    Example:
        >>> import lamina
        >>> class Scale(lamina.Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight((input_shape[-1],), initializer="ones")
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> Scale()(np.array([[1.0, 2.0]], "float32")).tolist()
        [[1.0, 2.0]]
    """

    __slots__ = (
        "__accepted",  # the shape that passed `input_spec` last
        "__arguments",  # the constructor's; `get_config` falls back on them
        "__born_in",  # the call that was going on when the layer was made, if any
        "__losses",  # those that the last call added
        "__losses_of",  # that call
        "__nodes__",  # the symbolic calls
        "__remat",  # the `RematScope` that the layer was made in, if any
    )
    __signature__ = ConstructorSignature()

    from_caller: ClassVar[tuple[str, ...]] = ()
    """Arguments of the constructor that are code: files do not hold them. Whoever loads a file gives the first
    one, or a whole layer, by the layer's name in `custom_objects`."""

    __load_schema__: ClassVar[dict[str, str]] = {
        "input_shape": "shape",
        "batch_input_shape": "shape",
        "batch_shape": "shape",
        "input_dim": "int | None",
        "batch_size": "int | None",
        **dict.fromkeys(LATER, "None"),
    }
    """Types of what files hold besides the constructor's arguments (`lamina.core.schema`)."""

    input_spec: Any = None
    """What the layer expects of its inputs: an `InputSpec`, or a tree of them."""

    rank: int
    """Number of axes of space, for layers of which there is one for each number."""

    batch_input_shape: tuple[int | None, ...] | None = None
    """Shape of the only inputs that the layer takes, if it was made with one."""

    takes_complex: ClassVar[bool] = True
    """Whether complex inputs have a meaning; they have none beside real weights."""

    supports_masking: bool = False
    """Whether the mask of the input is that of the output, too."""

    always_written: ClassVar[tuple[str, ...]] = ()
    """Arguments of every layer, or of later versions, that Keras' configurations of this one have even as `None`."""

    passes_on: ClassVar[bool] = False
    """Whether the output is the input, at most reshaped or partly dropped."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Make a layer that takes note of its constructor's arguments."""
        if kwargs and not kwargs.keys() <= facts_of(cls).names.keys():
            refuse_misspelt(cls, args, kwargs)
        layer = object.__new__(cls)
        layer.__arguments = (args, kwargs)
        return layer

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "rank" in vars(cls):
            arguments.settle_defaults(cls)
        if "build" in vars(cls):
            cls.build = Layer.__once(cls.build)  # type: ignore[method-assign]

    @staticmethod
    def __once(build: Callable) -> Callable:
        """Let `build`, whoever calls it, run once, and under the layer's name."""

        @functools.wraps(build)
        def call(self: Layer, *args: Any, **kwargs: Any) -> None:
            if self.built:
                return
            is_within = scope.names.get()[-1:] == (self.name,)  # or `super().build`
            place = nullcontext() if is_within else scope.name_scope(self.name)
            with whole_or_not_at_all(self.__as_it_is__()), place:
                self.__note_shapes__(args, kwargs)
                if not is_within:
                    self.__stand_at__("/".join(scope.names.get()))
                build(self, *args, **kwargs)
            self.built = True

        return call

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        facts = facts_of(type(self))
        if name is None:
            name = naming.auto_name(facts.snake_name)
        elif not isinstance(name, str) or "/" in name:
            raise ValueError(f"A layer's name must be a string without '/', not {name!r}.")
        super().__init__(trainable, dtype, name)
        self.name = name
        self.autocast = autocast
        self.activity_regularizer = activity_regularizer
        if activity_regularizer is not None:
            self.activity_regularizer = regularizers.get(activity_regularizer)
        self.built = facts.weightless
        self.__accepted: Any = None
        self.__losses: list[Any] = []
        self.__losses_of: CallContext | None = None
        self.__nodes__: list[graph.Node] = []
        self.__born_in = current.get()
        self.__remat = rematerialization.current()
        if kwargs:
            self.batch_input_shape = batch_input_shape(self, kwargs)

    def __take__(self, defining: type, given: dict[str, Any], options: dict[str, Any]) -> None:
        """Take in what a constructor was given that `from_fields` made for `defining`."""
        Layer.__init__(self, **options)
        arguments.keep(self, given, defining)

    def check_arguments(self) -> None:
        """Check arguments against each other and complete them, once `arguments.keep` has kept them."""

    # What subclasses write.

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of `input_shape` (batch axis included, unknown sizes `None`).

        A layer that does not write it, and is not being called, runs abstractly so that the layers
        within it are built, if its `call` asks for one argument.
        """
        whole = whole_or_not_at_all(self.__as_it_is__())
        self.__note_shapes__((input_shape,), {})
        if scope.names.get()[-1:] == (self.name,):
            return
        with scope.name_scope(self.name), whole:
            self.__stand_at__("/".join(scope.names.get()))
            self.built = True
            needed = [p for p in facts_of(type(self)).call_parameters if p.default is p.empty]
            if len(needed) == 1 and not all(layer.built for layer in flatten_layers(self)):
                self.compute_output_shape(input_shape)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs."""
        raise NotImplementedError(
            f"Layer {type(self).__name__} has no `call` method. Write one: def call(self, inputs): ..."
        )

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the output: by default the input's, if the layer `supports_masking`."""
        if previous_mask is None or self.supports_masking:
            return previous_mask
        if any(mask is not None for mask in tree.flatten(previous_mask)):
            warn(
                f"Layer {self.path!r} ({type(self).__name__}) got a masked input but does not support masks: "
                "the mask ends here. Set `supports_masking = True` in the layer if it may pass it on.",
            )
        return None

    # Losses.

    def add_loss(self, loss: Any) -> None:
        """Add a scalar (or several) to what training minimizes; call it from `call`."""
        collecting, context = scope.loss_scope(), current.get()
        if collecting is None and self.__losses_of is not context:
            self.__losses.clear()  # those of an earlier call are over
            self.__losses_of = context
        for value in tree.flatten(loss):
            collecting.add_loss(value) if collecting is not None else self.__losses.append(value)

    @property
    def losses(self) -> list[Any]:
        """Losses added in the last call, and those of the weights' regularizers."""
        if (collecting := scope.loss_scope()) is not None:
            added = collecting.losses
        else:
            added = [x for layer in flatten_layers(self) for x in layer.__losses]
        regularized = [v for v in self.trainable_variables if v.regularizer is not None]
        return [*added, *(v.regularizer(v) for v in regularized)]

    # Calling.

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Build the layer if that is still to do, then compute its outputs.

        NumPy arrays and native arrays give native arrays; KerasTensors give KerasTensors.
        """
        context, token = current.get(), None
        if context is None:
            context = CallContext()
            token = current.set(context)
        engine_token = pin(PROCESS.itself) if engine() is PROCESS else None
        try:
            symbolic = has_symbolic(args, kwargs)
            if self.built and not symbolic:
                if token is not None and engine().follows is not None:
                    with recorded_as_asked(self, args):
                        return self.__compute(context, args, kwargs)
                return self.__compute(context, args, kwargs)
            return self.__first_or_symbolic_call(context, args, kwargs, symbolic)
        except Exception as error:
            shorten(error)
            raise
        finally:
            if token is not None:
                current.reset(token)
            if engine_token is not None:
                unpin(engine_token)

    def __first_or_symbolic_call(
        self, context: CallContext, args: tuple, kwargs: dict, symbolic: bool
    ) -> Any:
        whole = nullcontext() if self.built else whole_or_not_at_all(self.__as_it_is__())
        with scope.name_scope(self.name), whole:
            if not self.built:
                with _building:  # threads that share a new layer build it once
                    if not self.built:
                        self.__stand_at__("/".join(scope.names.get()))
                        self.__build_from(args, kwargs)
                        if self.weights:
                            refuse_lost_weights(self, self.__born_in, context)
            context.building.append(self)
            try:
                if symbolic:
                    declared = type(self).compute_output_spec is not Layer.compute_output_spec
                    return call_symbolically(self, self.__within(context), args, kwargs, declared)
                if len(context.building) == 1:
                    with recorded_as_asked(self, args):
                        return self.__compute(context, args, kwargs)
                return self.__compute(context, args, kwargs)
            finally:
                context.building.pop()

    def __build_from(self, args: tuple, kwargs: dict) -> None:
        facts = facts_of(type(self))
        inputs = facts.bind(args, kwargs)
        first = next(iter(inputs.values()), None)
        specs.check_input(self, first)
        try:
            if facts.build_arguments == 1:
                self.build(_shape_of(first))
            else:  # build(self, query_shape, value_shape): one shape for each tensor named so
                tensors = {n: inputs.get(n.removesuffix("_shape")) for n in facts.build_names}
                self.build(**{name: _shape_of(x) for name, x in tensors.items()})
        except Exception as error:
            explain(error, self, first)
            raise
        self.built = True

    def __within(self, context: CallContext) -> Callable:
        """Give the outputs for values, as a function of the arguments of `call`."""
        return lambda *args, **kwargs: self.__compute(context, args, kwargs)

    def __compute(self, context: CallContext, args: tuple, kwargs: dict) -> Any:
        """Return the outputs for values (never KerasTensors); the layer is built."""
        facts, outside = facts_of(type(self)), context.training
        if len(args) == 1:
            args = (self.__taken_in(args[0]),)
        else:
            args = tuple([self.__taken_in(x) for x in args])
        if kwargs:
            kwargs = {
                name: self.__taken_in(x) if name != "mask" else x for name, x in kwargs.items()
            }
        inputs = args[0] if args else next(iter(kwargs.values()), None)
        shape = getattr(inputs, "shape", None)
        if shape != self.__accepted or shape is None:
            specs.check_input(self, inputs)
            self.__accepted = shape
        training = kwargs.pop("training", None) if kwargs else None
        if training is not None:
            context.training = training
        if facts.takes_training:
            given = context.training
            kwargs = {**kwargs, "training": facts.default_training if given is None else given}
        mask = masks.masks_of(inputs) if masks.table else None
        if mask is not None and facts.takes_mask and kwargs.get("mask") is None:
            kwargs = {**kwargs, "mask": mask}
        cast = self.dtype_policy.compute_dtype if self.autocast else None
        if cast == self.dtype_policy.variable_dtype:
            cast = None
        token = scope.autocast.set(cast) if scope.autocast.get() != cast else None
        try:
            if self.__remat is None:
                outputs = self.call(*args, **kwargs)
            else:
                outputs = rematerialization.of_layer(self, self.__remat)(*args, **kwargs)
            if not isinstance(outputs, engine().array_types):
                outputs = values(outputs)
        except Exception as error:
            explain(error, self, inputs)
            raise
        finally:
            context.training = outside
            if token is not None:
                scope.autocast.reset(token)
        if context.watch is not None:
            outputs = context.watch(self, outputs)
        if mask is not None or facts.makes_mask:
            self.__pass_mask(inputs, kwargs.get("mask", mask), outputs)
        if self.activity_regularizer is not None:
            self.__regularize(outputs)
        return outputs

    def __regularize(self, outputs: Any) -> None:
        try:
            for output in tree.flatten(outputs):
                self.add_loss(activity_loss(self.activity_regularizer, output))
        except Exception as error:
            explain(error, self, outputs)
            raise

    def __taken_in(self, x: Any) -> Any:
        """A native array for anything array-like, floats in the compute dtype; other things as they are."""
        e = engine()
        if isinstance(x, e.array_types):
            dtype, wanted = e.dtype(x), self.dtype_policy.compute_dtype
            if dtype == wanted or not self.autocast or dtype not in dtypes.FLOATS:
                return x
            cast = e.cast(x, wanted)
            masks.set_mask(cast, masks.get_mask(x))
            return cast
        if isinstance(x, (list, tuple, dict)):
            return tree.map_structure(self.__taken_in, x)
        if holds_numbers(x):
            if is_sparse_type(type(x)):
                x = Sparse.of(x)
                return x.with_values(self.__taken_in(x.values))
            return self.__taken_in(to_native(np.asarray(x) if hasattr(x, "iloc") else x))
        return x

    def __pass_mask(self, inputs: Any, previous: Any, outputs: Any) -> None:
        mask = self.compute_mask(inputs, previous)
        if mask is None:
            return
        leaves = tree.flatten(outputs)
        found = tree.flatten(mask) if len(leaves) > 1 else [mask]
        for output, one in zip(leaves, found, strict=False):
            is_new = not any(output is x for x in tree.flatten(inputs))
            if is_new and one is not None and masks.get_mask(output) is None:
                masks.set_mask(output, one)

    # Without values.

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return KerasTensors like the outputs for KerasTensors or arrays; builds the weights if need be."""
        with calling(None) as context:
            if not self.built:
                with scope.name_scope(self.name):
                    self.__build_from(args, kwargs)
            specs, _ = infer(self, self.__within(context), args, kwargs)
            return tree.map_structure(graph.symbolic_from_spec, specs)

    # As a pure function.

    def stateless_call(
        self,
        trainable_variables: list,
        non_trainable_variables: list,
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> tuple:
        """Call the layer with values in place of its variables.

        Returns:
            `(outputs, non_trainable_values)`, and the losses with `return_losses`.
        """
        fixed = self.non_trainable_variables
        bound = [
            *zip(self.trainable_variables, trainable_variables, strict=True),
            *zip(fixed, non_trainable_variables, strict=True),
        ]
        with scope.StatelessScope(bound, collect_losses=True) as inside:
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else None
        after = [inside.get_current_value(v) for v in fixed]
        return (outputs, after, losses) if return_losses else (outputs, after)

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """Data from which `from_config` makes an equal layer without its weights.

        Every argument of the constructor is read from the attribute of the same name, or is what
        was given. Write your own only where that is not enough.
        """
        facts = facts_of(type(self))
        given = facts.bind_constructor(*self.__arguments)
        config = {"name": self.name, "trainable": self.trainable}
        config["dtype"] = self.__dtype_argument__()
        config |= {name: getattr(self, name, value) for name, value in given.items()}
        config |= {name: config.get(name) for name in self.always_written}
        unset = {name: facts.defaults.get(name) for name in self.written_if_set}
        config = without_defaults(config, **unset)
        return {name: written(self, name, value) for name, value in config.items()}

    def __anew__(self) -> Any:
        """Return a layer like this one, with weights of its own."""
        if not self.from_caller:
            return type(self).from_config(self.get_config())
        args, kwargs = copy.deepcopy(self.__arguments)
        bound = facts_of(type(self)).constructor.bind(None, *args, **kwargs)
        twin = type(self)(*bound.args[1:], **{**bound.kwargs, "name": self.name})
        twin.trainable = self.trainable
        return twin

    if not TYPE_CHECKING:  # else a type checker would take any name for an attribute

        def __getattr__(self, name: str) -> Any:
            found = getattr(type(self), name, None)
            unset = name in ("built", "name") or isinstance(found, MemberDescriptorType)  # a slot
            if unset and "name" not in vars(self):
                raise RuntimeError(
                    f"{type(self).__name__}.__init__ does not call super().__init__(); add that line at its start."
                )
            if name in ON_TORCH and engine().name == "torch":
                return functools.partial(ON_TORCH[name], self)
            if isinstance(found, property):  # one that raised AttributeError; let it say so itself
                return found.fget(self)  # type: ignore[misc]
            hint = " unless the engine is torch" if name in ON_TORCH else ""
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _shape_of(x: Any) -> Any:
    return tree.map_structure(lambda leaf: tuple(leaf.shape) if hasattr(leaf, "shape") else None, x)
