"""What Keras refuses, lamina refuses, at the same place or earlier; and it takes what Keras takes.

The table of what Keras does is `tests/data/keras_refusals.json`. Where lamina differs, `EXCEPTIONS` says why.
"""

from __future__ import annotations

import inspect
import json
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import keras
import pytest

import lamina
from tests.oracle.config_cases import arguments, find
from tests.oracle.refusals import VALUES, refusals

PATH = Path(__file__).parents[1] / "data" / "keras_refusals.json"
TABLE = json.loads(PATH.read_text("utf-8"))

TAKEN = {  # patterns for `class.argument=value`: why lamina takes what Keras refuses
    "layers.BatchNormalization.synchronized=True": "one process; it changes nothing",
    "layers.GaussianNoise.stddev=1.5": "noise may be larger than 1",
    "layers.*Lookup.mask_token=*": "a mask that is not among the tokens is not a mistake yet",
    "layers.IntegerLookup.salt=*": "not used with integers",
    "layers.RandomZoom.*_factor=-1": "-1 is the image at half its size",
    "layers.STFTSpectrogram.fft_length=*": "nothing given is the default",
    "layers.TextVectorization.ngrams=*": "no n-grams",
    "layers.TextVectorization.pad_to_max_tokens=True": "with tokens as numbers it changes nothing",
    "layers.TextVectorization.ragged=*": "refused as not part of lamina",
    "layers.Reshape.target_shape=*": "a number is a shape of one axis",
    "layers.Bidirectional.weights=*": "looked at when the layer is built",
    "layers.Normalization.axis=1.5": "looked at when the layer is built",
    "layers.RandomElasticTransform.fill_mode=*": "looked at in the call",
    "metrics.F*Score.*=True": "True is 1",
    "metrics.AUC.thresholds=*": "nothing given is the default",
    "metrics.AUC.label_weights={}": "nothing given is the default",
    "optimizers.*.learning_rate=0": "Keras takes no whole number, such as 1, as a rate",
    "optimizers.SGD.momentum=0": "Keras takes no whole number, such as 0",
    "layers.*.lora_*": "low-rank adaptation comes later",
    "layers.*.quantization_config=*": "quantization comes later",
    "layers.*.gptq_*": "quantization comes later",
}
TAKEN_IN_CALLS = {  # the same for what Keras refuses not before the first call
    "layers.*Pooling*.keepdims=*": "None and 0 mean no",
    "layers.AugMix.alpha=True": "True is 1",
    "layers.MixUp.alpha=True": "True is 1",
    "layers.RandomGaussianBlur.kernel_size=True": "True is 1",
    "layers.CategoryEncoding.sparse=True": "Keras has no sparse tensors on every engine",
    "layers.Hashing.mask_value=*": "a mask that is not among the strings hides nothing",
    "layers.LayerNormalization.axis=0": "the batch has a size here",
    "layers.MultiHeadAttention.attention_axes=[[]]": "each position looks at itself only",
    "layers.MultiHeadAttention.*_initializer=None": "nothing given is the default",
    "layers.PReLU.shared_axes={}": "no axes",
    "layers.Pipeline.layers=*": "no layers hand on their input",
    "layers.RandomPerspective.fill_value=None": "nothing given is the default",
    "layers.RandomPosterization.factor=1.5": "from 1 to 1.5 bits",
    "metrics.*.thresholds=[[]]": "nothing given is the default",
    "optimizers.LossScaleOptimizer.*=1.5": "any number of at least 1",
    "optimizers.MultiOptimizer.loss_scale_factor=1.5": "any number",
    "optimizers.schedules.*.initial_learning_rate=True": "True is 1",
}
LATER = ("layers.*.lora_*", "layers.*.quantization_config=*", "layers.*.gptq_*")
ABSENT = (*LATER, "layers.TextVectorization.ragged=*")
REFUSED = {  # why lamina refuses what Keras takes, though it is of the argument's kind
    "optimizers.*=-1": "a step, rate or share that is negative trains towards nothing",
    "optimizers.*=1.5": "a share above 1 makes running means grow without bound",
    "optimizers.*=0": "Keras divides by it",
    "layers.*=-1": "a size, rate, seed or factor that is negative",
    "layers.*dropout=1.5": "not a probability",
    "layers.*.filters=0": "a size of nothing",
    "layers.*.strides=0": "a window that never moves",
    "layers.*.num_*=0": "a size of nothing",
    "layers.*.max_number=0": "a size of nothing",
    "layers.*.height=0": "a size of nothing",
    "layers.*.width=0": "a size of nothing",
    "layers.*.chain_depth=0": "a chain of nothing",
    "layers.MelSpectrogram.*=0": "a size of nothing",
    "layers.Discretization.epsilon=*": "it goes with `num_bins` only",
    "layers.RandomFlip.mode='same'": "not a direction; Keras flips nothing then, without a word",
    "layers.RandomColorJitter.value_range=None": "Keras fails when it is called with a factor",
    "*.label_smoothing=*": "not a share of the targets",
    "metrics.TopKCategoricalAccuracy.k=0": "nothing is among the best 0",
    "initializers.TruncatedNormal.stddev=-1": "a deviation is not negative",
    "constraints.M*Norm.m*_value=-1": "a length is not negative",
    "constraints.MinMaxNorm.rate=*": "not a share of the way",
    "losses.Circle.remove_diagonal=*": "the labels of this table have two axes, those of Circle one",
    "metrics.*.num_classes=*": "a size of nothing",
    "optimizers.schedules.*": "a period that does not grow",
}


@cache
def outcomes(name: str) -> list[tuple[str, str, str, str]]:
    """Return (argument, value, Keras' outcome, ours) of a class."""
    row = TABLE[name]
    with lamina.config.using_backend("numpy" if not name.startswith("optimizers") else "jax"):
        ours = refusals(lamina, name, row["input"])
    return [
        (argument, repr(value), theirs, our)
        for argument, letters in row["arguments"].items()
        for value, theirs, our in zip(VALUES, letters, ours[argument], strict=True)
    ]


@cache
def is_excepted(case: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(case, pattern) for pattern in patterns)


@pytest.mark.parametrize("name", TABLE)
def test_constructors_refuse_what_keras_refuses(name):
    taken = {
        case
        for argument, value, theirs, our in outcomes(name)
        if theirs in "VT" and our not in "VT"
        if not is_excepted(case := f"{name}.{argument}={value}", (*TAKEN,))
    }
    assert taken == set()


@pytest.mark.parametrize("name", TABLE)
def test_calls_refuse_what_keras_refuses(name):
    """Lamina may refuse it earlier, in the constructor."""
    taken = {
        case
        for argument, value, theirs, our in outcomes(name)
        if theirs in "vtx" and our == "."
        if not is_excepted(case := f"{name}.{argument}={value}", (*TAKEN_IN_CALLS,))
    }
    assert taken == set()


@pytest.mark.parametrize("name", TABLE)
def test_refusals_are_errors_of_values_and_types(name):
    """No `KeyError`, `IndexError` or the like."""
    unclear = {
        case
        for argument, value, _, our in outcomes(name)
        if our in "xX" and not is_excepted(case := f"{name}.{argument}={value}", ABSENT)
    }
    assert unclear == set()


@pytest.mark.parametrize("name", TABLE)
def test_what_keras_takes_is_taken(name):
    """If it is of the argument's own kind: Keras keeps a text or a list for a number, too."""
    kinds = kinds_of_arguments(name)
    refused = {
        case
        for argument, value, theirs, our in outcomes(name)
        if theirs == "." and our != "." and value in kinds[argument]
        if not is_excepted(case := f"{name}.{argument}={value}", (*REFUSED, *LATER))
    }
    assert refused == set()


def test_no_exception_is_idle():
    differ = {
        f"{name}.{argument}={value}"
        for name in TABLE
        for argument, value, theirs, our in outcomes(name)
        if (theirs in "VT" and our not in "VT") or (theirs == ".") != (our == ".")
    }
    idle = {
        p
        for p in (*TAKEN, *TAKEN_IN_CALLS, *REFUSED, *ABSENT)
        if not any(fnmatch(case, p) for case in differ)
    }
    assert idle == set()


def kinds_of_arguments(name: str) -> dict[str, set[str]]:
    """Return which of the values are of the kind of each argument, as its default or what is given shows."""
    given = arguments(lamina, name, False) or {}
    parameters = inspect.signature(find(keras, name).__init__).parameters
    return {p.name: of_kind(given.get(p.name, p.default)) for p in parameters.values()}


def of_kind(example: object) -> set[str]:
    if isinstance(example, bool):
        return {"None", "0", "True"}
    if isinstance(example, (int, float)):
        return {"-1", "0", "1.5"} if isinstance(example, float) else {"-1", "0"}
    if isinstance(example, str):
        return {"'same'"}
    return {"None"}
