"""Configurations made to do harm by their graphs, ranges, tags and shapes. Continues `test_config_values`."""

from __future__ import annotations

import contextlib
import json
import sys
import tracemalloc
from typing import Any

import pytest

import lamina
from lamina import layers
from lamina.core.audit import audit
from lamina.core.load_policy import Budget, Limits
from lamina.saving import FormatError, LimitError, LoadError, LoadPolicy, PolicyError
from tests.hostile.entry_points import ENTRY_POINTS, INPUT, TENSOR, functional, prepare, sequential
from tests.hostile.test_config import dense, envelope, every_entry, layer, refused


@pytest.fixture(scope="module", autouse=True)
def _prepared():
    prepare()


# Graphs.


def op(name: str, *args: Any, **config: Any) -> dict[str, Any]:
    calls = {"args": list(args), "kwargs": {}}
    return functional(
        envelope("keras.src.ops.numpy", name, {"name": "layer", **config}, name), calls
    )


ALLOCATORS = {
    "zeros": op("Zeros", shape=[10**12]),
    "full": op("Full", 1.0, shape=[10**12]),
    "arange": op("Arange", 0, 10**12, 1),
    "linspace": op("Linspace", 0, 1, num=10**12),
    "tile": op("Tile", TENSOR, repeats=[10**12]),
    "repeat": op("Repeat", TENSOR, repeats=10**12),
    "broadcast": op("BroadcastTo", TENSOR, shape=[10**12, 4]),
    "pad": op("Pad", TENSOR, pad_width=[[0, 10**12], [0, 0]]),
    "one hot": op("OneHot", TENSOR, num_classes=10**12),
    "eye": op("Eye", N=10**6),
}


@pytest.mark.parametrize("case", ALLOCATORS)
def test_c34_nothing_is_computed_eagerly(case, engine):
    tracemalloc.start()
    try:
        with pytest.raises(FormatError if case == "eye" else LimitError):
            layers.deserialize(ALLOCATORS[case])
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


def test_c34_the_twin_is_made(engine):
    assert layers.deserialize(op("Tile", TENSOR, repeats=[2, 3])).output_shape == (None, 12)
    big = layers.deserialize(op("Tile", TENSOR, repeats=[1, 10**8]))
    assert big.output_shape == (None, 4 * 10**8)


COMBINATORS = "WhileLoop ForiLoop Scan AssociativeScan Cond Map VectorizedMap Switch CustomGradient Vectorize JVP"


@pytest.mark.parametrize("name", COMBINATORS.split())
@pytest.mark.parametrize("module", ["core", "numpy", "linalg"])
def test_c35_functions_of_functions_have_no_name(name, module):
    config = op(name, TENSOR)
    config["config"]["layers"][1]["module"] = f"keras.src.ops.{module}"
    with pytest.raises(PolicyError, match=rf"layers\[1\].*{name}"):
        layers.deserialize(config)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "a{1000}{1000}", "[a-z]*[a-z]*x", ".*.*.*.*x", "(?=a)", 3]
)
def test_c36_patterns_that_take_long_are_not_taken_from_files(pattern):
    muon = envelope("keras.optimizers", "Muon", {"exclude_layers": [pattern]})
    with pytest.raises(LoadError):
        lamina.optimizers.deserialize(muon)
    for twin in ("dense", "encoder/.*", "^block_1", "head$"):
        muon["config"]["exclude_layers"] = [twin]
        lamina.optimizers.deserialize(muon)


def _chain(n: int) -> dict[str, Any]:
    """A graph of n ops, in reverse order."""
    entries = []
    for i in range(n):
        tensor = {**TENSOR, "config": {**TENSOR["config"], "keras_history": [f"a{i}", 0, 0]}}
        x = TENSOR if i == 0 else tensor
        sin = envelope("keras.src.ops.numpy", "Sin", {"name": f"a{i + 1}"}, "Sin")
        entries.append({**sin, "name": f"a{i + 1}", "inbound_nodes": [{"args": [x], "kwargs": {}}]})
    config = {"name": "m", "layers": [*entries[::-1], {**INPUT, "name": "x", "inbound_nodes": []}]}
    config |= {"input_layers": ["x", 0, 0], "output_layers": [f"a{n}", 0, 0]}
    return envelope("keras.src.models.functional", "Functional", config, "Functional")


def calls_in_graph(n: int) -> int:
    count = 0

    def watch(frame: Any, event: str, _: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    config = _chain(n)
    sys.setprofile(watch)
    try:
        model = layers.deserialize(config)
    finally:
        sys.setprofile(None)
    assert len(model.outputs) == 1
    return count


def test_c37_the_work_grows_with_the_graph():
    with lamina.config.using_backend("numpy"):
        calls_in_graph(10)  # the twin; all of them load
        few, many = calls_in_graph(200), calls_in_graph(400)
    assert many < 2.5 * few


def history_of(*history: Any) -> dict[str, Any]:
    return {**TENSOR, "config": {**TENSOR["config"], "keras_history": list(history)}}


BROKEN = {
    "a loop of its own": op("Sin", history_of("layer", 0, 0)),
    "an unknown layer": op("Sin", history_of("nothing", 0, 0)),
    "an index below 0": op("Sin", history_of("x", 0, -1)),
    "a large index": op("Sin", history_of("x", 0, 10**9)),
    "a large number": op("Sin", history_of("x", 10**9, 0)),
    "an index that is true": op("Sin", history_of("x", 0, True)),
    "an index with a point": op("Sin", history_of("x", 0, 0.0)),
    "a name that is a number": op("Sin", history_of(1, 0, 0)),
    "a short reference": op("Sin", history_of("x", 0)),
    "a tensor without a history": op("Sin", {"class_name": "__keras_tensor__", "config": {}}),
    "no tensor": op("Sin", 1.0),
    "never called": functional(dense(), *[])
    | {"config": {**functional(dense())["config"], "output_layers": ["nothing", 0, 0]}},
}


@pytest.mark.parametrize("case", BROKEN)
def test_c38_broken_graphs(case):
    with pytest.raises(FormatError):
        layers.deserialize(BROKEN[case])


def test_c38_circles_and_inputs_that_are_computed():
    graph = _chain(3)
    graph["config"]["layers"][2]["inbound_nodes"][0]["args"] = [history_of("a3", 0, 0)]
    with pytest.raises(FormatError, match=r"'a1', 'a2', 'a3'.*nothing computes"):
        layers.deserialize(graph)
    graph = _chain(3)
    graph["config"]["input_layers"] = ["a1", 0, 0]
    model = layers.deserialize(graph)  # a graph may begin in the middle of another
    assert model.inputs[0].shape == (None, 4)
    for wrong in (None, [], "x", [[]], {"a": 1}, [None]):
        graph = _chain(2)
        graph["config"]["output_layers"] = wrong
        with pytest.raises(FormatError):
            layers.deserialize(graph)


RANGES = {
    "a long equation": layer("EinsumDense", equation="a" * 10**6, output_shape=2),
    "stride 0": layer("Conv1D", filters=1, kernel_size=1, strides=0),
    "a kernel below 0": layer("Conv2D", filters=1, kernel_size=[-1, 1]),
    "a large axis": layer("Softmax", axis=2**62),
    "100 dimensions": layer("Reshape", target_shape=[1] * 100),
    "a product past 2**63": layer("Reshape", target_shape=[2**40, 2**40]),
    "a size that is true": layer("Reshape", target_shape=[True, 4]),
}
HARMLESS = {  # engines differ in what they can count; what is only symbolic takes nothing
    "large padding": layer("ZeroPadding1D", padding=2**62),
    "an equation of other letters": layer(
        "EinsumDense", equation="\u00e4b,bc->\u00e4c", output_shape=2
    ),
    "a large upsampling": layer("UpSampling1D", size=2**62),
    "a large repetition": layer("RepeatVector", n=2**62),
}


def _of_rank(config: Any) -> Any:
    """A model of the layer, with an input of the rank that it takes."""
    if "1D" not in config["class_name"]:
        return sequential(config)
    begin = {**INPUT, "config": {**INPUT["config"], "batch_shape": [None, 5, 4]}}
    model = sequential(config)
    model["config"]["layers"][0] = begin
    return model


@pytest.mark.parametrize("case", RANGES)
def test_c39_arguments_out_of_range(case, engine):
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            layers.deserialize(_of_rank(RANGES[case]))
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("case", HARMLESS)
def test_c39_what_is_only_symbolic_takes_nothing(case, engine):
    tracemalloc.start()
    try:
        with contextlib.suppress(FormatError):
            assert layers.deserialize(_of_rank(HARMLESS[case])).count_params() < 10**9
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


@every_entry
def test_c40_tags_are_a_closed_table(entry, tmp_path):
    for tag in (
        "__bytes__",
        "__typespec__",
        "__complex__",
        "__set__",
        "__date__",
        "__",
        "__import__",
    ):
        refused(entry, dense(bias_initializer={"class_name": tag, "config": "x" * 1000}), tmp_path)
        refused(entry, layer("Reshape", target_shape=[{"class_name": tag, "config": {}}]), tmp_path)
    for parts in ({"start": "a"}, {"stop": 2**70}, {"step": True}, {"start": [1]}, {"a": 1}, 3):
        tag = {"class_name": "__slice__", "config": parts}
        refused(entry, layer("Reshape", target_shape=[tag]), tmp_path, FormatError)
    tag = {"class_name": "__ellipsis__", "config": {"a": 1}}
    refused(entry, layer("Reshape", target_shape=[tag]), tmp_path, FormatError)
    refused(entry, layer("Reshape", target_shape=[TENSOR]), tmp_path)


@every_entry
def test_c41_dtypes(entry, tmp_path):
    slow = {"default_policy": None, "policy_map": {"(a+)+$": "float32"}}
    for given in (
        "float8",
        "f" * 10**5,
        "mixed_float64",
        "bytes",
        "object",
        3,
        ["float32"],
    ):
        refused(entry, dense(dtype=given), tmp_path, FormatError)
    for given in (
        envelope("keras", "DTypePolicyMap", slow),
        envelope("keras", "DTypePolicy", {"name": "float32", "x": 1}),
        envelope("keras.layers", "DTypePolicy", {"name": "float32"}),
    ):
        with pytest.raises(LoadError):
            ENTRY_POINTS[entry](dense(dtype=given), tmp_path)


@every_entry
def test_c42_shapes_that_a_layer_was_built_for(entry, tmp_path):
    for shape in (
        [1] * 100,
        [None, -5],
        [2**40, 2**40],
        [None, 1.5],
        [None, "4"],
        "4",
        [True, 4],
        [[{}, "a"]],
    ):
        config = {**dense(), "build_config": {"input_shape": shape}}
        refused(entry, config, tmp_path, FormatError, "build_config")
    config = {**dense(), "build_config": {"input_shape": [None, 4]}}  # the twin
    assert ENTRY_POINTS[entry](config, tmp_path).name == "layer"


def test_problems_are_told_briefly():
    config = sequential(dense())
    for i in range(2000):
        config["config"]["layers"].append(layer("x" * 500, units=i))
    with pytest.raises(PolicyError) as caught:
        layers.deserialize(config)
    text = str(caught.value)
    assert len(text) < 4096 and "2000 problems" in text and "and 1980 more" in text


def test_limits_are_the_callers():
    with pytest.raises(LimitError, match="2 layers; the limit is 1"):
        audit(sequential(dense()), budget=Budget(Limits(layers=1)))
    with pytest.raises(LimitError, match="nesting"):
        audit(sequential(dense()), policy=LoadPolicy(limits=Limits(json_depth=4)))


def test_configurations_are_not_changed_by_being_read():
    config = sequential(dense(kernel_initializer={"class_name": "Zeros", "config": {}}))
    before = json.dumps(config)
    layers.deserialize(config)
    assert json.dumps(config) == before


def test_classes_of_the_program_may_read_parts_themselves():
    class Outer(layers.Layer):
        def __init__(self, inner: Any, table: Any = None, **kwargs: Any):
            super().__init__(**kwargs)
            self.inner, self.table = inner, table

        def get_config(self) -> dict[str, Any]:
            inner = layers.serialize(self.inner)
            return {"name": self.name, "inner": inner, "table": self.table}

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            inner = layers.deserialize(config.pop("inner"))
            return cls(inner, **config)

    table = {"class_name": "of pupils", "a": [1, {"config": 2}]}
    config = layers.serialize(Outer(layers.Dense(2, name="d"), table, name="outer"))
    again = layers.deserialize(json.loads(json.dumps(config)), {"Outer": Outer})
    assert type(again.inner) is layers.Dense and again.table == table
    config["config"]["inner"]["config"]["units"] = "2"
    with pytest.raises(FormatError, match=r"config\.config\.inner\.config\.units"):
        layers.deserialize(config, {"Outer": Outer})


def test_a_class_may_state_types_of_its_arguments():
    class Mine(layers.Layer):
        __load_schema__ = {"n": "int", "inner": "layers | None"}  # noqa: RUF012

        def __init__(self, n: int, inner: Any = None, **kwargs: Any):
            super().__init__(**kwargs)
            self.n, self.inner = n, inner

    own = {"Mine": Mine}
    assert layers.deserialize(envelope(None, "Mine", {"n": 3, "inner": dense()}), own).n == 3
    for wrong in ({"n": "3"}, {"n": 3, "inner": KIND}):
        with pytest.raises(LoadError):
            layers.deserialize(envelope(None, "Mine", wrong), own)


KIND = envelope("keras.losses", "Huber", {})


def test_a_lambda_of_an_activation_comes_back():
    config = layers.serialize(layers.Lambda(lamina.activations.relu, name="l"))
    assert layers.deserialize(json.loads(json.dumps(config))).function is lamina.activations.relu


def test_all_problems_are_told_at_once():
    config = sequential(layer("Lambda", function=["code", None, None]))
    config["config"]["layers"] += [layer("Dense", units="3"), layer("Nothing"), dense(bias="x")]
    with pytest.raises(PolicyError) as caught:
        layers.deserialize(config)
    for part in ("4 problems", "layers[1]", "layers[2].config.units", "layers[3]", "layers[4]"):
        assert part in str(caught.value)
