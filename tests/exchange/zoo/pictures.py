"""Layers that prepare and augment images, most of which change nothing at inference, and make images of sounds."""

from tests.exchange.zoo.entry import model


def _classifier(k, *layers):
    return k.Sequential(
        [
            k.Input((8, 8, 3)),
            *layers,
            k.layers.Conv2D(4, 3, activation="relu"),
            k.layers.GlobalAveragePooling2D(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


@model(loss="sparse_categorical_crossentropy")
def prepared(k):
    return _classifier(
        k,
        k.layers.Rescaling(0.5, offset=0.1),
        k.layers.Resizing(12, 10),
        k.layers.CenterCrop(8, 9),
        k.layers.AutoContrast(value_range=(0, 1)),
    )


@model(loss="sparse_categorical_crossentropy", draws=True)
def moved(k):
    warps = [
        k.layers.RandomFlip("horizontal", seed=1),
        k.layers.RandomRotation(0.1, fill_mode="constant", fill_value=0.5),
    ]
    return _classifier(
        k,
        k.layers.Pipeline(warps),
        k.layers.RandomZoom(0.2, (-0.1, 0.3)),
        k.layers.RandomTranslation(0.1, 0.2, interpolation="nearest"),
        k.layers.RandomShear(0.1, 0.2),
        k.layers.RandomPerspective(scale=0.3),
        k.layers.RandomElasticTransform(0.5, 0.3),
        k.layers.RandomErasing(0.5, (0.1, 0.2)),
        k.layers.RandomCrop(6, 6),
    )


@model(loss="sparse_categorical_crossentropy", draws=True)
def coloured(k):
    unit = {"value_range": (0, 1)}
    return _classifier(
        k,
        k.layers.RandomBrightness(0.2, **unit),
        k.layers.RandomContrast(0.2, **unit),
        k.layers.RandomHue(0.2, **unit),
        k.layers.RandomSaturation((0.4, 0.6), **unit),
        k.layers.RandomColorJitter(**unit, brightness_factor=0.1, hue_factor=(0.1, 0.2)),
        k.layers.RandomColorDegeneration(0.2, **unit),
        k.layers.RandomPosterization((3, 8), **unit),
        k.layers.RandomInvert(0.5, **unit),
        k.layers.Solarization(0.1, 0.2, **unit),
        k.layers.RandomSharpness(0.4, **unit),
        k.layers.RandomGaussianBlur(0.5, (3, 5), 0.9, **unit),
    )


@model(loss="sparse_categorical_crossentropy", draws=True)
def levelled(k):
    """With a limit of three pixels: Keras on PyTorch rounds it down."""
    layer = k.layers.ContrastLimitedAdaptiveHistogramEqualization
    return _classifier(k, layer((0, 1), clip_limit=48.0, tile_grid_size=(2, 2)))


@model(loss="sparse_categorical_crossentropy", draws=True)
def mixed(k):
    return _classifier(
        k,
        k.layers.RandAugment((0, 1), num_ops=2, factor=0.4),
        k.layers.AugMix((0, 1), num_chains=2),
        k.layers.MixUp(0.3),
        k.layers.CutMix(0.5),
        k.layers.MaxNumBoundingBoxes(4),
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
