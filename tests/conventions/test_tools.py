"""What counting tools say of exported networks: the file of their answers, and the tools where they are installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from catalogue import architecture, networks, report
from conventions.measured import APART as APART_PATH
from conventions.measured import OPEN, PATH, Measured, Ready
from conventions.test_profiles import MINIMAL
from conventions.tools import APART, TOOLS, CannotRun, Count, Tool, versions
from effort import share
from layers.oracles import load_torch

import archcalc

SHELVES = {PATH: TOOLS, APART_PATH: APART}
FILES = {path: Measured.read(path) for path in SHELVES}
KNOWN = FILES[PATH]
BY_NAME = {tool.name: tool for shelf in SHELVES.values() for tool in shelf}
FILE_OF = {tool.name: FILES[path] for path, shelf in SHELVES.items() for tool in shelf}
AT_ONCE = 3
"""Networks that a run asks each tool about."""
SMALL = 60_000_000
"""Multiplications of a network that a test runs through."""


def small(tool: str) -> list[str]:
    """Networks that a tool counts and a test can run; its products say how long that takes."""
    return [
        name
        for name, answers in FILE_OF[tool].networks.items()
        if isinstance(answers.get(tool), int)
        and isinstance(total := KNOWN.networks.get(name, {}).get("FlopCounterMode-meta"), int)
        and total < 2 * SMALL
    ]


def installed(name: str) -> Tool:
    """A tool of the versions that were measured, or a visible skip."""
    load_torch()
    tool = BY_NAME[name]
    if tool.missing:
        pytest.skip(f"{', '.join(tool.missing)} is not installed")
    now, measured = versions([tool]), FILE_OF[name].versions
    for package in ("torch", *tool.packages):
        # What stands behind a `+` says which devices PyTorch was built for: all of them are measured on a processor.
        if now[package].partition("+")[0] != measured[package].partition("+")[0]:
            pytest.skip(f"{package} {measured[package]} was measured, and here is {now[package]}")
    return tool


def chain(*layers: str) -> Any:
    """A network in eval mode that reads 4×8×8."""
    load_torch()
    return archcalc.load(f"input: [4, 8, 8]\nlayers: [{', '.join(layers)}]").build_torch().eval()


def image() -> Any:
    return load_torch().zeros(1, 4, 8, 8)


def fake(ask: Callable[[Any, Sequence[Any]], Count]) -> Tool:
    return Tool("fake", ("torch",), "operations", "graph", ask)


@pytest.mark.parametrize("file", SHELVES, ids=lambda path: path.stem)
def test_the_file_is_what_would_be_written(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    FILES[file].write(path)
    assert path.read_bytes() == file.read_bytes()
    assert file.stat().st_size < 200_000


@pytest.mark.parametrize("file", SHELVES, ids=lambda path: path.stem)
def test_every_answer_is_of_a_network_and_a_tool_that_exist(file: Path) -> None:
    known = FILES[file]
    assert set(known.networks) <= set(networks())
    order = [tool.name for tool in SHELVES[file]]
    for name, answers in known.networks.items():
        assert list(answers) == sorted(answers, key=order.index), name
        for answer in answers.values():
            assert (type(answer) is int and answer >= 0) or str(answer).startswith("cannot run: ")
    packages = {"torch", *(package for tool in SHELVES[file] for package in tool.packages)}
    assert set(known.versions) == packages


@pytest.mark.parametrize(
    "name", share([name for name in KNOWN.networks if "FlopCounterMode-meta" in KNOWN.networks[name]])
)
def test_pytorch_counts_two_operations_for_every_multiplication(name: str) -> None:
    open_symbols = {name: OPEN for name, value in report(name).symbols.items() if not isinstance(value, int)}
    found = architecture(name).check(open_symbols) if open_symbols else report(name)
    assert KNOWN.networks[name]["FlopCounterMode-meta"] == 2 * found.totals.multiplications


@pytest.mark.parametrize("tool", BY_NAME)
def test_a_tool_gives_its_answer_again(tool: str) -> None:
    asked = installed(tool)
    taken = small(tool)
    assert taken, "there is none that is small enough to be asked about again"
    for name in share(taken, list(BY_NAME).index(tool), len(taken) // min(len(taken), AT_ONCE)):
        ready = Ready.of(name)
        device = "meta" if asked.reads == "meta" else "cpu"
        found = asked.count(ready.build(device), ready.inputs(device)).total
        assert found == FILE_OF[tool].networks[name][tool], name


@pytest.mark.parametrize(("tool", "answer", "text"), [case[1:] for case in MINIMAL])
def test_a_tool_has_its_fault_still(tool: str, answer: int, text: str) -> None:
    asked = installed(tool)
    torch = load_torch()
    architecture = archcalc.load(text + "\n")
    inputs = [
        torch.zeros(
            (int(shape.items), *map(int, shape.sizes)),
            dtype=torch.float32 if shape.integers is None else torch.int64,
        )
        for shape in (node.outputs[0].shape for node in architecture.check().graph.inputs)
    ]
    assert asked.count(architecture.build_torch().eval(), inputs).total == answer


@pytest.mark.parametrize("tool", share([*BY_NAME], shares=4))
def test_a_tool_says_nothing_and_leaves_pytorch_as_it_was(tool: str, capfd: Any, recwarn: Any) -> None:
    asked = installed(tool)
    torch = load_torch()
    places = (torch, torch.nn.functional, torch.Tensor)
    before = [dict(vars(place)) for place in places]
    module = chain("conv: [3, 1]", "relu", "flatten", "linear: 5")
    asked.count(module.to(asked.device), [image().to(asked.device)])
    for place, were in zip(places, before, strict=True):
        assert {name for name in were if vars(place).get(name) is not were[name]} == set()
    assert capfd.readouterr() == ("", "")
    assert [str(one.message) for one in recwarn] == []


def test_parts_add_up() -> None:
    for name in ("torchinfo", "fvcore", "thop", "torchlens"):
        tool = installed(name)
        module = chain("conv: [3, 1]", "batch_norm", "relu", "flatten", "linear: 5")
        found = tool.count(module.to(tool.device), [image().to(tool.device)])
        assert sum(found.parts.values()) == found.total > 0, name


def test_why_a_tool_cannot_run_is_told() -> None:
    with pytest.raises(CannotRun, match=r"^it asks where the first parameter lies, and there is none$"):
        installed("calflops").count(chain("relu"), [image()])


def test_an_error_of_a_tool_is_told_in_a_line() -> None:
    load_torch()

    def fails(module: Any, inputs: Sequence[Any]) -> Count:
        raise ValueError("the first line\nand more")

    with pytest.raises(CannotRun, match=r"^ValueError: the first line$"):
        fake(fails).count(chain("relu"), [image()])


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_what_is_not_computed_has_the_sizes_of_what_is(axes: int, transposed: bool, bias: bool) -> None:
    torch = load_torch()
    from conventions.uncomputed import Uncomputed

    kinds = {
        (1, False): torch.nn.Conv1d, (1, True): torch.nn.ConvTranspose1d,
        (2, False): torch.nn.Conv2d, (2, True): torch.nn.ConvTranspose2d,
    }  # fmt: skip
    x = torch.zeros(2, 4, *(11, 12)[:axes])
    for options in ({}, {"stride": 2, "padding": 1}, {"groups": 2, "dilation": 2}):
        module = kinds[axes, transposed](4, 6, 3, bias=bias, **options)
        expected = module(x)
        with Uncomputed():
            found = module(x)
        assert found.shape == expected.shape and found.requires_grad
        assert not found.any()


def test_products_of_matrices_are_not_computed() -> None:
    torch = load_torch()
    from conventions.uncomputed import Uncomputed

    a, b = torch.ones(2, 3, 4), torch.ones(2, 4, 5)
    calls = [
        lambda: a @ b,
        lambda: a[0] @ b[0],
        lambda: torch.baddbmm(torch.ones(2, 3, 5), a, b),
        lambda: torch.nn.functional.linear(a, torch.ones(5, 4), torch.ones(5)),
        lambda: torch.nn.functional.scaled_dot_product_attention(a, a, a),
    ]
    for call in calls:
        expected = call()
        with Uncomputed():
            found = call()
        assert found.shape == expected.shape


@pytest.mark.parametrize(
    ("tool", "answer"),
    [
        (lambda *_: Count(7), 7),
        (lambda *_: os._exit(3), "cannot run: its process died, within 14 GiB"),
        (lambda *_: [() for _ in count()], "cannot run: it takes more than 1 seconds"),
    ],
    ids=["answer", "death", "work without end"],
)
def test_a_tool_has_a_process_of_its_own(tool: Any, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    load_torch()
    from conventions import measure

    monkeypatch.setattr(measure, "SECONDS", 1)
    module = load_torch().nn.Identity()
    assert measure.asked(fake(tool), module, []) == answer


def test_another_version_makes_old_answers_void() -> None:
    load_torch()
    from conventions import measure

    tool = fake(lambda *_: Count(7))._replace(name="torchinfo")
    known = Measured({**versions([tool]), "torch": "0.1"}, {"lenet:1998": {"torchinfo": 5}, "gone": {"torchinfo": 5}})
    assert measure.current(known, [tool], [tool]).networks == {"lenet:1998": {}}
    same = Measured(versions([tool]), {"lenet:1998": {"torchinfo": 5}})
    assert measure.current(same, [tool], [tool]).networks == {"lenet:1998": {"torchinfo": 5}}
    with pytest.raises(SystemExit, match=r"^their versions have changed, and they are not asked: torchinfo$"):
        measure.current(known, [], [tool])
