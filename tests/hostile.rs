//! Sources that work against us: locks that wait for ours, names that imitate pg_dump's comments, impatient settings.

use crate::fixture::Pair;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn a_migration_that_waits_for_our_locks_never_hangs_both() {
    let pair = Pair::with("hostile_ddl", "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (n int);");
    pair.rules("tables: { a: { keep: rest }, b: { keep: rest } }");
    let storm = "BEGIN; TRUNCATE public.b; INSERT INTO public.b SELECT generate_series(1, 100); COMMIT;\n\
                 SELECT pg_catalog.pg_sleep(0.01);\n";
    let script = pair.directory.path().join("storm.sql");
    fs::write(&script, storm.repeat(100_000)).expect("a script");
    let mut psql = pair.source_server.client("psql", &pair.source);
    psql.arg("--quiet").arg("--file").arg(&script).stdout(Stdio::null()).stderr(Stdio::null());
    let mut storm = psql.spawn().expect("psql");
    for _ in 0..3 {
        let run = pair.start(&["refresh"]).wait(Duration::from_secs(60)).no_panic();
        assert!(matches!(run.code(), Some(0 | 75)), "{}", run.text());
        if run.code() == Some(0) {
            assert_eq!(pair.at_target("SELECT count(*) FROM b"), "100");
        }
    }
    storm.kill().expect("psql");
    storm.wait().expect("psql");
    pair.expect_no_sessions(Duration::from_secs(10));
}

#[test]
fn names_that_imitate_the_archive_do_not_lose_their_tables() {
    let schema = "x; Type: EVENT TRIGGER; Schema: y";
    let table = "t; Type: SUBSCRIPTION; Schema: z";
    let sql = format!(
        "CREATE SCHEMA \"{schema}\"; CREATE TABLE \"{schema}\".\"{table}\" (id int PRIMARY KEY); \
         INSERT INTO \"{schema}\".\"{table}\" VALUES (1), (2);"
    );
    let pair = Pair::with("hostile_names", &sql);
    pair.rules(&format!("tables: {{ '\"{schema}\".\"{table}\"': {{ keep: rest }} }}"));
    pair.refresh().expect(0);
    assert_eq!(pair.at_target(&format!("SELECT count(*) FROM \"{schema}\".\"{table}\"")), "2");
}

#[test]
fn timeouts_of_a_database_do_not_reach_the_run() {
    let pair = Pair::with("hostile_timeouts", "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1);");
    for setting in ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"] {
        pair.at_source(&format!("ALTER DATABASE {} SET {setting} = '100ms'", pair.source));
    }
    pair.rules("tables: { a: { keep: rest } }");
    pair.refresh().expect(0);
}

#[test]
fn an_index_over_a_function_that_names_no_schema_is_told_what_to_do() {
    let sql = "CREATE FUNCTION plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)';
               CREATE FUNCTION norm(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN plain($1); END';
               CREATE TABLE a (id int PRIMARY KEY, name text); INSERT INTO a VALUES (1, 'x'); CREATE INDEX by_norm ON a (norm(name));";
    let pair = Pair::with("hostile_path", sql);
    pair.rules("tables: { a: { keep: [id, name] } }");
    pair.run(&["refresh", "--yes"]).expect(1).says("by_norm").says("SET search_path");
    pair.at_source("ALTER FUNCTION norm SET search_path = public");
    pair.refresh().expect(0);
}

#[test]
fn statistics_that_fail_on_a_masked_value_are_told_what_to_do() {
    let sql =
        "CREATE TABLE a (id int PRIMARY KEY, n int, m int); INSERT INTO a SELECT g, g, g FROM generate_series(1, 50) g;
               CREATE STATISTICS twice ON (n * 2), m FROM a;";
    let pair = Pair::with("hostile_statistics", sql);
    pair.rules("tables: { a: { keep: [id, m], mask: { n: permute } } }");
    pair.run(&["refresh", "--yes"]).expect(1).says("public.a").says("CREATE STATISTICS");
    pair.at_source("DROP STATISTICS twice; ALTER TABLE a ADD o int GENERATED ALWAYS AS (n * 2) STORED");
    pair.run(&["refresh", "--yes"]).expect(1).says("public.a").says("a generated column");
    assert!(pair.target_server.databases(&pair.target).is_empty());
}

#[test]
fn an_index_of_a_partitioned_table_that_is_not_valid_may_turn_valid() {
    let sql = "CREATE TABLE half (id integer, v text) PARTITION BY RANGE (id);
               CREATE TABLE half_1 PARTITION OF half FOR VALUES FROM (0) TO (9);
               CREATE INDEX half_id ON ONLY half (id);
               DROP TABLE half_1;
               CREATE TABLE half_2 PARTITION OF half FOR VALUES FROM (10) TO (19);
               CREATE INDEX half_v ON ONLY half (v);
               INSERT INTO half VALUES (10, 'x');";
    let pair = Pair::with("hostile_half", sql);
    pair.rules("tables: { half: { keep: [id, v] } }");
    pair.refresh();
    let valid = "SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indexrelid::regclass::text LIKE 'half%' ORDER BY indexrelid::regclass::text COLLATE \"C\"";
    assert_eq!(pair.at_source(valid), "half_2_id_idx|t\nhalf_id|f\nhalf_v|f");
    assert_eq!(pair.at_target(valid), "half_2_id_idx|t\nhalf_id|t\nhalf_v|f");
}
