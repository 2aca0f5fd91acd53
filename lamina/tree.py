"""Nested lists, tuples and dicts: flattening them, mapping over them."""

from lamina.core.tree import flatten as flatten
from lamina.core.tree import is_nested as is_nested
from lamina.core.tree import map_structure as map_structure
