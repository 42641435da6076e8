"""EfficientNet, variant b0.

Source: Tan and Le 2019, torchvision's names
Input: [3, 224, 224] (N = 224)
Output: [1000]
Totals: 5,288,548 parameters, 385,814,752 multiplications
"""

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


class Cba(nn.Sequential):
    """Block `cba`: [3, 224, 224] -> [32, 112, 112] in features.0."""

    def __init__(
        self,
        in_channels: int,
        out: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
    ) -> None:
        super().__init__(
            nn.Conv2d(
                in_channels, out, kernel, stride, kernel // 2, groups=groups, bias=False
            ),
            nn.BatchNorm2d(out),
            nn.SiLU(),
        )


class Squeeze(nn.Module):
    """Block `squeeze`: [32, 112, 112] -> [32, 112, 112] in features.1.0.block.1."""

    def __init__(self, in_channels: int, hidden: int) -> None:
        super().__init__()
        self.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(in_channels, hidden, kernel_size=1)
        self.silu = nn.SiLU()
        self.fc2 = nn.Conv2d(hidden, in_channels, kernel_size=1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        out = self.silu(self.fc1(self.global_avg_pool(x)))
        return x * self.sigmoid(self.fc2(out))


class Project(nn.Sequential):
    """Block `project`: [32, 112, 112] -> [16, 112, 112] in features.1.0.block.2."""

    def __init__(self, in_channels: int, out: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out, kernel_size=1, bias=False),
            nn.BatchNorm2d(out),
        )


class Mbconv(nn.Module):
    """Block `mbconv`: [32, 112, 112] -> [16, 112, 112] in features.1.0."""

    def __init__(
        self,
        in_channels: int,
        out: int,
        kernel: int,
        stride: int,
        expand: int,
    ) -> None:
        super().__init__()
        inner = expand * in_channels
        self.block = nn.Sequential()
        if expand > 1:
            self.block.append(Cba(in_channels, inner))
        self.block.extend(
            [
                Cba(inner, inner, kernel=kernel, stride=stride, groups=inner),
                Squeeze(inner, max(1, in_channels // 4)),
                Project(inner, out),
            ]
        )
        self.has_shortcut = stride == 1 and in_channels == out
        if self.has_shortcut:
            self.stochastic_depth = StochasticDepth(0.2)

    def forward(self, x: Tensor) -> Tensor:
        block = self.block(x)
        return self.stochastic_depth(block) + x if self.has_shortcut else block


class EfficientNet(nn.Module):
    """EfficientNet, variant b0: [3, 224, 224] -> [1000]."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            Cba(3, 32, kernel=3, stride=2),
            nn.Sequential(Mbconv(32, 16, kernel=3, stride=1, expand=1)),
            nn.Sequential(
                Mbconv(16, 24, kernel=3, stride=2, expand=6),
                Mbconv(24, 24, kernel=3, stride=1, expand=6),
            ),
            nn.Sequential(
                Mbconv(24, 40, kernel=5, stride=2, expand=6),
                Mbconv(40, 40, kernel=5, stride=1, expand=6),
            ),
            nn.Sequential(
                Mbconv(40, 80, kernel=3, stride=2, expand=6),
                *[Mbconv(80, 80, kernel=3, stride=1, expand=6) for _ in range(2)],
            ),
            nn.Sequential(
                Mbconv(80, 112, kernel=5, stride=1, expand=6),
                *[Mbconv(112, 112, kernel=5, stride=1, expand=6) for _ in range(2)],
            ),
            nn.Sequential(
                Mbconv(112, 192, kernel=5, stride=2, expand=6),
                *[Mbconv(192, 192, kernel=5, stride=1, expand=6) for _ in range(3)],
            ),
            nn.Sequential(Mbconv(192, 320, kernel=3, stride=1, expand=6)),
            Cba(320, 1280),
        )
        self.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))
        spread_rates(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.global_avg_pool(self.features(x)).flatten(1)
        return self.classifier(x)
