-- Shapes that a plan must see through. Run as the superuser of an empty database.
CREATE ROLE plan_reader LOGIN;
CREATE ROLE shop_owner;
CREATE ROLE shop_app;
CREATE EXTENSION citext;
CREATE SCHEMA "odd.schema";
CREATE SCHEMA hidden;
CREATE DOMAIN mail AS citext CHECK (VALUE ~ '^[^@]+@[^@]+$');
CREATE DOMAIN short_code AS varchar(6) NOT NULL CHECK (VALUE ~ '^[A-Z]+$');
CREATE DOMAIN tags AS text[];
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TYPE pair AS (left_side text, right_side integer);

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gone text,
    email mail NOT NULL UNIQUE,
    name text NOT NULL,
    login text,
    code short_code,
    mood mood,
    tags tags,
    pair pair,
    balance numeric(10, 2) CHECK (balance >= 0),
    nick varchar(5),
    deleted_at timestamptz,
    shout text GENERATED ALWAYS AS (upper(name)) STORED,
    CONSTRAINT login_form CHECK (login ~ '^[a-z]{3}$')
);
ALTER TABLE users DROP COLUMN gone;
ALTER TABLE users ADD COLUMN locale text DEFAULT 'en';
CREATE UNIQUE INDEX users_login ON users (lower(login)) WHERE deleted_at IS NULL;
ALTER TABLE users OWNER TO shop_owner;
GRANT SELECT ON users TO shop_app;

CREATE TABLE orders (
    id integer PRIMARY KEY,
    user_id bigint REFERENCES users,
    user_email mail REFERENCES users (email),
    parent integer REFERENCES orders,
    note text,
    at date NOT NULL,
    UNIQUE (user_id, at)
);

CREATE TABLE events (id bigint, kind text, payload jsonb, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (kind);
CREATE TABLE events_2024_a (payload jsonb, at date NOT NULL, kind text, id bigint);
ALTER TABLE events_2024 ATTACH PARTITION events_2024_a FOR VALUES IN ('a');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE by_expression (a timestamptz, b text) PARTITION BY RANGE ((b || 'x'), a);

CREATE TABLE animal (id integer PRIMARY KEY, name text);
CREATE TABLE machine (serial text);
CREATE TABLE robodog (bark text) INHERITS (animal, machine);

CREATE TABLE "odd.schema"."a""b" ("c.d" integer, "E" text);
CREATE TABLE nothing ();
CREATE UNLOGGED TABLE hidden.secrets (id integer, token text);
CREATE TEMP TABLE passing (id integer);
CREATE TABLE schema_migrations (version text PRIMARY KEY);
CREATE TABLE alembic_version (version_num text, who text);
CREATE VIEW everyone AS SELECT name FROM users;
CREATE MATERIALIZED VIEW moods AS SELECT mood, count(*) FROM users GROUP BY mood;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER far FOREIGN DATA WRAPPER nowhere OPTIONS (host 'db.internal');
CREATE FOREIGN TABLE remote (id integer, secret text) SERVER far;
CREATE USER MAPPING FOR postgres SERVER far OPTIONS (password 'CNRY');
CREATE TABLE guarded (id integer, body text);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON guarded TO shop_app USING (true);
CREATE TABLE one (key text PRIMARY KEY);
CREATE TABLE other (key text PRIMARY KEY REFERENCES one);
ALTER TABLE one ADD FOREIGN KEY (key) REFERENCES other;
CREATE TABLE loose (id integer PRIMARY KEY, body text);
CREATE VIEW loosely AS SELECT id FROM loose;
CREATE TABLE rooms (room integer, during int4range, EXCLUDE USING gist (during WITH &&));
CREATE PUBLICATION everything FOR ALL TABLES;
COMMENT ON TABLE users IS 'people';
SELECT lo_create(0);
GRANT USAGE ON SCHEMA "odd.schema" TO plan_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public, "odd.schema" TO plan_reader;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO plan_reader;
