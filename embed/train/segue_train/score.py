"""Music by rule: an artist has a style and habits, a piece has a form, harmony and tunes, a performance has a key, a
tempo, a groove and instruments. Two performances of one piece are other renderings of the same piece."""

from dataclasses import dataclass, field

import numpy as np

MAJOR, MINOR, DORIAN = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10)
MIXOLYDIAN, PHRYGIAN, HARMONIC = (0, 2, 4, 5, 7, 9, 10), (0, 1, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 8, 11)

# Chord roots as scale steps, a bar each.
PROGRESSIONS = (
    (0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 0), (5, 3, 0, 4), (0, 6, 5, 6), (0, 3, 0, 4), (1, 4, 0, 0), (0, 2, 3, 4),
    (0, 0, 3, 0, 4, 3, 0, 4), (0, 4, 5, 2, 3, 0, 3, 4), (0, 6, 3, 0), (0, 5, 1, 4), (0, 1, 0, 6), (0, 0, 0, 0), (0, 3, 6, 2, 5, 1, 4, 0),
)


@dataclass(frozen=True)
class Style:
    """tempo in beats a minute; instruments are General MIDI programs; the rest names the patterns below."""

    scales: tuple
    tempo: tuple
    drums: str
    bass: tuple
    bass_line: str
    chords: tuple
    comping: str
    lead: tuple
    density: float  # of the tune, notes an eighth
    swing: float = 0.0
    voices: int = 3
    beats: tuple = (4,)
    kit: tuple = (0,)
    pads: tuple = ()


STYLES = {
    "rock": Style((MAJOR, MIXOLYDIAN, MINOR), (100, 160), "rock", (33, 34), "eighths", (27, 29, 30), "strum", (29, 30, 27, 80), 0.45, kit=(0, 16)),
    "metal": Style((MINOR, PHRYGIAN, HARMONIC), (120, 200), "metal", (34, 33), "gallop", (30, 29), "power", (30, 29), 0.6, voices=2, kit=(16, 0)),
    "ballad": Style((MAJOR, MINOR), (60, 85), "soft", (32, 33), "roots", (0, 4, 24), "arpeggio", (73, 40, 65, 52, 0), 0.3, pads=(48, 89)),
    "piano": Style((MAJOR, MINOR, HARMONIC), (60, 130), "none", (0,), "broken", (0, 1, 2), "arpeggio", (0, 1), 0.5, beats=(4, 3)),
    "chamber": Style((MAJOR, MINOR, HARMONIC), (60, 140), "none", (42, 70), "counter", (41, 68), "sustain", (40, 73, 68, 71), 0.6, beats=(4, 3)),
    "baroque": Style((MAJOR, MINOR, HARMONIC), (76, 130), "none", (42, 6), "counter", (6, 19), "broken", (6, 40, 73, 74), 0.85, beats=(4, 3)),
    "orchestral": Style((MINOR, HARMONIC, MAJOR, DORIAN), (70, 150), "timpani", (43, 58), "roots", (48, 61, 49), "sustain", (60, 56, 48, 68), 0.4, voices=4, beats=(4, 3), kit=(48,), pads=(48, 52)),
    "choral": Style((MAJOR, MINOR, DORIAN), (50, 80), "none", (52, 19), "roots", (52, 19, 53), "sustain", (52, 54, 53), 0.25, voices=4),
    "swing": Style((MAJOR, DORIAN, MIXOLYDIAN), (110, 220), "swing", (32,), "walking", (0, 26, 17), "stabs", (65, 66, 56, 11, 59), 0.55, swing=0.3, voices=4, kit=(32, 40)),
    "bossa": Style((MAJOR, DORIAN), (100, 150), "bossa", (32,), "bossa", (24, 0), "bossa", (73, 65, 24, 11), 0.4, voices=4),
    "funk": Style((DORIAN, MIXOLYDIAN), (90, 118), "funk", (36, 37, 33), "syncopated", (27, 28, 7, 17), "stabs", (56, 61, 81, 66), 0.4, voices=4, kit=(0, 8)),
    "house": Style((MINOR, DORIAN), (118, 132), "house", (38, 39, 87), "offbeat", (90, 4, 81, 88), "stabs", (81, 80, 62), 0.4, kit=(24, 25), pads=(89, 95)),
    "techno": Style((PHRYGIAN, MINOR), (125, 145), "house", (38, 39), "sixteenths", (81, 87), "stabs", (80, 81, 103), 0.7, voices=2, kit=(25, 24)),
    "breaks": Style((MINOR, DORIAN), (160, 178), "breaks", (38, 39), "roots", (90, 89), "sustain", (81, 5, 4), 0.3, kit=(24, 8), pads=(95,)),
    "hiphop": Style((MINOR, DORIAN), (78, 98), "hiphop", (38, 32), "syncopated", (4, 5, 0), "stabs", (11, 4, 80), 0.25, swing=0.15, kit=(25, 8)),
    "reggae": Style((MAJOR, MINOR), (70, 92), "reggae", (33,), "syncopated", (16, 27), "skank", (56, 22, 65), 0.3, kit=(0,)),
    "ambient": Style((MAJOR, DORIAN, MINOR), (50, 80), "none", (89, 38), "drone", (88, 89, 91, 94), "sustain", (98, 92, 11, 0), 0.15, pads=(95, 99)),
    "folk": Style((MAJOR, DORIAN, MIXOLYDIAN), (90, 150), "shaker", (32, 24), "roots", (24, 25, 105), "strum", (22, 73, 110, 21, 74), 0.6, beats=(4, 3, 6)),
    "celtic": Style((DORIAN, MIXOLYDIAN, MAJOR), (100, 130), "shaker", (24,), "roots", (24, 46), "arpeggio", (110, 73, 72, 109), 0.9, beats=(6, 4)),
    "chip": Style((MAJOR, MINOR, HARMONIC), (120, 180), "chip", (80, 38), "octaves", (80, 81), "broken", (80, 81, 82), 0.6, voices=3),
    "march": Style((MAJOR,), (105, 125), "march", (58, 43), "roots", (61, 60), "stabs", (56, 72, 71), 0.5, kit=(48, 0)),
    "waltz": Style((MAJOR, MINOR), (90, 180), "none", (43, 32), "roots", (48, 0, 21), "waltz", (40, 21, 71, 73), 0.4, beats=(3,)),
    "synthpop": Style((MINOR, MAJOR), (105, 130), "rock", (38, 39), "octaves", (90, 81, 62), "arpeggio", (81, 80, 54), 0.4, kit=(24, 25), pads=(50, 51)),
    "world": Style((HARMONIC, PHRYGIAN, DORIAN), (70, 125), "hand", (43, 35), "drone", (104, 106, 107), "arpeggio", (104, 75, 77, 111, 20), 0.6, beats=(4, 6)),
}

# Drum patterns: General MIDI key → sixteenths of a bar.
DRUMS = {
    "rock": {36: (0, 8, 10), 38: (4, 12), 42: range(0, 16, 2)},
    "metal": {36: range(0, 16, 2), 38: (4, 12), 49: (0,), 51: range(0, 16, 4)},
    "soft": {36: (0, 10), 37: (8,), 42: range(0, 16, 4)},
    "timpani": {47: (0, 12), 41: (8,)},
    "swing": {51: (0, 4, 6, 8, 12, 14), 44: (4, 12), 36: (0,)},
    "bossa": {36: (0, 6, 8, 14), 37: (0, 3, 6, 10, 13), 42: range(0, 16, 2)},
    "funk": {36: (0, 3, 7, 10), 38: (4, 9, 12, 15), 42: range(16)},
    "house": {36: (0, 4, 8, 12), 39: (4, 12), 46: (2, 6, 10, 14), 42: range(16)},
    "breaks": {36: (0, 10), 38: (4, 7, 9, 12), 42: range(0, 16, 2)},
    "hiphop": {36: (0, 7, 10), 38: (4, 12), 42: range(0, 16, 2)},
    "reggae": {36: (8,), 37: (8,), 42: range(0, 16, 2)},
    "shaker": {70: range(0, 16, 2), 54: (4, 12)},
    "chip": {36: (0, 8), 38: (4, 12), 42: range(0, 16, 2)},
    "march": {36: (0, 8), 38: (4, 6, 12, 13, 14)},
    "hand": {60: (0, 6, 8), 61: (3, 11, 14), 63: (4, 12)},
    "none": {},
}
BASS = {
    "roots": ((0, 8, 0),), "eighths": tuple((i, 2, 0) for i in range(0, 16, 2)), "gallop": tuple((i, 1, 0) for i in (0, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15)),
    "broken": ((0, 4, 0), (4, 4, 4), (8, 4, 2), (12, 4, 4)), "counter": ((0, 4, 0), (4, 4, 1), (8, 4, 2), (12, 4, 4)),
    "walking": ((0, 4, 0), (4, 4, 2), (8, 4, 4), (12, 4, 5)), "bossa": ((0, 6, 0), (6, 2, 4), (8, 6, 4), (14, 2, 0)),
    "syncopated": ((0, 3, 0), (3, 3, 0), (7, 2, 4), (10, 2, 6), (14, 2, 0)), "offbeat": ((2, 2, 0), (6, 2, 0), (10, 2, 0), (14, 2, 0)),
    "sixteenths": tuple((i, 1, 0) for i in range(16)), "octaves": tuple((i, 2, 7 * (i % 4 // 2)) for i in range(0, 16, 2)), "drone": ((0, 16, 0),),
}
COMP = {
    "strum": ((0, 4), (4, 2), (6, 2), (10, 2), (12, 4)), "power": ((0, 2), (2, 2), (4, 4), (8, 2), (10, 2), (12, 4)), "sustain": ((0, 16),),
    "stabs": ((0, 2), (6, 2), (12, 1)), "bossa": ((0, 3), (3, 3), (6, 4), (10, 3), (13, 3)), "skank": ((4, 1), (12, 1)), "waltz": ((4, 3), (8, 3)),
}


@dataclass
class Artist:
    style: str
    lead: int
    chords: int
    bass: int
    pad: int
    kit: int
    tempo: tuple
    scale: tuple
    progressions: tuple
    density: float
    swing: float


@dataclass
class Piece:
    """Harmony and tune in scale steps and sixteenths, in no key."""

    artist: Artist
    beats: int
    scale: tuple
    bars: list  # root step of each bar
    tune: list  # (sixteenth, length, step) from the start
    key: int = 0
    tempo: float = 120.0


@dataclass
class Performance:
    """notes: (start s, length s, channel, key, velocity); programs: channel → (bank, program)."""

    notes: list = field(default_factory=list)
    programs: dict = field(default_factory=dict)


def artist(rng):
    """Somebody with a style and habits."""
    name = rng.choice(list(STYLES))
    s = STYLES[name]
    low = rng.uniform(*s.tempo)
    picks = rng.choice(len(PROGRESSIONS), 3, replace=False)
    return Artist(name, int(rng.choice(s.lead)), int(rng.choice(s.chords)), int(rng.choice(s.bass)),
                  int(rng.choice(s.pads)) if s.pads and rng.random() < 0.6 else -1, int(rng.choice(s.kit)), (low * 0.94, low * 1.06),
                  s.scales[rng.integers(len(s.scales))], tuple(PROGRESSIONS[i] for i in picks), s.density * rng.uniform(0.7, 1.3),
                  s.swing * rng.uniform(0.7, 1.3))


def piece(rng, who):
    """A piece of who's: 16 bars of A A' B A on two progressions, the tune a walk that lands on chord tones."""
    s = STYLES[who.style]
    beats = int(rng.choice(s.beats))
    a, b = (who.progressions[i] for i in rng.choice(len(who.progressions), 2, replace=False))
    bars = [*(a[i % len(a)] for i in range(8)), *(b[i % len(b)] for i in range(4)), *(a[i % len(a)] for i in range(4))]
    size = beats * 4
    motif = _walk(rng, 2 * size, who.density)
    answer = _walk(rng, 2 * size, who.density)
    other = _walk(rng, 2 * size, who.density * rng.uniform(0.5, 1.5))
    tune = []
    for n, phrase in enumerate((motif, answer, motif, answer, other, other, motif, answer)):
        for at, length, step in phrase:
            root = bars[2 * n + (at >= size)]
            if at % 8 == 0:  # strong beats sing the chord
                step = root + min((0, 2, 4, 7, -3), key=lambda c: abs(root + c - step))
            tune.append((2 * n * size + at, length, step))
    return Piece(who, beats, who.scale, bars, tune, int(rng.integers(12)), float(rng.uniform(*who.tempo)))


def _walk(rng, size, density):
    out, at, step = [], 0, int(rng.integers(-2, 6))
    while at < size:
        length = int(rng.choice((1, 2, 2, 3, 4, 4, 6, 8), p=_lengths(density)))
        if rng.random() < 0.88:
            out.append((at, min(length, size - at), step))
        step = int(np.clip(step + rng.choice((-3, -2, -1, -1, 0, 1, 1, 2, 3)), -5, 10))
        at += length
    return out


def _lengths(density):
    w = np.array([1, 2, 2, 1, 2, 2, 1, 1.0]) * np.array([1, 2, 2, 3, 4, 4, 6, 8.0]) ** (1.5 * (0.5 - density))
    return w / w.sum()


def perform(rng, p, same_band=True, shift=0, faster=1.0, seconds=30.0):
    """One rendering: in another key, at another tempo, by another band if asked."""
    who = p.artist if same_band else _other_band(rng, p.artist)
    s, out = STYLES[who.style], Performance()
    sixteenth = 15 / (p.tempo * faster)
    size = p.beats * 4
    out.programs = {0: (0, who.lead), 1: (0, who.chords), 2: (0, who.bass), 3: (0, max(who.pad, 0)), 9: (128, who.kit)}
    human = rng.uniform(0.0, 0.012)

    def play(channel, at, length, key, velocity):
        late = who.swing * sixteenth * 2 if at % 4 == 2 else 0.0
        start = max(0.0, at * sixteenth + late + rng.normal(0, human))
        if start < seconds and 12 <= key <= 115:
            out.notes.append((start, length * sixteenth * 0.95, channel, int(key), int(np.clip(velocity + rng.normal(0, 6), 20, 127))))

    def pitch(step, base):
        return base + p.key + shift + 12 * (step // 7) + p.scale[step % 7]

    total = len(p.bars) * size
    intro = int(rng.choice((0, 0, 2, 4)))
    for lap in range(1 + int(seconds / (total * sixteenth))):
        for bar, root in enumerate(p.bars):
            t = (lap * len(p.bars) + bar) * size
            _accompany(rng, s, who, play, pitch, t, root, size, bar)
        for at, length, step in p.tune:
            if lap or at >= intro * size:
                play(0, lap * total + at, length, pitch(step, 60 + (12 if p.key < 4 else 0)), 98)
    return out


def _accompany(rng, s, who, play, pitch, t, root, size, bar):
    chord = [root + c for c in (0, 2, 4, 6)[: s.voices]] if s.comping != "power" else [root, root + 4]
    if s.comping in ("arpeggio", "broken"):
        every = 2 if s.comping == "arpeggio" else 1
        for i in range(0, size, every):
            play(1, t + i, every * 2, pitch(chord[(i // every) % len(chord)], 55), 70)
    else:
        for at, length in COMP[s.comping]:
            if at < size:
                for c in chord:
                    play(1, t + at, min(length, size - at), pitch(c, 55 if s.comping != "power" else 43), 72)
    for at, length, step in BASS[s.bass_line]:
        if at < size:
            play(2, t + at, min(length, size - at), pitch(root + step, 36), 88)
    if who.pad >= 0:
        for c in chord:
            play(3, t, size, pitch(c, 60), 55)
    for key, hits in DRUMS[s.drums].items():
        for at in hits:
            if at < size and rng.random() < 0.97:
                play(9, t + at, 1, key, 95 if at % 8 == 0 else 75)
    if s.drums != "none" and bar % 4 == 3 and rng.random() < 0.5:
        for i in range(size - 4, size):
            play(9, t + i, 1, int(rng.choice((45, 47, 50, 38))), 85)


def _other_band(rng, who):
    s = STYLES[who.style]
    everybody = (0, 4, 6, 11, 24, 25, 27, 40, 46, 48, 56, 60, 65, 68, 71, 73, 80, 81)
    lead = int(rng.choice(s.lead if rng.random() < 0.5 else everybody))
    chords = int(rng.choice(s.chords if rng.random() < 0.5 else (0, 4, 16, 24, 25, 48, 50, 89)))
    return Artist(who.style, lead, chords, int(rng.choice(s.bass)), who.pad, int(rng.choice(s.kit)), who.tempo, who.scale,
                  who.progressions, who.density, who.swing)
