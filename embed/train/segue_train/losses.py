"""What the vector is asked for."""

import torch
import torch.nn.functional as F


def relate(h, teacher, temperature=0.1):
    """The batch's neighbours by the vector should be its neighbours by the teacher (relational distillation)."""
    a = F.normalize(h.float() - h.float().mean(0))
    b = F.normalize(teacher - teacher.mean(0))
    la, lb = a @ a.T / temperature, b @ b.T / temperature
    la.fill_diagonal_(-1e4)
    lb.fill_diagonal_(-1e4)
    return F.kl_div(F.log_softmax(la, 1), F.log_softmax(lb, 1), log_target=True, reduction="batchmean")


def agree(said, goal):
    """Squared error, and the cosine that retrieval will look at."""
    return F.mse_loss(said.float(), goal) + 1 - F.cosine_similarity(said.float(), goal).mean()


def same_piece(v, pieces, views, temperature=0.07):
    """v [2 * pieces * views, d]: windows of one rendering of each piece, then of another. The mean of a rendering, and each
    window alone, should be nearest to the mean of the other rendering."""
    v = F.normalize(v.float()).reshape(2, pieces, views, -1)
    mean = F.normalize(v.mean(2))
    own = torch.arange(pieces, device=v.device)
    every = mean.flatten(0, 1)
    logits = every @ every.T / temperature
    logits.fill_diagonal_(-1e4)
    whole = F.cross_entropy(logits, torch.cat([own + pieces, own]))
    part = sum(F.cross_entropy(v[i].flatten(0, 1) @ mean[1 - i].T / temperature, own.repeat_interleave(views)) for i in (0, 1)) / 2
    return whole + 0.5 * part


def same_album(v, album, temperature=0.2):
    """Supervised contrast: of v [B, d], every other row of the same album should be nearer than those of other albums."""
    v = F.normalize(v - v.mean(0))
    logits = v @ v.T / temperature
    logits.fill_diagonal_(-1e4)
    mates = (album[:, None] == album[None]).float().fill_diagonal_(0)
    mates = mates / mates.sum(1, keepdim=True).clamp(min=1)
    return -(mates * F.log_softmax(logits, 1)).sum(1).mean()
