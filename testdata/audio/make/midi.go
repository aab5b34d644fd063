package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// ticksPerBeat is the resolution of the MIDI files.
const ticksPerBeat = 480

// track collects one rendering's events, in any order of time.
type track struct{ events []event }

type event struct {
	tick  int
	bytes []byte
}

func (t *track) at(beat float64, bytes ...byte) {
	t.events = append(t.events, event{int(beat*ticksPerBeat + 0.5), bytes})
}

// note plays a key on a channel for some beats.
func (t *track) note(channel, key, velocity int, start, beats float64) {
	t.at(start, 0x90|byte(channel), byte(key), byte(velocity))
	t.at(start+beats*0.95, 0x80|byte(channel), byte(key), 0)
}

// program chooses a channel's General MIDI instrument.
func (t *track) program(channel, program int) { t.at(0, 0xC0|byte(channel), byte(program)) }

// file writes a format 0 MIDI file at a tempo.
func (t *track) file(bpm float64) []byte {
	slices.SortStableFunc(t.events, func(a, b event) int {
		if d := cmp.Compare(a.tick, b.tick); d != 0 {
			return d
		}
		return cmp.Compare(a.bytes[0]&0x10, b.bytes[0]&0x10) // a key is let go before it is struck again
	})
	perBeat := uint32(60_000_000 / bpm)
	body := []byte{0, 0xFF, 0x51, 3, byte(perBeat >> 16), byte(perBeat >> 8), byte(perBeat)}
	last := 0
	for _, e := range t.events {
		body = append(varint(body, e.tick-last), e.bytes...)
		last = e.tick
	}
	body = append(body, 0, 0xFF, 0x2F, 0)

	var out bytes.Buffer
	out.WriteString("MThd")
	for _, v := range []any{uint32(6), uint16(0), uint16(1), uint16(ticksPerBeat)} {
		_ = binary.Write(&out, binary.BigEndian, v) // a Buffer takes everything
	}
	out.WriteString("MTrk")
	_ = binary.Write(&out, binary.BigEndian, uint32(len(body)))
	out.Write(body)
	return out.Bytes()
}

// varint appends MIDI's variable-length number.
func varint(dst []byte, v int) []byte {
	groups := []byte{byte(v & 0x7F)}
	for v >>= 7; v > 0; v >>= 7 {
		groups = append(groups, byte(v&0x7F)|0x80)
	}
	slices.Reverse(groups)
	return append(dst, groups...)
}
