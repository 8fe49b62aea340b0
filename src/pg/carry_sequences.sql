-- For each rising sequence that numbers a column of table $1: the statement that moves it past the column's values.
SELECT DISTINCT pg_catalog.format('SELECT pg_catalog.setval(%L, x.most, true) FROM (SELECT pg_catalog.max(%I)::bigint AS most FROM %s) x WHERE x.most >= (SELECT s.last_value FROM %s s)',
                         s.seqrelid::pg_catalog.regclass, a.attname, a.attrelid::pg_catalog.regclass, s.seqrelid::pg_catalog.regclass)
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_sequence s ON s.seqincrement > 0 AND (
     EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.seqrelid
             AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i'))
  OR EXISTS (SELECT FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = f.oid
             WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.seqrelid))
WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype, 'pg_catalog.int8'::pg_catalog.regtype)
