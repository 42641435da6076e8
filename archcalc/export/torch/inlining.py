"""Groups that only hold modules: an engineer writes a list of modules for them, and no class.

    self.branches = nn.ModuleList([Branch(width) for width in widths])

What such a group does with its modules stands in the class around.
"""

from __future__ import annotations

from archcalc.export.torch.parts import is_frozen, keeps_state
from archcalc.export.torch.scopes import Scope, within
from archcalc.export.torch.tensors import Bundle


def inline(scope: Scope) -> None:
    """Put the items of all such groups inside a scope where the groups stand, under names with the group's in front."""
    items = list(scope.items)
    for item in items:
        if not isinstance(item, Scope):
            continue
        inline(item)
        if not _is_container(item):
            continue
        for inner in item.items:
            inner.shelf = f"{item.shelf}{item.module.label}.{inner.shelf}"
            inner.label = f"{item.label}.{inner.label}"
            inner.parent = scope
        place = scope.items.index(item)
        scope.items[place : place + 1] = item.items
        scope.is_chain = False


def _is_container(scope: Scope) -> bool:
    """Whether a group that stands once in the scope around holds modules under numbers, or those that a loop makes."""
    if scope.module.block is not None or scope.is_chain or scope.owner is not None or scope.is_applied_again:
        return False
    if scope.order:
        return False
    if scope.turns or any(frame.group is not None and frame.module is None for frame in within(scope.module.frame)):
        return False
    if scope.module.step.when is not None or is_frozen(scope) or any(item.shelf for item in scope.items):
        return False
    kept = [item for item in scope.items if keeps_state(item)]
    looped = any(item.turns for item in kept)
    listed = any(isinstance(stream, Bundle) for stream in scope.outputs)
    return (looped or listed) and all(item.turns or item.label.isdigit() for item in kept)
