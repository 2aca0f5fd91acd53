"""Dtype policies: in which dtype a layer keeps its variables, and in which it computes."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes, registry, settings
from lamina.core.op import holds_numbers, to_native
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import engine

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


class DTypePolicy:
    """A layer's dtypes.

    Args:
        name: a float dtype, for variables and computing alike, or `"mixed_float16"` or
            `"mixed_bfloat16"`: variables in float32, computing in the half-size dtype.

    Raises:
        ValueError: the name is neither a dtype nor a mixed policy.

    Example:
        >>> policy = DTypePolicy("mixed_bfloat16")
        >>> policy.variable_dtype, policy.compute_dtype
        ('float32', 'bfloat16')

    Source: Micikevicius et al. 2018, "Mixed precision training".
    """

    __load_schema__ = {"name": "dtype | None"}  # noqa: RUF012

    def __init__(self, name: str | None = None):
        name = name or settings.floatx()
        self.name = name
        if name in _MIXED:
            self.compute_dtype, self.variable_dtype = _MIXED[name], "float32"
        else:
            try:
                self.compute_dtype = self.variable_dtype = dtypes.standardize(name)
            except ValueError:
                raise ValueError(
                    f"There is no dtype policy named {name!r}. Choose from: "
                    f"{', '.join((*sorted(dtypes.FLOATS), *_MIXED))}."
                ) from None
        self.quantization_mode = None

    def convert_input(self, x: Any, autocast: bool, dtype: str) -> Any:
        """Return an array or symbolic tensor of floats in `dtype`, if `autocast`; anything else as it is."""
        if not autocast:
            return x
        if isinstance(x, KerasTensor):
            return KerasTensor(x.shape, dtype) if dtypes.is_float(x.dtype) else x
        if holds_numbers(x) or isinstance(x, engine().array_types):
            x = to_native(x)
            return engine().cast(x, dtype) if dtypes.is_float(engine().dtype(x)) else x
        return x

    def get_config(self) -> dict[str, Any]:
        """Return the policy's name."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> DTypePolicy:
        """Make the policy that `get_config` describes."""
        return registry.make(cls, config)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)


class FloatDTypePolicy(DTypePolicy):
    """Keras' older name of `DTypePolicy`, in files of its time.

    Example:
        >>> FloatDTypePolicy("mixed_float16").compute_dtype
        'float16'
    """


registry.ROOT.offer({"DTypePolicy": DTypePolicy, "FloatDTypePolicy": FloatDTypePolicy})
shelf = registry.Shelf(
    "dtype_policies",
    "dtype policy",
    {
        "DTypePolicy": DTypePolicy,
        "FloatDTypePolicy": FloatDTypePolicy,
        "Policy": DTypePolicy,
    },
)
_global: DTypePolicy | None = None
_by_name: dict[str, DTypePolicy] = {}


def dtype_policy() -> DTypePolicy:
    """Return the policy of layers without one of their own: `floatx`, or what `set_dtype_policy` chose."""
    if _global is not None:
        return _global
    return _by_name.get(settings.floatx()) or get(settings.floatx())


def set_dtype_policy(policy: str | DTypePolicy | None) -> None:
    """Choose the policy of layers made from now on; `None` goes back to `floatx`."""
    global _global
    _global = None if policy is None else get(policy)


def get(identifier: Any) -> DTypePolicy:
    """Return the policy for a policy, a name, a dtype, a configuration, or `None` (the global one)."""
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return shelf.get(identifier)
    name = identifier if isinstance(identifier, str) else dtypes.standardize(identifier)
    if name not in _by_name:
        _by_name[name] = DTypePolicy(name)
    return _by_name[name]
