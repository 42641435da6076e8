"""Short ways to check a spec that stands in a test."""

from __future__ import annotations

from textwrap import dedent

from archcalc import Architecture, Report


def check(text: str, variant: str | None = None, symbolic: bool = False, **sizes: int) -> Report:
    """The report on a spec."""
    return Architecture.from_text(dedent(text), variant=variant).check(symbolic=symbolic, **sizes)


def sound(text: str, variant: str | None = None, symbolic: bool = False, **sizes: int) -> Report:
    """The report on a spec that must have no errors."""
    report = check(text, variant, symbolic, **sizes)
    assert report.ok, report.to_text()
    return report


def steps(text: str, shape: str = "[8, 6, 6]", before: str = "") -> Report:
    """The report on layers that must have no errors."""
    return sound(f"{dedent(before)}input: {shape}\nlayers:\n{indented(text)}")


def errors(text: str) -> list[str]:
    """Codes of the errors of a spec."""
    return [found.code.id for found in check(text).diagnostics if found.severity == "error"]


def wrong(text: str, shape: str = "[8, 6, 6]", before: str = "") -> list[str]:
    """Codes of the errors of layers."""
    return errors(f"{dedent(before)}input: {shape}\nlayers:\n{indented(text)}")


def names(report: Report) -> list[str]:
    """Names of the layers."""
    return [layer.name for layer in report.layers]


def indented(text: str) -> str:
    """Layers below their key."""
    return "\n".join("  " + line for line in dedent(text).strip("\n").splitlines()) + "\n"
