"""Write short recordings as WAV files: tones, low or high, in a folder for each class."""

import wave

import numpy as np

RATE = 4000
PITCHES = {"high": 900.0, "low": 200.0}


def write(folder, per_class=24, seconds=0.25):
    rng = np.random.default_rng(0)
    for name, pitch in PITCHES.items():
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            samples = int(RATE * seconds * rng.uniform(0.8, 1.2))
            hertz = pitch * rng.uniform(0.9, 1.1)
            tone = np.sin(2 * np.pi * hertz * np.arange(samples) / RATE)
            noisy = 0.5 * tone + rng.normal(0, 0.05, samples)
            with wave.open(str(folder / name / f"{number:02}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes((noisy.clip(-1, 1) * 32767).astype("<i2").tobytes())
