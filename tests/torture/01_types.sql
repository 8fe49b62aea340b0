-- Every built-in type with the values that break copiers.
CREATE SCHEMA types;

CREATE TABLE types.numbers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    i2 smallint, i4 integer, i8 bigint, n numeric, n52 numeric(5,2), n_neg numeric(3,-2), n_frac numeric(3,5),
    f4 real, f8 double precision, m money, b boolean, o oid
);
INSERT INTO types.numbers (i2, i4, i8, n, n52, n_neg, n_frac, f4, f8, m, b, o) VALUES
    (-32768, -2147483648, -9223372036854775808, 'NaN', 'NaN', 99900, 0.00999, '-0', '-0', '-92233720368547758.08', true, 0),
    (32767, 2147483647, 9223372036854775807, 'Infinity', 999.99, -99900, -0.00999, 'Infinity', '-Infinity', '92233720368547758.07', false, 4294967295),
    (0, 0, 0, '-Infinity', -999.99, 0, 0, 'NaN', 'NaN', 0, NULL, 1),
    (1, 1, 1, 0.000000000000000000000000000000000000000000000000000001, 0.00, 100, 0.00001, 1.17549435e-38, 4.9406564584124654e-324, 0.01, true, 2),
    (2, 2, 2, -0.00, 1.10, 200, 0.00002, 3.4028235e38, 1.7976931348623157e308, 1, false, 3),
    (3, 3, 3, 1.000000000000000000000, NULL, NULL, NULL, 0.1, 0.1, NULL, NULL, NULL),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO types.numbers (n) VALUES (repeat('9', 131072)::numeric), (-1 * ('0.' || repeat('0', 16380) || '123')::numeric), (10::numeric ^ 100000);

CREATE TABLE types.times (
    d date, t time, t0 time(0), tz timetz, ts timestamp, ts3 timestamp(3), tstz timestamptz, i interval, i_ym interval year to month, i_ds interval day to second(2)
);
INSERT INTO types.times VALUES
    ('4713-01-01 BC', '00:00', '00:00', '00:00:00+15:59:59', '4713-01-01 00:00:00 BC', '0001-01-01', '4713-01-02 00:00:00 UTC BC', '-178000000 years', '-3 years', '1 day 02:03:04.56'),
    ('5874897-12-31', '24:00:00', '24:00:00', '24:00:00-15:59:59', '294276-12-31 23:59:59.999999', '9999-12-31 23:59:59.999', '294276-12-31 23:59:59.999999 UTC', '178000000 years', '13 mons', '-1 day +02:03:04'),
    ('infinity', '23:59:59.999999', '23:59:59', '12:34:56.789012+05:45', 'infinity', 'infinity', 'infinity', '1 mon -2 days +03:04:05.000006', NULL, NULL),
    ('-infinity', NULL, NULL, NULL, '-infinity', '-infinity', '-infinity', '-1 mon +2 days -03:04:05.000006', NULL, NULL),
    ('2000-02-29', '12:00', '12:00', '12:00:00-00:30', '2000-01-01', '1999-12-31 23:59:59.999', '1900-01-01 00:00:00+00:19:32', '0', '0', '0'),
    ('0044-03-15 BC', NULL, NULL, NULL, '0044-03-15 12:00:00 BC', NULL, '2024-03-31 02:30:00 Europe/Berlin', '1 microsecond', NULL, NULL);

CREATE TABLE types.texts (
    id serial PRIMARY KEY, t text, v varchar(20), vn varchar, c char(10), c1 "char", n name, b bytea, x xml, j json, jb jsonb, u uuid, tv tsvector, tq tsquery
);
INSERT INTO types.texts (t, v, c, c1, n, b) VALUES
    ('', '', '', '', '', ''), (NULL, NULL, NULL, NULL, NULL, NULL),
    ('\N', '\N', '\N', '\', '\N', '\x5c4e'), ('\.', '\.', '\.', '.', '\.', '\x5c2e'),
    (E'\\\\N', E'a\\b', E'a\\', '~', 'NULL', '\x00ff007f80'),
    (E'tab\there', E'\t', E'  x', ' ', '"', '\x'), (E'line\nfeed\r\nreturn\rvt\x0bff\x0cbs\x08', E'\r\n', E'\n', E'\n', E'\n', '\x0a0d'),
    (E'\x01\x02\x03\x04\x05\x06\x07\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f', E'\x1b[31mred', E'\x7f', E'\x01', E'\x1b', '\x1b'),
    ('  leading and trailing  ', ' v ', ' c ', 'c', ' n ', ' '), ('NULL', 'null', 'Null', 'N', 'null', 'NULL'),
    ('''', '''''', '"', '''', '''', ''''), ('é', 'é', 'é', 'e', 'é', 'é'), ('😀👩‍👩‍👧‍👦', 'İıßﬃ', 'ابجد', 'x', '名', '\xfffefd'),
    (E'\ufeffBOM', E'\u200b', E'\u202e', 'r', E'\u2028', '\xefbbbf'), (',;|"', 'a,b', '{a}', ',', '{}', ','), ('$1 %s ${HOME} `id` $(id)', ':x', '?', '$', '%s', '$');
INSERT INTO types.texts (x) VALUES ('<a b="&lt;&amp;">text<![CDATA[<x>]]><!-- c --></a>'), ('just text'), ('<?xml version="1.0"?><a>é</a>'), (''),
    (xmlparse(DOCUMENT '<!DOCTYPE a [<!ELEMENT a (#PCDATA)>]><a/>'));
INSERT INTO types.texts (j, jb) VALUES
    ('{"a":1,"a":2, "b" : [1, 2.0, 1e400]}', '{"b": 1.0, "a": 1.10, "": null}'), ('"\u0000\ud800"', '"\u0001\u001f😀\\\"/"'),
    ('[]', '[]'), ('null', 'null'), (NULL, NULL), ('  {  "spaced"  :  true  }  ', '{"n": -0, "big": 123456789012345678901234567890.12345}'),
    ((repeat('[', 5000) || repeat(']', 5000))::json, (repeat('[', 1000) || repeat(']', 1000))::jsonb), ('1', '1e-100');
INSERT INTO types.texts (u, tv, tq) VALUES
    ('00000000-0000-0000-0000-000000000000', '', ''), ('ffffffff-ffff-ffff-ffff-ffffffffffff', $$'it''s':1A,2B,16383C 'back\\slash' 'a b':3$$, $$'a b':*AB & !('it''s' <-> c | d <3> e)$$);
INSERT INTO types.texts (t) VALUES (repeat('x', 20 * 1024 * 1024));
INSERT INTO types.texts (t, b) SELECT string_agg(md5(i::text), ''), decode(string_agg(md5((-i)::text), ''), 'hex') FROM generate_series(1, 20000) i;

CREATE TABLE types.others (
    bit1 bit, bit5 bit(5), vb varbit, vb3 varbit(3), p point, l line, ls lseg, bx box, pa path, po polygon, ci circle,
    ip inet, net cidr, mac macaddr, mac8 macaddr8, lsn pg_lsn, snap pg_snapshot, tsnap txid_snapshot, x8 xid8, x4 xid, cmd cid, tupleid tid,
    rc regclass, rt regtype, rp regproc, rpr regprocedure, ro regoper, ror regoperator, rr regrole, rn regnamespace, rcol regcollation, rcf regconfig, rd regdictionary,
    jp jsonpath, ov oidvector, iv int2vector, acl aclitem, rf refcursor
);
INSERT INTO types.others DEFAULT VALUES;
INSERT INTO types.others VALUES
    ('1', '10101', '', '101', '(NaN,-0)', '{1,-1,0}', '[(0,0),(1e308,-1e-308)]', '((1,1),(0,0))', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(0,0),Infinity>',
     '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '0/0', '10:20:10,14,15', '10:20:10,14,15', '18446744073709551615', '4294967295', '7', '(4294967295,65535)',
     'pg_catalog.pg_class', 'pg_catalog.int4', 'pg_catalog.now', 'pg_catalog.abs(int4)', 'pg_catalog.||/', 'pg_catalog.+(int4,int4)', 'app_owner', 'pg_catalog', 'pg_catalog."C"', 'pg_catalog.english', 'pg_catalog.simple',
     '$.a[*] ? (@.b like_regex "^x" flag "i")', '1 2 3', '-1 0 1', 'app_owner=r*/postgres', 'cursor "x"'),
    ('0', '00000', repeat('10', 5000)::varbit, '', '(-Infinity,1e-300)', '{0,1,2.5}', '[(0,0),(0,0)]', '((-1,-1),(-1,-1))', '((0,0),(1,1))', '((0,0))', '<(1,1),0>',
     '::ffff:1.2.3.4', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff', 'FFFFFFFF/FFFFFFFF', '1:1:', '1:1:', '0', '0', '0', '(0,1)',
     '-', '-', '-', '-', '0', '0', '-', '-', '-', '-', '-', 'strict $', '', '', '=/postgres', '');

CREATE TYPE types.mood AS ENUM ('it''s', '', 'with space', 'comma,brace{}', 'quote"', E'back\\slash', '日本', 'NULL');
ALTER TYPE types.mood ADD VALUE 'first' BEFORE 'it''s';
CREATE TYPE types.inner_row AS (a integer, "b c" text, m types.mood);
CREATE TYPE types.outer_row AS (r types.inner_row, list types.inner_row[], t timestamptz);
CREATE DOMAIN types.positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN types.positives AS types.positive[] NOT NULL DEFAULT '{1}' CHECK (array_length(VALUE, 1) < 10);
CREATE DOMAIN types.checked_row AS types.inner_row CHECK (VALUE IS NULL OR (VALUE).a IS NOT NULL);
CREATE DOMAIN types.label AS varchar(30) COLLATE "C" DEFAULT 'none';
CREATE DOMAIN types.label_of_label AS types.label NOT NULL CHECK (VALUE <> 'forbidden');
CREATE TYPE types.float_range AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = types.float_ranges);
CREATE TYPE types.text_range AS RANGE (subtype = text, collation = "C");

CREATE TABLE types.composed (
    id integer PRIMARY KEY, mood types.mood, moods types.mood[], one types.inner_row, many types.inner_row[], nested types.outer_row,
    pos types.positive, pos_list types.positives, checked types.checked_row, label types.label_of_label,
    ints integer[], texts text[], matrix text[][], bytes bytea[], stamps timestamptz[], nums numeric[], jsons jsonb[], boxes box[], names name[],
    r4 int4range, r8 int8range, rn numrange, rd daterange, rts tsrange, rtz tstzrange, rf types.float_range, rt types.text_range,
    m4 int4multirange, mtz tstzmultirange, mf types.float_ranges, ranges int4range[], doms types.positive[]
);
INSERT INTO types.composed (id, label) VALUES (0, 'x');
INSERT INTO types.composed VALUES
    (1, '', ARRAY['first', 'quote"', NULL]::types.mood[], ROW(1, '', 'it''s'), ARRAY[ROW(1, 'a"b', NULL), NULL, ROW(NULL, NULL, NULL)]::types.inner_row[],
     ROW(ROW(1, E'\\,"()', 'comma,brace{}'), ARRAY[ROW(2, E'\n', 'NULL')]::types.inner_row[], 'infinity'),
     1, '{1,2,3}', ROW(1, NULL, NULL), 'y', '[0:2]={1,NULL,3}', ARRAY[NULL, 'NULL', '', '"', '\', ',', '{}', E'\t\n', ' '], '[-1:0][5:6]={{a,NULL},{"","\\"}}',
     ARRAY['\x', '\x00ff', NULL]::bytea[], '{infinity,-infinity,2024-03-31 01:00:00+00}', '{NaN,Infinity,0.10}', ARRAY['{"a": "b,\"c"}', 'null', NULL]::jsonb[], '{((1,1),(0,0));((2,2),(1,1))}', '{a,"b c"}',
     'empty', '[1,10)', '(,)', '[2024-01-01,infinity)', '(,"2024-01-01 00:00:00"]', '["2024-01-01 00:00:00+00",infinity]', '[NaN,NaN]', '["a,b","c""d")',
     '{[1,2),[5,7)}', '{}', '{[1.5,2.5]}', '{"[1,2)","empty",NULL}', '{1,2}'),
    (2, NULL, '{}', NULL, '{}', NULL, NULL, '{}', NULL, 'z', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '(,1)', 'empty', '[0.10,0.100]', 'empty', NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL, NULL),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, '[5:6]={1,2}', NULL, 'w', '[2:2][3:4]={{1,2}}', NULL, '{{{a}},{{b}}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- Whole-row types of tables as column types.
CREATE TABLE types.rows_of_table (id integer PRIMARY KEY, r types.times, rs types.times[]);
INSERT INTO types.rows_of_table SELECT 1, x, ARRAY[x, NULL] FROM types.times x WHERE d = 'infinity';

CREATE EXTENSION citext SCHEMA public;
CREATE EXTENSION hstore SCHEMA public;
CREATE EXTENSION ltree SCHEMA public;
CREATE EXTENSION cube SCHEMA types;
CREATE TABLE types.extended (id integer PRIMARY KEY, ci public.citext UNIQUE, cis public.citext[], h public.hstore, l public.ltree, lq public.lquery, lt public.ltree[], c types.cube);
INSERT INTO types.extended VALUES (1, 'MiXeD', '{A,NULL}', 'a=>NULL, "b c"=>"d\"e", ""=>""', 'Top.Sub_1', '*.x|y{1,2}', '{a.b,c}', '(1,2),(3,4)'), (2, NULL, '{}', '', '', '*', '{}', '(1)');
