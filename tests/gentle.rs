//! Gentle on production: who waits for us is seen and comes first, and limits hold.

use crate::fixture::{Pair, Running};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// 40,000 rows of about 200 bytes, a view, and a small table.
const SOURCE: &str = "
    CREATE TABLE item (id integer PRIMARY KEY, label text) WITH (autovacuum_enabled = off);
    INSERT INTO item SELECT i, repeat(md5(i::text), 6) FROM generate_series(1, 40000) i;
    CREATE TABLE small (id integer PRIMARY KEY, item_id integer REFERENCES item);
    INSERT INTO small SELECT i, i FROM generate_series(1, 100) i;
    CREATE VIEW labels AS SELECT id, label FROM item;";

const TABLES: &str = "tables: { item: { keep: [id, label] }, small: { keep: [id, item_id] } }\n";

fn rules(pair: &Pair, limits: &str) {
    let text = format!(
        "version: 1\nenvironments:\n  production: {{ tier: production, url: \"${{PRODUCTION_URL}}\", limits: {{ {limits} }} }}\n  \
         staging: {{ tier: staging, from: production, url: \"${{STAGING_URL}}\" }}\n{TABLES}"
    );
    std::fs::write(pair.directory.path().join("standin.yaml"), text).unwrap();
}

/// Runs statements at the source one after the other, with a pause, until told to stop; returns the longest of them.
fn longest(pair: &Pair, sql: &str, pause: Duration, stop: &AtomicBool) -> Duration {
    let mut longest = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        let now = "SELECT extract(epoch FROM clock_timestamp())";
        let told = pair.at_source(&format!("{now}; {sql}; {now}"));
        let (first, last) = (told.lines().next().unwrap(), told.lines().last().unwrap());
        let [first, last] = [first, last].map(|time| time.parse::<f64>().unwrap());
        longest = longest.max(Duration::from_secs_f64(last - first));
        std::thread::sleep(pause);
    }
    longest
}

/// A refresh beside point queries and a migration of some kind; returns the longest query and the longest migration.
fn beside(pair: &Pair, migration: &str) -> (crate::fixture::Run, Duration, Duration) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let query =
            scope.spawn(|| longest(pair, "SELECT label FROM item WHERE id = 7", Duration::from_millis(50), &stop));
        let change = scope.spawn(|| longest(pair, migration, Duration::from_millis(1500), &stop));
        let run = pair.run(&["refresh", "--yes"]);
        stop.store(true, Ordering::Relaxed);
        (run, query.join().unwrap(), change.join().unwrap())
    })
}

#[test]
fn a_migration_comes_first_and_nobody_waits_longer_than_ddl_wait() {
    let pair = Pair::with("gentle_ddl", SOURCE);
    rules(&pair, "jobs: 2, max_rate: 3MB/s, ddl_wait: 2s");
    for migration in [
        "ALTER TABLE item ALTER COLUMN label SET DEFAULT 'none'",
        "BEGIN; LOCK TABLE labels IN ACCESS EXCLUSIVE MODE; COMMENT ON VIEW labels IS 'mine'; COMMIT",
    ] {
        let (run, query, change) = beside(&pair, migration);
        println!("{migration}: longest query {query:?}, longest migration {change:?}, exit {:?}", run.code());
        assert!(query < Duration::from_millis(2500), "{query:?}\n{}", run.text());
        assert!(change < Duration::from_millis(2500), "{change:?}\n{}", run.text());
        let run = run.expect(0).says("a statement at the source comes first");
        assert!(run.seconds > Duration::from_secs(2), "{:?}", run.seconds);
        assert_eq!(pair.at_target("SELECT count(*), sum(id) FROM item"), "40000|800020000");
    }
    pair.expect_no_sessions(Duration::from_secs(5));
}

#[test]
fn a_table_that_is_rewritten_or_renamed_under_the_snapshot_is_read_anew() {
    let pair = Pair::with("gentle_rewrite", SOURCE);
    pair.at_source("DROP VIEW labels");
    rules(&pair, "jobs: 1, max_rate: 4MB/s");
    for migration in [
        "ALTER TABLE item ALTER COLUMN label TYPE varchar(300); UPDATE item SET label = 'new' || id",
        "BEGIN; ALTER TABLE item RENAME TO old_item; CREATE TABLE item AS SELECT id, 'swapped' || id AS label FROM old_item; \
         ALTER TABLE item ADD PRIMARY KEY (id); DROP TABLE old_item CASCADE; COMMIT",
    ] {
        let mut run = pair.start(&["refresh", "--yes"]);
        until_says(&mut run, "copying rows");
        std::thread::sleep(Duration::from_millis(500));
        pair.at_source(migration);
        run.wait(Duration::from_secs(60)).expect(0);
        assert_eq!(pair.at_target("SELECT count(*) FROM item WHERE label ~ '^(new|swapped)'"), "40000", "{migration}");
    }
}

#[test]
fn whoever_holds_a_table_for_good_ends_the_run_by_name() {
    let pair = Pair::with("gentle_held", SOURCE);
    rules(&pair, "jobs: 1, max_rate: 4MB/s");
    let mut run = pair.start(&["refresh", "--yes"]);
    until_says(&mut run, "copying rows");
    let began = Instant::now();
    // The index waits for our snapshot, which no table can let go.
    pair.at_source("CREATE INDEX CONCURRENTLY held ON small (item_id)");
    assert!(began.elapsed() < Duration::from_millis(2500), "{:?}", began.elapsed());
    run.wait(Duration::from_secs(60)).expect(0).says("trying again with a new one");
}

fn until_says(run: &mut Running, words: &str) {
    while !run.stderr().contains(words) {
        assert!(!run.ended() && run.since.elapsed() < Duration::from_secs(20), "{}", run.stderr());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_rate_holds() {
    let pair = Pair::with("gentle_rate", SOURCE);
    rules(&pair, "jobs: 4, max_rate: 4MB/s");
    for (flags, rate) in [(&[][..], 4e6), (&["--max-rate", "3MB/s"], 3e6)] {
        let run = pair.run(&[&["refresh", "--yes", "--format", "json"], flags].concat()).expect(0);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let bytes: f64 =
            report["tables"].as_array().unwrap().iter().map(|table| table["bytes"].as_f64().unwrap()).sum();
        let measured = bytes / report["seconds"]["copy"].as_f64().unwrap();
        println!("{rate} bytes a second wanted, {measured} measured");
        assert!((rate * 0.8..rate * 1.1).contains(&measured), "{measured}");
    }
}

#[test]
fn limits_end_a_run_and_flags_only_tighten_them() {
    let pair = Pair::with("gentle_limits", SOURCE);
    rules(&pair, "jobs: 2, max_rate: 1MB/s, snapshot_age: 1s");
    pair.run(&["refresh", "--yes", "--jobs", "3", "--max-rate", "2MB/s"]).expect(2).says("--jobs and --max-rate");
    pair.run(&["refresh", "--yes", "--max-rate", "2 MB"]).expect(2).says("50MB/s");
    pair.run(&["refresh", "--yes"]).expect(75).says("snapshot_age");
    rules(&pair, "max_rate: 1MB/s, prefer: standby");
    let run = pair.run(&["refresh", "--yes", "--deadline", "1s"]).expect(75).says("deadline of 1 s");
    assert!(run.seconds < Duration::from_secs(5), "{:?}", run.seconds);
    assert_eq!(pair.beside_target(), Vec::<String>::new());
    pair.run(&["plan"]).expect(0).says("its limits prefer a standby");
    pair.expect_no_sessions(Duration::from_secs(5));
}
