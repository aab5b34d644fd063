-- What testdata/format/rulenames was made of, by the last build that stored rules with the names in them.
CREATE SCHEMA s;
CREATE FUNCTION double(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * i';
CREATE FUNCTION gap(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT abs(a - b)';
CREATE OPERATOR <-> (LEFTARG = int, RIGHTARG = int, FUNCTION = gap);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE TABLE s.log (id int, a int, m mood);
CREATE TABLE k (id int PRIMARY KEY, n int);
CREATE RULE ins AS ON INSERT TO t DO ALSO INSERT INTO s.log VALUES (new.id, double(new.a), 'ok'::mood);
CREATE RULE upd AS ON UPDATE TO t WHERE new.a <-> old.a > 1 AND exists (SELECT FROM t x WHERE x.id = new.id)
  DO ALSO (UPDATE s.log SET a = log.a + new.a WHERE id = old.id;
  INSERT INTO k AS was SELECT new.id, new.a ON CONFLICT (id) DO UPDATE SET n = was.n + excluded.n);
CREATE RULE told AS ON UPDATE TO t DO ALSO NOTIFY changed;
CREATE RULE del AS ON DELETE TO t DO INSTEAD DELETE FROM s.log USING k WHERE k.id = log.id AND log.id = old.id
  RETURNING log.id, log.a;
ALTER TABLE k RENAME TO kept;
INSERT INTO t VALUES (1, 10);
INSERT INTO kept VALUES (1, 100);
