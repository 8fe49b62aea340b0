//! Rules files: what is read, and every way in which a file can be wrong.

use standin::rules::{self, Rules, Tier};
use standin::words::diagnostic::{Diagnostic, SourceFile};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn parse(text: &str) -> Result<Rules, Vec<Diagnostic>> {
    rules::parse(Arc::new(SourceFile { path: "r.yaml".into(), text: text.into() }))
}

fn faults(text: &str) -> Vec<Diagnostic> {
    parse(text).err().unwrap_or_default()
}

/// `line:col code: message (help)` of each fault.
fn told(text: &str) -> Vec<String> {
    faults(text)
        .iter()
        .map(|fault| {
            let (line, column) = fault.place.file().expect("a place in the file").line_column();
            let help = fault.help.as_deref().unwrap_or_default();
            format!("{line}:{column} {}: {} ({help})", fault.code, fault.message)
        })
        .collect()
}

/// Asserts that there is one fault, at this place and of this code, with these words somewhere in it.
#[track_caller]
pub fn one_fault(text: &str, place: &str, code: &str, words: &[&str]) {
    let told = told(text);
    assert_eq!(told.len(), 1, "{text}\n{told:#?}");
    assert!(told[0].starts_with(&format!("{place} {code}: ")), "{text}\n{told:#?}");
    for word in words {
        assert!(told[0].contains(word), "{word} is not in {told:#?}");
    }
}

/// A file with these lines under `environments: { staging: … }`.
fn staging(lines: &str) -> String {
    format!("version: 1\nenvironments:\n  staging:\n    tier: staging\n{lines}")
}

/// A file with one table of these lines.
fn table(lines: &str) -> String {
    format!("version: 1\ntables:\n  users:\n{lines}")
}

/// A file with one masked column.
fn masked(mask: &str) -> String {
    table(&format!("    mask: {{ email: {mask} }}\n"))
}

#[test]
fn the_shipped_files_are_read_and_fit_the_schema() {
    let schema = jsonschema::validator_for(&rules::schema::json_schema()).expect("a schema");
    for entry in std::fs::read_dir("rules").expect("rules") {
        let path = entry.expect("entry").path();
        let read = rules::read(&path);
        assert!(read.is_ok(), "{}: {:#?}", path.display(), read.err());
        let text = std::fs::read_to_string(&path).expect("text");
        let json: serde_json::Value = serde_yaml::from_str(&text).expect("YAML");
        let errors: Vec<String> = schema.iter_errors(&json).map(|e| format!("{} {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

#[test]
fn the_schema_refuses_what_the_decoder_refuses() {
    let schema = jsonschema::validator_for(&rules::schema::json_schema()).expect("a schema");
    for wrong in [
        "{}".to_owned(),
        "version: 2".into(),
        "version: 1\nsubset: {}".into(),
        "version: 1\nenvironments: { a: { tier: prod, url: x } }".into(),
        staging("    url: x\n    limits: { max_rate: 5 }"),
        staging("    url: x\n    into: elsewhere"),
        staging("    url: x\n    key: fersh"),
        "version: 1\npolicy: { orphaned_at_most: 0.2 }".into(),
        "version: 1\npatterns: { \"*.a\": { email: {}, kinds: [text] } }".into(),
        "version: 1\nsubset: { roots: [ { table: users, share: 5% } ] }".into(),
        "version: 1\nrelations: [ { from: { table: a, columns: [b] } } ]".into(),
        "version: 1\nforget: [ { table: users } ]".into(),
        table("    sample: 5"),
        table("    expect: { at_most: 5 }"),
        table("    exempt: {}"),
        table("    keep: all"),
        table("    retain: { by: created_at, last: 7 days }"),
        table("    orphans: { default: restrict }"),
        masked("{ email: { hots: a } }"),
        masked("{ email: {}, phone: {} }"),
        masked("{ hash: { length: 1000 } }"),
        masked("constant"),
        masked("{ erase: 1 }"),
    ] {
        let json: serde_json::Value = serde_yaml::from_str(&wrong).expect("YAML");
        assert!(!schema.is_valid(&json), "{wrong}");
        assert!(parse(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_relation_leads_from_one_value() {
    for path in ["payload.items[*].user_id", "payload.ids[0]", "payload.*.id"] {
        let faults = parse(&format!(
            "version: 1\nrelations: [ {{ from: {{ table: a, path: '{path}' }}, to: {{ table: b, columns: [id] }} }} ]"
        ));
        let said = format!("{:?}", faults.expect_err(path));
        assert!(said.contains("several values") && said.contains("payload.items.0.user_id"), "{said}");
    }
}

#[test]
fn the_contracts_example_is_read() {
    let text = r#"
version: 1
mapping: 1
time_zone: Europe/Berlin
environments:
  production: { tier: production, host: db, port: 5433, user: app, database: shop, password_file: pw, sslmode: verify-full, limits: { jobs: 4, max_rate: 50MB/s, snapshot_age: 3h, replica_lag: 30s, ddl_wait: 2s, prefer: standby } }
  staging:
    tier: staging
    from: production
    url: "${STAGING_URL}"
    key: { env: STANDIN_KEY, id: k7f3a91c2 }
    into: swap
    keep_previous: { count: 2, for: 7d }
    roles: { shop_prod: shop_staging, first.last: "${ROLE:-me}", "*": drop }
    template: template0
    maintenance_database: postgres
    jobs: 4
    adopt: true
    verify: full
    report: [a.json, "${HOME}/b.html"]
    after: [{ sql: a.sql, timeout: 60s }, { run: [bin/migrate, "${HOME}"] }]
    drop_replication: false
    accept_lost_grants: false
    max_rate: 5MB/s
    carry: { oauth_clients: all, flags: { columns: [enabled], key: name }, users: { where: "id > 5", conflict: clone, missing_parent: refuse } }
    sequences: { start: 1000000000 }
    deadline: 4h
  dev: { tier: dev, url: "${DATABASE_URL:-postgres://localhost/shop_dev}" }
policy: { unlisted_columns: erase, unlisted_tables: skip, large_objects: keep, comments: keep, orphaned_at_most: 7.5% }
domains:
  person_email: { email: { host: example.com } }
  profile: { json: { fields: { email: person_email } } }
patterns:
  "*.email": person_email
  "sales.*.*_ip": { ip: {}, types: [inet, text] }
empty: [sessions, "job_*", audit.log]
tables:
  users:
    keep: [id, no, 0123, 1e3, 2024-01-01, on, '"a.b"']
    mask:
      email: { person_email: { by: id } }
      full_name: { name: { by: id } }
      birth_date: { date_shift: { within: 30d, by: id } }
      password_hash: { constant: "!" }
      yes: { constant: 0123 }
      status: { choice: { pending: 2, completed: 7.5 } }
      preferences: { json: { keep: [theme, "flags.*"], fields: { "address.street": street, "contacts[*].email": person_email } } }
    delete: all
  "sales.Order Lines":
    retain: { by: created_at, last: 18mo, nulls: drop, anchor: newest }
    delete: "created_at > now() - interval '7 days'"
    orphans: { default: refuse, invoices.payment_method_id: set_null }
    keep: rest
seed:
  locale: de_DE
  as_of: 2026-01-01T12:00:00
  default: { rows: 50, per_parent: 0..3 }
  login: { table: users, email: demo@example.com, password: { bcrypt: dev } }
  tables:
    users: { rows: 100, fixed: [ { email: demo@example.com, name: ~ } ] }
    orders:
      rows: 500
      columns:
        total: { decimal: { between: [10, 5000], places: 2, log_normal: { median: 60, sigma: 0.8 } }, nulls: 2.5% }
        quantity: { integer: 1..5 }
        number: { template: "INV-{number:6}" }
        invoice: { sequence: { from: 1000, step: 10 } }
        status: { choice: { pending: 2, completed: 7 } }
        kind: { constant: web }
        placed_at: { time: { between: [2024-01-01, 2025-12-31], growth: 3, season: { peak: 12, swing: 60% }, weekends: 40% } }
        paid_at: { after: { column: orders.placed_at, within: 30d } }
        email: email
    order_items: { per: orders, count: { between: 1..9, zipf: 1.2 } }
"#;
    let rules = parse(text).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let [production, staging, dev] = rules.environments.as_slice() else { panic!("three environments") };
    assert_eq!((production.tier, staging.tier, dev.tier), (Tier::Production, Tier::Staging, Tier::Dev));
    assert_eq!(
        production.connection.fields.iter().find(|(name, _)| name.value == "port").map(|(_, v)| v.value.as_str()),
        Some("5433")
    );
    assert_eq!(staging.roles.len(), 3);
    assert!(staging.roles[2].role.is_none() && staging.roles[2].becomes.is_none());
    assert_eq!(staging.roles[1].role.as_ref().map(|role| role.value.as_str()), Some("first.last"));
    assert_eq!((staging.options.jobs, staging.options.report.len(), staging.keep_previous.count), (Some(4), 2, 2));
    assert_eq!(rules.policy.orphaned_at_most, 0.075);
    let users = &rules.tables[0];
    let keep: Vec<&str> = users.keep.iter().map(|name| name.value.as_str()).collect();
    assert_eq!(keep, ["id", "no", "0123", "1e3", "2024-01-01", "on", "a.b"]);
    let null = parse(&table("    keep: [~, null]\n")).expect("names, for the schema's author to quote");
    assert_eq!(null.tables[0].keep[1].value.as_str(), "null");
    assert_eq!(users.mask[0].1.mask.domain, "person_email");
    assert_eq!(users.mask[0].1.mask.by.as_ref().map(|by| by.as_str()), Some("id"));
    assert_eq!(users.mask[4].1.mask.args.text("value"), Some("0123"));
    assert!(rules.patterns[0].matches(&standin::words::name::ColumnName::parse("a.b.email").expect("a name")));
    let schema = jsonschema::validator_for(&rules::schema::json_schema()).expect("a schema");
    let json: serde_json::Value = serde_yaml::from_str(text).expect("YAML");
    let errors: Vec<String> =
        schema.iter_errors(&json).map(|error| format!("{} {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn all_faults_come_together_in_the_files_order() {
    let text = include_str!("rules/wrong.yaml");
    let file = Arc::new(SourceFile { path: "wrong.yaml".into(), text: text.into() });
    let faults = rules::parse(file).expect_err("faults");
    let rendered: String = faults.iter().map(|fault| standin::ui::diagnostics::render(fault, false)).collect();
    assert!(!rendered.contains("hunter2"), "a secret is shown");
    insta::assert_snapshot!(rendered);
}

#[test]
fn what_is_no_rules_file_is_said_before_parsing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("r.yaml");
    let said = |path: &std::path::Path| {
        let faults = rules::read(path).expect_err("a fault");
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults[0].message.clone()
    };
    assert!(said(&path).starts_with("there is no rules file"));
    assert!(said(directory.path()).ends_with("is a directory"));
    let with = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("write");
        said(&path)
    };
    assert_eq!(with(b""), "the file says nothing");
    assert_eq!(with(b"# only\n# comments\n"), "the file says nothing");
    assert!(with(b"\xff\xfev\0e\0").ends_with("is in UTF-16"));
    assert_eq!(with(b"version: 1\n# \xc3\x28"), "here is a byte that is not UTF-8");
    assert_eq!(with(b"version: 1\n# \0"), "here is a NUL byte");
    assert!(with(&vec![b'#'; 5 << 20]).ends_with("is larger than 4 MiB"));
    std::fs::write(&path, "\u{feff}version: 1\r\ntables:\r\n  users: { keep: rest }\r\n").expect("write");
    let rules = rules::read(&path).expect("a byte order mark and CRLF are accepted");
    assert_eq!(rules.tables[0].name.place.line_column(), (3, 3));
    assert_eq!(rules.sha256.len(), 64);
}

#[test]
fn hostile_yaml_is_refused_at_once() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned()
        + &(b'b'..b'k')
            .map(|c| {
                format!("{}: &{} [{}]\n", c as char, c as char, vec![format!("*{}", (c - 1) as char); 9].join(","))
            })
            .collect::<String>();
    let deep_blocks: String = (0..10_000).map(|depth| " ".repeat(depth) + "a:\n").collect();
    let started = Instant::now();
    for (text, code) in [
        (bomb, "yaml-unsupported"),
        ("[".repeat(10_000), "yaml-syntax"),
        ("a: ".to_owned() + &"{a: ".repeat(10_000), "yaml-syntax"),
        ("- ".repeat(10_000), "yaml-syntax"),
        (deep_blocks[..4 << 20].to_owned(), "yaml-syntax"),
        ("version: 1\n<<: { tables: {} }\n".into(), "yaml-unsupported"),
        ("version: !!python/object/apply:os.system [id]\n".into(), "yaml-unsupported"),
        ("version: !!int 1\n".into(), "yaml-unsupported"),
        ("version: 1\n---\nversion: 1\n".into(), "yaml-unsupported"),
        ("version: 1\n...\ntrailing\n".into(), "yaml-unsupported"),
        ("version: 1\ntables:\n\tusers: {}\n".into(), "yaml-syntax"),
        ("version: 1\n[1]: 2\n".into(), "wrong-type"),
        ("just a text".into(), "wrong-type"),
        ("- a\n- list".into(), "wrong-type"),
        ("version: 1\ntables: { users: { keep: [a }".into(), "yaml-syntax"),
    ] {
        let faults = faults(&text);
        assert!(faults.iter().any(|fault| fault.code == code), "{}: {faults:#?}", &text[..text.len().min(60)]);
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_large_wrong_file_takes_little_time_and_its_faults_are_cut() {
    let many = |line: &dyn Fn(usize) -> String| (0..30_000).map(line).collect::<String>();
    let environment = |i| format!("  e{i}: {{ tier: staging, url: x, from: f{i}, password: hunter2 }}\n");
    for text in [
        "version: 1\n".to_owned() + &many(&|_| "a: 1\n".into()),
        "version: 1\ntables:\n".to_owned() + &many(&|i| format!("  t{i}: {{ mask: {{ a: mask{i} }} }}\n")),
        "version: 1\ndomains:\n".to_owned() + &many(&|i| format!("  d{i}: d{}\n", i + 1)),
        "version: 1\npatterns:\n".to_owned() + &many(&|i| format!("  '*.c{i}': m{i}\n")),
        "version: 1\nempty:\n".to_owned() + &many(&|i| format!("- t{i}\n- public.t{i}\n")),
        "version: 1\nenvironments:\n".to_owned() + &many(&environment),
    ] {
        let started = Instant::now();
        let faults = faults(&text);
        assert!(faults.len() <= 201 && faults.last().is_some_and(|last| last.message.contains("more faults")));
        assert!(started.elapsed() < Duration::from_secs(20), "{:?} {}", started.elapsed(), &text[..40]);
        let place = faults[0].place.file().expect("a place");
        assert!(!place.file.text.contains("hunter2"));
    }
}

#[test]
fn duplicates_name_both_lines() {
    one_fault(
        "version: 1\ntables: {}\ntables: {}\n",
        "3:1",
        "duplicate-key",
        &["`tables` stands on line 2 and again on line 3"],
    );
    one_fault("version: 1\ntables:\n  users: {}\n  users: {}\n", "4:3", "duplicate-key", &["line 3", "line 4"]);
    one_fault(
        "version: 1\ntables:\n  users: {}\n  public.users: {}\n",
        "4:3",
        "duplicate-table",
        &["table public.users", "line 3", "line 4"],
    );
    one_fault("version: 1\ntables:\n  users: {}\n  'users': {}\n", "4:3", "duplicate-key", &["line 3"]);
    one_fault(&table("    keep: [id, id]\n"), "4:16", "duplicate-column", &["column id"]);
    one_fault(&table("    keep: [id]\n    mask:\n      id: hash\n"), "6:7", "duplicate-column", &["line 4", "line 6"]);
    one_fault(&table("    mask:\n      id: hash\n      id: erase\n"), "6:7", "duplicate-key", &["line 5", "line 6"]);
    one_fault("version: 1\nempty: [a, public.a]\n", "2:12", "duplicate-table", &[]);
    one_fault("version: 1\npatterns:\n  '*.a': hash\n  '*.a': erase\n", "4:3", "duplicate-key", &[]);
    one_fault("version: 1\nseed:\n  locale: en\n  locale: de_DE\n", "4:3", "duplicate-key", &[]);
    one_fault(&table("    orphans: { a.b: cascade, public.a.b: refuse }\n"), "4:30", "duplicate-key", &["public.a.b"]);
}

#[test]
fn unknown_keys_and_words_come_with_the_nearest() {
    one_fault(
        "version: 1\ntabels: {}\n",
        "2:1",
        "unknown-key",
        &["`tabels`", "did you mean `tables`?", "allowed: version"],
    );
    one_fault("version: 1\nTables: {}\n", "2:1", "unknown-key", &["did you mean `tables`?"]);
    one_fault(&masked("emial"), "4:20", "unknown-mask", &["`emial`", "did you mean `email`?"]);
    one_fault(&masked("fake_email"), "4:20", "unknown-mask", &["did you mean `email`?"]);
    one_fault(&masked("SetNull"), "4:20", "unknown-mask", &["did you mean `erase`?"]);
    one_fault(&masked("{ name: { locale: de } }"), "4:38", "unknown-word", &["de_DE"]);
    one_fault("version: 1\nlocale: de-DE\n", "2:9", "unknown-word", &["did you mean `de_DE`?"]);
    one_fault(&masked("{ name: { as: users.id } }"), "4:30", "missing-key", &["`as`", "`by`"]);
    one_fault(&masked("{ Email: {} }"), "4:22", "unknown-mask", &["did you mean `email`?"]);
    one_fault(
        &masked("{ email: { hots: a } }"),
        "4:31",
        "unknown-key",
        &["mask `email`", "did you mean `host`?", "by"],
    );
    one_fault(&staging("    url: x\n    tiers: a\n"), "6:5", "unknown-key", &["did you mean `tier`?"]);
    one_fault(
        "version: 1\nenvironments: { a: { tier: stagin, url: x } }\n",
        "2:28",
        "unknown-word",
        &["did you mean `staging`?"],
    );
    for later in ["exemptions: {}", "extensions: {}"] {
        assert_eq!(faults(&format!("version: 1\n{later}\n"))[0].code, "unknown-key", "{later}");
    }
    for later in ["forget", "subset"] {
        assert_eq!(faults(&table(&format!("    {later}: {{}}\n")))[0].code, "unknown-key", "{later}");
    }
    assert_eq!(faults(&staging("    url: x\n    max_age: {}\n"))[0].code, "unknown-key");
    one_fault(&staging("    url: x\n    into: elsewhere\n"), "6:11", "unknown-word", &["allowed: swap, existing"]);
    one_fault("version: 1\npolicy: { exemptions: no }\n", "2:23", "unknown-word", &["allowed: allow, refuse"]);
    one_fault("version: 2\nsubset: {}\n", "1:10", "version", &["version 2"]);
    one_fault("tables: {}\n", "1:1", "missing-key", &["lacks `version`"]);
    one_fault("version: 1\nmapping: 2\n", "2:10", "wrong-type", &[]);
    one_fault("version: 1\ntime_zone: Europe/Berln\n", "2:12", "unknown-time-zone", &["did you mean `Europe/Berlin`?"]);
}

#[test]
fn values_are_typed_as_declared() {
    for wrong in ["1_000", "0123", "1e3", "-1", "0", "65", "\"4\"", "four", "~", "1.5"] {
        one_fault(&staging(&format!("    url: x\n    jobs: {wrong}\n")), "6:11", "wrong-type", &["1 to 64"]);
    }
    for wrong in ["yes", "on", "no", "\"true\"", "1", "True"] {
        one_fault(&staging(&format!("    url: x\n    adopt: {wrong}\n")), "6:12", "wrong-type", &["true or false"]);
    }
    for wrong in ["1.5", "150%", "-1%", "0.2", "lots"] {
        let text = format!("version: 1\npolicy: {{ orphaned_at_most: {wrong} }}\n");
        one_fault(&text, "2:29", "wrong-type", &["0% to 100%"]);
    }
    for wrong in ["7 days ago", "7", "0d", "-7d", "1_000d", "7 d"] {
        let text = table(&format!("    retain: {{ by: created_at, last: \"{wrong}\" }}\n"));
        one_fault(&text, "4:37", "wrong-type", &["30d"]);
    }
    for wrong in ["~", "", "null", "[a]", "{ a: 1 }"] {
        assert_eq!(faults(&table(&format!("    delete: {wrong}\n")))[0].code, "wrong-type", "{wrong}");
        assert_eq!(faults(&format!("version: 1\ntime_zone: {wrong}\n"))[0].code, "wrong-type", "{wrong}");
        assert_eq!(
            faults(&format!("version: 1\ntables:\n  users: {}\n", if wrong == "{ a: 1 }" { "x" } else { wrong }))[0]
                .code,
            "wrong-type"
        );
    }
    for wrong in ["true", "yes", "1", "\"\""] {
        one_fault(&table(&format!("    delete: {wrong}\n")), "4:13", "wrong-type", &[]);
    }
    one_fault(&table("    keep: id\n"), "4:11", "wrong-type", &["`[id]`"]);
    one_fault(&table("    keep: [a.b]\n"), "4:12", "bad-name", &["'\"a.b\"'"]);
    one_fault(&table("    orphans: cascade\n"), "4:14", "wrong-type", &["a mapping"]);
    one_fault(&table("    orphans: { invoices: cascade }\n"), "4:16", "bad-name", &["`default`"]);
    one_fault("version: 1\ntables:\n  a.b.c: {}\n", "3:3", "bad-name", &[]);
    one_fault("version: 1\npatterns: { email: hash }\n", "2:13", "bad-name", &[]);
}

#[test]
fn masks_are_decoded_against_their_declaration() {
    one_fault(&masked("constant"), "4:20", "missing-key", &["mask `constant` needs"]);
    one_fault(&masked("{ email: {}, phone: {} }"), "4:33", "unknown-key", &["`phone` stands beside `email`"]);
    one_fault(&masked("{ email: {}, host: a }"), "4:33", "unknown-key", &["{ email: { host: … } }"]);
    one_fault(&masked("{ email: {}, types: [text] }"), "4:33", "unknown-key", &[]);
    one_fault(&masked("{}"), "4:20", "wrong-type", &["no mask is named"]);
    one_fault(&masked("[email]"), "4:20", "wrong-type", &["a mask is a list"]);
    one_fault(&masked("~"), "4:20", "wrong-type", &["a mask is empty", "erase"]);
    one_fault(&masked("{ constant: ~ }"), "4:32", "wrong-type", &["erase"]);
    one_fault(&masked("{ erase: 1 }"), "4:29", "wrong-type", &["no parameters"]);
    one_fault(&masked("{ hash: { length: 65 } }"), "4:38", "wrong-type", &["1 to 64"]);
    one_fault(&masked("{ json: { fields: { a: emial } } }"), "4:43", "unknown-mask", &["did you mean `email`?"]);
    one_fault(&masked("{ erase: { by: id } }"), "4:22", "unknown-key", &["take `by` away"]);
    one_fault(&masked("{ choice: [] }"), "4:30", "wrong-type", &["is empty"]);
    one_fault("version: 1\ndomains: { email: { email: {} } }\n", "2:12", "domain-named-like-mask", &["person_email"]);
    one_fault("version: 1\ndomains: { a: email, b: a }\n", "2:25", "domain-of-domain", &[]);
    one_fault("version: 1\ndomains: { a: { json: { fields: { x: a } } } }\n", "2:38", "domain-order", &[]);
    one_fault("version: 1\ndomains: { a: [email] }\n", "2:15", "wrong-type", &["a mask is a list"]);
    one_fault("version: 1\ndomains: { a: emial }\ntables: { t: { mask: { x: a } } }\n", "2:15", "unknown-mask", &[]);
    one_fault(
        "version: 1\ndomains: { a: email }\ntables: { t: { mask: { x: { a: { host: b } } } } }\n",
        "3:34",
        "unknown-key",
        &["under `domains`"],
    );
}

#[test]
fn secrets_have_no_place_in_the_file_and_are_not_repeated() {
    let hex = "0123456789abcdef".repeat(4);
    for (lines, place) in [
        (format!("    url: x\n    key: {hex}\n"), "6:10"),
        (format!("    url: x\n    key: {{ env: {hex} }}\n"), "6:17"),
        ("    url: postgres://app:hunter2@db/shop\n".into(), "5:10"),
        ("    url: \"${URL:-postgres://app:hunter2@db/shop}\"\n".into(), "5:10"),
        ("    url: \"host=db password=hunter2 dbname=shop\"\n".into(), "5:10"),
        ("    url: \"postgres://db/shop?user=app&password=hunter2\"\n".into(), "5:10"),
        ("    host: db\n    password: hunter2\n".into(), "6:5"),
    ] {
        let text = staging(&lines);
        let told = told(&text);
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(told[0].starts_with(place), "{told:#?}");
        assert!(!told[0].contains("hunter2") && !told[0].contains(&hex), "{told:#?}");
        let rendered = standin::ui::diagnostics::render(&faults(&text)[0], false);
        assert!(!rendered.contains("hunter2") && !rendered.contains(&hex), "{rendered}");
    }
    assert!(parse(&staging("    url: \"postgres://app:${PASSWORD}@db/shop\"\n")).is_ok());
}

#[test]
fn environments_say_what_they_are() {
    let production = "version: 1\nenvironments:\n  p: { tier: production, url: x, key: fresh, roles: {}, from: q }\n";
    let told_of = told(production);
    assert_eq!(told_of.iter().filter(|fault| fault.contains("production-written")).count(), 3, "{told_of:#?}");
    one_fault(&staging("    url: x\n    from: prodution\n"), "6:11", "unknown-environment", &[]);
    one_fault(&staging("    url: x\n    from: staging\n"), "6:11", "from-itself", &[]);
    one_fault(&staging(""), "4:5", "missing-key", &["where it is", "url"]);
    one_fault(&staging("    database: a\n    dbname: a\n"), "6:5", "conflict", &[]);
    one_fault(&staging("    url: x\n    password_command: pass show db\n"), "6:23", "wrong-type", &[]);
    for wrong in ["${${X}}", "${X", "${}", "${A B}"] {
        one_fault(&staging(&format!("    url: \"{wrong}\"\n")), "5:10", "variable", &["${NAME:-default}"]);
    }
    one_fault(&masked("{ constant: \"${X}\" }"), "4:32", "variable", &["only under `environments`"]);
    for wrong in ["{}", "{ env: A, file: b }", "7", "{ id: abc }"] {
        assert_eq!(faults(&staging(&format!("    url: x\n    key: {wrong}\n"))).len(), 1, "{wrong}");
    }
}

#[test]
fn no_mutation_of_a_file_makes_the_reader_panic() {
    use proptest::prelude::*;
    let shop = std::fs::read_to_string("rules/shop.yaml").expect("rules");
    let noise = prop_oneof![
        Just("\t".to_owned()),
        Just("\u{0}".into()),
        Just("${".into()),
        Just("\"".into()),
        Just(": ".into()),
        Just("\n".into()),
        Just("*a".into()),
        Just("&a ".into()),
        Just("{".into()),
        Just("]".into()),
        Just("é\u{202e}".into()),
        Just("- ".into()),
        ".{0,4}",
    ];
    let edits = prop::collection::vec((0..shop.len(), 0usize..40, noise), 1..6);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let mutated = |edits: Vec<(usize, usize, String)>| {
        let mut text = shop.clone();
        for (at, length, insert) in edits {
            let floor = |mut at: usize| {
                at = at.min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let (start, end) = (floor(at), floor(at + length));
            text.replace_range(start..end, &insert);
        }
        for fault in faults(&text) {
            standin::ui::diagnostics::render(&fault, false);
        }
        Ok(())
    };
    runner.run(&edits, mutated).expect("no panic");
}

#[test]
fn the_file_s_language_is_that_of_every_mask_without_its_own() {
    let text = "version: 1\nlocale: de_DE\ndomains:\n  who: { name: { locale: fr_FR } }\ntables:\n  users:\n    mask: { a: name, b: who, c: city, d: { who: { by: id, as: users.id } }, e: uuid }\n";
    let rules = parse(text).expect("rules");
    let mask = |at: usize| &rules.tables[0].mask[at].1.mask;
    let locales: Vec<Option<&str>> = (0..5).map(|at| mask(at).args.text("locale")).collect();
    assert_eq!(locales, [Some("de_DE"), Some("fr_FR"), Some("de_DE"), Some("fr_FR"), None]);
    assert_eq!((mask(3).by.as_ref().map(|by| by.as_str()), mask(3).subject.as_deref()), (Some("id"), Some("users.id")));
}
