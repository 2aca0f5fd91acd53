"""Which words occur in a review, and a dense network on them."""

import keras

from tests.programs.text.corpus import load_data

(x_train, y_train), (x_test, y_test) = load_data()

vectorizer = keras.layers.TextVectorization(max_tokens=200, output_mode="multi_hot")
vectorizer.adapt(x_train)

model = keras.Sequential(
    [
        vectorizer,
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy", metrics=["accuracy"]
)
model.fit(x_train, y_train, epochs=5, verbose=0, validation_split=0.1)
accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
result = accuracy > 0.9
