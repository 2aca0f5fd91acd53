"""The zoo has everything at least once: each layer, optimizer, schedule, loss and metric; and every example's model."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import lamina
from lamina.core import registry
from lamina.layers.weights import flatten_layers
from tests.exchange.zoo import ZOO
from tests.exchange.zoo.learning import LOSSES, METRICS, OPTIMIZERS, SCHEDULES

FOREIGN = {
    "FlaxLayer",
    "JaxLayer",
    "Lambda",
    "TFSMLayer",
    "TorchModuleWrapper",
    "RandomGrayscale",  # Keras' gives its symbolic input back, and so cannot be in a graph
    *(
        "HashedCrossing",
        "Hashing",
        "IntegerLookup",
        "StringLookup",
        "TextVectorization",
    ),  # in tests/oracle/text_models: Keras has them on TensorFlow
}  # code, or none of Keras'
ELSEWHERE = {
    "losses": {"CTC", "LossFunctionWrapper"},  # in `ctc_reader`; made by `loss_by_function`
    "metrics": {"Exact", "Mean", "Sum"},  # lamina's own; of values, not of targets and predictions
    "optimizers": {
        "LossScaleOptimizer",
        "MultiOptimizer",
        "OptimizerMap",
    },  # the first has an entry of its own
}
# Examples whose models have their like in the zoo, and those without a model of their own.
MODELS_OF_EXAMPLES = {
    "augmented_digits": "moved",
    "bucketed_sequences": "bag_of_words",
    "convnet_digits": "convnet",
    "ctc_reader": "ctc_reader",
    "digits_from_files": "convnet",
    "distillation": "mlp_digits",
    "finding_settings": "mlp_digits",
    "fine_tuning": "convnet",
    "gan_digits": "judge",
    "generate_names": "patches",
    "gru_tagger": "gru_tagger",
    "inception_net": "inception",
    "interrupted_run": "mlp_digits",
    "lstm_classifier": "lstm_classifier",
    "mlp_digits": "mlp_digits",
    "saving_and_sharing": "custom_layer",
    "scikit_learn": "mlp_digits",
    "siamese": "siamese",
    "structured_data": "normalized",
    "text_classification": "bag_of_words",
    "three_losses": "three_losses",
    "transformer_encoder": "patches",
    "two_branches": "towers_by_name",
    "variational_autoencoder": "variational_autoencoder",
    "watched_training": "averaged_weights",
    "where_it_looks": "convnet",
}


@pytest.fixture(scope="module")
def met():
    """The names of all classes of layers in the zoo."""
    names = set()
    for entry in ZOO.values():
        model = entry.make(lamina)
        graph = [node.operation for node in model.__calls__()]
        for layer in [*flatten_layers(model), *(x for x in graph if isinstance(x, lamina.Layer))]:
            names |= {cls.__name__ for cls in type(layer).__mro__}
    return names


def _classes(kind):
    return {n for n, thing in registry.shelf(kind).objects.items() if inspect.isclass(thing)}


def test_every_layer_is_in_the_zoo(met):
    assert _classes("layers") - FOREIGN <= met
    assert not FOREIGN & met


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("optimizers", {name for name, _ in OPTIMIZERS}),
        ("optimizers.schedules", {name for name, *_ in SCHEDULES}),
        ("losses", {name for name, *_ in LOSSES}),
        ("metrics", {name for _, metrics in METRICS.values() for name, _ in metrics}),
    ],
)
def test_everything_that_compile_takes_is_in_the_zoo(kind, rows):
    assert rows == _classes(kind) - ELSEWHERE.get(kind, set())


def test_every_example_has_its_like_in_the_zoo():
    examples = {path.stem for path in (Path(__file__).parents[2] / "examples").glob("*.py")}
    assert examples == MODELS_OF_EXAMPLES.keys()
    assert set(MODELS_OF_EXAMPLES.values()) <= ZOO.keys()


def test_the_zoo_is_large():
    functions = {entry.make for entry in ZOO.values() if inspect.isfunction(entry.make)}
    assert len(functions) >= 60  # and one more, compiled in many ways
