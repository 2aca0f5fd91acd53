"""Optimizers of other libraries, upon the engines that know them."""

from __future__ import annotations

import numpy as np
import optax
import pytest
import torch

import lamina
from lamina import optimizers
from tests.training.nets import draw, labels, mlp

TORCH = {
    "SGD": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
    "AdamW": (torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.1}),
    "RAdam": (torch.optim.RAdam, {}),
    "Adagrad": (torch.optim.Adagrad, {"lr": 0.1, "initial_accumulator_value": 0.5}),
    "Rprop": (torch.optim.Rprop, {}),
    "ASGD": (torch.optim.ASGD, {"lr": 0.1}),
    "NAdam": (torch.optim.NAdam, {}),
}
OPTAX = {
    "adamw": lambda: optax.adamw(0.01),
    "clipped": lambda: optax.chain(optax.clip_by_global_norm(0.5), optax.sgd(0.1, momentum=0.9)),
    "schedule": lambda: optax.adam(optax.exponential_decay(0.1, 2, 0.5)),
}


def _start():
    rng = np.random.default_rng(0)
    draws = [[rng.normal(size=s).astype("float32") for s in ((3, 4), (4,))] for _ in range(7)]
    return draws[0], draws[1:]


def _by_lamina(engine, make, restored):
    """Values after six steps; `restored` goes on with another optimizer after three."""
    start, grads = _start()
    variables = [lamina.Variable(x, name=f"v{i}") for i, x in enumerate(start)]
    optimizer = make()
    for i, each in enumerate(grads):
        if restored and i == 3:
            store = {}
            optimizer.save_own_variables(store)
            optimizer = make()
            optimizer.build(variables)
            optimizer.load_own_variables(store)
        optimizer.apply([engine.asarray(g) for g in each], variables)
    return [v.numpy() for v in variables]


@pytest.mark.parametrize("restored", [False, True])
@pytest.mark.parametrize("name", TORCH)
def test_from_torch_is_torch(name, restored):
    kind, arguments = TORCH[name]
    start, grads = _start()
    parameters = [torch.nn.Parameter(torch.from_numpy(x.copy())) for x in start]
    theirs = kind(parameters, **arguments)
    for each in grads:
        for parameter, gradient in zip(parameters, each, strict=True):
            parameter.grad = torch.from_numpy(gradient)
        theirs.step()
    with lamina.config.using_backend("torch"):
        engine = lamina.engine.current.engine()
        found = _by_lamina(engine, lambda: optimizers.from_torch(kind, **arguments), restored)
    for one, other in zip(found, parameters, strict=True):
        np.testing.assert_allclose(one, other.detach().numpy(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("restored", [False, True])
@pytest.mark.parametrize("name", OPTAX)
def test_from_optax_is_optax(name, restored):
    values, grads = _start()
    tx = OPTAX[name]()
    state = tx.init(values)
    for each in grads:
        updates, state = tx.update(each, state, values)
        values = optax.apply_updates(values, updates)
    with lamina.config.using_backend("jax"):
        engine = lamina.engine.current.engine()
        found = _by_lamina(engine, lambda: optimizers.from_optax(OPTAX[name]()), restored)
    for one, other in zip(found, values, strict=True):
        np.testing.assert_allclose(one, np.asarray(other), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("backend_name", "make"),
    [
        ("jax", lambda **kw: optimizers.from_optax(optax.adam(0.05), **kw)),
        ("torch", lambda **kw: optimizers.from_torch(torch.optim.Adam, lr=0.05, **kw)),
    ],
)
def test_they_train_models(backend_name, make, tmp_path):
    x, y = draw((60, 4)), labels(60)
    with lamina.config.using_backend(backend_name):
        for options in ({}, {"gradient_accumulation_steps": 2, "clipnorm": 1.0, "use_ema": True}):
            model = mlp()
            model.compile(make(**options), "sparse_categorical_crossentropy")
            losses = model.fit(x, y, epochs=8, batch_size=20, verbose=0).history["loss"]
            assert losses[-1] < losses[0]
            model.save_weights(tmp_path / "m.weights.h5")
            model.load_weights(tmp_path / "m.weights.h5")
        slow = make(learning_rate_multipliers={"v": 0.0})
        v = lamina.Variable([1.0], name="v")
        slow.apply([lamina.ops.ones(1)], [v])
        assert v.numpy() == [1.0]


def test_refusals():
    with lamina.config.using_backend("numpy"):
        v, gradient = lamina.Variable([1.0]), [np.ones(1, "float32")]
        with pytest.raises(ValueError, match="works on the engine 'jax' only, but 'numpy'"):
            optimizers.from_optax(optax.sgd(0.1)).apply(gradient, [v])
        with pytest.raises(ValueError, match="works on the engine 'torch' only, but 'numpy'"):
            optimizers.from_torch(torch.optim.SGD).apply(gradient, [v])
    with pytest.raises(TypeError, match=r"takes an optax\.GradientTransformation, not 3"):
        optimizers.from_optax(3)
    with pytest.raises(ValueError, match="give the weight decay to what is adapted"):
        optimizers.from_optax(optax.sgd(0.1), weight_decay=0.1)
    with pytest.raises(TypeError, match=r"takes a class of torch\.optim"):
        optimizers.from_torch("SGD")
    with pytest.raises(TypeError, match=r"torch\.optim\.Adam got an unexpected .* 'learnin'"):
        optimizers.from_torch(torch.optim.Adam, learnin=1)
    for given, adaptor in ((torch.optim.Adam, "from_torch"), (optax.adam(0.1), "from_optax")):
        with pytest.raises(ValueError, match=f"lamina.optimizers.{adaptor} makes"):
            mlp().compile(given, "mse")
    with pytest.raises(TypeError, match="evaluates the loss itself"):
        optimizers.from_torch(torch.optim.LBFGS)
    with pytest.raises(TypeError, match="cannot be written into a configuration"):
        optimizers.serialize(optimizers.from_optax(optax.sgd(0.1)))


@pytest.mark.parametrize(("call", "package"), [("from_optax", "optax"), ("from_torch", "torch")])
def test_a_missing_package_is_named(monkeypatch, call, package):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(ImportError, match=f"pip install {package}"):
        getattr(optimizers, call)(None)
