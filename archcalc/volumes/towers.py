"""Networks in groups, as AlexNet was cut for two GPUs: each group of maps is a tower of its own."""

from __future__ import annotations

from archcalc.volumes.network import Network, Volume
from archcalc.volumes.structure import Series

MOST_TOWERS = 4


def raise_towers(network: Network, series: Series) -> None:
    """Tell the volumes of a chain of grouped convolutions how many towers they are.

    Those between the first map that a grouped convolution reads and the last map of the chain are cut, if all grouped
    convolutions that are not depthwise have the same few groups.
    """
    grouped = [volume for volume in network.volumes if volume.groups > 1]
    numbers = {volume.groups for volume in grouped}
    if len(numbers) != 1 or max(numbers) > MOST_TOWERS or network.repeats:
        return
    (towers,) = numbers
    chain = [item for item in series.items if isinstance(item, Volume) and item.form == "box"]
    if any(volume not in chain for volume in grouped):
        return
    first = grouped[0].reads[0].source
    while first.family == "pool" and first.reads:
        first = first.reads[0].source
    cut = chain[chain.index(first) :] if first in chain and first.reads else []
    if any(_is_parted(series, volume) for volume in cut[:-1]):
        return
    if all(volume.sizes.channels % towers == 0 for volume in cut):
        for volume in cut:
            volume.towers = towers


def _is_parted(series: Series, volume: Volume) -> bool:
    """Whether branches follow a volume of the chain."""
    index = series.items.index(volume)
    return index + 1 < len(series.items) and not isinstance(series.items[index + 1], Volume)
