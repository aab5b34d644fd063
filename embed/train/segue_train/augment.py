"""What the world does to music, on the accelerator: pitch, tempo, noise, filters, reverb, gain. Shapes are [B, samples]."""

import torch
import torch.nn.functional as F

from .frontend import RATE, WINDOW

SPARE = 1.30  # how much longer a crop must be, so that it can be played faster or higher
N_FFT, HOP = 1024, 256


def stretch(wave, rate):
    """Plays wave `rate` times as fast at the same pitch: a phase vocoder with one rate for the whole batch."""
    window = torch.hann_window(N_FFT, device=wave.device)
    spec = torch.stft(wave, N_FFT, HOP, window=window, return_complex=True)
    steps = torch.arange(0, spec.shape[2] - 1, rate, device=wave.device)
    at, alpha = steps.long(), (steps - steps.floor())[None, None]
    magnitude = spec.abs()
    magnitude = magnitude[:, :, at] * (1 - alpha) + magnitude[:, :, at + 1] * alpha
    advance = torch.arange(spec.shape[1], device=wave.device) * (2 * torch.pi * HOP / N_FFT)
    angle = spec.angle()
    delta = angle[:, :, at + 1] - angle[:, :, at] - advance[None, :, None]
    delta = delta - 2 * torch.pi * torch.round(delta / (2 * torch.pi)) + advance[None, :, None]
    phase = torch.cumsum(torch.cat([angle[:, :, :1], delta[:, :, :-1]], 2), 2)
    return torch.istft(torch.polar(magnitude, phase), N_FFT, HOP, window=window)


def resample(wave, rate):
    """Plays wave `rate` times as fast, pitch and all, by cubic interpolation."""
    n = int(wave.shape[1] / rate) - 3
    at = torch.arange(n, device=wave.device) * rate + 1
    i, f = at.long(), at - at.floor()
    a, b, c, d = (wave[:, (i + k).clamp(0, wave.shape[1] - 1)] for k in (-1, 0, 1, 2))
    return b + f * 0.5 * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a)))


def pitch_and_tempo(wave, semitones, tempo):
    """wave [B, ≥ WINDOW * SPARE] → [B, WINDOW], higher by semitones and `tempo` times as fast."""
    up = 2 ** (semitones / 12)
    if abs(tempo / up - 1) > 1e-3:
        wave = stretch(wave, tempo / up)
    if abs(up - 1) > 1e-4:
        wave = resample(wave, up)
    return F.pad(wave, (0, max(0, WINDOW - wave.shape[1])))[:, :WINDOW]


def noise(wave, snr_db, pink, generator=None):
    """Adds noise, white or pink, snr_db [B, 1] below the wave."""
    n = torch.randn(wave.shape, device=wave.device, generator=generator)
    if pink:
        spec = torch.fft.rfft(n)
        n = torch.fft.irfft(spec / torch.sqrt(torch.arange(spec.shape[1], device=wave.device).clamp(1)), n=wave.shape[1])
    power = (wave**2).mean(1, keepdim=True)
    return wave + n * torch.sqrt(power / (n**2).mean(1, keepdim=True) * 10 ** (-snr_db / 10))


def band(wave, low, high):
    """Keeps low to high Hz (each [B, 1]), 24 dB an octave beyond."""
    f = torch.fft.rfftfreq(wave.shape[1], 1 / RATE, device=wave.device)[None]
    gain = 1 / (1 + (f / high) ** 8) ** 0.5 / (1 + (low / f.clamp(1e-3)) ** 8) ** 0.5
    return torch.fft.irfft(torch.fft.rfft(wave) * gain, n=wave.shape[1])


def tilt(wave, db):
    """A random equaliser: db [B, 8] at octaves from 63 Hz, straight between."""
    f = torch.fft.rfftfreq(wave.shape[1], 1 / RATE, device=wave.device).clamp(20)
    at = (torch.log2(f / 63)).clamp(0, 6.999)
    i, w = at.long(), at - at.floor()
    gain = 10 ** ((db[:, i] * (1 - w) + db[:, i + 1] * w) / 20)
    return torch.fft.irfft(torch.fft.rfft(wave) * gain, n=wave.shape[1])


def reverb(wave, seconds, mix):
    """A room: exponentially dying noise of 60 dB in `seconds` [B, 1], mixed in by `mix` [B, 1]."""
    n = RATE
    t = torch.arange(n, device=wave.device)[None] / RATE
    tail = torch.randn(wave.shape[0], n, device=wave.device) * torch.exp(-6.9 * t / seconds)
    tail = tail / torch.sqrt((tail**2).sum(1, keepdim=True))
    size = wave.shape[1] + n
    wet = torch.fft.irfft(torch.fft.rfft(wave, n=size) * torch.fft.rfft(tail, n=size), n=size)[:, : wave.shape[1]]
    return (1 - mix) * wave + mix * wet


def chance(x, changed, p):
    """Each row of x is replaced by its row in changed with probability p."""
    return torch.where(torch.rand(x.shape[0], 1, device=x.device) < p, changed, x)


def spoil(wave):
    """[B, WINDOW] → the same, each row through some of it all."""
    b, dev = wave.shape[0], wave.device

    def uniform(low, high, n=1):
        return torch.rand(b, n, device=dev) * (high - low) + low

    wave = chance(wave, tilt(wave, uniform(-9, 9, 8)), 0.4)
    wave = chance(wave, reverb(wave, uniform(0.2, 1.5), uniform(0.1, 0.6)), 0.25)
    wave = chance(wave, noise(wave, uniform(3, 30), False), 0.25)
    wave = chance(wave, noise(wave, uniform(3, 30), True), 0.25)
    low = 20 * 20 ** torch.rand(b, 1, device=dev)  # 20 … 400 Hz
    high = 2000 * 5.5 ** torch.rand(b, 1, device=dev)  # 2 … 11 kHz
    wave = chance(wave, band(wave, torch.full_like(low, 10.0), high), 0.3)
    wave = chance(wave, band(wave, low, high), 0.12)
    loud = wave / wave.abs().amax(1, keepdim=True).clamp(1e-4)
    wave = chance(wave, torch.tanh(loud * uniform(1, 4)), 0.1)
    return wave * 10 ** (uniform(-20, 6) / 20)
