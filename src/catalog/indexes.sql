-- All indexes; for those that make values unique, the columns that they look at.
SELECT i.indrelid AS "table",
       i.indexrelid AS oid,
       c.relname::text AS name,
       k.oid AS "constraint",
       i.indisunique AS "unique",
       i.indisprimary AS "primary",
       i.indisexclusion AS exclusion,
       (SELECT coalesce(array_agg(u.number ORDER BY u.at), '{}')
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(number, at)
        WHERE u.at <= i.indnkeyatts AND u.number > 0) AS columns,
       CASE WHEN i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
            THEN (SELECT array_agg(DISTINCT d.refobjsubid::int2)
                  FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0)
       END AS expression_columns,
       i.indexprs IS NOT NULL AS has_expressions,
       -- a column that PostgreSQL 14 lacks: there, the name means the one of "older"
       (SELECT indnullsnotdistinct FROM (SELECT i.*) newer) AS nulls_not_distinct,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       CASE WHEN i.indisexclusion OR i.indisunique AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
            THEN pg_get_indexdef(i.indexrelid) END AS definition,
       CASE WHEN c.relkind = 'i' THEN coalesce(pg_relation_size(i.indexrelid), 0) ELSE 0 END AS bytes,
       i.indisvalid AS valid
FROM (VALUES (false)) older(indnullsnotdistinct)
CROSS JOIN pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class r ON r.oid = i.indrelid
JOIN pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
WHERE r.relkind IN ('r', 'p', 'm')
  AND r.relpersistence <> 't'
  AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
ORDER BY i.indrelid, c.relname COLLATE "C"
