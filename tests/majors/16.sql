-- What PostgreSQL 16 brought.
CREATE SCHEMA new16;
SET search_path = new16;
CREATE TABLE stored (a text STORAGE EXTERNAL COMPRESSION pglz, b text STORAGE DEFAULT); INSERT INTO stored VALUES (repeat('x', 10000), 'b');
CREATE COLLATION ruled (PROVIDER = icu, LOCALE = 'und', RULES = '&V << w <<< W');
CREATE TABLE sorted (a text COLLATE ruled PRIMARY KEY); INSERT INTO sorted VALUES ('w'), ('V');
CREATE TABLE literals (a integer DEFAULT 0x2A, b bigint DEFAULT 1_000, c boolean CHECK (c IS NOT NULL)); INSERT INTO literals VALUES (DEFAULT, DEFAULT, true);
CREATE VIEW typed AS SELECT '{"a": 1}' IS JSON OBJECT AS json, JSON_OBJECT('a': 1 RETURNING jsonb) AS built;
CREATE FUNCTION anywhere(VARIADIC integer[]) RETURNS integer LANGUAGE sql IMMUTABLE BEGIN ATOMIC; SELECT count(*)::integer FROM unnest($1) AS u(x) WHERE x > 0; END;
RESET search_path;
