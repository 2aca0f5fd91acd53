"""`TorchModuleWrapper`: a module of PyTorch as a layer."""

from __future__ import annotations

from typing import Any

from lamina.core.naming import described
from lamina.core.scope import name_scope
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.layers.foreign.engines import package, require_engine
from lamina.layers.layer import Layer


class TorchModuleWrapper(Layer):
    """A `torch.nn.Module` as a layer; engine `torch`.

    The module's own parameters and buffers hold the values of the layer's weights: `fit`, `set_weights` and
    `load_weights` change the module, and what `torch.optim` or `module.load_state_dict` do to it changes the
    layer. Parameters with `requires_grad` train; buffers (running averages) are non-trainable weights.
    `training` of the call becomes `module.train(training)`. What the module draws (dropout) comes from
    PyTorch's own generator: `torch.manual_seed` seeds it.

    Args:
        module: the module, all of whose parameters have values; run a lazy one on data first.
        output_shape: batch axis included; needed only if the module cannot run on PyTorch's `meta` device,
            where shapes of outputs are found out.

    Raises:
        ImportError: PyTorch is not installed.
        RuntimeError: the layer is called on another engine.
        TypeError: `module` is not a module.
        ValueError: a parameter of a lazy module has no value yet.
    """

    from_caller = ("module",)
    __load_schema__ = {"module": "code"}  # noqa: RUF012

    def __init__(
        self,
        module: Any,
        name: str | None = None,
        output_shape: Any = None,
        **kwargs: Any,
    ):
        torch = package("TorchModuleWrapper", "torch", "torch")
        super().__init__(name=name, **kwargs)
        if not isinstance(module, torch.nn.Module):
            raise TypeError(f"{described(self)} takes a torch.nn.Module, not {module!r}.")
        self.module, self.output_shape = module, output_shape
        with name_scope(self.name):
            self.module_parameters = {n: _adopted(n, x) for n, x in module.named_parameters()}
            self.module_buffers = {n: _adopted(n, x) for n, x in module.named_buffers()}

    def call(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """`module(*args, **kwargs)`."""
        require_engine(self, "torch")
        import torch

        if training is not None and training != self.module.training:
            self.module.train(training)
        # A module writes its buffers in place; the values here may belong to a step.
        buffers = {n: v.value.clone() for n, v in self.module_buffers.items()}
        parameters = {n: v.value for n, v in self.module_parameters.items()}
        outputs = torch.func.functional_call(self.module, {**parameters, **buffers}, args, kwargs)
        if self.module.training:
            for name, variable in self.module_buffers.items():
                variable.assign(buffers[name])
        return outputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Say what `output_shape` says, or else run the module on the device `meta`."""
        if self.output_shape is None:
            return super().compute_output_spec(*args, **kwargs)
        return KerasTensor(tuple(self.output_shape), self.compute_dtype)


def _adopted(name: str, value: Any) -> Variable:
    """Return a variable whose value lies in a tensor of the module's own."""
    from torch.nn.parameter import is_lazy

    if is_lazy(value):
        raise ValueError(
            f"TorchModuleWrapper: the parameter {name!r} has no value yet. Call the module once on data."
        )
    variable = Variable(
        value.detach(),
        trainable=value.requires_grad,
        autocast=value.requires_grad,
        name=name,
    )
    variable.adopt("torch", value)
    return variable
