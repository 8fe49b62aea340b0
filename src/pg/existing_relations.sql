-- The tables $1 that there are, with all their partitions.
SELECT DISTINCT r.oid::pg_catalog.regclass::text
FROM pg_catalog.unnest($1::text[]) t
CROSS JOIN LATERAL (
  SELECT pg_catalog.to_regclass(t)::pg_catalog.oid AS oid
  UNION SELECT p.relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(t)) p) r
WHERE r.oid IS NOT NULL
