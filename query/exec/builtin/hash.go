package builtin

import (
	"encoding/binary"
	"math/bits"
)

// hashText is Postgres's hash of text: Bob Jenkins's lookup3 with its own seed, over the bytes read as
// little-endian words. Clients shard and sample by it, so the numbers must be the same.
func hashText(s string) int {
	k := []byte(s)
	a := uint32(0x9e3779b9) + uint32(len(k)) + 3923095
	b, c := a, a
	for ; len(k) >= 12; k = k[12:] {
		a += binary.LittleEndian.Uint32(k)
		b += binary.LittleEndian.Uint32(k[4:])
		c += binary.LittleEndian.Uint32(k[8:])
		a, b, c = hashMix(a, b, c)
	}
	// The last word starts one byte up: its lowest byte is where Jenkins keeps the length.
	for i, v := range k {
		switch shift := uint(i%4) * 8; i / 4 {
		case 0:
			a += uint32(v) << shift
		case 1:
			b += uint32(v) << shift
		default:
			c += uint32(v) << (shift + 8)
		}
	}
	return int(int32(hashFinal(a, b, c)))
}

func hashMix(a, b, c uint32) (uint32, uint32, uint32) {
	a = (a - c) ^ bits.RotateLeft32(c, 4)
	c += b
	b = (b - a) ^ bits.RotateLeft32(a, 6)
	a += c
	c = (c - b) ^ bits.RotateLeft32(b, 8)
	b += a
	a = (a - c) ^ bits.RotateLeft32(c, 16)
	c += b
	b = (b - a) ^ bits.RotateLeft32(a, 19)
	a += c
	c = (c - b) ^ bits.RotateLeft32(b, 4)
	b += a
	return a, b, c
}

func hashFinal(a, b, c uint32) uint32 {
	c = (c ^ b) - bits.RotateLeft32(b, 14)
	a = (a ^ c) - bits.RotateLeft32(c, 11)
	b = (b ^ a) - bits.RotateLeft32(a, 25)
	c = (c ^ b) - bits.RotateLeft32(b, 16)
	a = (a ^ c) - bits.RotateLeft32(c, 4)
	b = (b ^ a) - bits.RotateLeft32(a, 14)
	c = (c ^ b) - bits.RotateLeft32(b, 24)
	return c
}
