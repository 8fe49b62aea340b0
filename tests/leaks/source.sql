-- A source with a canary or a sentinel wherever personal data can be: guillemets hold the place, and the value of what is no text.
SET search_path = public;
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION postgres_fdw;
CREATE TYPE comp AS (a integer, b text);
CREATE DOMAIN dom AS text CHECK (VALUE <> '');
CREATE TYPE text_range AS RANGE (subtype = text);

CREATE TABLE people (
    id integer PRIMARY KEY, email text UNIQUE NOT NULL, full_name text, phone text, notes text, login varchar(80), fixed char(60), ci citext, nm name,
    js json, jb jsonb, doc text, ta text[], comp comp, comps comp[], dom dom, tr text_range, bytes bytea, x xml, hs hstore, tv tsvector, lt ltree, bits varbit,
    u uuid, big bigint, num numeric, d date, ip inet, net cidr, mac macaddr, cash money, span interval, pt point, f float8, kept text, gone text,
    generated text GENERATED ALWAYS AS (lower(email)) STORED
);
ALTER TABLE people ALTER notes SET STORAGE EXTERNAL;
INSERT INTO people VALUES
    (1, '«email»@«email host».test', '«first name» «last name»', '«phone=4917612345678901»', '«notes»', '«login»', '«char»', '«citext»', '«name»',
     '{"«json key»": {"deep": [{"deeper": {"deepest": ["«json array»"]}}]}, "theme": "dark", "mail": "«json mail»@x.test"}', '{"«jsonb key»": ["«jsonb array»", {"a": "«jsonb value»"}], "theme": "light", "mail": "«jsonb mail»@x.test"}', '{"mail": "«json in text»@x.test", "theme": 1}',
     ARRAY['«text array»', NULL], ROW(1, '«composite»'), ARRAY[ROW(1, '«composite array»')]::comp[], '«domain»', text_range('«range low»', NULL), convert_to('«bytea»', 'UTF8'),
     '<a b="«xml attribute»">«xml text»</a>', '«hstore key»=>«hstore value»', to_tsvector('simple', '«tsvector»'), '«ltree»'::ltree, ('x' || encode('«bits=bitsentinel»', 'hex'))::varbit,
     '«uuid=deadbeef-1234-4abc-8def-c0ffee123456»', «bigint=739104826551077123», «numeric=918273645546372819.123», '«date=1907-03-29»', '«inet=100.77.233.91»', '«cidr=100.78.199.0/24»', '«macaddr=02:fe:dc:ba:98:76»', '«money=$73,911,827.11»', '«interval=73 days 11:22:33.445566»', '(«point=7391.825544»,1)', «float=7391.0482655107»,
     '«kept 1»', '«dropped column»'),
    (2, '«email without at»', '«one name»', '«phone of letters»', '«secret 1»' || E'\n' || '«secret 2»', '«login 2»', NULL, '«citext 2»', NULL, '"«json scalar»"', '"«jsonb scalar»"', '{}', '{}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '«kept 2»', NULL),
    (3, '"«quoted local»@x"@«email 3».test', repeat('«repeated»', 40), NULL, '«long» ' || (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 3000) i) || '«long end»', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '«kept 3»', NULL);
INSERT INTO people (id, email, kept) SELECT i, 'filler' || i || '@x.test', 'filler' FROM generate_series(4, 3000) i;
INSERT INTO people (id, email) VALUES (9999, '«dead row»'); DELETE FROM people WHERE id = 9999;
UPDATE people SET notes = '«overwritten»' WHERE id = 4; UPDATE people SET notes = NULL WHERE id = 4;
ALTER TABLE people DROP COLUMN gone; ALTER TABLE people ADD COLUMN fast text DEFAULT '«fast default»'; ALTER TABLE people ALTER fast DROP DEFAULT;
CREATE INDEX ON people (lower(email)); CREATE INDEX ON people USING gin (jb); CREATE STATISTICS people_stats (mcv) ON email, notes FROM people;
CREATE MATERIALIZED VIEW mails AS SELECT id, email FROM people WITH DATA;
COMMENT ON TABLE people IS '«comment on table»'; COMMENT ON COLUMN people.email IS '«comment on column»'; COMMENT ON MATERIALIZED VIEW mails IS '«comment on view»'; COMMENT ON SCHEMA public IS '«comment on schema»';

CREATE TABLE hidden (id integer PRIMARY KEY, note text); INSERT INTO hidden VALUES (1, '«hidden row»'); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY none ON hidden USING (false);
CREATE TABLE sessions (id integer PRIMARY KEY, token text); INSERT INTO sessions VALUES (1, '«emptied table»');
CREATE TABLE logs (id integer PRIMARY KEY, level text, message text, at timestamptz DEFAULT now(), person integer REFERENCES people);
INSERT INTO logs VALUES (1, 'secret', '«deleted row»', now(), 1), (2, 'info', '«expired row»', '2001-01-01', 1), (3, 'info', 'nothing', now(), 2);
CREATE TABLE log_lines (log integer REFERENCES logs, line text); INSERT INTO log_lines VALUES (1, '«orphan of a deleted row»'), (2, '«orphan of an expired row»'), (3, 'nothing');
CREATE UNLOGGED TABLE scratch (id integer, note text); INSERT INTO scratch VALUES (1, '«unlogged»');
CREATE TABLE base (id integer, note text); CREATE TABLE heir (own text) INHERITS (base); INSERT INTO heir VALUES (1, '«inherited»', '«inherited own»'); INSERT INTO base VALUES (2, '«inheritance root»');
CREATE TABLE parted (id integer, note text) PARTITION BY RANGE (id); CREATE TABLE parted_low (note text, id integer) ; ALTER TABLE parted ATTACH PARTITION parted_low FOR VALUES FROM (0) TO (10); CREATE TABLE parted_rest PARTITION OF parted DEFAULT; INSERT INTO parted VALUES (1, '«partition»'), (11, '«default partition»');

CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '«server option»', dbname 'x'); CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user '«mapped user»', password '«mapped password»');
CREATE SUBSCRIPTION leaks_sub CONNECTION 'host=127.0.0.1 port=1 password=«subscription»' PUBLICATION p WITH (connect = false);
SELECT lo_from_bytea(0, '«large object»'::bytea);
ANALYZE; CHECKPOINT;
