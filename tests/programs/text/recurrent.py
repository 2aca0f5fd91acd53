"""A bidirectional LSTM that skips the padding."""

import keras
from keras import layers

from tests.programs.text.corpus import load_data

(x_train, y_train), (x_test, y_test) = load_data()

encoder = layers.TextVectorization(max_tokens=300, output_sequence_length=12)
encoder.adapt(x_train)
vocabulary = encoder.get_vocabulary()
assert vocabulary[:2] == ["", "[UNK]"]

model = keras.Sequential(
    [
        keras.Input(shape=(), dtype="string"),
        encoder,
        layers.Embedding(input_dim=len(vocabulary), output_dim=8, mask_zero=True),
        layers.Bidirectional(layers.LSTM(6)),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(
    loss=keras.losses.BinaryCrossentropy(),
    optimizer=keras.optimizers.Adam(0.02),
    metrics=[keras.metrics.BinaryAccuracy()],
)
model.fit(x_train, y_train, epochs=3, verbose=0)
accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
result = accuracy > 0.9
