"""The base: arguments, rates, multipliers, loss scaling, maps, names."""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest

import lamina
from lamina import optimizers
from lamina.core import registry
from lamina.engine.current import load
from lamina.optimizers import gradients, schedules
from lamina.optimizers.adam import adam_step


def _apply(engine, optimizer, variables, *gradients):
    for gradient in gradients:
        grads = [engine.asarray(np.full(v.shape, gradient, v.dtype)) for v in variables]
        optimizer.apply(grads, variables)
    return [v.numpy() for v in variables]


# The learning rate.


@pytest.mark.parametrize(
    "rate",
    [
        0.5,
        schedules.PiecewiseConstantDecay([5], [0.5, 0.1]),
        lambda: 0.5,
        lambda step: lamina.ops.cast(step, "float32") * 0 + 0.5,
    ],
)
def test_kinds_of_learning_rates(engine, rate):
    optimizer = optimizers.SGD(rate)
    assert _apply(engine, optimizer, [lamina.Variable([1.0])], 1.0)[0] == [0.5]
    assert float(optimizer.learning_rate) == 0.5


def test_the_arguments_of_keras_2(engine):
    optimizer = optimizers.SGD(lr=1.0, decay=0.5)
    rates = []
    for _ in range(3):
        rates.append(float(optimizer.learning_rate))
        _apply(engine, optimizer, [lamina.Variable([1.0])], 1.0)
    np.testing.assert_allclose(rates, [1, 1 / 1.5, 1 / 2])
    with pytest.raises(ValueError, match="`decay` needs a number"):
        optimizers.SGD(lambda: 0.1, decay=0.5)
    with pytest.raises(TypeError, match=r"does not take the argument\(s\) \['beta'\]"):
        optimizers.SGD(beta=1)


def test_a_schedule_of_ones_own(engine):
    class Half(schedules.LearningRateSchedule):
        def __init__(self, start):
            self.start = start

        def __call__(self, step):
            return self.start * lamina.ops.power(0.5, lamina.ops.cast(step, "float32"))

    optimizer = optimizers.SGD(Half(1.0))
    assert _apply(engine, optimizer, [lamina.Variable([0.0])], 1.0, 1.0, 1.0)[0] == [-1.75]
    config = schedules.serialize(Half(2.0))
    assert config["config"] == {"start": 2.0}
    assert schedules.deserialize(config, {"Half": Half}).start == 2.0
    again = optimizers.deserialize(optimizers.serialize(optimizer), {"Half": Half})
    assert type(again.schedule) is Half
    with pytest.raises(TypeError, match="cannot become the other kind"):
        optimizer.learning_rate = 0.1


def test_multipliers_by_pattern(engine):
    names = ("encoder_kernel", "encoder_bias", "head_kernel")
    variables = [lamina.Variable([1.0], name=name) for name in names]
    factors = {"bias$": 2.0, "^encoder": 0.5}
    optimizer = optimizers.SGD(0.1, weight_decay=1.0, learning_rate_multipliers=factors)
    found = np.concatenate(_apply(engine, optimizer, variables, 1.0))
    rates = np.array([0.05, 0.2, 0.1])
    np.testing.assert_allclose(found, 1 - rates - rates, rtol=1e-6)
    config = optimizers.serialize(optimizer)
    assert config["config"]["learning_rate_multipliers"] == factors
    assert optimizers.deserialize(config).learning_rate_multipliers == factors
    optimizer.learning_rate_multipliers = None
    assert "learning_rate_multipliers" not in optimizers.serialize(optimizer)["config"]
    np.testing.assert_allclose(
        np.concatenate(_apply(engine, optimizer, variables, 0.0)), found * 0.9, rtol=1e-6
    )
    with pytest.raises(ValueError, match="`learning_rate_multipliers` must be a dict such as"):
        optimizers.SGD(learning_rate_multipliers={"a": -1})


def test_exclusions_from_weight_decay(engine):
    variables = [lamina.Variable([1.0], name=name) for name in ("kernel", "bias", "scale")]
    optimizer = optimizers.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[variables[2]], var_names=["bias"])
    assert np.concatenate(_apply(engine, optimizer, variables, 0.0)).tolist() == [0.75, 1, 1]


def test_an_optimizer_in_keras_style(engine):
    class Sign(optimizers.Optimizer):
        def __init__(self, learning_rate=0.5, **kwargs):
            super().__init__(learning_rate, **kwargs)

        def build(self, variables):
            super().build(variables)
            self.counts = self.add_optimizer_variables(variables, "count")

        def update_step(self, gradient, variable, learning_rate):
            self.assign_add(self.counts[0], lamina.ops.ones_like(gradient))
            self.assign_sub(variable, learning_rate * lamina.ops.sign(gradient))

    v, optimizer = lamina.Variable([1.0, 1.0]), Sign(weight_decay=0.5)
    optimizer.build([v])
    assert _apply(engine, optimizer, [v], 3.0)[0].tolist() == [0.25, 0.25]
    assert optimizer.counts[0].numpy().tolist() == [1, 1]
    assert any(x is optimizer.counts[0] for x in optimizer.variables)


def test_a_value_in_place_of_a_gradient(engine):
    v = lamina.Variable([1.0])
    v.overwrite_with_gradient = True
    assert _apply(engine, optimizers.Adam(), [v, lamina.Variable([1.0])], 7.0)[0] == [7.0]


def test_wrong_arguments():
    with pytest.raises(ValueError, match="only one of clipnorm=1, clipvalue=2"):
        optimizers.SGD(clipnorm=1, clipvalue=2)
    with pytest.raises(ValueError, match="`ema_overwrite_frequency` must be a positive integer"):
        optimizers.SGD(use_ema=True, ema_overwrite_frequency=0)
    with pytest.raises(ValueError, match="Did you mean 'nadam'"):
        optimizers.get("nadma")
    with pytest.raises(ValueError, match=r"needs 'class_name' and 'config'; .* keys \['Adam'\]"):
        optimizers.get({"Adam": 0.1})
    with pytest.raises(ValueError, match=r"regular expression .* 'h\(' is none"):
        optimizers.SGD(learning_rate_multipliers={"h(": 0.1})
    with pytest.raises(ValueError, match=r"OptimizerMap: .* 3 is none"):
        optimizers.OptimizerMap(optimizers.SGD(), {3: optimizers.SGD()})
    with pytest.raises(ValueError, match=r"got 1 arrays for 2 variables"):
        optimizers.SGD().set_weights([np.zeros(())])


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("Adam", {"beta_1": 1.5}, r"`beta_1` must lie in \[0, 1\), not 1.5"),
        ("Nadam", {"beta_2": 1}, "`beta_2` must lie in"),
        ("Adam", {"decay": -1}, "`decay` must not be negative, not -1"),
        ("RMSprop", {"rho": float("nan")}, r"`rho` must lie in \[0, 1\], not nan"),
        ("SGD", {"momentum": "0.9"}, "`momentum` must be a number, not '0.9'"),
        ("SGD", {"clipnorm": 0}, "`clipnorm` must be positive"),
        ("AdamW", {"weight_decay": -0.1}, "`weight_decay` must not be negative"),
        ("Ftrl", {"learning_rate_power": 1}, "`learning_rate_power` must not be positive"),
        ("Lion", {"beta_1": 0}, r"`beta_1` must lie in \(0, 1\], not 0"),
        ("Muon", {"adam_beta_1": -0.1}, "`adam_beta_1` must lie in"),
        ("Adam", {"learning_rate": -1.0}, "`learning_rate` must not be negative"),
    ],
)
def test_numbers_out_of_range(name, arguments, said):
    with pytest.raises(ValueError, match=f"{name}: {said}"):
        getattr(optimizers, name)(**arguments)
    with pytest.raises(ValueError, match="Adagrad: `initial_accumulator_value`"):
        optimizers.Adagrad(0.1, -1.0)  # in place as by name


def test_names_in_every_spelling():
    for name, cls in registry.shelves["optimizers"].objects.items():
        if name in ("OptimizerMap", "MultiOptimizer", "LossScaleOptimizer"):
            continue
        for spelling in (name, name.lower(), lamina.core.naming.to_snake_case(name), cls):
            assert type(optimizers.get(spelling)) is cls
        assert type(optimizers.get(optimizers.serialize(cls()))) is cls


# Scaled losses.


def test_steps_that_are_not_finite_are_skipped(engine):
    v, optimizer = (
        lamina.Variable([0.0]),
        optimizers.LossScaleOptimizer(optimizers.SGD(1.0), 8.0, 2),
    )
    course = []
    for gradient in (8.0, 8.0, 16.0, np.inf, 8.0, np.nan, 4.0, 4.0):
        _apply(engine, optimizer, [v], gradient)
        course.append((float(v.numpy()[0]), float(optimizer.dynamic_scale)))
    # As Keras does it (it runs on its torch engine only, so its numbers are written down here).
    assert course == [
        *((-1, 8), (-2, 16), (-3, 16), (-3, 8)),
        *((-4, 8), (-4, 4), (-5, 4), (-6, 8)),
    ]
    assert int(optimizer.iterations) == 6
    optimizer.learning_rate = 0.5
    assert float(optimizer.inner_optimizer.learning_rate) == 0.5


def test_only_one_scales():
    with pytest.raises(ValueError, match="must not have a `loss_scale_factor`"):
        optimizers.LossScaleOptimizer(optimizers.SGD(loss_scale_factor=2.0))
    with pytest.raises(ValueError, match=r"give \['clipnorm'\] to the inner optimizer"):
        optimizers.LossScaleOptimizer(optimizers.SGD(), clipnorm=1.0)


def test_a_scaled_model_trains(trains):
    from tests.training.nets import draw, labels, mlp

    x, y, start = draw((32, 4)), labels(32), mlp().get_weights()
    found = []
    for optimizer in (optimizers.SGD(0.1), optimizers.LossScaleOptimizer(optimizers.SGD(0.1))):
        model = mlp()
        model.set_weights(start)
        model.compile(optimizer, "sparse_categorical_crossentropy")
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_half_precision_scales_by_itself(trains):
    from tests.training.nets import draw

    before = lamina.dtype_policies.DTypePolicy("mixed_float16")
    model = lamina.Sequential([lamina.layers.Dense(3, dtype=before, input_shape=(4,))])
    model.dtype_policy = before
    model.compile("adam", "mse")
    assert isinstance(model.optimizer, optimizers.LossScaleOptimizer)
    model.compile("adam", "mse", auto_scale_loss=False)
    assert isinstance(model.optimizer, optimizers.Adam)
    model.compile(optimizers.SGD(0.1), "mse")
    x, y = draw((32, 4)), draw((32, 3))
    losses = model.fit(x, y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


# Several optimizers.


def test_maps():
    sgd, adam, other = optimizers.SGD(), optimizers.Adam(), optimizers.RMSprop()
    found = optimizers.OptimizerMap(sgd, {"dense.*": adam})
    assert found["dense/kernel"] is adam and found["x"] is sgd and found["xdense"] is sgd
    assert len(found) == 1 and list(found) == ["dense.*"] and found.default_optimizer is sgd
    found["den.*"] = other
    with pytest.raises(ValueError, match="fits several patterns"):
        found["dense/kernel"]
    assert found.pop("den.*") is other
    with pytest.raises(ValueError, match="is there already"):
        found["dense.*"] = other
    with pytest.raises(ValueError, match="an Optimizer is needed, not 3"):
        found["x"] = 3


def test_a_function_chooses(engine):
    fast, slow = optimizers.SGD(1.0), optimizers.SGD(0.5)
    optimizer = optimizers.MultiOptimizer(lambda v: fast if v.name == "a" else slow)
    variables = [lamina.Variable([1.0], name=name) for name in "ab"]
    assert np.concatenate(_apply(engine, optimizer, variables, 1.0)).tolist() == [0.0, 0.5]
    assert optimizer.optimizers == [fast, slow]
    with pytest.raises(AttributeError, match="not have a learning rate of its own"):
        optimizer.learning_rate = 0.1
    with pytest.raises(ValueError, match="only one factor can scale the loss"):
        optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD(loss_scale_factor=2.0)))


def test_one_factor_for_all(engine):
    optimizer = optimizers.MultiOptimizer(
        optimizers.OptimizerMap(optimizers.SGD(1.0)), loss_scale_factor=4.0
    )
    assert optimizer.scale_loss(1.0) == 4.0
    assert _apply(engine, optimizer, [lamina.Variable([1.0])], 2.0)[0] == [0.5]


# Many variables in one call.


def test_together_is_one_by_one(engine):
    """An engine's own way to update many variables gives what the formula gives for each."""
    rng = np.random.default_rng(0)
    rows = [
        [engine.asarray(rng.normal(size=shape).astype("float32")) for _ in range(3)]
        for shape in ((3,), (2, 2), ())
    ]
    rate = engine.asarray(0.5, "float32")

    def formula(x, y, z):
        e = lamina.engine.current.engine()
        mean = gradients.running_mean(x, e.square(y), 0.9)
        root = e.sqrt(mean * mean + 1.0) - 1.0 / (2.0 + e.abs(y)) + rate * x - (rate - y)
        norm = e.sqrt(e.sum(e.square(z)))
        chosen = e.where(e.greater(x, 0.0), e.sign(y), e.maximum(z, 0.1)) / norm
        power = 2.0**x + e.abs(y) ** 1.5 + e.power(root * 0 + 2.0, 3.0) - (-y) + rate / (norm + 1)
        return x - rate * y / (root + 0.1), mean, chosen, power, e.rsqrt(e.abs(z) + 1.0), rate + x

    for found, row in zip(gradients.each(formula, rows), rows, strict=True):
        for one, other in zip(found, formula(*row), strict=True):
            np.testing.assert_allclose(
                engine.to_numpy(one), engine.to_numpy(other), rtol=1e-6, atol=1e-6
            )


def test_an_engines_own_adam_is_the_formula(monkeypatch):
    """Gradients lie in memory in any order; nothing given is written to; gradients go through."""
    with lamina.config.using_backend("torch"):
        _compare_adam(load("torch"), monkeypatch)


def _compare_adam(torch, monkeypatch):
    rng = np.random.default_rng(0)
    rows = [
        [torch.asarray(np.abs(rng.normal(size=shape)).astype("float32")) for _ in range(3)]
        for shape in ((3, 4), (4, 3), (5,))
    ]
    turned = torch.transpose(rows[1][0], (1, 0))
    rows = [
        [turned, *rows[0]],
        [torch.transpose(rows[0][0], (1, 0)), *rows[1]],
        [*rows[2][:1] * 4],
    ]
    before = [[torch.to_numpy(x).copy() for x in row] for row in rows]
    rate, count = (torch.asarray(x, "float32") for x in (0.1, 3.0))

    def update(gradient, value, momentum, velocity):
        slots = {"momentum": momentum, "velocity": velocity}
        value, after = adam_step(gradient, value, rate, count, 0.9, 0.999, 1e-3, **slots)
        return value, after["momentum"], after["velocity"]

    def slope(gradient):
        return lamina.autodiff.grad(lambda g: lamina.ops.sum(update(g, *rows[0][1:])[0]))(gradient)

    def found():
        results = [x for row in gradients.each(update, rows) for x in row]
        return [torch.to_numpy(x) for x in [*results, slope(turned)]]

    ours = found()
    monkeypatch.setattr(torch, "overrides", {**torch.overrides, "adam": lambda *_: None})
    for one, other in zip(ours, found(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)
    for row, then in zip(rows, before, strict=True):
        for x, y in zip(row, then, strict=True):
            np.testing.assert_array_equal(torch.to_numpy(x), y)


@pytest.mark.parametrize("frequency", [None, 3])
def test_training_ends_with_the_averages(engine, frequency):
    v = lamina.Variable([0.0])
    optimizer = optimizers.SGD(
        1.0, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=frequency
    )
    _apply(engine, optimizer, [v], 1.0, 1.0)
    optimizer.finalize_variable_values([v])
    assert v.numpy().tolist() == [-1.5]  # of -1 and -2, as in Keras whatever the frequency


# Attributes.


@pytest.mark.parametrize(
    "make", [optimizers.SGD, lambda: optimizers.LossScaleOptimizer(optimizers.SGD())]
)
def test_lr_is_the_learning_rate(make, engine):
    optimizer = make()
    optimizer.lr = 0.5
    assert float(optimizer.learning_rate) == float(optimizer.lr) == 0.5
    optimizer.learning_rate = 0.25
    assert float(optimizer.lr) == 0.25


@pytest.mark.parametrize(
    ("make", "name", "near"),
    [
        (optimizers.Adam, "learning_rte", "learning_rate"),
        (optimizers.SGD, "learn_rate", "learning_rate"),
        (optimizers.Adam, "beta1", "beta_1"),
        (optimizers.SGD, "momentun", "momentum"),
        (optimizers.RMSprop, "weight_decy", "weight_decay"),
        (optimizers.Muon, "clip_norm", "clipnorm"),
        (optimizers.Adamax, "decay", "schedule"),
    ],
)
def test_a_misspelt_attribute_is_refused(make, name, near):
    optimizer = make()
    with pytest.raises(AttributeError, match=rf"{make.__name__} has no attribute `{name}`.*{near}"):
        setattr(optimizer, name, 0.1)
    assert not hasattr(optimizer, name)


def test_attributes_of_ones_own_are_taken():
    class Mine(optimizers.SGD):
        def __init__(self, **options):
            super().__init__(**options)
            self.momentums, self.learning_rate_fn = [], None

    mine = Mine()
    mine.weight_decays = 3
    assert mine.momentums == [] and mine.weight_decays == 3
    sgd = optimizers.SGD()
    sgd.note = "the second"
    assert sgd.note == "the second"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("momentum", 1.5, "lie in"),
        ("clipnorm", -1, "be positive"),
        ("ema_overwrite_frequency", 0.5, "integer"),
    ],
)
def test_an_attribute_is_checked_like_its_argument(name, value, words):
    optimizer = optimizers.SGD(momentum=0.5)
    before = getattr(optimizer, name)
    with pytest.raises(ValueError, match=f"SGD: `{name}` must .*{words}"):
        setattr(optimizer, name, value)
    assert getattr(optimizer, name) == before


@pytest.mark.parametrize("name", ["Adam", "AdamW", "Muon", "Lion"])
def test_common_arguments_by_place(name):
    cls = getattr(optimizers, name)
    parameters = list(inspect.signature(cls).parameters)
    by_place = [
        0.5 if p.startswith("clip") else inspect.signature(cls).parameters[p].default
        for p in parameters[: parameters.index("clipvalue")]
    ]
    assert cls(*by_place).clipnorm == 0.5


# Builds of a user's own.


def test_a_build_without_a_guard_runs_once(engine):
    class Counting(optimizers.Optimizer):
        def __init__(self, learning_rate=1.0, **options):
            super().__init__(learning_rate, **options)

        def build(self, variables):
            super().build(variables)
            self.counts = self.add_optimizer_variables(variables, "count")

        def update_step(self, gradient, variable, learning_rate):
            self.assign_add(self.counts[self._get_variable_index(variable)], gradient)
            self.assign_sub(variable, gradient * learning_rate)

    optimizer, variables = Counting(), [lamina.Variable([1.0]), lamina.Variable([2.0])]
    optimizer.ensure_built(variables)
    counts = list(optimizer.counts)
    _apply(engine, optimizer, variables, 0.5, 0.5)
    assert optimizer.counts == counts
    assert [count.numpy().tolist() for count in counts] == [[1.0], [1.0]]
    with pytest.raises(ValueError, match="Counting was built for other variables"):
        _apply(engine, optimizer, [lamina.Variable([1.0])], 0.5)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
@pytest.mark.parametrize("name", ["Adam", "Nadam", "SGD", "Muon"])
def test_a_copy_goes_on_like_the_original(name, again):
    with lamina.config.using_backend("numpy"):
        engine = lamina.engine.current.engine()
        options = {"use_ema": True, "gradient_accumulation_steps": 2}
        optimizer, variables = (
            getattr(optimizers, name)(0.1, **options),
            [lamina.Variable([1.0, 2.0])],
        )
        _apply(engine, optimizer, variables, 0.5, 0.25, 0.75)
        copied, others = again((optimizer, variables))
        ours = _apply(engine, optimizer, variables, 1.0, 0.5)
        np.testing.assert_array_equal(_apply(engine, copied, others, 1.0, 0.5), ours)
        assert len(copied.variables) == len(optimizer.variables)


def test_muon_adjusts_the_rate_by_the_longer_side(engine):
    x = engine.asarray(np.ones((3, 16), "float32"))
    np.testing.assert_allclose(engine.to_numpy(optimizers.Muon().lr_adjust(x)), 0.8, rtol=1e-6)
    assert optimizers.Muon(rms_rate=None).lr_adjust(x) is x


def test_a_configuration_of_several_optimizers_is_read_back():
    by_path = optimizers.OptimizerMap(optimizers.SGD(0.5), {"slow": optimizers.Adam(0.25)})
    again = optimizers.deserialize(optimizers.serialize(optimizers.MultiOptimizer(by_path)))
    assert type(again.optimizer_map) is optimizers.OptimizerMap
    assert float(again.optimizer_map["slow"].learning_rate) == 0.25
