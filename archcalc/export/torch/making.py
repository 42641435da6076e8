"""Modules as expressions: what makes a part, alone or in a container, and the statements that fill a container."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

from archcalc.export.torch import library
from archcalc.export.torch.choices import one_call
from archcalc.export.torch.classes import Class
from archcalc.export.torch.code import Code, Row, binary, names_in, replaced, variable_of
from archcalc.export.torch.conditions import are_opposite
from archcalc.export.torch.links import order_of, pad_of
from archcalc.export.torch.names import SEQUENTIAL_ATTRIBUTES, TAKEN, Names, variable
from archcalc.export.torch.parts import Call, ClassPart, CyclePart, GroupPart, LayerPart, LoopPart, Part, keeps_state
from archcalc.export.torch.python import python
from archcalc.export.torch.tensor_code import frozen_parameter, tensor_code
from archcalc.export.torch.tensors import TENSORS
from archcalc.expressions import nodes as tree
from archcalc.expressions.nodes import Arithmetic, Constant, name_node
from archcalc.expressions.values import NoNames
from archcalc.spec.names import MODULE_ATTRIBUTES

WINDOW = ("kernel_size", "stride", "padding")
"""What modules with a window take behind their other arguments by place, in the order of their signatures."""
WIDEST_TABLE = 44
"""Characters of a list of tuples that a loop walks through, so that it is one line with what else stands there."""
LEADING = {"Conv": 2, "ConvTranspose": 2, "MaxPool": 0, "AvgPool": 0}
"""How many other arguments stand in front of these, by the class without its axes."""


def attribute(base: str, *path: str) -> ast.expr:
    """`base.a.b`"""
    found: ast.expr = ast.Name(base)
    for part in path:
        found = ast.Attribute(found, part)
    return found


def invoked(function: ast.expr, *arguments: ast.expr, **keywords: ast.expr) -> ast.Call:
    """`function(arguments, keyword=value)`"""
    return ast.Call(function, list(arguments), [ast.keyword(key, value) for key, value in keywords.items()])


def path(dotted: str) -> ast.expr:
    """A dotted name."""
    first, *others = dotted.split(".")
    return attribute(first, *others)


MANY_ALIKE = 3
"""So many equal modules behind each other are made in a loop."""


class Used:
    """What a module needs besides its classes: names to import and definitions to supply."""

    def __init__(self, authors: Mapping[str, str] = MappingProxyType({})) -> None:
        self.torch = False
        self.math = False
        self.ordered = False
        self.supplied: dict[str, None] = {}
        self.authors = authors
        """The names of modules that authors wrote, by the place from where they are imported: package.module:Class."""

    def functions(self, code: Code) -> None:
        """Note the functions that a code calls."""
        called = {part.name for part in code.walk() if isinstance(part, tree.Call)}
        if "divisible" in called:
            self.supplied.setdefault("divisible")
        self.math = self.math or not called.isdisjoint(("floor", "ceil", "round"))

    def target(self, dotted: str) -> ast.expr:
        """The function or class of a call, noted as used."""
        if dotted.startswith("supplied."):
            self.supplied.setdefault(dotted.removeprefix("supplied."))
            return ast.Name(dotted.removeprefix("supplied."))
        if dotted in self.authors:
            return path(self.authors[dotted])
        if dotted.startswith("nn."):
            return path(dotted)
        self.torch = True
        return path(f"torch.{dotted}")


class Maker:
    """Writes what makes the modules of a class."""

    def __init__(self, of: Class, used: Used, write: Callable[[Any], ast.expr]) -> None:
        self.of = of
        self.used = used
        self.write = write
        """Writes a value that may hold symbols."""
        self._variables = Names({*_variables(of), *TAKEN, *library.names()})

    def code(self, code: Code) -> ast.expr:
        """A code as Python."""
        self.used.functions(code)
        return python(replaced(code, self.of.aliases) if self.of.aliases else code, self.write)

    def _expression(self, part: Part) -> ast.expr | None:
        """What makes a part, as one expression; None where it takes statements."""
        if part.when is not None:
            return None
        return self._made(part)

    def _made(self, part: Part) -> ast.expr | None:
        made: ast.expr | None
        if isinstance(part, LayerPart):
            made = self._called(part, part.calls[-1])
        elif isinstance(part, ClassPart):
            made = self._instance(part)
        elif isinstance(part, GroupPart):
            made = self._sequential(part)
        else:
            assert isinstance(part, LoopPart)
            return self._comprehension(part)
        return frozen(made) if made is not None and not part.trainable else made

    def _called(self, part: LayerPart, call: Call) -> ast.expr:
        """The module of a call, or the one that does what its function does."""
        if call.made.is_module or call.target in TENSORS:
            return self._module(call)
        order = order_of(part.first.node, call.made)
        if order is not None:
            return invoked(self.used.target("supplied.Permute"), *map(ast.Constant, order))
        pad = pad_of(part.first.node, call.made)
        assert pad is not None, "a chain has links only"
        (padding,) = call.arguments
        sides = padding.items if isinstance(padding, Row) else [Constant(side) for side in padding.evaluate(NoNames())]
        given = [
            sides[0] if len(set(sides)) == 1 else padding,
            *(code for word, code in call.keywords if word == "value"),
        ]
        return invoked(path(pad), *(self.code(code) for code in given))

    def _pads(self, part: Part) -> list[ast.expr]:
        """Modules that stand in front of the one that has the name of a part."""
        return [self._called(part, call) for call in part.calls[:-1]] if isinstance(part, LayerPart) else []

    def _module(self, call: Call) -> ast.expr:
        if call.target in TENSORS:
            return self._tensor(call)
        function = self.used.target(call.target) if call.kind is None else self.code(call.kind)
        leading = _by_place(call)
        positional = [*call.arguments, *(code for _, code in call.keywords[:leading])]
        made = invoked(function, *(self.code(argument) for argument in positional))
        made.keywords = [ast.keyword(keyword, self.code(code)) for keyword, code in call.keywords[leading:]]
        if call.gives_indices:
            made.keywords.append(ast.keyword("return_indices", ast.Constant(True)))
        return made

    def _tensor(self, call: Call) -> ast.expr:
        """A tensor of the class, as its call says."""
        self.used.torch = True
        sizes = [self.code(argument) for argument in call.arguments]
        told = {word: self.code(code) for word, code in call.keywords}
        return tensor_code(call.target, sizes, told, call.made.kwargs.get("values"))

    def _instance(self, part: ClassPart) -> ast.expr:
        made = invoked(ast.Name(part.template.name))
        given = [pair for pair in part.arguments if pair[0].name not in part.template.defaults]
        others = [pair for pair in given if pair[0].kind != "channels"][1:]
        # A row of numbers does not read well.
        has_numbers = len(others) > 1 and any(isinstance(code, Constant) for _, code in others)
        by_name = [parameter for parameter, _ in others] if has_numbers else []
        for parameter, code in part.arguments:
            if parameter.name not in part.template.defaults:
                if parameter in by_name:
                    made.keywords.append(ast.keyword(parameter.name, self.code(code)))
                else:
                    made.args.append(self.code(code))
            elif code != Constant(part.template.defaults[parameter.name]):
                made.keywords.append(ast.keyword(parameter.name, self.code(code)))
        return made

    def _sequential(self, part: GroupPart) -> ast.expr | None:
        rest = [*part.parts]
        items = self._beginning(rest)
        return None if rest else invoked(path("nn.Sequential"), *items)

    def _beginning(self, parts: list[Part]) -> list[ast.expr]:
        """What an `nn.Sequential` is made with: takes the first of some parts, as long as they are expressions."""
        found: list[tuple[Part, ast.expr]] = []
        have_names = are_several = False
        for number, part in enumerate(parts):
            if isinstance(part.label, Row):
                break
            item = self._last([part]) if number == len(parts) - 1 else self._expression(part)
            if item is None or (_is_several(item) if have_names else part.label and are_several):
                break
            found.append((part, item))
            have_names = have_names or part.label is not None
            are_several = are_several or _is_several(item)
        if have_names and len(found) == 1 and len(parts) > 1:
            return []
        del parts[: len(found)]
        return [self._named_links(found)] if have_names else list(_shortened([item for _, item in found]))

    def _named_links(self, links: Sequence[tuple[Part, ast.expr]]) -> ast.expr:
        """Parts with their names, as `nn.Sequential` takes them."""
        free = Names({*(str(part.label) for part, _ in links), *MODULE_ATTRIBUTES, *SEQUENTIAL_ATTRIBUTES})
        named: list[tuple[str, ast.expr]] = []
        for index, (part, item) in enumerate(links):
            named += [(free.new("pad"), pad) for pad in self._pads(part)]
            named.append((_link(part, index, free), item))
        self.used.ordered = True
        if all(label.isidentifier() and not iskeyword(label) for label, _ in named):
            return ast.Call(ast.Name("OrderedDict"), [], [ast.keyword(*one) for one in named])
        pairs: list[ast.expr] = [ast.Tuple([ast.Constant(label), item]) for label, item in named]
        return invoked(ast.Name("OrderedDict"), ast.List(pairs))

    def _comprehension(self, part: LoopPart) -> ast.expr | None:
        """`*[Unit(64) for _ in range(3)]`, for a loop with a single module in its body."""
        if part.start is not None or len(part.parts) != 1:
            return None
        (inner,) = part.parts
        if inner.label is not None or isinstance(inner, LoopPart):
            return None
        made = self._expression(inner)
        if made is None:
            return None
        target, iterable = self._walk(part)
        return ast.Starred(ast.ListComp(made, [ast.comprehension(target, iterable, [], 0)]))

    def walk(self, part: CyclePart, body: Sequence[ast.stmt]) -> tuple[ast.expr, ast.expr]:
        """The variables of a loop that its body reads, and what they walk through."""
        read = {node.id for one in body for node in ast.walk(one) if isinstance(node, ast.Name)}
        variables = [pair for pair in part.variables if pair[0] in read]
        text, first = part.counter
        if text in read and text not in (name for name, _ in variables):
            last = binary("-", binary("+", part.count, Constant(first)), Constant(1))
            variables.insert(0, (text, tree.Range(Constant(first), last)))
        return self._walk(part, variables)

    def _walk(self, part: LoopPart, variables: Sequence[tuple[str, Code]] | None = None) -> tuple[ast.expr, ast.expr]:
        """Variables of a loop, and what they walk through."""
        variables = part.variables if variables is None else variables
        if not variables:
            return ast.Name("_"), invoked(ast.Name("range"), self.code(part.count))
        lists = [self._list(code) for _, code in variables]
        names: list[ast.expr] = [ast.Name(text) for text, _ in variables]
        if len(lists) == 1:
            return names[0], lists[0]
        starts = [_counts_from(code) for _, code in variables]
        counter = next((place for place, start in enumerate(starts) if start is not None), None)
        if counter is None:
            return ast.Tuple(names), _together(lists)
        number = names.pop(counter)
        start = starts[counter]
        del lists[counter]
        target = names[0] if len(names) == 1 else ast.Tuple(names)
        walked = lists[0] if len(lists) == 1 else _together(lists)
        counted = invoked(ast.Name("enumerate"), walked)
        if start:
            counted.args.append(ast.Constant(start))
        return ast.Tuple([number, target]), counted

    def _list(self, code: Code) -> ast.expr:
        written = self.code(code)
        return ast.List(written.elts) if isinstance(written, ast.Tuple) else written

    # Statements that fill a container

    def _filling(self, container: ast.expr, parts: list[Part], *, is_whole: bool = True) -> list[ast.stmt]:
        """Statements that put parts into an `nn.Sequential`, one behind the other; nothing follows if that is whole."""
        found: list[ast.stmt] = []
        before: tuple[Code | None, ast.If | None] = None, None
        groups = [(when, list(behind)) for when, behind in groupby(parts, key=lambda part: part.when)]
        for number, (when, members) in enumerate(groups):
            if when is None:
                # Where the last of all parts is absent, an identity may take its place.
                follows = groups[number + 1 :] if is_whole else []
                last = self._last(parts) if len(follows) == 1 and len(follows[0][1]) == 1 else None
                found.extend(self._entering(container, members, [] if last is None else [last]))
                if last is not None:
                    break
                before = None, None
                continue
            statements = [one for part in members for one in self._entering(container, [part])]
            if before[0] is not None and before[1] is not None and are_opposite(before[0], when):
                before[1].orelse.extend(statements)
                before = None, None
            else:
                before = when, ast.If(self.code(when), statements, [])
                found.append(before[1])
        return [one for statement in found for one in self._chosen(statement)]

    def _entering(self, container: ast.expr, parts: list[Part], further: Sequence[ast.expr] = ()) -> list[ast.stmt]:
        """The same for parts that are all there, and further modules behind them."""
        found: list[ast.stmt] = []
        waiting: list[ast.expr] = []

        def flush() -> None:
            if len(waiting) == 1 and not isinstance(waiting[0], ast.Starred):
                found.append(ast.Expr(invoked(ast.Attribute(container, "append"), waiting[0])))
            elif waiting:
                match waiting:
                    case [ast.Starred(value=entries)]:
                        made = entries
                    case _:
                        made = ast.List(list(waiting))
                found.append(ast.Expr(invoked(ast.Attribute(container, "extend"), made)))
            waiting.clear()

        for part in parts:
            item = self._made(part)
            if item is not None and part.label is None:
                waiting.append(item)
                continue
            flush()
            found.extend(self._loop(container, part) if isinstance(part, LoopPart) else self._placed(container, part))
        waiting.extend(further)
        flush()
        return found

    def _chosen(self, statement: ast.stmt) -> list[ast.stmt]:
        return (
            one_call(statement, lambda: self._variables.new("block")) if isinstance(statement, ast.If) else [statement]
        )

    def _last(self, parts: Sequence[Part]) -> ast.expr | None:
        """The expression for the last of some parts: where a layer is absent, an identity takes its place."""
        *others, last = parts
        if not isinstance(last, LayerPart) or last.when is None or (others and others[-1].when is not None):
            return self._expression(last)
        made = self._made(last)
        return None if made is None else ast.IfExp(self.code(last.when), made, invoked(path("nn.Identity")))

    def _placed(self, container: ast.expr, part: Part) -> list[ast.stmt]:
        before, made = self.whole(part)
        if part.label is None:
            return [*before, ast.Expr(invoked(ast.Attribute(container, "append"), made))]
        for pad in self._pads(part):
            name = ast.Constant(f"{part.label}_pad")
            before.append(ast.Expr(invoked(ast.Attribute(container, "add_module"), name, pad)))
        return [*before, ast.Expr(invoked(ast.Attribute(container, "add_module"), self.text(part.label), made))]

    def whole(self, part: Part) -> tuple[list[ast.stmt], ast.expr]:
        """What makes a part, with the statements that fill it before."""
        made = self._made(part)
        if made is not None:
            return [], made
        assert isinstance(part, GroupPart)
        label = part.label if isinstance(part.label, str) else "group"
        inner = ast.Name(self._variables.new(variable(label, "group")))
        parts = [*part.parts]
        begun = invoked(path("nn.Sequential"), *self._beginning(parts))
        before = [ast.Assign([inner], begun), *self._filling(inner, parts)]
        return before, inner if part.trainable else frozen(inner)

    def text(self, label: Row | str) -> ast.expr:
        """A name, as a text with the codes in it."""
        if isinstance(label, str):
            return ast.Constant(label)
        return ast.JoinedStr(
            [
                ast.Constant(piece.value) if isinstance(piece, Constant) else ast.FormattedValue(self.code(piece), -1)
                for piece in label.items
            ]
        )

    def _loop(self, container: ast.expr, part: LoopPart) -> list[ast.stmt]:
        body = self._filling(container, part.parts, is_whole=False)
        before = self.run_along(part, body)
        target, iterable = self._walk(part)
        return [*before, ast.For(target, iterable, body, [])]

    def run_along(self, part: LoopPart, body: list[ast.stmt]) -> list[ast.stmt]:
        """Let the channels run along in the body of a loop; returns what stands before it."""
        if part.start is None:
            return []
        running, before = part.start
        written = name_node(running)
        assert part.update is not None
        if python_name(part.update) != python_name(written):
            body.append(_changed(running, part.update, self.code))
        if python_name(before) == python_name(written):
            return []
        return [ast.Assign([python(written)], self.code(before))]


def _shortened(made: Sequence[ast.expr]) -> Iterator[ast.expr]:
    """Modules one behind the other, with equal neighbours made in a loop."""
    for _, alike in groupby(made, key=ast.dump):
        same = list(alike)
        if len(same) < MANY_ALIKE or isinstance(same[0], ast.Starred):
            yield from same
            continue
        turns = invoked(ast.Name("range"), ast.Constant(len(same)))
        yield ast.Starred(ast.ListComp(same[0], [ast.comprehension(ast.Name("_"), turns, [], 0)]))


def frozen(made: ast.expr) -> ast.expr:
    """What is made, without a gradient."""
    found = frozen_parameter(made)
    return invoked(ast.Attribute(made, "requires_grad_"), ast.Constant(False)) if found is None else found


def _is_several(item: ast.expr) -> bool:
    """Whether modules are made in a comprehension, which gives them no names."""
    return isinstance(item, ast.Starred)


def _link(part: Part, index: int, free: Names) -> str:
    """The name of a part in a chain of names: where no state dict shows it, a word is better than its number."""
    if isinstance(part.label, str) and not part.label.isdigit():
        return part.label
    if any(keeps_state(item) for _, item in part.present):
        return str(index) if part.label is None else str(part.label)
    return free.new(variable(part.word, "layer"))


def _variables(of: Class) -> Iterator[str]:
    """The variables of a constructor."""
    yield from (parameter.name for parameter in of.parameters)
    yield from (local for local, _ in of.locals)
    inside = list(of.parts)
    while inside:
        part = inside.pop()
        if isinstance(part, LoopPart):
            yield from (text for text, _ in part.variables)
            if part.start is not None:
                yield part.start[0].partition("#")[0]
        if isinstance(part, (LoopPart, GroupPart)):
            inside.extend(part.parts)


def _together(lists: Sequence[ast.expr]) -> ast.expr:
    """Several lists at once: a list of tuples if all of them stand here, and if one line has room for it."""
    if all(isinstance(one, ast.List) for one in lists):
        rows = zip(*(one.elts for one in lists if isinstance(one, ast.List)), strict=True)
        found = ast.List([ast.Tuple(list(row)) for row in rows])
        if len(ast.unparse(found)) <= WIDEST_TABLE:
            return found
    return invoked(ast.Name("zip"), *lists, strict=ast.Constant(True))


def _by_place(call: Call) -> int:
    """How many keywords of a layer with a window are told by their places, `nn.Conv2d(c, out, kernel, stride)`.

    What has a name says itself what it is; a number does not.
    """
    if call.kind is not None or len(call.arguments) != LEADING.get(call.target.rpartition(".")[2][:-2]):
        return 0
    found = 0
    for wanted, (keyword, code) in zip(WINDOW, call.keywords, strict=False):
        if keyword != wanted or not names_in(code):
            break
        found += 1
    return found


def _counts_from(code: Code) -> int | None:
    """Where a list begins that counts up from a number."""
    match code:
        case tree.Range(Constant(int() as first), _):
            return first
        case Constant((int() as first, _, *_) as entries) if entries == tuple(range(first, first + len(entries))):
            return first
    return None


def python_name(code: Code) -> str | None:
    """The variable that a code is, as it is written."""
    text = variable_of(code)
    return None if text is None else text.partition("#")[0]


def _changed(running: str, after: Code, write: Callable[[Code], ast.expr]) -> ast.stmt:
    variable = name_node(running)
    match after:
        case Arithmetic("+", before, more) if before == variable:
            # A variable is a name in Python, which the type of `python` does not say.
            return ast.AugAssign(python(variable), ast.Add(), write(more))  # type: ignore[arg-type]
    return ast.Assign([python(variable)], write(after))
