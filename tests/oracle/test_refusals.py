"""What Keras refuses, lamina refuses, at the same place or earlier; and it takes what Keras takes.

The table of what Keras does is `tests/data/keras_refusals.json`. Where lamina differs, `EXCEPTIONS` says why.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable
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
    "layers.RandomZoom.*_factor=-1": "-1 is the image at half its size",
    "layers.TextVectorization.ngrams=[[]]": "no n-grams, like the () that Keras takes",
    "layers.TextVectorization.ragged=*": "refused as not part of lamina, by a NotImplementedError",
    "layers.Reshape.target_shape=-1": "a number is a shape of one axis",
    "layers.Reshape.target_shape=0": "a number is a shape of one axis; the call says that it does not fit",
    "optimizers.*.learning_rate=0": "Keras takes no whole number, such as 1, as a rate",
    "optimizers.SGD.momentum=0": "Keras takes no whole number, such as 0",
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
SHARES = ("*beta_1", "*beta_2", "rho", "*momentum")
SIZES = ("epsilon*", "beta", "*weight_decay", "clip_threshold", "initial_*", "adam_lr_ratio")
COUNTS = ("ns_steps", "rms_rate", "warmup_steps")
REFUSED = {  # why lamina refuses what Keras takes, though it is of the argument's kind
    **{
        f"optimizers.*.{share}={value}": "running means of a share below 0 or above 1 grow without bound"
        for share in SHARES
        for value in (-1, 1.5)
    },
    **{f"optimizers.*.{size}=-1": "a negative size or rate" for size in (*SIZES, *COUNTS)},
    "optimizers.Adafactor.clip_threshold=0": "Keras divides by it",
    "optimizers.ScheduleFreeAdamW.beta_1=0": "Keras divides by it",
    "optimizers.schedules.CosineDecayRestarts.t_mul=-1": "periods do not grow; refused in the call",
    "optimizers.schedules.CosineDecayRestarts.t_mul=0": "periods do not grow; refused in the call",
    "layers.*dropout=-1": "not a probability",
    "layers.*dropout=1.5": "not a probability",
    "layers.ConvLSTM?D.filters=-1": "a size of nothing; this table has no call of these layers",
    "layers.ConvLSTM?D.filters=0": "a size of nothing; this table has no call of these layers",
    "layers.ConvLSTM?D.strides=0": "a window that never moves; this table has no call of these layers",
    "layers.AugMix.chain_depth=-1": "a chain of nothing",
    "layers.AugMix.chain_depth=0": "a chain of nothing",
    "layers.AugMix.num_chains=0": "no chains",
    "layers.RandAugment.num_ops=0": "it changes nothing",
    "layers.CenterCrop.*=-1": "a size of nothing",
    "layers.CenterCrop.*=0": "a size of nothing",
    "layers.HashedCrossing.num_bins=-1": "a size of nothing",
    "layers.HashedCrossing.num_bins=0": "a size of nothing",
    "layers.MaxNumBoundingBoxes.max_number=-1": "a size of nothing",
    "layers.MaxNumBoundingBoxes.max_number=0": "a size of nothing",
    "layers.MelSpectrogram.*=-1": "a size of nothing, or a frequency below 0",
    "layers.MelSpectrogram.*=0": "a size of nothing",
    "layers.RandomCrop.seed=-1": "Keras on JAX takes no negative seed either",
    "layers.Discretization.epsilon=*": "it goes with `num_bins` only",
    "layers.RandomFlip.mode='same'": "not a direction; Keras flips nothing then, without a word",
    "layers.RandomColorJitter.value_range=None": "Keras fails when it is called with a factor",
    "*.label_smoothing=*": "not a share of the targets",
    "metrics.TopKCategoricalAccuracy.k=0": "nothing is among the best 0",
    "initializers.TruncatedNormal.stddev=-1": "a deviation is not negative",
    "constraints.M*Norm.m*_value=-1": "a length is not negative",
    "constraints.MinMaxNorm.rate=*": "not a share of the way",
    "losses.Circle.remove_diagonal=*": "the labels of this table have two axes, those of Circle one",
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


def cases(name: str, differ: Callable[[str, str], bool]) -> set[str]:
    """Return the cases of a class in whose outcomes, Keras' and ours, libraries differ so."""
    return {
        f"{name}.{argument}={value}"
        for argument, value, theirs, our in outcomes(name)
        if differ(theirs, our)
    }


def taken(name: str) -> set[str]:
    """Return what Keras' constructor of a class refuses, and lamina's does not."""
    return cases(name, lambda theirs, our: theirs in "VT" and our not in "VT")


def taken_in_calls(name: str) -> set[str]:
    """Return what Keras' first call refuses, and lamina neither there nor in the constructor."""
    return cases(name, lambda theirs, our: theirs in "vtx" and our == ".")


def refused(name: str) -> set[str]:
    """Return what Keras takes and lamina does not, of values of the argument's own kind.

    Keras keeps a text or a list for a number, too.
    """
    kinds = kinds_of_arguments(name)
    of_kind = {f"{name}.{argument}={value}" for argument in kinds for value in kinds[argument]}
    return of_kind & cases(name, lambda theirs, our: theirs == "." and our != ".")


def unclear(name: str) -> set[str]:
    """Return what lamina refuses by a `KeyError`, an `IndexError` or the like."""
    return cases(name, lambda _, our: our in "xX")


def without(differing: set[str], patterns: Iterable[str]) -> set[str]:
    """Return the cases that none of the patterns matches."""
    return {case for case in differing if not is_excepted(case, (*patterns,))}


@pytest.mark.parametrize("name", TABLE)
def test_constructors_refuse_what_keras_refuses(name):
    assert without(taken(name), TAKEN) == set()


@pytest.mark.parametrize("name", TABLE)
def test_calls_refuse_what_keras_refuses(name):
    """Lamina may refuse it earlier, in the constructor."""
    assert without(taken_in_calls(name), TAKEN_IN_CALLS) == set()


@pytest.mark.parametrize("name", TABLE)
def test_refusals_are_errors_of_values_and_types(name):
    assert without(unclear(name), ABSENT) == set()


@pytest.mark.parametrize("name", TABLE)
def test_what_keras_takes_is_taken(name):
    assert without(refused(name), (*REFUSED, *LATER)) == set()


@pytest.mark.parametrize(
    ("patterns", "differing"),
    [(TAKEN, taken), (TAKEN_IN_CALLS, taken_in_calls), (REFUSED, refused), (ABSENT, unclear)],
)
def test_no_exception_is_idle(patterns, differing):
    differ = {case for name in TABLE for case in differing(name)}
    assert {p for p in patterns if not any(fnmatch(case, p) for case in differ)} == set()


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
