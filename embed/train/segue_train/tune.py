"""What is played, whatever plays it and in whichever key: a network over constant-Q that cannot tell the twelve keys apart."""

import torch
from torch import nn

OCTAVES, LOW = 7, 3  # of the constant-Q; those that carry the bass


class Ring(nn.Module):
    """A convolution over (pitch class, time): pitch classes go round, so that another key is the same map turned."""

    def __init__(self, a, b, pitches, frames, stride=1):
        super().__init__()
        self.wrap, self.residual = pitches // 2, a == b and stride == 1
        self.conv = nn.Conv2d(a, b, (pitches, frames), (1, stride), (0, frames // 2), bias=False)
        self.norm = nn.BatchNorm2d(b)

    def forward(self, x):
        y = torch.cat([x[:, :, -self.wrap :], x, x[:, :, : self.wrap]], 2) if self.wrap else x
        y = self.norm(self.conv(y))
        return torch.relu(x + y if self.residual else y)


class Tune(nn.Module):
    """Log constant-Q [B, 84, 50] → [B, out]. Octaves are folded after a look at each note's overtones; the maximum over the
    twelve turns of the ring forgets the key."""

    def __init__(self, out=192, wide=80):
        super().__init__()
        self.notes = nn.Sequential(
            nn.Conv2d(1, 32, (5, 3), padding=(2, 1), bias=False), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 48, (5, 1), padding=(24, 0), dilation=(12, 1), bias=False), nn.BatchNorm2d(48), nn.ReLU(),
            nn.Conv2d(48, 48, 3, padding=1, bias=False), nn.BatchNorm2d(48), nn.ReLU(),
        )
        self.ring = nn.Sequential(Ring(144, wide, 1, 1), Ring(wide, wide, 7, 3), Ring(wide, wide, 5, 5), Ring(wide, 128, 3, 5, 2))
        self.turn = nn.Conv2d(128, 320, (12, 3), padding=(0, 1), groups=4)
        self.out = nn.Linear(640, out)

    def forward(self, cq):
        x = cq - cq.mean((1, 2), keepdim=True)
        x = x / torch.sqrt((x * x).mean((1, 2), keepdim=True) + 1e-5)
        x = self.notes(x[:, None])  # B, 48, 84, 50
        x = x.reshape(x.shape[0], x.shape[1], OCTAVES, 12, x.shape[3])
        x = torch.cat([x[:, :, :LOW].mean(2), x[:, :, LOW:].amax(2), x[:, :, LOW:].mean(2)], 1)
        x = self.ring(x)  # B, 128, 12, 25
        x = torch.relu(self.turn(torch.cat([x, x[:, :, :-1]], 2)).amax(2))  # B, 320, 25: the key that fits best
        return self.out(torch.cat([x.mean(2), x.amax(2)], 1))
