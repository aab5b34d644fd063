"""musicnn as PyPI's package carries it (Pons and Serra, 2019; ISC): its sizes, its checkpoints and its filters, in numpy alone."""

import struct

import numpy as np

RATE = 16000  # Hz
FRAMES = 187  # of 256 samples: the 3 s that the network was trained on
N_FFT, HOP, N_MELS = 512, 256, 96
BN_EPS = 1e-3  # tf.layers.batch_normalization's default


def _varint(b, i):
    value = shift = 0
    while True:
        value |= (b[i] & 0x7F) << shift
        shift += 7
        i += 1
        if b[i - 1] < 0x80:
            return value, i


def _block(b, offset, size):
    """The (key, value) pairs of one block of a LevelDB table, uncompressed as TensorFlow writes it."""
    block, key, i = b[offset : offset + size], b"", 0
    end = size - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    while i < end:
        shared, i = _varint(block, i)
        fresh, i = _varint(block, i)
        length, i = _varint(block, i)
        key = key[:shared] + block[i : i + fresh]
        i += fresh
        yield key, block[i : i + length]
        i += length


def _fields(b):
    """The (number, value) pairs of a protobuf message."""
    i = 0
    while i < len(b):
        tag, i = _varint(b, i)
        kind = tag & 7
        if kind == 0:
            value, i = _varint(b, i)
        elif kind == 2:
            n, i = _varint(b, i)
            value, i = b[i : i + n], i + n
        elif kind == 5:
            value, i = b[i : i + 4], i + 4
        else:
            raise ValueError(f"protobuf wire type {kind} in a checkpoint's index")
        yield tag >> 3, value


def read_checkpoint(prefix):
    """{variable: array} of the TensorFlow checkpoint whose files begin with prefix."""
    with open(prefix + ".index", "rb") as f:
        index = f.read()
    with open(prefix + ".data-00000-of-00001", "rb") as f:
        data = f.read()
    i = len(index) - 48
    _, i = _varint(index, i)
    _, i = _varint(index, i)  # past the metaindex handle
    offset, i = _varint(index, i)
    size, i = _varint(index, i)
    out = {}
    for _, handle in _block(index, offset, size):
        o, j = _varint(handle, 0)
        n, _ = _varint(handle, j)
        for key, entry in _block(index, o, n):
            if not key:
                continue  # the header
            f = {"dtype": 0, "offset": 0, "size": 0}
            shape = []
            for number, value in _fields(entry):
                if number == 2:
                    shape = [dict(_fields(d)).get(1, 0) for k, d in _fields(value) if k == 2]
                elif number in (1, 4, 5):
                    f[{1: "dtype", 4: "offset", 5: "size"}[number]] = value
            if f["dtype"] == 1:  # DT_FLOAT
                raw = data[f["offset"] : f["offset"] + f["size"]]
                out[key.decode()] = np.frombuffer(raw, "<f4").reshape(shape)
    return out


def slaney_mel(rate, n_fft, n_mels, fmin=0.0, fmax=None):
    """[n_mels, n_fft/2+1] triangular filters on Slaney's mel scale with unit area, as librosa makes them by default."""
    fmax = fmax or rate / 2
    step, knee = 200.0 / 3, 1000.0
    logstep = np.log(6.4) / 27

    def to_mel(f):
        return np.where(f < knee, f / step, knee / step + np.log(np.maximum(f, 1e-9) / knee) / logstep)

    def to_hz(m):
        return np.where(m < knee / step, m * step, knee * np.exp(logstep * (m - knee / step)))

    edges = to_hz(np.linspace(to_mel(np.array(fmin)), to_mel(np.array(fmax)), n_mels + 2))
    bins = np.linspace(0, rate / 2, n_fft // 2 + 1)
    up = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    return (np.maximum(0, np.minimum(up, down)) * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)
