"""The reports of `archcalc check` for other programs, read as those programs read them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cli.command import run

SCHEMAS = Path(__file__).parent / "schemas"
FORMATS = ("github", "gitlab", "sarif", "junit")
_COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)


class Command(NamedTuple):
    """A workflow command as the runner of GitHub takes it apart."""

    name: str
    properties: dict[str, str]
    data: str


def commands(text: str) -> list[Command]:
    """The workflow commands in a log: a line that begins with two colons is one, whatever was meant."""
    found = []
    for line in text.split("\n"):
        match = _COMMAND.fullmatch(line.lstrip())
        if match:
            pairs = [pair.partition("=") for pair in (match["properties"] or "").split(",") if pair]
            properties = {name.strip(): unescaped(value, "%3A:", "%2C,") for name, _, value in pairs}
            found.append(Command(match["name"], properties, unescaped(match["data"])))
    return found


def unescaped(text: str, *more: str) -> str:
    for sign in (*more, "%0D\r", "%0A\n", "%25%"):
        text = text.replace(sign[:3], sign[3:])
    return text


@cache
def _validator(name: str) -> Any:
    import jsonschema

    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


@cache
def _xml_schema() -> Any:
    from lxml import etree

    return etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))


def validate(format: str, text: str) -> None:
    """Fails for a report that its schema refuses; GitHub has none for its commands."""
    if format == "sarif":
        _validator("sarif-2.1.0.json").validate(json.loads(text))
    elif format == "gitlab":
        entries = json.loads(text)
        for entry in entries:
            _validator("codeclimate.json").validate(entry)
            assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert entry["location"]["lines"]["begin"] >= 1
        fingerprints = [entry["fingerprint"] for entry in entries]
        assert len(set(fingerprints)) == len(fingerprints)
    elif format == "junit":
        from lxml import etree

        root = etree.fromstring(text.encode())
        _xml_schema().assertValid(root)
        assert int(root.get("tests")) == len(root.findall(".//testcase"))
        assert int(root.get("failures")) == len(root.findall(".//failure"))
        assert int(root.get("errors")) == len(root.findall(".//error"))
    else:
        assert all(
            set(one.properties) <= {"file", "line", "endLine", "col", "endColumn", "title"} for one in commands(text)
        )


def checked(format: str, *arguments: str, cwd: Path | None = None, **more: str) -> str:
    """What is printed, validated."""
    done = run("check", "--format", format, *arguments, cwd=cwd, **more)
    validate(format, done.stdout)
    return done.stdout


def sarif(*arguments: str, cwd: Path | None = None) -> list[dict[str, Any]]:
    """The results of a log."""
    found: list[dict[str, Any]] = json.loads(checked("sarif", *arguments, cwd=cwd))["runs"][0]["results"]
    return found
