-- Tables, partitioned tables, foreign tables, materialised views; views by name alone, for messages.
-- Sizes are of the disk, not of statistics: a table that was never analysed may be the largest.
SELECT c.oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       c.relkind::text AS kind,
       c.relpersistence = 'u' AS unlogged,
       c.relispartition AS partition,
       coalesce(i.parents, '{}') AS parents,
       -- columns of a partition key, of its expressions too, depend on their own table
       CASE WHEN c.relkind = 'p'
            THEN ARRAY(SELECT DISTINCT k.objsubid::int2 FROM pg_depend k
                       WHERE k.classid = 'pg_class'::regclass AND k.objid = c.oid AND k.objsubid > 0
                         AND k.refclassid = 'pg_class'::regclass AND k.refobjid = c.oid AND k.refobjsubid = 0
                         AND k.deptype = 'i')
            ELSE '{}' END AS partition_key,
       x.extname::text AS extension,
       x.extcondition[array_position(x.extconfig, c.oid)] AS extension_condition,
       c.reltuples::float8 AS estimated_rows,
       CASE WHEN c.relkind IN ('r', 'm') THEN coalesce(pg_relation_size(c.oid), 0) ELSE 0 END AS main_bytes,
       CASE WHEN c.reltoastrelid <> 0 THEN coalesce(pg_relation_size(c.reltoastrelid), 0) ELSE 0 END AS toast_bytes,
       current_setting('block_size')::int8 AS block_bytes,
       c.relfilenode AS file_node,
       row_security_active(c.oid) AS row_security_active,
       has_table_privilege(c.oid, 'SELECT') AS selectable,
       pg_get_userbyid(c.relowner)::text AS owner,
       c.relispopulated AS populated
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN (SELECT inhrelid, array_agg(inhparent ORDER BY inhseqno) AS parents
           FROM pg_inherits GROUP BY inhrelid) i ON i.inhrelid = c.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
                     AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
LEFT JOIN pg_extension x ON x.oid = d.refobjid
WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v')
  AND c.relpersistence <> 't'
  AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
