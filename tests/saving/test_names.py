"""Registered names and configurations."""

from __future__ import annotations

import pytest

from lamina import layers, losses, saving


@pytest.fixture(autouse=True)
def _clean_table():
    table = saving.get_custom_objects()
    before = dict(table)
    yield
    table.clear()
    table.update(before)


def test_registered_objects_are_found_by_name():
    @saving.register_keras_serializable(package="Mine", name="Twice")
    class Double(layers.Layer):
        def call(self, x):
            return 2 * x

    assert saving.get_registered_name(Double) == "Mine>Twice"
    assert saving.get_registered_object("Mine>Twice") is Double
    config = saving.serialize_keras_object(Double(name="d"))
    assert config["registered_name"] == "Mine>Twice"
    again = saving.deserialize_keras_object(config)
    assert type(again) is Double and again.name == "d"


def test_names_of_what_was_not_registered():
    assert saving.get_registered_name(len) == "len"
    assert saving.get_registered_object("nothing") is None
    assert saving.get_registered_object("a", custom_objects={"a": 1}, module_objects={"a": 2}) == 1
    assert saving.get_registered_object("a", module_objects={"a": 2}) == 2


def test_custom_objects_hold_within_the_scope_only():
    class Mine(layers.Layer):
        pass

    config = saving.serialize_keras_object(Mine())
    with pytest.raises(ValueError, match=r"Mine.*register_keras_serializable"):
        saving.deserialize_keras_object(config)
    assert isinstance(saving.deserialize_keras_object(config, custom_objects={"Mine": Mine}), Mine)
    for scope in (saving.custom_object_scope, saving.CustomObjectScope):
        with scope({"Mine": Mine}):
            assert isinstance(saving.deserialize_keras_object(config), Mine)
    with pytest.raises(ValueError, match="Mine"):
        saving.deserialize_keras_object(config)


def test_the_table_of_custom_objects_may_be_changed():
    class Mine(layers.Layer):
        pass

    saving.get_custom_objects()["Mine"] = Mine
    assert isinstance(saving.deserialize_keras_object(saving.serialize_keras_object(Mine())), Mine)


@pytest.mark.parametrize(
    "thing", [layers.Dense(3, activation="relu"), losses.MeanSquaredError(), layers.LSTM(2)]
)
def test_objects_of_lamina_come_back_equal(thing):
    config = saving.serialize_keras_object(thing)
    again = saving.deserialize_keras_object(config)
    assert type(again) is type(thing) and again.get_config() == thing.get_config()


@pytest.mark.parametrize("safe_mode", [True, False, None])
def test_no_name_of_another_module_resolves(safe_mode):
    for module, name in (
        ("os", "getpid"),
        ("builtins", "eval"),
        ("lamina.saving", "load_weights"),
        ("keras.layers", "Layer.__init__"),
    ):
        config = {"module": module, "class_name": name, "config": {}, "registered_name": None}
        with pytest.raises(ValueError, match=name.split(".")[0]):
            saving.deserialize_keras_object(config, safe_mode=safe_mode)
