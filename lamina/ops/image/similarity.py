"""How similar two images look."""

from __future__ import annotations

from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.ops.image.filters import bell, blurred
from lamina.ops.image.layout import wide
from lamina.ops.nn.windows import channels_first, to_last

__all__ = ["ssim"]


@op(promote="image1 image2", floating=True)
def ssim(
    image1: Tensor,
    image2: Tensor,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Tensor:
    """Measure structural similarity: 1 for equal images, less the more light, contrast and structure differ.

    Shapes: both `(batch, height, width, channels)`, the result `(batch,)`; without batch `()`.
    Integers are computed, and the result given, as floats.

    Args:
        max_val: the largest value that a pixel may have.
        filter_size, filter_sigma: the window in which statistics are taken.
        k1, k2: how much light and contrast are damped where there is little of them.

    Raises:
        ValueError: the shapes differ, or an image is smaller than the window.

    Example:
        >>> image = np.ones((12, 12, 1), "float32")
        >>> float(ssim(image, image))
        1.0

    Source: Wang et al. 2004, "Image quality assessment: from error visibility to structural
    similarity".
    """
    e = engine()
    shape = tuple(e.shape(image1))
    if shape != tuple(e.shape(image2)) or len(shape) not in (3, 4):
        raise ValueError(
            f"ops.image.ssim compares two images or batches of one shape, not {shape} with "
            f"{tuple(e.shape(image2))}."
        )
    x, y = (wide(e.reshape(z, (1, *shape)) if len(shape) == 3 else z) for z in (image1, image2))
    if channels_first(data_format):
        x, y = to_last(x), to_last(y)
    if any(n < filter_size for n in e.shape(x)[1:3]):
        raise ValueError(
            f"ops.image.ssim: images of {tuple(e.shape(x)[1:3])} are smaller than the window; give a "
            f"`filter_size` below {filter_size}."
        )
    weights = bell(filter_size, filter_sigma)
    similarity = _similarity(
        x, y, lambda z: blurred(z, weights, weights, "valid"), k1 * max_val, k2 * max_val
    )
    similarity = e.cast(e.mean(similarity, axis=(1, 2, 3)), e.dtype(image1))
    return e.reshape(similarity, ()) if len(shape) == 3 else similarity


def _similarity(x: Any, y: Any, mean: Any, light: float, contrast: float) -> Any:
    e = engine()
    mean_x, mean_y = mean(x), mean(y)
    product, squares = e.multiply(mean_x, mean_y), e.add(e.square(mean_x), e.square(mean_y))
    covariance = e.subtract(mean(e.multiply(x, y)), product)
    variances = e.subtract(mean(e.add(e.square(x), e.square(y))), squares)
    c1, c2 = light**2, contrast**2
    of_light = e.divide(e.add(e.multiply(product, 2.0), c1), e.add(squares, c1))
    of_structure = e.divide(e.add(e.multiply(covariance, 2.0), c2), e.add(variances, c2))
    return e.multiply(of_light, of_structure)
