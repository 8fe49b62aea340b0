//! A connection from what users have: URL, keyword string, `PG*` variables, pgpass, service file, TLS levels.
