//! Rules that several files share: read as if they stood in one, each fault at its own place.

use crate::fixture::Pair;
use standin::rules;
use std::fs;
use std::path::Path;

const SOURCE: &str = "
    CREATE TABLE users (id integer PRIMARY KEY, email text, phone text);
    INSERT INTO users SELECT i, 'p' || i || '@real.test', '+34 612 345 67' || i FROM generate_series(1, 9) i;
    CREATE TABLE orders (id integer PRIMARY KEY, email text); INSERT INTO orders VALUES (1, 'p1@real.test'); CREATE TABLE log (line text);";

const SHARED: &str = "
version: 1
include: [patterns/contact.yml]
domains:
  person_email: { email: { host: example.org } }
empty: [log]
tables:
  orders: { keep: [id] }
";

fn write(directory: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn shared_files_are_read_as_if_they_stood_here() {
    let pair = Pair::with("include", SOURCE);
    write(
        pair.directory.path(),
        &[
            ("shared/house.yaml", SHARED),
            ("shared/patterns/contact.yml", "patterns: { \"*.email\": person_email, \"*.phone\": phone }\n"),
        ],
    );
    // Twice by other ways is once.
    pair.rules("include: [shared/house.yaml, ./shared/patterns/contact.yml]\ntables: { users: { keep: [id] } }\n");
    pair.run(&["explain", "users.email"]).expect(0).says("shared/patterns/contact.yml:1:13").says("person_email");
    pair.refresh();
    let masked = "SELECT count(*) FILTER (WHERE email LIKE '%@example.org'), (SELECT count(*) FROM log) FROM users";
    assert_eq!(pair.at_target(masked), "9|0");
    let same = "SELECT count(*) FROM users u JOIN orders o USING (email)";
    assert_eq!(pair.at_target(same), "1");
    // What they say is part of the rules' fingerprint.
    pair.run(&["refresh", "--yes", "--hold"]).expect(0);
    write(pair.directory.path(), &[("shared/house.yaml", &SHARED.replace("example.org", "example.net"))]);
    pair.run(&["publish"]).expect(0).says("the rules file is not the one any more");
}

/// Reads `r.yaml` of these files; every fault as `file:line:col code: message (help)`.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), files);
    let root = format!("{}/", directory.path().display());
    let told = rules::read(&directory.path().join("r.yaml")).err().unwrap_or_default();
    told.iter()
        .map(|fault| {
            let place = fault.place.file().map(ToString::to_string).unwrap_or_default();
            let help = fault.help.as_deref().unwrap_or_default();
            format!("{place} {}: {} ({help})", fault.code, fault.message).replace(&root, "")
        })
        .collect()
}

#[test]
fn every_fault_stands_at_its_own_place() {
    let main = "version: 1\ninclude: [a/one.yaml]\ndomains: { x: phone }\n";
    for (files, wanted) in [
        (
            &[("r.yaml", "version: 1\ninclude: none.yaml\n")][..],
            "r.yaml:2:10 include: there is no rules file none.yaml",
        ),
        (
            &[("r.yaml", "version: 1\ninclude: [.env]\n"), (".env", "KEY=secret")],
            "r.yaml:2:11 include: `.env` is not a YAML file",
        ),
        (&[("r.yaml", "version: 1\ninclude: [r.yaml]\n")], "r.yaml:2:11 include: `r.yaml` leads back to itself"),
        (
            &[("r.yaml", "version: 1\ninclude: [\"${A}.yaml\"]\n")],
            "r.yaml:2:11 include: `${…}` does not work in `include`",
        ),
        (&[("r.yaml", "version: 1\ninclude: { a: b }\n")], "r.yaml:2:10 wrong-type: `include` is a mapping"),
        (
            &[("r.yaml", main), ("a/one.yaml", "include: [../r.yaml]\n")],
            "a/one.yaml:1:11 include: `../r.yaml` leads back",
        ),
        (&[("r.yaml", main), ("a/one.yaml/b", "")], "r.yaml:2:11 include: `a/one.yaml` is not a file"),
        (&[("r.yaml", main), ("a/one.yaml", "a: [\n")], "a/one.yaml:1:4 yaml-syntax: "),
        (&[("r.yaml", main), ("a/one.yaml", "\0")], "a/one.yaml:1:1 encoding: here is a NUL byte"),
        (&[("r.yaml", main), ("a/one.yaml", "")], "a/one.yaml:1:1 file-empty: "),
        (
            &[("r.yaml", main), ("a/one.yaml", "version: 2\n")],
            "a/one.yaml:1:10 version: this is a rules file of version 2",
        ),
        (
            &[("r.yaml", main), ("a/one.yaml", "environments: {}\n")],
            "a/one.yaml:1:1 unknown-key: an included file has an unknown key `environments`",
        ),
        (
            &[("r.yaml", main), ("a/one.yaml", "domains: { y: emial }\n")],
            "a/one.yaml:1:15 unknown-mask: there is no mask and no domain `emial`",
        ),
        (
            &[("r.yaml", main), ("a/one.yaml", "domains: { y: { email: { host: \"${A}\" } } }\n")],
            "a/one.yaml:1:32 variable: ",
        ),
        (
            &[("r.yaml", main), ("a/one.yaml", "\ndomains: { x: email }\n")],
            "r.yaml:3:12 duplicate-key: domain `x` stands at a/one.yaml:2:12 too",
        ),
        (
            &[
                ("r.yaml", "version: 1\ninclude: [a.yaml, b.yaml]\n"),
                ("a.yaml", "tables: { t: { keep: [a] } }\n"),
                ("b.yaml", "tables: { public.t: { keep: [b] } }\n"),
            ],
            "b.yaml:1:11 duplicate-key: table `public.t` stands at a.yaml:1:11 too",
        ),
        (
            &[
                ("r.yaml", "version: 1\ninclude: a.yaml\npatterns: { \"*.email\": email }\n"),
                ("a.yaml", "patterns: { \"*.email\": phone }\n"),
            ],
            "r.yaml:3:13 duplicate-key: pattern `*.email` stands at a.yaml:1:13 too",
        ),
    ] {
        let told = faults(files);
        assert_eq!(told.len(), 1, "{files:?}\n{told:#?}");
        assert!(told[0].starts_with(wanted), "{wanted}\n{told:#?}");
    }
    let told = faults(&[
        ("r.yaml", &format!("{main}tabels: {{}}\n")),
        ("a/one.yaml", "domains: { y: emial }\nempty: [a, a]\n"),
    ]);
    assert_eq!(told.len(), 3, "all faults of all files together: {told:#?}");
}

#[test]
fn a_chain_of_files_ends_somewhere() {
    let names: Vec<String> = (0..80).map(|at| format!("f{at}.yaml")).collect();
    let texts: Vec<String> = (1..81).map(|at| format!("include: f{at}.yaml\n")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    files.push(("r.yaml", "version: 1\ninclude: f0.yaml\n"));
    let told = faults(&files);
    assert!(told.len() == 1 && told[0].starts_with("f62.yaml:1:10 include: more than 64 files"), "{told:#?}");
}
