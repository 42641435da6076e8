"""A small judge of certificates of legal sizes. It needs nothing but Python: `python checker.py certificate.json`.

A certificate lists conditions on symbols, which are integers >= 1, and claims at which sizes all of them hold: boxes,
which are products of runs; a run has the integers from `first` to `last` (null: without end) with some remainders.
Conditions without common symbols stand in different parts, and the whole claim is the product of the parts. The proof
of a part cuts the space of its sizes into cells; in a cell every symbol is `first + step*t` for integers t >= 0.

* ["at", "N", 188] cuts a cell between 187 and 188, ["mod", "N", 2] by the remainder of t; the pieces follow in order.
* ["proven", [3, 4]]: conditions 3 and 4 hold everywhere in the cell; what follows there is about the others.
* ["fails", 3]: condition 3 holds nowhere in the cell, and the claim has none of its sizes.
* ["legal"]: the conditions that are left hold everywhere in the cell, and the claim has all of its sizes.

In a cell an expression is an exact polynomial in the t: a floor of a quotient that comes out even stays one, and any
other floor, minimum or maximum becomes a variable between proven bounds. Nothing is sampled, and nothing is searched.

An accepted certificate proves, for all sizes >= 1 without any bound: the listed conditions that are not set aside as
undecided all hold exactly at the claimed sizes. What is set aside, or has no proof, is reported as not certified. That
the conditions are those of a network is proven elsewhere; names of layers and fixed values are not looked at.

No boxes can say that B >= A for all sizes: inequalities and equations that tie symbols together, without a product of
them, may be part of the claim as they stand (`where`). The claim then has those sizes in boxes at which they hold.
"""

from __future__ import annotations

import ast
import json
import sys
from functools import reduce
from math import gcd, prod
from pathlib import Path
from typing import Any, NamedTuple

Polynomial = dict[tuple[int, ...], int]
"""Integer coefficients of products of variables, which have numbers; `()` is the constant."""

MAX_CLASSES = 10_000
"""Pieces into which one step cuts a cell."""

MAX_MODULUS = 1_000_000
"""Remainders that a claim may tell apart."""

MAX_OPTIONS = 1_000
"""Values of which one expression takes the least or the largest."""


class Rejected(Exception):
    """A certificate that does not prove what it claims, and why."""


class Progression(NamedTuple):
    """The integers first + step*t for t from 0 to `turns`; None: without end."""

    first: int
    step: int = 1
    turns: int | None = None

    def cut(self, number: int) -> list[Progression]:
        """Those below a number, and the others."""
        turn = -((self.first - number) // self.step)
        require(turn > 0 and (self.turns is None or turn <= self.turns), f"{number} cuts nothing off")
        rest = None if self.turns is None else self.turns - turn
        return [self._replace(turns=turn - 1), Progression(self.first + turn * self.step, self.step, rest)]

    def classes(self, modulus: int) -> list[Progression]:
        """Those with t = 0, 1, 2, ... (mod modulus), as far as there are any."""
        count = modulus if self.turns is None else min(modulus, self.turns + 1)
        require(modulus > 1 and count <= MAX_CLASSES, f"{modulus} classes are too few, or too many")
        ends = [None if self.turns is None else (self.turns - turn) // modulus for turn in range(count)]
        return [Progression(self.first + t * self.step, self.step * modulus, end) for t, end in enumerate(ends)]


class Run(NamedTuple):
    """The integers from `first` to `last` with some remainders."""

    first: int
    last: int | None
    modulus: int
    residues: frozenset[int]


class Condition(NamedTuple):
    """A statement about an expression: it is >= 0 ("at-least"), it is 0 ("equal"), or it is a multiple of something."""

    relation: str
    expression: ast.expr
    modulus: int


Cell = dict[str, Progression]
Box = dict[str, list[Run]]


def require(holds: bool, reason: str) -> None:
    """Raises: Rejected, unless something holds."""
    if not holds:
        raise Rejected(reason)


def added(one: Polynomial, other: Polynomial, sign: int = 1) -> Polynomial:
    """The sum, or the difference for the sign -1."""
    keys = {**one, **other}
    total = {key: one.get(key, 0) + sign * other.get(key, 0) for key in keys}
    return {key: coefficient for key, coefficient in total.items() if coefficient}


def multiplied(one: Polynomial, other: Polynomial) -> Polynomial:
    """The product."""
    require(len(one) * len(other) <= 100_000, "a product has too many terms")
    total: Polynomial = {}
    for variables, coefficient in one.items():
        for others, factor in other.items():
            key = tuple(sorted(variables + others))
            total[key] = total.get(key, 0) + coefficient * factor
    return added(total, {})


def quotient(node: ast.expr) -> tuple[ast.expr, int]:
    """An expression as numerator and divisor; divisors stand nowhere but in floors and below a whole expression."""
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=int(divisor))) if divisor > 0:
            return left, divisor
    return node, 1


class CellEvaluator:
    """A cell in which expressions have values; a variable is an integer from 0 to its entry in `most` (None: any)."""

    def __init__(self, cell: Cell) -> None:
        self.most: list[int | None] = []
        self.rounded: dict[Any, Polynomial] = {}
        self.symbols = {name: self.variable(*numbers) for name, numbers in cell.items()}

    def variable(self, first: int, step: int, turns: int | None) -> Polynomial:
        """The polynomial first + step*t with a new variable t."""
        self.most.append(turns)
        return added({(): first}, {} if turns == 0 else {(len(self.most) - 1,): step})

    def bounds(self, value: Polynomial) -> tuple[int | None, int | None]:
        """A value below which the polynomial does not fall, and one above which it does not rise; None: no such."""
        ends: list[Any] = [value.get((), 0)] * 2
        for variables, coefficient in value.items():
            most = [self.most[variable] for variable in variables]
            side = coefficient > 0
            if None in most:
                ends[side] = None
            elif variables and ends[side] is not None:
                ends[side] += coefficient * prod(end for end in most if end is not None)
        return ends[0], ends[1]

    def value(self, node: ast.expr) -> Polynomial:
        """What an expression is in the cell. Raises: Rejected, if it is none of the expressions that are known."""
        match node:
            case ast.Constant(value=int(number)):
                return added({(): number}, {})
            case ast.Name(id=name) if name in self.symbols:
                return self.symbols[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return added({}, self.value(operand), -1)
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(power))) if 0 <= power <= 64:
                return reduce(multiplied, [self.value(left)] * power, {(): 1})
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return multiplied(self.value(left), self.value(right))
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as sign, right=right):
                return added(self.value(left), self.value(right), 1 if isinstance(sign, ast.Add) else -1)
            case ast.Call(func=ast.Name(id="floor"), args=[argument], keywords=[]):
                numerator, divisor = quotient(argument)
                return self.floor(self.value(numerator), divisor)
            case ast.Call(func=ast.Name(id="max"), args=[_, *_] as options, keywords=[]):
                return self.maximum([self.value(option) for option in options])
            case ast.Call(func=ast.Name(id="min"), args=[_, *_] as options, keywords=[]):
                return added({}, self.maximum([added({}, self.value(option), -1) for option in options]), -1)
        raise Rejected(f"{ast.unparse(node)!r} is not a known expression in {', '.join(self.symbols)}")

    def floor(self, value: Polynomial, divisor: int) -> Polynomial:
        """The value over a divisor, rounded down: what comes out even stays, the rest has bounds."""
        whole = {key: number // divisor if number > 0 else -(-number // divisor) for key, number in value.items()}
        rest = {key: number - whole[key] * divisor for key, number in value.items() if number % divisor}
        low, high = [None if end is None else end // divisor for end in self.bounds(rest)]
        return added(whole, self.between(low, high, (divisor, frozenset(rest.items()))))

    def maximum(self, values: list[Polynomial]) -> Polynomial:
        """The largest of the values, if it can be told which that is; else something with bounds."""
        require(len(values) <= MAX_OPTIONS, "a minimum or maximum has too many options")
        for value in values:
            ahead = [self.bounds(added(value, other, -1))[0] for other in values]
            if all(least is not None and least >= 0 for least in ahead):
                return value
        lows, highs = zip(*map(self.bounds, values), strict=True)
        low = max((least for least in lows if least is not None), default=None)
        what = frozenset(frozenset(value.items()) for value in values)
        return self.between(low, None if None in highs else max(highs), what)

    def between(self, low: Any, high: Any, what: Any) -> Polynomial:
        """An integer of which nothing but bounds is known; what is the same becomes the same."""
        if what not in self.rounded:
            if low is not None:
                self.rounded[what] = self.variable(low, 1, None if high is None else high - low)
            else:
                some = self.variable(high or 0, -1, None)
                self.rounded[what] = some if high is not None else added(some, self.variable(0, 1, None))
        return self.rounded[what]


def truth(condition: Condition, cell: Cell) -> bool | None:
    """Whether a condition holds everywhere in a cell (True) or nowhere (False); None: it is not seen."""
    evaluator = CellEvaluator(cell)
    value = evaluator.value(condition.expression)
    # The value leaves the same remainder by the common divisor everywhere in the cell.
    common = gcd(*[number for key, number in value.items() if key])
    if condition.relation == "multiple":
        common = gcd(common, condition.modulus)
        return False if value.get((), 0) % common else True if common == condition.modulus else None
    low, high = evaluator.bounds(value)
    if high is not None and high < 0:
        return False
    if condition.relation == "equal":
        unequal = (low is not None and low > 0) or (common > 0 and value.get((), 0) % common > 0)
        return False if unequal else True if low == high == 0 else None
    return True if low is not None and low >= 0 else None


def share(numbers: Progression, runs: list[Run]) -> bool | None:
    """Whether runs have all of the integers (True), none of them (False), or some (None)."""
    first, step, turns = numbers
    answers: set[bool] = set()
    turn = 0  # Those before it are answered.
    for run in runs:
        start = max(turn, -((first - run.first) // step))
        answers |= {False} if start > turn else set()
        ends = [end for end in (turns, None if run.last is None else (run.last - first) // step) if end is not None]
        turn = max(start, min(ends) + 1) if ends else start + run.modulus // gcd(step, run.modulus)
        for probe in range(start, min(turn, start + run.modulus // gcd(step, run.modulus))):
            answers.add((first + probe * step) % run.modulus in run.residues)
            if len(answers) == 2:
                return None
        if not ends or (turns is not None and turn > turns):
            return answers.pop() if len(answers) == 1 else None
    return None if True in answers else False


def claimed(cell: Cell, boxes: list[Box]) -> bool | None:
    """Whether one box has all sizes of a cell (True), or no box has any (False); None: neither."""
    shares = [[share(numbers, box[name]) for name, numbers in cell.items()] for box in boxes]
    return True if any(all(found) for found in shares) else False if all(False in found for found in shares) else None


def prove(symbols: list[str], conditions: dict[int, Condition], boxes: list[Box], proof: list[Any]) -> None:
    """Raises: Rejected, unless the proof shows that the conditions hold exactly in the boxes."""
    waiting = [({name: Progression(1) for name in symbols}, list(conditions))]
    for number, entry in enumerate(proof):
        require(bool(waiting), f"step {number} of the proof is in no cell")
        cell, left = waiting.pop()
        where = f"step {number} of the proof, {entry}"
        match entry:
            case ["at", str(name), int(by)] if name in cell:
                waiting.extend([({**cell, name: piece}, left) for piece in reversed(cell[name].cut(by))])
            case ["mod", str(name), int(by)] if name in cell:
                waiting.extend([({**cell, name: piece}, left) for piece in reversed(cell[name].classes(by))])
            case ["proven", [*shown]]:
                require(all(one in left and truth(conditions[one], cell) for one in shown), f"{where}: it is not seen")
                waiting.append((cell, [one for one in left if one not in shown]))
            case ["fails", int(one)] if one in conditions:
                require(truth(conditions[one], cell) is False, f"{where}: it is not seen that it fails in {cell}")
                require(claimed(cell, boxes) is False, f"{where}: the claim has sizes of {cell}")
            case ["legal"]:
                require(all(truth(conditions[one], cell) for one in left), f"{where}: not all is seen in {cell}")
                require(claimed(cell, boxes) is True, f"{where}: the claim does not have all sizes of {cell}")
            case _:
                raise Rejected(f"{where}: there is no such step")
    require(not waiting, "the proof does not look at all sizes")


def check(certificate: Any) -> list[str]:
    """What a certificate, as JSON data, does not certify: nothing, if it proves all that it claims.

    Raises: Rejected, if a proof does not prove its claim, or if the data are no certificate.
    """
    try:
        return _checked(certificate)
    except (AttributeError, LookupError, MemoryError, RecursionError, SyntaxError, TypeError, ValueError) as wrong:
        raise Rejected(f"this cannot be read as a certificate: {type(wrong).__name__} {wrong}") from wrong


def _checked(data: Any) -> list[str]:
    require((data["format"], data["version"]) == ("legal sizes", 1), "this is no certificate that is known here")
    entries, symbols, undecided, parts = _lists(data, "conditions", "symbols", "undecided", "parts")
    (where,) = _lists(data, "where") if "where" in data else ([],)
    if "rests_on" in data:
        _lists(data, "rests_on")
    conditions = dict(enumerate(condition(entry) for entry in entries))
    for number in where:
        require(ties(conditions[number]), f"a claim cannot say where {_condition_text(entries[number])}")
    left = [f"undecided: {_condition_text(entries[number])}" for number in undecided]
    for part in parts:
        names, numbers, boxes = _lists(part, "symbols", "conditions", "boxes")
        claim = [_box(box, names) for box in boxes]
        if part["proof"] is None:
            reason = f": {part['reason']}" if part.get("reason") else ""
            left.append(f"the claim about {', '.join(names)} has no proof{reason}")
        else:
            prove(names, {number: conditions[number] for number in numbers}, claim, *_lists(part, "proof"))
    named, numbered = [[one for part in parts for one in part[key]] for key in ("symbols", "conditions")]
    require(sorted(named) == sorted(set(symbols)), "the parts do not have every symbol once")
    require(sorted(numbered + undecided + where) == list(conditions), "the parts do not have every condition once")
    return left


def _lists(data: Any, *keys: str) -> list[list[Any]]:
    for key in keys:
        require(type(data[key]) is list, f"{key!r} is no list")
    return [data[key] for key in keys]


def condition(entry: Any) -> Condition:
    """A condition of a certificate. Raises: Rejected."""
    relation, text, modulus = entry["relation"], entry["expression"], entry["modulus"]
    require(relation in ("at-least", "equal", "multiple"), f"there is no relation {relation!r}")
    require(type(modulus) is int and modulus >= 1, f"nothing is a multiple of {modulus!r}")
    require(type(text) is str and len(text) <= 1_000_000, "an expression is too long, or no text")
    numerator, divisor = quotient(ast.parse(text, mode="eval").body)
    return Condition(relation, numerator, modulus * divisor)


def ties(condition: Condition) -> bool:
    """Whether a condition may be part of a claim as it stands: it compares symbols, and multiplies none by another."""
    names = {node.id for node in ast.walk(condition.expression) if isinstance(node, ast.Name)} - {"floor"}
    return condition.relation != "multiple" and len(names) > 1 and _is_sum(condition.expression)


def _is_sum(node: ast.expr) -> bool:
    """Whether an expression adds up multiples of symbols and of their floors."""
    match node:
        case ast.Constant() | ast.Name():
            return True
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _is_sum(inner)
        case ast.BinOp(left=ast.Constant() | ast.UnaryOp(operand=ast.Constant()), op=ast.Mult(), right=inner):
            return _is_sum(inner)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            return _is_sum(left) and _is_sum(right)
        case ast.Call(func=ast.Name(id="floor"), args=[argument]):
            return _is_sum(quotient(argument)[0])
    return False


def runs(entries: Any) -> list[Run]:
    """A set of a certificate. Raises: Rejected."""
    found = [Run(one["first"], one["last"], one["modulus"], frozenset(one["residues"])) for one in entries]
    least: int | None = 1
    for run in found:
        numbers = [run.first, run.modulus, *run.residues, *([] if run.last is None else [run.last])]
        require(all(type(number) is int for number in numbers), f"{run} has no integers")
        require(1 <= run.modulus <= MAX_MODULUS, f"remainders by {run.modulus} are not looked at")
        require(least is not None and least <= run.first, f"{run} does not follow the run before it")
        require(run.last is None or run.first <= run.last, f"{run} ends before it begins")
        least = None if run.last is None else run.last + 1
    return found


def _box(box: Any, symbols: list[str]) -> Box:
    require(sorted(box) == sorted(symbols), f"a box of {', '.join(symbols)} has other symbols: {', '.join(box)}")
    return {name: runs(box[name]) for name in symbols}


def _condition_text(entry: Any) -> str:
    relation = {"at-least": ">= 0", "equal": "= 0"}.get(entry["relation"], f"a multiple of {entry['modulus']}")
    return f"{entry['expression']} {'is ' if entry['relation'] == 'multiple' else ''}{relation}"


def _claimed(box: Any) -> str:
    """`N = 12 (mod 16) from 188 on`, for every symbol of a box."""
    parts = []
    for name, runs in box.items():
        for run in runs:
            pattern = f"{name} = {', '.join(map(str, run['residues']))} (mod {run['modulus']})"
            last = "on" if run["last"] is None else f"to {run['last']}"
            parts.append(f"{pattern if run['modulus'] > 1 else name} from {run['first']} {last}")
    return "; ".join(parts)


def main(arguments: list[str]) -> int:
    """Check a file. The exit status is 0 if all is proven, 1 if it is rejected, 2 if a part is not certified."""
    if len(arguments) != 1:
        print("usage: python checker.py CERTIFICATE.json", file=sys.stderr)
        return 1
    try:
        data = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        left = check(data)
    except (OSError, RecursionError, ValueError, Rejected) as wrong:
        _print(f"rejected: {wrong}")
        return 1
    for part in data["parts"]:
        for box in part["boxes"] or ["no size"]:
            _print(f"claim: {box if isinstance(box, str) else _claimed(box)}")
    for number in data.get("where", []):
        _print(f"claim: where {_condition_text(data['conditions'][number])}")
    for name in data.get("rests_on", []):
        _print(f"taken for granted: what the spec states of {name}")
    for line in left:
        _print(f"not certified: {line}")
    print(f"{len(data['conditions'])} conditions: " + ("accepted in part" if left else "proven for all sizes"))
    return 2 if left else 0


def _print(line: str) -> None:
    """A line without characters that a terminal would obey: names and expressions are those of whoever wrote them."""
    print("".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
