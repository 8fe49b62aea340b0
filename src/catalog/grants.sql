-- Who may do what with tables, views, sequences and schemas: one row for each of them and each who is granted something.
WITH granted AS (
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind, n.nspname AS schema, c.relname AS name, c.relowner AS owner,
         coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner)) AS acl
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
    AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT 'schema', n.nspname, n.nspname, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
  FROM pg_namespace n WHERE left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
)
SELECT g.kind, g.schema::text AS schema, g.name::text AS name, a.grantee = g.owner AS owner,
       CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee)::text END AS grantee,
       array_agg(a.privilege_type::text) AS privileges
FROM granted g CROSS JOIN LATERAL aclexplode(g.acl) a
GROUP BY g.kind, g.schema, g.name, g.owner, a.grantee
