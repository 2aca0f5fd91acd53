"""`lamina demo`: a newcomer sees a network learn."""

import importlib.util
from pathlib import Path
from time import perf_counter

import numpy as np

import lamina
from lamina import callbacks, layers, models, optimizers, visualization
from lamina.cli.cannot_run import CannotRunError
from lamina.core import screen
from lamina.datasets import digits
from lamina.engine import current

_BATCH = 16
_HELD_BACK = 0.1  # of the digits to learn from, to watch the progress with


def demo(engine: str | None, epochs: int, seed: int, out: Path) -> float:
    """Train a small network on the bundled digits; pictures and weights go to `out`.

    Args:
        engine: name; `None` takes the one configured.
        epochs: how often to go through the digits.
        seed: for the first weights and the order of the digits.
        out: a folder, made if it is not there.

    Returns:
        The accuracy on the digits kept for testing.

    Raises:
        CannotRunError: the engine cannot train or is not there, matplotlib is missing, or `out` cannot be
            written to; before the training.
    """
    name = engine or current.default_name()
    _require(name, out)
    with current.using(name):
        return _learn(name, epochs, seed, out)


def _learn(name: str, epochs: int, seed: int, out: Path) -> float:
    lamina.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = _data()
    screen.say(
        f"lamina {lamina.__version__}, engine {name}: "
        f"{len(x_train)} digits to learn from, {len(x_test)} to be tested with"
    )
    model = network()
    model.compile(optimizer=optimizers.RMSprop(lr=0.001), loss="mse", metrics=["accuracy"])
    model.summary()
    began = perf_counter()
    history = model.fit(
        x_train, y_train, batch_size=_BATCH, epochs=epochs, validation_split=_HELD_BACK
    )
    seconds = perf_counter() - began
    predicted, labels = model.predict(x_test, verbose=0).argmax(-1), y_test.argmax(-1)
    _report(model, history, (x_test, labels, predicted), seconds, name, out)
    return float(np.mean(predicted == labels))


def network() -> models.Model:
    """Make the study note's network, for 64 pixels instead of 784."""
    inputs = layers.Input(shape=(64,), name="pixels")
    hidden = layers.Dense(32, activation="relu", name="hidden")(inputs)
    outputs = layers.Dense(10, activation="softmax", name="digit")(hidden)
    return models.Model(inputs=inputs, outputs=outputs, name="demo")


def _data() -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return pixels from 0 to 1 in rows of 64; targets are 1 for the digit and 0 for the others."""
    one_hot = np.eye(10, dtype="float32")
    return tuple(
        (x.reshape(-1, 64).astype("float32") / 16, one_hot[y]) for x, y in digits.load_data()
    )


def _require(name: str, out: Path) -> None:
    try:
        engine = current.load(name)
    except (ImportError, ValueError) as error:
        raise CannotRunError(str(error)) from error
    if "differentiates" not in engine.capabilities:
        names = current.available()
        others = [name for name in names if "differentiates" in current.load(name).capabilities]
        raise CannotRunError(
            f"the engine {name!r} computes no gradients, so it cannot train. "
            f"Engines that train here: {', '.join(others)}"
        )
    for package, what in (
        ("matplotlib", "pictures need matplotlib"),
        ("vl_convert", "report needs vl-convert-python"),
    ):
        if importlib.util.find_spec(package) is None:
            raise CannotRunError(
                f"the {what}, which is not installed. Install it with: pip install 'lamina[demo]'"
            )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRunError(
            f"the folder {str(out)!r} cannot be made ({error.strerror}); choose another with --out"
        ) from error


def _report(
    model: models.Model,
    history: callbacks.History,
    tested: tuple[np.ndarray, np.ndarray, np.ndarray],
    seconds: float,
    name: str,
    out: Path,
) -> None:
    from lamina.cli import pictures

    images, labels, predicted = tested
    right = int(np.sum(predicted == labels))
    files = {
        out / "history.png": "how it learned",
        out / "predictions.png": "test digits, and what it takes them for",
        out / "digits.weights.h5": "its weights",
        out / "report.html": "all of it, on one page",
    }
    history_file, predictions_file, weights_file, report_file = files
    pictures.draw_history(history.history, history_file)
    pictures.draw_predictions(*tested, predictions_file)
    model.save_weights(weights_file)
    data = images, np.eye(10, dtype="float32")[labels]
    visualization.report(model, history, data, report_file, image_shape=(8, 8))
    screen.say(
        f"Trained on {name} in {seconds:.1f} s. "
        f"Test accuracy: {right / len(labels):.4f} ({right} of {len(labels)} digits)"
    )
    width = max(len(str(path)) for path in files)
    for path, what in files.items():
        screen.say(f"  {path!s:{width}}  {what}")
