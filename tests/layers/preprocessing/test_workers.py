"""A layer that prepares data, in workers: each script below is a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lamina import ops
from lamina.engine import current
from tests.engines import engines_under_test
from tests.layers.preprocessing.feature_cases import Prepare

ROOT = Path(__file__).parents[3]

IN_POOL = """
import multiprocessing, sys
import numpy as np
import lamina

def work(layer):
    result = layer(np.array([0, 255], "uint8"))
    engines = sorted({"jax", "torch", "tensorflow", "keras"} & set(sys.modules))
    return type(result).__module__, result.tolist(), engines

if __name__ == "__main__":
    layer = lamina.layers.Rescaling(1 / 127.5, -1)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.apply(work, (layer,)), sorted({"jax", "torch", "tensorflow"} & set(sys.modules)))
"""

IN_LOADER = """
import torch.utils.data
from tests.layers.preprocessing.feature_cases import Prepare, as_text

class Samples(torch.utils.data.Dataset):
    def __init__(self):
        self.prepare = Prepare()

    def __len__(self):
        return 3

    def __getitem__(self, i):
        return as_text(self.prepare(i))

if __name__ == "__main__":
    loader = torch.utils.data.DataLoader(Samples(), batch_size=None, num_workers=1)
    print(*loader, sep="\\n")
"""

IN_GRAIN = """
import sys
import grain
from absl import flags
from tests.layers.preprocessing.feature_cases import Prepare, as_text

if __name__ == "__main__":
    flags.FLAGS(sys.argv[:1])
    data = grain.MapDataset.range(3).map(Prepare()).map(as_text).to_iter_dataset()
    options = grain.multiprocessing.MultiprocessingOptions(num_workers=1)
    print(*data.mp_prefetch(options), sep="\\n")
"""

DRAWING = """
import multiprocessing
import numpy as np
import lamina
from tests.layers.preprocessing.test_everywhere import Noise

def work(layer):
    return [float(layer(np.zeros(1))[0]) for _ in range(3)]

if __name__ == "__main__":
    layer = Noise(1)
    for _ in range(2):
        process = multiprocessing.get_context("spawn").Pool(1)
        print(*process.apply(work, (layer,)))
        process.terminate()
"""


FEATURES = """
import multiprocessing, sys
import numpy as np
import lamina
from lamina import layers

def work(layer, x):
    result = layer(x)
    engines = sorted({"jax", "torch", "tensorflow", "keras"} & set(sys.modules))
    return type(result).__module__, result.tolist(), engines

if __name__ == "__main__":
    normalize, bins = layers.Normalization(), layers.Discretization(num_bins=2)
    table = {"a": [1.0, 3.0], "s": ["x", "y"]}
    space = lamina.utils.FeatureSpace({"a": "float_normalized", "s": "string_categorical"})
    space.adapt(table)
    numbers = np.array([[1.0], [3.0]])
    normalize.adapt(numbers)
    bins.adapt(numbers)
    work_of = [
        (normalize, numbers),
        (bins, numbers),
        (layers.CategoryEncoding(2), np.array([[1], [0]])),
        (layers.HashedCrossing(3), [np.array(["a"]), np.array([1])]),
        (space, {"a": 3.0, "s": "y"}),
    ]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        for layer, x in work_of:
            print(*pool.apply(work, (layer, x)))
    print(sorted({"jax", "torch", "tensorflow"} & set(sys.modules)))
"""


def output_of(program, folder):
    """What a program prints."""
    script = folder / "program.py"
    script.write_text(program)
    run = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_a_worker_imports_no_engine(tmp_path):
    """Nor does the process that made the layer."""
    assert output_of(IN_POOL, tmp_path) == "('numpy', [-1.0, 1.0], []) []"


@pytest.mark.parametrize("program", [IN_LOADER, IN_GRAIN], ids=["DataLoader", "Grain"])
def test_a_worker_of_a_loader_gives_on_numpy_what_every_engine_gives(tmp_path, program):
    """Of layers that learned in the main process; one run of the program serves all engines."""
    samples = [json.loads(line) for line in output_of(program, tmp_path).splitlines()]
    modules = {module for outputs in samples for module, _ in outputs.values()}
    assert len(samples) == 3 and modules == {"numpy"}
    for name in engines_under_test():
        with current.using(name):
            prepare = Prepare()
            for i, outputs in enumerate(samples):
                expected = prepare(i)
                assert outputs.keys() == expected.keys()
                for layer, (_, numbers) in outputs.items():
                    same = ops.convert_to_numpy(expected[layer])
                    np.testing.assert_allclose(numbers, same, 1e-5, err_msg=f"{layer}, {name}")


def test_each_worker_draws_numbers_of_its_own(tmp_path):
    """Two workers that get copies of one layer draw differently; and in each run the same."""
    draws = output_of(DRAWING, tmp_path)
    assert len(set(draws.split())) == 6
    assert draws == output_of(DRAWING, tmp_path)


def test_layers_of_features_import_no_engine(tmp_path):
    """Nor does the process in which they learn."""
    assert output_of(FEATURES, tmp_path).splitlines() == [
        "numpy [[-1.0], [1.0]] []",
        "numpy [[1], [1]] []",
        "numpy [[0.0, 1.0], [1.0, 0.0]] []",
        "numpy [1] []",
        "numpy [1.0, 0.0, 1.0, 0.0] []",
        "[]",
    ]
