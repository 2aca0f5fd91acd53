"""Dtype policies: in which dtype layers keep weights, and in which they compute."""

from typing import Any

from lamina.absent import explain as _explain
from lamina.core import registry
from lamina.core.policy import (
    DTypePolicy as DTypePolicy,
    FloatDTypePolicy as FloatDTypePolicy,
    get as get,
    shelf as _shelf,
)
from lamina.core.policy_map import DTypePolicyMap as DTypePolicyMap

deserialize = _shelf.deserialize


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """Return the policy as data."""
    return registry.serialize(dtype_policy)


_explain(__name__)
