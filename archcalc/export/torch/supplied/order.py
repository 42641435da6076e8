"""Axes in another order, and entries of an axis."""

from torch import Tensor, nn


class Permute(nn.Module):
    """The axes of a tensor in another order, the batch among them."""

    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        """Put the axes in this order."""
        return x.permute(self.dims)


def index_select(x: Tensor, index: Tensor, dim: int) -> Tensor:
    """Entries of an axis at the places that `index` has for each item of the batch.

    Shape: (B, *M, n, *N), index (B, *I) -> (B, *M, *I, *N)
    """
    front, back = x.shape[:dim], x.shape[dim + 1 :]
    places = index.reshape(len(x), *(1,) * len(front[1:]), -1, *(1,) * len(back))
    taken = x.gather(dim, places.expand(*front, -1, *back))
    return taken.view(*front, *index.shape[1:], *back)
