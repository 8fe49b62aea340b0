-- What fills the materialised views again that read any of the tables $1, each after those that it reads.
WITH RECURSIVE direct AS (
  SELECT DISTINCT w.ev_class AS reader, d.refobjid AS read
  FROM pg_catalog.pg_rewrite w
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
       AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> w.ev_class
  JOIN pg_catalog.pg_class c ON c.oid = w.ev_class AND c.relkind IN ('v', 'm')),
reading AS (
  SELECT pg_catalog.to_regclass(t)::pg_catalog.oid AS oid, 0 AS depth FROM pg_catalog.unnest($1::text[]) t
  UNION SELECT d.reader, r.depth + 1 FROM reading r JOIN direct d ON d.read = r.oid)
SELECT pg_catalog.format('REFRESH MATERIALIZED VIEW %s', c.oid::pg_catalog.regclass)
FROM reading r JOIN pg_catalog.pg_class c ON c.oid = r.oid
WHERE c.relkind = 'm' AND c.relispopulated
GROUP BY c.oid ORDER BY pg_catalog.max(r.depth), c.oid
