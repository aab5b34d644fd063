package main

// The scores, all made for this file. Programs are General MIDI's, from 0: 0 piano, 4 electric piano, 11 vibes,
// 12 marimba, 16 and 19 organs, 21 accordion, 24 and 25 guitars, 29 and 30 overdriven guitars, 32 to 38 basses, 40 violin,
// 46 harp, 48 strings, 52 choir, 56 trumpet, 58 tuba, 60 horn, 61 brass, 65 saxophone, 68 oboe, 71 clarinet, 73 flute,
// 80 and 81 leads, 88 to 95 pads, 104 sitar, 105 banjo, 107 koto.
var pieces = []piece{
	{
		title: "Harbour Waltz", artist: "The Quay Ensemble", album: "Tidal Rooms", genre: "Classical",
		bpm: 138, meter: 3, tonic: 67, chords: "1 1 4 4 5 5 1 1 6 6 2 2 5 5 1 1",
		melody: "5:2 3:1 5:1 6:1 5:1 4:2 6:1 1':3 7:2 6:1 5:1 4:1 2:1 3:3 r:3 " +
			"6:2 5:1 6:1 7:1 1':1 2':2 1':1 6:3 7:2 6:1 5:1 2:1 4:1 1:3 r:3",
		comp: "waltz", bass: "1 . .",
		renderings: []rendering{
			{file: "harbour-waltz-piano.flac", name: "piano", lead: 0, comp: 0, bass: 0, tempo: 1, seconds: 10.5},
			{file: "harbour-waltz-strings.ogg", name: "string quartet", lead: 40, comp: 48, bass: 42, tempo: 0.9, seconds: 15},
			{file: "harbour-waltz-accordion.mp3", name: "accordion", lead: 21, comp: 21, bass: 32, tempo: 1.12, seconds: 15},
			{file: "x.wav", name: "harpsichord, unknown player", lead: 6, comp: 6, bass: 6, tempo: 1.06, seconds: 9},
		},
	},
	{
		title: "Night Bus", artist: "Ninth Floor", album: "Sodium", genre: "House",
		bpm: 124, meter: 4, tonic: 69, minor: true, chords: "1 1 6 6 3 3 7 7 1 1 6 6",
		melody: "1:.5 r:.5 3:.5 5:.5 r:.5 5:.5 7:.5 5:.5 r:1 4:.5 3:.5 1:1 r:1",
		comp:   "off", bass: "1 1 . 1 8 . 1 .", drums: "k:x...x...x...x... h:..x...x...x...x. c:....x.......x... o:..............o.",
		renderings: []rendering{
			{file: "night-bus-club.ogg", name: "club mix", lead: 81, comp: 90, bass: 38, drums: true, tempo: 1, seconds: 15},
			{file: "night-bus-radio.mp3", name: "radio edit", lead: 80, comp: 88, bass: 39, drums: true, tempo: 1.05, seconds: 11},
			{file: "night-bus-late.opus", name: "late version", lead: 4, comp: 89, bass: 38, drums: true, tempo: 0.94, seconds: 16},
		},
	},
	{
		title: "Clay Road", artist: "Marrow & Finch", album: "Fieldnotes", genre: "Folk",
		bpm: 104, meter: 4, tonic: 62, chords: "1 1 4 1 1 5 4 1 1 4 1 5",
		melody: "1:.5 2:.5 3:1 5:1 3:1 6:1 5:.5 3:.5 2:1 1:1 5,:.5 6,:.5 1:1 2:1 3:1 2:2 r:2",
		comp:   "arp", bass: "1 5 1 5",
		renderings: []rendering{
			{file: "clay-road-guitar.wav", name: "guitar", lead: 25, comp: 24, bass: 32, tempo: 1, seconds: 8},
			{file: "clay-road-banjo.opus", name: "banjo", lead: 105, comp: 25, bass: 32, tempo: 1.15, seconds: 16},
			{file: "clay-road-fiddle.flac", name: "fiddle", lead: 40, comp: 25, bass: 32, tempo: 0.95, seconds: 10.5},
		},
	},
	{
		title: "Paper Lanterns", artist: "Mizu", album: "Five Notes", genre: "World",
		bpm: 84, meter: 4, tonic: 74, chords: "1 6 2 5 1 6 4 5",
		melody: "1:1 2:.5 3:.5 5:2 6:1 5:.5 3:.5 2:2 3:1 5:.5 6:.5 1':2 6:.5 5:.5 3:1 2:1 1:1",
		comp:   "arp", bass: "1 . 5 .",
		renderings: []rendering{
			{file: "paper-lanterns-koto.flac", name: "koto", lead: 107, comp: 107, bass: -1, tempo: 1, seconds: 10.5},
			{file: "paper-lanterns-flute.ogg", name: "flute and harp", lead: 73, comp: 46, bass: -1, tempo: 0.92, seconds: 15},
			{file: "paper-lanterns-marimba.mp3", name: "marimba", lead: 12, comp: 12, bass: 12, tempo: 1.1, seconds: 15},
		},
	},
	{
		title: "Small Hours", artist: "Trio Larsen", album: "Closing Time", genre: "Jazz",
		bpm: 112, meter: 4, tonic: 65, chords: "2 5 1 6 2 5 1 1 4 7 3 6",
		melody: "r:.5 6:.5 1':.5 7:.5 6:1 4:1 5:.5 7:.5 2':1 1':.5 6:.5 5:1 3:1.5 5:.5 4:.5 3:.5 2:1 1:2 r:2",
		comp:   "off", bass: "1 3 5 6", drums: "r:x..x.xx..x.x h:...x.....x..  j:......o....o", swing: 0.17,
		renderings: []rendering{
			{file: "small-hours-rhodes.mp3", name: "electric piano", lead: 4, comp: 4, bass: 32, drums: true, tempo: 1, seconds: 15},
			{file: "small-hours-vibes.wav", name: "vibraphone", lead: 11, comp: 0, bass: 32, drums: true, tempo: 1.08, seconds: 8},
			{file: "small-hours-sax.opus", name: "saxophone", lead: 65, comp: 0, bass: 32, drums: true, tempo: 0.92, seconds: 16},
		},
	},
	{
		title: "Granite", artist: "Cold Quarry", album: "Blastwork", genre: "Rock",
		bpm: 146, meter: 4, tonic: 64, minor: true, chords: "1 1 6 7 1 1 4 5 1 1 6 7",
		melody: "1:.5 1:.5 3:1 1:.5 5:.5 4:1 3:.5 1:.5 7,:1 1:2 r:.5 5:.5 5:.5 7:.5 5:1 4:.5 3:.5 1:2",
		comp:   "block", bass: "1 1 1 1 1 1 1 1", drums: "k:x.....x.x.x..... s:....x.......x... h:x.x.x.x.x.x.x.x.",
		renderings: []rendering{
			{file: "granite-distorted.mp3", name: "distorted", lead: 30, comp: 30, bass: 34, drums: true, tempo: 1, seconds: 15},
			{file: "granite-overdriven.ogg", name: "overdriven", lead: 29, comp: 29, bass: 33, drums: true, tempo: 1.07, seconds: 11},
			{file: "granite-slow.opus", name: "slow", lead: 30, comp: 29, bass: 34, drums: true, tempo: 0.86, seconds: 16},
		},
	},
	{
		title: "Two Voices in D", artist: "Anselm Voss", album: "Inventions", genre: "Classical",
		bpm: 92, meter: 4, tonic: 62, minor: true, chords: "1 5# 1 4 7 3 6 5# 1 1",
		melody: "1':.25 7#:.25 1':.5 5:.5 6:.5 1':.25 7#:.25 1':.5 2':.5 5:.5 1':.25 7#:.25 1':.5 2':.5 4:.25 5:.25 6:1 5:.25 4:.25 3:1.5",
		comp:   "alberti", bass: "1 . 5 .",
		renderings: []rendering{
			{file: "two-voices-organ.flac", name: "organ", lead: 19, comp: 19, bass: 19, tempo: 1, seconds: 10.5},
			{file: "two-voices-harpsichord.wav", name: "harpsichord", lead: 6, comp: 6, bass: 6, tempo: 1.1, seconds: 8},
			{file: "two-voices-guitar.opus", name: "guitar", lead: 24, comp: 24, bass: 24, tempo: 0.93, seconds: 16},
		},
	},
	{
		title: "Tidewater", artist: "Isobar", album: "Pressure Maps", genre: "Ambient",
		bpm: 60, meter: 4, tonic: 60, chords: "1 6 4 2",
		melody: "5:4 3:3 2:1 1:4 r:1 6,:3",
		comp:   "pad", bass: "1 . . .",
		renderings: []rendering{
			{file: "tidewater-pads.ogg", name: "pads", lead: 91, comp: 89, bass: 95, tempo: 1, seconds: 15},
			{file: "tidewater-choir.opus", name: "choir", lead: 52, comp: 91, bass: 48, tempo: 0.95, seconds: 16},
			{file: "tidewater-strings.flac", name: "slow strings", lead: 48, comp: 49, bass: 43, tempo: 1.05, seconds: 10.5},
		},
	},
	{
		title: "Copper Samba", artist: "Orquestra do Cais", album: "Sol e Sal", genre: "Latin",
		bpm: 116, meter: 4, tonic: 67, minor: true, chords: "1 1 4 5# 1 6 2 5# 1 1",
		melody: "5:.5 1':1 7:.5 1':1 5:1 r:.5 4:.5 5:.5 3:.5 1:1 r:1 2:.5 4:1 6:.5 5:1 4:1 3:.5 2:.5 1:1 r:2",
		comp:   "off", bass: "1 . . 5 5 . . 1", drums: "k:x..xx..xx..xx..x m:xoxoxoxoxoxoxoxo b:..x..x.x..x.x... j:x..x..x...x..x..",
		renderings: []rendering{
			{file: "copper-samba-guitar.mp3", name: "nylon guitar", lead: 24, comp: 24, bass: 32, drums: true, tempo: 1, seconds: 15},
			{file: "copper-samba-flute.flac", name: "flute", lead: 73, comp: 24, bass: 32, drums: true, tempo: 1.06, seconds: 10.5},
			{file: "copper-samba-trumpet.ogg", name: "trumpet", lead: 56, comp: 0, bass: 33, drums: true, tempo: 0.94, seconds: 15},
		},
	},
}
