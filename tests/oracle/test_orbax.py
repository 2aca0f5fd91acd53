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


def _named(k):
    model = k.Sequential(
        [
            k.layers.Input((3,)),
            k.layers.Dense(2, name="first"),
            k.layers.BatchNormalization(name="norm"),
        ],
        name="net",
    )
    model.compile(k.optimizers.Adam(0.1), "mse")
    return model


@pytest.mark.filterwarnings("ignore::UserWarning:orbax")
@pytest.mark.parametrize("weights", [False, True])
def test_folders_of_keras_are_restored_by_their_names(weights, tmp_path):
    x, y = np.random.default_rng(0).normal(size=(2, 8, 3)).astype("float32")
    y = y[:, :2]
    theirs = _named(keras)
    save = keras.callbacks.OrbaxCheckpoint(
        tmp_path / "a", save_freq="epoch", save_on_background=False, save_weights_only=weights
    )
    theirs.fit(x, y, epochs=1, verbose=0, callbacks=[save])
    ours = _named(lamina)
    kept = lamina.callbacks.OrbaxCheckpoint(tmp_path / "a", save_weights_only=weights)
    assert kept.restore(model=ours) == 0
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert int(ours.optimizer.iterations) == (0 if weights else 1)
    other = lamina.Sequential([lamina.layers.Dense(2, name="other", input_shape=(3,))], name="net")
    with pytest.raises(ValueError, match=r"has no \['trainable_variables/net/other.*names"):
        kept.restore(model=other)
    kept.on_train_end()
