"""Weighted bigrams, a linear model, and a file that takes raw strings."""

import pathlib
import tempfile

import keras

from tests.programs.text.corpus import load_data

(x_train, y_train), (x_test, y_test) = load_data()

vectorizer = keras.layers.TextVectorization(ngrams=2, max_tokens=400, output_mode="tf_idf")
vectorizer.adapt(x_train)

inputs = keras.Input(shape=(), dtype="string")
x = vectorizer(inputs)
outputs = keras.layers.Dense(
    2, activation="softmax", kernel_regularizer=keras.regularizers.L2(1e-4)
)(x)
model = keras.Model(inputs, outputs)
model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=16, epochs=5, verbose=0)

with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "reviews.keras"
    model.save(path)
    model = keras.saving.load_model(path)
accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
result = accuracy > 0.9
