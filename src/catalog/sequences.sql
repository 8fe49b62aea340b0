-- Sequences, with the column that owns each.
SELECT c.oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       d.refobjid AS "table",
       d.refobjsubid::int2 AS "column",
       has_sequence_privilege(c.oid, 'SELECT') AS selectable,
       s.seqincrement < 0 AS descending,
       c.relpersistence = 'u' AS unlogged,
       x.extname::text AS extension
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
                     AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_depend e ON e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.objsubid = 0
                     AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = e.refobjid
WHERE c.relkind = 'S'
  AND c.relpersistence <> 't'
  AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
