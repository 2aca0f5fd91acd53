"""`FeatureSpace`: a table's columns, each prepared in its way, as one array."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Any, ClassVar

import numpy as np

from lamina import ops
from lamina.core import dtypes, registry, tree
from lamina.core.naming import described
from lamina.core.schema import FEATURES
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import using
from lamina.feeds.frames import is_frame
from lamina.feeds.one_pass import host_tree, host_values, one_pass
from lamina.layers.core.input_layer import Input
from lamina.layers.elsewhere import elsewhere, is_in_graph
from lamina.layers.merging.concatenate import Concatenate
from lamina.layers.operation import has_symbolic
from lamina.layers.preprocessing.adapting import Adapts
from lamina.layers.preprocessing.features.category_encoding import CategoryEncoding
from lamina.layers.preprocessing.features.hashed_crossing import HashedCrossing
from lamina.models.feature_kinds import KINDS, FeatureKinds
from lamina.models.features import Cross, Feature
from lamina.models.model import Model
from lamina.models.saved import unpickled

_OUTPUTS = ("concat", "dict")


class FeatureSpace(FeatureKinds, Model):
    """Prepare the columns of a table, and encode them as one array or as a dict of arrays.

    Called on a dict of columns (arrays `(batch,)` or `(batch, 1)`, or single values for one sample). In the result
    columns stand in the order of their names, then crosses in the order of theirs.

    Args:
        features: name -> what `FeatureSpace.float_normalized()` and its like return, or its name as a
            string, such as `"float_normalized"`.
        output_mode: `"concat"`: one array `(batch, n)`; `"dict"`: an array for each column and cross.
        crosses: columns whose combinations are encoded, too: tuples of names, or `FeatureSpace.cross(...)`.
        crossing_dim: bins of crosses that are tuples.
        hashing_dim: bins of `"integer_hashed"` and `"string_hashed"`.
        num_discretization_bins: bins of `"float_discretized"`.

    Raises:
        ValueError: no features; unknown names; a column that is not encoded in `"concat"` mode; a call before
            `adapt` where there is something to learn.

    Example:
        >>> import lamina
        >>> space = lamina.utils.FeatureSpace({"size": "float_normalized", "kind": "string_categorical"})
        >>> space.adapt({"size": [1.0, 2.0, 3.0], "kind": ["a", "b", "a"]})
        >>> space({"size": 2.0, "kind": "b"}).tolist()
        [0.0, 0.0, 1.0, 0.0]
    """

    __slots__ = ("__encoded", "__inputs")
    names_in_files: ClassVar[dict[str, str | None]] = {"layers": None}  # Keras' is not a model
    __load_schema__ = {  # noqa: RUF012
        "features": f"dict[str, {FEATURES}]",
        "crosses": f"list[{FEATURES}] | None",
    }

    def __init__(
        self,
        features: Any,
        output_mode: str = "concat",
        crosses: Any = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        if output_mode not in _OUTPUTS:
            raise ValueError(
                f"FeatureSpace: `output_mode` must be one of {list(_OUTPUTS)}, not {output_mode!r}."
            )
        if not isinstance(features, dict) or not features:
            raise ValueError(f"FeatureSpace: `features` must be a dict of them, not {features!r}.")
        self.output_mode = output_mode
        self.crossing_dim, self.hashing_dim = crossing_dim, hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {column: self.__feature(column, f) for column, f in features.items()}
        self.crosses = [
            c if isinstance(c, Cross) else Cross(c, crossing_dim) for c in crosses or ()
        ]
        self.crosses_by_name = {cross.name: cross for cross in self.crosses}
        self.__check()
        self.preprocessors: dict[str, Any] = {
            column: f.preprocessor for column, f in self.features.items()
        }
        self.crossers = {c.name: HashedCrossing(c.crossing_dim, name=c.name) for c in self.crosses}
        self.one_hot_encoders: dict[str, Any] = {}
        self.concat = Concatenate(name="tfd_concat")  # files of Keras know it by this name
        self.__inputs: dict[str, KerasTensor] | None = None
        self.__encoded: Any = None

    def __feature(self, column: str, given: Any) -> Feature:
        """Return what is told of a column, as a `Feature`."""
        if isinstance(given, Feature):
            return given
        bins = {"hashed": self.hashing_dim, "discretized": self.num_discretization_bins}
        if not isinstance(given, str) or given not in KINDS:
            raise ValueError(
                f"FeatureSpace: feature {column!r} must be one of {list(KINDS)}, or FeatureSpace.feature(...), not "
                f"{given!r}."
            )
        sizes = [size for kind, size in bins.items() if given.endswith(kind)]
        return getattr(type(self), given)(*sizes, name=column)

    def __check(self) -> None:
        """Check columns, crosses and outputs against each other."""
        for cross in self.crosses:
            if unknown := [name for name in cross.feature_names if name not in self.features]:
                raise ValueError(
                    f"FeatureSpace: the cross {cross.feature_names} names {unknown}; there are {list(self.features)}."
                )
            if numbers := [
                n for n in cross.feature_names if self.features[n].output_mode == "float"
            ]:
                raise ValueError(
                    f"FeatureSpace: the cross {cross.feature_names} has {numbers}, which are numbers, not categories. "
                    "Use FeatureSpace.float_discretized(...)."
                )
        parts = {**self.features, **self.crosses_by_name}
        whole = [name for name, part in parts.items() if part.output_mode == "int"]
        if whole and self.output_mode == "concat":
            raise ValueError(
                f"FeatureSpace: {whole} have `output_mode='int'`; whole numbers do not stand beside others in one "
                "array. Encode them by 'one_hot', or use FeatureSpace(..., output_mode='dict')."
            )

    # Learning.

    def adapt(
        self,
        dataset: Any,
        steps: int | None = None,
        *,
        batch_size: int | None = None,
        verbose: int | str = "auto",
    ) -> None:
        """Learn from a table what the preprocessors need, all in one pass.

        Args:
            dataset: a dict of columns, a frame, or what gives dicts of columns, or of single values:
                a `tf.data.Dataset`, a `DataLoader`, ... Targets in it are left out.
            steps, batch_size, verbose: see `Adapts.adapt`.

        Raises:
            ValueError: a column is missing.
        """
        learners = {
            column: layer
            for column, layer in self.preprocessors.items()
            if isinstance(layer, Adapts) and layer.learns
        }
        for layer in learners.values():
            layer.reset_state()
        if learners:
            for batch in one_pass(dataset, batch_size, steps, verbose, sys.maxsize, "dataset"):
                values, _ = self.__columns(batch, learners)
                for column, layer in learners.items():
                    if not layer.built:
                        layer.build((None, *values[column].shape[1:]))
                    layer.update_state(values[column])
        for layer in learners.values():
            layer.finalize_state()
        self.__make_ready()

    def __make_ready(self) -> None:
        """Make the layers that encode, now that it is known how many categories there are."""
        tokens = {n: f.tokens for n, f in self.features.items() if f.output_mode == "one_hot"}
        tokens |= {c.name: c.crossing_dim for c in self.crosses if c.output_mode == "one_hot"}
        self.one_hot_encoders = {
            name: CategoryEncoding(tokens[name], output_mode="multi_hot") for name in tokens
        }
        self.__encoded, self.built = None, True

    def __require_ready(self) -> None:
        if self.built:
            return
        if any(isinstance(x, Adapts) and x.learns for x in self.preprocessors.values()):
            raise ValueError(
                f"{described(self)} has not learned anything yet: call `adapt` on data first."
            )
        self.__make_ready()

    # Calling.

    def __call__(self, data: Any) -> Any:
        """Return the encoded columns of a table, or of one sample; KerasTensors give KerasTensors."""
        self.__require_ready()
        values, single = self.__columns(data, self.features)
        if has_symbolic((values,), {}):
            return self.call(values)
        place = elsewhere(self, (values,), {})
        with nullcontext() if place is None else place:
            outputs = self.call(values)
            return tree.map_structure(lambda x: ops.squeeze(x, 0), outputs) if single else outputs

    def __columns(self, data: Any, names: Any) -> tuple[dict[str, Any], bool]:
        """Return columns by name, each `(batch, n)` and in its dtype, and whether they are of one sample."""
        data = host_tree(data) if is_frame(data) else data
        if not isinstance(data, dict):
            raise ValueError(
                f"{described(self)} takes a dict of columns, or a frame, not {type(data).__name__}."
            )
        if missing := [name for name in names if name not in data]:
            raise ValueError(f"{described(self)}: {missing} are missing; there are {list(data)}.")
        values = {name: _array(data[name]) for name in names}
        single = all(len(x.shape) == 0 for x in values.values())
        return {name: _column(x, self.features[name].dtype) for name, x in values.items()}, single

    def call(self, data: dict[str, Any]) -> Any:
        """Return the encoded columns, each of which is `(batch, n)`."""
        parts = {name: self.features[name].preprocessor(data[name]) for name in sorted(data)}
        for cross in sorted(self.crosses, key=lambda cross: cross.name):
            crossed = [parts[name] for name in cross.feature_names]
            parts[cross.name] = self.crossers[cross.name](crossed)
        wanted = {**self.features, **self.crosses_by_name}
        outputs = {name: self.__output(name, wanted[name], part) for name, part in parts.items()}
        if self.output_mode == "dict":
            return outputs
        arrays = list(outputs.values())
        return self.concat(arrays) if len(arrays) > 1 else arrays[0]

    def __output(self, name: str, wanted: Any, values: Any) -> Any:
        """Return what a preprocessor gives as the column's `output_mode` has it."""
        dtype = dtypes.standardize(values.dtype)
        if wanted.output_mode == "one_hot":
            if dtype not in dtypes.INTS:
                raise ValueError(
                    f"{described(self)}: feature {name!r} has `output_mode='one_hot'`, for which its preprocessor must "
                    f"give integers, but it gives {dtype}."
                )
            return self.one_hot_encoders[name](values)
        if self.output_mode == "concat" and dtype not in dtypes.FLOATS:
            raise ValueError(
                f"{described(self)}: feature {name!r} is {dtype}, which does not stand beside floats in one array. "
                "Encode it, or use FeatureSpace(..., output_mode='dict')."
            )
        return values

    # Symbolic.

    def get_inputs(self) -> dict[str, KerasTensor]:
        """Return an `Input` for each column, of shape `(None, 1)`: where a model of raw values begins."""
        if self.__inputs is None:
            self.__inputs = {
                name: Input((1,), dtype=f.dtype, name=name) for name, f in self.features.items()
            }
        return self.__inputs

    def get_encoded_features(self) -> Any:
        """Return the encoded columns for `get_inputs()`: where a model of encoded values begins.

        Raises:
            ValueError: there is something to learn by `adapt` first.
        """
        self.__require_ready()
        if self.__encoded is None:
            self.__encoded = self(self.get_inputs())
        return self.__encoded

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = ("features", "output_mode", "crosses", "crossing_dim", "hashing_dim")
        return {n: registry.serialize(getattr(self, n)) for n in (*own, "num_discretization_bins")}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the feature space that `get_config`, or Keras', describes."""
        with registry.custom_object_scope(custom_objects):
            return registry.make(cls, config)

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what each preprocessor was built for; `None` before `adapt`."""
        if not self.built:
            return None
        configs = {n: getattr(x, "get_build_config", dict)() for n, x in self.preprocessors.items()}
        return {name: config or {} for name, config in configs.items()}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build the preprocessors for what `get_build_config` returned."""
        for name, layer in self.preprocessors.items():
            if config.get(name) and not layer.built:
                layer.build_from_config(config[name])
        self.__make_ready()

    def __reduce__(self) -> Any:
        """Pickle as a `.keras` file, and import no engine for it: workers that prepare data get it so."""
        with using("numpy"):
            _, arguments = super().__reduce__()[:2]
        return _unpickled, arguments


def _unpickled(*arguments: Any) -> Any:
    with using("numpy"):
        return unpickled(*arguments)


def _array(x: Any) -> Any:
    """Return an array of numbers or of strings; symbolic tensors and native arrays stay."""
    return x if isinstance(x, KerasTensor) or is_in_graph(x) else host_values(x)


def _column(x: Any, dtype: str) -> Any:
    """Return values as `(batch, n)`, numbers of the kind of `dtype`."""
    if isinstance(x, KerasTensor):
        return x
    if is_in_graph(x):
        import tensorflow as tf

        x = tf.reshape(x, (-1, 1)) if x.shape.rank < 2 else x
        return x if dtype == "string" or x.dtype.name == dtype else tf.cast(x, dtype)
    x = x.reshape(-1, 1) if x.ndim < 2 else x
    if dtype == "string" or x.dtype == object:
        return x
    same_kind = x.dtype.kind == np.dtype(dtype).kind
    return x if same_kind and dtype not in dtypes.FLOATS else x.astype(dtype)
