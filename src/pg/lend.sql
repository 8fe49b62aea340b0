-- What lets each role of $1 own things in each schema, and what takes it back; a superuser gives ownership without.
SELECT pg_catalog.format('GRANT CREATE ON SCHEMA %I TO %I', n.nspname, r.rolname),
       pg_catalog.format('REVOKE CREATE ON SCHEMA %I FROM %I', n.nspname, r.rolname)
FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_roles r ON r.rolname = ANY ($1::text[])
WHERE pg_catalog.left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
  AND NOT pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')
  AND NOT (SELECT me.rolsuper FROM pg_catalog.pg_roles me WHERE me.rolname = current_user)
