-- Rising and falling sequences that columns of the tables $1 own and, if $2, those that no column owns: name, bounds, step, owner.
SELECT s.seqrelid::pg_catalog.regclass::text, s.seqmin, s.seqmax, s.seqincrement,
       d.refobjid::pg_catalog.regclass::text, CASE WHEN a.atttypid IN (20, 21, 23) THEN pg_catalog.quote_ident(a.attname) END
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid AND c.relpersistence <> 't'
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.seqrelid
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.refobjid IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest($1::text[]) t) OR $2 AND d.refobjid IS NULL
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = s.seqrelid AND e.deptype = 'e')
ORDER BY 1
