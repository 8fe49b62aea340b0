-- How many seconds a standby is behind, or the replicas that a primary knows of; NULL where nobody says.
SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
       THEN CASE WHEN pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() THEN 0
                 ELSE extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) END
       ELSE (SELECT extract(epoch FROM pg_catalog.max(r.replay_lag)) FROM pg_catalog.pg_stat_replication r) END::float8
