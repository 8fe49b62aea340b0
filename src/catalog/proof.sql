-- Constraints, indexes, triggers and row security of user tables, each with the state that a clone must have too.
-- Those that a partition has from its parent are left out: their names are the server's choice.
WITH relation AS (
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'))
SELECT 'constraint' AS kind, r.nspname::text AS schema, r.relname::text AS table, c.conname::text AS name,
       pg_catalog.concat_ws(' ', c.contype, c.convalidated, c.condeferrable, c.condeferred) AS state
FROM relation r JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid
WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conparentid = 0
UNION ALL
SELECT 'index', r.nspname, r.relname, x.relname,
       CASE WHEN i.indisvalid THEN pg_catalog.concat_ws(' ', i.indisunique, i.indisprimary, i.indisexclusion) ELSE 'not valid' END
FROM relation r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
-- One of a partitioned table comes whether it is valid or not.
WHERE (i.indisvalid OR x.relkind = 'I') AND NOT x.relispartition
UNION ALL
SELECT 'trigger', r.nspname, r.relname, t.tgname, t.tgenabled::text
FROM relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid
WHERE NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL
SELECT 'row security', r.nspname, r.relname, '', pg_catalog.concat_ws(' ', r.relrowsecurity, r.relforcerowsecurity)
FROM relation r WHERE r.relrowsecurity OR r.relforcerowsecurity
