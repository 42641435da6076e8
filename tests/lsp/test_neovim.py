"""Neovim, switched on as the documentation says, on specs of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import effort
import pytest

pytest.importorskip("pygls")

from catalogue import FILES, ROOT
from lsp.neovim import Neovim, Version, installed, neovim

_SHOWN = re.compile(r"^(?:From|In) (\d+)\.(\d+)\b[^\n]*:\n\n```lua\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGE = (ROOT / "docs" / "guides" / "editors.md").read_text(encoding="utf-8")
BLOCKS = {(int(major), int(minor)): block for major, minor, block in _SHOWN.findall(PAGE)}
"""What the page says to write into `init.lua`, by the first version for which it says so."""
LENSES = next(
    block for block in re.findall(r"^```lua\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL) if "codelens" in block
)

TEXT = """\
input: [1, 32, 32]
blocks:
  part(out):
    - conv: {out: out, kernel: 5}
    - tanh
layers:
  - {part: {out: 6}, as: c1}
  - {avg_pol: 2, as: s2}
  - flatten
  - {linear: 10, as: f}
expect: {parameters: 11926}
"""


def _matches() -> Iterator[tuple[Version, Version]]:
    """The Neovims at hand, each with the block of the page that is for it."""
    for version in installed():
        yield version, max(block for block in BLOCKS if block <= version)


pytestmark = pytest.mark.skipif(not installed(), reason="there is no Neovim")


@pytest.fixture(scope="module", params=_matches(), ids=lambda match: ".".join(map(str, match[0])))
def vim(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    version, block = request.param
    with neovim(installed()[version], tmp_path_factory.mktemp("neovim"), BLOCKS[block] + LENSES) as found:
        yield found


@pytest.fixture
def spec(vim: Neovim, tmp_path: Path) -> Path:
    """A file that is open, with two mistakes and a layer in a block."""
    path = tmp_path / "net.yaml"
    path.write_text(TEXT, encoding="utf-8")
    vim.open(path)
    return path


def test_findings_stand_at_their_lines_and_follow_what_is_typed(vim: Neovim, spec: Path) -> None:
    ((line, column, message),) = vim.findings
    assert (line, column) == (7, 5) and message.startswith("there is no layer or block `avg_pol`")
    vim.keys("8Gf{lcwavg_pool<Esc>7G0f6r7")
    vim.settle()
    ((line, _, message),) = vim.findings
    # 7 * 26 in c1, and 1,372 * 10 + 10.
    assert line == 10 and message.startswith("parameters: expected 11,926, but the network has 13,912")
    vim.keys("u")
    vim.settle()
    assert vim.findings == []
    # Brackets that nobody closed.
    vim.keys("10Gf}x")
    vim.settle()
    assert [line for line, *_ in vim.findings] == [9]


def test_a_repair_is_chosen_and_made(vim: Neovim, spec: Path) -> None:
    vim.keys("8G")
    vim.ask(
        "vim.ui.select = function(offered, _, chosen) "
        "for _, one in ipairs(offered) do "
        "local action = one.action or one[2] "
        "if action.title:find('avg_pool') then return chosen(one) end end end "
        "vim.lsp.buf.code_action() return 1"
    )
    vim.until("return vim.api.nvim_buf_get_lines(0, 7, 8, true)[1]:find('avg_pool')")
    assert vim.text == TEXT.replace("avg_pol:", "avg_pool:")
    vim.settle()
    assert vim.findings == []


def test_a_name_is_changed_everywhere(vim: Neovim, spec: Path) -> None:
    vim.keys("8Gf{lcwavg_pool<Esc>3Gw")
    vim.settle()
    vim.ask("vim.api.nvim_win_set_cursor(0, { 3, 3 }) vim.lsp.buf.rename('stage') return 1")
    vim.until("return vim.api.nvim_buf_get_lines(0, 6, 7, true)[1]:find('stage')")
    assert vim.text == TEXT.replace("part", "stage").replace("avg_pol:", "avg_pool:")


def test_the_shown_work_is_told_of_the_word_under_the_cursor(vim: Neovim, spec: Path) -> None:
    vim.keys("8Gf{lcwavg_pool<Esc>8Gf{l")
    vim.settle()
    vim.ask("vim.lsp.buf.hover() return 1")
    told = vim.until(
        "for _, window in ipairs(vim.api.nvim_list_wins()) do "
        "if vim.api.nvim_win_get_config(window).relative ~= '' then "
        "return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, true), '\\n') end end"
    )
    assert "(28 - 2 + 2·0)/2 + 1 = 14" in told and "Average pooling" in told, told
    vim.keys("j")


def test_what_can_be_typed_is_offered(vim: Neovim, spec: Path) -> None:
    vim.ask("vim.bo.omnifunc = 'v:lua.vim.lsp.omnifunc' return 1")
    vim.keys("4Gf}i, str<Esc>")
    vim.ask("vim.api.nvim_input('a<C-x><C-o>') return 1")
    offered = vim.until(
        "local found = vim.fn.complete_info({ 'items' }).items "
        "return #found > 0 and vim.tbl_map(function(one) return one.word end, found) "
        "or vim.api.nvim_buf_get_lines(0, 3, 4, true)[1]:find('stride') and { 'stride: ' }"
    )
    assert offered[0].strip(" :") == "stride"
    vim.ask("vim.api.nvim_input('<C-y><Esc>') return 1")
    vim.until("return vim.fn.mode() == 'n'")
    assert "    - conv: {out: out, kernel: 5, stride" in vim.text


def test_the_outline_is_a_list_to_jump_from(vim: Neovim, spec: Path) -> None:
    vim.ask("vim.lsp.buf.document_symbol() return 1")
    found = vim.until(
        "local found = vim.fn.getloclist(0) if #found == 0 then found = vim.fn.getqflist() end "
        "return #found > 0 and vim.tbl_map(function(one) return { one.lnum, one.text } end, found)"
    )
    vim.ask("vim.cmd('cclose | lclose') return 1")
    assert [line for line, text in found if text.endswith((" part(out)", " part"))] == [3]
    assert [line for line, text in found if re.search(r"\b(c1|s2|f)\b", text)] == [7, 8, 10]


def test_a_network_of_the_catalogue_is_walked_through(vim: Neovim) -> None:
    path = ROOT / "specs" / "resnet.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    vim.open(path)
    assert vim.errors == []
    # Above the variants stands what they come to; the click shows the numbers of another one.
    vim.ask("vim.api.nvim_exec_autocmds('BufEnter', { buffer = 0 }) return 1")
    titles = vim.until(
        "local found = vim.lsp.codelens.get(0) "
        "local told = {} for _, one in ipairs(found) do "
        "if not one.command then return false end table.insert(told, { one.range.start.line, one.command.title }) end "
        "return #told > 0 and told"
    )
    variant = next(number for number, line in enumerate(lines) if line.startswith("  resnet152:"))
    assert any(line == variant and "60,192,808 parameters" in title for line, title in titles)
    # From a call to the block.
    call = next(number for number, line in enumerate(lines) if "- unit: " in line)
    vim.ask("vim.api.nvim_win_set_cursor(0, { a[1], a[2] }) return 1", call + 1, lines[call].index("unit: "))
    vim.ask("vim.lsp.buf.definition() return 1")
    vim.until("return vim.api.nvim_get_current_line():find('  unit%(width') == 1")
    # A word that there is not.
    number = next(number for number, line in enumerate(lines) if "max_pool" in line)
    vim.keys(f"{number + 1}Gfxx")
    vim.settle()
    assert {line for line, *_ in vim.errors} == {number}


def test_shapes_stand_beside_the_lines(vim: Neovim, spec: Path) -> None:
    if vim.ask("return vim.lsp.inlay_hint == nil"):
        pytest.skip("Neovim has hints from 0.10 on")
    vim.keys("8Gf{lcwavg_pool<Esc>")
    vim.settle()
    hints = "return vim.tbl_map(function(one) return one.inlay_hint.label end, vim.lsp.inlay_hint.get({ bufnr = 0 }))"
    vim.until(f"local found = (function() {hints} end)() return vim.tbl_contains(found, '→ 6×14×14')")


@pytest.mark.parametrize(
    ("version", "block"),
    [(version, block) for version in installed() for block in BLOCKS if (0, 8) <= block < version],
)
def test_what_is_written_for_an_older_one_works_in_a_newer_one(
    version: Version, block: Version, tmp_path: Path
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(TEXT, encoding="utf-8")
    with neovim(installed()[version], tmp_path, BLOCKS[block]) as vim:
        vim.open(path)
        assert [line for line, *_ in vim.findings] == [7]


@pytest.mark.parametrize("path", effort.share(FILES, shares=20), ids=lambda path: path.stem)
def test_whatever_is_typed_the_findings_are_those_of_the_text(vim: Neovim, path: Path, tmp_path: Path) -> None:
    random = Random(path.stem)
    name = tmp_path / path.name
    name.write_bytes(path.read_bytes())
    vim.open(name)
    for turn in range(3):
        vim.keys("".join(_typed(random) for _ in range(6)))
        vim.settle()
        found = vim.findings
        fresh = tmp_path / f"{turn}.yaml"
        fresh.write_bytes(vim.text.encode())
        vim.open(fresh)
        assert found == vim.findings
        vim.ask("vim.cmd('silent buffer! ' .. vim.fn.fnameescape(a[1])) return 1", str(name))


def _typed(random: Random) -> str:
    """Something that people type in Vim: where, and what."""
    place = f"{random.randrange(1, 60)}G0{random.randrange(1, 50)}l"
    return place + random.choice(
        ["x", "3x", "dd", "ddp", "yyp", "J", "u", "<C-r>", "<C-a>", "<C-x>", ">>", "<lt><lt>", "I# <Esc>", "D", "."]
        + [f"i{text}<Esc>" for text in ("{", "]", ": ", "é", "𝒩", "'", " when: N > 3", "<CR>  - relu", "<Tab>", "7")]
    )
