-- The statements that give database $2 the grants, settings, connection limit and owner of database $1, and what each gives.
-- The owner comes last.
WITH live AS (SELECT * FROM pg_catalog.pg_database WHERE datname = $1),
     target AS (SELECT pg_catalog.quote_ident($2) AS name),
     grants AS (
       SELECT a.grantee, a.privilege_type, a.is_grantable,
              CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS role
       FROM live, pg_catalog.aclexplode(coalesce(live.datacl, pg_catalog.acldefault('d', live.datdba))) a),
     settings AS (
       SELECT s.setrole, pg_catalog.split_part(c, '=', 1) AS name, pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
       FROM live JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = live.oid, pg_catalog.unnest(s.setconfig) c)
SELECT statement, what FROM (
  SELECT 1 AS step, pg_catalog.format('REVOKE ALL ON DATABASE %s FROM PUBLIC', target.name) AS statement, 'the grants' AS what FROM target, live
  UNION ALL
  SELECT 2, pg_catalog.format('GRANT %s ON DATABASE %s TO %s%s', g.privilege_type, target.name, g.role,
                              CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END),
         pg_catalog.format('%s of %s', g.privilege_type, g.role)
  FROM grants g, target, live WHERE g.grantee <> live.datdba
  UNION ALL
  SELECT 3, CASE WHEN s.setrole = 0 THEN pg_catalog.format('ALTER DATABASE %s', target.name)
                 ELSE pg_catalog.format('ALTER ROLE %I IN DATABASE %s', pg_catalog.pg_get_userbyid(s.setrole), target.name) END
            || pg_catalog.format(' SET %s TO ', (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(part), '.') FROM pg_catalog.string_to_table(s.name, '.') part))
            || CASE WHEN pg_catalog.lower(s.name) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'shared_preload_libraries',
                                                      'local_preload_libraries', 'unix_socket_directories')
                      -- Lists are stored as SQL has them; one that would end the statement is no list.
                      AND pg_catalog.strpos(s.value, ';') = 0
                    THEN coalesce(nullif(s.value, ''), '''''') ELSE pg_catalog.quote_literal(s.value) END,
         'the setting ' || s.name || CASE WHEN s.setrole = 0 THEN '' ELSE ' of the role ' || pg_catalog.pg_get_userbyid(s.setrole) END
  FROM settings s, target
  UNION ALL
  SELECT 4, pg_catalog.format('ALTER DATABASE %s CONNECTION LIMIT %s', target.name, live.datconnlimit), 'the connection limit' FROM target, live
  UNION ALL
  SELECT 5, pg_catalog.format('ALTER DATABASE %s OWNER TO %I', target.name, pg_catalog.pg_get_userbyid(live.datdba)), 'the owner' FROM target, live
) s ORDER BY step
