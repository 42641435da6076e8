"""Recurrent layers whose sums have one bias, where PyTorch's own have two."""

import torch
from torch import Tensor, nn


class SingleBiasRecurrent(nn.Module):
    """A recurrent layer of one bias a sum, with PyTorch's names of the tensors.

    Shape: (B, T, C) -> (B, T, R), with both directions (B, T, 2*R)
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        proj_size: int = 0,
    ) -> None:
        super().__init__()
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.hidden_size = hidden_size
        self.proj_size = proj_size
        ends = ("", "_reverse") if bidirectional else ("",)
        state, rows = proj_size or hidden_size, self.gates * hidden_size
        self.ends = [f"l{n}{end}" for n in range(num_layers) for end in ends]
        for end in self.ends:
            read = input_size if end.startswith("l0") else state * len(ends)
            self._add(f"weight_ih_{end}", rows, read)
            self._add(f"weight_hh_{end}", rows, state)
            self._add(f"bias_ih_{end}", rows)
            if proj_size:
                self._add(f"weight_hr_{end}", proj_size, hidden_size)

    def _add(self, name: str, *sizes: int) -> None:
        bound = self.hidden_size**-0.5
        values = torch.empty(*sizes).uniform_(-bound, bound)
        self.register_parameter(name, nn.Parameter(values))

    def tensors(self) -> list[Tensor]:
        """All tensors in PyTorch's order, with zeros for the second bias."""
        found = []
        for end in self.ends:
            bias = getattr(self, f"bias_ih_{end}")
            found.append(getattr(self, f"weight_ih_{end}"))
            found.append(getattr(self, f"weight_hh_{end}"))
            found += [bias, torch.zeros_like(bias)]
            if self.proj_size:
                found.append(getattr(self, f"weight_hr_{end}"))
        return found

    def options(self) -> tuple[bool, int, float, bool, bool, bool]:
        """What PyTorch's functions take behind the tensors."""
        layers, drop, both = self.num_layers, self.dropout, self.bidirectional
        return (True, layers, drop, self.training, both, True)

    def state(self, x: Tensor, size: int) -> Tensor:
        """Zeros to begin with."""
        return x.new_zeros(len(self.ends), x.shape[0], size)


class SingleBiasLSTM(SingleBiasRecurrent):
    """Long short-term memory whose sums have one bias.

    Shape: (B, T, C) -> (B, T, R), with both directions (B, T, 2*R)
    """

    gates = 4

    def forward(self, x: Tensor) -> Tensor:
        """The state behind every token."""
        written = self.state(x, self.proj_size or self.hidden_size)
        states = [written, self.state(x, self.hidden_size)]
        return torch.lstm(x, states, self.tensors(), *self.options())[0]


class SingleBiasRNN(SingleBiasRecurrent):
    """A recurrent layer without gates whose sums have one bias.

    Shape: (B, T, C) -> (B, T, H), with both directions (B, T, 2*H)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        nonlinearity: str = "tanh",
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bidirectional, dropout)
        self.nonlinearity = nonlinearity

    def forward(self, x: Tensor) -> Tensor:
        """The state behind every token."""
        state = self.state(x, self.hidden_size)
        run = torch.rnn_relu if self.nonlinearity == "relu" else torch.rnn_tanh
        return run(x, state, self.tensors(), *self.options())[0]
