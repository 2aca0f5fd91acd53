"""Legacy `.h5` files, as Keras 2 and Keras 3 write them."""

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
