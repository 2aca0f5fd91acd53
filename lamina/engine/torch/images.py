"""Warps of images by PyTorch's own kernel."""

import torch

_BEYOND = {"constant": "zeros", "nearest": "border", "reflect": "reflection"}


def _warp(x, transform, order, fill_mode, fill_value, definition):
    """See `ops.image.affine_transform`; images `(batch, height, width, channels)`.

    `None` where the kernel means something else: it rounds halves to even, and knows not every mode.
    """
    if order == 0 or fill_mode not in _BEYOND or x.dtype not in (torch.float32, torch.float64):
        return None
    batch, height, width, _ = x.shape
    rows = torch.arange(height, dtype=x.dtype, device=x.device).reshape(1, -1, 1)
    columns = torch.arange(width, dtype=x.dtype, device=x.device).reshape(1, 1, -1)
    a, b, c, d, e, f, g, h = transform.to(x.dtype)[:, :, None, None].unbind(1)
    depth = g * columns + h * rows + 1
    across = (a * columns + b * rows + c) / depth
    down = (d * columns + e * rows + f) / depth
    # From -1 at the outer border of the first pixel to 1 at that of the last.
    places = ((across * 2 + 1) / width - 1, (down * 2 + 1) / height - 1)
    grid = torch.stack(torch.broadcast_tensors(*places), -1).expand(batch, -1, -1, -1)
    value = fill_value if fill_mode == "constant" else 0
    images = (x - value if value else x).permute(0, 3, 1, 2)
    warped = torch.nn.functional.grid_sample(
        images, grid, "bilinear", _BEYOND[fill_mode], align_corners=False
    ).permute(0, 2, 3, 1)
    return warped + value if value else warped


overrides = {"warp": _warp}
