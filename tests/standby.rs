//! A hot standby as the source: it can be read, and nothing else.

use crate::fixture::{Pair, Server, keep_everything, servers};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A standby that ends with the test.
struct Standby {
    process: Child,
    primary: &'static Server,
    socket: tempfile::TempDir,
}

impl Standby {
    fn of(primary: &'static Server, settings: &[&str]) -> Self {
        let owner = std::fs::metadata(primary.data()).expect("a server");
        let (user, group) = (owner.uid(), owner.gid());
        let socket = tempfile::Builder::new().prefix("standin-test-").tempdir_in("/tmp").expect("a directory");
        let data = socket.path().join("data");
        let backup = primary
            .client("pg_basebackup", "postgres")
            .args(["-R", "-X", "stream", "-c", "fast", "-D"])
            .arg(&data)
            .output();
        let backup = backup.expect("pg_basebackup");
        assert!(backup.status.success(), "{}", String::from_utf8_lossy(&backup.stderr));
        give(socket.path(), user, group);
        let programs = standin::pg::programs::server().expect("a server").path;
        let mut postgres = Command::new(programs.join("postgres"));
        postgres.arg("-D").arg(&data).arg("-k").arg(socket.path()).args(["-p", "5432", "-c", "listen_addresses="]);
        postgres.args(settings.iter().flat_map(|setting| ["-c", setting]));
        let process = postgres
            .uid(user)
            .gid(group)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Standby { process: process.expect("postgres"), primary, socket }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@/{database}?host={}", self.socket.path().display())
    }

    /// Waits until the standby has everything that the primary has.
    fn catch_up(&self) {
        // The tests' servers do not wait for the log to be written: what is committed is in it once a commit that waits is.
        self.primary.psql("postgres", "SET synchronous_commit = local; SELECT txid_current()");
        let asked = "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn())";
        let since = Instant::now();
        while self.primary.psql("postgres", asked) != "t" {
            assert!(since.elapsed() < Duration::from_secs(30), "the standby does not follow");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.process),
            rustix::process::Signal::QUIT,
        );
        let _ = self.process.wait();
    }
}

/// Makes a directory and everything in it the server's user's.
fn give(path: &Path, user: u32, group: u32) {
    chown(path, Some(user), Some(group)).expect("a file of ours");
    if path.is_dir() && !path.is_symlink() {
        for entry in std::fs::read_dir(path).expect("a directory") {
            give(&entry.expect("an entry").path(), user, group);
        }
    }
}

#[test]
fn a_standby_is_cloned_but_for_what_it_does_not_have() {
    let primary: &'static Server = Box::leak(Box::new(Server::start(&[])));
    let pair = Pair::between(primary, &servers().target, "standby");
    pair.at_source(
        "CREATE TABLE item (id serial PRIMARY KEY, at date); INSERT INTO item (at) VALUES ('2020-01-01'), (now());
         CREATE SEQUENCE own; SELECT setval('own', 41); SELECT lo_from_bytea(4242, 'blob');",
    );
    let standby = Standby::of(primary, &[]);
    standby.catch_up();
    let run = |arguments: &[&str]| {
        let mut command = pair.command(arguments);
        command.env("PRODUCTION_URL", standby.url(&pair.source));
        crate::fixture::Running::start(command).wait(Duration::from_secs(120))
    };
    let refresh = ["refresh", "--yes", "--verify", "full"];
    pair.rules(&keep_everything(primary, &pair.source));
    run(&refresh).expect(0);
    assert_eq!(
        pair.at_target(
            "SELECT nextval('own'), nextval('item_id_seq'), convert_from(lo_get(4242), 'UTF8'), count(*) FROM item"
        ),
        "42|3|blob|2"
    );

    pair.rules("policy: { large_objects: skip }\ntables: { item: { keep: rest, retain: { by: at, last: 12mo } } }\n");
    run(&refresh).expect(0);
    assert_eq!(pair.at_target("SELECT id FROM item"), "2");

    pair.at_source(
        "CREATE TABLE owner (id int PRIMARY KEY); INSERT INTO owner SELECT generate_series(1, 400);
         CREATE TABLE thing (id int PRIMARY KEY, owner int NOT NULL REFERENCES owner); INSERT INTO thing SELECT n, n % 400 + 1 FROM generate_series(1, 2000) n;
         CREATE TABLE hit (id int PRIMARY KEY, at timestamptz NOT NULL); INSERT INTO hit SELECT n, now() FROM generate_series(1, 1000) n;
         CREATE TABLE wage (id int PRIMARY KEY, pay int); INSERT INTO wage SELECT n, n FROM generate_series(1, 1000) n",
    );
    standby.catch_up();
    pair.rules(
        "policy: { large_objects: skip }
subset: { roots: [ { table: owner, sample: 10% } ], children: { thing: { most: 3, newest_by: id } } }
tables: { item: { keep: rest }, owner: { keep: rest }, thing: { keep: rest }, hit: { keep: rest, sample: 20% },
          wage: { keep: [id], mask: { pay: shuffle } } }\n",
    );
    run(&refresh).expect(0);
    let sampled = "SELECT count(*) BETWEEN 15 AND 75, (SELECT count(*) FROM thing) = 3 * count(*), (SELECT count(*) BETWEEN 120 AND 280 FROM hit),
                   (SELECT count(*) FROM item) FROM owner";
    assert_eq!(pair.at_target(sampled), "t|t|t|2");
    let moved = "SELECT count(*) FILTER (WHERE pay = id), sum(pay), count(DISTINCT pay) FROM wage";
    assert_eq!(pair.at_target(moved), "0|500500|1000");
    pair.at_source("DROP TABLE thing, owner, hit, wage");

    pair.at_source("CREATE UNLOGGED TABLE fast (id serial PRIMARY KEY); INSERT INTO fast DEFAULT VALUES; CREATE UNLOGGED SEQUENCE brisk");
    standby.catch_up();
    let rules = |empty: &str| {
        pair.rules(&format!(
            "policy: {{ large_objects: skip }}\n{empty}\ntables: {{ item: {{ keep: rest }}{} }}\n",
            if empty.is_empty() { ", fast: { keep: rest }" } else { "" }
        ));
    };
    rules("");
    run(&refresh).expect(3).says("unlogged-on-standby").says("public.fast");
    rules("empty: [fast]");
    run(&refresh).expect(0).says("public.brisk");
    assert_eq!(pair.at_target("SELECT nextval('fast_id_seq'), nextval('brisk')"), "1|1");
}

#[test]
fn a_standby_that_gives_no_snapshot_time_is_read_anew_or_given_up_whole() {
    let primary: &'static Server = Box::leak(Box::new(Server::start(&[])));
    let pair = Pair::between(primary, &servers().target, "standby_conflict");
    pair.at_source(
        "CREATE TABLE item (id integer PRIMARY KEY, label text); INSERT INTO item SELECT i, repeat(md5(i::text), 6) FROM generate_series(1, 10000) i;
         CREATE TABLE other (id integer PRIMARY KEY); INSERT INTO other SELECT generate_series(1, 1000)",
    );
    let standby = Standby::of(primary, &["max_standby_streaming_delay=0"]);
    standby.catch_up();
    pair.rules("tables: { item: { keep: [id, label] }, other: { keep: [id] } }\n");
    let refresh = || {
        let mut command = pair.command(&["refresh", "--yes", "--jobs", "1", "--max-rate", "600kB/s"]);
        command.env("PRODUCTION_URL", standby.url(&pair.source));
        crate::fixture::Running::start(command)
    };
    // VACUUM removes rows that the snapshot still needs, and the standby ends whoever has it.
    let vacuum = "UPDATE item SET label = label WHERE id % 50 = 0; VACUUM item; DELETE FROM other; INSERT INTO other SELECT generate_series(1, 1000); VACUUM other";
    let mut run = refresh();
    let mut vacuumed = 0;
    while !run.ended() {
        if run.stderr().contains("copying rows") && vacuumed < 2 {
            std::thread::sleep(Duration::from_millis(300));
            for statement in vacuum.split("; ") {
                pair.at_source(statement);
            }
            vacuumed += 1;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    run.wait(Duration::from_secs(60)).expect(0).says("trying again with a new one");
    assert_eq!(
        pair.at_target("SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM other) FROM item"),
        "10000|10000|1000"
    );
    let mut run = refresh();
    while !run.ended() {
        for statement in vacuum.split("; ") {
            pair.at_source(statement);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let run = run.wait(Duration::from_secs(60)).no_panic();
    assert!(matches!(run.code(), Some(0 | 75)), "{}", run.text());
    assert_eq!(
        pair.at_target("SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM other) FROM item"),
        "10000|10000|1000"
    );
    assert!(pair.beside_target().iter().all(|name| !name.contains("__standin_")));
}
