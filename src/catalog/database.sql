-- The server and the database.
SELECT current_database()::text AS name,
       d.oid,
       current_setting('server_version') AS server_version,
       current_setting('server_version_num')::int4 AS version_num,
       pg_encoding_to_char(d.encoding)::text AS encoding,
       d.datcollate::text AS "collate",
       d.datctype::text AS ctype,
       -- columns that PostgreSQL 14 lacks, 16 brought, or 17 renamed
       to_jsonb(d) ->> 'datlocprovider' AS provider,
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
       to_jsonb(d) ->> 'daticurules' AS icu_rules,
       pg_is_in_recovery() AS in_recovery,
       pg_database_size(d.oid) AS bytes,
       to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS snapshot_at,
       shobj_description(d.oid, 'pg_database') AS comment,
       current_user::text AS "user",
       pg_get_userbyid(10)::text AS first_user,
       (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) AS superuser,
       (SELECT count(*) FROM pg_largeobject_metadata l
        WHERE NOT pg_has_role(l.lomowner, 'USAGE')
          AND NOT EXISTS (SELECT FROM aclexplode(l.lomacl) a
                          WHERE a.privilege_type = 'SELECT'
                            AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))) AS locked_large_objects,
       has_function_privilege('pg_control_system()', 'EXECUTE') AS may_identify
FROM pg_database d
WHERE d.datname = current_database()
