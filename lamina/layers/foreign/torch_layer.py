"""A layer as a module of PyTorch; imported only where PyTorch is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from lamina.core.variable import Variable
from lamina.layers.layer import Layer


class TorchLayer(torch.nn.Module):
    """What `utils.to_torch_module` returns: a `torch.nn.Module` that computes what a built layer does.

    Attributes:
        lamina_layer: the layer. Its weights lie in the parameters and buffers of this module.

    Args:
        named: the variables of the layer by names such as `"layers.dense.kernel"`.
    """

    def __init__(self, layer: Layer, named: dict[str, Variable]):
        super().__init__()
        self.lamina_layer = layer
        trained = set(map(id, layer.trainable_variables))
        self._places: list[tuple[Variable, torch.nn.Module, str]] = []
        for path, variable in named.items():
            *folders, name = path.split(".")
            module: torch.nn.Module = self
            for folder in folders:
                if folder not in dict(module.named_children()):
                    module.add_module(folder, torch.nn.Module())
                module = module.get_submodule(folder)
            value, trains = variable.native(), id(variable) in trained
            if trains:
                module.register_parameter(name, value)
            else:
                variable.let_train(False)
                module.register_buffer(name, value)
            self._places.append((variable, module, name))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer; `train()` and `eval()` say what its `training` is."""
        return self.lamina_layer(*args, **{"training": self.training, **kwargs})

    def _apply(self, fn: Callable, recurse: bool = True) -> TorchLayer:
        # By this PyTorch moves all values (`to`, `cuda`, ...), into new tensors if need be.
        for variable in self.lamina_layer.variables:
            kind = fn(torch.empty(0, dtype=variable.native().dtype)).dtype
            if kind != variable.native().dtype:
                raise TypeError(
                    f"Layer {self.lamina_layer.path!r} keeps its dtype, {variable.dtype} cannot become {kind}. Make "
                    "the layer with `dtype=` or under a dtype policy, and copy the weights."
                )
        super()._apply(fn, recurse)
        for variable, module, name in self._places:
            variable.adopt("torch", getattr(module, name))
        return self

    def extra_repr(self) -> str:
        """The layer."""
        return repr(self.lamina_layer)
