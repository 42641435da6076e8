"""The pages under docs/reference, written from what the package itself says about its parts."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from documentation import systems_table
from documentation.markdown import cell, escaped, fenced, paragraphs, table

import archcalc
from archcalc.cli.commands import COMMANDS
from archcalc.cli.parser import EXAMPLES
from archcalc.cli.surface import declared
from archcalc.diagnostics.catalogue import all_codes
from archcalc.diagnostics.pages import RANGES
from archcalc.hardware import Hardware
from archcalc.hardware import find as find_hardware
from archcalc.hardware import names as hardware_names
from archcalc.layers.table import KINDS, layer_class
from archcalc.quantities import COUNTINGS, QUANTITIES
from archcalc.report.columns import COLUMNS
from archcalc.spec.manual import documentation, field_rows

_OF_LAYERS = """\
Every kind of layer, by family, with its rule for shapes, what it costs and its fields in the order in which a
list gives them. `archcalc explain conv` prints the same for one.
"""
_OF_CODES = """\
Every finding has a code that stays: what it means, an example, and what to do. `archcalc explain AC301`
prints the same for one.
"""
_OF_COMMANDS = """\
`archcalc COMMAND --help` prints the same. SPEC is a file, a name of the catalogue such as `lenet`, or `-` for
standard input, with a variant behind a colon: `resnet:resnet50`.
"""
_OF_PYTHON = """\
What `import archcalc` gives. Results are values: they compare by `==`, pickle and copy, and several threads
may ask at once.
"""
_OF_SYSTEMS = """\
These systems come with the package, in their published variants and with the published numbers as claims. A
claim that does not hold says why: `check` reports it as *explained*. `archcalc check googlenet` checks the
variants of one, `archcalc check googlenet:separable` shows one network.
"""


def layers() -> str:
    """docs/reference/layers.md."""
    families: dict[str, list[str]] = {}
    for kind in KINDS:
        families.setdefault(layer_class(kind).family, []).append(kind)
    parts = [f"# Layers\n\n{_OF_LAYERS}"]
    for family, kinds in families.items():
        parts.append(f"## {family}\n")
        parts.extend(_layer(kind) for kind in kinds)
    return "\n".join(parts)


def codes() -> str:
    """docs/reference/codes.md."""
    parts = [f"# Codes\n\n{_OF_CODES}"]
    hundred = ""
    for code in sorted(all_codes()):
        if code.id[:3] != hundred:
            hundred = code.id[:3]
            parts.append(f"## {RANGES[hundred]}\n")
        parts.append(f"### {code.id}\n\n`{code.name}`, {code.severity}: {escaped(code.title)}.\n")
        parts.append(paragraphs(code.meaning))
        parts.append(fenced("text", inspect.cleandoc("\n" + code.example)))
        parts.append(paragraphs(code.fix))
        if code.source:
            parts.append(f"Source: {escaped(code.source)}\n")
    return "\n".join(parts)


def commands() -> str:
    """docs/reference/commands.md."""
    parts = [f"# Commands\n\n{_OF_COMMANDS}", fenced("text", EXAMPLES)]
    for name in COMMANDS:
        command = declared(name)
        parts.append(f"## archcalc {name}\n\n{escaped(' '.join(str(command.description).split()))}\n")
        parts.append(table(("argument", "meaning"), _arguments(command)))
    return "\n".join(parts)


def python() -> str:
    """docs/reference/python.md."""
    parts = [f"# Python\n\n{_OF_PYTHON}"]
    for name in archcalc.__all__:
        if not name.startswith("_"):
            parts.extend(_public(name, getattr(archcalc, name)))
    return "\n".join(parts)


def catalogue() -> str:
    """docs/reference/catalogue.md."""
    return f"# The catalogue\n\n{_OF_SYSTEMS}\n{systems_table.table()}"


def quantities() -> str:
    """The table of what can be asked of a network, a layer or a scope."""
    return table(("word", "what it is"), ((f"`{name}`", cell(one.meaning)) for name, one in QUANTITIES.items()))


def columns() -> str:
    """The table of the columns that a table of layers may have."""
    return table(("column", "what it shows"), ((f"`{name}`", cell(one.meaning)) for name, one in COLUMNS.items()))


def hardware() -> str:
    """The table of the devices that archcalc has figures of, with their sources."""
    head = ("device", "what it is", "memory", "bandwidth", "peaks", "sources")
    return table(head, (_device(find_hardware(name)) for name in hardware_names()))


def _device(device: Hardware) -> tuple[str, ...]:
    peaks: dict[str, list[str]] = {}
    for name, figure in device.peaks.items():
        peaks.setdefault(figure.text, []).append(name)
    sources = [f"[{cell(source.title)}]({source.url})" for source in device.sources]
    return (
        f"`{device.name}`",
        cell(device.title),
        device.memory.text if device.memory is not None else "",
        device.bandwidth.text,
        "; ".join(f"{', '.join(names)}: {text}" for text, names in peaks.items()),
        "; ".join(sources),
    )


def countings() -> str:
    """The table of what `counting` takes."""
    return table(("word", "what is counted"), ((f"`{name}`", cell(meaning)) for name, meaning in COUNTINGS.items()))


def _layer(kind: str) -> str:
    cls = layer_class(kind)
    first, prose, labels = documentation(cls)
    parts = [f"### {kind}\n", f"{escaped(first)}\n", *(f"{escaped(line)}\n" for line in prose)]
    labelled = [(f"**{label}**", cell(text)) for label, text in labels]
    parts.append(table(("", ""), labelled))
    if field_rows(cls):
        parts.append(table(("field", "meaning"), ((f"`{head}`", cell(about)) for head, about in field_rows(cls))))
    return "\n".join(parts)


def _arguments(command: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in command._actions:
        if action.help in (argparse.SUPPRESS, None) or "--help" in action.option_strings:
            continue
        value = action.metavar or (None if action.nargs == 0 else action.dest.upper())
        if isinstance(action.choices, (list, tuple, dict)) and not isinstance(action.metavar, str):
            value = "|".join(map(str, action.choices))
        shown = ", ".join(action.option_strings)
        head = " ".join(part for part in (shown, str(value) if value else "") if part)
        yield f"`{head}`".replace("|", r"\|"), cell(" ".join(str(action.help).split()).replace("%%", "%"))


def _public(name: str, thing: Any) -> Iterator[str]:
    yield f"## {name}\n"
    if not inspect.isclass(thing):
        yield fenced("text", f"archcalc.{name}{_signature(thing)}")
        yield paragraphs(inspect.getdoc(thing) or "")
        return
    yield paragraphs(inspect.getdoc(thing) or "")
    rows = [(f"`{field}`", about) for field, about in _fields(thing)]
    rows += [(f"`{_member(cls_name, member)}`", cell(_summary(member))) for cls_name, member in _members(thing)]
    if rows:
        yield table(("member", "meaning"), rows)


def _fields(cls: type) -> Iterator[tuple[str, str]]:
    """The fields of a named tuple: the text below each, and its type where there is none."""
    if not issubclass(cls, tuple):
        return
    body = ast.parse(inspect.cleandoc("\n" + inspect.getsource(cls))).body[0].body  # type: ignore[attr-defined]
    for field, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            about = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
            kind = f"`{ast.unparse(field.annotation)}`".replace("|", r"\|")
            yield field.target.id, cell(" ".join(str(about).split())) or kind


def _members(cls: type) -> Iterator[tuple[str, Any]]:
    """Its public methods and properties, those of its inner bases too, in the order in which they stand."""
    seen: dict[str, Any] = {}
    fields = getattr(cls, "_fields", ())
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("archcalc"):
            seen.update({name: value for name, value in vars(base).items() if not name.startswith("_")})
    for name, value in seen.items():
        if inspect.getdoc(_function(value)) and not isinstance(value, type) and name not in fields:
            yield name, value


def _function(value: Any) -> Any:
    for attribute in ("__func__", "fget", "func"):
        value = getattr(value, attribute, value)
    return value


def _member(name: str, value: Any) -> str:
    function = _function(value)
    return f"{name}{_signature(function)}" if callable(function) and _is_method(value) else name


def _is_method(value: Any) -> bool:
    return isinstance(value, (staticmethod, classmethod)) or inspect.isfunction(value)


def _signature(function: Callable[..., Any]) -> str:
    """The parameters without their types, which an editor shows."""
    found = inspect.signature(function)
    shown = [
        one.replace(annotation=inspect.Parameter.empty)
        for name, one in found.parameters.items()
        if name not in ("self", "cls")
    ]
    return str(found.replace(parameters=shown, return_annotation=inspect.Signature.empty))


def _summary(value: Any) -> str:
    text = inspect.getdoc(_function(value)) or ""
    return " ".join(re.split(r"\n\s*\n", text)[0].split())
