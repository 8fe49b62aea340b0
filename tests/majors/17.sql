-- What PostgreSQL 17 brought.
CREATE SCHEMA new17;
SET search_path = new17;
CREATE TABLE counted (id bigint GENERATED ALWAYS AS IDENTITY (START 10), k integer) PARTITION BY LIST (k);
CREATE TABLE counted_1 PARTITION OF counted FOR VALUES IN (1); CREATE TABLE counted_2 PARTITION OF counted DEFAULT; INSERT INTO counted (k) VALUES (1), (2);
CREATE COLLATION built (PROVIDER = builtin, LOCALE = 'C.UTF-8'); CREATE TABLE sorted (a text COLLATE built PRIMARY KEY); INSERT INTO sorted VALUES ('ä'), ('z');
CREATE TABLE json_rows (a jsonb DEFAULT JSON_QUERY('{"a": [1]}'::jsonb, '$.a')); INSERT INTO json_rows DEFAULT VALUES;
CREATE VIEW json_table AS SELECT t.* FROM json_rows, JSON_TABLE(a, '$[*]' COLUMNS (n integer PATH '$')) AS t;
CREATE TABLE kept (a integer, b integer GENERATED ALWAYS AS (a * 2) STORED, i interval); INSERT INTO kept VALUES (1, DEFAULT, 'infinity'), (2, DEFAULT, '-infinity');
ALTER TABLE kept ALTER b SET EXPRESSION AS (a * 3), ALTER a SET STATISTICS DEFAULT;
GRANT MAINTAIN ON kept TO pg_monitor; REVOKE MAINTAIN ON kept FROM postgres;
CREATE FUNCTION at_login() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION at_login(); ALTER EVENT TRIGGER at_login DISABLE;
RESET search_path;
