//! What people read: a plan, an explanation, the end of a refresh, both forms of the report.

use serde_json::Value;
use standin::pg::local::{LocalServer, Options};
use std::fs;
use std::process::{Command, Output};

const SCHEMA: &str = r#"
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, "Full Name" text, born date,
    notes text, plan text NOT NULL DEFAULT 'free', secret text NOT NULL DEFAULT 's3cret-canary',
    handle text GENERATED ALWAYS AS (lower(email)) STORED);
CREATE TABLE orders (
    id bigint PRIMARY KEY, user_id bigint REFERENCES users, at timestamptz NOT NULL, total numeric NOT NULL);
CREATE TABLE events (id bigint, at timestamptz NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
CREATE TABLE events_4 PARTITION OF events DEFAULT;
CREATE TABLE job_one (id int, body text);
CREATE TABLE job_two (id int, body text);
CREATE TABLE "<script>alert(1)</script>" (id int);
CREATE PUBLICATION everything FOR ALL TABLES;
COMMENT ON TABLE users IS 'canary-comment';
INSERT INTO users (email, "Full Name", born, notes)
    SELECT 'canary' || i || '@shop.test', 'Maria Canary' || i, '1980-01-01', 'canary' FROM generate_series(1, 7) i;
INSERT INTO orders SELECT i, i % 7 + 1, now() - (i || ' months')::interval, 10 * i FROM generate_series(1, 30) i;
INSERT INTO events SELECT i, '2020-06-01'::timestamptz + (i || ' months')::interval, 'click' FROM generate_series(1, 40) i;
INSERT INTO job_one VALUES (1, 'canary');
ANALYZE;
"#;

const RULES: &str = r#"version: 1
environments:
  production: { tier: production, url: "${PRODUCTION_URL}" }
  staging: { tier: staging, from: production, url: "${STAGING_URL}" }
domains:
  person_email: { email: { host: example.com } }
patterns:
  "*.email": person_email
empty: ["job_*"]
tables:
  users:
    keep: [id, plan]
    mask:
      "Full Name": { name: { by: id } }
      born: { date_shift: { within: 30d, by: id } }
      notes: erase
      secret: { constant: "!" }
  orders:
    keep: rest
    retain: { by: at, last: 1y }
  events:
    keep: [id, at, kind]
    delete: "kind = 'view'"
  <script>alert(1)</script>: { keep: rest }
"#;

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

struct Home {
    production: LocalServer,
    staging: LocalServer,
    directory: tempfile::TempDir,
}

impl Home {
    fn new() -> Home {
        let [production, staging] = [(), ()].map(|()| LocalServer::start(Options::default()).unwrap());
        production.create_database("shop").unwrap();
        production.psql("shop", SCHEMA).unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("standin.yaml"), RULES).unwrap();
        Home { production, staging, directory }
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_standin"))
            .args(args)
            .current_dir(self.directory.path())
            .env("PRODUCTION_URL", self.production.url("shop"))
            .env("STAGING_URL", self.staging.url("staging"))
            .env("STANDIN_KEY", KEY)
            .output()
            .unwrap()
    }

    /// The standard output of a command that succeeds, with what differs between runs replaced.
    fn shown(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        let changing = [
            (r"PostgreSQL \d+\.\d+", "PostgreSQL N"),
            (r"\d+(\.\d+)? (B|[KM]iB)\b", "SIZE"),
            (r"\d+\.\d\d s\b", "TIME"),
            (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "WHEN"),
            (r"staging_previous_\w+|staging__\w+", "PREVIOUS"),
        ];
        changing.iter().fold(String::from_utf8(output.stdout).unwrap(), |text, (pattern, word)| {
            regex::Regex::new(pattern).unwrap().replace_all(&text, *word).into_owned()
        })
    }
}

#[test]
fn a_plan_an_explanation_and_a_refresh_are_shown() {
    let home = Home::new();
    insta::assert_snapshot!("plan", home.shown(&["plan"]));
    insta::assert_snapshot!("plan_exact", home.shown(&["plan", "--exact"]));
    let columns = ["users.email", "orders.user_id", "users.notes", "users.handle", "job_one.body", "events.kind"];
    let explained: Vec<String> = columns.iter().map(|column| home.shown(&["explain", column])).collect();
    insta::assert_snapshot!("explain", explained.join("\n"));
    insta::assert_snapshot!("refresh", home.shown(&["refresh", "--report", "r.json", "--report", "r.html"]));

    let [json, html] = ["r.json", "r.html"].map(|name| fs::read_to_string(home.directory.path().join(name)).unwrap());
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&report["result"], &report["exit"], &report["phase"]),
        (&"published".into(), &0.into(), &"done".into())
    );
    let tables = report["tables"].as_array().unwrap();
    for table in tables {
        let rows = |name: &str| table["rows"][name].as_u64().unwrap();
        let kept_back = ["copied", "deleted", "expired", "sampled", "unreached", "orphaned"].map(rows);
        assert_eq!(rows("source"), kept_back.iter().sum::<u64>(), "{table}");
    }
    let users = tables.iter().find(|table| table["table"] == "public.users").unwrap();
    assert_eq!(users["columns"]["email"]["domain"], "person_email");
    assert_eq!((&users["columns"]["notes"]["read"], &users["columns"]["email"]["read"]), (&false.into(), &true.into()));
    assert!(report["left_out"].as_array().unwrap().iter().any(|one| one["kind"] == "publication"));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !html.contains("<script"));
    for text in [&json, &html] {
        assert!(!text.contains("canary") && !text.contains("Maria") && !text.contains(KEY), "{text}");
    }
}

#[test]
fn a_plan_reads_no_row_and_needs_no_key() {
    let home = Home::new();
    let reads = "SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_user_tables";
    let read = || {
        std::thread::sleep(std::time::Duration::from_millis(200));
        home.production.psql("shop", reads).unwrap()
    };
    let before = read();
    let output = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["plan", "--format", "json"])
        .current_dir(home.directory.path())
        .env_remove("STANDIN_KEY")
        .env_remove("STANDIN_KEY_FILE")
        .env("PRODUCTION_URL", home.production.url("shop"))
        .env("STAGING_URL", home.staging.url("staging"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("no-key"), "{said}");
    assert_eq!(before, read());
    let databases = home.staging.psql("postgres", "SELECT datname FROM pg_database ORDER BY 1").unwrap();
    assert!(!databases.contains("staging"), "{databases}");
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&plan["result"], &plan["key"]), (&"planned".into(), &Value::Null));
}
