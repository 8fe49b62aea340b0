-- Large objects with owner, comment and grants; the metadata is readable by everybody.
SELECT m.oid, pg_catalog.pg_get_userbyid(m.lomowner)::text, pg_catalog.obj_description(m.oid, 'pg_largeobject'),
       CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee)::text END, a.privilege_type, a.is_grantable
FROM pg_catalog.pg_largeobject_metadata m
LEFT JOIN LATERAL pg_catalog.aclexplode(m.lomacl) a ON true
ORDER BY m.oid
