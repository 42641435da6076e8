"""What the arguments of a command name: values for symbols, specs, and the networks in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archcalc.api.architecture import Architecture, is_meant, of_found, variants
from archcalc.catalogue import Found, find, in_folder
from archcalc.cli.console import WrongUsage, complain
from archcalc.cli.failures import told
from archcalc.expressions.given import NoValue, read_value
from archcalc.expressions.values import ExpressionError, Value, described, is_number
from archcalc.importing.failure import ImportFailure
from archcalc.spec.names import problem_with_value_name
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.cli.project import Project

MOST_NAMED = 5
"""Skipped files that are named; of more, the rest is counted."""


def set_values(pairs: list[str], option: str = "--set") -> dict[str, Value]:
    """The values that an option gives. Raises: WrongUsage."""
    values: dict[str, Value] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.strip()
        if not equals or problem_with_value_name(name):
            raise WrongUsage(f"{option} takes NAME=VALUE, such as {option} N=256, not {visible(pair)}")
        try:
            values[name] = read_value(text)
        except (ExpressionError, NoValue) as error:
            raise WrongUsage(f"{option} {visible(name)}: {visible(str(error))}") from None
    return values


class Among(NamedTuple):
    """Files of which some may belong to other programs: those of a folder, or that a configuration names."""

    where: str


class Target(NamedTuple):
    """What an argument names: a file, a network of the catalogue, standard input, or one of the files of a folder."""

    found: Found
    among: Among | None = None
    """None for what was named itself, so that it is a spec whatever it says."""


def targets(texts: Sequence[str], problems: list[str], project: Project | None = None) -> list[Target]:
    """What arguments name; without any, the specs of a project. What names nothing becomes a problem.

    Raises: WrongUsage.
    """
    if project is not None and not texts:
        return list(_of_project(project, problems))
    return [target for text in texts for target in _named(text, problems, project)]


def _named(text: str, problems: list[str], project: Project | None) -> Iterator[Target]:
    try:
        found = find(text)
        if project is None or not project.leaves_out(found.name):
            yield Target(found)
    except IsADirectoryError:
        yield from _of_folder(text, problems, project)
    except (OSError, ValueError) as error:
        problems.append(visible(str(error)))


def _of_folder(folder: str, problems: list[str], project: Project | None) -> Iterator[Target]:
    """The files of a folder, but for those that its project leaves out."""
    where, there = f"in the folder {visible(folder)}", in_folder(Path(folder))
    files = [path for path in there if project is None or not project.excludes(path)]
    if not files:
        left_out = (
            f"`exclude` leaves out all that is {where} ({_listed([visible(str(one)) for one in there])}); name files"
        )
        problems.append(left_out if there else f"there is no .yaml, .yml or .json file {where}")
    among = Among(where)
    yield from (Target(Found(path, str(path), None), among) for path in files)


def _of_project(project: Project, problems: list[str]) -> Iterator[Target]:
    """The files that a configuration names. Raises: WrongUsage if there is no configuration."""
    configuration, files = project.files()
    name = visible(configuration.file.name)
    if not files:
        problems.append(f"{name} names no .yaml, .yml or .json file that is there")
    among = Among(f"among the files that {name} names")
    yield from (Target(Found(path, str(path), None), among) for path in files)


def _architectures(named: Sequence[Target], problems: list[str]) -> Iterator[Architecture]:
    """The specs that are named; files of other programs are skipped, and it is said which."""
    are_skipped: list[bool] = []
    for target in named:
        data = _contents(target, problems)
        architecture = _of(target, data, problems) if data is not None else None
        are_skipped.append(data is not None and architecture is not None and not _is_wanted(target, architecture, data))
        if architecture is not None and not are_skipped[-1]:
            yield architecture
    settled(named, are_skipped, problems)


def _contents(target: Target, problems: list[str]) -> bytes | None:
    try:
        return target.found.read()
    except OSError as error:
        problems.append(f"cannot read {visible(target.found.name)}: {error.strerror or error}")
        return None


def _is_wanted(target: Target, architecture: Architecture, data: bytes) -> bool:
    return target.among is None or is_meant(architecture, data)


def _of(target: Target, data: bytes, problems: list[str]) -> Architecture | None:
    """A spec, or a network of another tool that somebody has named."""
    found = target.found
    if target.among is not None:
        return Architecture.from_bytes(data, found.name)
    try:
        return of_found(found, data)
    except ImportFailure as failure:
        complaint, *help_ = told(failure, found.name)
        problems += [f"{visible(found.name)}: {complaint}" if failure.place else complaint, *help_]
    except LookupError as error:
        problems.append(visible(str(error.args[0])))
    return None


def settled(named: Sequence[Target], are_skipped: Sequence[bool], problems: list[str]) -> None:
    """Say which files were skipped; that there are no others is a problem."""
    groups: dict[Among, list[tuple[str, bool]]] = {}
    for target, is_skipped in zip(named, are_skipped, strict=True):
        if target.among is not None:
            groups.setdefault(target.among, []).append((visible(target.found.name), is_skipped))
    for among, files in groups.items():
        skipped = [name for name, is_skipped in files if is_skipped]
        told = f"{_listed(skipped)} {'has' if len(skipped) == 1 else 'have'} neither `layers` nor `variants`"
        if skipped and len(skipped) == len(files):
            problems.append(f"there is no spec {among.where}: {told}")
        elif skipped:
            complain(f"skipped {len(skipped)} file{'' if len(skipped) == 1 else 's'}: {told}")


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def refuse_unknown(networks: list[Architecture], values: dict[str, Value]) -> None:
    """Raises: WrongUsage for a name that none of the networks has, and for a list or a word in place of a size."""
    if not networks:
        return
    refuse_names(values, {name for network in networks for name in network.settable()})
    lets = {name for network in networks if network.spec is not None for name in network.spec.lets}
    for name, value in values.items():
        if name not in lets and not is_number(value):
            raise WrongUsage(f"--set {name}: a number is needed, not {visible(described(value))}: it is a size")


def refuse_names(values: Mapping[str, Value], known: Collection[str]) -> None:
    """Raises: WrongUsage for a name that is not among those that can be set."""
    for name in values:
        if name not in known:
            listed = ", ".join(sorted(known)) if known else "none"
            raise WrongUsage(f"--set {name}: no such symbol or let; there are: {listed}")


def read(texts: list[str], problems: list[str]) -> list[Architecture]:
    """The specifications that the arguments name. What cannot be read becomes a problem, and the rest is still read."""
    return list(_architectures(targets(texts, problems), problems))


def chosen(specs: list[str], pairs: list[str], problems: list[str]) -> tuple[list[Architecture], dict[str, Value]]:
    """The networks that a command names and the values for them. Raises: WrongUsage."""
    values = set_values(pairs)
    return networks_of(targets(specs, problems), values, problems), values


def networks_of(named: Sequence[Target], values: dict[str, Value], problems: list[str]) -> list[Architecture]:
    """The networks in what is named. Raises: WrongUsage for values that none of them takes."""
    networks = [network for architecture in _architectures(named, problems) for network in variants(architecture)]
    refuse_unknown(networks, values)
    return networks
