"""Places of a block that follow no pattern become classes of their own, as if nothing had been tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import archcalc
from archcalc.export.torch import write
from archcalc.export.torch.classes import Class
from archcalc.export.torch.namespace import Mismatch
from archcalc.export.torch.scopes import Scope
from archcalc.export.torch.tensors import Wire

# `g` hands out what `add` reads of it, so that its second application has to do so, too. Behind that, the places of
# `twice` make different calls: one reads a map of two axes, the other of one.
SPEC = """
input: {x: [4, 8, 8], y: [4, 8]}
blocks:
  twice:
    - as: g
      do:
        - prelu:
          as: a
        - relu
    - use: g
    - add: [here, g.a]
    - conv: {out: 4, kernel: 3}
layers:
  - twice:
    from: x
    as: first
  - twice:
    from: y
    as: second
output: [first, second]
"""


def scopes_in(scope: Scope) -> Iterator[Scope]:
    yield scope
    for item in scope.items:
        if isinstance(item, Scope):
            yield from scopes_in(item)


def outputs_of(scopes: list[Scope]) -> list[tuple[str, list[Wire]]]:
    return [(inner.module.prefix, list(inner.outputs)) for scope in scopes for inner in scopes_in(scope)]


def test_a_match_that_fails_leaves_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    find_pattern = Class.find_pattern
    failures = 0

    def watched(self: Class, template_of: Callable[[Scope], Any]) -> None:
        nonlocal failures
        before = outputs_of(self.scopes)
        try:
            find_pattern(self, template_of)
        except Mismatch:
            failures += 1
            assert outputs_of(self.scopes) == before, "the next match starts from another graph"
            raise

    monkeypatch.setattr(Class, "find_pattern", watched)
    source, findings = write(archcalc.load(SPEC).program, {})
    assert failures > 0
    assert findings == []
    assert source is not None
    assert "class Twice2(" in source.text
