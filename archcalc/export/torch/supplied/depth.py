"""Stochastic depth, and its rates over a whole network."""

from torch import Tensor, nn


class StochasticDepth(nn.Dropout):
    """Dropout of whole items, which drops residual branches in training."""

    def forward(self, x: Tensor) -> Tensor:
        """Keep or drop every item of a batch in training; hand it on otherwise."""
        ones = x.new_ones(len(x), *(1,) * (x.dim() - 1))
        return x * super().forward(ones) if self.training else x


def spread_rates(network: nn.Module, first: int = 1, beyond: int = 0) -> None:
    """Let the rates of stochastic depth grow from layer to layer."""
    layers = [one for one in network.modules() if isinstance(one, StochasticDepth)]
    for number, layer in enumerate(layers, first):
        layer.p *= number / max(len(layers) + beyond, 1)


def spread_rates_over(
    network: nn.Module,
    blocks: tuple[type[nn.Module], ...],
    first: int = 1,
    beyond: int = 0,
) -> None:
    """Let the rates of stochastic depth grow from block to block."""
    places = [one for one in network.modules() if isinstance(one, blocks)]
    for number, place in enumerate(places, first):
        for layer in place.modules():
            if isinstance(layer, StochasticDepth):
                layer.p *= number / max(len(places) + beyond, 1)
