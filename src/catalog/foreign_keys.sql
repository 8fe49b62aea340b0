-- Foreign keys; those of partitions that a parent's key implies are left out.
SELECT k.oid,
       k.conname::text AS name,
       k.conrelid AS "table",
       k.conkey AS columns,
       k.confrelid AS "references",
       k.confkey AS referenced_columns,
       (SELECT array_agg(format('OPERATOR(%I.%s)', s.nspname, o.oprname) ORDER BY u.at)
        FROM unnest(k.conpfeqop) WITH ORDINALITY u(operator, at)
        JOIN pg_operator o ON o.oid = u.operator
        JOIN pg_namespace s ON s.oid = o.oprnamespace) AS operators,
       k.confmatchtype = 'f' AS match_full,
       k.condeferrable AS "deferrable",
       k.convalidated AS validated
FROM pg_constraint k
JOIN pg_class r ON r.oid = k.conrelid
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0
  AND r.relpersistence <> 't'
  AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", r.relname COLLATE "C", k.conname COLLATE "C"
