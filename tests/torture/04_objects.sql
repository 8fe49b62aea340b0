-- Everything that is not a table.
CREATE SCHEMA o AUTHORIZATION app_owner;
SET search_path = o, t, public;

CREATE VIEW plain AS SELECT * FROM t.no_key; CREATE VIEW barrier WITH (security_barrier, security_invoker, check_option = cascaded) AS SELECT id, v FROM t.noisy WHERE id > 0;
CREATE RECURSIVE VIEW counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 5; CREATE VIEW defaults AS SELECT a, b FROM t.no_key; ALTER VIEW defaults ALTER COLUMN b SET DEFAULT 'from view';
CREATE FUNCTION view_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER instead INSTEAD OF INSERT ON plain FOR EACH ROW EXECUTE FUNCTION view_write();
CREATE MATERIALIZED VIEW m1 AS SELECT b, count(*) AS n FROM t.indexed GROUP BY b; CREATE UNIQUE INDEX m1_b ON m1 (b); CREATE MATERIALIZED VIEW a_on_m1 AS SELECT sum(n) AS total FROM m1; CREATE VIEW between_views AS SELECT total FROM a_on_m1;
CREATE MATERIALIZED VIEW "0 last" WITH (fillfactor = 80) AS SELECT * FROM between_views; CREATE MATERIALIZED VIEW not_populated AS SELECT 1 AS one WITH NO DATA; CREATE MATERIALIZED VIEW also_not AS SELECT one FROM not_populated WITH NO DATA; ALTER MATERIALIZED VIEW m1 OWNER TO app_owner;
CREATE VIEW cycle_a AS SELECT 1 AS x; CREATE VIEW cycle_b AS SELECT x FROM cycle_a; CREATE OR REPLACE VIEW cycle_a AS SELECT 1 AS x;

CREATE FUNCTION body_sql(a integer, OUT b integer, VARIADIC c text[] DEFAULT '{}') LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 7 SET search_path = o, pg_temp SET work_mem = '8MB' AS 'SELECT a';
CREATE FUNCTION standard(a integer) RETURNS TABLE (x integer, y text) BEGIN ATOMIC SELECT id, v FROM t.noisy WHERE id = a; END;
CREATE FUNCTION later_table() RETURNS SETOF t.noisy LANGUAGE sql SECURITY DEFINER ROWS 3 AS 'SELECT * FROM t.noisy'; CREATE FUNCTION overloaded(text) RETURNS text LANGUAGE sql AS 'SELECT $1'; CREATE FUNCTION overloaded(integer) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
CREATE PROCEDURE proc(INOUT x integer) LANGUAGE plpgsql AS $body$ BEGIN x := x + 1; COMMIT; END $body$; CREATE AGGREGATE joined(text) (SFUNC = textcat, STYPE = text, INITCOND = '>'); CREATE AGGREGATE hypo(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE FUNCTION near(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 2'; CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = near, COMMUTATOR = ===); CREATE OPERATOR FAMILY of USING btree;
CREATE OPERATOR CLASS reverse_int FOR TYPE integer USING btree AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(integer, integer);
CREATE TYPE pair AS (a integer, b integer); CREATE FUNCTION pair_text(pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.a || ''-'' || $1.b'; CREATE CAST (pair AS text) WITH FUNCTION pair_text(pair) AS ASSIGNMENT;
CREATE TYPE shell; CREATE COLLATION german (LC_COLLATE = 'C', LC_CTYPE = 'C'); CREATE COLLATION loose (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false); CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH CONFIGURATION words (COPY = pg_catalog.english); CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, LANGUAGE = german); ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR word WITH stems;
CREATE TABLE collated (id integer PRIMARY KEY, ci text COLLATE loose UNIQUE, words tsvector GENERATED ALWAYS AS (to_tsvector('o.words'::regconfig, coalesce(ci, ''))) STORED); INSERT INTO collated VALUES (1, 'Straße'), (2, 'Wort');
CREATE INDEX collated_words ON collated USING gin (words);
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE on_heap2 (a integer) USING heap2; INSERT INTO on_heap2 VALUES (1);
CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));

-- Owners, grants with options, of columns, of functions, of types, default grants, revoked defaults.
ALTER TABLE t.no_key OWNER TO app_owner; GRANT SELECT (a), UPDATE (b) ON t.no_key TO app_reader; GRANT SELECT, INSERT ON t.no_key TO "Odd ""Role" WITH GRANT OPTION; SET ROLE "Odd ""Role"; RESET ROLE;
GRANT ALL ON t.indexed TO PUBLIC; REVOKE ALL ON t.noisy FROM postgres; GRANT USAGE ON SCHEMA t TO app_reader; REVOKE EXECUTE ON FUNCTION body_sql FROM PUBLIC; GRANT EXECUTE ON FUNCTION body_sql TO app_reader; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA t TO app_owner;
REVOKE USAGE ON TYPE types.mood FROM PUBLIC; GRANT USAGE ON TYPE types.mood TO app_owner; GRANT USAGE ON DOMAIN types.positive TO app_reader; GRANT SELECT, UPDATE ON SEQUENCE t.fresh TO app_reader; GRANT USAGE ON FOREIGN SERVER far TO app_owner; REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; GRANT USAGE ON LANGUAGE plpgsql TO app_owner;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app_reader; ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA o GRANT ALL ON SEQUENCES TO app_reader WITH GRANT OPTION; ALTER DEFAULT PRIVILEGES FOR ROLE app_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO app_owner; ALTER FUNCTION t.make_noise() OWNER TO app_owner; ALTER TYPE types.inner_row OWNER TO app_owner; ALTER SEQUENCE t.fresh OWNER TO app_owner; ALTER SCHEMA "odd.schema" OWNER TO "Odd ""Role"; ALTER TABLE "odd.schema"."a""b.c" OWNER TO "Odd ""Role"; ALTER DOMAIN types.label OWNER TO app_owner;

-- Comments on everything.
COMMENT ON SCHEMA o IS 'a schema'; COMMENT ON TABLE t.no_key IS E'it''s\na table'; COMMENT ON COLUMN "odd.schema"."a""b.c"."x.y" IS '\N \. $$'; COMMENT ON FUNCTION body_sql IS 'f'; COMMENT ON TYPE types.mood IS 'm'; COMMENT ON DOMAIN types.positive IS 'd'; COMMENT ON INDEX t.indexed_expr IS 'i'; COMMENT ON CONSTRAINT dirty_fk ON t.dirty IS 'c'; COMMENT ON CONSTRAINT positive_check ON DOMAIN types.positive IS 'dc';
COMMENT ON TRIGGER c_always ON t.noisy IS 't'; COMMENT ON RULE hush ON t.ruled IS 'r'; COMMENT ON POLICY tenants ON t.secured IS 'p'; COMMENT ON VIEW plain IS 'v'; COMMENT ON MATERIALIZED VIEW m1 IS 'mv'; COMMENT ON SEQUENCE t.fresh IS 's'; COMMENT ON STATISTICS t.indexed_stats IS 'st'; COMMENT ON SERVER far IS 'srv'; COMMENT ON EXTENSION citext IS 'changed comment'; COMMENT ON COLLATION german IS 'co'; COMMENT ON AGGREGATE joined(text) IS 'agg'; COMMENT ON OPERATOR ===(integer, integer) IS 'op'; COMMENT ON CAST (pair AS text) IS 'cast'; COMMENT ON FOREIGN TABLE t.far_table IS 'ft'; COMMENT ON SCHEMA public IS 'mine';

-- Large objects.
SELECT lo_from_bytea(4242, '\xdeadbeef00ff'); SELECT lo_from_bytea(4243, decode(repeat('ab', 300000), 'hex')); SELECT lo_create(4244); ALTER LARGE OBJECT 4242 OWNER TO app_owner; GRANT SELECT ON LARGE OBJECT 4242 TO app_reader; COMMENT ON LARGE OBJECT 4242 IS 'blob';

-- What a clone leaves out.
CREATE PUBLICATION pub FOR TABLE t.indexed WHERE (b > 3);
CREATE PUBLICATION pub_all FOR ALL TABLES; COMMENT ON PUBLICATION pub IS 'left out';
CREATE SUBSCRIPTION sub CONNECTION 'host=192.0.2.1 password=subscription-secret' PUBLICATION x WITH (connect = false);
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'an event trigger fired'; END $$;
RESET search_path;
