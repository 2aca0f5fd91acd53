"""`Finding`: one likely mistake. A list of them is a report."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from lamina.core.tracebacks import warn


class Finding(NamedTuple):
    """A likely mistake: what and where it is, why it matters, and the fix.

    Attributes:
        kind: `"error"` (`fit` refuses), `"warning"` (`fit` warns), or `"hint"` (worth a look; only
            `model.preflight` tells it).
        where: an argument, an output or a layer.
    """

    kind: str
    where: str
    what: str
    why: str = ""
    fix: str = ""

    def __str__(self) -> str:
        """All but the kind, in one line."""
        return " ".join(filter(None, (self.where, self.what, self.why, self.fix)))


def error(where: str, what: str, why: str = "", fix: str = "") -> Finding:
    """A mistake for sure: `fit` raises before the first step."""
    return Finding("error", where, what, why, fix)


def warning(where: str, what: str, why: str = "", fix: str = "") -> Finding:
    """A mistake nearly for sure: `fit` warns and goes on."""
    return Finding("warning", where, what, why, fix)


def hint(where: str, what: str, why: str = "", fix: str = "") -> Finding:
    """Worth a look: `model.preflight` tells it, `fit` does not."""
    return Finding("hint", where, what, why, fix)


class Report(list):
    """Findings, errors first; printed, one a line.

    Attributes:
        overfit: what came of learning one batch; `None` unless it was plan for.
    """

    _ORDER = ("error", "warning", "hint")

    def __init__(self, findings: Iterable[Finding] = (), overfit: Any = None):
        super().__init__(sorted(findings, key=lambda found: self._ORDER.index(found.kind)))
        self.overfit = overfit

    def __str__(self) -> str:
        """A line for each finding."""
        lines = [f"{found.kind}: {found}" for found in self] or ["nothing found"]
        return "\n".join(lines if self.overfit is None else [*lines, str(self.overfit)])


class PreflightWarning(UserWarning):
    """What `fit` warns of before the first step; a category of its own, so that it can be filtered."""


def refuse(findings: Iterable[Finding]) -> None:
    """Raise one error that lists all errors among the findings, if there are any."""
    errors = [str(found) for found in findings if found.kind == "error"]
    if len(errors) == 1:
        raise ValueError(errors[0])
    if errors:
        listed = "\n".join(f"{i}. {text}" for i, text in enumerate(errors, 1))
        raise ValueError(f"There are {len(errors)} mistakes:\n{listed}")


def warn_of(findings: Iterable[Finding]) -> None:
    """Warn of each warning among the findings."""
    for found in findings:
        if found.kind == "warning":
            warn(str(found), PreflightWarning)
