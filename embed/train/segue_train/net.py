"""The network: a convolutional stem over log-mel, constant-Q beside it, a transformer, three poolings, one vector."""

import torch
import torch.nn.functional as F
from torch import nn

from .frontend import CQ_BINS, MELS, Classic, Frontend


class Block(nn.Module):
    """One pre-norm transformer layer."""

    def __init__(self, width, heads, drop):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.drop = nn.Dropout(drop)

    def forward(self, x):
        b, t, w = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        x = x + self.drop(self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, w)))
        return x + self.drop(self.down(F.gelu(self.up(self.norm2(x)))))


class Residual(nn.Module):
    """Two 3 × 3 convolutions about a shortcut."""

    def __init__(self, width):
        super().__init__()
        self.a, self.b = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.na, self.nb = nn.BatchNorm2d(width), nn.BatchNorm2d(width)

    def forward(self, x):
        return F.relu(x + self.nb(self.b(F.relu(self.na(self.a(x))))))


class Trunk(nn.Module):
    """(log-mel [B, 128, 250], constant-Q [B, 84, 50]) → tokens [B, 63, width]."""

    def __init__(self, width=384, layers=6, heads=6, drop=0.1):
        super().__init__()
        self.mel_norm, self.cq_norm = nn.BatchNorm1d(MELS), nn.BatchNorm1d(CQ_BINS)
        self.stem = nn.Sequential(
            nn.Conv2d(1, 24, 5, 2, 2, bias=False), nn.BatchNorm2d(24), nn.ReLU(),
            nn.Conv2d(24, 48, 3, 2, 1, bias=False), nn.BatchNorm2d(48), nn.ReLU(),
            Residual(48), nn.Conv2d(48, 64, 3, (2, 1), 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        )  # 64 × 16 × 63
        self.mel_in = nn.Linear(64 * MELS // 8, width)
        self.cq_in = nn.Conv1d(CQ_BINS, width, 3, padding=1)
        self.place = nn.Parameter(torch.randn(1, 63, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, heads, drop) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, mel, cq):
        x = self.stem(self.mel_norm(mel)[:, None])  # B, 64, 16, 63
        x = self.mel_in(x.permute(0, 3, 1, 2).flatten(2))
        c = F.interpolate(self.cq_in(self.cq_norm(cq)), size=63, mode="linear")
        x = x + c.transpose(1, 2) + self.place
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Net(nn.Module):
    """Waveforms [B, 120000] at 24 kHz → the pooled vector [B, out], and what the losses need."""

    def __init__(self, width=384, layers=6, heads=6, out=512, drop=0.1):
        super().__init__()
        self.front, self.classic = Frontend(), Classic()
        self.trunk = Trunk(width, layers, heads, drop)
        self.gate = nn.Linear(width, 4)
        self.pool = nn.Linear(width * 6, out)

    def embed(self, mel, cq):
        x = self.trunk(mel, cq)
        mean = x.mean(1)
        spread = torch.sqrt(((x - mean[:, None]) ** 2).mean(1) + 1e-6)
        weight = torch.softmax(self.gate(x), 1)  # B, 63, 4
        attended = (weight.transpose(1, 2) @ x).flatten(1)
        return self.pool(torch.cat([mean, spread, attended], 1))

    def forward(self, wave):
        mel, cq = self.front(wave)
        return self.embed(mel, cq), self.classic(mel, cq)


class Heads(nn.Module):
    """What the vector must tell during training, thrown away afterwards."""

    def __init__(self, out, teacher, tags, classic):
        super().__init__()
        self.project = nn.Sequential(nn.Linear(out, 512), nn.GELU(), nn.Linear(512, 256))
        self.teacher = nn.Sequential(nn.Linear(out, 512), nn.GELU(), nn.Linear(512, teacher))
        self.tags = nn.Linear(out, tags)
        self.classic = nn.Sequential(nn.Linear(out, 512), nn.GELU(), nn.Linear(512, classic))
