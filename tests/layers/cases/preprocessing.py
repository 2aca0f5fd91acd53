"""Cases: layers that prepare data."""

from tests.layers.case import IMAGE, Case

SOUND = (2, 60, 2)
MELS = {"fft_length": 16, "sequence_stride": 4, "num_mel_bins": 5, "sampling_rate": 100}
MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")

CASES = [
    Case("Rescaling", {"scale": 0.5, "offset": -1.0}, IMAGE, free=(1, 2)),
    Case("MelSpectrogram", MELS, (2, 40), tolerance=1e-4),
    Case("MelSpectrogram", {**MELS, "sequence_length": 10}, (2, 3, 40), tolerance=1e-4),
    Case("MelSpectrogram", {**MELS, "power_to_db": False, "mag_exp": 1.0, "window": None}, (2, 40)),
    *(Case("STFTSpectrogram", {"mode": mode, "frame_length": 8}, SOUND) for mode in MODES),
    Case("STFTSpectrogram", {"frame_length": 8, "expand_dims": True, "window": "hamming"}, SOUND),
    Case("STFTSpectrogram", {"frame_length": 8, "frame_step": 3, "padding": "same"}, (2, 30, 1)),
    Case(
        "STFTSpectrogram",
        {
            "frame_length": 6,
            "fft_length": 16,
            "scaling": "spectrum",
            "periodic": True,
            "window": "tukey",
        },
        SOUND,
    ),
    *(
        Case(
            "STFTSpectrogram",
            {
                "frame_length": 8,
                "data_format": "channels_first",
                "expand_dims": expand,
                "window": None,
            },
            (2, 3, 30),
        )
        for expand in (False, True)
    ),
    Case("Rescaling", {"scale": [0.5, 1.0, 2.0, 3.0]}, (2, 4), integers=9),
]
