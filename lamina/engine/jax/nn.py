"""Contractions and windows on JAX, and the ops that JAX has in a better form."""

import jax
import jax.numpy as jnp
from jax import lax

from lamina.engine.jax.arrays import in_single


def conv(x, kernel, strides, padding, dilation, groups):
    space = "DHW"[-len(strides) :]
    return lax.conv_general_dilated(
        *(x, kernel, strides, padding),
        rhs_dilation=dilation,
        dimension_numbers=(f"N{space}C", f"{space}IO", f"N{space}C"),
        feature_group_count=groups,
    )


def conv_transpose(x, kernel, strides, crop, dilation):
    axes = tuple(range(len(strides)))
    space = "DHW"[-len(strides) :]
    extent = [(w - 1) * d + 1 for w, d in zip(kernel.shape, dilation, strict=False)]
    return lax.conv_general_dilated(
        x,
        jnp.flip(kernel, axes),
        (1,) * len(strides),
        [(w - 1 - low, w - 1 - high) for w, (low, high) in zip(extent, crop, strict=True)],
        lhs_dilation=strides,
        rhs_dilation=dilation,
        dimension_numbers=(f"N{space}C", f"{space}OI", f"N{space}C"),
    )


overrides = {"softmax": in_single(jax.nn.softmax), "log_softmax": in_single(jax.nn.log_softmax)}
