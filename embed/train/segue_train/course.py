"""What every training run here does: a rate over its time, a step, a moving average, checkpoints."""

import copy
import math
import os
import time

import torch


def begin(module, path):
    """Gives module the weights that a run kept at path."""
    module.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in torch.load(path, map_location="cpu").items()})


class Course:
    """Trains modules (the first is what is kept, as a moving average) for `seconds`. The gradients of those in clipped, all
    unless told otherwise, are bounded."""

    def __init__(self, modules, seconds, lr, path, resume=False, device="cuda", decay=0.02, warmup=200, slowest=0.999, clipped=None):
        self.modules, self.seconds, self.lr, self.path = modules, seconds, lr, path
        self.warmup, self.slowest, self.clipped = warmup, slowest, clipped or modules
        self.slow = copy.deepcopy(modules[0]).eval()
        groups = [{"params": [], "weight_decay": decay}, {"params": [], "weight_decay": 0.0}]
        for m in modules:
            for p in m.parameters():
                groups[p.dim() < 2]["params"].append(p)
        self.optimiser = torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.98))
        self.step, self.spent, self.saved, self.last = 0, 0.0, time.time(), time.time()
        self.sums, self.count = 0, 0
        if resume and os.path.exists(path):
            c = torch.load(path, map_location=device)
            for m, s in zip([*modules, self.slow], c["modules"]):
                m.load_state_dict(s)
            self.optimiser.load_state_dict(c["optimiser"])
            self.step, self.spent = c["step"], c["spent"]

    def going(self):
        """Whether time is left; counts it."""
        now = time.time()
        self.spent, self.last = self.spent + now - self.last, now
        return self.spent < self.seconds

    def save(self):
        torch.save({"modules": [m.state_dict() for m in (*self.modules, self.slow)], "optimiser": self.optimiser.state_dict(),
                    "step": self.step, "spent": self.spent}, self.path + ".new")
        os.replace(self.path + ".new", self.path)
        self.saved = time.time()

    def learn(self, weighted):
        """One step down the sum of (weight, loss) pairs; warm-up by steps, then a cosine over the time given."""
        done = min(1, self.spent / self.seconds)
        for g in self.optimiser.param_groups:
            g["lr"] = self.lr * min(1, (self.step + 1) / self.warmup) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        self.optimiser.zero_grad(set_to_none=True)
        sum(w * loss for w, loss in weighted).backward()
        for m in self.clipped:
            torch.nn.utils.clip_grad_norm_(m.parameters(), 2.0)
        self.optimiser.step()
        keep = min(self.slowest, (1 + self.step) / (20 + self.step))
        with torch.no_grad():
            for s, p in zip(self.slow.parameters(), self.modules[0].parameters()):
                s.lerp_(p, 1 - keep)
            for s, p in zip(self.slow.buffers(), self.modules[0].buffers()):
                s.copy_(p)
        self.step += 1
        self.sums, self.count = self.sums + torch.stack([loss.detach() for _, loss in weighted]), self.count + 1
        if self.step % 100 == 0:
            print(f"step {self.step} at {self.spent:.0f} s:", " ".join(f"{v:.3f}" for v in (self.sums / self.count).tolist()), flush=True)
            self.sums, self.count = 0, 0
        if time.time() - self.saved > 60:
            self.save()
