-- Schemas of users.
SELECT n.nspname::text AS name,
       has_schema_privilege(n.oid, 'USAGE') AS usable
FROM pg_namespace n
WHERE left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C"
