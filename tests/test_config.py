"""Settings: which engine comes first, and what every setting refuses."""

import importlib.util
import inspect
import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import lamina
from lamina import config
from lamina.core import settings
from lamina.engine import current

SETTINGS = ("floatx", "epsilon", "image_data_format", "max_epochs", "max_steps_per_epoch")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A settings folder of our own, and no word from the environment."""
    monkeypatch.setenv("LAMINA_HOME", str(tmp_path))
    monkeypatch.delenv("LAMINA_BACKEND", raising=False)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    return tmp_path


@pytest.fixture
def without(monkeypatch):
    """Make packages look as if they were not installed."""
    find_spec = importlib.util.find_spec

    def hide(*packages: str) -> None:
        monkeypatch.setattr(
            importlib.util,
            "find_spec",
            lambda name, package=None: None if name in packages else find_spec(name, package),
        )
        # Loaded engines need no package any more.
        monkeypatch.setattr(current, "_loaded", {})

    return hide


def write(home, **values) -> None:
    (home / "lamina.json").write_text(json.dumps(values), encoding="utf-8")


def test_the_first_engine_is_chosen_in_order(home, monkeypatch, without):
    without("jax")
    assert current.default_name() == "torch"
    write(home, backend="numpy")
    assert current.default_name() == "numpy"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert current.default_name() == "torch"
    monkeypatch.setenv("LAMINA_BACKEND", "jax")
    assert current.default_name() == "jax"


def test_absent_all_words_jax_comes_first(home):
    assert current.default_name() == "jax"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "numpy"),
        ({"KERAS_BACKEND": "torch"}, "torch"),
        ({"KERAS_BACKEND": "torch", "LAMINA_BACKEND": "numpy"}, "numpy"),
    ],
)
def test_a_new_process_starts_on_the_named_engine(home, environment, expected):
    write(home, backend="numpy")
    program = "import lamina; print(lamina.config.backend())"
    found = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == expected


@pytest.mark.parametrize(
    ("engine", "fix"),
    [("torch", "lamina[torch]"), ("tensorflow", "lamina[tensorflow]"), ("jax", "install jax")],
)
def test_an_engine_that_is_not_installed_names_what_to_install(without, engine, fix):
    without(engine)
    for act in (config.set_backend, lambda name: config.using_backend(name).__enter__()):
        with pytest.raises(ImportError) as error:
            act(engine)
        assert fix in str(error.value) and engine in str(error.value)


def test_an_unknown_engine_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'theano'.*numpy"):
        config.set_backend("theano")


def test_a_failed_switch_changes_nothing():
    before = config.backend()
    with pytest.raises(ValueError):
        config.set_backend("theano")
    assert config.backend() == before


def test_using_backend_is_for_a_block_and_a_thread_only():
    before, seen = config.backend(), []
    with config.using_backend("numpy"):
        assert config.backend() == "numpy"
        other = threading.Thread(target=lambda: seen.append(config.backend()))
        other.start()
        other.join()
    assert seen == [before] and config.backend() == before


def test_set_backend_is_for_every_thread():
    before, seen = config.backend(), []
    config.set_backend("numpy")
    try:
        other = threading.Thread(target=lambda: seen.append(config.backend()))
        other.start()
        other.join()
    finally:
        config.set_backend(before)
    assert seen == ["numpy"]


def test_a_broken_settings_file_says_where_it_is(home):
    (home / "lamina.json").write_text("{backend: jax}")
    with pytest.raises(ValueError, match=r"lamina\.json is not valid JSON"):
        current.default_name()
    (home / "lamina.json").write_text('["jax"]')
    with pytest.raises(ValueError, match="JSON object"):
        current.default_name()


def test_the_settings_file_gives_the_first_values(home):
    write(home, floatx="float64", epsilon=1e-4, image_data_format="channels_first")
    program = (
        "from lamina import config as c; print(c.floatx(), c.epsilon(), c.image_data_format())"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["float64", "0.0001", "channels_first"]


@pytest.fixture
def restored():
    """Settings as they were, after the test."""
    before = {name: getattr(settings, f"_{name}") for name in SETTINGS}
    yield
    for name, value in before.items():
        setattr(settings, f"_{name}", value)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("floatx", "bfloat16", ["int32", "float", None, 32, ["float32"]]),
        ("epsilon", 1e-3, [0, -1, "1e-3", None, float("nan"), float("inf"), True]),
        ("image_data_format", "channels_first", ["NHWC", None, 1]),
        ("max_epochs", 3, [0, -1, 1.5, True, "2"]),
        ("max_steps_per_epoch", 3, [0, -1, 1.5, True, "2"]),
    ],
)
def test_settings_are_checked(restored, name, good, bad):
    choose, read = getattr(config, f"set_{name}"), getattr(config, name)
    choose(good)
    assert read() == good
    for value in bad:
        with pytest.raises(ValueError, match=f"`{name}`"):
            choose(value)
    assert read() == good


def test_the_global_policy_follows_floatx(restored):
    assert config.dtype_policy().name == "float32"
    config.set_dtype_policy("mixed_bfloat16")
    try:
        assert config.dtype_policy().compute_dtype == "bfloat16"
    finally:
        config.set_dtype_policy(None)
    config.set_floatx("float64")
    assert config.dtype_policy().name == "float64"


def test_names_and_arguments_are_those_of_keras(monkeypatch):
    # By itself Keras asks for TensorFlow, which need not be installed.
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    from keras import config as theirs

    ours = {
        name: value
        for name, value in vars(config).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    own = {"using_backend", "is_op_determinism_enabled"}
    own |= {"enable_op_determinism", "disable_op_determinism"}
    for name in ours.keys() - own:
        expected = inspect.signature(getattr(theirs, name)).parameters
        assert list(inspect.signature(ours[name]).parameters) == list(expected), name


def test_the_environment_limits_training():
    program = "from lamina import config as c; print(c.max_epochs(), c.max_steps_per_epoch())"
    limits = {"KERAS_MAX_EPOCHS": "2", "KERAS_MAX_STEPS_PER_EPOCH": "5"}
    found = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **limits},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["2", "5"]


@pytest.mark.parametrize("name", ["flash_attention", "traceback_filtering", "interactive_logging"])
def test_switches_go_both_ways(name):
    is_enabled = getattr(config, f"is_{name}_enabled")
    for way, expected in (("disable", False), ("enable", True)):
        getattr(config, f"{way}_{name}")()
        assert is_enabled() is expected


@pytest.mark.parametrize(("switch", "fused"), [("disable", False), ("enable", True)])
def test_attention_asks_whether_fused_kernels_may_be_used(monkeypatch, switch, fused):
    if "torch" not in current.available():
        pytest.fail("the test needs the engine with a fused kernel")
    calls = []
    with config.using_backend("torch"):
        kernel = current.engine().overrides["attend"]
        overrides = current.engine().overrides
        monkeypatch.setitem(overrides, "attend", lambda *a: (calls.append(1), kernel(*a))[1])
        getattr(config, f"{switch}_flash_attention")()
        try:
            x = np.ones((1, 3, 2, 4), "float32")
            lamina.ops.dot_product_attention(x, x, x)
            layer = lamina.layers.MultiHeadAttention(2, 4)
            layer(x[0], x[0])
        finally:
            config.enable_flash_attention()
    assert bool(calls) is fused


def test_nothing_is_unlocked_for_files():
    with pytest.raises(NotImplementedError, match="custom_objects"):
        config.enable_unsafe_deserialization()
