"""The files of Keras 2 under `legacy_files`, which `tools/make_legacy_files.py` made, and their numbers."""

import zipfile
from pathlib import Path

import numpy as np

FILES = Path(__file__).with_name("legacy_files")
MODELS = ("text", "images", "nested", "states", "operators")
OPTIMIZERS = sorted(path.stem for path in FILES.glob("*_*.zip"))


class Case:
    """One model of Keras 2: its files, unpacked into `folder`, and what Keras 2 computed."""

    def __init__(self, name, folder):
        with zipfile.ZipFile(FILES / f"{name}.zip") as archive:
            archive.extractall(folder)
        self.folder = folder
        self.numbers = dict(np.load(folder / "numbers.npz"))

    def listed(self, prefix):
        """Return the arrays `prefix0`, `prefix1`, ...."""
        return [v for k, v in self.numbers.items() if k.rstrip("0123456789") == prefix]

    @property
    def x(self):
        """The inputs: one, or a list."""
        x = self.listed("x")
        return x if len(x) > 1 else x[0]

    @property
    def y(self):
        """The targets: one, or a dict."""
        y = self.listed("y")
        return dict(zip("pq", y, strict=True)) if len(y) > 1 else y[0]

    def same_outputs(self, model, when, atol):
        """See that `model` predicts what Keras 2 did, `"before"` or `"after"` three further steps."""
        outputs = model.predict(self.x, verbose=0)
        if isinstance(outputs, dict):
            outputs = [outputs[name] for name in sorted(outputs)]
        outputs = outputs if isinstance(outputs, list) else [outputs]
        for ours, theirs in zip(outputs, self.listed(when), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=atol, rtol=atol)

    def same_training(self, model, atol=1e-5):
        """See that three further steps have the losses that Keras 2 had, and end where it ended."""
        losses = [np.ravel(model.train_on_batch(self.x, self.y))[0] for _ in range(3)]
        np.testing.assert_allclose(losses, self.numbers["losses"], rtol=atol)
        self.same_outputs(model, "after", atol)
