//! Killed, interrupted, or beside another run: the published database stays whole, and nothing of ours stays behind.

use crate::compare;
use crate::fixture::{Pair, Running};
use rustix::process::Signal;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source that takes a refresh about a second: rows, indexes, a foreign key, a materialised view.
const SOURCE: &str = "
    CREATE TABLE generation (n integer PRIMARY KEY);
    INSERT INTO generation VALUES (0);
    CREATE TABLE parent (id integer PRIMARY KEY, email text UNIQUE NOT NULL, born date);
    INSERT INTO parent SELECT i, 'person' || i || '@real.test', date '1950-01-01' + i % 20000 FROM generate_series(1, 30000) i;
    CREATE TABLE child (id bigint PRIMARY KEY, parent integer REFERENCES parent, note text);
    INSERT INTO child SELECT i, 1 + i % 30000, md5(i::text) FROM generate_series(1, 60000) i;
    CREATE INDEX ON child (parent); CREATE INDEX ON child (note);
    CREATE MATERIALIZED VIEW per_parent AS SELECT parent, count(*) FROM child GROUP BY parent;";

const RULES: &str = "
tables:
  generation: { keep: [n] }
  parent: { keep: [id, born], mask: { email: email } }
  child: { keep: [id, parent], mask: { note: text } }
";

fn pair(name: &str) -> Pair {
    let pair = Pair::with(name, SOURCE);
    pair.rules(RULES);
    pair
}

/// The published rows but for the generation, and the generation.
fn published(pair: &Pair) -> (String, String) {
    let mut rows = compare::rows(pair.target_server, &pair.target);
    let generation = rows.remove("public.generation").expect("the table").concat();
    let mut hasher = blake3::Hasher::new();
    for (table, rows) in rows {
        hasher.update(format!("{table}\n{}\n", rows.join("\n")).as_bytes());
    }
    (hasher.finalize().to_hex().to_string(), generation)
}

/// Databases that were to become clones.
fn shadows(pair: &Pair) -> Vec<String> {
    pair.beside_target().into_iter().filter(|name| name.contains("__standin_")).collect()
}

/// xorshift64*: enough to pick moments.
struct Moments(u64);

impl Moments {
    fn new() -> Self {
        let seed = std::env::var("STANDIN_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
            u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros()).expect("fits")
                | 1
        });
        println!("STANDIN_TEST_SEED={seed}");
        Moments(seed)
    }

    fn next(&mut self, limit: Duration) -> Duration {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let share = (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f64 / f64::from(1 << 24);
        limit.mul_f64(share)
    }
}

#[test]
fn twenty_kills_leave_the_published_database_whole_and_the_next_run_cleans_up() {
    let pair = pair("kill");
    let mut took = pair.refresh().seconds;
    let (rows, _) = published(&pair);
    let mut moments = Moments::new();
    for round in 0..20 {
        pair.at_source(&format!("UPDATE generation SET n = {round}"));
        let (before, remains) = (published(&pair), shadows(&pair));
        assert_eq!(before.0, rows, "round {round}");
        let signal = [Signal::KILL, Signal::TERM, Signal::INT][round % 3];
        let moment = moments.next(took.mul_f64(1.1));
        let mut run = pair.start(&["refresh", "--yes"]);
        while run.since.elapsed() < moment && !run.ended() {
            std::thread::sleep(Duration::from_millis(2));
        }
        let ended = run.ended();
        if !ended {
            run.signal(signal);
        }
        let result = run.wait(Duration::from_secs(10)).no_panic();
        let context = format!("round {round}, {signal:?} after {moment:?}\n{}", result.stderr);
        match (ended, signal) {
            (true, _) => assert_eq!(result.code(), Some(0), "{context}"),
            (false, Signal::KILL) => assert!([None, Some(0)].contains(&result.code()), "{context}"),
            // A signal after the swap's COMMIT changes nothing of the result.
            (false, signal) => {
                let code = if signal == Signal::TERM { 143 } else { 130 };
                assert!([Some(code), Some(0)].contains(&result.code()), "{context}");
            }
        }
        let after = published(&pair);
        assert_eq!(after.0, rows, "{context}");
        assert!(after.1 == before.1 || after.1 == round.to_string(), "{context}");
        if result.code().is_some_and(|code| code != 0) {
            assert_eq!(after.1, before.1, "published by an interrupted run: {context}");
        }
        pair.expect_no_sessions(Duration::from_secs(30));
        // What an earlier kill left is the next whole run's to remove; an interrupted one removes its own.
        let fresh = shadows(&pair).into_iter().filter(|name| !remains.contains(name)).count();
        assert!(fresh <= usize::from(result.code().is_none()), "{context}");
        if round % 4 == 3 {
            let again = pair.refresh();
            took = took.min(again.seconds);
            assert_eq!(published(&pair), (rows.clone(), round.to_string()));
        }
    }
    pair.refresh();
    let beside = pair.beside_target();
    assert_eq!(beside.len(), 1, "one previous database and no shadow: {beside:?}");
    assert!(beside[0].contains("__previous_"), "{beside:?}");
    pair.expect_no_sessions(Duration::from_secs(5));
    let others = pair
        .source_server
        .psql(&pair.source, "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()");
    assert_eq!(others, "0", "replication slots at the source");
}

/// Waits until a run of ours is at work on the target: its shadow is there.
fn until_building(pair: &Pair, run: &mut Running) {
    let start = Instant::now();
    while shadows(pair).is_empty() {
        assert!(!run.ended(), "ended too soon: {}", run.stderr());
        assert!(start.elapsed() < Duration::from_secs(20), "{}", run.stderr());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_second_of_two_refreshes_gives_way_at_once() {
    let pair = pair("kill_two");
    pair.at_source(
        "CREATE FUNCTION slow(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_catalog.pg_sleep(3); RETURN $1; END';
         CREATE INDEX slow ON generation (public.slow(n))",
    );
    let mut first = pair.start(&["refresh", "--yes"]);
    until_building(&pair, &mut first);
    let second = pair.run(&["refresh", "--yes"]).expect(75);
    assert!(second.seconds < Duration::from_secs(2), "{:?}", second.seconds);
    let second = second.says("works on this database");
    assert!(second.text().contains("standin/"), "the holder is named: {}", second.text());
    first.wait(Duration::from_secs(60)).expect(0);
    assert_eq!(pair.at_target("SELECT count(*) FROM child"), "60000");
}

#[test]
fn of_any_two_commands_one_wins_and_the_other_gives_way_at_once() {
    let rules = "tables: { item: { keep: [id] } }\n";
    let pair = Pair::with("kill_others", "CREATE TABLE item (id integer PRIMARY KEY); INSERT INTO item VALUES (1)");
    pair.rules(rules);
    pair.refresh();
    pair.run(&["refresh", "--yes", "--hold"]).expect(0);
    pair.run(&["baseline", "save", "--in", "staging", "--end-sessions"]).expect(0);
    std::fs::write(pair.directory.path().join("slow.sql"), "SELECT pg_sleep(60)").expect("a file");
    pair.rules_for("after: [{ sql: slow.sql }]", rules);
    let before = pair.digest();
    let (refresh, reset) = (&["refresh", "--yes"][..], &["reset", "--to", "staging"][..]);
    for (winner, losers) in
        [(refresh, &[refresh, reset, &["publish"]][..]), (reset, &[refresh, &["rollback", "--yes"]])]
    {
        let mut first = pair.start(winner);
        while !first.stderr().contains("slow.sql") {
            assert!(!first.ended() && first.since.elapsed() < Duration::from_secs(20), "{}", first.stderr());
            std::thread::sleep(Duration::from_millis(5));
        }
        for loser in losers {
            let run = pair.run(loser).expect(75).says("works on this database");
            assert!(run.seconds < Duration::from_secs(2), "{loser:?}: {:?}", run.seconds);
        }
        first.signal(Signal::TERM);
        first.wait(Duration::from_secs(5)).expect(143);
        assert_eq!(pair.digest(), before);
    }
    pair.expect_no_sessions(Duration::from_secs(5));
    pair.run(&["publish"]).expect(0);
}

/// A session at the source that runs SQL until it is killed.
fn hold(pair: &Pair, sql: &str) -> std::process::Child {
    let mut psql = pair.source_server.client("psql", &pair.source);
    psql.args(["-Xq", "-c", sql]).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    psql.spawn().expect("psql")
}

#[test]
fn sigterm_while_waiting_for_a_lock_ends_within_ten_seconds() {
    let pair = pair("kill_wait");
    pair.refresh();
    let before = pair.digest();
    let mut blocker = hold(&pair, "BEGIN; LOCK TABLE child IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)");
    std::thread::sleep(Duration::from_millis(300));
    let mut run = pair.start(&["refresh", "--yes"]);
    std::thread::sleep(Duration::from_millis(700));
    if !run.ended() {
        let signalled = Instant::now();
        run.signal(Signal::TERM);
        run.wait(Duration::from_secs(10)).expect(143);
        assert!(signalled.elapsed() < Duration::from_secs(10));
    } else {
        // Giving way to the lock's holder is as good.
        run.wait(Duration::from_secs(1)).expect(75);
    }
    blocker.kill().expect("a child");
    blocker.wait().expect("a child");
    assert_eq!(pair.digest(), before);
    pair.expect_no_sessions(Duration::from_secs(5));
    assert_eq!(shadows(&pair), Vec::<String>::new());
}
