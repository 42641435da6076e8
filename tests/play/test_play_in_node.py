"""Archcalc in WebAssembly says what the command line says, letter for letter."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import effort
import pytest
from cli.command import run
from play.built import BUILT, needs_built

import archcalc
from archcalc.catalogue import shipped

pytestmark = [
    pytest.mark.once,
    needs_built,
    pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js"),
]


def networks() -> list[tuple[str, str | None]]:
    """Every network of the catalogue."""
    return [(name, variant) for name in shipped() for variant in archcalc.load(name).variants or [None]]


def test_the_text_of_the_catalogue_is_that_of_the_command_line(tmp_path: Path) -> None:
    chosen = effort.share(networks(), shares=20)
    texts = {name: path.read_text(encoding="utf-8") for name, path in shipped().items()}
    messages = [
        json.dumps({"id": place, "kind": "terminal", "text": texts[name], "name": name, "variant": variant})
        for place, (name, variant) in enumerate(chosen)
    ]
    asked = tmp_path / "messages"
    asked.write_text("\n".join(messages), encoding="utf-8")
    program = Path(__file__).with_name("in_node.mjs")
    done = subprocess.run(
        ["node", str(program), str(BUILT / "site"), str(asked)],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in answers] == [*range(len(chosen))]
    for (name, variant), answer in zip(chosen, answers, strict=True):
        printed = run("check", name if variant is None else f"{name}:{variant}").stdout
        assert answer["result"] + "\n" == printed, f"{name}:{variant}"
