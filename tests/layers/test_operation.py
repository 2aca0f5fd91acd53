"""`Operation`: subclasses of the user's own, on values, in graphs and in files."""

import numpy as np
import pytest

import lamina
from lamina import layers, ops


@lamina.saving.register_keras_serializable("tests")
class Stretch(lamina.Operation):
    def __init__(self, factor, times=1, name=None):
        super().__init__(name=name)
        self.factor = factor

    def call(self, x, shift=0.0):
        return ops.concatenate([x * self.factor + shift] * 2, axis=-1)


X = np.array([[1.0, 2.0]], "float32")


def test_it_computes_on_values_and_knows_shapes(engine):
    double = Stretch(2.0)
    assert ops.convert_to_numpy(double(X, shift=1.0)).tolist() == [[3, 5, 3, 5]]
    y = double(lamina.Input((2,)))
    assert y.shape == (None, 4) and double.output is y
    assert double.compute_output_spec(lamina.KerasTensor((3, 2))).shape == (3, 4)


def test_its_own_spec_is_believed():
    class Declared(Stretch):
        def compute_output_spec(self, x):
            return lamina.KerasTensor((None, 7), "int32")

    y = Declared(1.0)(lamina.Input((2,)))
    assert (y.shape, y.dtype) == ((None, 7), "int32")


@pytest.mark.parametrize("way", ["config", "file", "clone"])
def test_a_model_with_operations_is_made_again(way, tmp_path):
    x, stretch = lamina.Input((2,)), Stretch(3.0, times=2, name="wide")
    model = lamina.Model(x, layers.Dense(1)(stretch(stretch(x))))
    if way == "config":
        twin = lamina.Model.from_config(model.get_config())
        twin.set_weights(model.get_weights())
    elif way == "file":
        model.save(tmp_path / "model.keras")
        twin = lamina.models.load_model(tmp_path / "model.keras")
    else:
        twin = lamina.models.clone_model(model)
        twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))
    assert twin.layers[-1].input.node.operation.get_config() == {
        "name": "wide",
        "factor": 3.0,
        "times": 2,
    }


def test_layers_are_operations():
    assert isinstance(layers.Dense(1), lamina.Operation)


@pytest.mark.parametrize(
    ("mistake", "kind", "words"),
    [
        (lambda: lamina.Operation()(X), NotImplementedError, "Write one: def call"),
        (lambda: Stretch(1.0, name="a/b"), ValueError, "without '/'"),
        (lambda: Stretch(1.0).input, AttributeError, "never called on a symbolic tensor"),
    ],
)
def test_mistakes(mistake, kind, words):
    with pytest.raises(kind, match=words):
        mistake()
