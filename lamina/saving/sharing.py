"""`share_model`: a model on the Hugging Face Hub, with all that its card and its repository need."""

from __future__ import annotations

from typing import Any

from lamina.saving import hub
from lamina.saving.model_files import save_model


def share_model(
    model: Any,
    address: str,
    license: str = "unknown",
    private: bool | None = None,
    overwrite: bool = True,
) -> None:
    """Put a model on the Hugging Face Hub, with a card; `model.save(address)` does so with the usual settings.

    Args:
        model: any model.
        address: `hf://user/repository`, and behind it `@revision`, `/file`, or both.
        license: under which others may use it, as the Hub calls it: `"mit"`, `"apache-2.0"`, ...
        private: whether a new repository is hidden from others; `None` leaves it to the account's setting.
        overwrite: whether a file that is there may be replaced.

    Raises:
        ValueError: that is not an address of the Hub, or not the name of a licence.
        FileExistsError: the file is there, and `overwrite` is false.
        OSError: the Hub cannot be reached, or does not let you.
        ImportError: `huggingface_hub` is not installed; it comes with the extra `hub`.

    Example:
        >>> import lamina
        >>> lamina.saving.share_model(lamina.Sequential(), "digits.keras")
        Traceback (most recent call last):
        ...
        ValueError: share_model: 'digits.keras' is not an address of the Hub, hf://user/repository.
    """
    if hub.address_of(address) is None:
        raise ValueError(
            f"share_model: {address!r} is not an address of the Hub, hf://user/repository."
        )
    with hub.uploading(address, model, overwrite, license=license, private=private) as path:
        save_model(model, path)
