"""Gradients of any function of tensors and Variables, written once for every engine.

`docs/autodiff.md` shows how. The NumPy engine computes none and says so.
"""

from lamina.absent import explain as _explain
from lamina.core.autodiff import grad as grad, value_and_grad as value_and_grad
from lamina.ops.gradients import custom_gradient as custom_gradient, jvp as jvp, vjp as vjp

_explain(__name__)
