"""Writes docs/engines-table.md: what each installed engine offers of the contract.

    python -m tools.engines_table    # from the root of the checkout

It asks the engines; that they keep their word is what `lamina/testing/contract` tests.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path

from lamina.engine import current
from lamina.engine.contract import CAPABILITIES, Contract, Engine, capability_of, primitives

TABLE = Path(__file__).parent.parent / "docs" / "engines-table.md"
OFFERED, ON_VALUES, STAND_IN, ABSENT = "yes", "values", "stand-in", "–"
_BEGINNING = f"""# What each engine offers

`python -m tools.engines_table` wrote this page: it asked the engines, and the tests of the contract
(`python -m lamina.testing.contract`) hold them to it.

- *{OFFERED}*: the engine has it, everywhere.
- *{ON_VALUES}*: only where arrays have values. In a program, as `fit` and `predict` make them, it is refused by name;
  the reasons are at the end.
- *{STAND_IN}*: not the engine's own, but lamina does what it means (`compile` gives the function as it is).
- *{ABSENT}*: its use is an error that names it.
"""


def main() -> None:
    """Write the page."""
    TABLE.write_text(page(current.available()), "utf-8")


def page(names: Sequence[str]) -> str:
    """Return the page about these engines."""
    engines = [current.load(name).itself for name in names]
    parts = [_BEGINNING, *_groups(engines), *_capabilities(engines), *_each(engines)]
    return "\n".join([*parts, *_reasons(engines)]) + "\n"


def _heading(first: str, engines: Sequence[Engine]) -> Iterator[str]:
    yield f"| {first} | {' | '.join(engine.name for engine in engines)} |"
    yield "|---" * (len(engines) + 1) + "|"


def _groups(engines: Sequence[Engine]) -> Iterator[str]:
    yield "## Groups\n\nMembers that an engine offers everywhere, of those that there are.\n"
    yield from _heading("group", engines)
    totals = [0] * len(engines)
    count = 0
    for group, names in _members():
        offered = [sum(cell(e, name) == OFFERED for name in names) for e in engines]
        yield f"| {group} | {' | '.join(f'{n} of {len(names)}' for n in offered)} |"
        totals = [total + n for total, n in zip(totals, offered, strict=True)]
        count += len(names)
    yield f"| *all* | {' | '.join(f'{n} of {count}' for n in totals)} |\n"


def _capabilities(engines: Sequence[Engine]) -> Iterator[str]:
    yield "## Capabilities\n"
    yield from _heading("capability", engines)
    for capability, group in CAPABILITIES.items():
        cells = [OFFERED if capability in engine.capabilities else ABSENT for engine in engines]
        meaning = (inspect.getdoc(group) or "").partition("\n")[0].partition(". ")[0].rstrip(".")
        yield f"| `{capability}`: {meaning.lower()} | {' | '.join(cells)} |"
    yield ""


def _each(engines: Sequence[Engine]) -> Iterator[str]:
    yield "## Members\n"
    for group, names in _members():
        yield f"### {group}\n"
        yield from _heading("member", engines)
        for name in names:
            yield f"| `{name}` | {' | '.join(cell(engine, name) for engine in engines)} |"
        yield ""
    yield "### Native versions of ops (`overrides`)\n"
    yield from _heading("op", engines)
    for op in sorted({op for engine in engines for op in engine.overrides}):
        cells = [OFFERED if op in engine.overrides else ABSENT for engine in engines]
        yield f"| `{op}` | {' | '.join(cells)} |"
    yield ""


def _reasons(engines: Sequence[Engine]) -> Iterator[str]:
    for engine in engines:
        if engine.untraced:
            yield f"## What `{engine.name}` computes on values only\n"
            yield from (f"- `{name}`: {why}" for name, why in sorted(engine.untraced.items()))
            yield ""


def _members() -> Iterator[tuple[str, list[str]]]:
    """The groups that have members, `overrides` left out: that is a table of its own."""
    for group, names in primitives().items():
        if group != Contract.__name__ and names:
            yield group, names


def cell(engine: Engine, name: str) -> str:
    """Return what an engine says of one member of the contract."""
    if name in engine.untraced:
        return ON_VALUES
    capability = capability_of(name)
    if capability is None or capability in engine.capabilities:
        return OFFERED
    return STAND_IN if hasattr(engine, name) else ABSENT


if __name__ == "__main__":
    main()
