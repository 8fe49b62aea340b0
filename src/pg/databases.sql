-- Every database of the server, with its comment.
SELECT d.oid, d.datname::text AS name, coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS comment,
       pg_catalog.pg_get_userbyid(d.datdba)::text AS owner,
       pg_catalog.pg_has_role(d.datdba, 'USAGE') AS ours,
       t.spcname::text AS tablespace, pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding,
       d.datcollate::text AS collate, d.datctype::text AS ctype,
       -- columns that PostgreSQL 14 lacks, 16 brought, or 17 renamed
       pg_catalog.to_jsonb(d) ->> 'datlocprovider' AS provider,
       coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') AS locale,
       pg_catalog.to_jsonb(d) ->> 'daticurules' AS icu_rules,
       d.datconnlimit AS connection_limit
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
ORDER BY d.datname
