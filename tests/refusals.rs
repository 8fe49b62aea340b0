//! What is refused before anything happens: new columns and tables that no rule decides, and inputs that are wrong.

use crate::fixture::{KEY, Pair, Running, standin};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

const RULES: &str = "tables:\n  users: { keep: rest, mask: { email: email } }\n  orders: { keep: rest }\n";

fn pair(name: &str) -> Pair {
    let pair = Pair::with(
        name,
        "CREATE TABLE users (id integer PRIMARY KEY, email text); INSERT INTO users SELECT i, 'u' || i || '@real.test' FROM generate_series(1, 50) i;
         CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users, total numeric); INSERT INTO orders SELECT i, i, i FROM generate_series(1, 50) i;
         CREATE EXTENSION citext; ANALYZE;",
    );
    pair.rules(RULES);
    pair
}

/// Rows that anyone read from tables of the source, by the server's own count.
fn rows_read(pair: &Pair) -> String {
    pair.at_source("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables")
}

#[test]
fn whatever_is_new_at_the_source_is_refused_by_name_and_no_row_is_read() {
    let pair = pair("refuse_new");
    pair.refresh();
    let (digest, beside) = (pair.digest(), pair.beside_target());
    for (add, take_back, named) in [
        ("ALTER TABLE users ADD COLUMN ssn text", "ALTER TABLE users DROP COLUMN ssn", "users.ssn"),
        ("ALTER TABLE users ADD COLUMN nick citext", "ALTER TABLE users DROP COLUMN nick", "users.nick"),
        ("ALTER TABLE orders ADD COLUMN labels text[]", "ALTER TABLE orders DROP COLUMN labels", "orders.labels"),
        ("ALTER TABLE orders ADD COLUMN doc jsonb", "ALTER TABLE orders DROP COLUMN doc", "orders.doc"),
        ("ALTER TABLE orders ADD COLUMN blob bytea", "ALTER TABLE orders DROP COLUMN blob", "orders.blob"),
        (
            "ALTER TABLE orders ADD COLUMN seen_from inet",
            "ALTER TABLE orders DROP COLUMN seen_from",
            "orders.seen_from",
        ),
        ("CREATE DOMAIN dom AS varchar(9); ALTER TABLE orders ADD COLUMN d dom", "DROP DOMAIN dom CASCADE", "orders.d"),
        (
            "CREATE TYPE pair AS (a integer, b text); ALTER TABLE orders ADD COLUMN p pair",
            "DROP TYPE pair CASCADE",
            "orders.p",
        ),
        (
            "CREATE TYPE tr AS RANGE (subtype = text); ALTER TABLE orders ADD COLUMN r tr",
            "DROP TYPE tr CASCADE",
            "orders.r",
        ),
        ("CREATE TABLE invoices (id integer)", "DROP TABLE invoices", "invoices"),
        (
            "CREATE TABLE parts (id integer, t text) PARTITION BY LIST (id); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1)",
            "DROP TABLE parts",
            "parts",
        ),
        ("CREATE SCHEMA hr; CREATE TABLE hr.users (id integer)", "DROP SCHEMA hr CASCADE", "hr.users"),
        ("CREATE TABLE heir (own text) INHERITS (orders)", "DROP TABLE heir", "heir"),
    ] {
        pair.at_source(add);
        pair.expect_no_sessions(Duration::from_secs(5));
        let before = rows_read(&pair);
        pair.run(&["plan"]).expect(3).says(named);
        pair.run(&["refresh", "--yes"]).expect(3).says(named);
        pair.expect_no_sessions(Duration::from_secs(5));
        assert_eq!(rows_read(&pair), before, "rows were read: {add}");
        assert_eq!(pair.beside_target(), beside, "{add}");
        pair.at_source(take_back);
    }
    assert_eq!(pair.digest(), digest);
    pair.refresh();
}

#[test]
fn every_refusal_is_told_at_once() {
    let pair = pair("refuse_all");
    pair.at_source("ALTER TABLE users ADD COLUMN ssn text, ADD COLUMN bio text; CREATE TABLE extra (id integer); ALTER TABLE orders ADD COLUMN note text");
    let run = pair.run(&["plan"]).expect(3);
    for name in ["users.ssn", "users.bio", "extra", "orders.note"] {
        assert!(run.text().contains(name), "{name}: {}", run.text());
    }
}

#[test]
fn rules_that_bind_to_nothing_are_refused() {
    let pair = pair("refuse_unbound");
    for (rules, named) in [
        ("tables:\n  users: { keep: rest, mask: { email: email, emial: email } }\n  orders: { keep: rest }\n", "emial"),
        ("tables:\n  users: { keep: [id, nmae], mask: { email: email } }\n  orders: { keep: rest }\n", "nmae"),
        (
            "tables:\n  users: { keep: rest, mask: { email: email } }\n  orders: { keep: rest }\n  ordres: { keep: rest }\n",
            "ordres",
        ),
        (
            "empty: [\"job_*\"]\ntables:\n  users: { keep: rest, mask: { email: email } }\n  orders: { keep: rest }\n",
            "job_*",
        ),
        (
            "patterns: { \"*.telephone\": phone }\ntables:\n  users: { keep: rest, mask: { email: email } }\n  orders: { keep: rest }\n",
            "*.telephone",
        ),
    ] {
        pair.rules(rules);
        pair.run(&["plan"]).expect(3).says(named);
        pair.run(&["refresh", "--yes"]).expect(3).says(named);
    }
    assert_eq!(pair.target_server.databases(&pair.target), Vec::<String>::new());
}

#[test]
fn predicates_that_are_not_one_sober_expression_are_refused() {
    let pair = pair("refuse_predicate");
    for predicate in [
        "id = 1; DROP TABLE orders",
        "id = (1",
        "id = 1 -- and more",
        "random() < 0.5",
        "id IN (DELETE FROM orders RETURNING id)",
        "no_such_column = 1",
        "id",
        "",
        "pg_catalog.pg_read_file('/etc/passwd') <> ''",
        "id = 'x'",
        "nextval('s') > 0",
    ] {
        pair.rules(&format!("tables:\n  users: {{ keep: rest, mask: {{ email: email }} }}\n  orders: {{ keep: rest, delete: {predicate:?} }}\n"));
        let run = pair.run(&["refresh", "--yes"]).no_panic();
        assert!(matches!(run.code(), Some(2 | 3)), "{predicate}: {:?}\n{}", run.code(), run.text());
        assert!(run.text().contains("standin.yaml:") || run.text().contains("orders"), "{predicate}: {}", run.text());
    }
    assert_eq!(pair.at_source("SELECT count(*) FROM orders"), "50");
    assert_eq!(pair.target_server.databases(&pair.target), Vec::<String>::new());
}

#[test]
fn masks_that_do_not_fit_their_column_are_refused() {
    let pair = Pair::with(
        "refuse_masks",
        "CREATE TABLE t (id integer PRIMARY KEY, short varchar(5) NOT NULL, n integer NOT NULL, code text UNIQUE, k integer GENERATED ALWAYS AS (1) STORED, b boolean);
         CREATE TABLE u (code text REFERENCES t (code), id integer REFERENCES t);
         INSERT INTO t (id, short, n, code) VALUES (1, 'abc', 1, 'x');",
    );
    for (t, u, named) in [
        ("keep: [id, n, code, b], mask: { short: email }", "keep: [id, code]", "t.short"),
        ("keep: [id, n, code, b], mask: { short: erase }", "keep: [id, code]", "t.short"),
        ("keep: [id, short, code, b], mask: { n: email }", "keep: [id, code]", "t.n"),
        ("keep: [id, short, code], mask: { n: erase, b: phone }", "keep: [id, code]", "t.n"),
        ("keep: [id, short, n, b], mask: { code: { choice: [a, b] } }", "keep: [id]", "t.code"),
        ("keep: [id, short, n, b], mask: { code: username }", "keep: [id, code]", "u.code"),
        ("keep: [id, short, n, b, code], mask: { k: { constant: 1 } }", "keep: [id, code]", "t.k"),
    ] {
        pair.rules(&format!("tables:\n  t: {{ {t} }}\n  u: {{ {u} }}\n"));
        let run = pair.run(&["plan"]);
        assert!(run.code() == Some(3) && run.text().contains(named), "{t}: {:?} {}", run.code(), run.text());
        run.no_panic();
    }
}

/// An address that no run may connect to.
struct Tripwire(TcpListener);

impl Tripwire {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        Tripwire(listener)
    }

    fn run(&self, directory: &Path, arguments: &[&str], key: Option<&str>) -> crate::fixture::Run {
        let port = self.0.local_addr().expect("an address").port();
        let mut command = standin(directory, arguments);
        command.env("PRODUCTION_URL", format!("postgres://u:url-password@127.0.0.1:{port}/p"));
        command.env("STAGING_URL", format!("postgres://u:url-password@127.0.0.1:{port}/s"));
        if let Some(key) = key {
            command.env("STANDIN_KEY", key);
        }
        Running::start(command).wait(Duration::from_secs(20)).no_panic().never_says("url-password")
    }

    fn touched(&self) -> bool {
        self.0.accept().is_ok()
    }
}

const HEAD: &str = "version: 1\nenvironments:\n  production: { tier: production, url: \"${PRODUCTION_URL}\" }\n  staging: { tier: staging, from: production, url: \"${STAGING_URL}\" }\n";

#[test]
fn a_wrong_file_is_exit_2_without_contacting_a_server() {
    let directory = tempfile::tempdir().expect("a directory");
    let tripwire = Tripwire::new();
    let file = directory.path().join("standin.yaml");
    let deep = format!("{HEAD}tables: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let bomb = format!(
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n{HEAD}"
    );
    let huge = format!("{HEAD}# {}\n", "x".repeat(5 << 20));
    let utf16: Vec<u8> = HEAD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with = |text: &str| format!("{HEAD}{text}\n").into_bytes();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("only comments", b"# nothing\n".to_vec()),
        ("too large", huge.into_bytes()),
        ("UTF-16", utf16),
        ("NUL", with("tables: { \"a\0b\": { keep: rest } }")),
        ("tab", with("tables:\n\tusers: { keep: rest }")),
        ("duplicate key", with("tables: {}\ntables: {}")),
        ("duplicate table", with("tables:\n  users: { keep: rest }\n  users: { keep: rest }")),
        ("one table by two names", with("tables:\n  users: { keep: rest }\n  public.users: { keep: rest }")),
        ("duplicate column", with("tables:\n  users: { mask: { email: email, email: erase } }")),
        ("kept and masked", with("tables:\n  users: { keep: [email], mask: { email: erase } }")),
        ("unknown key", with("tabels: {}")),
        ("unknown mask", with("tables: { users: { mask: { email: emial } } }")),
        ("wrong case", with("Tables: {}")),
        ("unknown version", b"version: 2\nenvironments: {}\n".to_vec()),
        ("deep", deep.into_bytes()),
        ("aliases", bomb.into_bytes()),
        ("merge key", with("x: &x { keep: rest }\ntables: { users: { <<: *x } }")),
        ("tag", with("tables: !!python/object:os.system {}")),
        ("two documents", with("---\nversion: 1")),
        ("garbage", with("]")),
        ("a later issue's key", with("subset: { roots: [] }")),
        ("key in the file", HEAD.replace("from: production,", &format!("from: production, key: {KEY},")).into_bytes()),
        ("unset variable", HEAD.replace("STAGING_URL", "NOT_SET_ANYWHERE").into_bytes()),
        ("nested variable", HEAD.replace("${STAGING_URL}", "${${STAGING_URL}}").into_bytes()),
        ("port", HEAD.replace("${STAGING_URL}", "postgres://u@127.0.0.1:70000/x").into_bytes()),
        ("percent", HEAD.replace("${STAGING_URL}", "postgres://u:%ZZ@127.0.0.1/x").into_bytes()),
        ("no database", HEAD.replace("${STAGING_URL}", "postgres://u@127.0.0.1/").into_bytes()),
        ("tier", HEAD.replace("tier: staging", "tier: stagin").into_bytes()),
        ("from nowhere", HEAD.replace("from: production", "from: prodution").into_bytes()),
        ("share", with("policy: { orphaned_at_most: 150% }")),
        ("period", with("tables: { users: { retain: { by: created_at, last: 7 days ago } } }")),
    ];
    let mut wrong = Vec::new();
    for (name, content) in cases {
        fs::write(&file, &content).expect("a file");
        for command in [&["plan"][..], &["refresh", "--yes"]] {
            let run = tripwire.run(directory.path(), command, Some(KEY)).never_says(KEY);
            if run.code() != Some(2)
                || tripwire.touched()
                || run.text().len() < 20
                || run.seconds > Duration::from_secs(2)
            {
                wrong.push(format!("{name}, {command:?}: {:?} {:?}\n{:.1500}", run.code(), run.seconds, run.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    fs::remove_file(&file).expect("a file");
    assert_eq!(tripwire.run(directory.path(), &["plan"], Some(KEY)).says("standin.yaml").code(), Some(2));
    fs::create_dir(&file).expect("a directory");
    assert_eq!(tripwire.run(directory.path(), &["plan"], Some(KEY)).code(), Some(2));
}

#[test]
fn a_wrong_command_line_or_key_is_exit_2_without_contacting_a_server() {
    let directory = tempfile::tempdir().expect("a directory");
    let tripwire = Tripwire::new();
    let rules = format!("{HEAD}tables: {{ users: {{ keep: rest }} }}\n");
    fs::write(directory.path().join("standin.yaml"), &rules).expect("a file");
    for arguments in [
        &["refresh", "--jobs", "0"][..],
        &["refresh", "--jobs", "-1"],
        &["refresh", "--jobs", "10000"],
        &["refresh", "--jobs", "2", "--jobs", "3"],
        &["refresh", "--no-such-flag"],
        &["refresh", "--verify", "some"],
        &["refresh", "--to", "stagin"],
        &["refresh", "--from", "nowhere"],
        &["refresh", "--report", "missing/directory/r.json"],
        &["refresh", "--report", "report.txt"],
        &["refresh", "--rules", "elsewhere.yaml"],
        &["refresh", "extra"],
        &["no-such-command"],
        &["plan", "--hold"],
        &[],
    ] {
        let run = tripwire.run(directory.path(), arguments, Some(KEY));
        assert!(run.code() == Some(2) && !tripwire.touched(), "{arguments:?}\n{}", run.text());
    }
    for key in [
        None,
        Some(""),
        Some("00"),
        Some(&KEY[..63]),
        Some(&"0".repeat(64)),
        Some("correct horse battery staple"),
        Some(&KEY[..32]),
    ] {
        let run = tripwire.run(directory.path(), &["refresh", "--yes"], key);
        assert!(run.code() == Some(2) && !tripwire.touched(), "{key:?}\n{}", run.text());
        if let Some(key) = key.filter(|key| key.len() > 4) {
            run.never_says(key);
        } else if key.is_none() {
            run.says("standin key").says("--fresh-key");
        }
    }
    // A report never overwrites the rules, nor follows a link.
    std::os::unix::fs::symlink("/dev/null", directory.path().join("link.json")).expect("a link");
    for report in ["standin.yaml", "link.json"] {
        let run = tripwire.run(directory.path(), &["refresh", "--yes", "--report", report], Some(KEY));
        assert!(run.code() == Some(2) && !tripwire.touched(), "{report}\n{}", run.text());
    }
    assert_eq!(fs::read_to_string(directory.path().join("standin.yaml")).expect("the rules"), rules);
}

#[test]
fn a_readable_key_file_is_refused_and_a_private_one_taken() {
    let pair = pair("refuse_key");
    let key = pair.directory.path().join("key");
    fs::write(&key, KEY).expect("a key");
    let run = |mode: u32| {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).expect("a mode");
        let mut command = pair.command(&["plan"]);
        command.env_remove("STANDIN_KEY").env("STANDIN_KEY_FILE", &key);
        Running::start(command).wait(Duration::from_secs(20)).never_says(KEY)
    };
    assert_eq!(run(0o644).code(), Some(3));
    run(0o600).expect(0);
}

#[test]
fn reports_are_written_for_every_exit_that_read_the_rules_and_only_for_the_owner() {
    let pair = pair("refuse_report");
    let report = pair.directory.path().join("r.json");
    let read = || -> serde_json::Value { serde_json::from_slice(&fs::read(&report).expect("a report")).expect("JSON") };
    for (prepare, arguments, code, result) in [
        ("ALTER TABLE users ADD COLUMN ssn text", &["refresh", "--yes", "--report", "r.json"][..], 3, "refused"),
        (
            "ALTER TABLE users DROP COLUMN ssn",
            &["refresh", "--yes", "--report", "r.json", "--report", "r.html"],
            0,
            "published",
        ),
    ] {
        pair.at_source(prepare);
        pair.run(arguments).expect(code);
        let found = read();
        assert_eq!(
            (found["exit"].as_i64(), found["result"].as_str()),
            (Some(i64::from(code)), Some(result)),
            "{found}"
        );
        assert_eq!(fs::metadata(&report).expect("a report").permissions().mode() & 0o777, 0o600);
    }
    let users = read()["tables"]
        .as_array()
        .expect("tables")
        .iter()
        .find(|table| table["table"] == "public.users")
        .cloned()
        .expect("users");
    assert_eq!(users["rows"]["source"], 50);
    assert_eq!(users["columns"]["email"]["action"], "mask");
    assert!(fs::read_to_string(pair.directory.path().join("r.html")).expect("a page").contains("users"));
    let json = pair.run(&["refresh", "--yes", "--format", "json"]).expect(0);
    let object: serde_json::Value = serde_json::from_str(&json.stdout).expect("one object on stdout");
    assert_eq!(object["result"], "published");
}
