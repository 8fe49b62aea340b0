//! A staging that lives a life of its own: all that is its own holds after a refresh, and its application goes on.

use crate::fixture::{Pair, Run};

const SCHEMA: &str = "
    CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE NOT NULL);
    CREATE TABLE orders (id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES users, total integer NOT NULL);
    CREATE TABLE oauth_clients (id serial PRIMARY KEY, name text NOT NULL, secret text NOT NULL);
    CREATE TABLE feature_flags (name text PRIMARY KEY, enabled boolean NOT NULL);
    CREATE VIEW totals AS SELECT user_id, sum(total) AS total FROM orders GROUP BY user_id;";

const GRANTS: &str = "
    GRANT USAGE ON SCHEMA public TO shop_app, standin_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO standin_reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO standin_reader;
    GRANT SELECT, INSERT, UPDATE, DELETE ON users, orders, oauth_clients, feature_flags TO shop_app;
    GRANT SELECT ON totals TO shop_app; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO shop_app;";

/// What staging's next release brings.
const NEWER: &str = "
    ALTER TABLE users ADD COLUMN IF NOT EXISTS locale text NOT NULL DEFAULT 'en';
    CREATE TABLE IF NOT EXISTS invites (id serial PRIMARY KEY, user_id integer REFERENCES users, code text NOT NULL);
    GRANT SELECT, INSERT ON invites TO shop_staging; GRANT USAGE ON SEQUENCE invites_id_seq TO shop_staging;";

const TABLES: &str = "
tables:
  users: { keep: [id], mask: { email: email } }
  orders: { keep: [id, user_id, total] }
  feature_flags: { keep: [name, enabled] }
";

const STAGING: &str = "
roles: { shop_app: shop_staging, \"*\": drop }
sequences: { start: 1000000 }
carry:
  oauth_clients: all
  invites: all
  feature_flags: { columns: [enabled], key: name }
  users: { where: \"email LIKE '%@qa.shop.test'\" }
after: [{ sql: newer.sql, timeout: 30s }]";

/// Production, and a staging that was refreshed once and then lived on.
fn lived_in() -> Pair {
    let pair = Pair::with("staging_life", SCHEMA).plain_roles();
    pair.source_server.psql("postgres", "DROP ROLE IF EXISTS shop_app; CREATE ROLE shop_app LOGIN");
    let (server, name) = (pair.target_server, &pair.target);
    server.psql("postgres", "DROP ROLE IF EXISTS shop_staging; CREATE ROLE shop_staging LOGIN");
    pair.at_source(GRANTS);
    pair.at_source(
        "INSERT INTO users (email) SELECT 'p' || i || '@real.test' FROM generate_series(1, 40) i;
         INSERT INTO orders (user_id, total) SELECT i, i FROM generate_series(1, 40) i;
         INSERT INTO oauth_clients (name, secret) VALUES ('shop', 'production''s own');
         INSERT INTO feature_flags VALUES ('checkout', false), ('search', false)",
    );
    let database = format!("CREATE DATABASE {name} OWNER standin_writer CONNECTION LIMIT 23");
    server.psql("postgres", &database);
    for setting in
        ["statement_timeout = '77s'", "idle_in_transaction_session_timeout = '50ms'", "lock_timeout = '50ms'"]
    {
        server.psql("postgres", &format!("ALTER DATABASE {name} SET {setting}"));
    }
    std::fs::write(pair.directory.path().join("newer.sql"), NEWER).unwrap();
    pair.rules_for(STAGING, TABLES);
    pair.run(&["refresh", "--yes"]).expect(0);
    pair.at_target(
        "INSERT INTO oauth_clients (name, secret) VALUES ('shop', 'staging''s own');
         UPDATE feature_flags SET enabled = true WHERE name = 'search';
         INSERT INTO users (email, locale) VALUES ('tester@qa.shop.test', 'de'), ('gone@elsewhere.test', 'en');
         INSERT INTO invites (user_id, code) SELECT id, 'welcome' FROM users WHERE email = 'tester@qa.shop.test'",
    );
    pair
}

/// The application: what it says, in a session of its own role.
fn application(pair: &Pair, sql: &str) -> String {
    let mut psql = pair.target_server.client("psql", &pair.target);
    psql.env("PGUSER", "shop_staging").env_remove("PGOPTIONS").args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql]);
    let output = psql.output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What staging owns, and what belongs to its name.
fn own(pair: &Pair) -> String {
    let name = &pair.target;
    let properties = format!(
        "SELECT datdba::regrole, datconnlimit, (SELECT array_agg(concat_ws(' ', setrole, setconfig) ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid)
         FROM pg_database d WHERE datname = '{name}'"
    );
    let rows = pair.at_target(
        "SELECT name, secret FROM oauth_clients; SELECT string_agg(name || ' ' || enabled, ',' ORDER BY name) FROM feature_flags;
         SELECT id, email, locale FROM users WHERE email LIKE '%@qa.shop.test'; SELECT u.email, i.code FROM invites i JOIN users u ON u.id = i.user_id",
    );
    format!("{}\n{rows}", pair.target_server.psql("postgres", &properties))
}

const APPLICATION: &str = "
    INSERT INTO public.orders (user_id, total) SELECT id, 7 FROM public.users ORDER BY id LIMIT 1;
    INSERT INTO public.invites (code) VALUES ('more');
    SELECT count(*) > 0 FROM public.totals; UPDATE public.feature_flags SET enabled = enabled; SHOW statement_timeout";

#[test]
fn what_staging_owns_holds_after_a_refresh_and_its_application_goes_on() {
    let pair = lived_in();
    let application_works = || application(&pair, APPLICATION);
    assert_eq!(application_works(), "t\n77s\n");
    pair.at_target("DELETE FROM invites WHERE code = 'more'");
    let before = own(&pair);
    assert!(
        before.contains("standin_writer|23|")
            && before.contains("staging's own")
            && before.contains("1000000|tester@qa.shop.test|de"),
        "{before}"
    );
    let privileges = "SELECT count(*), md5(string_agg(concat_ws(' ', c.oid::regclass, p), ',' ORDER BY c.oid::regclass::text, p))
        FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
        AND has_table_privilege('shop_staging', c.oid, p)";
    let may = pair.at_target(privileges);

    // Without `roles:`, or with others, the plan says who would lose what.
    for roles in ["", "roles: { shop_app: standin_writer, \"*\": drop }"] {
        let staging = STAGING.replace("roles: { shop_app: shop_staging, \"*\": drop }", roles);
        pair.rules_for(&staging, TABLES);
        let run = pair.run(&["refresh", "--yes"]).expect(3);
        let words = [
            "the role shop_staging would lose",
            "SELECT, INSERT, UPDATE, DELETE on public.orders",
            "SELECT on public.totals",
            "USAGE on sequence public.orders_id_seq",
        ];
        for words in words {
            assert!(run.text().contains(words), "{words}: {}", run.text());
        }
    }
    // Without the hook staging's newer migration would be gone.
    pair.rules_for("roles: { shop_app: shop_staging, \"*\": drop }", TABLES);
    pair.run(&["plan"]).expect(3).says("only the present database has public.invites, public.users.locale");
    pair.rules_for("carry: { oauth_clients: all, invites: all }", TABLES);
    pair.run(&["plan"]).expect(3).says("public.invites").says("the source has no such table");

    // What the hook makes is looked at when it is there.
    pair.rules_for(STAGING, TABLES);
    let hook = pair.directory.path().join("newer.sql");
    let newer = std::fs::read_to_string(&hook).unwrap();
    std::fs::write(&hook, newer.replace("GRANT SELECT, INSERT ON invites TO shop_staging;", "")).unwrap();
    let run: Run = pair.run(&["refresh", "--yes"]).expect(4);
    run.says("the role shop_staging would lose").says("SELECT, INSERT on public.invites");
    std::fs::write(&hook, newer).unwrap();
    assert_eq!(own(&pair), before);

    // A role that is no superuser cannot give the clone what another role has in this database alone.
    let role = format!("ALTER ROLE shop_staging IN DATABASE {}", pair.target);
    pair.target_server.psql("postgres", &format!("{role} SET work_mem = '7MB'"));
    pair.run(&["plan"]).expect(3).says("work_mem of the role shop_staging").says("CREATEROLE");
    pair.target_server.psql("postgres", &format!("{role} RESET work_mem"));

    for _ in 0..2 {
        pair.run(&["refresh", "--yes"]).expect(0).never_says("production's own");
        assert_eq!(own(&pair), before);
        assert_eq!(pair.at_target(privileges), may);
        assert_eq!(pair.at_target("SELECT count(*) FROM users WHERE email NOT LIKE '%@example.com'"), "1");
        assert_eq!(application_works(), "t\n77s\n");
        pair.at_target("DELETE FROM invites WHERE code = 'more'");
    }
}
