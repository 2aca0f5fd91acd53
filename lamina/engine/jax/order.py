"""Dicts in the order in which they were written: JAX itself sorts them by key."""

import jax
import optree


class _Packed:
    """The result of a function on its way out of a program of JAX's: leaves, and where they belong."""

    __slots__ = ("leaves", "structure")

    def __init__(self, structure, leaves):
        self.structure, self.leaves = structure, leaves


jax.tree_util.register_pytree_node(
    _Packed, lambda packed: (packed.leaves, packed.structure), _Packed
)


def packed(fn):
    """Decorate `fn`: its result is packed if the order of a dict in it would be lost otherwise."""

    def call(*args):
        result = fn(*args)
        return _Packed(*optree.tree_flatten(result)[::-1]) if _has_unsorted(result) else result

    return call


def unpacked(result):
    """Return the tree that `packed` packed."""
    if type(result) is not _Packed:
        return result
    return optree.tree_unflatten(result.structure, result.leaves)


def jit(fn, options=None):
    """Compile `fn` as `jax.jit` does, with the dicts of the result in their order; `options` are XLA's."""
    compiled = jax.jit(packed(fn), **({"compiler_options": options} if options else {}))
    return lambda *args: unpacked(compiled(*args))


def _has_unsorted(tree):
    if isinstance(tree, (list, tuple)):
        return any(map(_has_unsorted, tree))
    if not isinstance(tree, dict):
        return False
    return list(tree) != sorted(tree) or any(map(_has_unsorted, tree.values()))


def as_written(tree, like):
    """Return `tree` with its dicts in the order of those of `like`, which has the same structure."""
    if type(tree) is dict:
        return {key: as_written(tree[key], value) for key, value in like.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*map(as_written, tree, like))
    return type(tree)(map(as_written, tree, like)) if type(tree) in (list, tuple) else tree
