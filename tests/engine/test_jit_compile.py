"""`jit_compile=True`: compilers that take long, on request; what they do not take runs as usual, with a warning."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import lamina
from lamina.config import using_backend
from tests.engines import engines_under_test

COMPILERS = {"torch": ("compile", {}), "tensorflow": ("function", {"jit_compile": True})}


@pytest.fixture(params=[name for name in COMPILERS if name in engines_under_test()])
def library(request):
    return request.param, importlib.import_module(request.param)


def fitted(engine, jit_compile, layer):
    data = np.random.default_rng(0).normal(size=(32, 6)).astype("float32"), np.ones((32, 2), "f")
    lamina.utils.set_random_seed(0)
    with using_backend(engine):
        model = lamina.Sequential([lamina.layers.Input((6,)), layer, lamina.layers.Dense(2)])
        model.compile("adam", "mse", metrics=["mae"], jit_compile=jit_compile)
        logs = model.fit(*data, 8, epochs=2, verbose=0).history
        return {**logs, "outputs": model.predict(data[0], 8, verbose=0)}


def noted(library, monkeypatch):
    """Note each time that the library's compiler is asked for something."""
    name, module = library
    attribute, options = COMPILERS[name]
    right, calls = getattr(module, attribute), []

    def compile(*args, **given):
        if options.items() <= given.items():
            calls.append(args)
        return right(*args, **given)

    monkeypatch.setattr(module, attribute, compile)
    return calls


def test_the_compiler_is_asked_for_the_step_and_for_predict(library, monkeypatch):
    """A step that draws, by Adam, whose kernel `torch.compile` does not know."""
    calls = noted(library, monkeypatch)
    logs = fitted(library[0], "auto", lamina.layers.Dropout(0.5, seed=1))
    assert not calls
    for name, values in fitted(library[0], True, lamina.layers.Dropout(0.5, seed=1)).items():
        np.testing.assert_allclose(values, logs[name], rtol=1e-4, err_msg=name)
    assert len(calls) == 2


def test_what_the_compiler_does_not_take_runs_with_a_warning(library, monkeypatch):
    name, module = library
    attribute, options = COMPILERS[name]
    right = getattr(module, attribute)

    def fails(*args, **given):
        if options.items() <= given.items():
            error = module.errors.UnimplementedError if name == "tensorflow" else RuntimeError
            raise error(*[None] * 2 * (name == "tensorflow"), "it has no such kernel\nand so on")
        return right(*args, **given)

    monkeypatch.setattr(module, attribute, fails)
    with pytest.warns(UserWarning, match="Error: it has no such kernel$") as caught:
        logs = fitted(name, True, lamina.layers.Dense(3))
    assert {each.filename for each in caught} == {__file__}
    for key, values in fitted(name, "auto", lamina.layers.Dense(3)).items():
        np.testing.assert_array_equal(values, logs[key], err_msg=key)


@pytest.mark.parametrize("resumes", [False, True])
def test_bits_that_must_be_the_same_are_not_left_to_a_compiler(
    library, resumes, monkeypatch, tmp_path
):
    calls = noted(library, monkeypatch)
    with using_backend(library[0]):
        model = lamina.Sequential([lamina.layers.Input((2,)), lamina.layers.Dense(1)])
        model.compile("sgd", "mse", jit_compile=True)
        x = np.ones((8, 2), "float32")
        model.fit(
            x, x[:, :1], 2, epochs=2, verbose=0, resume=tmp_path / "backup" if resumes else None
        )
    assert bool(calls) is not resumes
