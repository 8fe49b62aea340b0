//! The schema through pg_dump and pg_restore.
