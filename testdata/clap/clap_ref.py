#!/usr/bin/env python3
"""Reference outputs for embed/clap, from transformers' ClapModel in float64 on a CPU.

    python3 clap_ref.py --out DIR           the tiny models, their checkpoints and tokenizer (committed)
    python3 clap_ref.py --out DIR --full    larger_clap_music's shape (not committed: made when wanted)

Needs torch, transformers and safetensors. Nobody's trained weights are used. Every value of a tensor is a
hash of its name and position:

    state = fnv1a64(name) ^ 0x434C4150 ("CLAP"), and for each value state += 0x9E3779B97F4A7C15,
    z = splitmix64's output function of state, u = (z >> 40) / 2^23 - 1, in [-1, 1)

    batch_norm.running_mean         -30 + 10 u           as decibels lie
    batch_norm.running_var          400 + 200 u
    *norm*.weight                   1 + 0.2 u            (LayerNorm of the text tower too)
    *.bias                          0.1 u
    relative_position_bias_table    u
    embeddings                      u / 2
    any other                       sqrt(3 / fan-in) u

The waveform is the same hash of "waveform", low-passed by a running sum that leaks, plus two sines.
"""

import argparse
import json
import os

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

SEED = 0x434C4150
MASK = (1 << 64) - 1


def fnv1a64(text):
    h = 14695981039346656037
    for b in text.encode():
        h = ((h ^ b) * 1099511628211) & MASK
    return h


def uniform(name, n):
    """n values in [-1, 1) in float64."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a64(name) ^ SEED) + np.uint64(0x9E3779B97F4A7C15) * np.arange(1, n + 1, dtype=np.uint64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) * (1.0 / (1 << 23)) - 1


def values(name, shape):
    """The float32 values of a tensor."""
    u = uniform(name, int(np.prod(shape)))
    parts = name.split(".")
    if name.endswith("running_mean"):
        v = -30 + 10 * u
    elif name.endswith("running_var"):
        v = 400 + 200 * u
    elif parts[-1] == "weight" and "norm" in parts[-2].lower():
        v = 1 + 0.2 * u
    elif parts[-1] == "bias":
        v = 0.1 * u
    elif parts[-1] == "relative_position_bias_table":
        v = u
    elif "embeddings." in name:
        v = u / 2
    else:
        v = np.sqrt(3 / np.prod(shape[1:])) * u
    return v.astype(np.float32).reshape(shape)


def waveform(n, rate):
    """float32 samples: noise whose level falls by 6 dB an octave, and two sines of a sixth the size."""
    u = uniform("waveform", n)
    w = np.empty(n)
    y = 0.0
    for i in range(n):
        y = 0.97 * y + 0.1 * u[i]
        w[i] = y
    t = np.arange(n) / rate
    w = w + 0.15 * np.sin(2 * np.pi * 440 * t) + 0.05 * np.sin(2 * np.pi * 3000 * t)
    return (np.round(w * 8192) / 32768).astype(np.float32)


def fill(model):
    state = model.state_dict()
    for name, t in state.items():
        if not t.is_floating_point() or name.startswith("logit_scale"):
            continue
        t.copy_(torch.from_numpy(values(name, tuple(t.shape))))
    return model.double().eval()


TINY = {
    "audio_config": dict(
        spec_size=32, num_mel_bins=8, window_size=4, patch_embeds_hidden_size=8, depths=[2, 2],
        num_attention_heads=[2, 4], hidden_size=16, num_hidden_layers=2, mlp_ratio=2.0),
    "text_config": dict(
        vocab_size=400, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32,
        max_position_embeddings=34),
    "projection_dim": 8,
}
# Strides unlike the patch, a layer norm less, no bias of q, k and v, other epsilons, three stages.
ODD = {
    "audio_config": dict(
        spec_size=64, num_mel_bins=16, window_size=4, patch_embeds_hidden_size=4, depths=[2, 1, 2],
        num_attention_heads=[1, 2, 4], hidden_size=16, num_hidden_layers=3, mlp_ratio=1.5, patch_size=6,
        patch_stride=[4, 4], enable_patch_layer_norm=False, qkv_bias=False, layer_norm_eps=1e-3),
    "text_config": dict(
        vocab_size=400, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=34, layer_norm_eps=1e-5, type_vocab_size=2),
    "projection_dim": 8,
}
# laion/larger_clap_music: HTSAT-base and RoBERTa-base.
FULL = {
    "audio_config": dict(patch_embeds_hidden_size=128, depths=[2, 2, 12, 2], hidden_size=1024),
    "text_config": dict(),
    "projection_dim": 512,
}


def extractor(config, seconds):
    return ClapFeatureExtractor(
        feature_size=config.audio_config.num_mel_bins, max_length_s=seconds, frequency_min=50, frequency_max=14000,
        truncation="rand_trunc", padding="repeatpad")


def outputs(config, model, fx, ids):
    """Every tensor is float32 of float64 arithmetic."""
    out = {}
    n = fx.nb_max_samples
    for name, samples in (("whole", n), ("short", n * 2 // 7)):
        wave = waveform(samples, fx.sampling_rate)
        mel = fx(wave, sampling_rate=fx.sampling_rate, return_tensors="pt")["input_features"].double()
        with torch.no_grad():
            a = model.audio_model(input_features=mel, output_hidden_states=True)
            e = model.audio_projection(a.pooler_output)
        out[name + ".mel"] = mel[0, 0]
        for i, h in enumerate(a.hidden_states):  # [1, C, H, W]
            out[f"{name}.stage{i}"] = h[0].permute(1, 2, 0).reshape(-1, h.shape[1])
        out[name + ".pooled"] = a.pooler_output[0]
        out[name + ".projected"] = e[0]
    for i, row in enumerate(ids):
        t = torch.tensor([row])
        with torch.no_grad():
            h = model.text_model(input_ids=t)
            e = model.text_projection(h.pooler_output)
        out[f"text{i}.hidden"] = h.last_hidden_state[0]
        out[f"text{i}.projected"] = e[0]
    return {k: v.float().contiguous() for k, v in out.items()}


def thin(out):
    """What is kept of the full model: stages' means, some mel frames."""
    kept = {}
    for k, v in out.items():
        if k.endswith(".mel"):
            v = v[::50]
        elif ".stage" in k or k.endswith(".hidden"):
            v = v.double().mean(0).float()
        kept[k] = v.contiguous()
    return kept


def write(path, tensors):
    save_file(tensors, path)
    print(path, os.path.getsize(path))


def build(raw):
    config = ClapConfig(audio_config=raw["audio_config"], text_config=raw["text_config"], projection_dim=raw["projection_dim"])
    config._attn_implementation = "eager"
    return config, fill(ClapModel(config))


CORPUS = """Segue finds music that sounds alike. A slow sad piano, a fast happy guitar; drums and bass!
It's the singer's voice we've heard: don't stop, they'll say, I'm sure you'd know what 1969 was, 3.14 or 42.
Café, naïve, Dvořák, Ærø, Ελλάδα, Москва, 日本語の音楽, 한국어, مرحبا, שלום, हिन्दी, 🎹🎸 emoji 👩‍🎤, ½ ² ⅷ.
    tabs\tand  spaces   and\n\nnew lines\r\n end . slow slower slowest sad sadder saddest piano pianos pianist
"""

TEXTS = [
    "", " ", "slow sad piano", " slow sad piano", "slow  sad\tpiano ", "It's we'll they'd I'm you've don't she's IT'S '",
    "1969 and 3.14, 42!", "Dvořák Москва 日本語の音楽 한국어", "👩‍🎤 🎹🎸", "½ ² ⅷ ①", "a\u00a0b\u3000c\u2028d\u0085e", "\n\n  x\n ",
    "हिन्दी مرحبا e\u0301", "\x00\x01\x7f", "word" * 20, "x_y-z/foo@bar.com #1", "'s's ''s 's", "\u200d\u200b\ufeff",
    "don\u2019t stop", "tabs\t\tand   spaces", "\r\n\r\n", "  ", "a  ", "a   b", "ſ's", "\U0001d7d8 \u0660",
]


def tokenizer(out):
    """A byte-level BPE of 400 tokens in RoBERTa's arrangement, as files, and what it makes of some texts."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import AutoTokenizer, RobertaTokenizer
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator([CORPUS], vocab_size=400, min_frequency=1,
                            special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    bpe.save_model(out)
    merges = [tuple(l.split(" ")) for l in open(os.path.join(out, "merges.txt"), encoding="utf-8").read().split("\n")[1:] if l]
    vocab = json.load(open(os.path.join(out, "vocab.json"), encoding="utf-8"))
    tok = RobertaTokenizer(vocab=vocab, merges=merges, model_max_length=32)
    tok.save_pretrained(out)
    print(sorted(os.listdir(out)))
    # The names of special tokens in a text are text for Segue, which reads users' words: none is among TEXTS.
    return [[text, tok(text, truncation=True)["input_ids"]] for text in TEXTS]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--full", action="store_true")
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    if a.full:
        config, model = build(FULL)
        ids = [[0, 9, 99, 999, 9999, 50000, 2], [0] + [(i * 2654435761) % 50000 + 4 for i in range(75)] + [2]]
        out = outputs(config, model, extractor(config, 10), ids)
        write(os.path.join(a.out, "full.safetensors"), thin(out))
        json.dump(ids, open(os.path.join(a.out, "full_ids.json"), "w"))
        config.save_pretrained(a.out)
        return
    for name, raw in (("tiny", TINY), ("odd", ODD)):
        config, model = build(raw)
        ids = [[0, 2], [0, 7, 77, 177, 377, 2], [0] + list(range(100, 130)) + [2]]
        fx = extractor(config, 1)
        write(os.path.join(a.out, name + "-outputs.safetensors"), outputs(config, model, fx, ids))
        d = os.path.join(a.out, name)
        os.makedirs(d, exist_ok=True)
        config.architectures = ["ClapModel"]
        config.save_pretrained(d)
        fx.save_pretrained(d)
        state = {k: (v.float() if v.is_floating_point() else v).contiguous() for k, v in model.state_dict().items()}
        if name == "tiny":
            torch.save(state, os.path.join(d, "pytorch_model.bin"))
            rows = tokenizer(d)
    json.dump(rows, open(os.path.join(a.out, "tokens.json"), "w"), ensure_ascii=True, indent=0)
    for dirpath, _, files in os.walk(a.out):
        for f in files:
            print(os.path.join(dirpath, f), os.path.getsize(os.path.join(dirpath, f)))


if __name__ == "__main__":
    main()
