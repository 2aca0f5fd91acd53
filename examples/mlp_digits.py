"""A small dense network reads handwritten digits, on whichever engine is configured.

python examples/mlp_digits.py
LAMINA_BACKEND=torch python examples/mlp_digits.py
"""

import lamina
from lamina import layers
from lamina.datasets import digits


def main(epochs=20, verbose=1):
    lamina.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = x_train / 16.0, x_test / 16.0  # ink from 0 to 1

    model = lamina.Sequential(
        [
            layers.Flatten(input_shape=(8, 8)),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=lamina.optimizers.Adam(0.003),
        loss=lamina.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    stop = lamina.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True)
    model.fit(
        x_train,
        y_train,
        epochs=epochs,
        validation_split=0.1,
        callbacks=[stop],
        verbose=verbose,
    )
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f} on {lamina.config.backend()}")
    return accuracy


if __name__ == "__main__":
    main()
