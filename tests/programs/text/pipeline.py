"""Texts become numbers in a tf.data pipeline, standardized by a function of the program's own."""

import re
import string

import keras
import tensorflow as tf

from tests.programs.text.corpus import load_data

train, test = load_data()


def custom_standardization(input_data):
    lowercase = tf.strings.lower(input_data)
    stripped = tf.strings.regex_replace(lowercase, "<br />", " ")
    return tf.strings.regex_replace(stripped, f"[{re.escape(string.punctuation)}]", "")


vectorize_layer = keras.layers.TextVectorization(
    standardize=custom_standardization, max_tokens=500, output_mode="int", output_sequence_length=12
)
train_ds = tf.data.Dataset.from_tensor_slices(train).shuffle(400, seed=1).batch(32)
test_ds = tf.data.Dataset.from_tensor_slices(test).batch(32)
vectorize_layer.adapt(train_ds.map(lambda x, y: x))


def vectorize_text(text, label):
    return vectorize_layer(tf.expand_dims(text, -1)), label


train_ds = train_ds.map(vectorize_text).cache().prefetch(2)
test_ds = test_ds.map(vectorize_text).cache().prefetch(2)

inputs = keras.Input(shape=(None,), dtype="int64")
x = keras.layers.Embedding(500, 8)(inputs)
x = keras.layers.Conv1D(8, 3, padding="same", activation="relu")(x)
x = keras.layers.GlobalMaxPooling1D()(x)
predictions = keras.layers.Dense(1, activation="sigmoid", name="predictions")(x)
model = keras.Model(inputs, predictions)
model.compile(
    loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.02), metrics=["accuracy"]
)
model.fit(train_ds, epochs=4, verbose=0)

end_to_end = keras.Sequential([keras.Input((1,), dtype="string"), vectorize_layer, model])
end_to_end.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
texts, labels = test
accuracy = end_to_end.evaluate(
    tf.data.Dataset.from_tensor_slices((texts[:, None], labels)).batch(32), verbose=0
)[1]
result = accuracy > 0.9
