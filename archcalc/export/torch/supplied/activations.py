"""Activations."""

from torch import Tensor, nn


class HardSigmoid(nn.Module):
    """Straight line through `shift` at 0, cut off at 0 and 1.

    Shape: (*) unchanged
    """

    def __init__(self, slope: float, shift: float) -> None:
        super().__init__()
        self.slope = slope
        self.shift = shift

    def forward(self, x: Tensor) -> Tensor:
        """Follow the line between its ends."""
        return (self.slope * x + self.shift).clamp(0, 1)


class TanhGate(nn.Module):
    """Gate of WaveNet: tanh of the first half times the sigmoid of the second half.

    Shape: (B, C, *N) -> (B, C / 2, *N) with dim=1
    """

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Let the second half decide how much of the first half passes."""
        signal, gate = x.chunk(2, self.dim)
        return signal.tanh() * gate.sigmoid()
