"""CTC beside PyTorch's own loss, and beside a count of all paths."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from lamina import ops
from lamina.core.symbolic import KerasTensor

RNG = np.random.default_rng(3)


def drawn(batch: int, frames: int, classes: int, labels: int, blank: int) -> tuple:
    """A batch of random lengths in which every alignment exists."""
    output = (2 * RNG.normal(size=(batch, frames, classes))).astype("float32")
    others = [c for c in range(classes) if c != blank]
    target = RNG.choice(others, (batch, labels)).astype("int32")
    target_length = RNG.integers(0, labels + 1, batch).astype("int32")
    output_length = RNG.integers(2 * labels, frames + 1, batch).astype("int32")
    return target, output, target_length, output_length


def torch_loss(target, output, target_length, output_length, blank):
    """PyTorch's own, in double precision, and its gradient by `output`."""
    x = torch.tensor(output, dtype=torch.float64, requires_grad=True)
    losses = torch.nn.functional.ctc_loss(
        torch.log_softmax(x, -1).transpose(0, 1),
        torch.tensor(target),
        torch.tensor(output_length),
        torch.tensor(target_length),
        blank,
        reduction="none",
    )
    losses.sum().backward()
    assert x.grad is not None
    return losses.detach().numpy(), x.grad.numpy()


@pytest.mark.parametrize("sizes", [(6, 14, 4, 5), (3, 2, 3, 1), (4, 30, 12, 9)])
@pytest.mark.parametrize("blank", [0, 2])
def test_the_loss_is_that_of_torch(engine, sizes, blank):
    target, output, *lengths = drawn(*sizes, blank)
    expected, _ = torch_loss(target, output, *lengths, blank)
    found = ops.ctc_loss(target, output, *lengths, mask_index=blank)
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, rtol=1e-5, atol=1e-5)


def gradient(trains, target, output, *lengths):
    def objective(values):
        return ops.sum(ops.ctc_loss(target, values[0], *lengths)), None

    _, (found,) = trains.value_and_grad(objective)([trains.asarray(output)])
    return ops.convert_to_numpy(found)


def test_its_gradient_is_that_of_torch(trains):
    target, output, *lengths = drawn(5, 16, 4, 4, 0)
    _, expected = torch_loss(target, output, *lengths, 0)
    np.testing.assert_allclose(gradient(trains, target, output, *lengths), expected, atol=2e-5)


def test_long_sequences_keep_their_digits(engine):
    target, output, *lengths = drawn(1, 1500, 6, 40, 0)
    lengths = [np.array([40]), np.array([1500])]
    expected, _ = torch_loss(target, output, *lengths, 0)
    found = ops.convert_to_numpy(ops.ctc_loss(target, output, *lengths))
    np.testing.assert_allclose(found, expected, rtol=2e-6)  # a sum in float32 alone: 1e-4


def test_what_cannot_happen_is_costly_but_a_number(trains):
    target, output = np.ones((2, 3), "int32"), RNG.normal(size=(2, 4, 3)).astype("float32")
    output[1, :, 1] = -np.inf  # the class is ruled out
    lengths = np.array([3, 1], "int32"), np.array([4, 4], "int32")
    found = ops.convert_to_numpy(ops.ctc_loss(target, output, *lengths))
    assert (found > 9e4).all() and np.isfinite(found).all()
    assert np.isfinite(gradient(trains, target, output, *lengths)).all()


def test_padding_may_be_any_number(engine):
    target, output, *lengths = drawn(3, 12, 4, 4, 0)
    lengths[0][:] = 2
    strange = np.where(np.arange(4) < 2, target, -7).astype("int32")
    output[:, lengths[1].max() :] = np.nan
    expected, found = (ops.ctc_loss(x, output, *lengths) for x in (target, strange))
    assert ops.convert_to_numpy(found).tolist() == ops.convert_to_numpy(expected).tolist()


def test_symbolic_with_an_unknown_batch():
    whole = [KerasTensor((None,), "int32")] * 2
    output = KerasTensor((None, 7, 4), "float16")
    loss = ops.ctc_loss(KerasTensor((None, 3), "int32"), output, *whole)
    assert (loss.shape, loss.dtype) == ((None,), "float32")
    labels, scores = ops.ctc_decode(output, whole[0], "beam_search", top_paths=2)
    assert (labels.shape, scores.shape) == ((2, None, 7), (None, 2))


def brute_force(output: np.ndarray, blank: int) -> dict[tuple, float]:
    """The probability of every label sequence, by walking through every path."""
    odds = np.exp(output) / np.exp(output).sum(-1, keepdims=True)
    found: dict[tuple, float] = {}
    for path in itertools.product(range(output.shape[1]), repeat=len(output)):
        labels = tuple(c for c, _ in itertools.groupby(path) if c != blank)
        found[labels] = found.get(labels, 0.0) + odds[range(len(output)), path].prod()
    return found


@pytest.mark.parametrize("blank", [0, 2])
def test_a_wide_beam_finds_the_most_probable_labels(engine, blank):
    output = RNG.normal(size=(2, 5, 3)).astype("float32")
    lengths = np.array([5, 3])
    labels, scores = ops.ctc_decode(
        output, lengths, "beam_search", beam_width=80, top_paths=6, mask_index=blank
    )
    for i, n in enumerate(lengths):
        best = sorted(brute_force(output[i, :n], blank).items(), key=lambda pair: -pair[1])[:6]
        found = [tuple(c for c in path if c >= 0) for path in ops.convert_to_numpy(labels)[:, i]]
        assert found == [path for path, _ in best]
        expected = [np.log(probability) for _, probability in best]
        np.testing.assert_allclose(ops.convert_to_numpy(scores)[i], expected, rtol=1e-5)


def test_what_is_wrong_is_said():
    output, one = np.zeros((2, 3, 4), "float32"), np.ones(2, "int32")
    with pytest.raises(ValueError, match=r"\(batch, labels\), \(batch, frames, classes\)"):
        ops.ctc_loss(np.ones((3, 2), "int32"), output, one, one)
    with pytest.raises(ValueError, match=r"'greedy', 'beam_search'\), not 'best'"):
        ops.ctc_decode(output, one, "best")
    with pytest.raises(ValueError, match=r"from 1 to `beam_width` \(2\), not 3"):
        ops.ctc_decode(output, one, "beam_search", beam_width=2, top_paths=3)
