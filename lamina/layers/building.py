"""What a layer was built for: the shapes that `build` got, as data, so that files can build it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from lamina.layers.signatures import facts_of
from lamina.layers.weights import HoldsWeights

# What takes back the builds of the outermost one that is going on.
_restores: ContextVar[list[Callable[[], None]] | None] = ContextVar("restores", default=None)


@contextmanager
def whole_or_not_at_all(restore: Callable[[], None]) -> Iterator[None]:
    """Take back a layer's build by `restore`, and those of layers built within it, if what is done within fails."""
    outer, restores = _restores.get(), [restore]
    token = _restores.set(restores)
    try:
        yield
    except BaseException:
        for each in reversed(restores):
            each()
        raise
    else:
        if outer is not None:
            outer += restores
    finally:
        _restores.reset(token)


class RemembersShapes(HoldsWeights):
    """The part of `Layer` that tells what it was built for."""

    __slots__ = ("__built_for",)  # shapes, by the names of `build`'s arguments
    build: Callable[..., None]

    def __note_shapes__(self, args: tuple, kwargs: dict[str, Any]) -> None:
        """Keep what `build` is called with; of a call within a call the outer one counts."""
        if not self.__shapes():
            names = facts_of(type(self)).build_names
            self.__built_for = {**dict(zip(names, args, strict=False)), **kwargs}

    def __as_it_is__(self) -> Callable[[], None]:
        """Return a function that takes back what becomes of the layer from now on."""
        restore, shapes = super().__as_it_is__(), self.__shapes()

        def restore_all() -> None:
            restore()
            self.__built_for = shapes

        return restore_all

    def __shapes(self) -> dict[str, Any]:
        try:
            return self.__built_for
        except AttributeError:  # `build` was not called yet
            return {}

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shapes that the layer was built for, which is what `build_from_config` needs.

        Returns:
            `{"input_shape": shape}`, or `{"shapes_dict": {...}}` where `build` takes several; `None`
            before the layer is built, and for layers that need no building.

        Example:
            >>> import lamina
            >>> layer = lamina.layers.Dense(2)
            >>> layer.build((None, 3))
            >>> layer.get_build_config()
            {'input_shape': (None, 3)}
        """
        shapes = self.__shapes()
        if not self.built or not shapes:
            return None
        if len(shapes) == 1:
            return {"input_shape": next(iter(shapes.values()))}
        return {"shapes_dict": dict(shapes)}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build the layer for the shapes that `get_build_config` returned; override both together."""
        if "shapes_dict" in config:
            self.build(**{name: as_shape(shape) for name, shape in config["shapes_dict"].items()})
        elif config.get("input_shape") is not None:
            self.build(as_shape(config["input_shape"]))


def as_shape(data: Any) -> Any:
    """Return a shape, or a tree of shapes, that was written as data: innermost lists become tuples.

    Example:
        >>> as_shape({"a": [None, 3], "b": [[None, 4], [2]]})
        {'a': (None, 3), 'b': [(None, 4), (2,)]}
    """
    if isinstance(data, dict):
        return {name: as_shape(part) for name, part in data.items()}
    if isinstance(data, (list, tuple)):
        parts = [as_shape(part) for part in data]
        return parts if any(isinstance(x, (list, tuple, dict)) for x in parts) else tuple(parts)
    return data
