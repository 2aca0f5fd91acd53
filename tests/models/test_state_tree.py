"""`get_state_tree` and `set_state_tree`: everything that training changes, by paths."""

import numpy as np
import pytest

import lamina
from lamina import layers


def trained():
    model = lamina.Sequential([layers.Dense(1, name="dense")], name="model")
    model.compile(lamina.optimizers.SGD(name="sgd"), "mse", metrics=["mae"])
    model.fit(np.ones((4, 2), "float32"), np.ones((4, 1), "float32"), verbose=0)
    return model


def test_the_tree_holds_all_and_gives_all_back():
    model = trained()
    tree = model.get_state_tree("numpy_array")
    assert {*tree["trainable_variables"]["model"]["dense"]} == {"kernel", "bias"}
    assert tree["optimizer_variables"]["sgd"]["iteration"] == 1
    assert tree["metrics_variables"]["loss"]["count"] > 0
    other = trained()
    other.set_weights([w * 0 for w in other.get_weights()])
    other.set_state_tree(model.get_state_tree())
    for a, b in zip(other.get_weights(), model.get_weights(), strict=True):
        assert (a == b).all()


@pytest.mark.parametrize("tree", [{"nothing": {}}, {"trainable_variables": {"model": {"x": 1}}}])
def test_an_unknown_part_is_refused(tree):
    with pytest.raises(ValueError, match="set_state_tree"):
        trained().set_state_tree(tree)
