-- Foreign keys from or to the tables $1: both ends, what takes each away, and what brings it back with its comment.
SELECT c.conrelid::pg_catalog.regclass::text, c.confrelid::pg_catalog.regclass::text,
       pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::pg_catalog.regclass, c.conname),
       pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::pg_catalog.regclass, c.conname, pg_catalog.pg_get_constraintdef(c.oid))
       || coalesce(pg_catalog.format('; COMMENT ON CONSTRAINT %I ON %s IS %L', c.conname, c.conrelid::pg_catalog.regclass,
                                     pg_catalog.obj_description(c.oid, 'pg_constraint')), '')
FROM pg_catalog.pg_constraint c
WHERE c.contype = 'f' AND c.conparentid = 0
  AND (c.conrelid IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest($1::text[]) t)
       OR c.confrelid IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest($1::text[]) t))
ORDER BY c.oid
