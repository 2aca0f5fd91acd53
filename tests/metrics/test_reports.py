"""Reports of classes beside scikit-learn's, and exact metrics above a threshold."""

from __future__ import annotations

import numpy as np
import pytest
from rich.console import Console
from sklearn import metrics as sk

from lamina import Input, Model, Sequential, layers
from lamina.metrics import classification_report, confusion_matrix, exact

RNG = np.random.default_rng(3)
N = 80
WEIGHT = RNG.uniform(0.1, 2, N)
LABELS = RNG.integers(0, 4, N)
LABELS[LABELS == 2] = 3  # a class that never occurs
SCORES = RNG.dirichlet(np.ones(5), N).astype("float32")
SCORES[:, 4] = 0  # and one that is never predicted
ONE = RNG.uniform(size=(N, 1)).astype("float32")
YES_NO = RNG.integers(0, 2, (N, 5))
YES_NO[0] = 0
PIXELS = RNG.dirichlet(np.ones(3), (N, 2, 2)).astype("float32")
CLASSES_OF_PIXELS = RNG.integers(0, 3, (N, 2, 2))


def _says(shape):
    """A model that says what it is given."""
    x = Input(shape)
    return Model(x, layers.Activation("linear")(x))


# What the model says, the targets, the threshold, and what scikit-learn is given.
CASES = {
    "numbers": (SCORES, LABELS, None, LABELS, SCORES.argmax(-1)),
    "one-hot": (SCORES, np.eye(5)[LABELS], None, LABELS, SCORES.argmax(-1)),
    "one score": (ONE, LABELS > 1, None, LABELS > 1, ONE[:, 0] > 0.5),
    "logit": (ONE - 0.3, LABELS[:, None] > 1, 0.0, LABELS > 1, ONE[:, 0] - 0.3 > 0),
    "pixels": (
        *(PIXELS, CLASSES_OF_PIXELS, None),
        *(CLASSES_OF_PIXELS.ravel(), PIXELS.argmax(-1).ravel()),
    ),
}
SEVERAL = {"several": (SCORES, YES_NO, 0.2, YES_NO, (SCORES > 0.2).astype("int64"))}
EACH_WEIGHT = pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])


def _weights(weight, true):
    return weight if weight is None else np.repeat(weight, len(true) // N)


@pytest.mark.parametrize("case", [*CASES, *SEVERAL])
@EACH_WEIGHT
def test_the_report_is_scikit_learns(case, weight):
    said, y, threshold, true, pred = {**CASES, **SEVERAL}[case]
    report = classification_report(
        _says(said.shape[1:]), said, y, sample_weight=weight, threshold=threshold
    )
    true, pred = (x.astype("int64") for x in (true, pred))
    expected = sk.classification_report(
        true, pred, sample_weight=_weights(weight, true), output_dict=True, zero_division=0
    )
    found = report.as_dict()
    assert list(found) == list(expected)
    for name, figures in expected.items():
        assert found[name] == pytest.approx(figures), name


@pytest.mark.parametrize("normalize", [None, "true", "pred", "all"])
@pytest.mark.parametrize("case", CASES)
@EACH_WEIGHT
def test_the_matrix_is_scikit_learns(case, weight, normalize):
    said, y, threshold, true, pred = CASES[case]
    matrix = confusion_matrix(
        *(_says(said.shape[1:]), said, y),
        sample_weight=weight,
        threshold=threshold,
        normalize=normalize,
    )
    given = {"sample_weight": _weights(weight, true), "normalize": normalize}
    np.testing.assert_allclose(np.asarray(matrix), sk.confusion_matrix(true, pred, **given))


def test_it_works_on_every_engine(engine):
    model = Sequential([layers.Input((5,)), layers.Softmax()])
    report = classification_report(model, engine.asarray(9 * SCORES), engine.asarray(LABELS))
    assert report.accuracy == pytest.approx(sk.accuracy_score(LABELS, SCORES.argmax(-1)))


def test_batches_give_what_arrays_give():
    model, whole = _says((5,)), (SCORES, LABELS, WEIGHT)
    batches = [tuple(part[i : i + 30] for part in whole) for i in range(0, N, 30)]
    found, expected = (
        classification_report(model, iter(batches)),
        classification_report(model, *whole),
    )
    np.testing.assert_allclose(found.precision, expected.precision)
    np.testing.assert_allclose(found.support, expected.support)


SPOKEN = {
    "no y": (SCORES, None, {}, "no `y` is given"),
    "batches without y": (iter([SCORES]), None, {}, "gives batches without them"),
    "logits": (ONE - 0.5, LABELS > 1, {}, "threshold=0 for logits"),
    "several at once": (SCORES, YES_NO, {}, "threshold=0.5"),
    "too few names": (SCORES, LABELS, {"names": ["a", "b"]}, "has 2 names"),
    "shapes": (SCORES, LABELS[:, None] * np.ones((1, 2)), {}, "do not fit predictions"),
}


@pytest.mark.parametrize("case", SPOKEN)
def test_what_does_not_fit_is_said(case):
    said, y, given, message = SPOKEN[case]
    model = _says(getattr(said, "shape", SCORES.shape)[1:])
    with pytest.raises(ValueError, match=message):
        classification_report(model, said, y, **given)


def test_a_matrix_cannot_show_several_yes_or_no():
    with pytest.raises(ValueError, match="a yes or no of its own"):
        confusion_matrix(_says((5,)), SCORES, YES_NO, threshold=0.5)
    with pytest.raises(ValueError, match="`normalize`"):
        confusion_matrix(_says((5,)), SCORES, LABELS, normalize="rows")


def test_a_model_of_several_outputs_is_refused():
    x = Input((5,))
    model = Model(x, [layers.Softmax()(x), layers.Softmax()(x)])
    with pytest.raises(ValueError, match=r"model\.outputs\[0\]"):
        classification_report(model, SCORES, LABELS)


@pytest.mark.parametrize("report", [classification_report, confusion_matrix])
def test_they_show_themselves(report):
    names = ["a", "<b>", "c", "d"]
    found = report(_says((4,)), SCORES[:, :4], LABELS, names=names)
    console = Console(width=100)
    with console.capture() as shown:
        console.print(found)
    for text in (str(found), shown.get(), found._repr_html_().replace("&lt;b&gt;", "<b>")):
        assert all(name in text for name in names)
    assert "<b>" not in found._repr_html_()


def test_the_matrix_is_drawn():
    figure = confusion_matrix(_says((4,)), SCORES[:, :4], LABELS).plot()
    (ax,) = figure.axes
    assert len(ax.texts) == 16 and ax.get_xlabel() == "predicted"
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_exact_above_a_threshold(engine):
    scores = RNG.normal(size=N)
    yes = LABELS > 1
    metric = exact(sk.precision_score, threshold=-0.5)
    assert metric(yes, scores) == pytest.approx(sk.precision_score(yes, scores > -0.5))
    each = exact(sk.f1_score, threshold=0.3, average="macro")
    assert each(YES_NO, SCORES) == pytest.approx(sk.f1_score(YES_NO, SCORES > 0.3, average="macro"))
    again = type(each).from_config(each.get_config())
    assert again(YES_NO, SCORES) == each(YES_NO, SCORES)
