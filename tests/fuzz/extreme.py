"""Numbers at the ends of what the language accepts, put where a specification has numbers."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

from strategies.choices import chance, pick
from strategies.mutations import places

NUMBERS = (
    "10**20", "10**99", "10**98 + 7", "10**100", "10**310", "1/10**310", "10**310/10**309", "1/3", "10**30/7",
    "2**63", "2**64 - 1", "2**331", "2**332", "-1", "-10**20", "0", "1e999", "1e-99", "0.1e-300", "3.5", "1/10**20",
    "N", "N**2", "N**8", "N**32", "N**64", "N**65", "N - 10**20", "10**20 * N", "10**99 * N", "N // 10**9",
    "N % 10**20", "floor(N / 10**30)", "min(N, 10**50)", "max(M, N * 10**40)", "M * N", "(M + N)**7", "M // N", "M",
    "1..10**9", "1..10**20", "2..10**99", "[1, 10**20]", "[N, M]", "[N**3, 10**9]", "N if N > 10**50 else M",
    "in_channels", "in_channels * 10**30", "in_channels ** 8", "channels(input) // 3", "10**6", "10**9", "65536",
)  # fmt: skip
SYMBOLS = ("N", "M", "A")


def enlarged(rng: Random, data: Any) -> Any:
    """A copy of a specification with a few of its numbers replaced."""
    data = deepcopy(data)
    for _ in range(rng.randrange(1, 5)):
        numbers = [place for place in places(data) if _is_number(place[0][place[1]])]
        if not numbers:
            break
        container, key = pick(rng, numbers)
        container[key] = pick(rng, NUMBERS)
    if isinstance(data, dict) and chance(rng, 50):
        _shape(rng, data)
    return data


def _shape(rng: Random, data: dict[Any, Any]) -> None:
    """Symbols or endless numbers in the input, some of them with a value."""
    sizes = [pick(rng, ("N", "M", "A", "N", 3, 8, 32, "2*N", "N + M", *NUMBERS)) for _ in range(rng.randrange(1, 5))]
    data["input"] = sizes
    values = {name: pick(rng, (8, 32, 7, *NUMBERS[:12])) for name in SYMBOLS if chance(rng, 40)}
    if values:
        data["at"] = values


def _is_number(part: Any) -> bool:
    if isinstance(part, bool):
        return False
    return isinstance(part, (int, float)) or (isinstance(part, str) and part.lstrip("-").isdecimal())
