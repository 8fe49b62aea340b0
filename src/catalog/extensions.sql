-- Installed extensions; plpgsql is in every database. With each: what needs it beside its own parts, and those of its
-- objects that may have grants of their own, quoted as in a GRANT.
WITH RECURSIVE member AS (
    SELECT classid, objid, refobjid AS extension
    FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
), inside AS (
    SELECT classid, objid, extension FROM member
  UNION
    SELECT 'pg_extension'::regclass, oid, oid FROM pg_extension
  UNION
    -- parts of its tables, views and types
    SELECT d.classid, d.objid, i.extension
    FROM inside i
    JOIN pg_depend d ON d.refclassid = i.classid AND d.refobjid = i.objid AND d.deptype IN ('a', 'i')
), need AS (
    SELECT DISTINCT i.extension, o.extension AS other,
           CASE WHEN r.oid IS NOT NULL THEN format('view %s.%s', n.nspname, v.relname)
                WHEN o.extension IS NULL THEN pg_describe_object(d.classid, d.objid, d.objsubid) END AS thing
    FROM inside i
    JOIN pg_depend d ON d.refclassid = i.classid AND d.refobjid = i.objid AND d.deptype IN ('n', 'x')
    LEFT JOIN inside o ON o.classid = d.classid AND o.objid = d.objid
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    LEFT JOIN pg_class v ON v.oid = r.ev_class
    LEFT JOIN pg_namespace n ON n.oid = v.relnamespace
    WHERE i.extension <> (SELECT oid FROM pg_extension WHERE extname = 'plpgsql')
      AND o.extension IS DISTINCT FROM i.extension
), granted AS (
    SELECT m.extension,
           concat_ws('.', '"' || replace(o.schema, '"', '""') || '"', '"' || replace(o.name, '"', '""') || '"') AS name
    FROM member m
    JOIN (
        SELECT 'pg_class'::regclass::oid AS class, c.oid AS id, n.nspname::text AS schema, c.relname::text AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      UNION ALL
        SELECT 'pg_proc'::regclass, p.oid, n.nspname, p.proname
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.proacl IS NOT NULL
      UNION ALL
        SELECT 'pg_type'::regclass, t.oid, n.nspname, t.typname
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typacl IS NOT NULL
      UNION ALL
        SELECT 'pg_namespace'::regclass, oid, NULL, nspname FROM pg_namespace
      UNION ALL
        SELECT 'pg_language'::regclass, oid, NULL, lanname FROM pg_language
      UNION ALL
        SELECT 'pg_foreign_data_wrapper'::regclass, oid, NULL, fdwname FROM pg_foreign_data_wrapper
      UNION ALL
        SELECT 'pg_foreign_server'::regclass, oid, NULL, srvname FROM pg_foreign_server
    ) o ON o.class = m.classid AND o.id = m.objid
)
SELECT x.extname::text AS name,
       n.nspname::text AS schema,
       x.extversion AS version,
       ARRAY(SELECT DISTINCT o.extname::text FROM need JOIN pg_extension o ON o.oid = need.other
             WHERE need.extension = x.oid ORDER BY 1) AS extensions,
       ARRAY(SELECT thing FROM need WHERE need.extension = x.oid AND need.other IS NULL ORDER BY 1) AS dependents,
       ARRAY(SELECT DISTINCT name FROM granted WHERE granted.extension = x.oid) AS granted
FROM pg_extension x
JOIN pg_namespace n ON n.oid = x.extnamespace
ORDER BY x.extname COLLATE "C"
