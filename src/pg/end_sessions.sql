-- Ends what is connected to these databases, as far as our user may; autovacuum gives way by itself.
SELECT pg_catalog.pg_terminate_backend(a.pid)
FROM pg_catalog.pg_stat_activity a
JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
WHERE a.datname = ANY ($1::text[]) AND a.pid <> pg_catalog.pg_backend_pid()
  AND ((SELECT me.rolsuper FROM pg_catalog.pg_roles me WHERE me.rolname = current_user)
       OR (NOT r.rolsuper AND (pg_catalog.pg_has_role(r.oid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'))))
