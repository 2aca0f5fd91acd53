"""An LSTM reads a digit row by row, as a sequence of eight rows, and names it at the end.

python examples/lstm_classifier.py
"""

import lamina
from lamina import layers
from lamina.datasets import digits


def main(epochs=20, verbose=1):
    lamina.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = x_train / 16.0, x_test / 16.0  # (samples, time 8, features 8)

    model = lamina.Sequential(
        [
            layers.Input((None, 8)),
            layers.LSTM(48, return_sequences=True),
            layers.LSTM(48),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        lamina.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(x_train, y_train, epochs=epochs, verbose=verbose)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    # The number of rows is free: how well is it read from its upper half?
    _, half = model.evaluate(x_test[:, :4], y_test, verbose=0)
    print(f"test accuracy {accuracy:.4f}, from the upper half only {half:.4f}")
    return accuracy


if __name__ == "__main__":
    main()
