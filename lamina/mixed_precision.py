"""Keras 2's home of the dtype policies and of the optimizer that scales losses, whose names Keras 3 keeps."""

from lamina.absent import explain as _explain
from lamina.config import dtype_policy as dtype_policy, set_dtype_policy as set_dtype_policy
from lamina.dtype_policies import DTypePolicy as DTypePolicy
from lamina.optimizers import LossScaleOptimizer as LossScaleOptimizer

Policy = DTypePolicy
global_policy, set_global_policy = dtype_policy, set_dtype_policy

_explain(__name__)
