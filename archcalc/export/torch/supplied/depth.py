"""Stochastic depth, and its rates over a whole network."""

from torch import Tensor, nn


class StochasticDepth(nn.Module):
    """Drop whole items with a probability in training, and scale up the others.

    Shape: (B, *N) -> (B, *N)
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """Drop a residual branch in training; do nothing at inference."""
        if not self.training:
            return x
        items = x.new_ones((x.shape[0],) + (1,) * (x.dim() - 1))
        return x * nn.functional.dropout(items, self.rate)


def spread_rates(
    network: nn.Module,
    places: tuple[type[nn.Module], ...] = (StochasticDepth,),
    first: int = 1,
    beyond: int = 0,
) -> None:
    """Let the rates of stochastic depth grow with the number of their place."""
    found = [one for one in network.modules() if isinstance(one, places)]
    for number, place in enumerate(found, first):
        for layer in place.modules():
            if isinstance(layer, StochasticDepth):
                layer.rate *= number / max(len(found) + beyond, 1)
