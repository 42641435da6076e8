"""ResNet, variant resnet152.

Source: He et al. 2016, as torchvision has it (v1.5), with its names; the paper's
own nets are in resnet_paper
Input: [3, 224, 224] (H = 224, W = 224)
Output: [1000]
Totals: 60,192,808 parameters, 11,513,626,624 multiplications
"""

from torch import Tensor, nn


class Project(nn.Sequential):
    """Block `project`: [64, 56, 56] -> [256, 56, 56] in layer1.0.downsample."""

    def __init__(self, in_channels: int, out: int, stride: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out, kernel_size=1, stride=stride, bias=False),
            nn.BatchNorm2d(out),
        )


class Unit(nn.Module):
    """Block `unit`: [64, 56, 56] -> [256, 56, 56] in layer1.0."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        out = 4 * width
        self.conv1 = nn.Conv2d(in_channels, width, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(
            width, width, kernel_size=3, stride=stride, padding=1, bias=False
        )
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.downsample = (
            Project(in_channels, out, stride)
            if stride != 1 or in_channels != out
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        x = self.bn3(self.conv3(out)) + self.downsample(x)
        return self.relu(x)


class ResNet(nn.Module):
    """ResNet, variant resnet152: [3, 224, 224] -> [1000]."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Unit(64, 64), *[Unit(256, 64) for _ in range(2)])
        self.layer2 = nn.Sequential(
            Unit(256, 128, stride=2), *[Unit(512, 128) for _ in range(7)]
        )
        self.layer3 = nn.Sequential(
            Unit(512, 256, stride=2), *[Unit(1024, 256) for _ in range(35)]
        )
        self.layer4 = nn.Sequential(
            Unit(1024, 512, stride=2), *[Unit(2048, 512) for _ in range(2)]
        )
        self.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer1(self.maxpool(x))
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.global_avg_pool(self.layer4(x)).flatten(1)
        return self.fc(x)
