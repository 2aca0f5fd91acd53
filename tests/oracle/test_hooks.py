"""What callbacks are told by Keras' `fit`, `evaluate` and `predict`, and by ours: hooks, numbers, names of logs."""

import inspect

import keras
import pytest

import lamina
from tests.training.callbacks import small

HOOKS = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]


def _recorder(library, told):
    """A callback that writes down each hook, the number that it got, and the names of the logs."""

    def hook(name):
        numbered = len(inspect.signature(getattr(keras.callbacks.Callback, name)).parameters) == 3

        def on(self, *args, logs=None):
            number, logs = (args[0], (*args, logs)[1]) if numbered else (None, (*args, logs)[0])
            told.append((name, number, sorted(logs or {})))
            if name.startswith("on_train_batch"):  # as the base does: its other name
                getattr(self, name.replace("train_", ""))(number, logs=logs)

        return on

    return type("Recorder", (library.callbacks.Callback,), {name: hook(name) for name in HOOKS})()


def _params(callback):
    return {name: callback.params[name] for name in ("epochs", "steps", "verbose")}


@pytest.mark.parametrize(
    "run",
    [
        lambda net, told: small.fit(net, told),
        lambda net, told: small.fit(net, told, epochs=3, initial_epoch=1, validation_freq=3),
        lambda net, told: small.fit(net, told, validation_data=None, steps_per_epoch=2),
        lambda net, told: net.evaluate(*small.data(), 10, verbose=0, callbacks=[told]),
        lambda net, told: net.predict(small.data()[0], 10, verbose=0, callbacks=[told]),
    ],
    ids=["fit", "validation_freq", "steps_per_epoch", "evaluate", "predict"],
)
def test_hooks_are_called_as_keras_calls_them(run, request):
    told, params = [], []
    with lamina.config.using_backend("jax"):
        for library in (lamina, keras):
            told.append([])
            recorder = _recorder(library, told[-1])
            run(small.model(keras=library), recorder)
            if request.node.callspec.id in ("fit", "validation_freq"):
                params.append(_params(recorder))
    assert told[0] == told[1] and told[0]
    assert params[:1] == params[1:]
