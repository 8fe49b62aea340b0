-- Settings of the database $1 that the session's user may not give to another one.
SELECT split_part(c, '=', 1) AS setting, CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole)::text END AS role
FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid CROSS JOIN LATERAL unnest(s.setconfig) c
JOIN pg_roles me ON me.rolname = current_user
WHERE d.datname = $1 AND NOT me.rolsuper
  AND (s.setrole <> 0 AND s.setrole <> me.oid AND NOT (me.rolcreaterole AND (current_setting('server_version_num')::int4 < 160000
         OR EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = s.setrole AND m.member = me.oid AND m.admin_option)))
       OR EXISTS (SELECT FROM pg_settings p WHERE p.name = lower(split_part(c, '=', 1)) AND p.context LIKE 'superuser%'
                  -- PostgreSQL 15 lets a superuser grant it; the rehearsal before the copy asks the server itself.
                  AND current_setting('server_version_num')::int4 < 150000))
ORDER BY 2 NULLS FIRST, 1
