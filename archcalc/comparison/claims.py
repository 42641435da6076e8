"""What has become of claims: those that only one network makes, and those that are met by one alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from archcalc.checking import Checked
from archcalc.expectations import Verdict


class ClaimChange(NamedTuple):
    """A claim as each network makes it; None where one does not.

    >>> import archcalc
    >>> text = "input: [8]\\nlayers: [linear: 8]\\nexpect: {parameters: ..100}"
    >>> (claim,) = archcalc.diff(text, text.replace("linear: 8", "linear: 16")).claims
    >>> claim.before.state, claim.after.state
    ('holds', 'fails')
    """

    before: Verdict | None
    after: Verdict | None

    @property
    def verdict(self) -> Verdict:
        """As it is made now, or was if it is no longer."""
        found = self.after or self.before
        assert found is not None, "a claim is made by one side at least"
        return found


def claims(before: Checked, after: Checked) -> list[ClaimChange]:
    """The claims that differ: in what they state, or in whether they hold."""
    found: list[ClaimChange] = []
    waiting: defaultdict[Hashable, list[Verdict]] = defaultdict(list)
    for verdict in before.verdicts:
        waiting[_about(verdict)].append(verdict)
    for verdict in after.verdicts:
        known = waiting[_about(verdict)]
        other = known.pop(_nearest(known, verdict)) if known else None
        if other is None or (other.state, other.expected) != (verdict.state, verdict.expected):
            found.append(ClaimChange(other, verdict))
    left = {id(verdict) for known in waiting.values() for verdict in known}
    return [*(ClaimChange(verdict, None) for verdict in before.verdicts if id(verdict) in left), *found]


def _about(verdict: Verdict) -> Hashable:
    return verdict.quantity, verdict.of, verdict.relative_to, verdict.at, verdict.counting, verdict.source


def _nearest(known: Sequence[Verdict], verdict: Verdict) -> int:
    """The one that states the same, if there is one."""
    return next((place for place, one in enumerate(known) if one.expected == verdict.expected), 0)
