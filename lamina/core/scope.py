"""Context-local scopes: where variables read and write, what name and dtype a layer's code sees.

Within a `StatelessScope` variables are read from, and written to, a mapping. So any method of any
layer, metric or optimizer is a pure function of its state when an engine needs one. All scopes are
context variables: threads that share a model never disturb each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar, Token
from typing import Any, Protocol


class Named(Protocol):
    """What a scope needs to know of a Variable."""

    path: str


stateless: ContextVar[StatelessScope | None] = ContextVar("lamina_stateless", default=None)
autocast: ContextVar[str | None] = ContextVar("lamina_autocast", default=None)
names: ContextVar[tuple[str, ...]] = ContextVar("lamina_names", default=())
_symbolic: ContextVar[bool] = ContextVar("lamina_symbolic", default=False)
# The last `name_scope` with a caller: this one's identity, and the names within the scope.
_named_by: ContextVar[tuple[int, tuple[str, ...]] | None] = ContextVar("lamina_by", default=None)


class StatelessScope:
    """Bind variables to values within a `with` block; collect what is written instead of writing it.

    Args:
        state_mapping: pairs `(variable, value)` with native values.
        collect_losses: gather `add_loss` values in `losses` rather than on the layers.
        initialize_variables: accepted for Keras' sake; lamina draws initial values on the host.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0, 2.0])
        >>> with StatelessScope([(v, v.value * 10)]) as scope:
        ...     v.assign(v.value + 1)
        >>> lamina.ops.convert_to_numpy(scope.get_current_value(v)), v.numpy()
        (array([11., 21.], dtype=float32), array([1., 2.], dtype=float32))
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Named, Any]] | None = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
    ):
        self.parent: StatelessScope | None = None
        self.collect_losses = collect_losses
        self.losses: list[Any] = []
        self.written: dict[int, Any] = {}
        self._values = {id(variable): value for variable, value in state_mapping or ()}
        self._token: Token | None = None

    def add_update(self, update: tuple[Named, Any]) -> None:
        """Take `(variable, value)` as the variable's value from now on."""
        variable, value = update
        self._values[id(variable)] = value
        self.written[id(variable)] = variable

    def add_loss(self, loss: Any) -> None:
        """Note a loss that a layer adds."""
        self.losses.append(loss)

    def get_current_value(self, variable: Named) -> Any:
        """The value bound to `variable` here or in an enclosing scope; `None` if there is none."""
        value = self._values.get(id(variable))
        if value is None and self.parent is not None:
            return self.parent.get_current_value(variable)
        return value

    def bound_to(self, variable: Named) -> Any:
        """The same, for somebody who does not use the value: nobody is told that it was read."""
        value = self._values.get(id(variable))
        if value is None and self.parent is not None:
            return self.parent.bound_to(variable)
        return value

    def __enter__(self) -> StatelessScope:
        self.parent = stateless.get()
        self._token = stateless.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._token is not None
        stateless.reset(self._token)


def loss_scope() -> StatelessScope | None:
    """The innermost scope that collects losses, if any."""
    scope = stateless.get()
    while scope is not None and not scope.collect_losses:
        scope = scope.parent
    return scope


class name_scope:  # noqa: N801  Keras' name
    """Put `name` into the path of every layer and variable made within a `with` block.

    Args:
        name: one part of the paths.
        caller: any object; within the scope of the same caller and name a second one adds nothing.
        deduplicate: whether that is so.
        override_parent: the path to stand in, such as `"a/b"`, instead of that of the scopes around.

    Raises:
        ValueError: `name` is not a string, or contains a '/'.
        TypeError: an unknown argument.

    Example:
        >>> import lamina
        >>> with lamina.name_scope("encoder"):
        ...     v = lamina.Variable(0.0, name="v")
        >>> v.path
        'encoder/v'
    """

    __slots__ = ("__around", "__path", "caller", "name")

    def __init__(self, name: str, **kwargs: Any):
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"The name of a scope must be a string without '/', not {name!r}.")
        self.name, self.caller = name, None
        self.__path: tuple[str, ...] | None = None
        if kwargs:
            self.__take(**kwargs)

    def __take(
        self, caller: Any = None, deduplicate: bool = True, override_parent: str | None = None
    ) -> None:
        self.caller = caller if deduplicate else None
        if override_parent is not None:
            self.__path = (*filter(None, override_parent.split("/")), self.name)

    def __enter__(self) -> name_scope:
        self.__around, before = names.get(), _named_by.get()
        same = before == (id(self.caller), self.__around) and self.__around[-1] == self.name
        if self.caller is not None and same:
            return self
        names.set(self.__path or (*self.__around, self.name))
        if self.caller is not None:
            _named_by.set((id(self.caller), names.get()))
        return self

    def __exit__(self, *exception: object) -> None:
        names.set(self.__around)


class SymbolicScope:
    """Mark code that runs on symbolic tensors only.

    Layers and ops tell KerasTensors from values by themselves and need no such scope; it is there for programs
    written for Keras. `SymbolicScope.is_on()` says whether one is entered, which code of your own may ask.

    Example:
        >>> import lamina
        >>> with lamina.SymbolicScope():
        ...     y = lamina.layers.Dense(2)(lamina.Input((3,)))
        >>> y.shape
        (None, 2)
    """

    __slots__ = ("__token",)

    @staticmethod
    def is_on() -> bool:
        """Say whether such a scope is entered."""
        return _symbolic.get()

    def __enter__(self) -> SymbolicScope:
        self.__token = _symbolic.set(True)
        return self

    def __exit__(self, *exception: object) -> None:
        _symbolic.reset(self.__token)


def path(name: str) -> str:
    """The path of something called `name` here, such as `"sequential/dense/kernel"`."""
    return "/".join((*names.get(), name))
