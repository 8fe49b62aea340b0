-- The foreign keys whose tables were written since $1 (oids) had $2 (counts), each with a query that is true if a row has
-- no parent; none if the server itself held its keys all the time. Statistics of servers before 15 may come late.
WITH may_switch AS (
  SELECT FROM pg_catalog.pg_roles r
  WHERE r.rolname = session_user AND (r.rolsuper OR pg_catalog.current_setting('server_version_num')::int >= 150000)),
     before AS (SELECT * FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::bigint[])) AS b(oid, count)),
     written AS (
  SELECT c.oid FROM pg_catalog.pg_class c LEFT JOIN before b USING (oid)
  WHERE c.relkind = 'r'
    AND (pg_catalog.current_setting('server_version_num')::int < 150000
         OR b.count IS DISTINCT FROM pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_updated(c.oid)
                                     + pg_catalog.pg_stat_get_tuples_deleted(c.oid)))
SELECT pg_catalog.format('%s, foreign key %s,', c.conrelid::pg_catalog.regclass, c.conname),
       pg_catalog.format('SELECT EXISTS (SELECT FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s))',
         c.conrelid::pg_catalog.regclass,
         (SELECT pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', a.attname), ' AND ')
          FROM pg_catalog.unnest(c.conkey) k JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k),
         c.confrelid::pg_catalog.regclass,
         (SELECT pg_catalog.string_agg(pg_catalog.format('p.%I OPERATOR(%I.%s) c.%I', p.attname, n.nspname, o.oprname, a.attname), ' AND ')
          FROM ROWS FROM (pg_catalog.unnest(c.conkey), pg_catalog.unnest(c.confkey), pg_catalog.unnest(c.conpfeqop)) AS k(child, parent, op)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.child
          JOIN pg_catalog.pg_attribute p ON p.attrelid = c.confrelid AND p.attnum = k.parent
          JOIN pg_catalog.pg_operator o ON o.oid = k.op JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace))
FROM pg_catalog.pg_constraint c
WHERE c.contype = 'f' AND c.conparentid = 0 AND c.convalidated AND EXISTS (SELECT FROM may_switch)
  AND EXISTS (SELECT FROM written w
              WHERE w.oid IN (c.conrelid, c.confrelid)
                 OR w.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.conrelid) t)
                 OR w.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.confrelid) t))
ORDER BY 1
