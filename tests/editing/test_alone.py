"""A variant as a text of its own: what it adds to, what it replaces, and what stays as it is written."""

from __future__ import annotations

import pytest

from archcalc.editing.alone import alone
from archcalc.source import SourceFile


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(
            "input: [N, M]\nat: {N: 8, M: 4}\nlayers: [relu]\nvariants: {a: {at: {M: 5}}}\n",
            "input: [N, M]\nat: {N: 8, M: 5}\nlayers: [relu]\n",
            id="values join those of the file",
        ),
        pytest.param(
            "input: [8]\nlayers: [relu]\nexpect: {layers: 1}\nvariants: {a: {expect: {depth: 0}}}\n",
            "input: [8]\nlayers: [relu]\nexpect:\n  - {layers: 1}\n  - {depth: 0}\n",
            id="claims stand behind those of the file",
        ),
        pytest.param(
            "input: [8]\nlayers: [relu]\nvariants: {a: {expect: {depth: 0}}}\n",
            "input: [8]\nlayers: [relu]\nexpect: {depth: 0}\n",
            id="a file without claims gets them as they are written",
        ),
        pytest.param(
            "input: [8]\nvariants: {a: {input: [9]}}\nlayers: [relu]\n\n# the end\n",
            "input: [9]\nlayers: [relu]\n\n# the end\n",
            id="a comment below the last key stays there",
        ),
        pytest.param(
            "input: [8]\nlet:\n  first: 1\n  unread: 2  # for b\n  last: 3\nlayers: [linear: first, linear: last]\n"
            "variants: {b: {}, a: {}}\n",
            "input: [8]\nlet:\n  first: 1\n  last: 3\nlayers: [linear: first, linear: last]\n",
            id="of values on lines only those go that nothing reads",
        ),
        pytest.param(
            "input: [8]\nlet:\n  # for others\n  unread: 2\n  # how wide,\n  # and why\n  last: 3\n"
            "layers: [linear: last]\nvariants: {b: {}, a: {}}\n",
            "input: [8]\nlet:\n  # how wide,\n  # and why\n  last: 3\nlayers: [linear: last]\n",
            id="a comment above a value is the value's",
        ),
    ],
)
def test_a_variant_is_written_into_the_file(text: str, shown: str) -> None:
    assert alone(SourceFile("net.yaml", text), "a") == shown
