-- What PostgreSQL 15 brought.
CREATE SCHEMA new15;
SET search_path = new15;
CREATE TABLE one_null (a integer, b text, UNIQUE NULLS NOT DISTINCT (a, b)); INSERT INTO one_null VALUES (NULL, NULL), (1, NULL);
CREATE TABLE pair (a integer, b integer, PRIMARY KEY (a, b)); INSERT INTO pair VALUES (1, 2);
CREATE TABLE half (a integer, b integer, FOREIGN KEY (a, b) REFERENCES pair ON DELETE SET NULL (b)); INSERT INTO half VALUES (1, 2), (1, NULL);
CREATE UNLOGGED SEQUENCE unlogged; SELECT nextval('unlogged');
CREATE VIEW invoked WITH (security_invoker) AS SELECT a FROM pair;
CREATE TABLE scaled (a numeric(3, -2), b numeric(2, 5)); INSERT INTO scaled VALUES (12345, 0.00012);
CREATE PUBLICATION some_schemas FOR TABLES IN SCHEMA new15;
RESET search_path;
