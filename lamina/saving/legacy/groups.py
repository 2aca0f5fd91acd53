"""The groups of legacy `.h5` files: a list of names of layers, and for each of them a list of weights.

Lists of names lie in attributes; one too long for an object's header is written in pieces, as
`layer_names0`, `layer_names1`, ....
"""

from __future__ import annotations

from collections.abc import Iterator

from lamina.core.file_errors import FormatError, LimitError, quoted
from lamina.saving.stores.hdf5 import Group
from lamina.saving.stores.tree import Folder, Tensor

_PIECES = 10_000


def names_in(group: Group, attribute: str) -> list[str] | None:
    """Return the list of names in `attribute`, `None` if there is none.

    Raises:
        FormatError: it is not a list of texts, or a name comes twice.
        LimitError: it is written in too many pieces.
    """
    whole = group.text(attribute)
    if whole is not None:
        return _unique(_list(whole, group, attribute), group, attribute)
    pieces = sorted(
        int(number)
        for name in group.text_names()
        if (number := name.removeprefix(attribute)) != name and number.isdecimal()
    )
    if not pieces:
        return None
    if len(pieces) > _PIECES:
        raise LimitError(f"{attribute} is written in more than {_PIECES} pieces.")
    if pieces != list(range(len(pieces))):
        raise FormatError(f"{quoted(group.path)}: a piece of {attribute} is missing.")
    names = [
        name
        for piece in pieces
        for name in _list(group.text(f"{attribute}{piece}") or [], group, attribute)
    ]
    return _unique(names, group, attribute)


def _list(value: str | list[str], group: Group, attribute: str) -> list[str]:
    if isinstance(value, str):
        raise FormatError(f"{quoted(group.path)}: {attribute} holds one text; it is to be a list.")
    return value


def _unique(names: list[str], group: Group, attribute: str) -> list[str]:
    if len(set(names)) < len(names):
        raise FormatError(f"{quoted(group.path)}: {attribute} names something twice.")
    return names


def subgroup(group: Group, name: str, what: str) -> Group:
    """Return the group `name`, which must be there.

    Args:
        what: the list that names it, for messages.
    """
    inner = group.folder(name) if _is_component(name) else None
    if not isinstance(inner, Group):
        raise FormatError(
            f"{what} names {quoted(name)}, which is not a group in {quoted(group.path)}."
        )
    return inner


def tensors_in(group: Group) -> dict[str, Tensor]:
    """Return the weights that `weight_names` lists, by name; a name is a way within the group.

    Raises:
        FormatError: a name leads nowhere, out of the group, or to what is not a tensor; or a tensor lies in the
            group that no name leads to.
    """
    names = names_in(group, "weight_names")
    if names is None:
        raise FormatError(f"{quoted(group.path)} has no list of weights, `weight_names`.")
    tensors = {name: _at(group, name) for name in names}
    listed = {tensor.path for tensor in tensors.values()}
    for path in _all_tensors(group):
        if path not in listed:
            raise FormatError(f"{quoted(path)} is not in weight_names of {quoted(group.path)}.")
    return tensors


def _at(group: Group, name: str) -> Tensor:
    what = f"weight_names of {quoted(group.path)}"
    *way, last = name.split("/")
    for part in way:
        group = subgroup(group, part, what)
    if not _is_component(last):
        raise FormatError(f"{what} has {quoted(name)}, which is not a name.")
    return group.tensor(last)


def _all_tensors(group: Group) -> Iterator[str]:
    """Give the paths of all tensors within a group."""
    waiting: list[Folder | Tensor] = [group]
    while waiting:
        member = waiting.pop()
        if isinstance(member, Tensor):
            yield member.path
        else:
            waiting += [member.open(name) for name in member.names(len(member))]


def _is_component(name: str) -> bool:
    return name not in ("", ".", "..") and "/" not in name and "\0" not in name
