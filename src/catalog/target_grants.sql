-- What each role that may log in can do in the database that a refresh replaces, by whatever way it comes to it.
WITH role AS (SELECT r.oid, r.rolname FROM pg_roles r WHERE r.rolcanlogin AND NOT r.rolsuper AND left(r.rolname, 3) <> 'pg_'),
held AS (
  SELECT r.rolname, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind, n.nspname AS schema, c.relname AS name,
         CASE c.relkind WHEN 'S'
           THEN ARRAY(SELECT p FROM unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) p WHERE has_sequence_privilege(r.oid, c.oid, p))
           ELSE ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
                      WHERE has_table_privilege(r.oid, c.oid, p)) END AS privileges
  FROM role r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
    AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT r.rolname, 'schema', n.nspname, n.nspname, ARRAY['USAGE']
  FROM role r, pg_namespace n
  WHERE left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema' AND has_schema_privilege(r.oid, n.oid, 'USAGE')
)
SELECT rolname::text AS role, kind, schema::text AS schema, name::text AS name, privileges FROM held WHERE privileges <> '{}' ORDER BY 1, 2, 3, 4
