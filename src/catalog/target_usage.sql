-- Whose privileges each role that may log in has, its own among them; asked in the target database, whose owner is one of pg_database_owner.
SELECT r.rolname::text AS role, array_agg(g.rolname::text) AS uses
FROM pg_roles r JOIN pg_roles g ON pg_has_role(r.oid, g.oid, 'USAGE')
WHERE r.rolcanlogin AND NOT r.rolsuper AND left(r.rolname, 3) <> 'pg_'
GROUP BY 1
