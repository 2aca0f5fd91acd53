"""Files from the Hub, and files to it, through the package `huggingface_hub`."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lamina import home
from lamina.core import optional
from lamina.core.file_errors import FormatError, PolicyError, quoted
from lamina.core.replacing import replacing
from lamina.saving.archive import ArchiveWriter, in_model
from lamina.saving.hub.address import PLAIN, Address, address_of
from lamina.saving.hub.card import DEFAULT, check_license, merged, model_card

WHOLE = (".keras", ".safetensors", ".safetensors.index.json", ".h5")
"""Endings of files of whole models, the best first."""
WEIGHTS = (
    *(".weights.h5", ".safetensors", ".weights.json", ".safetensors.index.json"),
    *(".npz", ".keras", ".h5"),
)
"""Endings of files that hold weights, the best first."""
# An index of several files, and how the names of these go on behind the same beginning.
_SETS = {
    ".weights.json": r"_\d{5}\.weights\.h5",
    ".safetensors.index.json": r"-\d{5}-of-\d{5}\.safetensors",
}
_PART = re.compile(rf".*(?:{'|'.join(_SETS.values())})", re.ASCII)
_SHOWN = 10  # names in a message
_AT_ONCE = 2**20  # bytes
_TRANSPORTS = (
    "httpx",
    "httpx2",
    "httpcore",
    "requests",
)  # of different versions of huggingface_hub


def local_path(filepath: Any, suffixes: Sequence[str] = WHOLE) -> Any:
    """Return the path of a file that `filepath` means, after downloading it if it is on the Hub.

    Hugging Face's cache keeps it, so that it is not downloaded twice. No other file of the repository is
    asked for, but those that belong to an index of several files; they are told by their names.

    Args:
        filepath: an address of the Hub; anything else comes back as it is.
        suffixes: of files to choose from if the address does not name one, the best first.

    Raises:
        PolicyError: an address of something else than the Hub, or a file of a kind that is not read.
        FileNotFoundError: there is no such repository, revision or file.
        OSError: the Hub cannot be reached, or does not let you.
        ImportError: `huggingface_hub` is not installed; it comes with the extra `hub`.
    """
    address = address_of(filepath)
    if address is None:
        return filepath
    file = address.file
    if file is not None:
        _refuse_other_kinds(address, file, suffixes)
    with _explained(address):
        if file is not None and not file.endswith(tuple(_SETS)):
            return _downloaded(address.repository, file, address.revision)
        info = _api().model_info(address.repository, revision=address.revision)
        # What the Hub answers is from others, too: a name that is not a plain path is not there.
        names = [x.rfilename for x in info.siblings or [] if PLAIN.fullmatch(x.rfilename)]
        if file is None and suffixes[0] == ".keras" and _in_members(names):
            return _packed(address, names, info.sha)
        file = file or _chosen(address, names, suffixes)
        parts = _parts_of(file, names)
        if not parts:
            return _downloaded(address.repository, file, info.sha)
        # Readers of sets follow no links, and the cache is full of them: these files lie by themselves.
        folder = _folder(address, info.sha)
        for name in parts:
            _downloaded(address.repository, name, info.sha, folder)
        return _downloaded(address.repository, file, info.sha, folder)


@contextmanager
def uploading(
    filepath: Any,
    model: Any,
    overwrite: bool = True,
    default: str = DEFAULT,
    license: str = "unknown",
    private: bool | None = None,
) -> Iterator[Any]:
    """Give a path to write to; what is there afterwards goes to the Hub, if `filepath` is an address.

    The repository is made if it is not there. A model card (`README.md`) goes along: a new one, or a new
    part between lamina's marks in the one that is there; a card without the marks stays as it is.

    Args:
        filepath: an address of the Hub; anything else is the path to write to.
        model: told of in the card.
        overwrite: whether a file that is there may be replaced.
        default: the file's name, if the address does not say.
        license: the Hub's name of a licence, such as `"apache-2.0"`.
        private: whether a new repository is hidden from others; `None` leaves it to the account's setting.

    Raises:
        FileExistsError: the file is there, and `overwrite` is false.
        OSError: the Hub cannot be reached, or does not let you.
        ImportError: `huggingface_hub` is not installed; it comes with the extra `hub`.
    """
    address = address_of(filepath)
    if address is None:
        yield filepath
        return
    check_license(license)
    file = address.file or default
    api = _api()
    with _explained(address):
        api.create_repo(address.repository, private=private, exist_ok=True)
        if address.revision is not None:
            api.create_branch(address.repository, branch=address.revision, exist_ok=True)
        there = api.model_info(address.repository, revision=address.revision).siblings or []
        names = {sibling.rfilename for sibling in there}
    if file in names and not overwrite:
        raise FileExistsError(
            f"{address} has {file!r} already, and `overwrite` is False. "
            "Take another name, or pass overwrite=True."
        )
    with tempfile.TemporaryDirectory(prefix="lamina-hub-") as folder:
        local = Path(folder, *file.split("/"))
        local.parent.mkdir(parents=True, exist_ok=True)
        yield local
        # The default name is found without being said.
        card = model_card(
            model,
            address if file != default else Address(address.repository, address.revision),
            license,
            weights=".weights." in file,
        )
        with _explained(address):
            if "README.md" in names:
                old = _downloaded(address.repository, "README.md", address.revision)
                card = merged(Path(old).read_text("utf-8"), card)
            _commit(api, address, Path(folder), card)


def _commit(api: Any, address: Address, folder: Path, card: str) -> None:
    add = optional.load("huggingface_hub", "hub", "hf://").CommitOperationAdd
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    operations = [add(path.relative_to(folder).as_posix(), path) for path in files]
    operations.append(add("README.md", card.encode()))
    api.create_commit(
        address.repository,
        operations,
        commit_message=f"Upload {operations[0].path_in_repo} with lamina",
        revision=address.revision,
    )


def _api() -> Any:
    # The environment is read now: the package itself reads it when it is imported.
    hub = optional.load("huggingface_hub", "hub", "An address hf://... of a model")
    return hub.HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, library_name="lamina")


def _cache() -> Path:
    constants = optional.load("huggingface_hub.constants", "hub", "An address hf://... of a model")
    return Path(os.environ.get("HF_HUB_CACHE") or constants.HF_HUB_CACHE).expanduser()


def _downloaded(
    repository: str, file: str, revision: str | None, folder: Path | None = None
) -> Path:
    """Return the path of a file in Hugging Face's cache, or in a folder of its own.

    In the cache it is a link, as the cache makes them; whoever opens the path follows it, once.

    Raises:
        FormatError: the link leads out of the cache.
    """
    hub = optional.load("huggingface_hub", "hub", "An address hf://... of a model")
    cache = _cache()
    path = Path(
        hub.hf_hub_download(
            repository,
            file,
            revision=revision,
            cache_dir=cache,
            local_dir=folder,
            endpoint=os.environ.get("HF_ENDPOINT") or None,
            library_name="lamina",
        )
    )
    if not path.resolve().is_relative_to((folder or cache).resolve()):
        raise FormatError(f"{path} leads out of the cache ({folder or cache}). Remove it there.")
    return path


def _folder(address: Address, commit: str) -> Path:
    """Return lamina's own folder for files of a commit: Hugging Face's tools expect none of ours in theirs."""
    if not re.fullmatch("[0-9a-f]{40,64}", commit or "", re.ASCII):
        raise FormatError(f"{address}: the Hub calls a commit {quoted(commit)}.")
    return home.folder() / "hub" / address.repository.replace("/", "--") / commit


def _in_members(names: list[str]) -> bool:
    """Tell whether a model is there as Keras uploads it: the members of a `.keras` file, one by one."""
    whole = any("/" not in name and name.endswith(".keras") for name in names)
    return not whole and {"config.json", "model.weights.h5"} <= set(names)


def _packed(address: Address, names: list[str], commit: str) -> Path:
    """Return the path of a `.keras` file of the members that the Hub has one by one."""
    path = _folder(address, commit) / DEFAULT
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part, part.open("r+b") as file, ArchiveWriter(file) as archive:
            for name in filter(in_model, names):
                member = _downloaded(address.repository, name, commit)
                with archive.member(name) as to, member.open("rb") as own:
                    shutil.copyfileobj(own, to, _AT_ONCE)
    return path


def _parts_of(file: str, names: list[str]) -> list[str]:
    """Return the names of the files that belong to an index, by the names that there are."""
    for index, part in _SETS.items():
        if file.endswith(index):
            pattern = re.compile(re.escape(file.removesuffix(index)) + part, re.ASCII)
            return [name for name in names if pattern.fullmatch(name)]
    return []


def _chosen(address: Address, names: list[str], suffixes: Sequence[str]) -> str:
    """Return the file to load: of the best kind that is there, called `model...` if there are several."""
    top = [name for name in names if "/" not in name and not _PART.fullmatch(name)]
    for suffix in suffixes:
        of_kind = [name for name in top if name.endswith(suffix) and _is_of(name, suffixes)]
        if len(of_kind) > 1:
            names, of_kind = of_kind, [name for name in of_kind if name == f"model{suffix}"]
            if not of_kind:
                raise FileNotFoundError(
                    f"{address} has several files to load: {_listed(names)}. "
                    f"Say which: {address}/... with the name behind it."
                )
        if of_kind:
            return of_kind[0]
    raise FileNotFoundError(
        f"{address} has no file that lamina could load ({', '.join(suffixes)}). "
        f"It has {_listed(names) or 'no files'}."
    )


def _is_of(name: str, suffixes: Sequence[str]) -> bool:
    """Tell whether a name's longest ending is among those to choose from: `.weights.h5` is not `.h5`."""
    return ".weights." not in name or any(name.endswith(s) for s in suffixes if ".weights." in s)


def _refuse_other_kinds(address: Address, file: str, suffixes: Sequence[str]) -> None:
    if not file.endswith(tuple(suffixes)) or not _is_of(file, suffixes):
        raise PolicyError(
            f"{address} is not of a kind that lamina loads ({', '.join(suffixes)}); nothing was downloaded."
        )


def _listed(names: list[str], suffix: str = "") -> str:
    shown = [quoted(name) for name in names if name.endswith(suffix)]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more


@contextmanager
def _explained(address: Address) -> Iterator[None]:
    """Say what is wrong with an address in one sentence, instead of a library's words."""
    errors = optional.load("huggingface_hub.errors", "hub", "An address hf://... of a model")
    try:
        yield
    except errors.GatedRepoError as error:
        raise PermissionError(
            f"{address}: its owner lets in only those who ask. Ask on its page, then log in with: hf auth login"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise FileNotFoundError(
            f"{address}: the Hub has no such repository, or it is private. If it is yours, log in with: hf auth login"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise FileNotFoundError(
            f"{address}: the repository has no revision {address.revision!r}."
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise ConnectionError(
            f"{address}: the Hub cannot be reached, and the file is not in the cache of this machine."
        ) from error
    except errors.EntryNotFoundError as error:
        raise FileNotFoundError(f"{address}: the repository has no such file.") from error
    except errors.HfHubHTTPError as error:
        if getattr(error.response, "status_code", None) in (401, 403):
            raise PermissionError(
                f"{address}: the Hub does not let you. Log in with: hf auth login"
            ) from error
        raise OSError(f"{address}: the Hub refuses: {quoted(str(error))}") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _TRANSPORTS:
            raise
        raise ConnectionError(
            f"{address}: the Hub cannot be reached: {quoted(str(error))}"
        ) from error
