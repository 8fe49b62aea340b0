-- The target's server, as the session's user may use it.
SELECT current_setting('server_version') AS server_version,
       current_setting('server_version_num')::int4 AS version_num,
       has_function_privilege('pg_control_system()', 'EXECUTE') AS may_identify,
       current_user::text AS "user",
       r.rolsuper AS superuser,
       r.rolcreatedb OR r.rolsuper AS create_database,
       r.rolsuper OR pg_has_role('pg_signal_backend', 'USAGE') AS signal_backend,
       ARRAY(SELECT t.spcname::text FROM pg_tablespace t) AS tablespaces,
       -- databases that our user may copy
       ARRAY(SELECT d.datname::text FROM pg_database d
             WHERE d.datistemplate OR r.rolsuper OR pg_has_role(d.datdba, 'USAGE')) AS templates,
       -- what hosting providers call the role that may create extensions without being a superuser
       EXISTS (SELECT FROM pg_roles p
               WHERE p.rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin', 'neon_superuser',
                                   'alloydbsuperuser', 'supabase_admin')
                 AND pg_has_role(p.oid, 'USAGE')) AS provider_admin
FROM pg_roles r
WHERE r.rolname = current_user
