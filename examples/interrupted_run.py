"""A run that may be killed at any moment: start it again, and it goes on where it was.

python examples/interrupted_run.py      # stop it with Ctrl-C, or kill it; then the same again
"""

import lamina
from lamina import layers
from lamina.datasets import digits


def main(epochs=30, folder="interrupted_run", every="5 s", verbose=1):
    lamina.utils.set_random_seed(0)
    (x_train, y_train), _ = digits.load_data()
    model = lamina.Sequential(
        [
            layers.Flatten(input_shape=(8, 8)),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=lamina.optimizers.Adam(0.001, use_ema=True),
        loss=lamina.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    backup = lamina.callbacks.BackupAndRestore(folder, every=every, delete_checkpoint=False)
    history = model.fit(
        x_train / 16.0, y_train, epochs=epochs, callbacks=[backup], verbose=verbose
    ).history
    print(f"{len(history['loss'])} epochs, the last loss is {history['loss'][-1]:.6f}")
    return history


if __name__ == "__main__":
    main()
