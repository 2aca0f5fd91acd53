"""Pictures of curves, filters, activations and mistakes show the numbers that there are."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.visualization import plot_activations, plot_confusion, plot_filters, plot_history
from lamina.visualization.learned import mosaic

LOGS = {"loss": [3.0, 2.0, 1.0], "val_loss": [4.0, 3.0, 2.0], "mae": [1.0, 0.5, 0.25]}


def _curves(figure):
    return {line.get_label(): list(line.get_ydata()) for ax in figure.axes for line in ax.lines}


def test_curves_of_a_dict_a_history_and_a_model_are_the_same():
    history = lamina.callbacks.History()
    for epoch in range(3):
        history.on_epoch_end(epoch, {name: values[epoch] for name, values in LOGS.items()})
    model = lamina.Sequential([layers.Dense(1)])
    model.history = history
    for given in (LOGS, history, model):
        assert _curves(plot_history(given)) == LOGS
    assert _curves(plot_history(LOGS, ["mae"])) == {"mae": LOGS["mae"]}
    with pytest.raises(TypeError, match="what `fit` returned"):
        plot_history([1, 2])


def test_a_mosaic_has_each_tile_once():
    tiles = np.arange(5 * 2 * 3, dtype=float).reshape(5, 2, 3)
    picture = mosaic(tiles)
    assert sorted(picture[~np.isnan(picture)]) == sorted(tiles.ravel())
    assert any((picture[:2, i : i + 3] == tiles[1]).all() for i in range(picture.shape[1] - 2))


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (layers.Conv2D(5, 3), (None, 8, 8, 1), lambda k: k[..., 0, :]),
        (layers.Conv2D(5, 3), (None, 8, 8, 4), lambda k: k.mean(2)),
        (layers.Conv1D(5, 3), (None, 8, 4), lambda k: k),
        (layers.Dense(5), (None, 3), lambda k: k),
    ],
)
def test_filters_are_the_kernel(layer, shape, expected, engine):
    layer.build(shape)
    [ax] = plot_filters(layer).axes
    drawn = np.ma.filled(ax.images[0].get_array(), np.nan)
    values = expected(layer.get_weights()[0])
    np.testing.assert_allclose(sorted(drawn[~np.isnan(drawn)]), sorted(values.ravel()), rtol=1e-6)


def test_filters_of_colours_are_coloured():
    layer = layers.Conv2D(2, 3)
    layer.build((None, 8, 8, 3))
    pixels = plot_filters(layer).axes[0].images[0].get_array()
    assert pixels.shape[-1] == 3 and pixels.min() >= 0 and pixels.max() <= 1


def test_a_layer_without_filters_is_refused():
    with pytest.raises(ValueError, match="has no kernel"):
        plot_filters(layers.Flatten())


def test_activations_are_those_captured(engine):
    model = lamina.Sequential(
        [
            lamina.Input((6, 6, 1)),
            layers.Conv2D(3, 3, name="c"),
            layers.Flatten(name="f"),
            layers.Dense(2, name="d"),
        ]
    )
    x = np.random.default_rng(1).normal(size=(4, 6, 6, 1)).astype("float32")
    figure = plot_activations(model, x, sample=2)
    assert [ax.get_title("left") for ax in figure.axes] == ["c: (4, 4, 3)", "f: (48,)", "d: (2,)"]
    captured = lamina.ops.convert_to_numpy(model.capture(x, ["c"])["c"])[2]
    drawn = np.ma.filled(figure.axes[0].images[0].get_array(), np.nan)
    np.testing.assert_allclose(sorted(drawn[~np.isnan(drawn)]), sorted(captured.ravel()), rtol=1e-6)


def test_confusion_is_the_matrix_drawn():
    model = lamina.Sequential([lamina.Input((3,)), layers.Softmax()])
    figure = plot_confusion(
        model, np.eye(3, dtype="float32")[[0, 1, 1]], np.array([0, 1, 2]), names=["a", "b", "c"]
    )
    np.testing.assert_array_equal(
        figure.axes[0].images[0].get_array(), [[1, 0, 0], [0, 1, 0], [0, 1, 0]]
    )
