"""U-Net, variant paper.

Source: Ronneberger et al. 2015, Fig. 1
Input: [1, 572, 572] (N = 572)
Output: [2, 388, 388]
Totals: 31,030,658 parameters, 150,428,424,448 multiplications
"""

import torch
from torch import Tensor, nn


def center_crop(x: Tensor, like: Tensor) -> Tensor:
    """Cut a window of the size of another map out of the middle of every map.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    for dim in range(2, x.dim()):
        start = (x.shape[dim] - like.shape[dim]) // 2
        x = x.narrow(dim, start, like.shape[dim])
    return x


class Double(nn.Sequential):
    """Block `double`: [1, 572, 572] -> [64, 568, 568] in enc1."""

    def __init__(self, in_channels: int, width: int, drop: bool = False) -> None:
        super().__init__(
            nn.Conv2d(in_channels, width, kernel_size=3),
            nn.ReLU(),
            nn.Conv2d(width, width, kernel_size=3),
            nn.ReLU(),
            nn.Dropout(0.5) if drop else nn.Identity(),
        )


class Up(nn.ModuleDict):
    """Block `up`: [1024, 28, 28], [512, 64, 64] -> [512, 52, 52] in dec4."""

    def __init__(
        self,
        in_channels: int,
        skip_channels: int,
        width: int,
        widened: int,
    ) -> None:
        super().__init__()
        self["0"] = nn.ConvTranspose2d(in_channels, widened, kernel_size=2, stride=2)
        self["2"] = Double(skip_channels + widened, width)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self["0"](x)
        x = torch.cat([center_crop(skip, x), x], dim=1)
        return self["2"](x)


class UNet(nn.Module):
    """U-Net, variant paper: [1, 572, 572] -> [2, 388, 388]."""

    def __init__(self) -> None:
        super().__init__()
        self.enc1 = Double(1, 64)
        self.max_pool = nn.MaxPool2d(kernel_size=2)
        self.enc2 = Double(64, 128)
        self.enc3 = Double(128, 256)
        self.enc4 = Double(256, 512)
        self.bottom = Double(512, 1024)
        self.dec4 = Up(1024, 512, 512, 512)
        self.dec3 = Up(512, 256, 256, 256)
        self.dec2 = Up(256, 128, 128, 128)
        self.dec1 = Up(128, 64, 64, 64)
        self.head = nn.Conv2d(64, 2, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        enc1 = self.enc1(x)
        enc2 = self.enc2(self.max_pool(enc1))
        enc3 = self.enc3(self.max_pool(enc2))
        enc4 = self.enc4(self.max_pool(enc3))
        x = self.bottom(self.max_pool(enc4))
        x = self.dec4(x, enc4)
        x = self.dec3(x, enc3)
        x = self.dec2(x, enc2)
        x = self.dec1(x, enc1)
        return self.head(x)
