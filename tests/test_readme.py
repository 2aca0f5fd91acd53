"""Every block of Python in the README runs, in its order; the Korean one shows the same programs."""

from __future__ import annotations

import re
from pathlib import Path

import lamina

ROOT = Path(__file__).parent.parent


def _blocks(name: str) -> list[str]:
    return re.findall(
        r"^```python\n(.*?)^```$", (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def test_the_programs_run(tmp_path, monkeypatch, process_engine, capsys):
    monkeypatch.chdir(tmp_path)
    lamina.config.set_backend("jax")
    lamina.utils.set_random_seed(0)
    names: dict = {}
    blocks = _blocks("README.md")
    assert len(blocks) == 4
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"README.md, program {number}", "exec"), names)
    (_, accuracy) = names["model"].evaluate(names["x_test"] / 16, names["y_test"], verbose=0)
    assert accuracy > 0.9
    assert (tmp_path / "digits.weights.h5").is_file()
    assert re.search(
        r"^\[5 0 \d\]$", capsys.readouterr().out, re.MULTILINE
    )  # the third is a hard one


def test_both_languages_show_the_same_programs():
    def without_comments(block: str) -> list[str]:
        return [line.partition("  #")[0].rstrip() for line in block.splitlines()]

    korean, english = _blocks("README.ko.md"), _blocks("README.md")
    assert list(map(without_comments, korean)) == list(map(without_comments, english))


def test_links_within_the_repository_lead_somewhere():
    for name in ("README.md", "README.ko.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / name).read_text("utf-8")):
            assert (ROOT / target).exists(), f"{name}: {target}"
