"""What can be typed at a place: kinds, fields, values, and names of the spec itself, each with its page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from archcalc.diagnostics.model import Span
from archcalc.editor import schema
from archcalc.editor.cursor import Cursor, place, word_before
from archcalc.editor.meaning import fenced
from archcalc.editor.networks import Networks
from archcalc.expand.scope import of_scope
from archcalc.expressions.functions import NAMES as FUNCTIONS
from archcalc.graph import scopes
from archcalc.layers.table import KINDS
from archcalc.manual import sections
from archcalc.quantities import QUANTITIES
from archcalc.source import SourceFile
from archcalc.source.document import Mapping
from archcalc.spec.manual import layer_page
from archcalc.spec.model import Block, Spec
from archcalc.spec.names import LAYER_KEYS, STEP_KEYS, WIRING_KINDS

Sort = Literal["kind", "field", "key", "word", "map", "value", "function", "block", "layer"]

_OF_MAPS = ("from", "use", "tied", "output", "register", "branches", "fork")
"""Keys behind which the name of a map or a step stands."""


class Item(NamedTuple):
    """Something that can be typed."""

    label: str
    sort: Sort
    about: str
    """What it is, in a line."""
    text: str
    """What is put in the place of the word in front of the cursor."""


def completions(file: SourceFile, line: int, column: int, known: Networks | None) -> list[Item]:
    """What can stand at a place, the likeliest first; `known` is what was last understood of the text.

    >>> file = SourceFile("net.yaml", "input: [1, N]\\nlayers:\\n  - conv: {out: 8, str")
    >>> [item.label for item in completions(file, 3, 23, None) if item.label.startswith("str")]
    ['stride']
    """
    cursor = place(file, line, column)
    if cursor is None or _is_of_another(cursor):
        return []
    spec = known.program.document if known is not None else None
    spec = Spec(Span(1, 1, 1, 1)) if spec is None else spec
    found = {item.label: item for item in reversed([*_items(cursor, spec, known)])}
    return [item for item in reversed(found.values()) if item.label not in cursor.beside]


def _is_of_another(cursor: Cursor) -> bool:
    """Whether the text is one of another program: behind a key that the language does not have, or among such ones."""
    if cursor.path:
        return not schema.at(cursor.path[:1])
    ours = {"layers", "variants", "input"}
    return not cursor.beside & ours and not cursor.beside <= set(schema.keys(schema.at(())))


def start_of_word(file: SourceFile, line: int, column: int) -> int:
    """The column at which the word begins that is being typed."""
    ahead = file.line(line)[: column - 1]
    return len(ahead) - len(word_before(ahead)) + 1


def documentation(label: str, sort: Sort) -> str:
    """The page of something that was offered, as Markdown; empty where it has none.

    >>> documentation("relu", "kind").splitlines()[2]
    'Rectifier: max(0, x).'
    """
    if sort == "kind" and label in KINDS:
        return fenced(layer_page(label))
    if sort in ("kind", "key", "function", "word") and label in sections():
        return sections()[label].text
    return QUANTITIES[label].meaning if sort == "field" and label in QUANTITIES else ""


def _items(cursor: Cursor, spec: Spec, known: Networks | None) -> Iterator[Item]:
    schemas = schema.at(cursor.path)
    keys = schema.keys(schemas)
    is_step = "do" in keys and "as" in keys
    behind = next((part for part in reversed(cursor.path) if isinstance(part, str)), "")
    if is_step:
        yield from _steps(cursor, keys, spec)
    if not is_step and cursor.is_key:
        yield from _fields(keys, behind, spec)
    if not cursor.is_key:
        words = schema.words(schemas) if not is_step else {}
        yield from (Item(word, "word", about, word) for word, about in words.items())
        if behind in ("of", "relative_to") and known is not None:
            yield from _layers(known)
        elif "expect" not in cursor.path[:1] and behind not in ("name", "source", "because"):
            yield from _names(cursor, spec, is_map=is_step or behind in _OF_MAPS or "branch" in behind)


def _steps(cursor: Cursor, keys: dict[str, schema.Schema], spec: Spec) -> Iterator[Item]:
    """Kinds, blocks and keys of a step; beside a kind, only what stands beside one."""
    if any(key in KINDS or key in spec.blocks or key in WIRING_KINDS for key in cursor.beside):
        kind = next((key for key in cursor.beside if key in KINDS), None)
        wanted = [key for key in keys if key in LAYER_KEYS]
        yield from (_key(key, keys[key], "key") for key in wanted)
        if kind is not None:
            # A merge may have its fields beside it.
            yield from (_key(key, inner, "field") for key, inner in _merge_fields(kind).items())
        return
    if cursor.beside & {"do", "for", "repeat"}:
        yield from (_key(key, keys[key], "key") for key in STEP_KEYS if key in keys)
        return
    for block in spec.blocks.values():
        yield Item(block.name, "block", f"block {_head(block)}", f"{block.name}: " if block.parameters else block.name)
    bare = set(schema.words(schema.at(("layers", 0))))
    for key, inner in keys.items():
        sort: Sort = "kind" if key in KINDS or key in WIRING_KINDS else "key"
        is_bare = key in bare and not cursor.is_key
        yield Item(key, sort, str(inner.get("description", "")), key if is_bare else f"{key}: ")


def _merge_fields(kind: str) -> dict[str, schema.Schema]:
    found = schema.keys(schema.at(("layers", 0, kind)))
    return found if "branches" in found else {}


def _fields(keys: dict[str, schema.Schema], behind: str, spec: Spec) -> Iterator[Item]:
    block = spec.blocks.get(behind)
    if block is not None:
        for parameter in block.parameters:
            about = f"parameter of {_head(block)}"
            yield Item(parameter.name, "field", about, f"{parameter.name}: ")
    if behind in ("at", "let"):
        yield from (Item(name, "value", "symbol of the input", f"{name}: ") for name in _symbols(spec))
        yield from (Item(name, "value", "value of `let`", f"{name}: ") for name in spec.lets if behind == "let")
    yield from (_key(key, inner, "field") for key, inner in keys.items())


def _key(key: str, inner: schema.Schema, sort: Sort) -> Item:
    default = f" Default: {inner['default']}." if "default" in inner else ""
    return Item(key, sort, str(inner.get("description", "")) + default, f"{key}: ")


def _names(cursor: Cursor, spec: Spec, *, is_map: bool) -> Iterator[Item]:
    """Names that an expression or a path can hold here."""
    maps = [("here", "the current map"), ("input", "what entered the network or the block")]
    maps += [(one.name, "input of the network") for one in spec.inputs if one.name != "input"]
    block = _block(cursor, spec)
    steps = block.steps if block is not None else spec.steps
    labels = [step.name.text for step in of_scope(steps) if step.name is not None]
    maps += [(label, "step") for label in dict.fromkeys(labels)]
    as_maps = [Item(name, "map", about, name) for name, about in maps]
    if is_map:
        yield from as_maps
        return
    if block is not None:
        about = f"parameter of {_head(block)}"
        yield from (Item(parameter.name, "value", about, parameter.name) for parameter in block.parameters)
    yield from (Item(name, "value", "variable of the loop", name) for name in _variables(cursor))
    yield from (Item(name, "value", "value of `let`", name) for name in spec.lets)
    yield from (Item(name, "value", "symbol of the input", name) for name in _symbols(spec))
    yield from (Item(name, "function", _first_line(name), f"{name}(") for name in FUNCTIONS)
    yield from as_maps


def _block(cursor: Cursor, spec: Spec) -> Block | None:
    """The block in which a place is."""
    if cursor.path[:1] != ("blocks",) or len(cursor.path) < 2:
        return None
    return spec.blocks.get(str(cursor.path[1]).partition("(")[0].strip())


def _variables(cursor: Cursor) -> Iterator[str]:
    """The variables of the loops around a place."""
    for node in cursor.around:
        loop = node.get("for") if isinstance(node, Mapping) else None
        if isinstance(loop, Mapping):
            yield from (key.text for key, _ in loop.entries)


def _symbols(spec: Spec) -> Iterable[str]:
    named = [name for one in spec.inputs for size in one.sizes for name in size.tree.names()]
    return dict.fromkeys(name for name in [*named, *spec.at] if name not in spec.lets)


def _layers(known: Networks) -> Iterator[Item]:
    """The names of layers and scopes, as a report has them."""
    for checked in known.checked[:1]:
        graph = checked.report.graph
        yield from (Item(name, "layer", "scope", name) for name in scopes(graph))
        yield from (Item(node.name, "layer", node.kind, node.name) for node in graph.nodes)


def _head(block: Block) -> str:
    parameters = [
        one.name if one.default is None else f"{one.name}={getattr(one.default, 'text', '...')}"
        for one in block.parameters
    ]
    return f"`{block.name}({', '.join(parameters)})`" if parameters else f"`{block.name}`"


def _first_line(function: str) -> str:
    section = sections().get(function)
    return section.text.partition("\n")[0] if section is not None else ""
