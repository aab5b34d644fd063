package main

// kind is a type as the generator knows it.
type kind int

const (
	integer kind = iota
	numeric
	float
	text
	boolean
	date
	timestamp
	kinds // how many there are
)

var kindNames = [...]string{"int4", "numeric", "float8", "text", "bool", "date", "timestamp"}

type column struct {
	name string
	kind kind
}

type table struct {
	name    string
	columns []column
}

var tables = []table{
	{"artist", []column{{"id", integer}, {"name", text}, {"country", text}, {"born", date}, {"active", boolean}}},
	{"album", []column{{"id", integer}, {"artist_id", integer}, {"title", text}, {"year", integer}, {"price", numeric}}},
	{"track", []column{{"id", integer}, {"album_id", integer}, {"title", text}, {"secs", integer}, {"rating", float}, {"live", boolean}}},
	{"play", []column{{"track_id", integer}, {"at", timestamp}, {"n", integer}, {"device", text}, {"paid", numeric}}},
}

// schema makes and fills the tables: few rows, many NULLs, duplicates, keys that point nowhere.
const schema = `
DROP TABLE IF EXISTS artist, album, track, play;
CREATE TABLE artist (id int4 PRIMARY KEY, name text, country text, born date, active bool);
CREATE TABLE album (id int4 PRIMARY KEY, artist_id int4, title text NOT NULL, year int4, price numeric(8,2));
CREATE TABLE track (id int4 PRIMARY KEY, album_id int4, title text, secs int4, rating float8, live bool NOT NULL);
CREATE TABLE play (track_id int4, at timestamp, n int4, device text, paid numeric);
CREATE INDEX album_artist ON album (artist_id);
CREATE INDEX track_album ON track (album_id, secs);
CREATE INDEX play_track ON play (track_id);
CREATE INDEX track_title ON track (title);
INSERT INTO artist SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE chr(97 + i % 5) || 'rtist' || (i % 4)::text END,
  CASE i % 4 WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' WHEN 2 THEN '' END, CASE WHEN i % 3 > 0 THEN date '1960-01-01' + i * 397 END,
  CASE i % 3 WHEN 0 THEN true WHEN 1 THEN false END FROM generate_series(1, 12) i;
INSERT INTO album SELECT i, CASE WHEN i % 6 > 0 THEN (i * 5) % 15 END, 'Album ' || chr(65 + i % 6),
  CASE WHEN i % 5 > 0 THEN 1990 + i % 9 END,
  CASE WHEN i % 4 > 0 THEN (i % 7) * 2.50 - 1 END FROM generate_series(1, 18) i;
INSERT INTO track SELECT i, CASE WHEN i % 8 > 0 THEN (i * 7) % 22 END,
  CASE WHEN i % 5 > 0 THEN chr(65 + i % 7) || ' song' END,
  CASE WHEN i % 9 > 0 THEN (i * 37) % 300 END, CASE WHEN i % 4 > 0 THEN (i % 11) * 0.25 END, i % 3 = 0 FROM generate_series(1, 40) i;
INSERT INTO play SELECT CASE WHEN i % 10 > 0 THEN (i * 3) % 45 END,
  CASE WHEN i % 6 > 0 THEN timestamp '2026-01-01 12:00' + i * interval '7 hours 13 minutes' END,
  CASE WHEN i % 4 > 0 THEN i % 5 - 1 END,
  CASE i % 4 WHEN 0 THEN 'phone' WHEN 1 THEN 'Web' WHEN 2 THEN 'car' END,
  CASE WHEN i % 3 > 0 THEN (i % 8) * 0.1 END FROM generate_series(1, 60) i;
`
