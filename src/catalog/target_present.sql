-- Columns of the present target's tables, as `into: existing` must know them, and which of these are nobody's part.
SELECT n.nspname AS schema, c.relname AS table, c.relkind IN ('r', 'p') AS is_table, pg_has_role(c.relowner, 'USAGE') AS owned,
       EXISTS (SELECT FROM pg_partition_tree(c.oid) p JOIN pg_class f ON f.oid = p.relid WHERE f.relkind = 'f') AS foreign,
       c.relkind IN ('r', 'p') AND NOT c.relispartition
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS alone,
       a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type_sql, a.attgenerated <> '' AS generated,
       a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL OR NOT (a.attnotnull OR t.typnotnull) AS filled
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
ORDER BY c.oid, a.attnum
