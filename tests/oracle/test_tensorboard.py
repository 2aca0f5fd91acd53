"""The event files of Keras' TensorBoard and of ours: the same tags and steps in the same folders."""

import keras
import pytest

import lamina
from tests.training.callbacks import small
from tests.training.callbacks.boards import tensors


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"update_freq": "batch", "write_steps_per_second": True},
        {"update_freq": 2},  # with a number that does not divide the steps Keras leaves epochs out
        {"histogram_freq": 1, "write_images": True, "write_steps_per_second": True},
        {"histogram_freq": 2},
    ],
    ids=str,
)
def test_tags_and_steps(options, tmp_path):
    found = []
    with lamina.config.using_backend("jax"):
        for library in (lamina, keras):
            folder = tmp_path / library.__name__
            board = library.callbacks.TensorBoard(str(folder), **options)
            small.fit(small.model(keras=library), board)
            found.append(
                {
                    (part, plugin, *_without_model(key))
                    for part in ("train", "validation")
                    for plugin in ("scalars", "histograms", "images")
                    for key in tensors(folder / part, plugin)
                }
            )
    assert found[0] == found[1]


def _without_model(key):
    """The tag without the automatic name of the model, which counts models; and the step."""
    tag, step = key
    return tag.partition("/")[2] or tag, step
