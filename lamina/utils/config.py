"""`Config`: values by name, read as attributes or entries, which can be frozen."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from typing import Any


class Config(MutableMapping):
    """Values by name, read and set as attributes or as entries: `config.rate` is `config["rate"]`.

    Args:
        kwargs: the first values.

    Raises:
        ValueError: a value is set or taken away while the object is frozen.
        AttributeError: an attribute is read that was not set; as an entry, it is a KeyError.

    Example:
        >>> import lamina
        >>> config = lamina.utils.Config(rate=0.1, layers=3)
        >>> config.layers += 1
        >>> config.freeze()
        >>> config.as_dict()
        {'rate': 0.1, 'layers': 4}
    """

    def __init__(self, **kwargs: Any):
        vars(self).update(_values=kwargs, _frozen=False)  # what is set as an attribute is a value

    @property
    def frozen(self) -> bool:
        """Whether values are refused."""
        return self._frozen

    def freeze(self) -> None:
        """Refuse changes from now on."""
        vars(self)["_frozen"] = True

    def unfreeze(self) -> None:
        """Allow changes again."""
        vars(self)["_frozen"] = False

    def as_dict(self) -> dict[str, Any]:
        """Return the values as a new dict."""
        return dict(self._values)

    def to_json(self) -> str:
        """Return the values as JSON."""
        return json.dumps(self._values)

    def get(self, keyname: str, value: Any = None) -> Any:
        """Return the value called `keyname`, or `value` if there is none."""
        return self._values.get(keyname, value)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._changeable(name)[name] = value

    def __delitem__(self, name: str) -> None:
        del self._changeable(name)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        if (
            name.startswith("_") or name not in self._values
        ):  # copies are asked before they have any
            raise AttributeError(f"This Config has no value called {name!r}.")
        return self._values[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(type(self), name):
            raise AttributeError(f"A Config has a {name!r} of its own; take another name.")
        self[name] = value

    def __delattr__(self, name: str) -> None:
        del self[name]

    def _changeable(self, name: str) -> dict[str, Any]:
        if self._frozen:
            raise ValueError(f"{name!r} cannot be changed, the Config is frozen; `unfreeze()` it.")
        return self._values

    def __repr__(self) -> str:
        return f"<Config {self._values}>"
