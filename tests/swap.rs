//! Publishing: what stays with the name, who is refused, and the way back.

use crate::fixture::{Pair, Run, servers};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const SOURCE: &str =
    "CREATE TABLE item (id integer PRIMARY KEY, label text); INSERT INTO item VALUES (1, 'one'), (2, 'two');";
const RULES: &str = "tables: { item: { keep: [id, label] } }\n";

fn pair(name: &str) -> Pair {
    let pair = Pair::with(name, SOURCE);
    pair.rules(RULES);
    pair
}

/// Everything of a database that belongs to its name rather than to its contents.
fn properties(pair: &Pair) -> String {
    let name = &pair.target;
    pair.target_server.psql(
        "postgres",
        &format!(
            "SELECT concat_ws(' ', datdba::regrole, datconnlimit, spcname, datallowconn, datistemplate, datcollate, datctype,
                    pg_encoding_to_char(encoding), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a))
             FROM pg_database d JOIN pg_tablespace t ON t.oid = dattablespace WHERE datname = '{name}';
             SELECT setrole::regrole, (SELECT array_agg(s ORDER BY s) FROM unnest(setconfig) s) FROM pg_db_role_setting
             WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = '{name}') ORDER BY 1"
        ),
    )
}

#[test]
fn owner_grants_settings_limit_and_tablespace_stay_with_the_name() {
    let pair = pair("swap_props");
    let (server, name) = (pair.target_server, &pair.target);
    let place = server.data().join("swap_space");
    server.psql("postgres", &format!("COPY (SELECT 1) TO PROGRAM 'mkdir {}'", place.display()));
    server.psql("postgres", &format!("CREATE TABLESPACE swap_space LOCATION '{}'", place.display()));
    server.psql(
        "postgres",
        &format!("CREATE DATABASE {name} TEMPLATE template0 TABLESPACE swap_space OWNER app_owner CONNECTION LIMIT 17"),
    );
    for sql in [
        "REVOKE ALL ON DATABASE {} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {} TO app_reader WITH GRANT OPTION",
        "ALTER DATABASE {} SET statement_timeout = '1234s'",
        "ALTER DATABASE {} SET search_path = \"odd, path\", public",
        "ALTER DATABASE {} SET DateStyle = 'SQL, DMY'",
        "ALTER DATABASE {} SET app.note = E'it''s \\\\ a \"note\"'",
        "ALTER ROLE app_owner IN DATABASE {} SET work_mem = '7MB'",
        "COMMENT ON DATABASE {} IS 'ours since 2019'",
    ] {
        server.psql("postgres", &sql.replace("{}", name));
    }
    let before = properties(&pair);
    pair.run(&["refresh", "--yes"]).expect(0);
    assert_eq!(properties(&pair), before);
    assert_eq!(pair.at_target("SELECT count(*) FROM public.item"), "2");
    let comment = server.psql(
        "postgres",
        &format!("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"),
    );
    let (marker, rest) = comment.split_once('\n').expect("the marker, then the comment");
    assert_eq!(rest, "ours since 2019");
    let marker: serde_json::Value = serde_json::from_str(marker).expect("one line of JSON");
    assert_eq!(marker["environment"], "staging");
    pair.refresh();
    assert_eq!(properties(&pair), before, "the second time as well");
    let public = server
        .psql("postgres", &format!("SELECT datallowconn FROM pg_database WHERE datname LIKE '{name}\\_\\_previous%'"));
    assert_eq!(public, "f", "the previous database cannot be entered");
}

#[test]
fn a_setting_of_the_old_database_is_a_value_and_never_a_statement() {
    let pair = pair("swap_setting");
    pair.refresh();
    let name = &pair.target;
    let list = "x;CREATE/**/ROLE/**/swap_intruder";
    servers().target.psql(
        "postgres",
        &format!(
            "SELECT set_config('search_path', '{list}', false); ALTER DATABASE {name} SET search_path FROM CURRENT"
        ),
    );
    pair.refresh();
    let intruders = "SELECT count(*) FROM pg_roles WHERE rolname = 'swap_intruder'";
    assert_eq!(servers().target.psql("postgres", intruders), "0");
}

#[test]
fn a_rollback_goes_back_and_forth_without_production() {
    let pair = pair("swap_back");
    pair.refresh();
    pair.at_source("INSERT INTO item VALUES (3, 'three')");
    pair.refresh();
    assert_eq!(pair.at_target("SELECT count(*) FROM public.item"), "3");
    for expected in ["2", "3", "2"] {
        let mut command = pair.command(&["rollback", "--yes"]);
        command.env_remove("PRODUCTION_URL");
        crate::fixture::Running::start(command).wait(Duration::from_secs(20)).expect(0);
        assert_eq!(pair.at_target("SELECT count(*) FROM public.item"), expected);
    }
    assert_eq!(pair.beside_target().len(), 1);
}

#[test]
fn a_rollback_without_a_previous_database_is_refused() {
    let pair = pair("swap_none");
    pair.run(&["rollback", "--yes"]).expect(3);
    pair.refresh();
    pair.run(&["rollback", "--yes"]).expect(3).says("previous");
    assert_eq!(pair.at_target("SELECT count(*) FROM public.item"), "2");
}

#[test]
fn previous_databases_are_kept_as_the_rules_say() {
    let pair = pair("swap_keep");
    pair.rules_for("keep_previous: { count: 2 }", RULES);
    for expected in [0, 1, 2, 2] {
        pair.refresh();
        assert_eq!(pair.beside_target().len(), expected);
        std::thread::sleep(Duration::from_millis(1100));
    }
    pair.rules_for("keep_previous: { count: 0 }", RULES);
    pair.refresh();
    assert_eq!(pair.beside_target(), Vec::<String>::new());
}

#[test]
fn two_refreshes_within_a_second_do_not_meet_in_a_name() {
    let pair = pair("swap_quick");
    pair.rules_for("keep_previous: { count: 5 }", RULES);
    for _ in 0..4 {
        pair.refresh();
    }
    for _ in 0..4 {
        pair.run(&["rollback", "--yes"]).expect(0);
    }
    assert_eq!(pair.beside_target().len(), 3);
}

#[test]
fn clients_reconnect_within_a_second_and_none_fails_after_the_swap() {
    let pair = pair("swap_clients");
    pair.refresh();
    pair.run(&["baseline", "save"]).expect(0);
    let url = pair.target_server.url(&pair.target, "app_reader");
    let stop = AtomicBool::new(false);
    let seen: Vec<Vec<Seen>> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..20).map(|_| scope.spawn(|| client(&url, &stop))).collect();
        std::thread::sleep(Duration::from_millis(200));
        pair.refresh();
        for _ in 0..2 {
            pair.run(&["reset"]).expect(0);
        }
        std::thread::sleep(Duration::from_millis(200));
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().expect("a client")).collect()
    });
    // When anybody was first answered by each database.
    let mut first: BTreeMap<u32, Instant> = BTreeMap::new();
    for (database, at) in seen.iter().flatten().filter_map(Seen::answer) {
        first.entry(database).and_modify(|first| *first = at.min(*first)).or_insert(at);
    }
    assert_eq!(first.len(), 4, "three swaps");
    for client in &seen {
        let answers: Vec<(u32, Instant)> = client.iter().filter_map(Seen::answer).collect();
        for pair in answers.windows(2) {
            let ((before, left), (after, back)) = (pair[0], pair[1]);
            assert!(back - left < Duration::from_secs(1), "out for {:?}", back - left);
            let failed = client.iter().filter_map(Seen::failure).filter(|(began, _)| (left..back).contains(began));
            for (began, why) in failed {
                assert!(before != after, "failed without a swap: {why}");
                assert!(began < first[&after], "failed {:?} after others were back: {why}", began - first[&after]);
            }
        }
    }
}

/// What a client saw.
enum Seen {
    /// A database answered it, by its oid.
    Answer(u32, Instant),
    /// An attempt to connect that began then was refused.
    Failure(Instant, String),
}

impl Seen {
    fn answer(&self) -> Option<(u32, Instant)> {
        if let Seen::Answer(database, at) = self { Some((*database, *at)) } else { None }
    }

    fn failure(&self) -> Option<(Instant, &str)> {
        if let Seen::Failure(began, why) = self { Some((*began, why)) } else { None }
    }
}

/// A client that queries, connects anew now and then, and at once when it is cut off.
fn client(url: &str, stop: &AtomicBool) -> Vec<Seen> {
    const WHERE: &str = "SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut seen = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let began = Instant::now();
            match tokio_postgres::connect(url, tokio_postgres::NoTls).await {
                Ok((client, connection)) => {
                    let connection = tokio::spawn(connection);
                    for _ in 0..50 {
                        let Ok(row) = client.query_one(WHERE, &[]).await else { break };
                        seen.push(Seen::Answer(row.get(0), Instant::now()));
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    connection.abort();
                }
                Err(error) => seen.push(Seen::Failure(began, format!("{error:?}"))),
            }
        }
        seen
    })
}

/// The target is as it was: no database of ours was made.
fn refused(pair: &Pair, run: Run, words: &str) {
    run.expect(3).says(words);
    assert_eq!(pair.beside_target(), Vec::<String>::new());
    assert_eq!(pair.source_server.databases(&format!("{}__", pair.source)), Vec::<String>::new());
    assert_eq!(pair.at_source("SELECT count(*) FROM public.item"), "2");
}

fn with_target(pair: &Pair, url: &str, arguments: &[&str]) -> Run {
    let mut command = pair.command(arguments);
    command.env("STAGING_URL", url);
    crate::fixture::Running::start(command).wait(Duration::from_secs(60))
}

#[test]
fn the_source_is_refused_as_target_under_every_name() {
    let pair = pair("swap_self");
    let (name, port) = (&pair.source, pair.source_server.port());
    let socket = pair.source_server.socket().display().to_string();
    for url in [
        format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable"),
        format!("postgres://standin_writer@127.0.0.1:{port}/{name}?sslmode=disable"),
        format!("postgres://postgres@localhost:{port}/{name}?sslmode=disable"),
        format!("host={socket} port={port} user=postgres dbname={name}"),
        format!("postgres:///{name}?host={}&port={port}&user=postgres", socket.replace('/', "%2F")),
    ] {
        for extra in [&[][..], &["--adopt"]] {
            for command in ["plan", "refresh"] {
                let mut arguments = vec![command, "--yes"];
                arguments.extend(extra);
                refused(&pair, with_target(&pair, &url, &arguments), "source");
            }
        }
    }
}

#[test]
fn another_database_of_the_sources_server_is_allowed_with_a_warning() {
    let pair = pair("swap_same");
    let url = pair.source_server.url("swap_same_dst", "postgres");
    let run = with_target(&pair, &url, &["refresh", "--yes"]).expect(0);
    assert!(run.stderr.contains("warning"), "{}", run.stderr);
    assert_eq!(pair.source_server.psql("swap_same_dst", "SELECT count(*) FROM public.item"), "2");
}

#[test]
fn an_unmarked_database_with_tables_needs_adopt() {
    let pair = pair("swap_adopt");
    pair.target_server.create(&pair.target);
    pair.at_target("CREATE TABLE precious (id integer); INSERT INTO precious VALUES (1)");
    refused(&pair, pair.run(&["refresh", "--yes"]), "adopt");
    pair.run(&["plan"]).expect(3).says("adopt");
    assert_eq!(pair.at_target("SELECT count(*) FROM precious"), "1");
    pair.run(&["refresh", "--yes", "--adopt"]).expect(0);
    assert_eq!(pair.at_target("SELECT count(*) FROM public.item"), "2");
    pair.refresh();
    pair.run(&["rollback", "--yes"]).expect(0);
}

#[test]
fn the_way_back_from_an_adoption_is_the_adopted_database() {
    let pair = pair("swap_adopted");
    pair.target_server.create(&pair.target);
    pair.at_target("CREATE TABLE precious (id integer); INSERT INTO precious VALUES (1)");
    pair.run(&["refresh", "--yes", "--adopt"]).expect(0);
    pair.run(&["rollback", "--yes"]).expect(0);
    assert_eq!(pair.at_target("SELECT count(*) FROM public.precious"), "1");
}

#[test]
fn another_environments_database_is_refused() {
    let pair = pair("swap_marker");
    pair.refresh();
    let rules = std::fs::read_to_string(pair.directory.path().join("standin.yaml")).expect("the rules");
    let rules = rules.replace("  staging:\n", "  preview:\n");
    std::fs::write(pair.directory.path().join("standin.yaml"), rules).expect("the rules");
    for arguments in [&["refresh", "--yes"][..], &["refresh", "--yes", "--adopt"]] {
        refused(&pair, pair.run(arguments), "staging");
    }
}

#[test]
fn an_environment_of_tier_production_is_never_a_target() {
    let pair = pair("swap_tier");
    pair.refresh();
    refused(&pair, pair.run(&["refresh", "--yes", "--from", "staging", "--to", "production"]), "production");
    let run = pair.run(&["rollback", "--yes", "--to", "production"]).expect(3);
    assert!(run.stderr.contains("production"));
}

#[test]
fn replication_on_the_old_target_is_refused_by_name() {
    let pair = pair("swap_slots");
    pair.refresh();
    pair.at_target(
        "CREATE PUBLICATION feed FOR ALL TABLES; SELECT pg_create_logical_replication_slot('swap_slot', 'pgoutput')",
    );
    let run = pair.run(&["refresh", "--yes"]).expect(3).says("feed").says("swap_slot");
    drop(run);
    pair.run(&["refresh", "--yes", "--drop-replication"]).expect(0);
    assert_eq!(pair.at_target("SELECT count(*) FROM public.item"), "2");
}

#[test]
fn a_prepared_transaction_on_the_old_target_is_refused_by_name() {
    let pair = pair("swap_prepared");
    pair.refresh();
    pair.at_target("BEGIN; INSERT INTO public.item VALUES (9, 'nine'); PREPARE TRANSACTION 'held back'");
    let run = pair.run(&["refresh", "--yes"]);
    pair.at_target("ROLLBACK PREPARED 'held back'");
    run.expect(3).says("held back");
    pair.refresh();
}

#[test]
fn a_target_server_that_lacks_a_role_is_refused_with_the_lines_that_settle_it() {
    let pair = pair("swap_roles");
    let server = &servers().source;
    server.psql("postgres", "DROP ROLE IF EXISTS only_in_production; CREATE ROLE only_in_production");
    pair.at_source("ALTER TABLE item OWNER TO only_in_production; GRANT SELECT ON item TO app_reader");
    pair.run(&["refresh", "--yes"]).expect(3).says("only_in_production").says("roles:");
    pair.rules_for("roles: { only_in_production: app_owner, app_reader: drop }", RULES);
    pair.refresh();
    let owner = "SELECT relowner::regrole, relacl FROM pg_class WHERE relname = 'item'";
    assert_eq!(pair.at_target(owner), "app_owner|");
    pair.rules_for("roles: { \"*\": drop }", RULES);
    pair.run(&["refresh", "--yes"]).expect(3).says("app_owner would lose");
    pair.run(&["refresh", "--yes", "--accept-lost-grants"]).expect(0);
    assert_eq!(pair.at_target("SELECT relowner::regrole FROM pg_class WHERE relname = 'item'"), "postgres");
}

#[test]
fn a_new_clone_sorts_as_its_source_and_a_refreshed_one_as_before() {
    let pair = Pair::new("swap_locale");
    let create = |name: &str, locale: &str| {
        let icu = format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE '{locale}'");
        servers().source.psql("postgres", &format!("DROP DATABASE {name};\n{icu}"));
    };
    create(&pair.source, "de-AT");
    pair.at_source("CREATE TABLE item (id integer PRIMARY KEY, label text)");
    pair.rules(RULES);
    let locale = "SELECT concat_ws(' ', d ->> 'datlocprovider', coalesce(d ->> 'datlocale', d ->> 'daticulocale'))
                  FROM (SELECT to_jsonb(d) AS d FROM pg_database d WHERE datname = current_database()) AS d";
    for _ in 0..2 {
        pair.refresh().never_says("collation");
        assert_eq!(pair.at_target(locale), "i de-AT");
    }
    create(&pair.source, "sv");
    pair.at_source("CREATE TABLE item (id integer PRIMARY KEY, label text)");
    pair.refresh().says("sv of ICU");
    assert_eq!(pair.at_target(locale), "i de-AT");
}
