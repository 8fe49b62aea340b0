-- Foreign keys from or to the tables $1, each with what takes it away and brings it back.
SELECT c.conrelid::pg_catalog.regclass::text AS child, c.confrelid::pg_catalog.regclass::text AS parent,
       pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::pg_catalog.regclass, c.conname) AS drop,
       pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::pg_catalog.regclass, c.conname, pg_catalog.pg_get_constraintdef(c.oid))
       || coalesce(pg_catalog.format('; COMMENT ON CONSTRAINT %I ON %s IS %L', c.conname, c.conrelid::pg_catalog.regclass,
                                     pg_catalog.obj_description(c.oid, 'pg_constraint')), '') AS add,
       ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(c.conkey) k JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k) AS columns,
       ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(c.confkey) k JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k) AS parent_columns,
       (SELECT pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', a.attname), ' AND ')
        FROM pg_catalog.unnest(c.conkey) k JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k) AS given,
       (SELECT pg_catalog.string_agg(pg_catalog.format('p.%I OPERATOR(%I.%s) c.%I', p.attname, n.nspname, o.oprname, a.attname), ' AND ')
        FROM ROWS FROM (pg_catalog.unnest(c.conkey), pg_catalog.unnest(c.confkey), pg_catalog.unnest(c.conpfeqop)) AS k(child, parent, op)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.child
        JOIN pg_catalog.pg_attribute p ON p.attrelid = c.confrelid AND p.attnum = k.parent
        JOIN pg_catalog.pg_operator o ON o.oid = k.op JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace) AS equal
FROM pg_catalog.pg_constraint c
WHERE c.contype = 'f' AND c.conparentid = 0
  AND (c.conrelid IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest($1::text[]) t)
       OR c.confrelid IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest($1::text[]) t))
ORDER BY c.oid
