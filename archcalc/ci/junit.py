"""JUnit XML: every network is a test, which fails with its errors; its warnings are what it has printed.

Source: the schema junit-10.xsd of the xUnit plugin of Jenkins; GitLab and most others read the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from xml.etree import ElementTree

from archcalc.ci.findings import headline
from archcalc.ci.paths import in_repository
from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.render import render
from archcalc.report.outcome import Outcome
from archcalc.terminal import visible


def suites(outcomes: Sequence[Outcome], problems: Sequence[str] = ()) -> str:
    """A suite for each file, with a test for each of its networks; names that could not be read are errors."""
    failing = sum(not one.ok for one in outcomes)
    tests = len(outcomes) + len(problems)
    root = _element("testsuites", name="archcalc", tests=tests, failures=failing, errors=len(problems))
    for name, members in groupby(outcomes, key=lambda one: one.file.name):
        root.append(_suite(visible(in_repository(name)), list(members)))
    if problems:
        count = len(problems)
        suite = ElementTree.SubElement(
            root, "testsuite", _attributes(name="archcalc", tests=count, failures=0, errors=count)
        )
        for problem in problems:
            test = ElementTree.SubElement(suite, "testcase", _attributes(name=visible(problem), classname="archcalc"))
            ElementTree.SubElement(test, "error", _attributes(message=visible(problem), type="problem"))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(path: str, outcomes: list[Outcome]) -> ElementTree.Element:
    failing = sum(not one.ok for one in outcomes)
    suite = _element("testsuite", name=path, file=path, tests=len(outcomes), failures=failing, errors=0)
    for one in outcomes:
        test = ElementTree.SubElement(suite, "testcase", _attributes(name=_name(one), classname=path))
        wrong = [found for found in one.told if found.severity == "error"]
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if wrong[1:] else ""
            kinds = ", ".join(dict.fromkeys(found.code.id for found in wrong))
            about = _attributes(message=headline(wrong[0]) + more, type=kinds)
            ElementTree.SubElement(test, "failure", about).text = _text(one, wrong)
        warnings = [found for found in one.told if found.severity == "warning"]
        if warnings:
            ElementTree.SubElement(test, "system-out").text = _text(one, warnings)
    return suite


def _name(one: Outcome) -> str:
    return visible(f"{one.name}:{one.variant}" if one.variant else one.name)


def _text(one: Outcome, found: Iterable[Diagnostic]) -> str:
    """Findings as a terminal shows them."""
    return "\n\n".join(["", *(render(each, one.file.name, one.file.line) for each in found), ""]).strip("\n")


def _element(tag: str, **given: str | int) -> ElementTree.Element:
    return ElementTree.Element(tag, _attributes(**given))


def _attributes(**given: str | int) -> dict[str, str]:
    return {name: str(value) for name, value in given.items()}
