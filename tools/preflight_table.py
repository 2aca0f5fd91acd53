"""Write docs/preflight.md: common mistakes, what lamina says, and what Keras 3 does with the same program.

    python tools/preflight_table.py

Keras must be installed; it is run as it is, on JAX. Its training is one epoch of each program.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import keras  # noqa: E402
import numpy as np  # noqa: E402

import lamina  # noqa: E402
from lamina import layers  # noqa: E402
from lamina.preflight import CHECKS, examine  # noqa: E402
from lamina.preflight.facts import Facts  # noqa: E402
from lamina.training.intake import take_in  # noqa: E402
from lamina.training.plan import Plan  # noqa: E402
from tests.training.mistakes import GROUPS, MISTAKES, short  # noqa: E402

HEAD = """# Preflight: common mistakes, found before the first step

`model.preflight(x, y, ...)` returns a list of findings: *where* it is, *what* it is, *why* it matters,
and how to *fix* it. `fit` runs the same checks before its first step: it raises one `ValueError` with
all errors, and gives a `UserWarning` for each warning; only `model.preflight` returns hints.
`fit(..., preflight=False)` makes only the checks that always apply (labels, shapes, NaN). If data come
in batches, the first batch is checked, without the checks that need more than one batch (one class
only, sorted labels, ...).

`model.preflight(x, y, overfit=True)` also tries to learn up to 32 samples in 100 steps, reports how
far the loss fell and which layers got no gradient, and then restores weights, optimizer, metrics and the
keys of random draws.

Checks look at a sample of the rows (at most 2000 rows and about 150,000 numbers). They look at all rows
only if the sample suggests a mistake. On (60000, 784) floats all checks together take
{ms:.1f} ms on the machine that wrote this table (the shortest of 10 runs, without the pass for NaN and infinity).

To add a check, write a function in the file of its subject in `lamina/preflight/`, name it in `CHECKS`,
and add a row to `tests/training/mistakes.py`. `python tools/preflight_table.py` makes this table from it.

Measured with Keras {version} on its JAX backend: of {count} mistakes, {silent} pass silently there
(one epoch of training, without an error or a warning), {late} are found by it.
"""


def main() -> None:
    rows, silent = [], 0
    for title, mistakes in GROUPS.items():
        rows += [
            "",
            f"## {title}",
            "",
            "| mistake | lamina, before the first step | Keras |",
            "|---|---|---|",
        ]
        for mistake in mistakes:
            theirs = of_keras(mistake)
            silent += theirs.startswith("passes silently")
            rows.append(f"| {mistake.what} | {mistake.kind}: {of_lamina(mistake)} | {theirs} |")
            print(rows[-1][:150])
    head = HEAD.format(
        ms=milliseconds(),
        version=keras.__version__,
        count=len(MISTAKES),
        silent=silent,
        late=len(MISTAKES) - silent,
    )
    text = head + "\n".join(rows) + "\n"
    (ROOT / "docs" / "preflight.md").write_text(text, encoding="utf-8")


def of_lamina(mistake) -> str:
    """Return the first line of the error or warning."""
    model, fit = mistake.program(lamina)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model.fit(**fit, verbose=0)
        except (ValueError, TypeError) as error:
            return short(str(error))
    return short(str(caught[0].message))


def of_keras(mistake) -> str:
    """Return what happens to the same program there."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        keras.utils.set_random_seed(0)  # the table is the same when it is written again
        try:
            model, fit = mistake.program(keras)
            history = model.fit(**fit, verbose=0)
        except Exception as error:
            return f"{type(error).__name__}: {short(str(error))}"
    said = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
    if said:
        return f"warns: {short(said[0])}"
    loss = history.history.get("loss")
    end = "no epoch run" if not loss else f"loss {loss[-1]:.3g}"
    return f"passes silently ({end})"


def milliseconds() -> float:
    model = lamina.Sequential([layers.Input((784,)), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x, y = rng.random((60000, 784), "float32"), rng.integers(0, 10, 60000)
    fitted = take_in(model, x, y)
    own = [check for check in CHECKS if check.__name__ != "not_finite"]
    times = []
    for _ in range(10):
        began = time.perf_counter()
        examine(Facts(model, *fitted, plan=Plan()), own)
        times.append(time.perf_counter() - began)
    return min(times) * 1000


if __name__ == "__main__":
    main()
