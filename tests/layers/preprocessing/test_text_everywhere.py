"""Layers for texts give the same numbers by themselves, in a `tf.data` map and in workers; they import no engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lamina import layers

ROOT = Path(__file__).parents[3]
TEXTS = np.array(["The cat", "a dog!", "", "cat"], object)
WORDS = ["the", "cat", "dog"]
LAYERS = {
    "texts": lambda: layers.TextVectorization(vocabulary=WORDS, output_sequence_length=3),
    "counts": lambda: layers.TextVectorization(vocabulary=WORDS, output_mode="count"),
    "strings": lambda: layers.StringLookup(vocabulary=TEXTS[:2], num_oov_indices=3),
    "bins": lambda: layers.Hashing(7, salt=3),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_map_of_tf_data_gives_the_same_numbers(engine, name, tf):
    layer = LAYERS[name]()
    expected = engine.to_numpy(layer(TEXTS))
    mapped = tf.data.Dataset.from_tensor_slices(TEXTS).batch(2).map(layer)
    assert mapped.element_spec.shape[1:] == expected.shape[1:]
    assert np.array_equal(np.concatenate([x.numpy() for x in mapped]), expected)


def test_strings_come_out_of_a_map(engine, tf):
    layer = layers.StringLookup(vocabulary=["no", "yes"], num_oov_indices=0, invert=True)
    mapped = tf.data.Dataset.from_tensor_slices([1, 0]).map(layer)
    assert [x.numpy() for x in mapped] == [b"yes", b"no"]


SETUP = """
import json, multiprocessing, sys
import numpy as np
import lamina

layer = lamina.layers.TextVectorization(output_sequence_length=3)
ENGINES = {"jax", "torch", "tensorflow", "keras"}

def work(layer, text):
    result = layer(np.array([text]))
    return type(result).__module__, result.tolist(), sorted(ENGINES & set(sys.modules))
"""
IN_POOL = """
if __name__ == "__main__":
    layer.adapt(["the cat", "cat"], verbose=0)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(work, (layer, "The cat"))
    print(json.dumps([found, sorted(ENGINES & set(sys.modules))]))
"""
IN_LOADER = """
import torch.utils.data

class Samples(torch.utils.data.Dataset):
    def __len__(self):
        return 1

    def __getitem__(self, i):
        return json.dumps(work(self.layer, "The cat")[:2])

if __name__ == "__main__":
    layer.adapt(["the cat", "cat"], verbose=0)
    samples = Samples()
    samples.layer = layer
    [found] = torch.utils.data.DataLoader(samples, batch_size=None, num_workers=1)
    print(json.dumps([[*json.loads(found), []], []]))
"""
IN_GRAIN = """
import grain
from absl import flags

class Work:
    def __call__(self, text):
        return json.dumps(work(self.layer, str(text))[:2])

if __name__ == "__main__":
    flags.FLAGS(sys.argv[:1])
    layer.adapt(["the cat", "cat"], verbose=0)
    each = Work()
    each.layer = layer
    data = grain.MapDataset.source(["The cat"]).map(each).to_iter_dataset()
    options = grain.multiprocessing.MultiprocessingOptions(num_workers=1)
    [found] = data.mp_prefetch(options)
    print(json.dumps([[*json.loads(found), []], []]))
"""
ALONE = """
layer.adapt(np.array(["the cat", "cat"]), verbose=0)
lamina.config.set_backend("numpy")
print(json.dumps([work(layer, "The cat"), sorted(ENGINES & set(sys.modules))]))
"""


@pytest.mark.parametrize(
    "program", [IN_POOL, IN_LOADER, IN_GRAIN, ALONE], ids=["pool", "loader", "grain", "alone"]
)
def test_workers_give_the_same_numbers_and_import_no_engine(tmp_path, program):
    script = tmp_path / "program.py"
    script.write_text(SETUP + program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        env={k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
        | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [["numpy", [[3, 2, 0]], []], []]
