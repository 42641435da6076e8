"""What the arguments of a command name: values for symbols, specs, and the networks in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.api.architecture import Architecture, of_found
from archcalc.catalogue import Found, find, in_folder
from archcalc.cli.console import WrongUsage, complain
from archcalc.cli.failures import told
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, NoNames, Value, is_number
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
            value = parse(text).evaluate(NoNames())
        except ExpressionError as error:
            raise WrongUsage(f"{option} {visible(name)}: {visible(error.message)}") from None
        if not is_number(value) and not isinstance(value, bool):
            raise WrongUsage(f"{option} {visible(name)}: a number is needed, not {visible(text)}")
        values[name] = value
    return values


def _named(text: str, problems: list[str], project: Project | None) -> Iterator[Architecture]:
    """What an argument names. What names nothing becomes a problem, and the rest is still checked."""
    try:
        found = find(text)
    except IsADirectoryError:
        yield from _of_folder(text, problems, project)
        return
    except (OSError, ValueError) as error:
        problems.append(visible(str(error)))
        return
    try:
        yield of_found(found)
    except OSError as error:
        problems.append(_unreadable(found, error))
    except ImportFailure as failure:
        complaint, *help_ = told(failure, found.name)
        problems += [f"{visible(found.name)}: {complaint}" if failure.place else complaint, *help_]
    except LookupError as error:
        problems.append(visible(str(error.args[0])))


def _of_folder(folder: str, problems: list[str], project: Project | None) -> Iterator[Architecture]:
    """The specs of a folder, but for those that its project leaves out."""
    where, there = f"in the folder {visible(folder)}", in_folder(Path(folder))
    files = [path for path in there if project is None or not project.excludes(path)]
    if not files:
        left_out = (
            f"`exclude` leaves out all that is {where} ({_listed([visible(str(one)) for one in there])}); name files"
        )
        problems.append(left_out if there else f"there is no .yaml, .yml or .json file {where}")
    yield from _specs_of(files, where, problems)


def _of_project(project: Project, problems: list[str]) -> Iterator[Architecture]:
    """The specs that a configuration names. Raises: WrongUsage if there is none."""
    configuration, files = project.files()
    name = visible(configuration.file.name)
    if not files:
        problems.append(f"{name} names no .yaml, .yml or .json file that is there")
    yield from _specs_of(files, f"among the files that {name} names", problems)


def _specs_of(files: Sequence[Path], where: str, problems: list[str]) -> Iterator[Architecture]:
    """The specs among files; those of other programs are skipped, and it is said which."""
    skipped: list[str] = []
    for path in files:
        data = _contents(Found(path, str(path), None), problems)
        if data is None:
            continue
        architecture = Architecture.from_bytes(data, str(path))
        if is_meant(architecture, data):
            yield architecture
        else:
            skipped.append(visible(str(path)))
    told = f"{_listed(skipped)} {'has' if len(skipped) == 1 else 'have'} neither `layers` nor `variants`"
    if skipped and len(skipped) == len(files):
        problems.append(f"there is no spec {where}: {told}")
    elif skipped:
        complain(f"skipped {len(skipped)} file{'' if len(skipped) == 1 else 's'}: {told}")


def is_meant(architecture: Architecture, data: bytes) -> bool:
    """Whether a file says that it is a spec. One that cannot be read does, where it names what a spec has."""
    if architecture.spec is not None:
        return architecture.spec.is_meant
    return b"layers" in data or b"variants" in data


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _contents(found: Found, problems: list[str]) -> bytes | None:
    try:
        return found.read()
    except OSError as error:
        problems.append(_unreadable(found, error))
    return None


def _unreadable(found: Found, error: OSError) -> str:
    return f"cannot read {visible(found.name)}: {error.strerror or error}"


def variants(architecture: Architecture) -> list[Architecture]:
    """All variants where none was chosen."""
    if architecture.variant is None and architecture.variants:
        return [architecture.choose(variant) for variant in architecture.variants]
    return [architecture]


def refuse_unknown(networks: list[Architecture], values: dict[str, Value]) -> None:
    """Raises: WrongUsage for a name that none of the networks has."""
    for name in values:
        if networks and not any(name in network.settable() for network in networks if network.spec):
            known = sorted({known for network in networks for known in network.settable()})
            listed = ", ".join(known) if known else "none"
            raise WrongUsage(f"--set {name}: no such symbol or let; there are: {listed}")


def values_of(network: Architecture, values: Mapping[str, Value]) -> dict[str, Value]:
    """Among several networks, each takes the values of the names that it has."""
    known = network.settable()
    return {name: value for name, value in values.items() if name in known}


def read(texts: list[str], problems: list[str], project: Project | None = None) -> list[Architecture]:
    """The specifications that the arguments name; without any, those of a project.

    What cannot be read becomes a problem, and the rest is still read. Raises: WrongUsage.
    """
    if project is not None and not texts:
        return list(_of_project(project, problems))
    return [architecture for text in texts for architecture in _named(text, problems, project)]


def chosen(
    specs: list[str], pairs: list[str], problems: list[str], project: Project | None = None
) -> tuple[list[Architecture], dict[str, Value]]:
    """The networks that a command names and the values for them. Raises: WrongUsage."""
    values = set_values(pairs)
    networks = [network for architecture in read(specs, problems, project) for network in variants(architecture)]
    refuse_unknown(networks, values)
    return networks, values
