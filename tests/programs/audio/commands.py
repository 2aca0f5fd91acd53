"""Recognize recordings by pictures of their frequencies: files, a spectrogram layer, convolutions over pictures."""

import sys

import keras
from keras import layers

keras.utils.set_random_seed(0)
train_ds, val_ds = keras.utils.audio_dataset_from_directory(
    directory=sys.argv[1],
    batch_size=8,
    validation_split=0.25,
    seed=0,
    output_sequence_length=1000,
    subset="both",
)
label_names = train_ds.class_names
print("label names:", label_names)
for example_audio, example_labels in train_ds.take(1):
    print(example_audio.shape, [label_names[label] for label in example_labels.numpy()])

norm = layers.Normalization(axis=None)
spectrogram = layers.STFTSpectrogram(
    mode="log", frame_length=128, frame_step=64, expand_dims=True, trainable=False
)
norm.adapt(train_ds.map(lambda audio, label: spectrogram(audio)))
model = keras.Sequential(
    [
        layers.Input(shape=(1000, 1)),
        spectrogram,
        norm,
        layers.AveragePooling2D(2),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(16, activation="relu"),
        layers.Dense(len(label_names)),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(train_ds, validation_data=val_ds, epochs=6, verbose=0)
scores = model.evaluate(val_ds, return_dict=True, verbose=0)
print(scores)
result = scores["accuracy"] > 0.8 and label_names == ["high", "low"]
