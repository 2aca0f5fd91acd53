"""CTC beside PyTorch's own, over random lengths of labels and of frames."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lamina import losses, ops
from lamina.core.masks import set_mask
from lamina.engine.current import engine, using


def _theirs(labels, counts, logits, frames):
    """PyTorch's values, and the gradient of their sum."""
    x = torch.tensor(logits, requires_grad=True)
    values = torch.nn.functional.ctc_loss(
        torch.log_softmax(x, -1).transpose(0, 1),
        torch.tensor(labels),
        torch.tensor(frames),
        torch.tensor(counts),
        blank=0,
        reduction="none",
    )
    values.sum().backward()
    return values.detach().numpy(), x.grad.numpy()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_random_lengths(backend, seed, masked):
    rng = np.random.default_rng(seed)
    batch, frames, classes = 5, int(rng.integers(9, 14)), int(rng.integers(3, 7))
    counts = rng.integers(0, 5, batch)
    labels = rng.integers(1, classes, (batch, 4)) * (np.arange(4) < counts[:, None])
    logits = rng.normal(scale=2, size=(batch, frames, classes)).astype("float32")
    lengths = rng.integers(8, frames + 1, batch) if masked else np.full(batch, frames)
    expected, slope = _theirs(labels, counts, logits, lengths)
    with using(backend):
        e, loss = engine(), losses.CTC(reduction="none")

        def value(xs):
            if masked:
                set_mask(xs[0], e.asarray(np.arange(frames) < lengths[:, None]))
            values = loss(labels, xs[0])
            return ops.sum(values), values

        x = e.asarray(logits)
        values, gradient = value([x])[1], None
        if "differentiates" in e.capabilities:
            (_, values), (gradient,) = e.value_and_grad(value)([x])
        np.testing.assert_allclose(ops.convert_to_numpy(values), expected, rtol=1e-5, atol=1e-5)
        if gradient is not None:
            np.testing.assert_allclose(ops.convert_to_numpy(gradient), slope, rtol=1e-4, atol=1e-5)


def test_shapes_that_do_not_fit_are_refused(engine):
    for true, pred in (((4,), (4, 6, 3)), ((4, 2), (4, 6)), ((3, 2), (4, 6, 3))):
        with pytest.raises(ValueError, match=r"ctc: y_true has shape .* labels \(batch, labels\)"):
            losses.ctc(np.ones(true, "int32"), np.zeros(pred, "float32"))
