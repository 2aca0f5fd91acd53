"""Values and gradients of losses beside Keras: reductions, weights, masks, every option."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import jax
import keras
import numpy as np
import pytest
from keras.src.backend import get_keras_mask, set_keras_mask

from lamina import losses, ops
from lamina.core.masks import set_mask
from lamina.engine.current import engine, using
from tests.oracle.close import TERMS, assert_close

RNG = np.random.default_rng(0)
SHAPE = (4, 3, 5)
PROBABILITIES = RNG.dirichlet(np.ones(5), (4, 3)).astype("float32")
LOGITS = RNG.normal(scale=3, size=SHAPE).astype("float32")
NUMBERS = RNG.normal(size=SHAPE).astype("float32")
ONE_HOT = np.eye(5, dtype="float32")[RNG.integers(0, 5, (4, 3))]
LABELS = RNG.integers(0, 5, (4, 3))
YES_NO = RNG.integers(0, 2, SHAPE)
WEIGHTS = {
    "unweighted": None,
    "scalar": 2.0,
    "by_step": RNG.uniform(0, 2, (4, 3)).astype("float32"),
    "by_sample": RNG.uniform(0, 2, (4, 1)).astype("float32"),
}
MASK = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0]], bool)

CASES = [
    ("MeanSquaredError", {}, NUMBERS, LOGITS),
    ("MeanAbsoluteError", {}, NUMBERS, LOGITS),
    ("BinaryCrossentropy", {}, YES_NO, PROBABILITIES),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, YES_NO, PROBABILITIES),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, YES_NO, LOGITS),
    ("BinaryCrossentropy", {"from_logits": True, "axis": 1}, YES_NO, LOGITS),
    ("CategoricalCrossentropy", {}, ONE_HOT, PROBABILITIES),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ONE_HOT, PROBABILITIES),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, ONE_HOT, LOGITS),
    ("CategoricalCrossentropy", {"from_logits": True, "axis": 1}, ONE_HOT, LOGITS),
    ("SparseCategoricalCrossentropy", {}, LABELS, PROBABILITIES),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, LOGITS),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS[..., None], LOGITS),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, LABELS, PROBABILITIES),
    (
        "SparseCategoricalCrossentropy",
        {"from_logits": True, "ignore_class": -1},
        np.where(LABELS == 3, -1, LABELS),
        LOGITS,
    ),
]
IDS = [
    f"{name}-{'-'.join(f'{k}={v}' for k, v in kwargs.items())}-{y.ndim}d"
    for name, kwargs, y, _ in CASES
]


Use = tuple[Any, Any, np.ndarray | None]  # a loss, weights and a mask


def _theirs(uses: list[Use], y_true: Any, y_pred: np.ndarray) -> list[tuple]:
    """Values and gradients that Keras computes for each use, in one program."""

    def value(p: Any, use: Use) -> Any:
        loss, weight, mask = use
        p = p + 0  # a mask belongs to one tensor
        if mask is not None:
            set_keras_mask(p, jax.numpy.asarray(mask))
        return loss(y_true, p, weight)

    def program(p: Any) -> list[tuple]:
        slopes = [jax.grad(lambda p, use=use: value(p, use).sum())(p) for use in uses]
        return [(value(p, use), slope) for use, slope in zip(uses, slopes, strict=True)]

    return jax.jit(program)(y_pred)


def _ours(uses: list[Use], y_true: Any, y_pred: np.ndarray) -> list[tuple]:
    """Our values and gradients (`None` where the engine has none); on JAX in one program."""
    e = engine()

    def value(y_preds: list, use: Use) -> tuple:
        loss, weight, mask = use
        p = ops.add(y_preds[0], 0)
        if mask is not None:
            set_mask(p, e.asarray(mask))
        values = loss(y_true, p, weight)
        return ops.sum(values), values

    def program(p: Any) -> list[tuple]:
        pairs = []
        for use in uses:
            if "differentiates" in e.capabilities:
                (_, values), (slope,) = e.value_and_grad(lambda p, use=use: value(p, use))([p])
                pairs.append((values, slope))
            else:
                pairs.append((value([p], use)[1], None))
        return pairs

    return (e.compile(program) if e.name == "jax" else program)(e.asarray(y_pred))


def _assert_agree(found: tuple, expected: tuple, terms: float = 1e-3) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        if ours is not None:
            assert_close(ops.convert_to_numpy(ours), theirs, terms)


REDUCTIONS = ["sum_over_batch_size", "sum", "mean_with_sample_weight", "none"]
WAYS = list(itertools.product(REDUCTIONS, WEIGHTS, (False, True)))
# Keras divides by the sum of the weights before they are broadcast, so it gives no mean.
NOT_A_MEAN = set(itertools.product(["mean_with_sample_weight"], ["scalar", "by_sample"], [False]))


def _uses(module: Any, name: str, kwargs: dict, ways: list[tuple]) -> list[Use]:
    make = getattr(module, name)
    return [
        (make(reduction=reduction, **kwargs), WEIGHTS[weight], MASK if masked else None)
        for reduction, weight, masked in ways
    ]


def _ways(kwargs: dict) -> list[tuple]:
    """Reductions, weights and masks: the latter two belong to time steps, which axis 1 reduces."""
    if kwargs.get("axis") == 1:
        return [(reduction, "unweighted", False) for reduction in REDUCTIONS]
    return [way for way in WAYS if way not in NOT_A_MEAN]


@functools.cache
def _expected(case: int) -> dict[tuple, tuple]:
    """Keras' values and gradients for a row of `CASES`, used in every way; once for all engines."""
    name, kwargs, y_true, y_pred = CASES[case]
    ways = _ways(kwargs)
    found = _theirs(_uses(keras.losses, name, kwargs, ways), y_true, y_pred)
    return dict(zip(ways, found, strict=True))


@functools.cache
def _found(case: int, backend: str) -> dict[tuple, tuple]:
    name, kwargs, y_true, y_pred = CASES[case]
    ways = _ways(kwargs)
    with using(backend):
        found = _ours(_uses(losses, name, kwargs, ways), y_true, y_pred)
    return dict(zip(ways, found, strict=True))


@pytest.mark.parametrize(
    ("case", "way"),
    [
        pytest.param(case, way, id="-".join(map(str, (IDS[case], *way))))
        for case, (_, kwargs, *_) in enumerate(CASES)
        for way in _ways(kwargs)
    ],
)
def test_values_and_gradients(backend, case, way):
    _assert_agree(_found(case, backend)[way], _expected(case)[way])


SOFT = RNG.dirichlet(np.ones(5), (4, 3)).astype("float32")
SIGNS = (YES_NO * 2 - 1).astype("float32")
ABOVE_ZERO = RNG.gamma(2.0, size=SHAPE).astype("float32")
COUNTS = RNG.poisson(2.0, SHAPE).astype("float32")
SEQUENCES = np.array([[1, 2], [3, 0], [4, 4], [2, 1]])
FRAMES = np.random.default_rng(1).normal(size=(4, 6, 5)).astype("float32")
EVERY = [
    ("MeanAbsolutePercentageError", {}, NUMBERS, LOGITS),
    ("MeanSquaredLogarithmicError", {}, NUMBERS, ABOVE_ZERO),
    ("LogCosh", {}, NUMBERS, 10 * LOGITS),
    ("Huber", {}, NUMBERS, LOGITS),
    ("Huber", {"delta": 2.5}, NUMBERS, LOGITS),
    ("CosineSimilarity", {}, NUMBERS, LOGITS),
    ("CosineSimilarity", {"axis": 1}, NUMBERS, LOGITS),
    ("Hinge", {}, SIGNS, LOGITS),
    ("Hinge", {}, YES_NO, LOGITS),
    ("SquaredHinge", {}, SIGNS, LOGITS),
    ("SquaredHinge", {}, YES_NO, LOGITS),
    ("CategoricalHinge", {}, ONE_HOT, LOGITS),
    ("Poisson", {}, COUNTS, ABOVE_ZERO),
    ("KLDivergence", {}, SOFT, PROBABILITIES),
    ("BinaryFocalCrossentropy", {}, YES_NO, PROBABILITIES),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.5, "label_smoothing": 0.2},
        YES_NO,
        PROBABILITIES,
    ),
    ("BinaryFocalCrossentropy", {"from_logits": True, "axis": 1}, YES_NO, LOGITS),
    ("CategoricalFocalCrossentropy", {}, ONE_HOT, PROBABILITIES),
    (
        "CategoricalFocalCrossentropy",
        {"alpha": [0.1, 0.2, 0.3, 0.4, 0.5], "gamma": 3.0, "label_smoothing": 0.2},
        ONE_HOT,
        PROBABILITIES,
    ),
    ("CategoricalFocalCrossentropy", {"from_logits": True}, ONE_HOT, LOGITS),
    ("CategoricalGeneralizedCrossEntropy", {}, LABELS, PROBABILITIES),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, LABELS, PROBABILITIES),
    ("Dice", {"axis": (1, 2)}, YES_NO, PROBABILITIES),
    ("Dice", {"axis": -1}, YES_NO, PROBABILITIES),
    ("Dice", {}, YES_NO, PROBABILITIES),
    ("Tversky", {"alpha": 0.3, "beta": 0.8, "axis": -1}, YES_NO, PROBABILITIES),
    ("Tversky", {"alpha": 0.3, "beta": 0.8}, YES_NO, PROBABILITIES),
    ("CTC", {}, SEQUENCES, FRAMES),
]
# A reduction, a weight and whether there is a mask: each of them once.
USES = [
    ("none", "unweighted", False),
    ("sum_over_batch_size", "by_step", True),
    ("mean_with_sample_weight", "by_step", False),
    ("sum", "scalar", True),
]


@pytest.mark.parametrize(
    ("name", "kwargs", "y_true", "y_pred"), EVERY, ids=[f"{e[0]}-{e[1]}" for e in EVERY]
)
def test_every_loss(backend, name, kwargs, y_true, y_pred):
    axis = kwargs.get("axis", None if name in ("Dice", "Tversky", "CTC") else -1)
    uses = USES if axis == -1 else USES[:1]  # weights and masks belong to time steps
    options = kwargs
    if name == "Tversky":  # Keras 3.15.1 has both the other way round
        options = {**kwargs, "alpha": kwargs["beta"], "beta": kwargs["alpha"]}
    expected = _theirs(_uses(keras.losses, name, options, uses), y_true, y_pred)
    with using(backend):
        found = _ours(_uses(losses, name, kwargs, uses), y_true, y_pred)
    for ours, theirs in zip(found, expected, strict=True):
        _assert_agree(ours, theirs, TERMS.get(name, 1e-3))


@pytest.mark.parametrize(("gamma", "margin"), [(80.0, 0.4), (2.0, 0.25)])
@pytest.mark.parametrize("weighted", [False, True])
def test_circle(backend, gamma, margin, weighted):
    labels = np.array([0, 1, 0, 1, 2, 0])  # the class 2 is alone
    embeddings = RNG.normal(size=(6, 4))
    embeddings = (embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)).astype("float32")
    weight = np.arange(6.0, dtype="float32") if weighted else None
    options = ({}, {"remove_diagonal": False}, {"reduction": "sum"})

    def uses(module: Any) -> list[Use]:
        made = [module.Circle(gamma=gamma, margin=margin, **more) for more in options]
        return [(loss, weight, None) for loss in made]

    expected = _theirs(uses(keras.losses), labels, embeddings)
    with using(backend):
        found = _ours(uses(losses), labels, embeddings)
    for ours, theirs in zip(found, expected, strict=True):
        _assert_agree(ours, theirs)


def test_circle_with_references(backend):
    x = RNG.normal(size=(5, 4)).astype("float32")
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    labels, references = np.array([0, 1, 0, 1, 2]), np.array([0, 2, 1])
    arguments = (labels, x, references, x[[1, 3, 4]])
    for remove in (True, False):
        expected = np.asarray(keras.losses.circle(*arguments, remove_diagonal=remove, gamma=3.0))
        with using(backend):
            found = losses.circle(*arguments, remove_diagonal=remove, gamma=3.0)
            assert_close(ops.convert_to_numpy(found), expected)


def _example(name):
    """A loss with arguments that are not the defaults."""
    options = {
        "Huber": {"delta": 2.5},
        "CosineSimilarity": {"axis": 1},
        "Circle": {"gamma": 3.0, "margin": 0.1, "remove_diagonal": False},
        "Dice": {"axis": (1, 2)},
        "Tversky": {"alpha": 0.1, "beta": 0.9, "axis": -1},
        "CategoricalGeneralizedCrossEntropy": {"q": 0.25},
        "BinaryFocalCrossentropy": {"alpha": 0.1, "gamma": 1.0, "from_logits": True},
        "CategoricalFocalCrossentropy": {"alpha": [0.1, 0.9], "gamma": 1.0},
        "BinaryCrossentropy": {"from_logits": True, "label_smoothing": 0.1, "axis": 1},
        "CategoricalCrossentropy": {"from_logits": True, "label_smoothing": 0.1},
        "SparseCategoricalCrossentropy": {"from_logits": True, "ignore_class": 3},
    }.get(name, {})
    return {"name": "mine", "reduction": "sum", **options}


CLASSES = sorted(
    name
    for name, thing in vars(keras.losses).items()
    if isinstance(thing, type) and name != "Loss" and hasattr(losses, name)
)


def test_every_loss_is_compared():
    assert set(CLASSES) == {case[0] for case in [*CASES, *EVERY]} | {"Circle"}


@pytest.mark.parametrize("name", CLASSES)
def test_configurations_go_both_ways(name):
    ours, theirs = getattr(losses, name)(), getattr(keras.losses, name)()
    assert losses.serialize(ours) == keras.losses.serialize(theirs)
    options = _example(name)
    theirs, ours = getattr(keras.losses, name)(**options), getattr(losses, name)(**options)
    from_theirs = losses.deserialize(keras.losses.serialize(theirs))
    from_ours = keras.losses.deserialize(losses.serialize(ours))
    assert type(from_theirs) is type(ours)
    if from_ours != name:  # Keras does not find its own CategoricalGeneralizedCrossEntropy
        assert type(from_ours) is type(theirs)
        assert _plain(from_ours.get_config()) == _plain(theirs.get_config())
    kept = theirs.get_config().keys()  # Keras loses some arguments
    read, expected = from_theirs.get_config(), ours.get_config()
    assert _plain({n: read[n] for n in kept}) == _plain({n: expected[n] for n in kept})


def _plain(config):
    return {n: list(x) if isinstance(x, tuple) else x for n, x in config.items()}


def test_names_of_keras(backend):
    """Every spelling that Keras understands means the same here."""
    spellings = [*vars(keras.losses), "mse", "MSE", "mae", "MAE", "mape", "MAPE", "msle", "MSLE"]
    spellings += ["bce", "BCE", "kld", "KLD"]
    for name in spellings:
        try:
            theirs = keras.losses.get(name)
        except ValueError:
            continue
        if name.startswith("_") or name == "Loss":
            continue
        ours = losses.get(name)
        if isinstance(theirs, keras.losses.Loss):
            assert type(ours).__name__ == type(theirs).__name__
        else:
            assert ours.__name__ == theirs.__name__


@pytest.mark.parametrize("weight", ["scalar", "by_sample"])
def test_a_weighted_mean_is_that_of_the_broadcast_weights(backend, weight):
    arguments = {"reduction": "mean_with_sample_weight"}
    full = np.broadcast_to(WEIGHTS[weight], (4, 3))
    expected = float(keras.losses.MeanSquaredError(**arguments)(NUMBERS, LOGITS, full))
    with using(backend):
        found = losses.MeanSquaredError(**arguments)(NUMBERS, LOGITS, WEIGHTS[weight])
        assert float(found) == pytest.approx(expected, rel=1e-6)


FUNCTIONS = [
    ("mean_squared_error", (4, 3), (4, 3)),
    ("mean_squared_error", (4,), (4,)),
    ("mean_squared_error", (4, 1), (4,)),
    ("mean_squared_error", (4,), (4, 1)),
    ("mean_absolute_error", (4, 3, 1), (4, 3)),
    ("mean_absolute_error", (4, 3), (4, 3, 1)),
    ("binary_crossentropy", (4, 1), (4, 1)),
    ("binary_crossentropy", (4,), (4,)),
    ("categorical_crossentropy", (4, 3), (4, 3)),
    ("sparse_categorical_crossentropy", (4,), (4, 3)),
    ("sparse_categorical_crossentropy", (4, 1), (4, 3)),
    ("sparse_categorical_crossentropy", (4, 2), (4, 2, 3)),
]


@pytest.mark.parametrize(("name", "true", "pred"), FUNCTIONS)
def test_functions(backend, name, true, pred):
    y_true, y_pred = RNG.integers(0, 2, true), RNG.uniform(0.1, 0.9, pred).astype("float32")
    dtype = "int32" if "sparse" in name else "float32"
    expected = getattr(keras.losses, name)(y_true.astype(dtype), y_pred)
    with using(backend):
        found = ops.convert_to_numpy(getattr(losses, name)(y_true.astype(dtype), y_pred))
    assert found.shape == np.shape(expected)
    assert_close(found, expected)


@pytest.mark.parametrize(
    "name", ["BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"]
)
def test_certain_predictions(backend, name):
    y_pred = np.array([[0.0, 1.0], [1.0, 0.0]], "float32")
    y_true = np.array([0, 0]) if name.startswith("Sparse") else np.array([[1, 0], [1, 0]])
    expected = float(getattr(keras.losses, name)()(y_true, y_pred))
    with using(backend):
        assert float(getattr(losses, name)()(y_true, y_pred)) == pytest.approx(expected, rel=1e-6)


def test_the_mask_of_ignored_classes_is_keras_own(backend):
    with using(backend):
        from lamina.core.masks import get_mask

        values = losses.sparse_categorical_crossentropy(LABELS, PROBABILITIES, ignore_class=2)
        ours = ops.convert_to_numpy(get_mask(values))
    theirs = get_keras_mask(
        keras.losses.sparse_categorical_crossentropy(
            LABELS, jax.numpy.asarray(PROBABILITIES), ignore_class=2
        )
    )
    np.testing.assert_array_equal(ours, np.asarray(theirs))
