//! `into: existing`: rows of the present database are replaced in one transaction; all else of it stays.

use crate::fixture::{Pair, Running, keep_everything};
use crate::sabotage::{Harm, Sabotage};
use rustix::process::Signal;
use std::time::Duration;

/// The state of everything that a refresh must leave as it is.
const STATE: &str = "
    SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
      SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated, obj_description(oid, 'pg_constraint'))
        FROM pg_constraint WHERE conparentid = 0
      UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, atttypid::regtype, attnotnull) FROM pg_attribute
        WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relkind IN ('r', 'p'))
      UNION ALL SELECT concat_ws(' ', relname, relforcerowsecurity, relrowsecurity) FROM pg_class WHERE relkind IN ('r', 'p')) s (line)";

const SCHEMA: &str = "
    CREATE TABLE parent (id serial PRIMARY KEY, email text NOT NULL);
    CREATE TABLE child (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent integer NOT NULL REFERENCES parent, n integer, twice integer GENERATED ALWAYS AS (n * 2) STORED);
    CREATE TABLE lonely (n integer); CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    CREATE MATERIALIZED VIEW per_parent AS SELECT parent, count(*) FROM child GROUP BY parent;";
const RULES: &str = "tables:\n  parent: { keep: [id], mask: { email: email } }\n  child: { keep: [id, parent, n] }\n  lonely: { keep: [n] }\n";

/// A source with rows; a target that migrations made and went further with.
fn pair(name: &str) -> Pair {
    let pair = Pair::with(name, SCHEMA);
    pair.at_source(
        "INSERT INTO parent (email) SELECT 'p' || i || '@real.test' FROM generate_series(1, 300) i;
         INSERT INTO child (parent, n) SELECT 1 + i % 300, i FROM generate_series(1, 900) i;
         INSERT INTO lonely VALUES (1), (2); INSERT INTO alembic_version VALUES ('production');
         REFRESH MATERIALIZED VIEW per_parent",
    );
    pair.target_server.create(&pair.target);
    pair.at_target(SCHEMA);
    pair.at_target(
        "ALTER TABLE parent ADD COLUMN nick text; ALTER TABLE child ADD COLUMN flag boolean NOT NULL DEFAULT true;
         CREATE TABLE audit (what text); CREATE TABLE own (id integer PRIMARY KEY, parent integer REFERENCES parent ON DELETE CASCADE);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.audit VALUES (TG_OP); RETURN NULL; END$$;
         CREATE TRIGGER noted AFTER INSERT OR DELETE ON parent FOR EACH STATEMENT EXECUTE FUNCTION note();
         CREATE TRIGGER off AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE child DISABLE TRIGGER off;
         CREATE TRIGGER always AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE child ENABLE ALWAYS TRIGGER always;
         CREATE RULE soft AS ON DELETE TO lonely DO INSTEAD NOTHING;
         ALTER TABLE child ENABLE ROW LEVEL SECURITY; ALTER TABLE child FORCE ROW LEVEL SECURITY;
         COMMENT ON CONSTRAINT child_parent_fkey ON child IS 'kept';
         INSERT INTO parent (email) VALUES ('old@staging.test'), ('older@staging.test');
         INSERT INTO own VALUES (1, 1); INSERT INTO lonely VALUES (7); INSERT INTO alembic_version VALUES ('staging');
         TRUNCATE audit; REFRESH MATERIALIZED VIEW per_parent",
    );
    pair.rules_for("into: existing", RULES);
    pair
}

fn counts(pair: &Pair) -> String {
    pair.at_target(
        "SELECT (SELECT count(*) FROM parent), (SELECT count(*) FROM child), (SELECT count(*) FROM lonely), (SELECT count(*) FROM own),
                (SELECT count(*) FROM audit), (SELECT version_num FROM alembic_version), (SELECT count(*) FROM per_parent)",
    )
}

#[test]
fn rows_are_replaced_and_all_else_stays() {
    let pair = pair("existing_replace");
    let before = pair.at_target(STATE);
    pair.run(&["refresh", "--yes"]).expect(3).says("--adopt");
    pair.run(&["plan", "--adopt"]).expect(0).says("will be locked for about 1 s").says("public.parent");
    assert_eq!(counts(&pair), "2|0|1|1|0|staging|0");
    for flags in [&["refresh", "--yes", "--adopt"][..], &["refresh", "--yes", "--verify", "full"]] {
        pair.run(flags).expect(0);
        assert_eq!(counts(&pair), "300|900|2|1|0|staging|300");
        assert_eq!(pair.at_target(STATE), before);
        assert_eq!(pair.beside_target(), Vec::<String>::new());
    }
    assert_eq!(
        pair.at_target("SELECT count(*) FROM parent WHERE email LIKE '%real.test' OR email LIKE '%staging.test'"),
        "0"
    );
    assert_eq!(pair.at_target("SELECT bool_and(twice = n * 2 AND flag) FROM child"), "t");
    assert_eq!(pair.at_target("INSERT INTO parent (email) VALUES ('n') RETURNING id"), "301");
    assert_eq!(pair.at_target("INSERT INTO child (parent, n) VALUES (1, 1) RETURNING id"), "901");
}

#[test]
fn only_takes_the_tables_that_foreign_keys_tie() {
    let pair = pair("existing_only");
    pair.run(&["refresh", "--yes", "--adopt", "--only", "lonly"]).expect(3).says("did you mean `public.lonely`?");
    pair.run(&["refresh", "--yes", "--adopt", "--only", "lonely"]).expect(0);
    assert_eq!(counts(&pair), "2|0|2|1|0|staging|0");
    pair.run(&["refresh", "--yes", "--only", "child"]).expect(0);
    pair.at_target("INSERT INTO lonely VALUES (9)");
    assert_eq!(counts(&pair), "300|900|3|1|0|staging|300");
    pair.run(&["refresh", "--yes", "--only", "child", "--into", "swap"]).expect(2).says("--into existing");
}

#[test]
fn what_the_present_database_cannot_take_is_refused_all_at_once() {
    let pair = pair("existing_refused");
    pair.at_target(
        "ALTER TABLE parent DROP COLUMN email; ALTER TABLE child ADD COLUMN must text NOT NULL; DROP TABLE lonely",
    );
    let said = pair.run(&["refresh", "--yes", "--adopt"]).expect(3);
    for words in ["public.parent.email", "public.child.must", "public.lonely"] {
        assert!(said.text().contains(words), "{words}: {}", said.text());
    }
    assert_eq!(pair.beside_target(), Vec::<String>::new());
}

/// Rows, trigger states, sequences, and what triggers wrote.
fn state(pair: &Pair) -> [String; 4] {
    let sequences = "SELECT string_agg(concat_ws(' ', sequencename, last_value), ',' ORDER BY 1) FROM pg_sequences";
    [pair.digest(), pair.at_target(STATE), pair.at_target(sequences), pair.at_target("SELECT count(*) FROM audit")]
}

/// Every fourth statement, of all in turn over the runs of this test; all of them with STANDIN_TEST_ALL.
#[test]
fn whichever_statement_fails_the_present_database_is_the_old_one_or_the_new_one() {
    let pair = pair("existing_statement");
    pair.run(&["refresh", "--yes", "--adopt"]).expect(0);
    pair.at_target("UPDATE lonely SET n = n + 10");
    let old = state(&pair);
    let step = if std::env::var_os("STANDIN_TEST_ALL").is_some() { 1 } else { 6 };
    let start: usize = rand::random_range(0..step);
    let mut new = 0;
    for (round, at) in (start..).step_by(step).enumerate() {
        let harm = [Harm::Garbled, Harm::Lost, Harm::Unheard][round % 3];
        let sabotage = Sabotage::new(pair.target_server.port(), &pair.target, "LOCK TABLE", at, harm);
        let mut command = pair.command(&["refresh", "--yes"]);
        let url = pair.target_server.url(&pair.target, "postgres");
        command.env("STAGING_URL", url.replace(&pair.target_server.port().to_string(), &sabotage.port.to_string()));
        let run = Running::start(command).wait(Duration::from_secs(60)).no_panic();
        let context = format!("statement {at} {harm:?}\n{}", run.text());
        pair.expect_no_sessions(Duration::from_secs(5));
        match run.code() {
            Some(0) => {
                assert_eq!(pair.at_target("SELECT sum(n) FROM lonely"), "3", "{context}");
                pair.at_target("UPDATE lonely SET n = n + 10");
                new += 1;
            }
            Some(1 | 75) => assert_eq!(pair.beside_target(), Vec::<String>::new(), "{context}"),
            _ => panic!("{context}"),
        }
        assert_eq!(state(&pair), old, "{context}");
        if sabotage.seen() <= at {
            println!("{} of {} statements were harmed, {new} runs came through", round, sabotage.seen());
            assert!(sabotage.seen() > 30, "{}", sabotage.seen());
            return;
        }
    }
}

#[test]
fn killed_anywhere_the_present_database_is_the_old_one_or_the_new_one() {
    let pair = pair("existing_kill");
    pair.run(&["refresh", "--yes", "--adopt"]).expect(0);
    let took = pair.refresh().seconds;
    let new = state(&pair);
    pair.at_target("UPDATE lonely SET n = n + 10");
    let old = state(&pair);
    for round in 0..6 {
        let mut run = pair.start(&["refresh", "--yes"]);
        let moment = took.mul_f64(0.3 + 0.7 * rand::random::<f64>());
        while run.since.elapsed() < moment && !run.ended() {
            std::thread::sleep(Duration::from_millis(2));
        }
        if !run.ended() {
            run.signal(if round % 4 == 3 { Signal::TERM } else { Signal::KILL });
        }
        let run = run.wait(Duration::from_secs(10)).no_panic();
        pair.expect_no_sessions(Duration::from_secs(10));
        let found = state(&pair);
        assert!(found == old || found == new, "round {round} after {moment:?}\n{}", run.text());
        if found == new {
            pair.at_target("UPDATE lonely SET n = n + 10");
        }
    }
    pair.refresh();
    assert_eq!(state(&pair), new);
    assert_eq!(pair.beside_target(), Vec::<String>::new());
}

/// Rows of the target's own that refer to what is gone, and a check that only staging has.
#[test]
fn a_failure_leaves_rows_states_and_sequences_as_they_were() {
    let pair = pair("existing_failure");
    for breaks in [
        "INSERT INTO parent VALUES (5000, 'x'); INSERT INTO own VALUES (2, 5000)",
        "ALTER TABLE child ADD CHECK (n < 500)",
    ] {
        pair.at_target(breaks);
        let before = state(&pair);
        pair.run(&["refresh", "--yes", "--adopt"]).expect(1).never_says("real.test");
        assert_eq!(state(&pair), before);
        assert_eq!(pair.beside_target(), Vec::<String>::new());
    }
}

/// A snapshot that is older than the COMMIT, and tables that it has not touched yet.
#[test]
fn a_reader_with_an_older_snapshot_sees_the_old_rows() {
    let pair = pair("existing_reader");
    // Of all that the reader sees, only a sequence is not as its snapshot has it.
    pair.at_target("CREATE SEQUENCE refreshed");
    let reader = std::thread::scope(|scope| {
        let read = scope.spawn(|| {
            pair.at_target(
                "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM audit;
                 DO $$BEGIN FOR i IN 1..600 LOOP EXIT WHEN (SELECT is_called FROM refreshed);
                 PERFORM pg_sleep(0.05); END LOOP; END$$; SELECT count(*) FROM parent; COMMIT",
            )
        });
        let start = std::time::Instant::now();
        while pair.at_target("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(0.05)%' AND pid <> pg_backend_pid()") == "0" {
            assert!(start.elapsed() < Duration::from_secs(30), "the reader never began");
        }
        pair.run(&["refresh", "--yes", "--adopt"]).expect(0);
        pair.at_target("SELECT nextval('refreshed')");
        read.join().expect("the reader")
    });
    assert_eq!(reader.lines().last(), Some("2"), "{reader}");
    assert_eq!(pair.at_target("SELECT count(*) FROM parent"), "300");
}

/// Pagila, whose payments are partitioned; its staging has one table and one nullable column more.
#[test]
fn pagila_is_replaced_in_place() {
    let pair = Pair::with_dataset("existing_pagila", "pagila/pagila.sql.gz");
    pair.rules(&keep_everything(pair.source_server, &pair.source));
    pair.refresh();
    pair.at_target(
        "CREATE TABLE feature (name text); INSERT INTO feature VALUES ('a'); ALTER TABLE film ADD COLUMN rank integer;
         DELETE FROM payment WHERE payment_id % 2 = 0; UPDATE actor SET first_name = 'x'",
    );
    let state = pair.at_target(STATE);
    pair.run(&["refresh", "--yes", "--into", "existing"]).expect(0);
    assert_eq!(pair.at_target(STATE), state);
    assert_eq!(pair.at_target("SELECT count(*) FROM feature"), "1");
    for table in ["payment", "actor", "film", "rental", "inventory"] {
        let digest = format!("SELECT count(*) FROM {table}");
        assert_eq!(pair.at_target(&digest), pair.at_source(&digest), "{table}");
    }
    assert_eq!(pair.at_target("SELECT count(*) FROM actor WHERE first_name = 'x'"), "0");
}
