"""A plugin of pytest that makes tests of specs: `pytest --archcalc specs/`.

It stands beside the package, so that pytest, which loads the plugins of everything that is installed, imports nothing
of archcalc in a run that does not ask for it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from archcalc import Architecture, Diagnostic, Report
    from archcalc.configuration.discovery import Configurations
    from archcalc.demands import Demands
    from archcalc.source import SourceFile

_SUFFIXES = (".yaml", ".yml", ".json")
_WORDS = (b"layers", b"variants", b"input")
"""Of these the text of a spec has one; a file without any is none of ours, and need not be read by archcalc."""


class SpecWarning(UserWarning):
    """A warning about a network that is ok."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare --archcalc."""
    parser.getgroup("archcalc").addoption(
        "--archcalc",
        action="store_true",
        help="make a test of every network of the specs (.yaml, .yml, .json) in the files and folders that are named",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker that the tests have."""
    config.addinivalue_line("markers", "archcalc: a network that a spec declares (made by pytest --archcalc)")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SpecFile | None:
    """The tests of a spec. A file that was named is one; in a folder, those are that read like one."""
    if not parent.config.option.archcalc or file_path.suffix.lower() not in _SUFFIXES:
        return None
    is_named = parent.session.isinitpath(file_path)
    if not is_named and not any(word in file_path.read_bytes() for word in _WORDS):
        return None
    found: SpecFile = SpecFile.from_parent(parent, path=file_path, is_named=is_named)
    return found


class SpecFile(pytest.File):
    """A spec: a test for its network, or for each of its variants."""

    def __init__(self, *, is_named: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.is_named = is_named
        self.told: set[Any] = set()
        """Warnings of its networks that were told: variants often have the same."""

    def collect(self) -> Iterator[Network]:
        """The networks of the file, but of one that its project leaves out. Raises: CollectError."""
        from archcalc.api.architecture import Architecture, is_meant, variants

        configuration = _configurations(self.config).of_file(self.path)
        if configuration is not None and not configuration.is_sound:
            raise self.CollectError(_rendered(configuration.file, configuration.diagnostics))
        if configuration is not None and configuration.excludes(self.path) and not self.is_named:
            return
        data = self.path.read_bytes()
        spec = Architecture.from_bytes(data, self._name)
        if not self.is_named and not is_meant(spec, data):
            return
        asked = configuration.demands(self.path) if configuration is not None else None
        declared = spec.spec.variants if spec.spec is not None else {}
        for one in variants(spec):
            line = declared[one.variant].span.line - 1 if one.variant in declared else None
            name = one.variant or self.path.stem
            network: Network = Network.from_parent(self, name=name, network=one, asked=asked, line=line)
            yield network

    @property
    def _name(self) -> str:
        """The file as messages call it: seen from the folder in which pytest was called."""
        here = self.config.invocation_params.dir
        return str(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)


class Network(pytest.Item):
    """A network: it passes if a check has no errors, and its claims hold."""

    def __init__(self, *, network: Architecture, asked: Demands | None, line: int | None, **more: Any) -> None:
        super().__init__(**more)
        self.network = network
        self.asked = asked
        self.line = line
        self.add_marker("archcalc")
        self.extra_keyword_matches.add(network.name)

    def runtest(self) -> None:
        """Check it. Raises: Failing."""
        from archcalc import Report
        from archcalc.network import Settings

        report = Report.of(self.network.program, Settings(), self.asked)
        if not report.ok:
            raise Failing(report)
        for found in report.diagnostics:
            if found.severity == "warning" and self._is_new(found):
                line = found.span.line if found.span is not None else 1
                warnings.warn_explicit(SpecWarning(f"{found.code.id}: {found.message}"), None, str(self.path), line)

    def _is_new(self, found: Diagnostic) -> bool:
        """Whether no other network of the file has told a finding."""
        assert isinstance(self.parent, SpecFile), "a network stands in a file"
        before = len(self.parent.told)
        self.parent.told.add((found.code.id, found.span))
        return len(self.parent.told) > before

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong with it, as `archcalc check` shows it."""
        if isinstance(excinfo.value, Failing):
            report, screen = excinfo.value.report, self.config.get_terminal_writer()
            return _rendered(report.file, report.explained, width=screen.fullwidth, color=screen.hasmarkup)
        if isinstance(excinfo.value, SpecWarning):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is declared, and what a report calls it."""
        return self.path, self.line, self.network.title


class Failing(Exception):
    """A network that is not ok."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.title)
        self.report = report


_KNOWN = pytest.StashKey["Configurations"]()


def _configurations(config: pytest.Config) -> Configurations:
    """What projects ask of their specs, each project read once in a run."""
    from archcalc.configuration.discovery import Configurations

    return config.stash.setdefault(_KNOWN, Configurations())


def _rendered(file: SourceFile, found: list[Diagnostic], *, width: int = 80, color: bool = False) -> str:
    from archcalc.cli.console import READABLE
    from archcalc.report.text import diagnostics
    from archcalc.terminal import PLAIN

    return "\n\n".join(diagnostics(file, found, PLAIN._replace(width=min(width, READABLE), color=color)))
