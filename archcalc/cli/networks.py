"""What the arguments of a command name: values for symbols, specs, and the networks in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archcalc.api.architecture import Architecture
from archcalc.catalogue import Found, find, in_folder
from archcalc.cli.console import WrongUsage
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, NoNames, Value, is_number
from archcalc.spec.names import problem_with_value_name
from archcalc.terminal import visible


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


def _found(texts: list[str], problems: list[str]) -> list[Found]:
    """What the arguments name. What names nothing becomes a problem, and the rest is still checked."""
    found: list[Found] = []
    for text in texts:
        try:
            found.append(find(text))
        except IsADirectoryError:
            files = in_folder(Path(text))
            found.extend(Found(path, str(path), None) for path in files)
            if not files:
                problems.append(f"there is no .yaml, .yml or .json file in the folder {visible(text)}")
        except (OSError, ValueError) as error:
            problems.append(visible(str(error)))
    return found


def _architecture(found: Found, problems: list[str]) -> Architecture | None:
    try:
        return Architecture.from_bytes(found.read(), found.name, found.variant)
    except OSError as error:
        problems.append(f"cannot read {visible(found.name)}: {error.strerror or error}")
    except LookupError as error:
        problems.append(visible(str(error.args[0])))
    return None


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


def read(texts: list[str], problems: list[str]) -> list[Architecture]:
    """The specifications that the arguments name. What cannot be read becomes a problem, and the rest is still read."""
    found = _found(texts, problems)
    return [architecture for entry in found if (architecture := _architecture(entry, problems)) is not None]


def chosen(specs: list[str], pairs: list[str], problems: list[str]) -> tuple[list[Architecture], dict[str, Value]]:
    """The networks that a command names and the values for them. Raises: WrongUsage."""
    values = set_values(pairs)
    networks = [network for architecture in read(specs, problems) for network in variants(architecture)]
    refuse_unknown(networks, values)
    return networks, values
