"""The decision: from the conditions that layers ask for to the complete set of legal sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.layers.site import Requirement
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.resolution import resolution


def decide(
    asked: Sequence[Requirement],
    symbols: Sequence[str],
    *,
    stated: Mapping[str, int] | None = None,
    fixed: Mapping[str, int] | None = None,
    with_new_weights: LegalSizes | None = None,
    exact: LegalSizes | None = None,
    rests_on: Sequence[str] = (),
) -> LegalSizes:
    """All sizes at which all conditions hold, with the layers that ask for them and the sizes that the spec states.

    >>> from archcalc.dims import Condition, symbol
    >>> n = symbol("N")
    >>> pool, crop = Condition.multiple(n - 12, 16), Condition.at_least(n, 185)
    >>> asked = [Requirement(pool, layer="pool4"), Requirement(crop, layer="dec1")]
    >>> print(decide(asked, ["N"]))
    N = 12 (mod 16), N >= 188
    """
    found = resolution(asked, symbols)
    return LegalSizes(
        found.symbols,
        found.boxes,
        undecided=found.undecided,
        causes=found.causes,
        ties=found.ties,
        stated=stated,
        fixed=fixed,
        with_new_weights=with_new_weights,
        exact=exact,
        asked=asked,
        rests_on=rests_on,
    )
