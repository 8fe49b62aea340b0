-- The database that a refresh replaces ($1), or the template that a new one is made from.
SELECT d.datname::text = $1 AS exists,
       d.oid,
       pg_encoding_to_char(d.encoding)::text AS encoding,
       d.datcollate::text AS "collate",
       -- columns that PostgreSQL 14 lacks, 16 brought, or 17 renamed
       to_jsonb(d) ->> 'datlocprovider' AS provider,
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
       to_jsonb(d) ->> 'daticurules' AS icu_rules,
       CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) ELSE 0 END AS bytes,
       pg_get_userbyid(d.datdba)::text AS owner,
       pg_has_role(d.datdba, 'USAGE') AS owns_database,
       shobj_description(d.oid, 'pg_database') AS comment,
       -- the sessions to end are known and their roles are ours; no right ends a superuser's
       NOT EXISTS (SELECT FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
                   WHERE a.datid = d.oid AND coalesce(a.backend_type, 'client backend') = 'client backend'
                     AND NOT r.rolsuper AND NOT pg_has_role(a.usesysid, 'USAGE'))
           AND EXISTS (SELECT FROM pg_stat_activity a
                       WHERE a.datid = d.oid AND coalesce(a.backend_type, 'client backend') = 'client backend') AS ends_sessions
FROM pg_database d
WHERE d.datname IN ($1, 'template0')
ORDER BY d.datname::text = $1 DESC
LIMIT 1
