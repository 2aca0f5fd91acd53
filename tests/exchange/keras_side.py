"""Real Keras, in a process of its own: `python -m tests.exchange.keras_side FOLDER NAME...`.

It has one engine, that of `KERAS_BACKEND`. For each model of the zoo it writes `theirs/NAME.keras`, and reads
`ours/NAME.keras` if there is one; the outputs and losses of both go to `theirs/NAME.npz` and `ours/NAME.read.npz`.
"""

from __future__ import annotations

import sys
import traceback
import warnings
from pathlib import Path

import keras
import numpy as np

from tests.exchange.course import course, trained
from tests.exchange.zoo import ZOO


def main(folder: Path, names: list[str]) -> None:
    warnings.simplefilter("ignore")
    (folder / "theirs").mkdir(parents=True, exist_ok=True)
    for name in names:
        theirs, ours = folder / "theirs" / name, folder / "ours" / name
        steps = ZOO[name].trains_on(keras.config.backend())
        try:
            model = trained(ZOO[name], keras, steps)
            model.save(theirs.with_suffix(".keras"))
            np.savez(theirs.with_suffix(".npz"), **course(ZOO[name], model, keras, steps))
            if ours.with_suffix(".keras").exists():
                model = keras.saving.load_model(ours.with_suffix(".keras"))
                np.savez(ours.with_suffix(".read.npz"), **course(ZOO[name], model, keras, steps))
        except Exception:  # the tests of this model tell it
            theirs.with_suffix(".error").write_text(traceback.format_exc())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
