//! No superuser on either side: a reader with SELECT only, a writer that may create databases.

use crate::compare::Shape;
use crate::fixture::{Pair, Server, keep_everything, servers};

#[test]
fn a_select_only_reader_and_a_createdb_writer_are_enough() {
    let pair = Pair::with_dataset("roles_plain", "northwind/northwind.sql").plain_roles();
    pair.at_source(
        "GRANT USAGE ON SCHEMA public TO standin_reader;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO standin_reader;
         GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO standin_reader;",
    );
    pair.rules_for("roles: { \"*\": drop }", &keep_everything(pair.source_server, &pair.source));
    pair.run(&["plan"]).expect(0);
    for _ in 0..2 {
        pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
    }
    let (source, clone) = (Shape::of(pair.source_server, &pair.source), Shape::of(pair.target_server, &pair.target));
    let rows: Vec<String> = source.differences(&clone).into_iter().filter(|line| line.starts_with("rows of")).collect();
    assert!(rows.is_empty(), "{rows:#?}");
    assert!(source.tables().eq(clone.tables()));
    let owner = "SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(pair.at_target(owner), "standin_writer");
}

#[test]
fn owners_that_may_not_create_in_their_schemas_get_their_tables() {
    let pair = Pair::with(
        "roles_owners",
        "CREATE SCHEMA guarded; CREATE TABLE guarded.item (id integer PRIMARY KEY); CREATE TABLE shown (id integer);
         INSERT INTO guarded.item VALUES (1); GRANT USAGE ON SCHEMA public, guarded TO standin_reader;
         GRANT SELECT ON guarded.item, shown TO standin_reader; CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
         ALTER TABLE guarded.item OWNER TO app_owner; ALTER TABLE shown OWNER TO app_owner; ALTER FUNCTION one OWNER TO app_owner;",
    )
    .plain_roles();
    let rules = keep_everything(pair.source_server, &pair.source);
    pair.rules_for("roles: { postgres: standin_writer }", &rules);
    for _ in 0..2 {
        pair.run(&["refresh", "--yes"]).expect(0);
    }
    let owners = "SELECT DISTINCT relowner::regrole FROM pg_class WHERE relname IN ('item', 'item_pkey', 'shown')";
    assert_eq!(pair.at_target(owners), "app_owner");
    let lent = "SELECT nspname FROM pg_namespace WHERE has_schema_privilege('app_owner', oid, 'CREATE')";
    assert_eq!(pair.at_target(lent), "");
}

/// So it is where a server came from PostgreSQL 14 by pg_upgrade.
#[test]
fn the_schema_public_of_the_sources_first_superuser_stays_the_targets() {
    let pair = Pair::with("roles_public", "CREATE TABLE item (id integer); ALTER SCHEMA public OWNER TO postgres")
        .plain_roles();
    pair.at_source("GRANT USAGE ON SCHEMA public TO standin_reader; GRANT SELECT ON item TO standin_reader");
    pair.rules_for("roles: { standin_reader: drop }", "tables: { item: { keep: [id] } }\n");
    pair.at_source("ALTER TABLE item OWNER TO app_owner");
    pair.run(&["refresh", "--yes"]).expect(0);
    assert_eq!(
        pair.at_target("SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'public'"),
        "pg_database_owner"
    );
}

#[test]
fn rights_that_are_missing_are_named_all_at_once_with_the_grants() {
    let pair =
        Pair::with("roles_missing", "CREATE TABLE a (id integer); CREATE TABLE b (id integer); CREATE SEQUENCE s;")
            .plain_roles();
    pair.rules_for("roles: { \"*\": drop }", "tables: { a: { keep: [id] }, b: { keep: [id] } }\n");
    let run = pair.run(&["refresh", "--yes"]).expect(3);
    for words in
        ["GRANT SELECT ON TABLE \"public\".\"a\", \"public\".\"b\"", "ON SEQUENCE \"public\".\"s\"", "standin_reader"]
    {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert_eq!(pair.target_server.databases(&pair.target), Vec::<String>::new());
}

#[test]
fn row_security_that_hides_rows_from_the_reader_is_refused() {
    let pair = Pair::with(
        "roles_hidden",
        "CREATE TABLE secret (id integer); INSERT INTO secret VALUES (1), (2); GRANT SELECT ON secret TO standin_reader;
         ALTER TABLE secret ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON secret USING (id = 1);",
    )
    .plain_roles();
    pair.rules_for("roles: { \"*\": drop }", "tables: { secret: { keep: [id] } }\n");
    pair.run(&["refresh", "--yes"]).expect(3).says("secret");
    assert_eq!(pair.target_server.databases(&pair.target), Vec::<String>::new());
}

#[test]
fn privileges_that_an_application_would_lose_are_refused_by_name() {
    let pair = Pair::with("roles_lost", "CREATE TABLE item (id serial PRIMARY KEY); INSERT INTO item DEFAULT VALUES");
    pair.source_server.psql("postgres", "DROP ROLE IF EXISTS lost_prod; CREATE ROLE lost_prod LOGIN");
    pair.target_server.psql("postgres", "DROP ROLE IF EXISTS lost_staging; CREATE ROLE lost_staging LOGIN");
    pair.at_source("GRANT SELECT, INSERT ON item TO lost_prod; GRANT USAGE ON SEQUENCE item_id_seq TO lost_prod");
    let tables = "tables: { item: { keep: [id] } }\n";
    pair.rules_for("roles: { lost_prod: lost_staging }", tables);
    pair.refresh();
    pair.refresh();
    let as_application = || {
        let mut psql = pair.target_server.client("psql", &pair.target);
        psql.env("PGUSER", "lost_staging").env_remove("PGOPTIONS");
        psql.args([
            "-XqAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            "INSERT INTO item DEFAULT VALUES; SELECT count(*) FROM item",
        ]);
        String::from_utf8(psql.output().unwrap().stdout).unwrap()
    };
    assert_eq!(as_application(), "2\n");
    let lost = ["the role \"lost_staging\" would lose", "on public.item", "USAGE on sequence public.item_id_seq"];
    for roles in ["roles: { lost_prod: drop }", ""] {
        pair.rules_for(roles, tables);
        let run = pair.run(&["refresh", "--yes"]).expect(3);
        for words in lost {
            assert!(run.text().replace('"', "").contains(&words.replace('"', "")), "{words}: {}", run.text());
        }
        assert!(run.text().contains("SELECT") && run.text().contains("INSERT"), "{}", run.text());
    }
    assert_eq!(as_application(), "3\n");
    pair.rules_for("roles: { lost_prod: drop }", tables);
    pair.run(&["refresh", "--yes", "--accept-lost-grants"]).expect(0);
    assert_eq!(as_application(), "");
}

#[test]
fn a_target_that_is_the_database_postgres_itself_is_refreshed() {
    let server: &'static Server = Box::leak(Box::new(Server::start(&[])));
    let mut pair = Pair::between(&servers().source, server, "roles_postgres");
    pair.target = "postgres".to_owned();
    pair.at_source("CREATE TABLE item (id integer PRIMARY KEY); INSERT INTO item VALUES (1)");
    pair.rules("tables: { item: { keep: [id] } }\n");
    for _ in 0..2 {
        pair.refresh();
    }
    assert_eq!(pair.at_target("SELECT count(*) FROM item"), "1");
    pair.run(&["rollback", "--yes"]).expect(0);
    assert_eq!(server.databases("postgres").len(), 2, "{:?}", server.databases("postgres"));
}

#[test]
fn template_and_maintenance_database_are_what_the_rules_say_or_refused() {
    let pair = Pair::with("roles_template", "CREATE TABLE item (id integer PRIMARY KEY); INSERT INTO item VALUES (1)");
    let server = pair.target_server;
    server.create("roles_template_own");
    server.psql("roles_template_own", "CREATE SCHEMA prepared");
    let tables = "tables: { item: { keep: [id] } }\n";
    pair.rules_for("template: roles_template_own\nmaintenance_database: template1", tables);
    for _ in 0..2 {
        pair.refresh();
        assert_eq!(pair.at_target("SELECT count(*) FROM item; SELECT 'prepared'::regnamespace"), "1\nprepared");
    }
    pair.rules_for("template: roles_template_owm", tables);
    pair.run(&["plan"]).expect(3).says("template-missing").says("did you mean `roles_template_own`?");
    pair.rules_for(&format!("maintenance_database: {}", pair.target), tables);
    for command in [&["refresh", "--yes"][..], &["rollback", "--yes"]] {
        pair.run(command).expect(2).says("the maintenance database is the one that is refreshed");
    }
}
