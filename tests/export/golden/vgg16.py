"""VGG, variant D.

Source: Simonyan and Zisserman 2014, with torchvision's names
Input: [3, 224, 224] (H = 224, W = 224)
Output: [1000]
Totals: 138,357,544 parameters, 15,470,264,320 multiplications
"""

from torch import Tensor, nn


class VGG(nn.Module):
    """VGG, variant D: [3, 224, 224] -> [1000]."""

    def __init__(self, H: int = 224, W: int = 224) -> None:
        super().__init__()
        self.features = nn.Sequential()
        channels = 3
        for width, kernels in zip(
            [64, 128, 256, 512, 512],
            [(3, 3), (3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3)],
            strict=True,
        ):
            for kernel in kernels:
                self.features.extend(
                    [nn.Conv2d(channels, width, kernel, padding="same"), nn.ReLU()]
                )
                channels = width
            self.features.append(nn.MaxPool2d(kernel_size=2))
        self.classifier = nn.Sequential(
            nn.Linear(512 * (H // 32) * (W // 32), 4096),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(4096, 1000),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x).flatten(1)
        return self.classifier(x)
