-- What filling the tables needs beside their shape: rights, row security, triggers, and the bounds of partitions.
SELECT c.oid AS "table",
       has_table_privilege(c.oid, 'INSERT') OR has_any_column_privilege(c.oid, 'INSERT') AS insertable,
       pg_has_role(c.relowner, 'USAGE') AS owned,
       c.relforcerowsecurity AS forced,
       ARRAY(SELECT t.tgname::text FROM pg_trigger t
             WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND (t.tgtype & 4) <> 0
             ORDER BY t.tgname) AS triggers,
       ARRAY(SELECT coalesce(pg_get_partition_constraintdef(l.oid), 'true')
             FROM pg_partition_tree(c.oid) p JOIN pg_class l ON l.oid = p.relid
             WHERE c.relkind = 'p' AND l.relkind = 'r'
             ORDER BY l.relname COLLATE "C") AS bounds
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
  AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
