-- Who is connected to these databases; of whom we may not look at, the server hides what they are.
SELECT a.pid, coalesce(a.usename::text, '?'), coalesce(a.application_name, '')
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = ANY ($1::text[]) AND a.pid <> pg_catalog.pg_backend_pid() AND coalesce(a.backend_type, 'client backend') = 'client backend'
ORDER BY a.pid
