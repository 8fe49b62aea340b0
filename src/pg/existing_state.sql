-- What must be after the rows of tables $1 were replaced as it was before: their triggers, rules, row security, foreign keys.
WITH relation AS (SELECT pg_catalog.to_regclass(t)::pg_catalog.oid AS oid FROM pg_catalog.unnest($1::text[]) t)
SELECT pg_catalog.concat_ws(' ', 'trigger', t.tgrelid::pg_catalog.regclass, t.tgname, t.tgenabled)
FROM relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'rule', w.ev_class::pg_catalog.regclass, w.rulename, w.ev_enabled)
FROM relation r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'row security', c.oid::pg_catalog.regclass, c.relrowsecurity, c.relforcerowsecurity)
FROM relation r JOIN pg_catalog.pg_class c ON c.oid = r.oid
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'foreign key', c.conrelid::pg_catalog.regclass, c.conname, pg_catalog.pg_get_constraintdef(c.oid), c.convalidated)
FROM pg_catalog.pg_constraint c WHERE c.contype = 'f' AND c.conparentid = 0
  AND (c.conrelid IN (SELECT oid FROM relation) OR c.confrelid IN (SELECT oid FROM relation))
ORDER BY 1
