"""Tell two kinds of waves apart: convolutions over time, a rate that is reduced, a checkpoint of the best."""

import pathlib
import tempfile

import keras
import numpy as np

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
count, length = 400, 60
labels = rng.integers(0, 2, count)
time = np.arange(length)
phase = rng.uniform(0, 2 * np.pi, (count, 1))
waves = np.where(
    labels[:, None] == 1,
    np.sin(2 * np.pi * time / 10 + phase),
    np.sign(np.sin(2 * np.pi * time / 10 + phase)),
)
x = (waves + rng.normal(0, 0.2, waves.shape)).astype("float32")[..., None]
x_train, y_train, x_test, y_test = x[:300], labels[:300], x[300:], labels[300:]
num_classes = len(np.unique(y_train))


def make_model(input_shape):
    input_layer = keras.layers.Input(input_shape)
    x = input_layer
    for _ in range(2):
        x = keras.layers.Conv1D(filters=16, kernel_size=3, padding="same")(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.ReLU()(x)
    gap = keras.layers.GlobalAveragePooling1D()(x)
    output_layer = keras.layers.Dense(num_classes, activation="softmax")(gap)
    return keras.models.Model(inputs=input_layer, outputs=output_layer)


model = make_model(input_shape=x_train.shape[1:])
best = pathlib.Path(tempfile.mkdtemp()) / "best_model.keras"
callbacks = [
    keras.callbacks.ModelCheckpoint(best, save_best_only=True, monitor="val_loss"),
    keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=5, min_lr=0.0001),
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=20, verbose=1),
]
model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["sparse_categorical_accuracy"],
)
model.fit(
    x_train, y_train, batch_size=32, epochs=15, callbacks=callbacks, validation_split=0.2, verbose=0
)
model = keras.models.load_model(best)
test_loss, test_acc = model.evaluate(x_test, y_test, verbose=0)
print("Test accuracy", test_acc)
result = test_acc > 0.8
