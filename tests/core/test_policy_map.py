"""`DTypePolicyMap`: one policy for each layer, by its path."""

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.dtype_policies import DTypePolicyMap


@pytest.fixture
def policies():
    return DTypePolicyMap("float32", {"model/.*": "mixed_bfloat16", "head": "float16"})


def test_layers_look_it_up_by_path(policies):
    within, head = (layers.Dense(2, dtype=policies, name=name) for name in ("within", "head"))
    assert (within.compute_dtype, head.compute_dtype) == ("float32", "float16")
    model = lamina.Sequential([within], name="model")
    model.build((None, 3))
    assert (within.path, within.compute_dtype, within.kernel.dtype) == (
        "model/within",
        "bfloat16",
        "float32",
    )
    assert "bfloat16" in str(within(np.ones((1, 3), "float32")).dtype)


def test_it_goes_through_configurations(policies):
    head = layers.deserialize(layers.serialize(layers.Dense(2, dtype=policies, name="head")))
    assert head.compute_dtype == "float16"
    config = head.get_config()["dtype"]
    assert config["class_name"] == "DTypePolicyMap"
    assert list(config["config"]["policy_map"]) == ["model/.*", "head"]
    again = lamina.dtype_policies.get(lamina.dtype_policies.serialize(policies))
    assert again["model/x"].name == "mixed_bfloat16"


def test_it_may_be_the_global_policy(policies):
    lamina.config.set_dtype_policy(policies)
    try:
        assert layers.Dense(2, name="head").variable_dtype == "float16"
        assert layers.Dense(2, name="other").variable_dtype == "float32"
    finally:
        lamina.config.set_dtype_policy(None)


@pytest.mark.parametrize(
    ("mistake", "kind"),
    [
        (lambda p: p.__setitem__("head", "float32"), ValueError),
        (lambda p: DTypePolicyMap(p), ValueError),
        (lambda p: DTypePolicyMap(policy_map=["float32"]), TypeError),
        (lambda p: p.pop("nothing"), KeyError),
        (
            lambda p: DTypePolicyMap("float32", {"a.*": "float16", ".*b": "float16"})["ab"],
            ValueError,
        ),
    ],
)
def test_mistakes(policies, mistake, kind):
    with pytest.raises(kind):
        mistake(policies)
