-- Foreign keys and checks that hold for every row, as hook_broken.sql names them.
SELECT pg_catalog.format('the constraint %I on %s', c.conname, c.conrelid::pg_catalog.regclass)
FROM pg_catalog.pg_constraint c WHERE c.contype IN ('c', 'f') AND c.conrelid <> 0 AND c.convalidated
