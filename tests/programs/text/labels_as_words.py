"""Labels are words, too: looked up for training, and looked up backwards for people."""

import keras
import numpy as np

from tests.programs.text.corpus import load_data

(x_train, y_train), (x_test, y_test) = load_data()
names = np.array(["bad", "good"])

lookup = keras.layers.StringLookup(num_oov_indices=0, output_mode="one_hot")
lookup.adapt(names[y_train])
back = keras.layers.StringLookup(vocabulary=lookup.get_vocabulary(), num_oov_indices=0, invert=True)
targets = np.asarray(lookup(names[y_train]))

vectorizer = keras.layers.TextVectorization(
    split="whitespace", standardize="lower", output_sequence_length=12
)
vectorizer.adapt(x_train)
tokens = np.asarray(vectorizer(x_train))

model = keras.Sequential(
    [
        keras.layers.Embedding(vectorizer.vocabulary_size(), 8),
        keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dense(2, activation="softmax"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="categorical_crossentropy")
model.fit(tokens, targets, epochs=5, verbose=0)

best = np.argmax(model.predict(np.asarray(vectorizer(x_test)), verbose=0), axis=-1)
words = [word.decode() if isinstance(word, bytes) else str(word) for word in np.asarray(back(best))]
accuracy = np.mean([word == names[label] for word, label in zip(words, y_test, strict=True)])
result = accuracy > 0.9
