"""OrbaxCheckpoint beside Keras': the same folders, the same names in them, the same values."""

import keras
import numpy as np
import orbax.checkpoint as orbax
import pytest

import lamina
from tests.training.callbacks import small


def _read(folder):
    step = max(int(path.name) for path in folder.iterdir() if path.name.isdigit())
    with orbax.CheckpointManager(folder) as manager:
        args = orbax.args.Composite(pytree=orbax.args.PyTreeRestore())
        return dict(_leaves(manager.restore(step, args=args)["pytree"]))


def _leaves(state, path=()):
    for name, value in state.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), np.asarray(value)


@pytest.mark.filterwarnings("ignore::UserWarning:orbax")
@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("freq", ["epoch", 3])
def test_folders_and_names(freq, weights, tmp_path):
    numbers, names = [], []
    with lamina.config.using_backend("jax"):
        for library in (lamina, keras):
            folder = tmp_path / library.__name__
            net = small.model(keras=library)
            net.name = "net"
            save = library.callbacks.OrbaxCheckpoint(
                folder,
                save_freq=freq,
                max_to_keep=2,
                save_on_background=False,
                save_weights_only=weights,
            )
            small.fit(net, save, epochs=3)
            numbers.append(sorted(path.name for path in folder.iterdir()))
            state = _read(folder)
            names.append(sorted((*key[:1], *key[2:], value.shape) for key, value in state.items()))
    assert numbers[0] == numbers[1]
    assert names[0] == names[1]
