//! Baselines: saved, listed, put back; what stays with the name, who is refused, and kills in the middle.

use crate::fixture::{Pair, Running};
use rustix::process::Signal;
use std::process::{Child, Stdio};
use std::time::Duration;

const SOURCE: &str = "CREATE TABLE item (id integer PRIMARY KEY, label text, created_at timestamptz);
    INSERT INTO item SELECT n, 'item ' || n, '2020-03-01 10:00Z'::timestamptz + n * interval '1 hour' FROM generate_series(1, 500) n;";
const RULES: &str = "tables: { item: { keep: [id, label, created_at] } }\n";

/// A refreshed target with a baseline.
fn saved(name: &str) -> Pair {
    let pair = Pair::with(name, SOURCE);
    pair.rules(RULES);
    pair.refresh();
    pair.run(&["baseline", "save"]).expect(0).says("`default`");
    pair
}

fn count(pair: &Pair) -> String {
    pair.at_target("SELECT count(*) FROM item")
}

/// Databases beside the target that are neither the baseline nor previous ones.
fn remains(pair: &Pair) -> Vec<String> {
    let kept = |name: &String| name.contains("__baseline_") || name.contains("__previous_");
    pair.beside_target().into_iter().filter(|name| !kept(name)).collect()
}

/// A session at the target that sleeps.
fn connect(pair: &Pair) -> Child {
    let mut psql = pair.target_server.client("psql", &pair.target);
    psql.env("PGAPPNAME", "rails").args(["-Xqc", "SELECT pg_sleep(60)"]);
    let child = psql.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("psql");
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rails' AND datname = '{}'";
    while pair.target_server.psql("postgres", &waiting.replace("{}", &pair.target)) == "0" {
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn end(mut child: Child) {
    let _ = child.kill();
    child.wait().expect("a child");
}

#[test]
fn a_reset_puts_rows_back_and_needs_no_production_and_no_key() {
    let pair = saved("base_reset");
    let before = pair.digest();
    pair.at_target("DELETE FROM item WHERE id > 10; UPDATE item SET label = 'spoilt'");
    let mut command = pair.command(&["reset", "--to", "staging", "--format", "json"]);
    command.env_remove("PRODUCTION_URL").env_remove("STANDIN_KEY");
    let run = Running::start(command).wait(Duration::from_secs(30)).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON alone");
    assert_eq!((report["result"].as_str(), report["command"].as_str()), (Some("published"), Some("reset")));
    assert_eq!(pair.digest(), before);
    assert_eq!(remains(&pair), Vec::<String>::new());
    pair.run(&["rollback"]).expect(0);
    assert_eq!(count(&pair), "10", "the previous database is the way back from a reset too");
    for _ in 0..10 {
        pair.run(&["reset"]).expect(0).says("again");
        assert_eq!(pair.digest(), before);
    }
}

#[test]
fn a_baseline_is_a_marked_template_that_nobody_can_enter() {
    let pair = saved("base_template");
    let name = format!("{}__baseline_default", pair.target);
    let facts =
        "SELECT concat_ws(' ', datallowconn, datistemplate, shobj_description(oid, 'pg_database')::jsonb ->> 'state',
                 shobj_description(oid, 'pg_database')::jsonb ->> 'baseline') FROM pg_database WHERE datname = '{}'";
    assert_eq!(pair.target_server.psql("postgres", &facts.replace("{}", &name)), "f t baseline default");
    assert!(pair.target_server.try_psql(&name, "SELECT 1").is_err());
    pair.run(&["baseline", "list"]).expect(0).says("default").says(&name);
    let list = pair.run(&["baseline", "list", "--format", "json"]).expect(0);
    let list: serde_json::Value = serde_json::from_str(&list.stdout).expect("JSON alone");
    assert_eq!(list["baselines"][0]["name"], "default");
    pair.at_target("DELETE FROM item");
    pair.run(&["baseline", "save", "--name", "empty"]).expect(0);
    pair.run(&["reset"]).expect(0);
    assert_eq!(count(&pair), "500");
    pair.run(&["reset", "--name", "empty"]).expect(0);
    assert_eq!(count(&pair), "0");
    pair.run(&["baseline", "save"]).expect(0);
    pair.run(&["baseline", "drop", "--name", "empty"]).expect(0);
    pair.run(&["reset", "--name", "empty"]).expect(3).says("no baseline `empty`").says("default");
    pair.at_target("INSERT INTO item VALUES (1)");
    pair.run(&["reset"]).expect(0);
    assert_eq!(count(&pair), "0", "a second save takes the first one's place");
    assert_eq!(remains(&pair), Vec::<String>::new());
}

#[test]
fn sessions_are_named_and_refused_until_they_are_ended() {
    let pair = Pair::with("base_sessions", SOURCE);
    pair.rules(RULES).refresh();
    let session = connect(&pair);
    let refused = pair.run(&["baseline", "save"]).expect(3);
    refused.says("rails").says("--end-sessions");
    pair.run(&["baseline", "save", "--end-sessions"]).expect(0).says("nobody could connect for");
    end(session);
    let session = connect(&pair);
    pair.run(&["reset"]).expect(0);
    end(session);
    pair.at_target("BEGIN; DELETE FROM item; PREPARE TRANSACTION 'base_left'");
    pair.run(&["baseline", "save", "--end-sessions"]).expect(3).says("base_left").says("ROLLBACK PREPARED");
    pair.at_target("ROLLBACK PREPARED 'base_left'");
}

#[test]
fn without_a_baseline_and_for_others_databases_a_reset_is_refused() {
    let pair = Pair::with("base_refused", SOURCE);
    pair.rules(RULES);
    pair.run(&["baseline", "save"]).expect(3).says("no such database");
    pair.refresh();
    pair.run(&["reset"]).expect(3).says("no baseline `default`").says("standin baseline save");
    pair.run(&["reset", "--to", "production"]).expect(3).says("only ever read");
    pair.run(&["baseline", "save", "--in", "production"]).expect(3).says("only ever read");
    pair.run(&["baseline", "save", "--name", "No such"]).expect(2);
    pair.run(&["baseline", "save"]).expect(0);
    let server = pair.target_server;
    server.psql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", pair.target));
    server.create(&pair.target);
    pair.at_target("CREATE TABLE somebody_elses (n integer)");
    pair.run(&["reset"]).expect(3).says("--adopt");
    assert_eq!(pair.at_target("SELECT count(*) FROM somebody_elses"), "0");
}

#[test]
fn a_database_that_standin_did_not_make_is_put_back_to_its_own_baseline() {
    let pair = Pair::with("base_own", SOURCE);
    pair.rules(RULES);
    pair.target_server.create(&pair.target);
    pair.at_target(SOURCE);
    pair.run(&["baseline", "save"]).expect(0);
    pair.at_target("DELETE FROM item");
    pair.run(&["reset"]).expect(0);
    assert_eq!(count(&pair), "500");
}

#[test]
fn a_schema_that_moved_on_is_refused_with_the_difference() {
    let pair = saved("base_schema");
    pair.at_target(
        "ALTER TABLE item ADD COLUMN vat text; ALTER TABLE item ALTER COLUMN label SET DEFAULT 'x';
         CREATE VIEW seen AS SELECT id FROM item; CREATE INDEX by_label ON item (label); DELETE FROM item WHERE id = 1;
         CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    );
    for arguments in [&["reset"][..], &["reset", "--check"]] {
        let run = pair.run(arguments).expect(3);
        let run = run.says("public.item.vat is only in staging").says("public.item.label differs");
        run.says("view public.seen").says("public.item, by_label").says("public.one()").never_says("'x'");
    }
    assert_eq!(count(&pair), "499");
    assert_eq!(remains(&pair), Vec::<String>::new());
    pair.run(&["baseline", "save"]).expect(0);
    pair.run(&["reset", "--check"]).expect(0).says("would work");
}

#[test]
fn a_check_changes_nothing() {
    let pair = saved("base_check");
    pair.at_target("DELETE FROM item WHERE id > 10");
    let oid = format!("SELECT oid FROM pg_database WHERE datname = '{}'", pair.target);
    let before = pair.target_server.psql("postgres", &oid);
    pair.run(&["reset", "--check"]).expect(0).says("would work");
    assert_eq!((count(&pair).as_str(), pair.target_server.psql("postgres", &oid)), ("10", before));
    assert_eq!(remains(&pair), Vec::<String>::new());
}

#[test]
fn a_prepared_copy_is_used_once_and_never_a_stale_one() {
    let pair = saved("base_prepared");
    pair.run(&["baseline", "prepare"]).expect(0);
    let prepared = format!("{}__prepared_default", pair.target);
    assert!(pair.target_server.try_psql(&prepared, "SELECT 1").is_err(), "nobody can enter it");
    pair.run(&["baseline", "list"]).expect(0).says("yes");
    pair.at_target("DELETE FROM item");
    let oid = |name: &str| {
        pair.target_server.psql("postgres", &format!("SELECT oid FROM pg_database WHERE datname = '{name}'"))
    };
    let copy = oid(&prepared);
    pair.run(&["reset"]).expect(0);
    assert_eq!((oid(&pair.target), count(&pair).as_str()), (copy, "500"));
    assert_eq!(remains(&pair), Vec::<String>::new());
    pair.run(&["baseline", "prepare"]).expect(0);
    pair.at_target("DELETE FROM item WHERE id > 7");
    pair.run(&["baseline", "save"]).expect(0);
    assert_eq!(remains(&pair), Vec::<String>::new(), "what was prepared from the old state went with it");
    pair.run(&["reset"]).expect(0);
    assert_eq!(count(&pair), "7");
}

#[test]
fn owner_grants_settings_and_limit_survive_and_plain_roles_suffice() {
    let pair = Pair::with("base_props", SOURCE);
    pair.at_source("GRANT SELECT ON ALL TABLES IN SCHEMA public TO standin_reader");
    let pair = pair.plain_roles();
    pair.rules_for("roles: { postgres: app_owner, \"*\": drop }", RULES);
    let (server, name) = (pair.target_server, &pair.target);
    server.psql("postgres", &format!("CREATE DATABASE {name} OWNER app_owner CONNECTION LIMIT 17"));
    for sql in [
        "REVOKE ALL ON DATABASE {} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {} TO app_reader",
        "ALTER DATABASE {} SET statement_timeout = '1234s'",
        "COMMENT ON DATABASE {} IS 'the demo'",
    ] {
        server.psql("postgres", &sql.replace("{}", name));
    }
    pair.refresh();
    let properties = || {
        let sql = "SELECT datdba::regrole, datconnlimit, datallowconn, datistemplate,
                   (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a), s.setconfig,
                   split_part(shobj_description(d.oid, 'pg_database'), E'\\n', 2)
                   FROM pg_database d LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid WHERE datname = '{}'";
        server.psql("postgres", &sql.replace("{}", name))
    };
    let before = properties();
    assert!(before.starts_with("app_owner|17|t|f|") && before.ends_with("the demo"), "{before}");
    pair.run(&["baseline", "save"]).expect(0);
    pair.at_target("DELETE FROM item");
    pair.run(&["reset"]).expect(0);
    assert_eq!((properties(), count(&pair).as_str()), (before, "500"));
}

#[test]
fn a_replication_slot_of_the_database_is_seen_in_time() {
    let pair = saved("base_slot");
    pair.at_target("SELECT pg_create_logical_replication_slot('base_slot', 'pgoutput')");
    pair.run(&["reset"]).expect(3).says("base_slot").says("--drop-replication");
    pair.at_target("SELECT pg_drop_replication_slot('base_slot')");
    pair.run(&["reset"]).expect(0);
}

#[test]
fn killed_anywhere_a_reset_leaves_the_old_or_the_new_database() {
    let pair = saved("base_kill");
    let new = pair.digest();
    let whole = pair.run(&["reset"]).expect(0).seconds;
    pair.at_target("DELETE FROM item WHERE id > 3");
    let old = pair.digest();
    for round in 0..24 {
        let signal = if round % 6 == 5 { Signal::TERM } else { Signal::KILL };
        let mut run = pair.start(&["reset"]);
        std::thread::sleep(whole.mul_f64((f64::from(round) + 0.5) / 24.0));
        if !run.ended() {
            run.signal(signal);
        }
        run.wait(Duration::from_secs(10)).no_panic();
        let found = pair.digest();
        assert!(found == old || found == new, "round {round}");
        if found == new {
            pair.at_target("DELETE FROM item WHERE id > 3");
        }
    }
    pair.run(&["reset"]).expect(0);
    assert_eq!(pair.digest(), new);
    assert_eq!(remains(&pair), Vec::<String>::new());
}

#[test]
fn a_reset_while_another_run_works_gives_way_at_once() {
    let pair = saved("base_lock");
    pair.at_source(
        "CREATE FUNCTION slow(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1 FROM pg_sleep(CASE WHEN current_database() LIKE ''%_src'' THEN 0 ELSE 8 END)'",
    );
    pair.at_source(
        "CREATE TABLE few (n integer PRIMARY KEY); INSERT INTO few VALUES (1); CREATE INDEX slowly ON few (slow(n))",
    );
    pair.rules("tables: { item: { keep: [id, label, created_at] }, few: { keep: [n] } }\n");
    let mut refresh = pair.start(&["refresh", "--yes"]);
    while remains(&pair).is_empty() {
        assert!(!refresh.ended(), "{}", refresh.stderr());
        std::thread::sleep(Duration::from_millis(20));
    }
    for arguments in [&["reset"][..], &["baseline", "save"], &["rollback"], &["publish"], &["refresh", "--yes"]] {
        let run = pair.run(arguments).expect(75).says("works on this database");
        assert!(run.seconds < Duration::from_secs(2), "{:?}", run.seconds);
    }
    refresh.wait(Duration::from_secs(90)).expect(0);
    pair.run(&["reset"]).expect(3).says("public.few");
}

/// Tables whose dates are in each other's way, compared, watched by triggers, in partitions and seen by a view.
const DATED: &str = "
    CREATE TABLE item (id integer PRIMARY KEY, label text, created_at timestamptz, updated_at timestamptz,
                       CHECK (created_at <= updated_at));
    INSERT INTO item SELECT n, 'item', t, t + interval '90 minutes'
    FROM (SELECT n, now() - interval '40 days 3 hours' - n * interval '5 hours' AS t FROM generate_series(0, 200) n) s;
    INSERT INTO item VALUES (1000, 'never', '-infinity', 'infinity'), (1001, 'none', NULL, NULL);
    CREATE TABLE daily (day date PRIMARY KEY, total integer, during daterange GENERATED ALWAYS AS (daterange(day, day, '[]')) STORED,
                        EXCLUDE USING gist (daterange(day, day, '[]') WITH &&));
    INSERT INTO daily SELECT current_date - 40 - n, n FROM generate_series(0, 60) n;
    CREATE TABLE visit (id integer, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM ('2000-01-01') TO ('2026-01-15');
    CREATE TABLE visit_new PARTITION OF visit FOR VALUES FROM ('2026-01-15') TO ('2200-01-01');
    INSERT INTO visit SELECT n, current_date - 40 - n FROM generate_series(0, 60) n;
    CREATE TABLE woken (n integer);
    CREATE FUNCTION wake() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.woken VALUES (1); RETURN NEW; END';
    CREATE TRIGGER wake BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION wake();
    CREATE TRIGGER asleep BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION wake(); ALTER TABLE item DISABLE TRIGGER asleep;
    CREATE TRIGGER always BEFORE UPDATE ON visit_new FOR EACH ROW EXECUTE FUNCTION wake(); ALTER TABLE visit_new ENABLE ALWAYS TRIGGER always;
    CREATE RULE echo AS ON UPDATE TO daily DO ALSO INSERT INTO woken VALUES (2);
    CREATE MATERIALIZED VIEW newest AS SELECT max(created_at) FILTER (WHERE isfinite(created_at)) AS at FROM item;";

/// A database of its own with a baseline, and the rule that moves its dates.
fn dated(name: &str, columns: &str) -> Pair {
    let pair = Pair::with(name, "CREATE TABLE unused (n integer)");
    pair.target_server.create(&pair.target);
    pair.at_target(DATED);
    pair.rules_for(&format!("baseline: {{ shift_dates: {{ columns: [{columns}], anchor: newest }} }}"), "");
    pair.run(&["baseline", "save"]).expect(0);
    pair
}

#[test]
fn dates_move_to_today_by_whole_days_and_everything_else_stays() {
    let columns = "\"*.created_at\", item.updated_at, \"*.day\"";
    for (name, prepare) in [("base_dates", false), ("base_dates_ahead", true)] {
        let pair = dated(name, columns);
        if prepare {
            pair.run(&["baseline", "prepare"]).expect(0);
        }
        pair.run(&["reset"]).expect(0);
        assert_eq!(pair.at_target("SELECT max(day) = current_date FROM daily"), "t");
        assert_eq!(pair.at_target("SELECT count(*), max(day) - min(day) FROM daily"), "61|60");
        assert_eq!(pair.at_target("SELECT bool_and(during = daterange(day, day, '[]')) FROM daily"), "t");
        let item = "SELECT count(*), max(updated_at - created_at), bool_and(created_at > now() - interval '43 days'),
                    max(created_at) > now() - interval '1 day 4 hours' FROM item WHERE id <= 200";
        assert_eq!(pair.at_target(item), "201|PT1H30M|t|t");
        assert_eq!(
            pair.at_target("SELECT created_at, updated_at FROM item WHERE id >= 1000 ORDER BY id"),
            "-infinity|infinity\n|"
        );
        assert_eq!(pair.at_target("SELECT count(*), max(day) = current_date FROM visit"), "61|t");
        assert_eq!(pair.at_target("SELECT at = (SELECT max(created_at) FROM item WHERE id <= 200) FROM newest"), "t");
        assert_eq!(pair.at_target("SELECT count(*) FROM woken"), "0");
        let awake =
            "SELECT string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal";
        assert_eq!(pair.at_target(awake), "alwaysA asleepD wakeO");
        assert_eq!(pair.at_target("SELECT ev_enabled FROM pg_rewrite WHERE rulename = 'echo'"), "O");
    }
}

#[test]
fn dates_that_a_constraint_holds_in_place_are_refused_and_nothing_moves() {
    let pair = dated("base_dates_refused", "\"*.created_at\"");
    pair.run(&["reset"]).expect(3).says("public.item").says("item_check").says("cannot be moved by 4");
    pair.run(&["reset", "--check"]).expect(3);
    pair.run(&["baseline", "prepare"]).expect(3);
    let rules = |columns: &str| {
        pair.rules_for(&format!("baseline: {{ shift_dates: {{ columns: [{columns}] }} }}"), "");
    };
    rules("item.label, \"*.none\"");
    pair.run(&["reset"]).expect(3).says("item.label").says("text, not a date").says("`*.none` matches no column");
    rules("day");
    pair.run(&["reset"]).expect(2).says("not a pattern of columns");
    rules("\"*.day\"");
    pair.at_target("CREATE TABLE refers (id integer, day date, FOREIGN KEY (id, day) REFERENCES visit)");
    pair.run(&["baseline", "save"]).expect(0);
    pair.run(&["reset"]).expect(3).says("public.visit.day").says("public.refers.day").says("foreign key");
    assert_eq!(pair.at_target("SELECT max(day) = current_date - 40 FROM visit"), "t");
    assert_eq!(remains(&pair), Vec::<String>::new());
}

#[test]
fn what_the_rules_want_done_is_done_in_the_copy_before_the_swap() {
    let pair = saved("base_after");
    let file = |text: &str| std::fs::write(pair.directory.path().join("reset.sql"), text).unwrap();
    pair.rules_for("after: [{ sql: reset.sql, timeout: 1s }]", RULES);
    file("UPDATE item SET label = 'ready' WHERE id = 1");
    pair.run(&["reset"]).expect(0);
    assert_eq!(pair.at_target("SELECT label FROM item WHERE id = 1"), "ready");
    let before = pair.digest();
    for (text, words) in [("UPDATE item SET nowhere = 1", "reset.sql"), ("SELECT pg_sleep(20)", "1 s")] {
        file(text);
        pair.run(&["reset"]).expect(1).says(words);
        assert_eq!(pair.digest(), before);
        assert_eq!(remains(&pair), Vec::<String>::new());
    }
    file("ALTER TABLE item ADD COLUMN vat text");
    pair.run(&["reset"]).expect(3).says("public.item.vat is only in the baseline");
    pair.at_target("ALTER TABLE item ADD COLUMN vat text");
    pair.run(&["reset"]).expect(0);
    std::fs::remove_file(pair.directory.path().join("reset.sql")).unwrap();
    pair.run(&["reset"]).expect(2);
    pair.run(&["rollback"]).expect(0);
}
