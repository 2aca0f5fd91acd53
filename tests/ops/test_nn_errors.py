"""What the ops of `ops.nn` say of arguments that do not go together."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import KerasTensor, ops


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, "float32")


IMAGE = zeros(1, 5, 5, 4)
WRONG = {
    "conv-channels": (lambda: ops.conv(IMAGE, zeros(3, 3, 3, 2)), ["4 channels", "3"]),
    "conv-rank": (lambda: ops.conv(IMAGE, zeros(3, 4, 2)), ["(1, 5, 5, 4)", "(3, 4, 2)"]),
    "conv-strides": (lambda: ops.conv(IMAGE, zeros(3, 3, 4, 2), (1, 1, 1)), ["strides", "2"]),
    "conv-padding": (lambda: ops.conv(IMAGE, zeros(3, 3, 4, 2), padding="causal"), ["causal"]),
    "conv-window": (lambda: ops.conv(IMAGE, zeros(6, 3, 4, 2)), ["(6, 3)", "(5, 5)", "same"]),
    "depthwise": (lambda: ops.depthwise_conv(IMAGE, zeros(3, 3, 2, 1)), ["4 channels", "for 2"]),
    "separable": (
        lambda: ops.separable_conv(IMAGE, zeros(3, 3, 4, 2), zeros(1, 1, 5, 2)),
        ["8 channels", "5"],
    ),
    "transpose": (lambda: ops.conv_transpose(IMAGE, zeros(3, 3, 4, 2)), ["4 channels", "takes 2"]),
    "adaptive": (lambda: ops.adaptive_max_pool(IMAGE, (2, None)), ["output_size", "None"]),
    "adaptive-0": (lambda: ops.adaptive_average_pool(IMAGE, 0), ["output_size", "0"]),
    "attention-rank": (
        lambda: ops.dot_product_attention(zeros(2, 3, 4), zeros(2, 3, 4), zeros(2, 3, 4)),
        ["(batch, queries, heads, size)", "(2, 3, 4)"],
    ),
    "attention-heads": (
        lambda: ops.dot_product_attention(zeros(1, 3, 3, 4), zeros(1, 3, 2, 4), zeros(1, 3, 2, 4)),
        ["key_heads divides heads"],
    ),
    "attention-no-size": (
        lambda: ops.dot_product_attention(*[zeros(1, 2, 3, 0)] * 3),
        ["each at least 1", "(1, 2, 3, 0)"],
    ),
    "attention-no-heads": (
        lambda: ops.dot_product_attention(*[zeros(1, 2, 0, 4)] * 3),
        ["key_heads divides heads", "(1, 2, 0, 4)"],
    ),
    "attention-fused": (
        lambda: ops.dot_product_attention(
            *[zeros(1, 2, 1, 4)] * 3, flash_attention=True, attn_logits_soft_cap=2.0
        ),
        ["flash_attention=True", "attn_logits_soft_cap"],
    ),
    "normalize": (lambda: ops.normalize(IMAGE, order=0), ["order", "0"]),
    "glu": (lambda: ops.glu(zeros(2, 3)), ["axis -1", "3"]),
    "psnr": (lambda: ops.psnr(zeros(2), zeros(3), 1.0), ["(2,)", "(3,)"]),
    "multi_hot": (lambda: ops.multi_hot([1]), ["num_classes"]),
    "space": (lambda: ops.space_to_depth(IMAGE, 2), ["(5, 5)", "multiples of 2"]),
    "space-block": (lambda: ops.space_to_depth(IMAGE, 1), ["block_size", "1"]),
    "depth": (lambda: ops.depth_to_space(IMAGE, 3), ["(4,)", "multiples of 9"]),
    "depth-rank": (lambda: ops.depth_to_space(zeros(5, 4), 2), ["4 axes", "(5, 4)"]),
}


@pytest.mark.parametrize("label", WRONG)
def test_wrong_arguments(engine, label):
    call, parts = WRONG[label]
    with pytest.raises(ValueError) as caught:
        call()
    assert not [part for part in parts if part not in str(caught.value)], str(caught.value)


def test_unknown_arguments_are_refused(engine):
    for call in (
        lambda: ops.layer_normalization(zeros(2, 2), gama=1),
        lambda: ops.multi_hot([1], 2, tokens=3),
    ):
        with pytest.raises(TypeError, match="has no arguments"):
            call()


def test_blocks_of_unknown_images(engine):
    x = KerasTensor((None, None, 14, 98))
    assert ops.space_to_depth(x, 7).shape == (None, None, 2, 98 * 49)
    assert ops.depth_to_space(x, 7).shape == (None, None, 98, 2)


def test_soft_cap(engine):
    rng = np.random.default_rng(0)
    q, k, v = (rng.normal(size=(1, 3, 1, 4)).astype("float32") for _ in range(3))
    scores = np.einsum("btnh,bsnh->bnts", q, k)
    weights = np.exp(2 * np.tanh(scores / 2))
    expected = np.einsum("bnts,bsnh->btnh", weights / weights.sum(-1, keepdims=True), v)
    found = ops.dot_product_attention(q, k, v, scale=1.0, attn_logits_soft_cap=2.0)
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, rtol=1e-5, atol=1e-6)


def test_scaling_by_the_variance(engine):
    x = np.random.default_rng(0).normal(size=(2, 5)).astype("float32")
    expected = x / np.sqrt(x.var(-1, keepdims=True) + 1e-7)
    found = ops.layer_normalization(x, rms_scaling=True)
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, rtol=1e-5)


def test_the_norm_of_a_high_order_neither_vanishes_nor_overflows(engine):
    for scale in (1e-5, 1.0, 1e6):
        x = np.array([3.0, -4.0, 0.5], "float32") * np.float32(scale)
        expected = x / (np.abs(x.astype("float64")) ** 12).sum() ** (1 / 12)
        found = ops.convert_to_numpy(ops.normalize(x, order=12))
        np.testing.assert_allclose(found, expected, rtol=1e-5)
