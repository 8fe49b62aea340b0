//! No canary of the source reaches the target, an output or a report: after success and after every kind of failure.

use crate::canary::{Planter, Scanner};
use crate::fixture::{Pair, Run, Running, Server, servers};
use crate::proxy::Proxy;
use rustix::process::Signal;
use std::fs;
use std::path::Path;
use std::time::Duration;

const RULES: &str = r#"
policy: { large_objects: skip, orphaned_at_most: 100% }
domains: { mail: { email: { host: example.com } } }
empty: [sessions]
tables:
  people:
    keep: [id, kept]
    mask:
      email: mail
      full_name: { name: { by: id } }
      phone: phone
      notes: text
      login: username
      fixed: hash
      ci: mail
      nm: erase
      js: { json: { keep: [theme], fields: { mail: mail } } }
      jb: { json: { keep: [theme], fields: { mail: mail } } }
      doc: { json: { keep: [theme], fields: { mail: mail } } }
      ta: text
      comp: { composite: { keep: [a], fields: { b: text } } }
      comps: { composite: { keep: [a], fields: { b: text } } }
      dom: text
      tr: erase
      bytes: erase
      x: erase
      hs: { hstore: { keep: [theme] } }
      tv: erase
      lt: erase
      bits: erase
      u: uuid
      big: digits
      num: erase
      d: { date_shift: { within: 30d, by: id } }
      ip: ip
      net: erase
      mac: erase
      cash: erase
      span: erase
      pt: erase
      f: erase
      fast: { constant: "-" }
  hidden: { keep: [id], mask: { note: text } }
  logs: { keep: [id, level, message, at, person], delete: "level = 'secret'", retain: { by: at, last: 1y }, orphans: { default: cascade } }
  log_lines: { keep: [log, line] }
  scratch: { keep: [id], mask: { note: erase } }
  base: { keep: [id], mask: { note: text, own: text } }
  parted: { keep: [id], mask: { note: text } }
"#;

/// A planted source, a target server of its own, and what was planted.
struct Nest {
    pair: Pair,
    planter: Planter,
    target: &'static Server,
    runs: usize,
}

impl Nest {
    fn new(name: &str) -> Self {
        // Compressed rows and pages would hide a leak from a search of the files.
        let target: &'static Server =
            Box::leak(Box::new(Server::start(&["default_toast_compression = 'pglz'", "wal_compression = off"])));
        let pair = Pair::between(&servers().source, target, name);
        let mut planter = Planter::default();
        let sql = planter.fill(include_str!("leaks/source.sql")).replace("leaks_sub", &format!("{name}_sub"));
        pair.source_server.psql(&pair.source, &sql);
        pair.rules(RULES);
        Nest { pair, planter, target, runs: 0 }
    }

    /// Starts a refresh that says all it can.
    fn start(&mut self, change: impl FnOnce(&mut std::process::Command)) -> Running {
        self.runs += 1;
        let (json, html) = (format!("report{}.json", self.runs), format!("report{}.html", self.runs));
        let mut command = self.pair.command(&["refresh", "--yes", "-vv", "--report", &json, "--report", &html]);
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        change(&mut command);
        Running::start(command)
    }

    fn run(&mut self) -> Run {
        self.start(|_| ()).wait(Duration::from_secs(120)).no_panic()
    }

    /// Looks everywhere outside the source: kept values may be in the target, and nowhere else.
    fn search(&self, run: &Run, what: &str) {
        let scanner = self.planter.scanner();
        let mut leaked: Vec<String> =
            scanner.scan(run.text().as_bytes()).into_iter().map(|hit| format!("output: {hit}")).collect();
        leaked.extend(scanner.scan_files(self.pair.directory.path()));
        self.target.psql("postgres", "CHECKPOINT");
        let files = self.target.data();
        let mut stored = scanner.scan_files(files.parent().expect("a directory"));
        for database in self.target.databases(&self.pair.target) {
            let enter = format!("ALTER DATABASE \"{database}\" ALLOW_CONNECTIONS true");
            self.target.psql("postgres", &enter);
            let dump = scanner.scan(&self.target.dump(&database, &[]));
            stored.extend(dump.into_iter().map(|hit| format!("dump of {database}: {hit}")));
        }
        leaked.extend(stored.into_iter().filter(|hit| !hit.contains(": kept ")));
        assert!(
            leaked.is_empty(),
            "{what}: {} leaks\n{}\n{}",
            leaked.len(),
            leaked.join("\n"),
            run.text().chars().take(2000).collect::<String>()
        );
        println!("{what}: exit {:?}, {} planted, 0 leaked", run.code(), self.planter.count());
    }
}

/// The scanner must find everything in the source, or finding nothing elsewhere would mean nothing.
fn control(nest: &Nest) {
    let pair = &nest.pair;
    pair.source_server.psql(&pair.source, "CHECKPOINT");
    let scanner = nest.planter.scanner();
    let oid = pair.at_source("SELECT oid FROM pg_database WHERE datname = current_database()");
    let data = pair.source_server.data();
    let mut found = scanner.scan_files(&data.join("base").join(oid));
    found.extend(scanner.scan_files(&data.join("global")));
    found.extend(scanner.scan_files(&data.join("pg_wal")));
    found.extend(scanner.scan(&pair.source_server.dump(&pair.source, &[])));
    let missing: Vec<String> = nest
        .planter
        .places()
        .filter(|place| !found.iter().any(|hit| hit.contains(&format!("{place} ("))))
        .map(str::to_owned)
        .collect();
    assert!(missing.is_empty(), "the scanner is blind to {missing:?}");
}

#[test]
fn no_canary_leaves_the_source_when_all_goes_well() {
    let mut nest = Nest::new("leak_ok");
    control(&nest);
    let proxy = Proxy::new(nest.target.port(), usize::MAX);
    let url = format!("postgres://postgres@127.0.0.1:{}/{}?sslmode=disable", proxy.port, nest.pair.target);
    let run = nest.start(|command| _ = command.env("STAGING_URL", url)).wait(Duration::from_secs(60)).expect(0);
    nest.search(&run, "success");
    let sent = nest.planter.scanner().scan(&proxy.sent());
    assert!(sent.iter().any(|hit| hit.starts_with("kept ")), "the recording is blind");
    let leaked: Vec<_> = sent.into_iter().filter(|hit| !hit.starts_with("kept ")).collect();
    assert!(leaked.is_empty(), "sent to the target: {leaked:#?}");
    let pair = &nest.pair;
    assert_eq!(pair.at_target("SELECT count(*) FROM people"), "3000");
    assert_eq!(pair.at_target("SELECT count(*), min(id) FROM logs"), "1|3");
    assert_eq!(
        pair.at_target("SELECT kept FROM people WHERE id = 1"),
        pair.at_source("SELECT kept FROM people WHERE id = 1")
    );
}

#[test]
fn no_canary_leaves_the_source_when_the_target_or_the_source_fails() {
    let mut nest = Nest::new("leak_fail");
    nest.run().expect(0);
    let mut before = nest.pair.digest();
    let fails = "CREATE FUNCTION public.only_at_home(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN IF current_database() <> 'leak_fail_src' THEN RAISE EXCEPTION 'bad value %', v USING DETAIL = v, HINT = v; END IF; RETURN v; END $$;
        CREATE FUNCTION public.one_abroad(i integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN RETURN CASE current_database() WHEN 'leak_fail_src' THEN i ELSE 1 END; END $$";
    nest.pair.at_source(fails);
    for (what, prepare, take_back) in [
        ("index", "CREATE INDEX failing ON people (public.only_at_home(kept))", "DROP INDEX failing"),
        (
            "check",
            "ALTER TABLE people ADD CONSTRAINT failing CHECK (public.only_at_home(kept) IS NOT NULL)",
            "ALTER TABLE people DROP CONSTRAINT failing",
        ),
        (
            "check of a masked column",
            "ALTER TABLE people ADD CONSTRAINT failing CHECK (current_database() = 'leak_fail_src' OR notes IS NULL)",
            "ALTER TABLE people DROP CONSTRAINT failing",
        ),
        (
            "generated column",
            "ALTER TABLE people ADD COLUMN failing text GENERATED ALWAYS AS (public.only_at_home(kept)) STORED",
            "ALTER TABLE people DROP COLUMN failing",
        ),
        (
            "materialised view",
            "CREATE MATERIALIZED VIEW failing AS SELECT public.only_at_home(kept) FROM people",
            "DROP MATERIALIZED VIEW failing",
        ),
        (
            "unique",
            "CREATE UNIQUE INDEX failing ON people (public.one_abroad(id), left(kept, 4)) WHERE id < 3",
            "DROP INDEX failing",
        ),
    ] {
        nest.pair.at_source(prepare);
        let run = nest.run();
        assert!(!matches!(run.code(), Some(0) | None), "{what}: {}", run.text());
        nest.search(&run, what);
        assert_eq!(nest.pair.digest(), before, "{what}");
        assert!(
            !nest.pair.beside_target().iter().any(|name| name.contains("__standin_")),
            "{what}: {:?}",
            nest.pair.beside_target()
        );
        nest.pair.at_source(take_back);
    }
    for (what, from, to) in [
        ("sql mask", "nm: erase", "nm: { sql: \"(email::int)::text::name\" }"),
        ("predicate", "level = 'secret'", "message::int > 0"),
        ("JSON mask of other text", "notes: text", "notes: { json: { keep: [theme] } }"),
        ("a mask that does not fit", "ta: text", "ta: hstore"),
        (
            "a value that is no date",
            "full_name: { name: { by: id } }",
            "full_name: { date_shift: { within: 30d, by: id } }",
        ),
    ] {
        assert!(RULES.contains(from), "{from}");
        nest.pair.rules(&RULES.replace(from, to));
        let run = nest.run();
        nest.search(&run, what);
        let after = nest.pair.digest();
        assert!(run.code() == Some(0) || after == before, "{what}");
        before = after;
    }
    nest.pair.rules(RULES);
    nest.run().expect(0);
}

#[test]
fn no_canary_leaves_the_source_when_the_line_is_cut_or_the_run_is_killed() {
    let mut nest = Nest::new("leak_cut");
    nest.run().expect(0);
    let before = nest.pair.digest();
    let (source, target) = (nest.pair.source_server.port(), nest.target.port());
    for (variable, server, database, bytes) in [
        ("STAGING_URL", target, nest.pair.target.clone(), 20_000),
        ("STAGING_URL", target, nest.pair.target.clone(), 300_000),
        ("PRODUCTION_URL", source, nest.pair.source.clone(), 100_000),
        ("PRODUCTION_URL", source, nest.pair.source.clone(), 400_000),
    ] {
        let proxy = Proxy::new(server, bytes);
        let url = format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", proxy.port);
        let run = nest.start(|command| _ = command.env(variable, url)).wait(Duration::from_secs(60)).no_panic();
        let what = format!("{variable} cut after {bytes} bytes");
        assert!(proxy.is_cut(), "{what}: never came to that many");
        assert_eq!(run.code(), Some(75), "{what}\n{}", run.stderr.chars().take(3000).collect::<String>());
        nest.search(&run, &what);
        assert_eq!(nest.pair.digest(), before, "{what}");
    }
    for (signal, milliseconds) in [(Signal::KILL, 150), (Signal::KILL, 450), (Signal::TERM, 300)] {
        let mut running = nest.start(|_| ());
        std::thread::sleep(Duration::from_millis(milliseconds));
        if !running.ended() {
            running.signal(signal);
        }
        let run = running.wait(Duration::from_secs(10)).no_panic();
        nest.search(&run, &format!("{signal:?} after {milliseconds} ms"));
    }
    nest.run().expect(0);
    assert_eq!(nest.pair.digest(), before);
}

/// Refreshes under shipped rules; none of the texts that the queries give may be in the clone's dump or in any output.
fn shipped_rules_hide(pair: &Pair, rules: &str, originals: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(root.join("rules").join(rules), pair.directory.path().join("standin.yaml")).expect("the rules");
    let run = pair.run(&["refresh", "--yes", "-vv", "--report", "r.json", "--report", "r.html"]).expect(0);
    let originals = pair.at_source(originals);
    let texts: Vec<(&str, &str)> = originals
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(_, text)| text.len() > 5)
        .map(|(kind, text)| (text, kind))
        .collect();
    assert!(texts.len() > 500, "{} originals", texts.len());
    let scanner = Scanner::new(texts.into_iter());
    let control = scanner.scan(&pair.source_server.dump(&pair.source, &[]));
    assert!(control.len() > 5, "the scanner is blind: {control:?}");
    let mut leaked = scanner.scan(&pair.target_server.dump(&pair.target, &[]));
    leaked.extend(scanner.scan(run.text().as_bytes()));
    leaked.extend(scanner.scan_files(pair.directory.path()));
    assert!(leaked.is_empty(), "{leaked:?}");
}

#[test]
fn pagila_under_its_rules_shows_no_original() {
    let pair = Pair::with_dataset("leak_pagila", "pagila/pagila.sql.gz");
    let originals = "
        SELECT E'email\\t' || email FROM customer UNION SELECT E'email\\t' || email FROM staff UNION
        SELECT E'name\\t' || first_name || ' ' || last_name FROM customer UNION SELECT E'name\\t' || first_name || ' ' || last_name FROM staff UNION
        SELECT E'street\\t' || address FROM address UNION SELECT E'phone\\t' || phone FROM address WHERE phone <> ''";
    shipped_rules_hide(&pair, "pagila.yaml", originals);
}

#[test]
fn the_shop_under_its_rules_shows_no_original() {
    let pair = Pair::new("leak_shop");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    pair.at_source(&fs::read_to_string(root.join("migrations/shop/V1__shop.sql")).expect("the schema"));
    pair.at_source(&fs::read_to_string(root.join("src/command/demo/sample.sql")).expect("the sample"));
    // The sample's people have numbers that reach nobody, as masked ones have: real ones are told apart.
    pair.at_source(
        "UPDATE users SET phone = format('+49 30 %s', 20000000 + id * 37), last_login_ip = inet '81.2.0.0' + id;
         UPDATE audit_logs SET actor_ip = inet '83.4.0.0' + id",
    );
    let originals = "
        SELECT E'ip\\t' || host(actor_ip) FROM audit_logs UNION SELECT E'email\\t' || email FROM users UNION SELECT E'name\\t' || full_name FROM users UNION SELECT E'phone\\t' || phone FROM users UNION
        SELECT E'ip\\t' || host(last_login_ip) FROM users UNION SELECT E'street\\t' || street FROM addresses UNION
        SELECT E'card\\t' || card_number FROM payment_methods UNION SELECT E'holder\\t' || holder FROM payment_methods";
    shipped_rules_hide(&pair, "shop.yaml", originals);
}
