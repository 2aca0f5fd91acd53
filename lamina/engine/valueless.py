"""Arrays that have no value yet: those of programs that engines write down."""

from __future__ import annotations

from typing import Any


class NoValueError(TypeError):
    """The value of an array was asked for that has none while a program is made."""


class Valueless:
    """An array of a program, of which shape and dtype are known; `ops.operators` gives it its operators."""

    __slots__ = ()
    __array_ufunc__ = None  # NumPy's arrays leave operators to this class
    shape: tuple[int, ...]
    dtype: Any

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))  # type: ignore[index]

    def __repr__(self) -> str:
        return f"<{self.dtype}{list(self.shape)} of a program>"

    def __no_value__(self, *args: Any, **named: Any) -> Any:
        raise NoValueError(
            f"An array {self.dtype}{list(self.shape)} has no value while a program is made. NumPy, float(), int() and "
            "`if` take no such arrays: use lamina.ops instead (ops.where for `if`)."
        )

    __array__ = __bool__ = __int__ = __float__ = __index__ = numpy = item = __no_value__
