-- Definitions of users' objects in which an address, a long number or a password may stand, with the object in words.
WITH definitions(class, id, definition) AS (
    SELECT 'pg_class'::regclass::oid, c.oid, pg_get_viewdef(c.oid) FROM pg_class c WHERE c.relkind IN ('v', 'm')
  UNION ALL
    SELECT 'pg_class'::regclass, c.oid, pg_get_expr(c.relpartbound, c.oid) FROM pg_class c WHERE c.relispartition
  UNION ALL
    SELECT 'pg_class'::regclass, i.indexrelid, pg_get_indexdef(i.indexrelid)
    FROM pg_index i WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
  UNION ALL
    SELECT 'pg_rewrite'::regclass, r.oid, pg_get_ruledef(r.oid) FROM pg_rewrite r WHERE r.rulename <> '_RETURN'
  UNION ALL
    SELECT 'pg_attrdef'::regclass, d.oid, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
  UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.contype = 'c'
  UNION ALL
    SELECT 'pg_type'::regclass, t.oid, t.typdefault FROM pg_type t WHERE t.typtype = 'd'
  UNION ALL
    SELECT 'pg_type'::regclass, e.enumtypid, string_agg(e.enumlabel, E'\n') FROM pg_enum e GROUP BY e.enumtypid
  UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.oid >= 16384 AND p.prokind <> 'a'
  UNION ALL
    SELECT 'pg_policy'::regclass, p.oid,
           concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p
  UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid, pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE NOT t.tgisinternal
)
SELECT pg_describe_object(d.class, d.id, 0) AS object, d.definition
FROM definitions d
WHERE d.id >= 16384
  AND d.definition ~* '@|password|private key|[0-9]([ .-]?[0-9]){11}|[A-Z]{2}[0-9]{2}'
  AND pg_describe_object(d.class, d.id, 0) IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.class AND e.objid = d.id AND e.deptype = 'e')
ORDER BY 1
