-- Settings of the database that break clients which trust their session, and an event trigger that would break a restore.
SELECT current_database() AS db \gset
ALTER DATABASE :"db" SET DateStyle = 'SQL, DMY';
ALTER DATABASE :"db" SET IntervalStyle = 'sql_standard';
ALTER DATABASE :"db" SET extra_float_digits = -15;
ALTER DATABASE :"db" SET bytea_output = 'escape';
ALTER DATABASE :"db" SET TimeZone = 'Asia/Kathmandu';
ALTER DATABASE :"db" SET search_path = 't', 'nowhere', 'odd.schema';
ALTER DATABASE :"db" SET default_transaction_isolation = 'serializable';
ALTER DATABASE :"db" SET default_transaction_deferrable = on;
ALTER DATABASE :"db" SET statement_timeout = '50ms';
ALTER DATABASE :"db" SET lock_timeout = '10ms';
ALTER DATABASE :"db" SET idle_in_transaction_session_timeout = '100ms';
ALTER DATABASE :"db" SET idle_session_timeout = '200ms';
ALTER DATABASE :"db" SET row_security = on;
ALTER DATABASE :"db" SET client_encoding = 'LATIN1';
ALTER DATABASE :"db" SET standard_conforming_strings = off;
ALTER DATABASE :"db" SET backslash_quote = off;
ALTER DATABASE :"db" SET quote_all_identifiers = on;
ALTER DATABASE :"db" SET xmloption = 'document';
ALTER DATABASE :"db" SET xmlbinary = 'hex';
ALTER DATABASE :"db" SET array_nulls = off;
ALTER DATABASE :"db" SET lc_messages = 'C';
ALTER DATABASE :"db" SET default_tablespace = 'pg_default';
ALTER DATABASE :"db" SET check_function_bodies = on;
ALTER DATABASE :"db" SET application_name = 'hostile';
CREATE EVENT TRIGGER ddl ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'CREATE INDEX') EXECUTE FUNCTION o.on_ddl();
