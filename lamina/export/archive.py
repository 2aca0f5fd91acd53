"""`ExportArchive`: a SavedModel put together from models and functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lamina.core import optional, tree, variable
from lamina.core.choices import one_of
from lamina.core.naming import described
from lamina.core.scope import StatelessScope
from lamina.core.variable import Variable
from lamina.engine.current import engine, using
from lamina.export.placing import placing
from lamina.export.signature import TensorSpec, specs_of
from lamina.layers.layer import Layer


class ExportArchive:
    """A SavedModel of TensorFlow, put together from models, layers and functions.

    Tracked models keep their weights in the SavedModel; each endpoint is a function of tensors that becomes a
    method of what `tf.saved_model.load` returns, and a signature for servers. The functions run on the engine
    `tensorflow`, whatever engine is in force. What they change, such as keys of random draws, changes in the
    SavedModel, not in the models.

    Args:
        format: `"saved_model"`.
        kwargs: there are none.

    Raises:
        ValueError: another format.
        ImportError: TensorFlow is not installed.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Dense(2)])
        >>> archive = ExportArchive()
        >>> archive.track(model)
        >>> spec = lamina.InputSpec(shape=(None, 3), dtype="float32")
        >>> endpoint = archive.add_endpoint("serve", model.call, [spec])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     archive.write_out(f"{folder}/1", verbose=False)
        ...     layer = lamina.layers.TFSMLayer(f"{folder}/1")
        >>> [v.shape for v in layer.weights]
        [(3, 2), (2,)]
    """

    __slots__ = ("__endpoints", "__root", "__tf", "__variables")

    def __init__(self, format: str = "saved_model", **kwargs: Any):
        one_of("ExportArchive", "format", format, ("saved_model", "tf_saved_model"))
        if kwargs:
            raise TypeError(f"ExportArchive does not take {sorted(kwargs)}.")
        with using("tensorflow"):
            self.__tf = optional.load("tensorflow", "tensorflow", "ExportArchive")
        self.__root = _root(self.__tf)
        self.__endpoints: dict[str, Any] = {}
        self.__variables: dict[int, tuple[Variable, Any]] = {}

    def track(self, resource: Any) -> None:
        """Let the SavedModel hold the variables of a layer or model, or a trackable object of TensorFlow.

        Raises:
            ValueError: it is neither, or a layer that is not built.
        """
        if isinstance(resource, Layer):
            if not resource.built:
                raise ValueError(
                    f"ExportArchive.track: {described(resource)} has no weights yet. Build it, or call it on data."
                )
            metrics = {id(v) for v in getattr(resource, "metrics_variables", ())}  # of a model
            trainable = {id(v) for v in resource.trainable_variables}
            for v in resource.variables:
                if id(v) not in metrics and id(v) not in self.__variables:
                    native, root = self.__native(v), self.__root
                    root.variables.append(native)
                    trains = id(v) in trainable
                    (root.trainable_variables if trains else root.non_trainable_variables).append(
                        native
                    )
        elif isinstance(resource, self.__tf.__internal__.tracking.Trackable):
            self.__root.tracked.append(resource)
        else:
            raise ValueError(
                "ExportArchive.track takes a Layer, a Model, or a trackable object of TensorFlow (a tf.Module, a "
                f"tf.Variable, a table), not {resource!r} ({type(resource).__name__})."
            )

    def add_endpoint(
        self, name: str, fn: Callable, input_signature: Any = None, **kwargs: Any
    ) -> Any:
        """Add a function of tensors, which becomes a method and a signature.

        Args:
            name: of the endpoint.
            fn: such as `model.call`; it may call tracked models and layers, lamina's ops and TensorFlow's.
            input_signature: a list with something that has a shape and a dtype (`InputSpec`, `KerasTensor`,
                `tf.TensorSpec`) for each tensor that `fn` takes; a `tf.function` may have one of its own.
            kwargs: `is_static` and `jax2tf_kwargs`, accepted for Keras' sake.

        Returns:
            The `tf.function`.

        Raises:
            ValueError: the name is taken or is not an identifier, or there is no signature.
        """
        if unknown := kwargs.keys() - {"is_static", "jax2tf_kwargs"}:
            raise TypeError(f"ExportArchive.add_endpoint does not take {sorted(unknown)}.")
        self.__refuse_taken(name)
        if input_signature is None:
            input_signature = getattr(fn, "input_signature", None)
        if input_signature is None:
            raise ValueError(
                f"ExportArchive.add_endpoint: the endpoint {name!r} needs `input_signature`, one spec for each tensor "
                'that `fn` takes, such as [InputSpec(shape=(None, 3), dtype="float32")].'
            )
        fn, taken = getattr(fn, "python_function", fn), set()
        specs = [
            tree.map_structure(self.__as_tensor_spec, specs_of(x, called, taken))
            for x, called in zip(input_signature, _names_of(fn, len(input_signature)), strict=True)
        ]
        with using("tensorflow"):
            endpoint = self.__tf.function(self.__bound(name, fn), specs, autograph=False)
            self.__endpoints[name] = endpoint.get_concrete_function()
        setattr(self.__root, name, endpoint)
        return endpoint

    def track_and_add_endpoint(
        self, name: str, resource: Any, input_signature: Any, **kwargs: Any
    ) -> Any:
        """Track a layer or model and add its call as an endpoint: see `track` and `add_endpoint`."""
        self.track(resource)
        return self.add_endpoint(name, resource.__call__, input_signature, **kwargs)

    def add_variable_collection(self, name: str, variables: Iterable[Any]) -> None:
        """Let the SavedModel have an attribute `name`, a list of these variables.

        Raises:
            ValueError: they are not a list, tuple or set of Variables; or the name is taken.
        """
        self.__refuse_taken(name)
        kinds = (Variable, self.__tf.Variable)
        if not isinstance(variables, (list, tuple, set)) or not all(
            isinstance(v, kinds) for v in variables
        ):
            raise ValueError(
                "ExportArchive.add_variable_collection takes a list, tuple or set of Variables, not "
                f"{type(variables).__name__}."
            )
        natives = [self.__native(v) if isinstance(v, Variable) else v for v in variables]
        setattr(self.__root, name, natives)

    def write_out(self, filepath: Any, options: Any = None, verbose: bool = True) -> None:
        """Write the SavedModel, with the values that the variables of tracked models have now.

        Args:
            filepath: its folder, which takes the place of an older SavedModel.
            options: a `tf.saved_model.SaveOptions`.
            verbose: whether to print the endpoints.

        Raises:
            ValueError: there are no endpoints.
            FileExistsError: at `filepath` is something else than a SavedModel.
        """
        if not self.__endpoints:
            raise ValueError(
                "ExportArchive.write_out: there are no endpoints. Call add_endpoint first."
            )
        default = self.__endpoints.get("serve", next(iter(self.__endpoints.values())))
        with using("tensorflow"), placing(Path(filepath)) as part:
            for v, native in self.__variables.values():
                native.assign(engine().asarray(variable.host_view(v), v.dtype))
            signatures = {**self.__endpoints, "serving_default": default}
            self.__tf.saved_model.save(self.__root, str(part), signatures, options)
        if verbose:
            print(f"Saved {str(filepath)!r} with the endpoints {[*self.__endpoints]}.")

    def __refuse_taken(self, name: str) -> None:
        if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
            raise ValueError(f"ExportArchive: {name!r} cannot be the name of an attribute.")
        if hasattr(self.__root, name) or name == "signatures":
            raise ValueError(f"ExportArchive: the name {name!r} is taken. Choose another.")

    def __as_tensor_spec(self, spec: TensorSpec) -> Any:
        return self.__tf.TensorSpec(spec.shape, spec.dtype, spec.name)

    def __bound(self, name: str, fn: Callable) -> Callable:
        """Return `fn` such that it reads and changes the SavedModel's variables in place of the models'."""
        held = list(self.__variables.values())

        def endpoint(*args: Any) -> Any:
            with using("tensorflow"), StatelessScope((v, x.read_value()) for v, x in held) as scope:
                outputs = variable.values(fn(*args))
                natives = {id(v): native for v, native in held}
                for v in scope.written.values():
                    if id(v) not in natives:
                        raise ValueError(
                            f"ExportArchive: the endpoint {name!r} changes the variable {v.path!r}, which is not "
                            "tracked. Track its layer first."
                        )
                    natives[id(v)].assign(scope.bound_to(v))
            return outputs

        return endpoint

    def __native(self, v: Variable) -> Any:
        """Return the `tf.Variable` that has the value of `v` in the SavedModel."""
        if id(v) not in self.__variables:
            with using("tensorflow"):
                value = engine().asarray(variable.host_view(v), v.dtype)
            native = self.__tf.Variable(value, trainable=v.trainable, name=v.name)
            self.__variables[id(v)] = v, native
        return self.__variables[id(v)][1]


def _names_of(fn: Callable, count: int) -> list[str]:
    """Return names for `count` arguments: those of the function's parameters as far as it has them."""
    positional = [
        p.name
        for p in inspect.signature(fn).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return [*positional[:count], *(f"args_{i}" for i in range(len(positional), count))]


def _root(tf: Any) -> Any:
    """Return the object that is saved: TensorFlow saves its attributes."""

    class Root(tf.Module):
        # A `tf.Module` finds these itself; here they are lists that are saved, as Keras has it.
        variables = trainable_variables = non_trainable_variables = None

    root = Root()
    root.variables, root.trainable_variables, root.non_trainable_variables = [], [], []  # type: ignore[assignment]
    root.tracked = []
    return root
