-- The unique keys of table $1: their columns, and when a row `t` of it equals a row `c` of another table with its columns.
SELECT ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(i.indkey::int2[]) k JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k) AS columns,
       (SELECT pg_catalog.string_agg(pg_catalog.format('t.%I OPERATOR(%I.%s) c.%I', a.attname, n.nspname, o.oprname, a.attname), ' AND ')
        FROM ROWS FROM (pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indclass::oid[])) AS k(number, class)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
        JOIN pg_catalog.pg_opclass s ON s.oid = k.class
        JOIN pg_catalog.pg_amop m ON m.amopfamily = s.opcfamily AND m.amopstrategy = 3 AND m.amoplefttype = s.opcintype AND m.amoprighttype = s.opcintype
        JOIN pg_catalog.pg_operator o ON o.oid = m.amopopr JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace) AS equal
FROM pg_catalog.pg_index i
WHERE i.indrelid = pg_catalog.to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND i.indnkeyatts = i.indnatts
ORDER BY i.indisprimary DESC, i.indexrelid
