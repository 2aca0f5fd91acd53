"""Dtype policies: in which dtype layers keep weights, and in which they compute."""

from typing import Any

from lamina.core import registry
from lamina.core.policy import DTypePolicy as DTypePolicy, get as get

_shelf = registry.Shelf("dtype_policies", "dtype policy", {"DTypePolicy": DTypePolicy})


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The policy as data."""
    return registry.serialize(dtype_policy)


def deserialize(
    config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> DTypePolicy:
    """The policy that `config` describes."""
    return _shelf.deserialize(config, custom_objects)
