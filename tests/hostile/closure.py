"""A program for `test_config_closure`: make every class on every shelf from honest and from spoilt configurations.

It prints what Python reported (`sys.addaudithook`) meanwhile: files opened, modules imported, code compiled,
connections, processes; and errors that are not of the one family. Such hooks cannot be removed, so it runs alone.
"""

from __future__ import annotations

import copy
import json
import os
import sys
import warnings
from typing import Any

import lamina
import lamina.distillation
import lamina.dtype_policies
import lamina.models
from lamina.core import registry
from lamina.saving import LoadError
from tests.layers.cases import CASES

WATCHED = {
    *("open", "import", "exec", "compile", "marshal.loads", "pickle.find_class", "code.__new__"),
    *("os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "ctypes.dlopen"),
    *("socket.connect", "socket.getaddrinfo", "socket.bind", "os.mkdir", "os.remove", "os.rename"),
    *(
        "os.listdir",
        "os.scandir",
        "glob.glob",
        "shutil.copyfile",
        "tempfile.mkstemp",
        "urllib.Request",
    ),
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "IoU": {"num_classes": 2, "target_class_ids": [0]},
    "OneHotIoU": {"num_classes": 2, "target_class_ids": [0]},
    "MeanIoU": {"num_classes": 2},
    "OneHotMeanIoU": {"num_classes": 2},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    **{name: {"units": 2} for name in ("GRUCell", "LSTMCell", "SimpleRNNCell")},
    "LossFunctionWrapper": {"fn": lamina.losses.mean_squared_error},
    "MeanMetricWrapper": {"fn": lamina.losses.mean_squared_error},
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 2},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 2},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 2},
    "Hashing": {"num_bins": 3},
    "HashedCrossing": {"num_bins": 3},
    "Cross": {"feature_names": ["a", "b"], "crossing_dim": 3},
    "CategoryEncoding": {"num_tokens": 3},
    "Discretization": {"num_bins": 3},
    **{
        f"Random{what}": {"factor": 0.2}
        for what in (
            *("Brightness", "ColorDegeneration", "Contrast", "Hue", "Saturation", "Sharpness"),
            "Rotation",
        )
    },
    "RandomPosterization": {"factor": 4},
    **{name: {"height": 4, "width": 4} for name in ("CenterCrop", "RandomCrop", "Resizing")},
    "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.2},
    "RandomZoom": {"height_factor": 0.2},
    "MaxNumBoundingBoxes": {"max_number": 2},
    "Pipeline": {"layers": []},
    "Rescaling": {"scale": 0.5},
    "LayerScale": {"init_values": 0.1, "projection_dim": 2},
    "CustomScaleLayer": {"scale": 0.5},
    "PiecewiseConstantDecay": {"boundaries": [1], "values": [0.1, 0.2]},
}
# Files do not name these, or the caller gives what they are made of.
NOT_HERE = {"JaxLayer", "FlaxLayer", "TorchModuleWrapper", "TFSMLayer", "Exact"}
CANARY, PORT = [*sys.argv[1:3], "", ""][:2]
SPOILT: list[Any] = [
    CANARY,
    f"file://{CANARY}",
    f"http://127.0.0.1:{PORT}/x",
    [CANARY],
    {"class_name": "function", "config": "open", "registered_name": "open"},
    {"class_name": "__lambda__", "config": {"code": "x"}},
    {"class_name": "Embedding", "config": {"weights": CANARY}},
    2**62,
    -1,
    "x",
    [],
    {},
    None,
    True,
    float("nan"),
]


def honest() -> dict[str, Any]:
    """One configuration of every class, by its name."""
    layers = {case.name: case.layer(lamina.layers) for case in CASES}
    optimizers, dense = lamina.optimizers, lamina.layers.Dense(2)
    made = {
        **layers,
        "Lambda": lamina.layers.Lambda(lamina.activations.relu),
        "InputLayer": lamina.layers.InputLayer((3,)),
        "Sequential": lamina.Sequential([lamina.Input((3,)), dense]),
        "Functional": lamina.Model(x := lamina.Input((3,)), lamina.ops.sin(dense(x))),
        "OptimizerMap": optimizers.OptimizerMap(optimizers.SGD(), {"a/.*": optimizers.Adam()}),
    }
    made["StackedRNNCells"] = lamina.layers.StackedRNNCells([lamina.layers.LSTMCell(2)])
    made["Wrapper"] = lamina.layers.Wrapper(lamina.layers.Dense(2))
    made["Model"] = made["Functional"]
    made["MultiOptimizer"] = optimizers.MultiOptimizer(made["OptimizerMap"])
    made["FeatureSpace"] = lamina.utils.FeatureSpace({"a": "float", "b": "float_discretized"})
    made["Feature"] = lamina.utils.FeatureSpace.float_rescaled(2.0)
    loss = lamina.distillation.LogitsDistillation()
    made["Distiller"] = lamina.distillation.Distiller(made["Sequential"], made["Sequential"], loss)
    made["LossScaleOptimizer"] = optimizers.LossScaleOptimizer(optimizers.SGD())
    configs = {}
    for kind, shelf in registry.shelves.items():
        for name, cls in shelf.objects.items():
            if isinstance(cls, type) and kind != "ops" and name not in NOT_HERE:
                thing = made.get(name) or cls(**ARGUMENTS.get(name, {}))
                configs[f"{kind}.{name}"] = json.loads(json.dumps(registry.serialize(thing)))
    return configs


def make(config: Any) -> str:
    """Make the object, and say which error there was, if any that should not be."""
    try:
        registry.deserialize(config)
    except LoadError:
        pass
    except Exception as error:
        return f"{config['class_name']}: {type(error).__name__}: {error}"[:300]
    return ""


def spoilt(config: dict[str, Any]) -> Any:
    """Configurations with one value of the constructor's arguments replaced."""
    for key in config["config"]:
        for value in SPOILT:
            twin = copy.deepcopy(config)
            twin["config"][key] = value
            yield twin


def main() -> None:
    """Print the number of classes, what was seen, and wrong errors."""
    warnings.simplefilter("ignore")
    configs = honest()
    for config in configs.values():  # what is imported lazily is imported now
        registry.deserialize(config)
        next(filter(make, spoilt(config)), None)
    seen: set[str] = set()
    armed = True

    def hook(event: str, args: tuple) -> None:
        if armed and event in WATCHED:
            seen.add(f"{event} {args[:1]!r}"[:200])

    sys.addaudithook(hook)
    with open(os.devnull):  # noqa: PTH123  the control
        assert seen
    seen.clear()
    wrong = {make(config) for config in configs.values()}
    tried = 0
    for config in configs.values():
        for twin in spoilt(config):
            wrong.add(make(twin))
            tried += 1
    armed = False
    print(
        json.dumps(
            {
                "classes": sorted(configs),
                "tried": tried,
                "seen": sorted(seen),
                "wrong": sorted(wrong - {""}),
            }
        )
    )


if __name__ == "__main__":
    main()
