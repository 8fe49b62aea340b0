-- Constraints that some row breaks.
SELECT coalesce(string_agg(what, ', '), '') FROM (
  SELECT format('%s.%s', k.conrelid::regclass, k.conname) AS what,
    CASE k.contype WHEN 'c' THEN format('SELECT count(*) AS n FROM %s WHERE NOT (%s)', k.conrelid::regclass, pg_get_expr(k.conbin, k.conrelid))
    WHEN 'f' THEN format('SELECT count(*) AS n FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)', k.conrelid::regclass,
      (SELECT string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ') FROM unnest(k.conkey) n JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n),
      k.confrelid::regclass,
      (SELECT string_agg(format('p.%I = c.%I', b.attname, a.attname), ' AND ') FROM unnest(k.conkey, k.confkey) AS u(x, y)
       JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.x JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.y))
    ELSE format('SELECT count(*) AS n FROM (SELECT FROM %s GROUP BY %s HAVING count(*) > 1) d', k.conrelid::regclass,
      (SELECT string_agg(quote_ident(a.attname), ', ') FROM unnest(k.conkey) n JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n)) END AS query
  FROM pg_constraint k WHERE k.contype IN ('c', 'f', 'u', 'p') AND k.conrelid <> 0
    AND k.connamespace::regnamespace::text !~ '^(pg_|information_schema)'
  UNION ALL SELECT i.indexrelid::regclass::text, format('SELECT count(*) AS n FROM (SELECT FROM %s WHERE %s AND %s GROUP BY %s HAVING count(*) > 1) d', i.indrelid::regclass,
      coalesce(pg_get_expr(i.indpred, i.indrelid), 'true'), i.some, i.keys)
  FROM (SELECT i.*, (SELECT string_agg(format('(%s) IS NOT NULL', d), ' AND ') FROM unnest(defs) d) AS some, (SELECT string_agg(d, ', ') FROM unnest(defs) d) AS keys
        FROM (SELECT i.*, ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) k) AS defs FROM pg_index i
              JOIN pg_class c ON c.oid = i.indrelid WHERE i.indisunique AND c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)') i) i
  UNION ALL SELECT format('%s.%s', k.conrelid::regclass, k.conname), format('SELECT count(*) AS n FROM %s a JOIN %s b ON a.ctid < b.ctid AND %s', k.conrelid::regclass, k.conrelid::regclass,
      (SELECT string_agg(format('a.%I OPERATOR(%s.%s) b.%I', t.attname, o.oprnamespace::regnamespace, o.oprname, t.attname), ' AND ') FROM unnest(k.conkey, k.conexclop) AS u(x, y)
       JOIN pg_attribute t ON t.attrelid = k.conrelid AND t.attnum = u.x JOIN pg_operator o ON o.oid = u.y))
  FROM pg_constraint k JOIN pg_index i ON i.indexrelid = k.conindid WHERE k.contype = 'x' AND i.indexprs IS NULL AND i.indpred IS NULL
  UNION ALL SELECT format('%s.%s: %s', a.attrelid::regclass, a.attname, k.conname), format('SELECT count(*) AS n FROM %s WHERE NOT (%s)', a.attrelid::regclass,
      regexp_replace(pg_get_expr(k.conbin, 0), '\mVALUE\M', quote_ident(a.attname), 'g'))
  FROM pg_constraint k JOIN pg_attribute a ON a.atttypid = k.contypid AND NOT a.attisdropped JOIN pg_class c ON c.oid = a.attrelid WHERE k.contype = 'c' AND c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
  UNION ALL SELECT format('%s.%s', a.attrelid::regclass, a.attname), format('SELECT count(*) AS n FROM %s WHERE %I IS NULL', a.attrelid::regclass, a.attname)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
    AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)' OFFSET 0) q
WHERE (xpath('/row/n/text()', query_to_xml(query, true, true, '')))[1]::text <> '0'
