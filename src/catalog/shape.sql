-- Everything of users' schemas as (kind, name, state): two databases have the same schema if these rows are the same.
-- What belongs to an extension is left out, and so is what a partition has from its parent.
WITH ours AS (
  SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_catalog.pg_namespace n
  WHERE pg_catalog.left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'),
relation AS (
  SELECT c.*, n.nspname, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_catalog.pg_class c JOIN ours n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v', 'S', 'c') AND c.relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')),
stored AS (SELECT * FROM relation WHERE relkind IN ('r', 'p', 'm', 'f', 'v'))
SELECT 'schema' AS kind, pg_catalog.quote_ident(n.nspname) AS name, pg_catalog.pg_get_userbyid(n.nspowner)::text AS state FROM ours n
UNION ALL
SELECT 'extension', pg_catalog.quote_ident(e.extname), e.extversion FROM pg_catalog.pg_extension e
UNION ALL
SELECT CASE r.relkind WHEN 'm' THEN 'materialised view' WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' ELSE 'table' END, r.name,
       pg_catalog.concat_ws(' ', r.relkind, r.relpersistence, r.relreplident, r.reloptions, pg_catalog.pg_get_userbyid(r.relowner),
         CASE WHEN r.relkind IN ('m', 'v') THEN pg_catalog.pg_get_viewdef(r.oid) END,
         CASE WHEN r.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(r.oid) END,
         CASE WHEN r.relispartition THEN pg_catalog.pg_get_expr(r.relpartbound, r.oid) END,
         (SELECT pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::text, ' ' ORDER BY i.inhseqno)
          FROM pg_catalog.pg_inherits i WHERE i.inhrelid = r.oid))
FROM stored r
UNION ALL
SELECT 'grants on', r.name,
       coalesce((SELECT pg_catalog.string_agg(a::text, ' ' ORDER BY a::text) FROM pg_catalog.unnest(r.relacl) a), '')
FROM relation r WHERE r.relkind <> 'c'
UNION ALL
SELECT 'grants on schema', pg_catalog.quote_ident(n.nspname),
       coalesce((SELECT pg_catalog.string_agg(a::text, ' ' ORDER BY a::text) FROM pg_catalog.unnest(n.nspacl) a), '')
FROM ours n
UNION ALL
SELECT 'column', r.name || '.' || pg_catalog.quote_ident(a.attname),
       pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation,
         a.attacl, pg_catalog.pg_get_expr(d.adbin, d.adrelid))
FROM relation r
JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relkind <> 'S'
UNION ALL
SELECT 'sequence', r.name,
       pg_catalog.concat_ws(' ', s.seqtypid::pg_catalog.regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
FROM relation r JOIN pg_catalog.pg_sequence s ON s.seqrelid = r.oid
UNION ALL
SELECT 'constraint', r.name || ', ' || pg_catalog.quote_ident(c.conname), pg_catalog.concat_ws(' ', pg_catalog.pg_get_constraintdef(c.oid), c.convalidated)
FROM relation r JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid
WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conparentid = 0
UNION ALL
SELECT 'index', r.name || ', ' || pg_catalog.quote_ident(x.relname), pg_catalog.pg_get_indexdef(i.indexrelid)
FROM relation r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
WHERE NOT x.relispartition
UNION ALL
SELECT 'trigger', r.name || ', ' || pg_catalog.quote_ident(t.tgname), pg_catalog.concat_ws(' ', pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled)
FROM relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid
WHERE NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL
SELECT 'rule', r.name || ', ' || pg_catalog.quote_ident(w.rulename), pg_catalog.concat_ws(' ', pg_catalog.pg_get_ruledef(w.oid), w.ev_enabled)
FROM relation r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'row security of', r.name, pg_catalog.concat_ws(' ', r.relrowsecurity, r.relforcerowsecurity)
FROM stored r WHERE r.relrowsecurity OR r.relforcerowsecurity
UNION ALL
SELECT 'policy', r.name || ', ' || pg_catalog.quote_ident(p.polname),
       pg_catalog.concat_ws(' ', p.polcmd, p.polpermissive, p.polroles, pg_catalog.pg_get_expr(p.polqual, p.polrelid),
         pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM stored r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT 'function', pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
       pg_catalog.concat_ws(' ', p.prokind, p.prosrc, p.probin, p.prolang, p.provolatile, p.prosecdef, p.proisstrict, p.proconfig, p.proacl,
         pg_catalog.pg_get_userbyid(p.proowner), pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid),
         to_jsonb(p) ->> 'prosqlbody')
FROM pg_catalog.pg_proc p JOIN ours n ON n.oid = p.pronamespace
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT 'type', pg_catalog.format('%I.%I', n.nspname, t.typname),
       pg_catalog.concat_ws(' ', t.typtype, t.typnotnull, t.typdefault, pg_catalog.format_type(t.typbasetype, t.typtypmod),
         (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ' ' ORDER BY e.enumsortorder)
          FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
         (SELECT pg_catalog.string_agg(c.conname || ' ' || pg_catalog.pg_get_constraintdef(c.oid), ' ' ORDER BY c.conname)
          FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid))
FROM pg_catalog.pg_type t JOIN ours n ON n.oid = t.typnamespace
WHERE t.typtype IN ('d', 'e', 'r')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e')
