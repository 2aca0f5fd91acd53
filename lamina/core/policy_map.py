"""`DTypePolicyMap`: which layer of a model has which dtype policy, by the layers' paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from lamina.core import policy, registry
from lamina.core.policy import DTypePolicy


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Dtype policies by the paths of layers, as the `dtype` of many layers at once.

    A layer's policy is that under its path, else under the only pattern that is found as the whole path,
    else the default. A layer looks it up when it is made, by its name, and when it is built, by its path.

    Args:
        default_policy: a policy or its name, for all other layers; `None` is the global policy at the
            time when it is needed.
        policy_map: a dict of paths, or regular expressions for paths, to policies.

    Raises:
        ValueError: `default_policy` is a map, a path is set twice, or two patterns fit a path.
        TypeError: `policy_map` is not a dict.

    Example:
        >>> import lamina
        >>> policies = lamina.dtype_policies.DTypePolicyMap("float32")
        >>> policies["encoder/.*"] = lamina.DTypePolicy("mixed_bfloat16")
        >>> policies["encoder/dense"].compute_dtype, policies["head"].compute_dtype
        ('bfloat16', 'float32')
    """

    __load_schema__ = {  # noqa: RUF012
        "default_policy": "dtype | dtype_policies | None",
        "policy_map": "patterns[dtype | dtype_policies] | None",
    }

    def __init__(self, default_policy: Any = None, policy_map: Any = None):
        if isinstance(default_policy, DTypePolicyMap):
            raise ValueError("DTypePolicyMap: `default_policy` must be one policy, not a map.")
        if policy_map is not None and not isinstance(policy_map, Mapping):
            raise TypeError(f"DTypePolicyMap: `policy_map` must be a dict, not {policy_map!r}.")
        self.__default = None if default_policy is None else policy.get(default_policy)
        self.__policies: dict[str, DTypePolicy] = {}
        self.__patterns: dict[str, re.Pattern] = {}  # each compiled once: there may be many
        self.update(policy_map or {})

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of layers that have none of their own here."""
        return policy.dtype_policy() if self.__default is None else self.__default

    @property
    def name(self) -> str:
        """`"map_"` and the name of the default policy."""
        return f"map_{self.default_policy.name}"

    @property
    def compute_dtype(self) -> str:
        """That of the default policy."""
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """That of the default policy."""
        return self.default_policy.variable_dtype

    @property
    def quantization_mode(self) -> None:
        """That of the default policy."""
        return self.default_policy.quantization_mode

    def __getitem__(self, key: str) -> DTypePolicy:
        """Return the policy for the path `key`."""
        if key in self.__policies:
            return self.__policies[key]
        fitting = [text for text, pattern in self.__patterns.items() if pattern.fullmatch(key)]
        if len(fitting) > 1:
            raise ValueError(f"The path {key!r} fits several patterns: {fitting}.")
        return self.__policies[fitting[0]] if fitting else self.default_policy

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self.__policies:
            raise ValueError(
                f"{key!r} has the policy {self.__policies[key]} already; delete it first."
            )
        self.__policies[key] = policy.get(value)
        self.__patterns[key] = re.compile(key)

    def __delitem__(self, key: str) -> None:
        del self.__policies[key], self.__patterns[key]

    def __contains__(self, key: object) -> bool:
        return key in self.__policies

    def __len__(self) -> int:
        return len(self.__policies)

    def __iter__(self) -> Iterator[str]:
        return iter(self.__policies)

    def get_config(self) -> dict[str, Any]:
        """Return the default's name, and the policies as data."""
        return {
            "default_policy": None if self.__default is None else self.__default.name,
            "policy_map": {path: registry.serialize(each) for path, each in self.items()},
        }

    def __repr__(self) -> str:
        names = {path: each.name for path, each in self.items()}
        return f"<DTypePolicyMap default_policy={self.default_policy.name}, {names}>"

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


policy.shelf.offer({"DTypePolicyMap": DTypePolicyMap})
