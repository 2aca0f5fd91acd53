"""Layers that prepare and augment images, and make images of sounds."""

from tests.exchange.zoo.entry import model


@model(loss="sparse_categorical_crossentropy")
def prepared(k):
    return k.Sequential(
        [
            k.Input((8, 8, 3)),
            k.layers.Rescaling(0.5, offset=0.1),
            k.layers.Conv2D(4, 3, activation="relu"),
            k.layers.GlobalAveragePooling2D(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


@model()
def heard(k):
    x = k.Input((40, 1))
    mels = k.layers.MelSpectrogram(
        16, 4, num_mel_bins=5, sampling_rate=100, power_to_db=False, mag_exp=1.0
    )(x[..., 0])
    waves = k.layers.STFTSpectrogram("magnitude", frame_length=8, trainable=False)(x)
    pooled = [k.layers.GlobalAveragePooling1D()(y) for y in (mels, waves)]
    return k.Model(x, k.layers.Dense(3)(k.layers.Concatenate()(pooled)))
