-- The database that psql describes and pg_dump dumps: a small music shop with one of every kind of object.
-- A statement a line or a block, separated by empty lines: each is a check of its own.
CREATE SCHEMA shop

COMMENT ON SCHEMA shop IS 'what is sold'

CREATE TYPE shop.medium AS ENUM ('vinyl', 'cd', 'file')

CREATE SEQUENCE shop.invoice_no START WITH 1000 INCREMENT BY 5 MINVALUE 10 MAXVALUE 100000 CACHE 2 CYCLE

CREATE TABLE shop.artists (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	country char(2) DEFAULT 'de',
	founded date,
	tags text[] NOT NULL DEFAULT '{}'
)

CREATE TABLE shop.albums (
	id serial PRIMARY KEY,
	artist_id bigint NOT NULL REFERENCES shop.artists (id) ON DELETE CASCADE,
	title varchar(200) NOT NULL,
	released date,
	price numeric(8,2) DEFAULT 9.99 CHECK (price >= 0),
	medium shop.medium NOT NULL DEFAULT 'cd',
	info jsonb,
	cover bytea,
	created timestamptz NOT NULL DEFAULT now(),
	net numeric GENERATED ALWAYS AS (price / 1.19) STORED,
	CONSTRAINT albums_title_per_artist UNIQUE (artist_id, title)
)

CREATE TABLE shop.tracks (
	album_id int REFERENCES shop.albums ON UPDATE CASCADE ON DELETE SET NULL,
	no smallint NOT NULL,
	title text COLLATE "C" NOT NULL,
	length interval,
	bpm real,
	loudness double precision,
	explicit boolean DEFAULT false,
	uid uuid,
	recorded timestamp without time zone,
	at time,
	CONSTRAINT tracks_pkey PRIMARY KEY (album_id, no),
	CONSTRAINT tracks_no_positive CHECK (no > 0)
)

CREATE INDEX tracks_title_idx ON shop.tracks (title)

CREATE INDEX albums_lower_idx ON shop.albums (lower(title))

CREATE INDEX albums_recent_idx ON shop.albums (released DESC NULLS LAST, id) WHERE released IS NOT NULL

CREATE UNIQUE INDEX tracks_uid_idx ON shop.tracks USING btree (uid)

CREATE VIEW shop.catalogue AS SELECT a.name, b.title, b.price FROM shop.artists a JOIN shop.albums b ON b.artist_id = a.id WHERE b.price > 1

CREATE VIEW shop.counts (artist, albums) AS SELECT a.name, count(*) FROM shop.artists a LEFT JOIN shop.albums b ON b.artist_id = a.id GROUP BY a.name

COMMENT ON TABLE shop.albums IS 'what an artist made'

COMMENT ON COLUMN shop.albums.price IS 'with VAT, it''s in euro'

COMMENT ON VIEW shop.catalogue IS 'for the shop window'

COMMENT ON CONSTRAINT tracks_no_positive ON shop.tracks IS 'counted from one'

COMMENT ON INDEX shop.tracks_title_idx IS 'for search'

CREATE TABLE "Mixed Case" ("Id" int PRIMARY KEY, "select" text DEFAULT 'it''s', "Ümlaut" text)

INSERT INTO shop.artists (name, country, founded, tags) VALUES ('Kraftwerk', 'de', '1970-01-01', '{krautrock,electronic}'), ('Can', 'de', '1968-06-01', '{}'), ('Björk', 'is', NULL, '{"a, b","c\"d",NULL}')

INSERT INTO shop.albums (artist_id, title, released, price, medium, info, cover, created) VALUES
	(1, 'Autobahn', '1974-11-01', 12.50, 'vinyl', '{"label": "Philips", "sides": [1, 2]}', '\x00ff10', '2024-02-29 12:00:00+00'),
	(1, 'Computerwelt', '1981-05-10', 9.99, 'cd', NULL, NULL, '2024-03-01 00:00:00.123456+00'),
	(2, E'Tago\tMago', NULL, 0, 'file', 'null', '', '2024-03-02 23:59:59+00')

INSERT INTO shop.tracks VALUES
	(1, 1, 'Autobahn', '22:43', 120.5, -9.5, false, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '1974-01-02 03:04:05', '04:05:06.5'),
	(1, 2, E'Kometenmelodie\n1', '1 day 06:26', 'NaN', '-Infinity', NULL, NULL, NULL, NULL),
	(2, 1, E'back\\slash', '5 min', 1e10, 1e-300, true, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', 'infinity', '24:00')

INSERT INTO "Mixed Case" VALUES (1, DEFAULT, 'ü'), (2, NULL, '')

SELECT setval('shop.invoice_no', 1040)

GRANT SELECT ON shop.catalogue TO PUBLIC

ANALYZE
