"""`adapt`: forget, learn from each batch once, finalize; whatever the data come from."""

import numpy as np
import pytest

import lamina
from lamina.layers.preprocessing.adapting import Adapts


class Largest(Adapts, lamina.Layer):
    """The largest value of each column so far."""

    def __init__(self, **options):
        super().__init__(**options)
        self.calls = []

    def build(self, input_shape):
        self.calls.append(("build", input_shape))

    def reset_state(self):
        self.calls.append("reset")

    def update_state(self, data):
        self.calls.append(len(data))

    def finalize_state(self):
        self.calls.append("finalize")


def test_a_layer_forgets_is_built_learns_and_finalizes():
    layer = Largest()
    layer.adapt(np.zeros((5, 2)), batch_size=3)
    assert layer.calls == ["reset", ("build", (None, 2)), 3, 2, "finalize"]


def test_steps_limit_the_batches_of_a_source_without_an_end():
    layer = Largest()
    layer.adapt((np.zeros((2, 1)) for _ in iter(int, 1)), 3)
    assert layer.calls[2:] == [2, 2, 2, "finalize"]


def test_a_frame_is_one_array_of_columns():
    import pandas

    layer = Largest()
    layer.adapt(pandas.DataFrame({"a": [1, 2, 3], "b": [0.5, 1, 2]}))
    assert ("build", (None, 2)) in layer.calls


def test_a_dict_is_refused_with_its_names():
    with pytest.raises(ValueError, match="'a', 'b'"):
        Largest().adapt({"a": [1], "b": [2]})
