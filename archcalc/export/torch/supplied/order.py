"""Axes in another order."""

from torch import Tensor, nn


class Permute(nn.Module):
    """The axes of a tensor in another order, the batch among them."""

    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        """Put the axes in this order."""
        return x.permute(self.dims)
