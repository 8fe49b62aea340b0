-- CHECK constraints of tables.
SELECT k.conrelid AS "table",
       k.conname::text AS name,
       pg_get_expr(k.conbin, k.conrelid) AS expression,
       coalesce(k.conkey, '{}') AS columns,
       k.convalidated AS validated
FROM pg_constraint k
JOIN pg_class r ON r.oid = k.conrelid
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE k.contype = 'c'
  AND r.relpersistence <> 't'
  AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
ORDER BY k.conrelid, k.conname COLLATE "C"
