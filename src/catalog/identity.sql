-- The cluster: the same for a primary, its standbys and restored snapshots.
SELECT system_identifier::text AS system_identifier FROM pg_control_system()
