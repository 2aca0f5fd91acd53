"""The card of a model: the `README.md` that the Hub shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lamina import __version__
from lamina.core import screen
from lamina.core.shown import printable
from lamina.saving.hub.address import Address
from lamina.saving.settings_texts import compile_texts
from lamina.training.summary import print_summary

_BEGIN, _END = "<!-- lamina: begin -->", "<!-- lamina: end -->"
DEFAULT = "model.keras"
"""What a model is called in a repository, if its address does not say."""
_LICENSE = re.compile(r"[a-z0-9][a-z0-9.-]*")


def model_card(
    model: Any, address: Address, license: str = "unknown", weights: bool = False
) -> str:
    """Return the text of a model's card: how to use it, its layers, how it was compiled and trained.

    Args:
        model: a built model.
        address: where it will be.
        license: the Hub's name of a licence.
        weights: whether the file holds weights only.

    Raises:
        ValueError: a licence's name has other signs than small letters, digits, dots and hyphens.

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,), name="out")])
        >>> card = model_card(model, Address("me/digits"), license="mit")
        >>> card.splitlines()[:3]
        ['---', 'library_name: lamina', 'license: mit']
    """
    check_license(license)
    head = ["---", f"library_name: lamina\nlicense: {license}", "tags:\n- keras\n- lamina", "---"]
    name = address.repository.rpartition("/")[2]
    return "\n".join(
        [*head, "", f"# {name}", "", _BEGIN, "", *_parts(model, address, weights), "", _END, ""]
    )


def check_license(license: str) -> None:
    """Raise ValueError if that is not a name as the Hub has them for licences."""
    if not isinstance(license, str) or not _LICENSE.fullmatch(license):
        raise ValueError(
            f"`license` must be a name as the Hub has them ('mit', 'apache-2.0', ...), not {license!r}."
        )


def merged(old: str, card: str) -> str:
    """Return the card `old` with the part between lamina's marks as in `card`.

    A card without the marks is somebody's own words, and comes back as it is.

    Example:
        >>> begin, end = "<!-- lamina: begin -->", "<!-- lamina: end -->"
        >>> merged(f"mine {begin}old{end} mine", f"--- {begin}new{end}")
        'mine <!-- lamina: begin -->new<!-- lamina: end --> mine'
        >>> merged("all mine", f"{begin}new{end}")
        'all mine'
    """
    before, begin, rest = old.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        return old
    new = card.partition(_BEGIN)[2].partition(_END)[0]
    return f"{before}{_BEGIN}{new}{_END}{after}"


def _parts(model: Any, address: Address, weights: bool) -> list[str]:
    text: list[str] = []
    print_summary(model, print_fn=text.append)
    load = (
        f'model = ...  # built as described below\nmodel.load_weights("{address}")'
        if weights
        else f'import lamina\n\nmodel = lamina.saving.load_model("{address}")'
    )
    if not weights and (address.file or ".keras").endswith(".keras"):
        revision = f', revision="{address.revision}"' if address.revision else ""
        load += (
            "\n\n# or in Keras 3:\nfrom huggingface_hub import hf_hub_download\n"
            f'file = hf_hub_download("{address.repository}", "{address.file or DEFAULT}"{revision})\n'
            "model = keras.saving.load_model(file)"
        )
    parts = [
        f"A model ({type(model).__name__}) saved by lamina {__version__}.",
        f"## How to use it\n\n{_fenced(load, 'python')}",
        f"## Layers\n\n{_fenced(text[0].rstrip())}",
    ]
    compiled = getattr(model, "get_compile_config", lambda: None)()
    if compiled:
        lines = [f"- {what}: {text}" for what, text in compile_texts(compiled).items()]
        parts.append("## How it was compiled\n\n" + "\n".join(map(_plain, lines)))
    history = getattr(getattr(model, "history", None), "history", None)
    if history:
        parts.append(f"## How it was trained\n\n{_training(history)}")
    return "\n\n".join(parts).split("\n")


def _training(history: Mapping[str, Sequence[Any]]) -> str:
    epochs = max(map(len, history.values()))
    rows = [f"| {_plain(name)} | {screen.number(values[-1])} |" for name, values in history.items()]
    return "\n".join(
        [
            f"Epochs: {epochs}. The logs after the last one:",
            "",
            "| log | value |",
            "|---|---|",
            *rows,
        ]
    )


def _fenced(text: str, language: str = "") -> str:
    """Put text into a block of code that nothing in it can end."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _plain(text: str) -> str:
    """Write out what Markdown and HTML would obey."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", printable(text))
