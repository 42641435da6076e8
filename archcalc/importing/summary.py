"""What an import has to say about itself, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.dims.figures import grouped
from archcalc.importing.imported import Imported

MOST_NAMED = 4
_FORMS = {
    "structured": "blocks and loops",
    "unconditional": "blocks without conditions",
    "groups": "groups, written out",
    "flat": "a flat list",
}


def summary(found: Imported) -> Iterator[str]:
    """The proof, and everything that is not as in the source."""
    counted = f", {found.counter}" if found.counter else ""
    yield f"{_count(found.parameters)} parameters, {_count(found.multiplications)} multiplications{counted}"
    yield f"proven layer by layer to be the network that ran, as {_FORMS[found.level]}"
    same, renamed, unreached = found.names
    if not renamed and not unreached:
        yield f"all {len(same)} tensors {'have their names and shapes' if found.has_own_names else 'are in it'}"
    if renamed:
        told = [f"{name} is {other}" if other else name for name, other in renamed.items()]
        yield f"{len(renamed)} of {len(same) + len(renamed)} tensors have other names: {_listed(told)}"
    if unreached:
        yield f"nothing that ran applies {len(unreached)} tensors: {_listed(unreached)}"
    if found.opaque:
        yield (
            f"{grouped(found.products)} of {_count(found.multiplications)} multiplications are stated, not computed: "
            f"{len(found.opaque)} opaque step{'' if len(found.opaque) == 1 else 's'}, {_listed(found.opaque)}"
        )
    yield from found.notes
    yield from (f"a form that reads better was not proven: {failure}" for failure in found.failures)


def _count(number: object) -> str:
    return grouped(number) if isinstance(number, int) else str(number)


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
