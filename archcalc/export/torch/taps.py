"""What a block hands out beside what flows on, such as the skip of a WaveNet, runs last if it is one call.

    return self.out(gated) + x, self.skip(gated)

So it stands in the `return`, and needs no variable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from archcalc.export.torch.scopes import Item, Leaf, Scope
from archcalc.export.torch.tensors import Stream, Wire, wires_of


def let_run_last(scope: Scope, flowing: Wire) -> None:
    """Put what nothing in a scope reads behind what flows on: calls of what is there anyway, for others to read."""
    main = next((place for place, item in enumerate(scope.items) if flowing in _wires(item.outputs)), None)
    if main is None or scope.items[main].turns:
        return
    readers = Counter(wire for item in scope.items for wire in _wires(item.wires))
    readers.update(_wires(scope.inputs))
    taps = [item for item in scope.items[:main] if _is_tap(item, readers)]
    if taps:
        scope.items = [*(item for item in scope.items if item not in taps), *taps]


def _is_tap(item: Item, readers: Counter[Wire]) -> bool:
    """Whether nobody in the scope reads what an item gives, and it is not alone in reading what it does."""
    if item.turns or item.owner is not None or len(item.outputs) != 1 or not item.wires:
        return False
    if isinstance(item, Leaf) and (len(item.calls) > 1 or item.views):
        return False
    return not any(readers[wire] for wire in _wires(item.outputs)) and all(
        readers[wire] > 1 for wire in _wires(item.wires)
    )


def _wires(streams: Sequence[Stream]) -> list[Wire]:
    return [wire for stream in streams for wire in wires_of(stream)]
