-- Columns of those tables, dropped ones left out.
SELECT a.attrelid AS "table",
       a.attnum AS number,
       a.attname::text AS name,
       a.atttypid AS type,
       a.atttypmod AS typmod,
       format_type(a.atttypid, a.atttypmod) AS type_sql,
       a.attnotnull AS not_null,
       CASE WHEN a.atthasdef AND a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
       a.attidentity <> '' AS identity,
       a.attgenerated <> '' AS generated,
       CASE WHEN l.oid IS NOT NULL THEN format('%I.%I', ln.nspname, l.collname) END AS collation,
       coalesce(s.n_distinct, 0)::float8 AS "distinct",
       coalesce(s.null_frac, 0)::float8 AS nulls
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
-- The statistics of the table alone, if there are both.
LEFT JOIN (SELECT DISTINCT ON (schemaname, tablename, attname) schemaname, tablename, attname, n_distinct, null_frac
           FROM pg_stats ORDER BY schemaname, tablename, attname, inherited) s
       ON (s.schemaname, s.tablename, s.attname) = (n.nspname, c.relname, a.attname)
WHERE c.relkind IN ('r', 'p', 'f', 'm')
  AND c.relpersistence <> 't'
  AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
