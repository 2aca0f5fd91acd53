"""The page about a training: whole, closed to the outside, and with the numbers that there are."""

from __future__ import annotations

import base64
import io
import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.visualization import report
from lamina.visualization.reporting import charts
from tests.visualization.test_diagram import EVIL

RNG = np.random.default_rng(4)
IMAGES = RNG.normal(size=(24, 5, 5, 1)).astype("float32")
CLASSES = RNG.integers(0, 3, 24)
CODE = "<script>&\"'"
NAMES = ["cat", CODE, "cat"]  # a name that is code, and one name twice


def _model():
    parts = [layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3, "softmax")]
    model = lamina.Sequential([lamina.Input((5, 5, 1)), *parts], name=EVIL)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A model, its history, and the page about it."""
    lamina.utils.set_random_seed(3)
    model, profile = _model(), lamina.callbacks.Profile(verbose=0)
    history = model.fit(
        *(IMAGES, CLASSES), epochs=3, verbose=0, validation_split=0.25, callbacks=[profile]
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    shown = report(model, history, (IMAGES, CLASSES), path, names=NAMES, profile=profile)
    assert shown == path
    return model, history, profile, path.read_text("utf-8")


@pytest.fixture(scope="module")
def page(made):
    return ElementTree.fromstring(made[3].partition("\n")[2])


def _name(element):
    return element.tag.rpartition("}")[2]


def _labels(page):
    return [element.get("aria-label") for element in page.iter() if element.get("aria-label")]


def test_the_page_has_each_section(page):
    assert [e.text for e in page.iter("h2")] == [
        "Training",
        "Where the time went",
        "Classes",
        "Samples with the largest losses",
        "Model",
        "Weights",
        "Settings and versions",
    ]


def test_the_page_fetches_and_runs_nothing(page):
    """A policy forbids it; and there is nothing that would."""
    policy = page.find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    for element in page.iter():
        assert _name(element) not in {"script", "link", "iframe", "object", "embed", "base", "form"}
        for key, value in element.attrib.items():
            key = key.rpartition("}")[2]
            assert not key.startswith("on"), (element.tag, key)
            if key in {"href", "src", "srcset", "action", "data", "poster"}:
                assert value.startswith("data:image/png;base64,")
            assert "url(" not in value or key == "clip-path" or "url(#" in value
    style = "".join(e.text for e in page.iter("style"))
    assert "url(" not in style and "@import" not in style


def test_each_value_of_each_log_is_in_a_chart(made, page):
    labels = _labels(page)
    logs = made[1].history
    assert {"loss", "val_loss", "accuracy", "val_accuracy"} <= logs.keys()
    for name, values in logs.items():
        for epoch, value in enumerate(values, 1):
            assert f"epoch {epoch}, {name}: {value:.6g}" in labels


def test_all_the_time_is_in_a_chart(made, page):
    texts = [e.text for e in page.iter() if _name(e) == "text"]
    for what, seconds in made[2].clock.seconds.items():
        assert what in texts
        assert any(text and text.startswith(f"{seconds:.3g} s, ") for text in texts)


def test_the_matrix_is_that_of_the_metrics(made, page):
    matrix = lamina.metrics.confusion_matrix(made[0], IMAGES, CLASSES).matrix
    cells = [label for label in _labels(page) if " taken for " in label]
    counts = [int(re.search(r": (\d+) \(", cell).group(1)) for cell in cells]
    assert len(counts) == 9
    np.testing.assert_array_equal(np.reshape(counts, (3, 3)), matrix)
    assert any(cell.startswith("cat (0) taken for cat (2)") for cell in cells)


def test_the_worst_samples_are_those_with_the_largest_losses(made, page):
    scores = made[0].predict(IMAGES, verbose=0)
    losses = -np.log(scores[np.arange(24), CLASSES])
    worst = np.argsort(-losses)[:12]
    pictures = list(page.iter("img"))
    assert [e.get("alt") for e in pictures] == [f"sample {i}" for i in worst]
    texts = ["".join(e.itertext()) for e in page.iter("figcaption")]
    assert any(t.endswith(f"number {worst[0]}loss {losses[worst[0]]:.4g}") for t in texts)
    from PIL import Image

    file = io.BytesIO(base64.b64decode(pictures[0].get("src").partition(",")[2]))
    pixels = np.asarray(Image.open(file), "float32")
    expected = IMAGES[worst[0], ..., 0]
    scaled = (expected - IMAGES.min()) / np.ptp(IMAGES) * 255
    np.testing.assert_allclose(pixels, scaled, atol=1)


def test_histograms_count_every_number_of_the_weights(made, page):
    bars = [re.match(r"(.*): (\d+) from .* to ", label) for label in _labels(page)]
    counts = {}
    for bar in filter(None, bars):
        counts[bar.group(1)] = counts.get(bar.group(1), 0) + int(bar.group(2))
    ends = {weight.path[-20:]: np.prod(weight.shape) for weight in made[0].weights}
    assert {name[-20:]: count for name, count in counts.items()} == ends


def test_the_models_graph_and_its_settings_are_there(page):
    boxes = [e for e in page.iter() if "box" in e.get("class", "").split()]
    assert ["".join(b.find("b").itertext()) for b in boxes] == ["Conv2D", "Flatten", "Dense"]
    cells = ["".join(e.itertext()) for e in page.iter("td")]
    for text in ("optimizer", "SGD", "optimizer.learning_rate", "0.01", "lamina", "engine"):
        assert text in cells


def test_names_are_text(made, page):
    assert "<script" not in made[3]
    assert page.find(".//h1").text == EVIL
    assert any(CODE in label for label in _labels(page) if " taken for " in label)


def test_it_is_readable_in_the_dark_and_on_a_narrow_screen(page):
    style = "".join(e.text for e in page.iter("style"))
    assert style.count("@media (prefers-color-scheme:dark)") == 2  # of the page, of the graph
    assert page.find(".//meta[@name='viewport']") is not None
    for chart in (e for e in page.iter() if _name(e) == "svg" and e.get("class") == "marks"):
        assert float(chart.get("width")) < 480  # legible when a phone shrinks it
    tables = [e for e in page.iter() if e.find("table") is not None]
    assert tables and all(e.get("class") == "scroll" for e in tables)


def test_it_is_small(made):
    assert len(made[3]) < 400_000


# Other models and data: what is told beside the charts, which take their time.


@pytest.fixture
def uncharted(monkeypatch):
    monkeypatch.setattr(charts, "svg", lambda chart: "<svg/>")


def _read(path):
    return ElementTree.fromstring(path.read_text("utf-8").partition("\n")[2])


def test_numbers_are_compared_where_there_are_no_classes(engine, uncharted, tmp_path):
    model = lamina.Sequential([lamina.Input((2,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    x = np.array([[0, 0], [1, 1], [2, 3]], "float32")
    path = report(model, None, (x, np.array([[1], [5], [5]], "float32")), tmp_path / "r.html")
    samples = ["".join(e.itertext()) for e in _read(path).iter("figcaption")]
    assert samples[:2] == ["[2.], is [5.]number 1loss 9", "[0.], is [1.]number 0loss 1"]


def test_batches_and_flat_images_are_taken(uncharted, tmp_path):
    model = lamina.Sequential([lamina.Input((6,)), layers.Dense(2, "softmax")])
    model.compile("sgd", "categorical_crossentropy")
    x, y = RNG.normal(size=(8, 6)).astype("float32"), np.eye(2)[RNG.integers(0, 2, 8)]
    batches = [(x[:5], y[:5]), (x[5:], y[5:])]
    page = _read(report(model, None, batches, tmp_path / "r.html", image_shape=(2, 3)))
    assert len(list(page.iter("img"))) == 8


def test_without_data_and_history_there_is_the_model(uncharted, tmp_path):
    model = lamina.Sequential([lamina.Input((6,)), layers.Dense(2)], name="bare")
    page = _read(report(model, path=tmp_path / "r.html", title="Bare"))
    assert [e.text for e in page.iter("h2")] == ["Model", "Weights", "Settings and versions"]
    assert page.find(".//h1").text == "Bare"


def test_several_outputs_have_no_matrix(uncharted, tmp_path):
    x = lamina.Input((3,))
    model = lamina.Model(x, [layers.Dense(1)(x), layers.Dense(2)(x)])
    model.compile("sgd", "mse")
    data = np.ones((4, 3)), [np.ones((4, 1)), np.ones((4, 2))]
    page = _read(report(model, None, data, tmp_path / "r.html"))
    assert [e.text for e in page.iter("h2")] == ["Model", "Weights", "Settings and versions"]


def _scores(count):
    return lamina.Sequential([lamina.Input((2,)), layers.Dense(count, "softmax")])


def test_numbers_that_are_not_finite_leave_gaps(tmp_path):
    model = _scores(1)
    model.set_weights([np.full((2, 1), np.nan), np.zeros(1)])
    model.compile("sgd", "mse")
    logs = {"loss": [np.nan, 2.0, np.inf], "val_loss": [np.nan] * 3}
    page = _read(report(model, logs, (np.ones((3, 2)), np.ones((3, 1))), tmp_path / "r.html"))
    assert [x for x in _labels(page) if x.startswith("epoch ")] == ["epoch 2, loss: 2"]
    assert "nan" in ["".join(e.itertext()) for e in page.iter("td")]


def distance(y_true, y_pred):
    return lamina.ops.mean(lamina.ops.abs(y_true - y_pred), axis=-1)


@pytest.mark.parametrize(
    ("loss", "y", "expected"),
    [
        (distance, np.zeros((2, 3)), 1 / 3),  # a function of the user's own
        ("sparse_categorical_crossentropy", np.zeros(2), np.log(3)),
        (None, np.full((2, 3), 1 / 3), 0),
        (None, np.zeros(2), None),  # nobody says how these are compared
    ],
)
def test_losses_are_those_of_the_model_also_before_it_was_trained(
    loss, y, expected, uncharted, tmp_path
):
    model = _scores(3)
    if loss is not None:
        model.compile("sgd", loss)
    page = _read(report(model, None, (np.zeros((2, 2)), y), tmp_path / "r.html"))
    told = ["".join(e.itertext()).partition("loss ")[2] for e in page.iter("figcaption")]
    told = [float(text) for text in told if text]
    assert told == pytest.approx([] if expected is None else [expected] * 2, rel=1e-3, abs=1e-6)


def test_too_many_classes_for_a_matrix_are_a_table(tmp_path):
    data = RNG.random((120, 2)), np.arange(120) % 60
    page = _read(report(_scores(60), None, data, tmp_path / "r.html"))
    assert not any(" taken for " in label for label in _labels(page))
    assert any("precision" in "".join(e.itertext()) for e in page.iter("th"))


def test_a_missing_package_is_named_before_anything_is_done(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(ImportError, match=r"lamina\[report\]"):
        report(_model(), path=tmp_path / "r.html")
    assert list(tmp_path.iterdir()) == []
