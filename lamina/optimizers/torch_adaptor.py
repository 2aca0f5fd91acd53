"""`from_torch`: the optimizers of `torch.optim` as lamina's, on PyTorch."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.optimizers.arguments import Common
from lamina.optimizers.optax_adaptor import refuse_weight_decay, require_engine
from lamina.optimizers.optimizer import Optimizer

_COMMON = frozenset(Common.__annotations__) - {"weight_decay", "lr", "decay"}


def from_torch(optimizer: Any, **kwargs: Any) -> Optimizer:
    """An optimizer that updates by a class of `torch.optim`, on the engine "torch".

    Its state is variables like any optimizer's: saved and restored with the model. torch's optimizer works
    on copies, so that whoever holds the weights never sees half an update.

    Args:
        optimizer: a subclass of `torch.optim.Optimizer`, such as `torch.optim.RAdam`.
        kwargs: its own arguments (`lr=`, `weight_decay=`, ...), and those of lamina's `Optimizer` (such as
            `clipnorm=`, `use_ema=`). `lr` may be a schedule, and is the `learning_rate`.

    Raises:
        ImportError: torch is not installed.
        TypeError: `optimizer` is no such class, or needs a closure.
        ValueError: when updating, another engine is in force.

    Example:
        >>> import torch
        >>> with lamina.config.using_backend("torch"):
        ...     v = lamina.Variable([1.0])
        ...     lamina.optimizers.from_torch(torch.optim.SGD, lr=0.5).apply([torch.ones(1)], [v])
        ...     v.numpy()
        array([0.5], dtype=float32)
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "from_torch needs the package torch; install it with `pip install torch`."
        ) from error
    if not (inspect.isclass(optimizer) and issubclass(optimizer, torch.optim.Optimizer)):
        raise TypeError(f"from_torch takes a class of torch.optim, not {optimizer!r}.")
    closure = inspect.signature(optimizer.step).parameters.get("closure")
    if closure is not None and closure.default is closure.empty:
        raise TypeError(f"from_torch: {optimizer.__name__} evaluates the loss itself (a closure).")
    common = {name: kwargs.pop(name) for name in sorted(_COMMON & set(kwargs))}
    default = inspect.signature(optimizer).parameters.get("lr")
    rate = kwargs.pop("lr", default.default if default is not None else 1.0)
    refuse_weight_decay("from_torch", common)
    try:
        inspect.signature(optimizer).bind([], **kwargs)
    except TypeError as error:
        raise TypeError(f"from_torch: torch.optim.{optimizer.__name__} {error}.") from None
    return TorchOptimizer(rate, kind=optimizer, arguments=kwargs, **common)


class TorchOptimizer(Optimizer):
    """See `from_torch`."""

    def __init__(self, learning_rate: Any, kind: Any = None, arguments: Any = None, **common: Any):
        super().__init__(
            learning_rate if callable(learning_rate) else float(learning_rate), **common
        )
        self._kind, self._arguments = kind, arguments
        self._types: dict[str, type] = {}

    def slots(self) -> Sequence[Sequence[str]]:
        """What torch's optimizer keeps, as one trial update shows."""
        return [tuple(self._types)] if self._types else []

    def build(self, variables: Iterable[Variable]) -> None:
        """Find out what torch's optimizer keeps beside a variable, and make it."""
        variables = list(variables)
        require_engine("torch", "from_torch")
        if not self._types and variables:
            with engine().outside_trace():
                self._tried = self._trial(variables[0])
            self._types = {name: type(x) for name, x in self._tried.items()}
        super().build(variables)

    def _trial(self, variable: Variable) -> dict[str, Any]:
        value = engine().asarray(variable.numpy())
        return self._stepped([value], [value * 0], [1.0], None)[1][0]

    def make_slot(self, name: str, variable: Variable) -> Variable | None:
        """Numbers stay numbers; tensors that are not such are of the variable's shape."""
        import torch

        sample = self._tried[name]
        if sample is None:
            return None
        if isinstance(sample, torch.Tensor) and sample.ndim:
            return super().make_slot(name, variable)
        dtype = engine().dtype(sample) if isinstance(sample, torch.Tensor) else "float32"
        return self.add_variable((), dtype=dtype, name=f"{variable.path.replace('/', '_')}_{name}")

    def _stepped(
        self, values: list[Any], grads: list[Any], rates: list[float], states: Any
    ) -> tuple[list[Any], list[dict[str, Any]]]:
        """One step of a new torch optimizer with these states, on copies."""
        import torch

        parameters = [torch.nn.Parameter(value.detach().clone()) for value in values]
        for parameter, gradient in zip(parameters, grads, strict=True):
            parameter.grad = gradient.detach().clone()
        takes_rate = "lr" in inspect.signature(self._kind).parameters
        groups = [
            {"params": [p], **({"lr": rate} if takes_rate else {})}
            for p, rate in zip(parameters, rates, strict=True)
        ]
        optimizer = self._kind(groups, **self._arguments)
        for parameter, state in zip(parameters, states or [], strict=False):
            optimizer.state[parameter] = state
        optimizer.step()
        return [p.detach() for p in parameters], [dict(optimizer.state[p]) for p in parameters]

    def _update_together(self, grads: list[Any], variables: Sequence[Variable], rate: Any) -> None:
        slots = [self._slots[id(v)] for v in variables]
        # The first step starts from the state that torch makes itself, which is not always zeros.
        states = None if int(self._updates()) == 0 else [self._as_torch(each) for each in slots]
        rates = [float(rate) * self._factor(v) for v in variables]
        values, after = self._stepped([v.value for v in variables], grads, rates, states)
        for variable, value, each, state in zip(variables, values, slots, after, strict=True):
            variable.assign(value)
            for name, slot in each.items():
                slot.assign(engine().asarray(state[name], slot.dtype))

    def _as_torch(self, slots: dict[str, Variable]) -> dict[str, Any]:
        """A copy of a variable's state, with numbers where torch's optimizer has numbers."""
        found: dict[str, Any] = {}
        for name, kind in self._types.items():
            if name not in slots:
                found[name] = None
            elif kind in (int, float):
                found[name] = kind(slots[name].value.item())
            else:
                found[name] = slots[name].value.clone()
        return found

    def get_config(self) -> dict[str, Any]:
        """torch's classes are on no shelf: TypeError."""
        raise TypeError("An optimizer made by from_torch cannot be written into a configuration.")
