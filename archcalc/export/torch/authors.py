"""Modules that authors wrote, which the generated module imports from where they are: package.module:Class."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from archcalc.export.torch.names import Names, class_name
from archcalc.graph import Graph
from archcalc.spec.model import Argument
from archcalc.spec.named import Named


def is_authored(target: str) -> bool:
    """Whether a call is of a module that somebody else wrote."""
    return ":" in target


def named_in(fields: Mapping[str, Argument], keyword: str) -> Iterator[Argument]:
    """What a step gives to its module under a name."""
    given = fields.get("arguments")
    yield from (value for name, value in given.pairs if name == keyword) if isinstance(given, Named) else ()


def authors(graph: Graph) -> tuple[str, ...]:
    """The places of all modules that opaque steps name, in the order of the graph.

    >>> import archcalc
    >>> step = "opaque: {shape: [4], products: 0, module: 'attention.windows:Window'}"
    >>> authors(archcalc.load(f"input: [4]\\nlayers: [{step}]").check().graph)
    ('attention.windows:Window',)
    """
    found = [
        getattr(node.layer, "module", None) for node in graph.nodes if node.layer is not None and node.layer.is_opaque
    ]
    return tuple(dict.fromkeys(place for place in found if place is not None))


def named(places: Iterable[str], names: Names) -> dict[str, str]:
    """What each of them is called in the generated module; names of variables begin with a small letter.

    >>> list(named(["one.part:Mix", "other.part:Mix", "third.part:make", "third.part:Outer.Inner"], Names()).values())
    ['Mix', 'Mix2', 'Make', 'Outer.Inner']
    """
    known: dict[tuple[str, str], str] = {}
    found: dict[str, str] = {}
    for place in places:
        module, _, path = place.partition(":")
        outer, *inner = path.split(".")
        if (module, outer) not in known:
            known[module, outer] = names.new(outer if outer[0].isupper() else class_name(outer))
        found[place] = ".".join((known[module, outer], *inner))
    return found


def imports(others: Iterable[tuple[str, str, str]], names: Mapping[str, str]) -> list[ast.stmt]:
    """The statements that import them, with others that are a module, a name in it and what it is called here."""
    own = [(*_outer(place), text.partition(".")[0]) for place, text in names.items()]
    rows = sorted(dict.fromkeys((*others, *own)), key=lambda row: (row[0].lower(), row[1]))
    return [
        ast.ImportFrom(module, [ast.alias(name, None if name == here else here) for _, name, here in group], 0)
        for module, group in groupby(rows, key=lambda row: row[0])
    ]


def _outer(place: str) -> tuple[str, str]:
    module, _, path = place.partition(":")
    return module, path.partition(".")[0]
