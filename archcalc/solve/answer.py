"""From a question to its answer: the search, and what is said about the ends of what it found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from archcalc.diagnostics import Diagnostic, closest
from archcalc.dims import Number, Polynomial
from archcalc.expressions.limits import with_room
from archcalc.expressions.values import UnknownValue, Unresolved, described, is_number
from archcalc.network import Network, Settings
from archcalc.program import Program
from archcalc.questions.constraints import Constraint, read_constraints
from archcalc.questions.errors import in_words
from archcalc.questions.values import Domain, Exact, WrongQuestion
from archcalc.solve.hopeless import errors_whatever
from archcalc.solve.search import Asking, Search, Trial
from archcalc.solve.solutions import End, SolutionBox, Solutions, joined, point
from archcalc.solve.values import Unknown
from archcalc.spec.model import Mistake


def solve(
    program: Program,
    unknowns: str | Sequence[str],
    where: str | Sequence[str] = (),
    values: Mapping[str, int | Fraction | bool] | None = None,
) -> Solutions:
    """All values of symbols and lets at which the network is legal and all conditions hold.

    An unknown is a name, or a name with its domain: `N`, `depth=1..12`, `alpha=0.25..1.5/0.05`, `kernel=3,5,7`. Without
    one, a symbol is a whole number from 1 on, and a let one from 0 on. Values for other names come as in a check.

    The answer is complete, with a proof, where symbols can stand for the unknowns. Unknowns on which the form of the
    network depends, such as a depth, are put in value by value: all of a domain, or so many from its beginning as
    `searched` says. With NumPy, a sweep goes through very many combinations of domains that have an end.

    Raises: WrongQuestion (a ValueError) for a question that makes no sense for this network; LookupError if there are
    variants and none was chosen.

    >>> import archcalc
    >>> print(archcalc.load("resnet_cifar:20").solve("n=1..20", "parameters <= 1M"))
    n = 1..10
    """
    return with_room(lambda: _answer(*_asking(program, unknowns, where, values or {}), program))


def _answer(asking: Asking, stated: Mapping[str, Number], program: Program) -> Solutions:
    search = Search(program, asking, stated)
    names = tuple(one.name for one in asking.unknowns)
    has_lets = not set(names) <= set(stated)
    errors = errors_whatever(program, names, stated, asking.given) if has_lets and not search.is_tied else []
    boxes = [] if errors else joined(search.boxes(), names)
    errors = errors or search.errors
    gone_through = {name: asking.domain(name).text(search.ends[name]) for name in names if name in search.ends}
    found = Solutions(
        names,
        tuple(one.text for one in asking.constraints),
        boxes,
        complete=search.is_complete,
        searched={name: text for name, text in gone_through.items() if name not in search.looked_up},
        looked_up={name: text for name, text in gone_through.items() if name in search.looked_up},
        domains={name: _domain_text(asking.domain(name), name) for name in names},
        reason=None if boxes else _hopeless(errors, names) if errors and has_lets else _reason(search),
        errors=errors,
        unlisted=search.unlisted,
        ends=search.extremes,
        help="" if search.is_complete else search.help,
    )
    if boxes:
        found.remarks = {"smallest": _remarks(search, found, "smallest"), "largest": _remarks(search, found, "largest")}
    return found


def _hopeless(errors: Sequence[Diagnostic], names: Sequence[str]) -> str:
    more = f", and {len(errors) - 1:,} more" if errors[1:] else ""
    return f"the network has errors whatever {' and '.join(names)} {_are(names)}: {in_words(errors[0])}{more}"


def _are(names: Sequence[str]) -> str:
    return "are" if names[1:] else "is"


def _asking(
    program: Program, unknowns: str | Sequence[str], where: str | Sequence[str], given: Mapping[str, Any]
) -> tuple[Asking, dict[str, Number]]:
    """The question, understood, and the symbols of the network with their values. Raises: WrongQuestion."""
    if any(found.severity == "error" for found in program.mistakes):
        raise WrongQuestion(f"{program.name} cannot be read without errors; `archcalc check` shows them")
    read = [Unknown.read(text) for text in ([unknowns] if isinstance(unknowns, str) else unknowns)]
    if not read:
        raise WrongQuestion("name what is unknown, such as N")
    known = program.settable
    for name in [*(one.name for one in read), *given]:
        if name not in known:
            near = closest(name, known)
            listed = (
                f"there are {', '.join(known)}"
                if known
                else "it has none; write one, such as input: [3, N, N] with at: {N: 224}"
            )
            hint = f"did you mean `{near}`?" if near else listed
            raise WrongQuestion(f"`{name}` is neither a symbol nor a let of {program.name}; {hint}")
    for index, one in enumerate(read):
        if one.name in given:
            raise WrongQuestion(f"{one.name} is unknown and has a value at the same time")
        if one.name in (other.name for other in read[:index]):
            raise WrongQuestion(f"{one.name} is asked for twice")
    network = program.unfold(Settings(dict(given)))
    for one in read:
        _require_number(one.name, network)
    asked = {one.name for one in read}
    for name, value in network.symbols.items():
        if isinstance(value, Polynomial) and name not in asked:
            raise WrongQuestion(f"{name} has no value: give it one, or ask for it too")
    lets = {name: let.parameters for name, let in network.globals.lets.items()}
    functions = [name for name, parameters in lets.items() if parameters is not None]
    texts = [where] if isinstance(where, str) else where
    constraints = [one for text in texts for one in read_constraints(text, known, functions)]
    complete = [
        one if one.domain else one._replace(domain=Domain(1 if one.name in network.symbols else 0, is_given=False))
        for one in read
    ]
    return Asking(tuple(complete), tuple(constraints), given), network.symbols


def _require_number(name: str, network: Network) -> None:
    """Solutions are numbers. Raises: WrongQuestion for a let that is a list, a word, or true or false."""
    try:
        value = network.globals.context.resolve((name,))
    except (Unresolved, UnknownValue, Mistake):
        return  # Whatever is wrong with it now, numbers take its place.
    if is_number(value):
        return
    if isinstance(value, tuple):
        what, help = "is a list", "give its entries names of their own in `let`, and ask for those"
    elif isinstance(value, bool):
        what, help = f"is {described(value)}", f"compare --set {name}=true with --set {name}=false"
    else:
        what, help = f"is the word {described(value)}", f"put other words in by --set {name}=WORD"
    raise WrongQuestion(f"{name} {what}, and solve looks for numbers; {help}")


def _domain_text(domain: Domain, name: str) -> str:
    return f"{name} = {domain.text()}" if domain.listed or domain.last is not None else f"{name} >= {domain.first}"


def _remarks(search: Search, found: Solutions, end: End) -> list[str]:
    """The quantities at an end of the solutions, and what rules out the next value behind it."""
    values = found.smallest if end == "smallest" else found.largest
    if values is None:
        return []
    measured = _quantities(search.trial(values).measured)
    lines = [f"{point(values)}: {measured}"] if measured else []
    if len(values) == 1:
        ((name, value),) = values.items()
        behind = _next(search, name, value, up=end == "largest")
        if behind is not None:
            trials = [*_skipped(search, name, value, behind), search.trial({name: behind})]
            lines.extend(f"but {_why_not(search, trial)}" for trial in trials)
    return lines


def _skipped(search: Search, name: str, value: Exact, behind: Exact) -> list[Trial]:
    """The very next value that was tried, where the network is not legal and the next legal one lies further on."""
    first, last = min(value, behind), max(value, behind)
    tried = search.trials if name in search.ends else []
    between = {trial.values[name]: trial for trial in tried if first < trial.values[name] < last}
    return [between[min(between) if value < behind else max(between)]] if between else []


def _quantities(texts: Iterable[str]) -> str:
    """Quantities with their values, each once."""
    return ", ".join(dict.fromkeys(part for part in texts if part))


def _why_not(search: Search, trial: Trial) -> str:
    if trial.obstacle:
        return f"{point(trial.values)}: {trial.obstacle}"
    several = len(search.asking.constraints) > 1
    missed = []
    for index in trial.misses:
        measured, text = trial.measured[index], search.asking.constraints[index].text
        missed.append(f"not {text}" if not measured else f"{measured} (not {text})" if several else measured)
    return f"{point(trial.values)}: {_quantities(missed)}"


def _next(search: Search, name: str, value: Exact, *, up: bool) -> Exact | None:
    """The next value behind an end of the solutions at which the network is legal, or else the next of the domain."""
    domain = search.asking.domain(name)
    beyond = [one.values[name] for one in search.trials if not one.obstacle]
    for legal in search.sets:
        if domain.listed:
            beyond.extend(one for one in domain.listed if one in legal.axes[name])
        elif isinstance(value, int):
            near = legal.axes[name].above(value) if up else legal.axes[name].below(value)
            beyond.extend([] if near is None else [near])
    beyond = [one for one in beyond if (one > value if up else one < value)]
    if beyond:
        return min(beyond) if up else max(beyond)
    if domain.listed:
        others = [one for one in domain.listed if (one > value if up else one < value)]
        return (min(others) if up else max(others)) if others else None
    other = value + domain.step if up else value - domain.step
    if other < domain.first or (domain.last is not None and other > domain.last):
        return None
    if name in search.ends and other > search.ends[name]:
        return None
    return other


def _reason(search: Search) -> str:
    """Why there is no solution: what is never legal, which constraint is never met, or which are not met together."""
    legal = [trial for trial in search.trials if not trial.obstacle]
    legal += [search.trial({**_fixed(search), **one}) for one in _samples(search)]
    if not legal:
        shown = _as_stated(search) or search.trial(_fixed(search))
        return f"the network is never legal; at {point(shown.values)}: {shown.obstacle}"
    if len(search.asking.constraints) == 1:
        return _never_met(search.asking.constraints[0], legal)
    alone: list[tuple[Constraint, list[SolutionBox]]] = []
    names = tuple(one.name for one in search.asking.unknowns)
    for constraint in search.asking.constraints:
        other = Search(search.program, search.asking._replace(constraints=(constraint,)), search.stated)
        boxes = joined(other.boxes(), names)
        if not boxes:
            return _reason(other)
        alone.append((constraint, boxes))
    parts = [
        f"{one.text} where {', '.join(boxes[0][name].text(name) for name in names)}{' or ...' if boxes[1:] else ''}"
        for one, boxes in alone
    ]
    return f"each condition can be met, but not all of them together: {'; '.join(parts)}"


def _as_stated(search: Search) -> Trial | None:
    """The trial at the values that the spec has, which its author knows; else the first one."""
    stated = search.stated_values
    first = search.trials[0] if search.trials else None
    return next((trial for trial in search.trials if trial.values == stated), first)


def _never_met(constraint: Constraint, legal: list[Trial]) -> str:
    measured = [trial for trial in legal if trial.by]
    if not measured:
        return f"{constraint.text} is never met"
    nearest = min(measured, key=lambda trial: max(trial.by))
    return f"{constraint.text} is never met; at {point(nearest.values)}: {_quantities(nearest.measured)}"


def _fixed(search: Search) -> dict[str, Exact]:
    """One value for every unknown: the first of its domain."""
    return {one.name: next(search.asking.domain(one.name).members()) for one in search.asking.unknowns}


def _samples(search: Search) -> list[dict[str, Exact]]:
    """Legal values at the ends of what was decided for all values at once."""
    found: list[dict[str, Exact]] = []
    for legal in search.sets:
        for box in legal.boxes[:1]:
            least = {name: values.least for name, values in box.items()}
            greatest = {name: values.greatest for name, values in box.items()}
            for ends in (least, greatest):
                found.append({name: value for name, value in ends.items() if value is not None})
    return [one for one in found if one]
