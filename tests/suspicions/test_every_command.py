"""Numbers for another network than its author means come from no command without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc.cli import main

SPECS = {
    "AC322": "input: [N, 3, 32, 32]\nat: {N: 4}\nlayers: [conv: [8, 3]]\n",
    "AC323": "input: [N, 64, 3]\nat: {N: 64}\nlayers: [conv: [8, 3]]\n",
    "AC324": "input: [N, N]\nat: {N: 28}\nlayers: [conv: [8, 3]]\n",
    "AC325": "input: [3, N, N]\nat: {N: 34}\nlayers: [conv: [3, 16, 3]]\n",
    "AC326": "input: [3, N, N]\nat: {N: 33}\nlayers: [conv: [8, 3, 3]]\n",
}
COMMANDS = [
    ["check"],
    ["sizes"],
    ["explain"],
    ["draw"],
    ["export"],
    ["solve", "--for", "N", "--where", "parameters <= 100k"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("code", SPECS)
def test_a_suspicion_is_told(code: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPECS[code])
    assert main([command[0], str(path), *command[1:]]) == 0
    told = capsys.readouterr()
    assert f"warning[{code}]" in (told.out if command == ["check"] else told.err)
    path.write_text(
        SPECS[code]
        .replace("]\nat", f"]   # archcalc: ignore[{code}]\nat")
        .replace("3]]\n", f"3]]   # archcalc: ignore[{code}]\n")
    )
    assert main([command[0], str(path), *command[1:]]) == 0
    told = capsys.readouterr()
    assert code not in "".join(line for line in (told.out + told.err).splitlines() if line.startswith("warning[AC32"))
