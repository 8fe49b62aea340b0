-- Every role of the target's server, and whether we may make it an owner.
SELECT r.rolname::text AS name,
       pg_has_role(r.oid, CASE WHEN current_setting('server_version_num')::int4 >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS member
FROM pg_roles r
ORDER BY 1
