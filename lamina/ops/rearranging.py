"""`rearrange`: axes by name."""

from __future__ import annotations

import math
import re

from lamina.core.op import Tensor, engine, op

__all__ = ["rearrange"]

_PART = re.compile(r"\(([^()]*)\)|(\.\.\.)|(\w+)")


@op
def rearrange(tensor: Tensor, pattern: str, **axes_lengths: int) -> Tensor:
    """Split, permute and join the axes of `tensor` as `pattern` says.

    Args:
        pattern: the axes before and after, as in `"b (h w) c -> b h w c"`: a name per axis, those in
            parentheses being parts of one axis; `...` for all other axes, `1` for one of size 1.
        axes_lengths: sizes of names, where they do not follow.

    Raises:
        ValueError: the pattern cannot be read, names an axis once only, or does not fit the shape.

    Example:
        >>> x = np.arange(6).reshape(1, 6)
        >>> rearrange(x, "b (h w) -> b w h", h=2).tolist()
        [[[0, 3], [1, 4], [2, 5]]]
    """
    e = engine()
    before, after = _sides(pattern, len(e.shape(tensor)))
    source = [name for group in before for name in group]
    target = [name for group in after for name in group]
    if len(set(source)) < len(source) or sorted(source) != sorted(target):
        raise ValueError(
            f"ops.rearrange: each axis must be named once on either side of {pattern!r}; there are "
            f"{source} and {target}."
        )
    sizes = _sizes(pattern, before, e.shape(tensor), dict(axes_lengths))
    x = e.reshape(tensor, tuple(sizes[name] for name in source))
    x = e.transpose(x, tuple(source.index(name) for name in target))
    return e.reshape(x, tuple(math.prod(sizes[name] for name in group) for group in after))


def _sides(pattern: str, rank: int) -> tuple[list[list[str]], list[list[str]]]:
    """Return, for each axis before and after, the names that it is made of; `...` becomes names, too."""
    sides = pattern.split("->")
    if len(sides) != 2 or any(_PART.sub("", side).strip() for side in sides):
        raise ValueError(
            f"ops.rearrange: cannot read the pattern {pattern!r}; it must look like 'b (h w) c -> b c h w'."
        )
    before, after = ([match.groups() for match in _PART.finditer(side)] for side in sides)
    others = [f"...{i}" for i in range(rank - sum(dots is None for _, dots, _ in before))]
    return _groups(before, others), _groups(after, others)


def _groups(parts: list[tuple], others: list[str]) -> list[list[str]]:
    axes = []
    for group, dots, name in parts:
        if dots:
            axes += [[other] for other in others]
        elif group is not None:
            names = [n for n in group.split() if n != "1"]
            axes.append([n for name in names for n in (others if name == "..." else [name])])
        else:
            axes.append([] if name == "1" else [name])
    return axes


def _sizes(
    pattern: str, groups: list[list[str]], shape: tuple, lengths: dict[str, int]
) -> dict[str, int]:
    """Return the size of every name."""
    wrong = f"ops.rearrange: the pattern {pattern!r} does not fit the shape {tuple(shape)}"
    if len(groups) != len(shape):
        raise ValueError(f"{wrong}: it names {len(groups)} axes.")
    for group, size in zip(groups, shape, strict=True):
        open_names = [name for name in group if name not in lengths]
        rest = math.prod(lengths[name] for name in group if name in lengths)
        if len(open_names) > 1:
            raise ValueError(f"{wrong}: give the size of all but one of {open_names}.")
        if size % rest if open_names and rest else size != rest:
            raise ValueError(f"{wrong}: {group} with sizes {lengths} do not make {size}.")
        lengths |= dict.fromkeys(open_names, size // rest if rest else 0)
    return lengths
