"""Specifications written in every layout that people use: lines, brackets, both, with comments, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from strategies.choices import chance, pick


class Writer:
    """Writes plain data as YAML; every map and list is on lines or in brackets as chance has it."""

    def __init__(self, rng: Random, comments: int = 30) -> None:
        self.rng = rng
        self.percent = comments
        self.count = 0

    def text(self, data: dict[str, Any]) -> str:
        lines = [self.comment(), *self.entries(data, 0)]
        end = "" if chance(self.rng, 20) else "\n"
        return "\n".join(line for line in lines if line) + end

    def comment(self) -> str:
        """A comment that no other one equals, or nothing."""
        if not chance(self.rng, self.percent):
            return ""
        self.count += 1
        return f"# remark {self.count}, not: {{a, key}}\t{self.count}"

    def behind(self, line: str) -> str:
        comment = self.comment()
        return f"{line}  {comment}" if comment else line

    def entries(self, data: dict[str, Any], depth: int) -> Iterator[str]:
        """A map on lines."""
        for key, value in data.items():
            if (comment := self.comment()) and depth:
                yield " " * depth + comment
            yield from self.headed(f"{' ' * depth}{self.scalar(key, flow=False)}:", value, depth)

    def headed(self, head: str, value: Any, depth: int) -> Iterator[str]:
        """A value behind its key: on the same line, or on lines below it."""
        if isinstance(value, dict) and value and chance(self.rng, 50):
            yield self.behind(head)
            yield from self.entries(value, depth + self.rng.randrange(1, 4))
        elif isinstance(value, list) and value and chance(self.rng, 50):
            yield self.behind(head)
            yield from self.items(value, depth + self.rng.randrange(0, 4))
        elif isinstance(value, (dict, list)) and value and chance(self.rng, 30):
            yield from self.spread(f"{head} ", value, depth)
        elif value is None:
            yield self.behind(head)
        else:
            yield self.behind(f"{head} {self.flow(value) if isinstance(value, (dict, list)) else self.plain(value)}")

    def items(self, data: list[Any], depth: int) -> Iterator[str]:
        """A list on lines."""
        for value in data:
            if comment := self.comment():
                yield " " * depth + comment
            dash = " " * depth + "- "
            if isinstance(value, dict) and value and chance(self.rng, 60):
                first, *rest = self.entries(value, depth + 2)
                while first.lstrip().startswith("#"):
                    yield first
                    first, *rest = rest
                yield dash + first.lstrip()
                yield from rest
            elif isinstance(value, list) and value and chance(self.rng, 40):
                first, *rest = self.items(value, depth + 2)
                while first.lstrip().startswith("#"):
                    yield first
                    first, *rest = rest
                yield dash + first.lstrip()
                yield from rest
            elif isinstance(value, (dict, list)) and value and chance(self.rng, 30):
                yield from self.spread(dash, value, depth + 2)
            else:
                yield self.behind(dash + (self.flow(value) if isinstance(value, (dict, list)) else self.plain(value)))

    def spread(self, head: str, value: Any, depth: int) -> Iterator[str]:
        """A map or a list in brackets, an entry on each line."""
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        entries = [self.pair(*entry) for entry in value.items()] if isinstance(value, dict) else self.listed(value)
        yield self.behind(head + opening)
        inner = " " * (depth + 2)
        trailing = "," if chance(self.rng, 30) else ""
        for entry in entries[:-1]:
            yield self.behind(f"{inner}{entry},")
        yield self.behind(f"{inner}{entries[-1]}{trailing}")
        yield self.behind(" " * (depth + 1) + closing)

    def flow(self, data: Any) -> str:
        """Anything in brackets on one line."""
        if isinstance(data, dict):
            return f"{{{', '.join(self.pair(*entry) for entry in data.items())}}}"
        if isinstance(data, list):
            return f"[{', '.join(self.listed(data))}]"
        return self.plain(data, flow=True)

    def pair(self, key: str, value: Any) -> str:
        if value is None and chance(self.rng, 50):
            return self.scalar(key)
        return f"{self.scalar(key)}: {self.flow(value)}" if value is not None else f"{self.scalar(key)}: "

    def listed(self, data: list[Any]) -> list[str]:
        return [
            self.pair(*next(iter(value.items())))
            if isinstance(value, dict) and len(value) == 1 and chance(self.rng, 60)
            else self.flow(value)
            for value in data
        ]

    def plain(self, value: Any, *, flow: bool = False) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return "null" if value is None else self.scalar(str(value), flow=flow)

    def scalar(self, text: str, *, flow: bool = True) -> str:
        """A text, in quotes where it needs them and sometimes where it does not."""
        if chance(self.rng, 10):
            return "'" + text.replace("'", "''") + "'" if chance(self.rng, 50) else json.dumps(text)
        needs = any(sign in text for sign in ("," if not flow else ",[]{}")) or text[:1] in "[{*" or not text
        return json.dumps(text) if needs else text


def written(rng: Random, data: dict[str, Any]) -> tuple[str, str]:
    """A specification as text, with the name of a file that would hold it."""
    if chance(rng, 20):
        return json.dumps(data, indent=pick(rng, (None, 2, 4))), pick(rng, ("net.json", "net.yaml"))
    return Writer(rng).text(data), "net.yaml"
