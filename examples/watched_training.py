"""A digit reader whose training is watched: TensorBoard, a profile, averaged weights, curves.

python examples/watched_training.py
tensorboard --logdir logs
"""

from pathlib import Path

import lamina
from lamina import callbacks, layers
from lamina.datasets import digits


class LargestWeight(callbacks.Callback):
    """Writes a number of its own to TensorBoard."""

    def __init__(self, board):
        self.board = board

    def on_epoch_end(self, epoch, logs=None):
        largest = max(abs(weight).max() for weight in self.model.get_weights())
        self.board.summary.scalar("largest_weight", largest, step=epoch)


def main(epochs=20, verbose=1, folder="logs"):
    lamina.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    hidden = layers.Dense(64, activation="relu")
    model = lamina.Sequential([layers.Flatten(input_shape=(8, 8)), hidden, layers.Dense(10)])
    model.compile(
        lamina.optimizers.Adam(0.003, use_ema=True, ema_momentum=0.95),
        lamina.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    board = callbacks.TensorBoard(folder, histogram_freq=1, update_freq=10)
    profile = callbacks.Profile(verbose)
    history = model.fit(
        x_train / 16.0,
        y_train,
        epochs=epochs,
        validation_split=0.1,
        callbacks=[callbacks.SwapEMAWeights(), board, LargestWeight(board), profile],
        verbose=verbose,
    )
    history.plot(["loss", "accuracy"]).savefig(Path(folder) / "curves.png")
    loss, accuracy = model.evaluate(x_test / 16.0, y_test, verbose=0)
    print(
        f"averaged weights: test loss {loss:.4f}, test accuracy {accuracy:.4f} on {lamina.config.backend()}"
    )
    return accuracy, profile


if __name__ == "__main__":
    main()
