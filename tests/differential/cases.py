"""Subjects as files: a spec, values to try, and whether it runs on real numbers."""

from __future__ import annotations

from pathlib import Path

import yaml

from differential.judge import Subject

FOLDER = Path(__file__).with_name("regressions")


def read(path: Path) -> Subject:
    """The subject in a file."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Subject(data["spec"], data.get("others", []), data.get("real", False), data.get("device", "meta"))


def written(subject: Subject, comment: str) -> str:
    """A subject as the text of a file."""
    data = {"spec": subject.data, "others": [dict(values) for values in subject.others], "real": subject.real}
    data["device"] = subject.device
    told = "".join(f"# {line}\n" for line in comment.splitlines())
    return told + str(yaml.dump(data, Dumper=_Plain, sort_keys=False, default_flow_style=None, width=110))


class _Plain(yaml.SafeDumper):
    """Writes equal parts twice instead of naming them, as people do."""

    def ignore_aliases(self, data: object) -> bool:
        return True
