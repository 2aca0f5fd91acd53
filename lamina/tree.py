"""Nested lists, tuples and dicts: flattening them, mapping over them."""

from lamina.core.tree import (
    flatten as flatten,
    is_nested as is_nested,
    map_structure as map_structure,
)
