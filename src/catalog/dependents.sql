-- Views, functions, policies and columns that need a table or its row type, beside its own parts.
WITH needed(class, id, "table") AS (
    SELECT 'pg_class'::regclass::oid, c.oid, c.oid FROM pg_class c WHERE c.relkind IN ('r', 'p')
  UNION ALL
    SELECT 'pg_type'::regclass, c.reltype, c.oid FROM pg_class c WHERE c.relkind IN ('r', 'p')
  UNION ALL
    SELECT 'pg_type'::regclass, y.typarray, c.oid
    FROM pg_class c JOIN pg_type y ON y.oid = c.reltype WHERE c.relkind IN ('r', 'p')
)
SELECT DISTINCT t.oid AS "table",
       CASE WHEN r.oid IS NOT NULL THEN format('view %s.%s', n.nspname, v.relname)
            ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END AS dependent
FROM needed
JOIN pg_class t ON t.oid = needed."table"
JOIN pg_namespace s ON s.oid = t.relnamespace
JOIN pg_depend d ON d.refclassid = needed.class AND d.refobjid = needed.id AND d.deptype = 'n'
LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
LEFT JOIN pg_class v ON v.oid = r.ev_class
LEFT JOIN pg_namespace n ON n.oid = v.relnamespace
LEFT JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
WHERE t.relpersistence <> 't'
  AND left(s.nspname, 3) <> 'pg_' AND s.nspname <> 'information_schema'
  AND (d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass)
       OR d.refclassid = 'pg_type'::regclass AND d.classid IN ('pg_class'::regclass, 'pg_type'::regclass))
  AND coalesce(r.ev_class, p.polrelid, 0) <> t.oid
  AND NOT (d.classid = 'pg_class'::regclass AND d.objid = t.oid)
ORDER BY 1, 2
