-- Sessions of others that wait for a lock of sessions named $1: whom they wait for, how long, for what.
-- Whoever waits behind such a one is freed with it.
WITH ours AS (
  SELECT pg_catalog.array_agg(a.pid) AS pids FROM pg_catalog.pg_stat_activity a
  WHERE a.application_name = $1 AND a.pid <> pg_catalog.pg_backend_pid())
SELECT l.pid,
       ARRAY(SELECT pg_catalog.unnest(b.by) INTERSECT SELECT pg_catalog.unnest(o.pids)) AS ours,
       coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - l.waitstart), 0)::float8 AS waited,
       l.locktype = 'relation' AS for_relation,
       n.nspname::text AS schema, c.relname::text AS relation
FROM ours o, pg_catalog.pg_locks l
CROSS JOIN LATERAL (SELECT pg_catalog.pg_blocking_pids(l.pid) AS by) b
LEFT JOIN pg_catalog.pg_class c
  ON l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) AND c.oid = l.relation
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT l.granted AND NOT l.pid = ANY (o.pids) AND b.by && o.pids
