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
from lamina.optimizers.updating import updates_of

_COMMON = frozenset(Common.__annotations__) - {"weight_decay", "lr", "decay"}


def from_torch(optimizer: Any, **kwargs: Any) -> Optimizer:
    """Make an optimizer that updates by a class of `torch.optim`, on the engine "torch".

    Its state is variables like any optimizer's: saved and restored with the model. torch's optimizer works
    on copies, so that whoever holds the weights never sees half an update.

    Args:
        optimizer: a subclass of `torch.optim.Optimizer`, such as `torch.optim.RAdam`.
        kwargs: its own arguments (`lr=`, `weight_decay=`, ...), and those of lamina's `Optimizer` (such as
            `clipnorm=`, `use_ema=`). `lr` may be a schedule, and is the `learning_rate`.

    Raises:
        ImportError: torch is not installed.
        TypeError: `optimizer` is not such a class, or needs a closure.
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

    __slots__ = ("__arguments", "__kind", "__samples")

    def __init__(self, learning_rate: Any, kind: Any = None, arguments: Any = None, **common: Any):
        rate = learning_rate if callable(learning_rate) else float(learning_rate)
        super().__init__(rate, **common)
        self.__kind, self.__arguments = kind, arguments
        self.__samples: dict[str, Any] = {}  # the state of one variable after a trial update

    def slots(self) -> Sequence[Sequence[str]]:
        """Return the names of what torch's optimizer keeps, as a trial update shows."""
        return [tuple(self.__samples)] if self.__samples else []

    def build(self, variables: Iterable[Variable]) -> None:
        """Find out what torch's optimizer keeps for a variable, and make it."""
        variables = list(variables)
        require_engine("torch", "from_torch")
        if not self.__samples and variables:
            with engine().outside_trace():
                value = engine().asarray(variables[0].numpy())
                self.__samples = self._stepped([value], [value * 0], [1.0], None)[1][0]
        super().build(variables)

    def make_slot(self, name: str, variable: Variable) -> Variable | None:
        """Make a slot of the variable's shape for a tensor, a number for a number."""
        import torch

        sample = self.__samples[name]
        if sample is None:
            return None
        if isinstance(sample, torch.Tensor) and sample.ndim:
            return super().make_slot(name, variable)
        dtype = engine().dtype(sample) if isinstance(sample, torch.Tensor) else "float32"
        return self.add_variable((), dtype=dtype, name=f"{variable.path.replace('/', '_')}_{name}")

    def _stepped(
        self, values: list[Any], grads: list[Any], rates: list[float], states: Any
    ) -> tuple[list[Any], list[dict[str, Any]]]:
        """Make one step of a new torch optimizer with these states, on copies."""
        import torch

        parameters = [torch.nn.Parameter(value.detach().clone()) for value in values]
        for parameter, gradient in zip(parameters, grads, strict=True):
            parameter.grad = gradient.detach().clone()
        takes_rate = "lr" in inspect.signature(self.__kind).parameters
        groups = [
            {"params": [p], **({"lr": rate} if takes_rate else {})}
            for p, rate in zip(parameters, rates, strict=True)
        ]
        optimizer = self.__kind(groups, **self.__arguments)
        for parameter, state in zip(parameters, states or [], strict=False):
            optimizer.state[parameter] = state
        optimizer.step()
        return [p.detach() for p in parameters], [dict(optimizer.state[p]) for p in parameters]

    def update(self, grads: list[Any], variables: Sequence[Variable], rate: Any) -> None:
        """Let torch's optimizer update copies of all variables together."""
        slots = [self.slots_of(v) for v in variables]
        # The first step starts from the state that torch makes itself, which is not always zeros.
        first = int(updates_of(self)) == 0
        states = None if first else [self._as_torch(by_name) for by_name in slots]
        rates = [float(rate) * self.rate_factor(v) for v in variables]
        values, after = self._stepped([v.value for v in variables], grads, rates, states)
        for variable, value, by_name, state in zip(variables, values, slots, after, strict=True):
            variable.assign(value)
            for name, slot in by_name.items():
                slot.assign(engine().asarray(state[name], slot.dtype))

    def _as_torch(self, slots: dict[str, Variable]) -> dict[str, Any]:
        """Return a copy of a variable's state, with numbers where torch's optimizer has numbers."""
        state: dict[str, Any] = {}
        for name, sample in self.__samples.items():
            if name not in slots:
                state[name] = None
            elif type(sample) in (int, float):
                state[name] = type(sample)(slots[name].value.item())
            else:
                state[name] = slots[name].value.clone()
        return state

    def get_config(self) -> dict[str, Any]:
        """Raise TypeError: torch's classes are on no shelf."""
        raise TypeError("An optimizer made by from_torch cannot be written into a configuration.")
