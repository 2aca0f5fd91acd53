"""Configurations of Keras 2 become Keras 3's, which come back as they are."""

import contextlib
import copy
import json

import h5py
import numpy as np
import pytest

import lamina
from lamina.saving import LoadError
from lamina.saving.configurations import config_of, model_of
from lamina.saving.keras2 import compile_config, modern
from tests.saving.legacy_cases import MODELS, Case

layers = lamina.layers


def _old(class_name, **config):
    return {"class_name": class_name, "config": config}


def _stack(*layers):
    return modern({"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}})


def _graph():
    x = lamina.Input((4, 3), name="x")
    y = layers.LSTM(2, return_sequences=True)(x)
    y = layers.MultiHeadAttention(1, 2)(y, y)
    return lamina.Model([x], {"y": layers.Dense(2)(y * 2.0 + x[:, :, :1])})


def _models():
    compiled = lamina.Sequential([lamina.Input((3,)), layers.Dense(2), layers.LeakyReLU(0.1)])
    rate = lamina.optimizers.schedules.InverseTimeDecay(0.1, 1, 0.5)
    compiled.compile(lamina.optimizers.SGD(rate), lamina.losses.Huber(), metrics=["mae", "acc"])
    deferred = lamina.Sequential([layers.GRU(2), layers.BatchNormalization(), layers.Dense(2)])
    return [compiled, deferred, _graph()]


@pytest.mark.parametrize("number", range(3))
def test_what_keras_3_wrote_comes_back_as_it_is(number):
    config = config_of(_models()[number])
    assert modern(config) == config


def test_a_second_conversion_changes_nothing():
    once = _stack(_old("Convolution2D", filters=2, batch_input_shape=[None, 8, 8, 1]))
    assert modern(once) == once


def test_a_stack_without_an_input_has_the_shape_of_its_first_layer():
    config = _stack(
        _old("Dense", name="d", units=2, batch_input_shape=[None, 3], input_dtype="float32")
    )
    assert model_of(config).input_shape == (None, 3)


def test_a_list_of_layers_is_a_stack():
    stack = {
        "class_name": "Sequential",
        "config": [_old("Dense", units=2, batch_input_shape=[None, 3])],
    }
    assert model_of(stack).count_params() == 8


def test_a_graph_was_called_a_model():
    x = _old("InputLayer", name="x", batch_input_shape=[None, 3], sparse=False, ragged=False)
    d = _old("Dense", name="d", units=2)
    config = {
        "name": "m",
        "layers": [
            {**x, "name": "x", "inbound_nodes": []},
            {**d, "name": "d", "inbound_nodes": [[["x", 0, 0, {}]]]},
        ],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["d", 0, 0]],
    }
    model = model_of({"class_name": "Model", "config": config})
    assert (model.input.name, model.output_shape) == ("x", (None, 2))


@pytest.mark.parametrize(
    ("old", "attributes"),
    [
        (_old("LeakyReLU", alpha=0.1), {"negative_slope": 0.1}),
        (_old("ThresholdedReLU", theta=0.5), {"threshold": 0.5}),
        (_old("GRU", units=2, implementation=2, time_major=False), {"reset_after": False}),
        (_old("BatchNormalization", axis=[3], fused=True), {"axis": 3}),
        (_old("SyncBatchNormalization", axis=-1), {"synchronized": True}),
        (
            _old("Dense", units=1, dtype=_old("Policy", name="float16")),
            {"compute_dtype": "float16"},
        ),
        (_old("AvgPool2D", pool_size=[2, 2]), {"pool_size": (2, 2)}),
    ],
    ids=lambda x: x.get("class_name") if "class_name" in x else "",
)
def test_layers(old, attributes):
    layer = layers.deserialize(modern(old))
    assert {name: getattr(layer, name) for name in attributes} == attributes


def test_initializers_of_tensorflow_1():
    scaling = {
        "scale": 1.0,
        "mode": "fan_in",
        "distribution": "normal",
        "seed": None,
        "dtype": "float32",
    }
    config = _old("Dense", units=1, kernel_initializer=_old("VarianceScaling", **scaling))
    initializer = layers.deserialize(modern(config)).kernel_initializer
    assert initializer.distribution == "truncated_normal"


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("LSTM", {"time_major": True}),
        ("DepthwiseConv2D", {"groups": 2}),
        ("Dense", {"dynamic": True}),
    ],
)
def test_what_only_keras_2_knows_is_refused(name, option):
    with pytest.raises(LoadError, match=f"{name} 'mine' has {next(iter(option))}="):
        modern(_old(name, name="mine", **option))


def _compiled(**training):
    config = _stack(_old("Dense", name="d", units=2, batch_input_shape=[None, 3]))
    config["compile_config"] = compile_config(training, ["d"])
    return model_of(config)


def test_the_learning_rate_and_its_decay():
    sgd = _old("SGD", lr=0.1, decay=0.5, momentum=0.0, nesterov=False)
    model = _compiled(optimizer_config=sgd, loss="mse", metrics=["accuracy"])
    rates = [float(model.optimizer.schedule(step)) for step in (0, 2)]
    assert rates == pytest.approx([0.1, 0.05])


def test_a_scaled_optimizer():
    adam = _old("Custom>Adam", learning_rate=0.1, is_legacy_optimizer=False, jit_compile=True)
    scaled = _old(
        "LossScaleOptimizerV3",
        inner_optimizer=adam,
        dynamic=True,
        initial_scale=8.0,
        dynamic_growth_steps=3,
    )
    optimizer = _compiled(optimizer_config=scaled, loss="mse").optimizer
    assert type(optimizer.inner_optimizer).__name__ == "Adam"


def test_losses_and_metrics():
    wrapper = _old("MeanMetricWrapper", name="d_acc", dtype="float32", fn="binary_accuracy")
    model = _compiled(
        optimizer_config=_old("RMSprop", learning_rate=0.1, epsilon=None),
        loss=_old(
            "BinaryCrossentropy", reduction="auto", from_logits=True, fn="binary_crossentropy"
        ),
        metrics=[wrapper, _old("AUC", name="auc", num_thresholds=5)],
    )
    assert model.loss.from_logits and model.loss.reduction == "sum_over_batch_size"
    logs = model.train_on_batch([[1.0, 2.0, 3.0]], [[0.0, 1.0]], return_dict=True)
    assert set(logs) == {"loss", "acc", "auc"}


def _hard():
    return _old(
        "Sequential",
        layers=[
            _old("Dense", name="d", units=1, activation="hard_sigmoid", batch_input_shape=[None, 1])
        ],
    )


def test_the_hard_sigmoid_of_keras_2_was_another():
    with pytest.warns(UserWarning, match="outputs of 'd' differ from those of Keras 2"):
        model_of(_hard())


def test_the_hard_sigmoid_of_keras_2_may_be_given():
    old = lambda x: lamina.ops.clip(0.2 * x + 0.5, 0.0, 1.0)  # noqa: E731
    model = model_of(_hard(), {"hard_sigmoid": old})
    model.set_weights([np.ones((1, 1)), np.zeros(1)])
    np.testing.assert_allclose(model.predict(np.array([[1.0]]), verbose=0), 0.7, rtol=1e-6)


# What may stand anywhere in a file of somebody else.
JUNK = [
    *(None, 0, -1, 1.5, "x", True, 10**30, "Sequential", "tf_keras.src.engine.x", [], {}, [[]]),
    *([["a", 0, 0, {}]], ["a", 0, 0, {}], ["_CONSTANT_VALUE", -1], {"class_name": "Dense"}),
    *({"class_name": "Dense", "config": []}, {"class_name": 1, "config": {}}),
    {
        "class_name": "Functional",
        "config": {"layers": [{}], "input_layers": [], "output_layers": []},
    },
]


def _places(x, way=()):
    inner = x.items() if isinstance(x, dict) else enumerate(x) if isinstance(x, list) else ()
    for key, part in inner:
        yield (*way, key)
        yield from _places(part, (*way, key))


@pytest.mark.parametrize("name", MODELS)
def test_whatever_stands_there_is_converted_or_refused(name, tmp_path):
    Case(name, tmp_path)
    with h5py.File(tmp_path / "model.h5") as file:
        config, training = (json.loads(file.attrs[n]) for n in ("model_config", "training_config"))
    whole = {**config, "compile_config": compile_config(training, [])}
    places, random = list(_places(whole)), np.random.default_rng(0)
    for number in random.integers(len(places), size=200):
        spoilt = copy.deepcopy(whole)
        *way, last = places[number]
        target = spoilt
        for key in way:
            target = target[key]
        target[last] = copy.deepcopy(JUNK[random.integers(len(JUNK))])
        with contextlib.suppress(LoadError):
            modern(spoilt)
