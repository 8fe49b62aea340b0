-- What no hook may leave behind: indexes that are not valid, foreign keys whose own triggers are off, constraints of $1 that
-- are proven no more, and transactions that would hold up the swap.
SELECT pg_catalog.format('index %s on %s is not valid', x.relname, i.indrelid::pg_catalog.regclass)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
WHERE NOT i.indisvalid AND x.relkind = 'i'
UNION ALL
SELECT pg_catalog.format('the foreign key %s on %s is switched off', c.conname, c.conrelid::pg_catalog.regclass)
FROM pg_catalog.pg_constraint c
WHERE c.contype = 'f' AND EXISTS (SELECT FROM pg_catalog.pg_trigger t
                                  WHERE t.tgconstraint = c.oid AND t.tgisinternal AND t.tgenabled IN ('D', 'R'))
UNION ALL
SELECT c.name || ' is not proven any more'
FROM (SELECT pg_catalog.format('the constraint %I on %s', c.conname, c.conrelid::pg_catalog.regclass) AS name
      FROM pg_catalog.pg_constraint c WHERE c.contype IN ('c', 'f') AND c.conrelid <> 0 AND NOT c.convalidated) c
WHERE c.name = ANY ($1::text[])
UNION ALL
SELECT pg_catalog.format('the prepared transaction %L is left open', x.gid)
FROM pg_catalog.pg_prepared_xacts x WHERE x.database = pg_catalog.current_database()
