//! What the rules want done in a built database: done before anybody sees it, and nothing is published if it fails.

use crate::fixture::{KEY, Pair, Run};
use rustix::process::Signal;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const SOURCE: &str = "
    CREATE TABLE parent (id integer PRIMARY KEY, email text UNIQUE NOT NULL);
    CREATE TABLE child (id integer PRIMARY KEY, parent_id integer NOT NULL REFERENCES parent, amount integer CHECK (amount > 0));
    INSERT INTO parent SELECT i, 'p' || i || '@real.test' FROM generate_series(1, 20) i;
    INSERT INTO child SELECT i, i, i FROM generate_series(1, 20) i;";

const RULES: &str = "
tables:
  parent: { keep: [id], mask: { email: email } }
  child: { keep: [id, parent_id, amount] }
";

fn pair(name: &str) -> Pair {
    let pair = Pair::with(name, SOURCE);
    pair.rules(RULES);
    pair
}

/// Writes a file beside the rules; a `#!` makes it a program.
fn file(pair: &Pair, name: &str, text: &str) {
    let path = pair.directory.path().join(name);
    fs::write(&path, text).unwrap();
    if text.starts_with("#!") {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn after(pair: &Pair, hooks: &str) {
    pair.rules_for(&format!("after: [{hooks}]"), RULES);
}

/// A refresh whose hooks fail: exit 1, the old rows, nothing beside them, no session.
fn refused(pair: &Pair) -> Run {
    let before = pair.digest();
    pair.at_source("UPDATE child SET amount = amount + 1");
    let run = pair.run(&["refresh", "--yes"]).expect(1);
    assert_eq!(pair.digest(), before, "{}", run.text());
    assert!(pair.beside_target().iter().all(|name| !name.contains("__standin_")), "{:?}", pair.beside_target());
    pair.expect_no_sessions(Duration::from_secs(5));
    run.never_says("@real.test")
}

#[test]
fn hooks_work_in_the_built_database_in_order_and_know_no_secret() {
    let pair = pair("after_works");
    file(
        &pair,
        "add.sql",
        "-- a newer migration\nALTER TABLE child ADD COLUMN note text DEFAULT 'new';\nCREATE TABLE seen (line text);",
    );
    file(
        &pair,
        "migrate",
        "#!/bin/sh\nset -e\nenv >\"$1\"\npsql -Xq \"$DATABASE_URL\" -v ON_ERROR_STOP=1 -c \"INSERT INTO seen SELECT current_database() || ' ' || current_setting('application_name')\"\npsql -Xq -c \"UPDATE child SET note = 'mine' WHERE id = 1\"",
    );
    after(&pair, "{ sql: add.sql, timeout: 60s }, { run: [./migrate, \"${WORD}\"] }");
    let mut command = pair.command(&["refresh", "--yes", "--format", "json"]);
    command.env("WORD", "words").env("COPIED", format!("see {KEY}")).env("RAILS_ENV", "staging");
    let run = crate::fixture::Running::start(command).wait(Duration::from_secs(60)).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(report["seconds"]["after"].is_number(), "{report}");
    assert_eq!(pair.at_target("SELECT note FROM child WHERE id < 3 ORDER BY id"), "mine\nnew");
    let seen = pair.at_target("SELECT line FROM seen");
    let run_id = report["run"].as_str().unwrap();
    assert!(
        seen.starts_with(&format!("{}__standin_", pair.target)) && seen.ends_with(&format!("standin/{run_id}")),
        "{seen}"
    );
    let environment = fs::read_to_string(pair.directory.path().join("words")).unwrap();
    assert!(
        environment.contains("RAILS_ENV=staging") && environment.contains("DATABASE_URL=postgresql://"),
        "{environment}"
    );
    for secret in [KEY, "STANDIN_KEY", "PRODUCTION_URL", "STAGING_URL", "COPIED", &pair.source] {
        assert!(!environment.contains(secret), "{secret} in {environment}");
    }
}

#[test]
fn a_hook_that_fails_is_named_and_nothing_is_published() {
    let pair = pair("after_fails");
    pair.refresh();
    file(&pair, "typo.sql", "SELECT 1;\n\nSELECT amont FROM child;");
    after(&pair, "{ sql: typo.sql }");
    refused(&pair).says("typo.sql:3: column \"amont\" does not exist");
    file(&pair, "cast.sql", "SELECT email::regclass FROM parent;");
    after(&pair, "{ sql: cast.sql }");
    refused(&pair).says("after: sql cast.sql").never_says("@example.com");
    file(&pair, "no", "#!/bin/sh\nexit 7");
    after(&pair, "{ run: [./no] }");
    refused(&pair).says("after: run ./no").says("exit status 7");
    after(&pair, "{ run: [standin-has-no-such-program] }");
    refused(&pair).says("cannot be started");
}

#[test]
fn a_hook_that_breaks_a_constraint_is_named() {
    let pair = pair("after_breaks");
    pair.refresh();
    for sql in [
        "INSERT INTO child VALUES (100, 100, 1);",
        "SET session_replication_role = replica; DELETE FROM parent WHERE id = 3;",
        "ALTER TABLE child DISABLE TRIGGER ALL; DELETE FROM parent WHERE id = 3;",
        "ALTER TABLE child DROP CONSTRAINT child_amount_check, ADD CONSTRAINT child_amount_check CHECK (amount > 5) NOT VALID;",
        "INSERT INTO parent VALUES (0, 'none'); PREPARE TRANSACTION 'left open';",
        "ALTER TABLE child ALTER CONSTRAINT child_parent_id_fkey DEFERRABLE INITIALLY DEFERRED; UPDATE child SET parent_id = 100 WHERE id = 1;",
    ] {
        file(&pair, "break.sql", sql);
        after(&pair, "{ sql: break.sql }");
        refused(&pair).says("after: sql break.sql");
    }
}

#[test]
fn what_a_hook_changed_is_told() {
    let pair = Pair::with(
        "after_told",
        &format!(
            "{SOURCE} CREATE TABLE log (line text); INSERT INTO log VALUES ('a'), ('b');
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER noted BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION note()"
        ),
    );
    let rules = format!("{RULES}  log: {{ mask: {{ line: text }} }}\n");
    file(
        &pair,
        "own.sql",
        "TRUNCATE log; ALTER TABLE child DISABLE TRIGGER noted; DELETE FROM child WHERE id > 15; INSERT INTO child VALUES (99, 1, 1);",
    );
    file(
        &pair,
        "newer.sql",
        "ALTER TABLE child ADD COLUMN note text; CREATE TABLE newer (id integer PRIMARY KEY); DROP TABLE log;",
    );
    // A hook may want the database for itself.
    file(
        &pair,
        "alone.sql",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    pair.rules_for("after: [{ sql: own.sql }, { sql: newer.sql }, { sql: alone.sql }]", &rules);
    let run = pair.run(&["refresh", "--yes", "--report", "a.json"]).expect(0);
    let run = run.says("the trigger public.child, noted changed").says("the table public.log is gone");
    run.says("after: sql own.sql: 1 change of the schema, 6 rows in");
    let report = fs::read_to_string(pair.directory.path().join("a.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let hooks = &report["hooks"];
    assert_eq!(hooks[1]["lost"], serde_json::json!(["the table public.log is gone"]), "{hooks:#}");
    assert_eq!(hooks[1]["new"][0], "the column public.child.note", "{hooks:#}");
    let wrote = |table: &str, inserted: u64, deleted: u64, emptied: bool| serde_json::json!({ "table": table, "inserted": inserted, "updated": 0, "deleted": deleted, "emptied": emptied });
    let rows = hooks[0]["rows"].as_array().unwrap();
    for wrote in [wrote("public.child", 1, 5, false), wrote("public.log", 0, 0, true)] {
        assert!(rows.contains(&wrote), "{rows:?}");
    }
    assert_eq!(report["verify"]["after"], "ok");
    let expecting = rules.replace("amount] }", "amount], expect: { at_least: 20 } }");
    pair.rules_for("after: [{ sql: own.sql }]", &expecting);
    let before = pair.digest();
    pair.run(&["refresh", "--yes"]).expect(4).says("the clone holds 16 rows").says("public.child");
    assert_eq!((pair.digest(), pair.beside_target().len()), (before, 0));
}

#[test]
fn killed_anywhere_in_its_hooks_a_refresh_leaves_staging_whole() {
    let pair = pair("after_sweep");
    file(
        &pair,
        "one.sql",
        "INSERT INTO parent SELECT i, 'n' || i FROM generate_series(100, 5000) i; SELECT pg_sleep(0.1)",
    );
    file(&pair, "two", "#!/bin/sh\npsql -Xq \"$DATABASE_URL\" -c 'INSERT INTO child VALUES (99, 1, 1)'; sleep 0.2");
    after(&pair, "{ sql: one.sql }, { run: [./two] }");
    let took = pair.refresh().seconds;
    let before = pair.digest();
    for round in 0..6 {
        let mut run = pair.start(&["refresh", "--yes"]);
        let moment = took.mul_f64(0.3 + 0.6 * rand::random::<f64>());
        while run.since.elapsed() < moment && !run.ended() {
            std::thread::sleep(Duration::from_millis(2));
        }
        if !run.ended() {
            run.signal(if round % 4 == 3 { Signal::TERM } else { Signal::KILL });
        }
        run.wait(Duration::from_secs(10)).no_panic();
        assert_eq!(pair.digest(), before, "round {round} after {moment:?}");
    }
    pair.refresh();
    assert_eq!((pair.digest(), pair.beside_target().len()), (before, 1));
}

#[test]
fn a_hook_that_hangs_is_ended_with_its_children() {
    let pair = pair("after_hangs");
    pair.refresh();
    file(&pair, "hang.sql", "SELECT pg_sleep(60);");
    file(&pair, "hang", "#!/bin/sh\npsql -Xq \"$DATABASE_URL\" -c 'SELECT pg_sleep(60)' & wait");
    for hook in ["{ sql: hang.sql, timeout: 1s }", "{ run: [./hang], timeout: 1s }"] {
        after(&pair, hook);
        let run = refused(&pair).says("was not done within 1 s");
        assert!(run.seconds < Duration::from_secs(10), "{:?}", run.seconds);
    }
}

/// Is the process still at work: one that has ended may stay in the list until somebody asks.
fn alive(pid: i32) -> bool {
    let listed = std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8_lossy(&listed.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

#[test]
fn a_hook_ends_with_the_run_however_that_ends() {
    let pair = pair("after_killed");
    pair.refresh();
    let before = pair.digest();
    let begun = pair.directory.path().join("begun");
    file(
        &pair,
        "hang.sql",
        "COPY (SELECT 1) TO PROGRAM 'cat >begun'; SELECT pg_sleep(60);"
            .replace("begun", begun.to_str().unwrap())
            .as_str(),
    );
    file(&pair, "hang", "#!/bin/sh\nsleep 60 &\necho $! >begun\nwait");
    fs::set_permissions(pair.directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    for hook in ["{ sql: hang.sql }", "{ run: [./hang] }"] {
        for (signal, code) in [(Signal::KILL, None), (Signal::TERM, Some(143))] {
            after(&pair, hook);
            let mut run = pair.start(&["refresh", "--yes"]);
            while !fs::read_to_string(&begun).is_ok_and(|text| text.ends_with('\n')) {
                assert!(!run.ended() && run.since.elapsed() < Duration::from_secs(20), "{}", run.stderr());
                std::thread::sleep(Duration::from_millis(20));
            }
            let sleeper: i32 = fs::read_to_string(&begun).unwrap().trim().parse().unwrap();
            fs::remove_file(&begun).unwrap();
            run.signal(signal);
            assert_eq!(run.wait(Duration::from_secs(10)).code(), code);
            let start = Instant::now();
            let there = || match Some(sleeper).filter(|_| hook.contains("run")) {
                Some(sleeper) => alive(sleeper),
                None => !pair.target_server.sessions(&format!("{}__", pair.target)).is_empty(),
            };
            while there() {
                assert!(start.elapsed() < Duration::from_secs(5), "{hook} outlives {signal:?}");
                std::thread::sleep(Duration::from_millis(20));
            }
            assert_eq!(pair.digest(), before);
            pair.rules(RULES);
            pair.refresh();
            assert_eq!(pair.beside_target().len(), 1, "{:?}", pair.beside_target());
        }
    }
}

#[test]
fn what_is_wrong_with_a_hook_is_said_before_any_server_is_asked() {
    let pair = pair("after_wrong");
    for (hook, words) in [
        ("{ sql: none.sql }", "cannot be read"),
        ("{ run: [bin/none] }", "no such program"),
        ("{ run: [] }", "names no program"),
        ("{ sql: a.sql, run: [b] }", "either `sql` or `run`"),
        ("{ sql: a.sql, timeout: soon }", "`timeout`"),
        ("{ shell: a }", "unknown key `shell`"),
    ] {
        after(&pair, hook);
        pair.run(&["plan"]).expect(2).says(words);
    }
}
