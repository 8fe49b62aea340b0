-- What a swap of the database $1 would break, as far as it is known outside of it.
SELECT 'prepared transaction' AS kind, p.gid AS name FROM pg_prepared_xacts p WHERE p.database = $1
UNION ALL
SELECT 'replication slot', s.slot_name::text FROM pg_replication_slots s WHERE s.database = $1
UNION ALL
SELECT 'subscription', s.subname::text
FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = $1
ORDER BY 1, 2
