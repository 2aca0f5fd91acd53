"""Images: what no row can say, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from lamina import ops
from lamina.core.symbolic import KerasTensor

image = ops.image
IMAGES = np.random.default_rng(0).uniform(size=(2, 6, 7, 3)).astype("float32")


def to_numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("size, sigma", [((3, 3), (1.0, 1.0)), ((5, 3), (0.7, 2.0))])
def test_the_blur_is_a_normal_density(engine, size, sigma):
    rows, columns = (
        np.exp(-0.5 * ((np.arange(n) - n // 2) / s) ** 2) for n, s in zip(size, sigma, strict=True)
    )
    kernel = np.outer(rows, columns) / rows.sum() / columns.sum()
    expected = ndimage.correlate(IMAGES, kernel[None, :, :, None], mode="constant")
    found = image.gaussian_blur(IMAGES, size, sigma)
    np.testing.assert_allclose(to_numpy(found), expected, atol=1e-6)
    first = image.gaussian_blur(np.moveaxis(IMAGES, -1, 1), size, sigma, "channels_first")
    np.testing.assert_allclose(to_numpy(first), np.moveaxis(expected, -1, 1), atol=1e-6)
    assert to_numpy(image.gaussian_blur((255 * IMAGES).astype("uint8"))).dtype == "uint8"


def test_sobel_edges_of_one_image(engine):
    alone, many = (to_numpy(image.sobel_edges(x)) for x in (IMAGES[0], IMAGES))
    np.testing.assert_allclose(alone, many[0], atol=1e-6)


def test_elastic_transform_moves_what_is_there(engine):
    still = image.elastic_transform(IMAGES, alpha=0.0, seed=1)
    np.testing.assert_allclose(to_numpy(still), IMAGES, atol=1e-6)
    one, same, other = (to_numpy(image.elastic_transform(IMAGES, seed=s)) for s in (1, 1, 2))
    assert (one == same).all() and (one != other).any()
    assert one.min() >= IMAGES.min() and one.max() <= IMAGES.max()
    ramp = np.broadcast_to(np.arange(40, dtype="float32")[:, None, None], (40, 40, 1))
    moved = to_numpy(image.elastic_transform(ramp, alpha=30.0, sigma=4.0, seed=3)) - ramp
    inner = moved[8:-8, 8:-8, 0]
    assert 0.5 < inner.std() < 5.0  # 30 / (2 sqrt(pi) 4) is about 2
    assert np.abs(np.diff(inner, axis=1)).max() < 0.5 * np.abs(inner).max()  # neighbours alike


@pytest.mark.parametrize("size, space", [(2, (6, 8)), ((3, 2), (6, 4)), ((1, 2, 3), (2, 4, 6))])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_patches_make_up_the_image(engine, size, space, data_format):
    x = np.random.default_rng(1).normal(size=(2, *space, 3)).astype("float32")
    x = np.moveaxis(x, -1, 1) if data_format == "channels_first" else x
    for whole in (x, x[0]):
        patches = image.extract_patches(whole, size, data_format=data_format)
        again = image.reconstruct_patches(patches, size, space, data_format=data_format)
        assert (to_numpy(again) == whole).all()
        open_size = image.reconstruct_patches(patches, size, None, data_format=data_format)
        assert tuple(open_size.shape) == whole.shape


def test_padded_patches_make_up_the_image(engine):
    patches = image.extract_patches(IMAGES, (4, 3), padding="same")
    again = image.reconstruct_patches(patches, (4, 3), (6, 7), padding="same")
    assert (to_numpy(again) == IMAGES).all()


def test_fold_leaves_a_rest_empty(engine):
    """Keras' JAX engine gives another size here; this is PyTorch's."""
    columns = np.random.default_rng(2).normal(size=(2, 18, 16)).astype("float32")
    expected = torch.nn.functional.fold(torch.tensor(columns), (8, 7), (2, 1), stride=2)
    assert to_numpy(ops.fold(columns, (8, 7), (2, 1), stride=2)).tolist() == expected.tolist()


def test_an_affine_transform_may_be_projective(engine):
    ramp = np.arange(5, dtype="float32").reshape(1, 5, 1)
    found = image.affine_transform(ramp, [1.0, 0, 0, 0, 1, 0, 0.5, 0])[0, :, 0]
    x = np.arange(5)
    np.testing.assert_allclose(to_numpy(found), x / (0.5 * x + 1), rtol=1e-6)


def test_one_transform_serves_a_batch(engine):
    transform = np.array([0.9, 0.1, 0.5, 0, 1.1, -1, 0, 0], "float32")
    one = image.affine_transform(IMAGES, transform)
    many = image.affine_transform(IMAGES, np.stack([transform] * 2))
    assert (to_numpy(one) == to_numpy(many)).all()


def test_four_points_go_to_four_points(engine):
    start = np.array([[1, 1], [5, 2], [2, 4], [4, 5]], "float32")
    end = np.array([[2, 0], [6, 0], [0, 5], [5, 5]], "float32")
    found = to_numpy(image.perspective_transform(IMAGES[0], start, end))
    for (x, y), (to_x, to_y) in zip(start.astype(int), end.astype(int), strict=True):
        np.testing.assert_allclose(found[to_y, to_x], IMAGES[0, y, x], atol=1e-4)


def test_resized_integers_stay_within_their_dtype(engine):
    steps = np.array([0, 255, 255, 0, 255], "uint8").reshape(1, 5, 1)
    found = to_numpy(image.resize(steps, (1, 40), "bicubic"))  # overshoots on both sides
    assert found.dtype == "uint8" and found.min() == 0 and found.max() == 255
    assert np.abs(np.diff(found[0, :, 0].astype(int))).max() < 60


def test_a_wide_grid_keeps_large_integers(engine):
    large = np.array([2**24 + 1, 2**30 + 1], "int32")
    found = image.map_coordinates(large, [[0.0, 1.0]], 0)
    assert to_numpy(found).tolist() == large.tolist()


def test_unknown_sizes():
    assert image.resize(KerasTensor((None, None, None, 3)), (4, 5)).shape == (None, 4, 5, 3)
    assert image.extract_patches(KerasTensor((None, 8, 8, 3)), 4).shape == (None, 2, 2, 48)
    transform = KerasTensor((None, 8))
    assert image.affine_transform(KerasTensor((None, 8, 8, 3)), transform).shape[1:] == (8, 8, 3)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: image.resize(IMAGES, (4, 4), "area"), "`interpolation` must be one of"),
        (lambda: image.resize(IMAGES, (4, 4, 4)), r"`size` must be \(height, width\)"),
        (lambda: image.resize(IMAGES, (4, 4), fill_mode="edge"), "must be 'constant'"),
        (
            lambda: image.resize(
                IMAGES, (4, 4), crop_to_aspect_ratio=True, pad_to_aspect_ratio=True
            ),
            "not both",
        ),
        (lambda: image.resize(IMAGES[0, 0], (4, 4)), "one image with 3 axes or a batch with 4"),
        (
            lambda: image.scale_and_translate(IMAGES, (2, 6, 7, 3), [1], [0], [1], "nearest"),
            "`method` must be one of",
        ),
        (
            lambda: image.scale_and_translate(IMAGES, (2, 6, 8, 3), [1], [0], [1], "cubic"),
            "elsewhere than in",
        ),
        (lambda: image.map_coordinates(IMAGES, np.zeros((4, 2)), 2), "must be 0 or 1"),
        (lambda: image.map_coordinates(IMAGES, np.zeros((3, 2)), 1), r"\(4, ...\)"),
        (lambda: image.map_coordinates(IMAGES, np.zeros((4, 2)), 1, "edge"), "`fill_mode` must"),
        (lambda: image.affine_transform(IMAGES, np.zeros(6)), r"\(8,\) or \(batch, 8\)"),
        (lambda: image.elastic_transform(IMAGES, interpolation="cubic"), "must be one of"),
        (
            lambda: image.perspective_transform(IMAGES, np.zeros((3, 2)), np.zeros((3, 2))),
            r"\(4, 2\) or \(batch, 4, 2\)",
        ),
        (lambda: image.rgb_to_hsv((255 * IMAGES).astype("uint8")), "divide by 255 first"),
        (lambda: image.rgb_to_grayscale(IMAGES[..., :2]), "3 channels or 1, not 2"),
        (lambda: image.ssim(IMAGES, IMAGES), "`filter_size` below 11"),
        (lambda: image.ssim(IMAGES, IMAGES[:1]), "of one shape"),
        (lambda: image.crop_images(IMAGES, 1, 1), "exactly two of top_cropping"),
        (lambda: image.crop_images(IMAGES, 3, 1, 3, 1), "cannot be cropped"),
        (lambda: image.pad_images(IMAGES, 1, 1, target_height=3, target_width=9), "be padded"),
        (lambda: image.extract_patches(IMAGES, 8), "larger than the space"),
        (lambda: image.reconstruct_patches(np.zeros((2, 2, 8)), 2, (4, 5)), r"cover \(4, 4\)"),
        (lambda: image.reconstruct_patches(np.zeros((2, 2, 8)), 2, (4, 4), 1), "must equal `size`"),
        (lambda: ops.fold(np.zeros((1, 4, 5)), 4, 2), r"channels \* 4, 9\)"),
    ],
)
def test_what_is_wrong_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()
