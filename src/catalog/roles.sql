-- Every role that the schema speaks of: owners, and what grants, default privileges and policies name.
-- Members of extensions are created by their extension: their owner is no concern, their changed grants are.
WITH member AS MATERIALIZED (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
), object AS MATERIALIZED (
    SELECT 'pg_class'::regclass::oid AS class, c.oid AS id, 0 AS sub, c.relowner AS owner, c.relacl AS acl,
           n.nspname AS schema, c.relname AS name, 'table' AS kind, false AS large
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v', 'S') AND c.relpersistence <> 't'
  UNION ALL
    SELECT 'pg_class'::regclass, c.oid, a.attnum, c.relowner, a.attacl, n.nspname, c.relname, 'table', false
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relpersistence <> 't'
  UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 0, p.proowner, p.proacl, n.nspname, p.proname, 'function', false
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, t.typowner, t.typacl, n.nspname, t.typname, 'type', false
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r', 'm') AND (t.typtype <> 'c' OR c.relkind = 'c')
      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
  UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid, 0, n.nspowner, n.nspacl, NULL, n.nspname, 'schema', false
    FROM pg_namespace n WHERE n.nspname !~ '^pg_(temp|toast)'
  UNION ALL
    SELECT 'pg_language'::regclass, l.oid, 0, l.lanowner, l.lanacl, NULL, l.lanname, 'language', false FROM pg_language l
  UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, w.oid, 0, w.fdwowner, w.fdwacl, NULL, w.fdwname, 'foreign data wrapper', false
    FROM pg_foreign_data_wrapper w
  UNION ALL
    SELECT 'pg_foreign_server'::regclass, s.oid, 0, s.srvowner, s.srvacl, NULL, s.srvname, 'server', false
    FROM pg_foreign_server s
  UNION ALL
    SELECT 'pg_largeobject_metadata'::regclass, l.oid, 0, l.lomowner, l.lomacl, NULL, l.oid::text, 'large object', true
    FROM pg_largeobject_metadata l
  UNION ALL
    SELECT 'pg_operator'::regclass, o.oid, 0, o.oprowner, NULL, n.nspname, o.oprname, 'operator', false
    FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
  UNION ALL
    SELECT 'pg_opclass'::regclass, o.oid, 0, o.opcowner, NULL, n.nspname, o.opcname, 'operator class', false
    FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace
  UNION ALL
    SELECT 'pg_opfamily'::regclass, o.oid, 0, o.opfowner, NULL, n.nspname, o.opfname, 'operator family', false
    FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace
  UNION ALL
    SELECT 'pg_collation'::regclass, l.oid, 0, l.collowner, NULL, n.nspname, l.collname, 'collation', false
    FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
  UNION ALL
    SELECT 'pg_conversion'::regclass, c.oid, 0, c.conowner, NULL, n.nspname, c.conname, 'conversion', false
    FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
  UNION ALL
    SELECT 'pg_statistic_ext'::regclass, s.oid, 0, s.stxowner, NULL, n.nspname, s.stxname, 'statistics', false
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
  UNION ALL
    SELECT 'pg_ts_dict'::regclass, t.oid, 0, t.dictowner, NULL, n.nspname, t.dictname, 'text search dictionary', false
    FROM pg_ts_dict t JOIN pg_namespace n ON n.oid = t.dictnamespace
  UNION ALL
    SELECT 'pg_ts_config'::regclass, t.oid, 0, t.cfgowner, NULL, n.nspname, t.cfgname, 'text search configuration', false
    FROM pg_ts_config t JOIN pg_namespace n ON n.oid = t.cfgnamespace
), named AS (
    SELECT object.*, concat_ws(' ', kind, concat_ws('.', schema, name)) AS label,
           EXISTS (SELECT FROM member WHERE member.classid = class AND member.objid = id) AS is_member
    FROM object
), used AS (
    -- Owners. The schema public belongs to pg_database_owner or to the first superuser unless somebody changed it.
    SELECT owner AS role, 'owner' AS part, format('owner of %s', label) AS example, large
    FROM named
    WHERE sub = 0 AND NOT is_member
      AND (id >= 16384 AND coalesce(schema, '') <> 'information_schema' OR large
           OR kind = 'schema' AND name = 'public' AND owner NOT IN (10, 'pg_database_owner'::regrole))
  UNION ALL
    -- Grants that are not what initdb or the extension left; the owner's own follow the owner.
    SELECT g.role, 'granted', format('grant on %s', label), large
    FROM named
    CROSS JOIN LATERAL (
        SELECT a.grantor, a.grantee, a.privilege_type, a.is_grantable FROM aclexplode(acl) a
        EXCEPT
        SELECT a.grantor, a.grantee, a.privilege_type, a.is_grantable
        FROM pg_init_privs p CROSS JOIN LATERAL aclexplode(p.initprivs) a
        WHERE p.classoid = class AND p.objoid = id AND p.objsubid = sub
    ) a
    CROSS JOIN LATERAL (VALUES (a.grantor), (a.grantee)) g(role)
    WHERE acl IS NOT NULL AND g.role NOT IN (0, owner)
  UNION ALL
    SELECT d.defaclrole, 'owner', 'default privileges', false FROM pg_default_acl d
  UNION ALL
    SELECT a.grantee, 'granted', format('default privileges of %s', pg_get_userbyid(d.defaclrole)), false
    FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) a
    WHERE a.grantee NOT IN (0, d.defaclrole)
  UNION ALL
    SELECT r.role, 'granted', format('policy %s on %s.%s', p.polname, n.nspname, c.relname), false
    FROM pg_policy p
    JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL unnest(p.polroles) r(role)
    WHERE r.role <> 0
)
SELECT pg_get_userbyid(role)::text AS role,
       bool_or(part = 'owner') AS owner,
       bool_or(part = 'granted') AS granted,
       bool_and(large) AS large_objects_only,
       (array_agg(DISTINCT example ORDER BY example))[1:3] AS examples
FROM used
GROUP BY role
ORDER BY 1
