"""Run exports without lamina: `python reading.py FORMAT FOLDER` prints JSON.

The folder holds, for each network, `NAME` (with its suffix) and `NAME.npz` with inputs by their names and outputs
`y0`, `y1`, ... In the JSON each network has the largest difference of its outputs, or what went wrong.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np


def stablehlo(path, inputs):
    import jax
    from jax import export

    program = export.deserialize(bytearray(path.read_bytes()))
    args, kwargs = jax.tree.unflatten(program.in_tree, list(inputs.values()))
    return jax.tree.leaves(program.call(*args, **kwargs))


def tf_saved_model(path, inputs):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    results = loaded.signatures["serving_default"](**{n: tf.constant(x) for n, x in inputs.items()})
    return [results[name] for name in sorted(results)]


def litert(path, inputs):
    import tensorflow as tf

    program = tf.lite.Interpreter(str(path)).get_signature_runner("serving_default")
    results = program(**inputs)
    return [results[name] for name in sorted(results)]


def openvino(path, inputs):
    import openvino

    model = openvino.compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    results = {next(iter(key.names)): x for key, x in model(inputs).items()}
    return [results[name] for name in sorted(results)]


def onnx(path, inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def torch(path, inputs):
    import torch

    program = torch.export.load(str(path))
    tensors = [torch.tensor(x) for x in inputs.values()]
    args, kwargs = torch.utils._pytree.tree_unflatten(tensors, program.call_spec.in_spec)
    results = program.module()(*args, **kwargs)
    if isinstance(results, dict):
        results = [results[name] for name in sorted(results)]
    return [y.numpy() for y in torch.utils._pytree.tree_leaves(results)]


def main(format, folder):
    differences = {}
    for data in sorted(Path(folder).glob("*.npz")):
        arrays = dict(np.load(data))
        expected = [arrays.pop(f"y{i}") for i in range(sum(n[0] == "y" for n in arrays))]
        (path,) = [
            p
            for p in data.parent.glob(f"{data.stem}*")
            if p.suffix not in (".npz", ".json", ".bin")
        ]
        try:
            for batch in (1, 3, 5):
                results = globals()[format](path, {n: x[:batch] for n, x in arrays.items()})
                assert len(results) == len(expected)
                worst = max(
                    np.abs(np.asarray(r) - y[:batch]).max()
                    for r, y in zip(results, expected, strict=True)
                )
                differences[data.stem] = max(differences.get(data.stem, 0.0), float(worst))
        except Exception as error:
            differences[data.stem] = f"{type(error).__name__}: {error}"
    assert "lamina" not in sys.modules
    print("\n" + json.dumps(differences))


if __name__ == "__main__":
    main(*sys.argv[1:])
