"""The base of losses: reductions, weights, masks, dtypes, shapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp

from lamina import KerasTensor, Variable, losses, metrics, ops
from lamina.core.masks import set_mask
from lamina.core.settings import set_floatx
from lamina.engine.current import using
from lamina.losses.loss import LossFunctionWrapper
from lamina.losses.weighting import reduce_weighted

REDUCTIONS = ["sum", "mean", "sum_over_batch_size", "mean_with_sample_weight", "none"]
floats = st.floats(-10, 10, width=32)


def _expected(values, weight, mask, reduction):
    """The definition, on arrays of one shape."""
    counted = weight * mask
    if reduction == "none":
        return values * counted
    total = (values * counted).sum()
    divisor = {"sum": 1, "mean_with_sample_weight": counted.sum()}.get(reduction, mask.sum())
    return total / divisor if divisor else 0.0


@settings(max_examples=60, deadline=None)
@given(data=st.data(), reduction=st.sampled_from(REDUCTIONS))
def test_reductions_with_weights_and_masks(backend, data, reduction):
    shape = data.draw(st.sampled_from([(3,), (1,), (4, 2), (2, 3, 2)]))
    values = data.draw(hnp.arrays("float32", shape, elements=floats))
    prefix = shape[: data.draw(st.integers(1, len(shape)))]
    weight = data.draw(
        st.none()
        | hnp.arrays("float32", prefix, elements=st.just(0.0) | st.floats(0.125, 5, width=32))
    )
    mask = data.draw(st.none() | hnp.arrays(bool, shape[: data.draw(st.integers(1, len(shape)))]))

    def full(x):
        if x is None:
            return np.ones(shape, "float64")
        return np.broadcast_to(
            np.asarray(x, "float64").reshape(x.shape + (1,) * (len(shape) - x.ndim)), shape
        )

    expected = _expected(values.astype("float64"), full(weight), full(mask), reduction)
    with using(backend):
        found = ops.convert_to_numpy(reduce_weighted(values, weight, mask, reduction))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_weights_go_with_samples_not_with_features(engine):
    y_true, y_pred = np.zeros((3, 3, 2)), np.ones((3, 3, 2)) * np.arange(3.0)[:, None, None]
    loss = losses.MeanSquaredError(reduction="none")
    np.testing.assert_allclose(
        ops.convert_to_numpy(loss(y_true, y_pred, [1.0, 0.0, 2.0]))[:, 0], [0, 0, 8]
    )
    assert ops.shape(loss(y_true, y_pred, np.ones((3, 3, 1)))) == (3, 3)
    assert ops.shape(
        losses.MeanSquaredError(reduction=None)(np.ones((4, 2)), np.ones((4, 2)), np.ones((4, 1)))
    ) == (4,)


@pytest.mark.parametrize("weight", [np.ones(5), np.ones((4, 2)), np.ones((4, 3, 2)), np.ones(3)])
def test_weights_of_another_shape_are_refused(engine, weight):
    with pytest.raises(ValueError, match=r"`sample_weight` has shape .* have shape \(4, 3\)"):
        losses.MeanSquaredError()(np.ones((4, 3, 2)), np.ones((4, 3, 2)), weight)


@pytest.mark.parametrize("shape", [(4, 6), (4, 1), (1, 3), (3,), (4, 3, 2)])
def test_masks_of_another_shape_are_refused(engine, shape):
    y_pred = engine.asarray(np.ones((4, 3, 2), "float32"))
    set_mask(y_pred, engine.asarray(np.ones(shape, bool)))
    y_true = np.ones((4, 3, 2), "float32")
    for thing in (losses.MeanSquaredError(), metrics.MeanSquaredError(), losses.Loss()):
        if type(thing) is losses.Loss:
            thing.call = lambda y_true, y_pred: ops.mean(y_true - y_pred, axis=-1)
        with pytest.raises(ValueError, match=r"`mask` has shape .* have shape \(4, 3\)"):
            thing(y_true, y_pred)


def test_weights_without_a_features_axis_say_what_to_do(engine):
    with pytest.raises(ValueError, match=r"reshape them to \(batch, 1\)"):
        losses.MeanSquaredError()(np.ones(4), np.ones(4), np.ones(4))


def test_the_mask_of_the_predictions_counts(engine):
    y_pred = engine.asarray(np.array([[[1.0], [2.0], [3.0]]], "float32"))
    set_mask(y_pred, engine.asarray(np.array([[True, False, True]])))
    y_true = np.zeros((1, 3, 1))
    assert float(losses.MeanSquaredError()(y_true, y_pred)) == pytest.approx(5.0)
    assert float(losses.MeanSquaredError(reduction="sum")(y_true, y_pred)) == pytest.approx(10.0)
    assert float(
        losses.MeanSquaredError()(y_true, y_pred, np.array([[2.0, 1.0, 0.0]]))
    ) == pytest.approx(1.0)


def test_everything_masked_gives_zero(engine):
    y_pred = engine.asarray(np.ones((2, 3), "float32"))
    set_mask(y_pred, engine.asarray(np.zeros(2, bool)))
    for reduction in ("sum", "mean", "mean_with_sample_weight"):
        assert float(losses.MeanSquaredError(reduction=reduction)(np.zeros((2, 3)), y_pred)) == 0.0


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_half_precision_is_lifted(engine, half):
    y_pred = engine.cast(engine.asarray(np.full((2, 3), 300.0, "float32")), half)
    loss = losses.MeanSquaredError()(np.zeros((2, 3)), y_pred)
    assert engine.dtype(loss) == "float32"
    assert float(loss) == pytest.approx(90000, rel=1e-2)  # float16 would overflow
    assert engine.dtype(losses.MeanSquaredError(dtype=half)(np.zeros((2, 3)), y_pred)) == half


def test_dtype_follows_floatx_when_made():
    set_floatx("float64")
    try:
        loss = losses.MeanSquaredError()
    finally:
        set_floatx("float32")
    assert loss.dtype == "float64" and losses.MeanSquaredError().dtype == "float32"
    assert "dtype" not in loss.get_config()
    assert losses.MeanSquaredError(dtype="float64").get_config()["dtype"] == "float64"


def test_float64_targets_do_not_widen_the_model(engine):
    y_pred = engine.asarray(np.ones((2, 3), "float32"))
    for fn in (
        losses.mean_squared_error,
        losses.binary_crossentropy,
        losses.categorical_crossentropy,
    ):
        assert engine.dtype(fn(np.ones((2, 3), "float64"), y_pred)) == "float32"


def test_many_classes_survive_a_half_precision_floatx(engine):
    y_pred = np.full((1, 3000), -1e3, "float32")
    y_pred[0, 2049] = 0.0
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float16")
    assert float(loss(np.array([2049]), y_pred)) == pytest.approx(0.0, abs=1e-3)


FUNCTIONS = [losses.mean_squared_error, losses.mean_absolute_error, losses.binary_crossentropy]


@pytest.mark.parametrize("fn", FUNCTIONS)
@pytest.mark.parametrize(
    "shapes", [((4, 1), (4,)), ((4,), (4, 1)), ((4, 3, 1), (4, 3)), ((4, 3), (4, 3, 1))]
)
def test_a_last_axis_of_one_is_added_or_dropped(engine, fn, shapes):
    true, pred = shapes
    assert ops.shape(fn(np.ones(true), np.full(pred, 0.5))) == (4,)


@pytest.mark.parametrize("fn", [*FUNCTIONS, losses.categorical_crossentropy])
@pytest.mark.parametrize(
    "shapes",
    [
        ((4,), (4, 10)),
        ((4, 1), (4, 10)),
        ((4, 10), (4, 1)),
        ((1, 5), (4, 5)),
        ((4, 3), (4, 3, 5)),
        ((3,), (4,)),
    ],
)
def test_shapes_that_merely_broadcast_are_refused(engine, fn, shapes):
    true, pred = shapes
    with pytest.raises(ValueError) as error:
        fn(np.ones(true), np.full(pred, 0.5))
    text = str(error.value)
    assert all(part in text for part in (fn.__name__, str(true), str(pred)))
    assert "use sparse_categorical_crossentropy" in text or "number of units" in text


@pytest.mark.parametrize(
    "shapes", [((4, 5), (4, 5)), ((4, 5), (4, 1)), ((3,), (4, 5)), ((4,), (4,))]
)
def test_sparse_shapes_that_do_not_fit_are_refused(engine, shapes):
    true, pred = shapes
    with pytest.raises(
        ValueError, match=r"integer targets of shape .* one-hot targets use categorical"
    ):
        losses.sparse_categorical_crossentropy(np.zeros(true, "int32"), np.full(pred, 0.5))


@pytest.mark.parametrize("fn", [*FUNCTIONS, losses.categorical_crossentropy])
def test_symbolic_losses(fn):
    result = fn(KerasTensor((None, 6)), KerasTensor((None, 6)))
    assert result.shape == (None,) and result.dtype == "float32"
    assert losses.sparse_categorical_crossentropy(
        KerasTensor((None,), "int32"), KerasTensor((None, 6))
    ).shape == (None,)


def test_trees_reach_call_as_trees(engine):
    class Both(losses.Loss):
        def call(self, y_true, y_pred):
            return losses.mean_squared_error(y_true["a"], y_pred["a"]) + losses.mean_squared_error(
                y_true["b"], y_pred["b"]
            )

    y_true = {"a": np.zeros((2, 3)), "b": np.zeros((2, 1))}
    y_pred = {"a": np.ones((2, 3)), "b": 2 * np.ones((2, 1))}
    assert float(Both()(y_true, y_pred)) == pytest.approx(5.0)


def test_nested_lists_of_numbers_are_one_tensor(engine):
    assert float(losses.MeanSquaredError()([[1.0], [2.0]], [[0.0], [0.0]])) == pytest.approx(2.5)


def test_ignored_classes_count_neither_in_sum_nor_in_number(engine):
    labels = np.array([[0, 1, -1], [2, -1, -1]])
    loss = losses.SparseCategoricalCrossentropy(ignore_class=-1, from_logits=True)
    assert float(loss(labels, np.zeros((2, 3, 3)))) == pytest.approx(np.log(3), rel=1e-6)


def test_from_a_function(engine):
    def scaled(y_true, y_pred, scale):
        return scale * losses.mean_squared_error(y_true, y_pred)

    loss = LossFunctionWrapper(scaled, scale=3.0)
    assert float(loss(np.ones((2, 1)), np.zeros((2, 1)))) == pytest.approx(3.0)
    assert loss.get_config()["scale"] == 3.0


def test_get_and_errors():
    assert (
        losses.get("mse")
        is losses.get("MSE")
        is losses.get("mean_squared_error")
        is losses.mean_squared_error
    )
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert losses.get(None) is None
    with pytest.raises(ValueError, match="Did you mean 'categorical_crossentropy'"):
        losses.get("categorical_crosentropy")
    with pytest.raises(ValueError, match="`reduction` must be one of"):
        losses.MeanSquaredError(reduction="avg")
    with pytest.raises(NotImplementedError, match="must write `call"):
        losses.Loss()(np.ones(1), np.ones(1))


def test_gradients_through_masks_and_ignored_classes_are_finite(backend):
    with using(backend) as _:
        from lamina.engine.current import engine

        if "differentiates" not in engine().capabilities:
            pytest.skip("computes no gradients")
        loss = losses.SparseCategoricalCrossentropy(ignore_class=0, from_logits=True)

        def value(xs):
            return loss(np.array([0, 0]), xs[0]), None

        _, gradients = engine().value_and_grad(value)(
            [engine().asarray(np.ones((2, 3), "float32"))]
        )
        np.testing.assert_array_equal(ops.convert_to_numpy(gradients[0]), np.zeros((2, 3)))


def test_variables_may_be_targets(engine):
    assert float(losses.MeanSquaredError()(Variable([[1.0]]), Variable([[3.0]]))) == 4.0
