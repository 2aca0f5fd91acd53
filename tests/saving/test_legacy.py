"""Legacy `.h5` files, as Keras 2 and Keras 3 write them."""

import json

import h5py
import numpy as np
import pytest

import lamina
from tests.saving.legacy_cases import MODELS, OPTIMIZERS, Case


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_keras_2_predicts_as_there(name, tmp_path, engine):
    case = Case(name, tmp_path)
    model = lamina.models.load_model(tmp_path / "model.h5")
    case.same_outputs(model, "before", 1e-5)


@pytest.mark.parametrize("name", [*MODELS, *(name for name in OPTIMIZERS if "nadam" not in name)])
def test_a_model_of_keras_2_goes_on_learning_as_there(name, tmp_path):
    case = Case(name, tmp_path)
    model = lamina.models.load_model(tmp_path / "model.h5")
    case.same_training(model)


def test_the_old_nadam_scheduled_its_momentum_otherwise(tmp_path):
    case = Case("old_nadam", tmp_path)
    with pytest.warns(UserWarning, match="before Keras 2.11"):
        model = lamina.models.load_model(tmp_path / "model.h5")
    case.same_training(model, 1e-2)


def test_nadam_goes_on_nearly_as_there(tmp_path):
    """Keras 2 did not save the product of the momentums, and multiplied it otherwise than Keras 3."""
    case = Case("new_nadam", tmp_path)
    model = lamina.models.load_model(tmp_path / "model.h5")
    momentums = 0.9 * (1 - 0.5 * 0.96 ** np.arange(1, 3))
    np.testing.assert_allclose(model.optimizer.product.numpy(), np.prod(momentums), rtol=1e-6)
    case.same_training(model, 1e-2)


@pytest.mark.parametrize("name", MODELS)
def test_weights_of_keras_2_load_into_a_model_from_its_json(name, tmp_path):
    case = Case(name, tmp_path)
    model = lamina.models.model_from_json((tmp_path / "model.json").read_text())
    model.load_weights(tmp_path / "weights.h5")
    case.same_outputs(model, "before", 1e-5)


@pytest.mark.parametrize("name", MODELS[:-1])
def test_archives_of_keras_2(name, tmp_path):
    case = Case(name, tmp_path)
    model = lamina.models.load_model(tmp_path / "model.keras")
    case.same_outputs(model, "before", 1e-5)
    if name in (
        "text",
        "nested",
    ):  # the others have old optimizers, of whose state the archive has nothing
        case.same_training(model)


class Scaled(lamina.Layer):
    """A layer of the program's own."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor


@pytest.mark.parametrize("written", ["Scaled", "Custom>Scaled", "Mine>Scaled"])
def test_layers_of_the_program_s_own(written, tmp_path):
    Case("new_sgd", tmp_path)
    with h5py.File(tmp_path / "model.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        scaled = {"name": "mine", "trainable": True, "dtype": "float32", "factor": 2.0}
        config["config"]["layers"].append({"class_name": written, "config": scaled})
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(lamina.saving.PolicyError, match="Scaled"):
        lamina.models.load_model(tmp_path / "model.h5")
    model = lamina.models.load_model(tmp_path / "model.h5", custom_objects={written: Scaled})
    assert model.layers[-1].factor == 2.0


def _twin(end=1, name="end"):
    dense = lamina.layers.Dense
    return lamina.Sequential([lamina.Input((3,)), dense(2, name="dense"), dense(end, name=name)])


def _stored(path):
    with h5py.File(path) as file:
        return [file[f"model_weights/{n}/{n}/kernel:0"][()] for n in ("dense", "end")]


def test_weights_from_a_file_of_a_model(tmp_path):
    case, model = Case("new_adam", tmp_path), _twin()
    model.load_weights(tmp_path / "model.h5")
    case.same_outputs(model, "before", 1e-5)


def test_weights_by_order_and_by_name(tmp_path):
    Case("new_adam", tmp_path)
    first, last = _stored(tmp_path / "model.h5")
    for by_name in (False, True):
        model = _twin(name="other")
        before = model.layers[1].kernel.numpy()
        model.load_weights(tmp_path / "model.h5", by_name=by_name)
        np.testing.assert_array_equal(model.layers[0].kernel.numpy(), first)
        np.testing.assert_array_equal(model.layers[1].kernel.numpy(), before if by_name else last)


@pytest.mark.parametrize("by_name", [False, True])
def test_weights_that_do_not_fit(by_name, tmp_path):
    Case("new_adam", tmp_path)
    model = _twin(5)
    before = model.get_weights()
    with pytest.raises(lamina.saving.LoadError, match=r"Dense 'end': 'kernel' has shape \(2, 1\)"):
        model.load_weights(tmp_path / "model.h5", by_name=by_name)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.warns(UserWarning, match="skipped Dense 'end'"):
        model.load_weights(tmp_path / "model.h5", by_name=by_name, skip_mismatch=True)
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), _stored(tmp_path / "model.h5")[0])
    np.testing.assert_array_equal(model.layers[1].kernel.numpy(), before[2])


def test_another_number_of_layers(tmp_path):
    Case("new_adam", tmp_path)
    model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
    with pytest.raises(
        lamina.saving.LoadError, match="1 layers with weights, the file 2: 'dense', 'end'"
    ):
        model.load_weights(tmp_path / "model.h5")


def test_by_name_is_for_legacy_files(tmp_path):
    model = _twin()
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match="`by_name` is for legacy"):
        model.load_weights(tmp_path / "m.weights.h5", by_name=True)


def test_a_legacy_file_by_the_name_of_a_new_one(tmp_path):
    Case("text", tmp_path)
    (tmp_path / "weights.h5").rename(tmp_path / "m.weights.h5")
    model = lamina.models.model_from_json((tmp_path / "model.json").read_text())
    with pytest.raises(lamina.saving.LoadError, match=r"let its name end with '.h5' alone"):
        model.load_weights(tmp_path / "m.weights.h5")


def test_a_function_of_tensorflow_that_no_op_is(tmp_path):
    Case("operators", tmp_path)
    with h5py.File(tmp_path / "model.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        function = next(x for x in config["config"]["layers"] if x["class_name"] == "TFOpLambda")
        function["config"]["function"] = "io.write_file"
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(lamina.saving.PolicyError, match="TFOpLambda"):
        lamina.models.load_model(tmp_path / "model.h5")


class Net(lamina.Model):
    """A subclass, with a weight of its own."""

    def __init__(self):
        super().__init__()
        self.dense = lamina.layers.Dense(2, name="dense")
        self.scale = self.add_weight((2,), "ones", name="scale")

    def call(self, x):
        return self.dense(x) * self.scale


def test_subclasses_are_not_written(tmp_path):
    model = Net()
    model(np.ones((1, 3), "float32"))
    with pytest.raises(ValueError, match=r"Save it as a `.keras` file"):
        model.save(tmp_path / "m.h5")
    assert list(tmp_path.iterdir()) == []


def test_weights_of_the_model_itself(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.attrs["layer_names"] = [b"dense"]
        for group, arrays in {
            "dense": {"k:0": np.full((3, 2), 2.0), "b:0": np.zeros(2)},
            "top_level_model_weights": {"s:0": np.full(2, 3.0)},
        }.items():
            file.create_group(group).attrs["weight_names"] = [name.encode() for name in arrays]
            for name, array in arrays.items():
                file[group][name] = array.astype("float32")
    model = Net()
    x = np.ones((1, 3), "float32")
    model(x)
    model.load_weights(tmp_path / "w.h5")
    np.testing.assert_array_equal(model.predict(x, verbose=0), [[18.0, 18.0]])


def test_an_hdf5_file_that_is_called_an_archive(tmp_path):
    """Keras up to 2.12 wrote HDF5 under both endings."""
    Case("new_sgd", tmp_path)
    (tmp_path / "model.h5").rename(tmp_path / "model.keras")
    with pytest.raises(lamina.saving.FormatError, match=r"Let its name end with '.h5'"):
        lamina.models.load_model(tmp_path / "model.keras")


def test_a_group_without_a_place_is_told(tmp_path):
    Case("new_sgd", tmp_path)
    with h5py.File(tmp_path / "model.h5", "r+") as file:
        file.move("optimizer_weights", "optimizes_weights")
    with pytest.warns(UserWarning, match="'optimizes_weights': it has no place"):
        lamina.models.load_model(tmp_path / "model.h5")
