"""Masks of attention that are known when a module runs: what hides later tokens, and what is added besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archcalc.importing.building import NotSaid
from archcalc.importing.torch.constants import number
from archcalc.importing.torch.origins import made_by, origin
from archcalc.importing.torch.trace import Traced

_HIDING = -1e30
"""A score to which such a number or a smaller one is added has no weight: not even as 32 bits."""


def parted(mask: Traced, *, truth_hides: bool = False) -> tuple[bool, Traced | None]:
    """Whether a mask hides the tokens behind each one, and what is added to the scores of the others, if anything is.

    Truths show what is seen, or with `truth_hides` what is not. Raises: NotSaid for truths that show something else.
    """
    mask = origin(mask)
    if mask.dtype == "bool":
        causal = hides_later(mask, truth_hides=truth_hides)
        if causal is None:
            raise NotSaid("attention with a mask of truths")
        return causal, None
    filled = _filled(mask)
    if filled is not None and (causal := _is_causal(filled[0], filled[1])) is not None:
        return causal, filled[2]
    if (causal := hides_later(mask, truth_hides=truth_hides)) is None:
        return False, mask
    return causal, None


def hides_later(mask: Traced, *, truth_hides: bool = False) -> bool | None:
    """Whether a constant of truths, or of numbers that are added, hides the tokens behind each one.

    False if it hides none, None if it is anything else.
    """
    if mask.dtype == "bool":
        return _is_causal(mask, lambda truth: bool(truth) != truth_hides)
    return _is_causal(mask, lambda added: True if added == 0 else False if added <= _HIDING else None)


def _filled(mask: Traced) -> tuple[Traced, Callable[[Any], bool], Traced] | None:
    """What is added where a condition shows a token, with a number everywhere else that hides it."""
    function = made_by(mask, "where", "masked_fill")
    given = [] if function is None or function.keywords else function.arguments
    if function is None or len(given) != 3:
        return None
    is_fill = "fill" in function.name
    condition, kept, other = (given[1], given[0], given[2]) if is_fill else given
    hiding = number(other) if isinstance(other, Traced) else other
    if not isinstance(kept, Traced) or not isinstance(hiding, (int, float)) or hiding > _HIDING:
        return None
    return condition, (lambda truth: not truth) if is_fill else bool, kept


def _is_causal(mask: Traced, shows: Callable[[Any], bool | None]) -> bool | None:
    """Whether a constant hides the tokens behind each one; False if it hides none, None if it is anything else."""
    if mask.batched or mask.learned:
        return None
    if mask.values is not None and not isinstance(mask.values, list):
        return False if shows(mask.values) else None
    tokens = mask.shape[-1] if mask.shape else 0
    if mask.by_distance is None or mask.shape[-2] != tokens:
        return None
    seen = [shows(one) for one in mask.by_distance]
    return True if seen == [True] * tokens + [False] * (tokens - 1) else None
