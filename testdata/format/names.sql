-- What testdata/format/names was made of, by the last build that stored functions, operators and types by their names.
CREATE SCHEMA s;
CREATE FUNCTION double(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * i';
CREATE FUNCTION s.triple(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 3 * i';
CREATE FUNCTION gap(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT abs(a - b)';
CREATE OPERATOR <-> (LEFTARG = int, RIGHTARG = int, FUNCTION = gap);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN even AS int DEFAULT double(5) CHECK (double(VALUE) > 0);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.a := NEW.a + 100; RETURN NEW; END$$;
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT double(4), e even, m mood DEFAULT 'ok'::mood,
  g int GENERATED ALWAYS AS (double(id) <-> 1) STORED, CONSTRAINT c CHECK (double(a) > 0 AND s.triple(a) > 0));
CREATE INDEX i ON t (double(a)) WHERE double(id) > 2;
CREATE TRIGGER w BEFORE UPDATE ON t FOR EACH ROW WHEN (double(NEW.a) > double(OLD.a)) EXECUTE FUNCTION note();
CREATE FUNCTION body(i int, j int DEFAULT double(3)) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT double(i) + j; END;
SET search_path = s, public;
CREATE VIEW public.v AS SELECT id, triple(id), id <-> 5 AS gap FROM t WHERE m = 'ok'::mood;
INSERT INTO t (id) VALUES (1), (2);
