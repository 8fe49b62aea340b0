-- What no hook may leave behind: indexes that are not valid, foreign keys whose own triggers are off.
SELECT pg_catalog.format('index %s on %s is not valid', x.relname, i.indrelid::pg_catalog.regclass)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
WHERE NOT i.indisvalid AND x.relkind = 'i'
UNION ALL
SELECT pg_catalog.format('the foreign key %s on %s is switched off', c.conname, c.conrelid::pg_catalog.regclass)
FROM pg_catalog.pg_constraint c
WHERE c.contype = 'f' AND EXISTS (SELECT FROM pg_catalog.pg_trigger t
                                  WHERE t.tgconstraint = c.oid AND t.tgisinternal AND t.tgenabled IN ('D', 'R'))
