//! Built now, published later: held databases, the guards before they are swapped in, and several of them together.

use crate::fixture::{Pair, Run, Running, servers};
use std::time::Duration;

const SOURCE: &str = "CREATE TABLE item (id integer PRIMARY KEY); INSERT INTO item SELECT generate_series(1, 5);";
const RULES: &str = "tables: { item: { keep: [id] } }\n";

fn pair(name: &str) -> Pair {
    let pair = Pair::with(name, SOURCE);
    pair.rules(RULES);
    pair
}

fn count(pair: &Pair) -> String {
    pair.at_target("SELECT count(*) FROM item")
}

/// A clone with one row more than before, held.
fn held(pair: &Pair) -> Run {
    pair.at_source("INSERT INTO item SELECT max(id) + 1 FROM item");
    pair.run(&["refresh", "--yes", "--hold"]).expect(0)
}

/// Databases beside the target that no rollback needs.
fn waiting(pair: &Pair) -> Vec<String> {
    pair.beside_target().into_iter().filter(|name| !name.contains("__previous_")).collect()
}

#[test]
fn a_held_clone_is_closed_and_published_without_production() {
    let pair = pair("hold_publish");
    pair.refresh();
    held(&pair).says("held: a masked clone").says("`standin publish` swaps it in");
    assert_eq!(count(&pair), "5");
    let names = waiting(&pair);
    assert!(pair.target_server.try_psql(&names[0], "SELECT 1").is_err(), "nobody can enter it");
    let mut command = pair.command(&["publish", "--format", "json"]);
    command.env_remove("PRODUCTION_URL").env_remove("STANDIN_KEY");
    let run = Running::start(command).wait(Duration::from_secs(30)).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON alone");
    assert_eq!(report["result"], "published");
    assert_eq!(report["published"][0]["environment"], "staging");
    assert_eq!((count(&pair).as_str(), waiting(&pair).len()), ("6", 0));
    pair.run(&["publish"]).expect(3).says("no database is held").says("--hold");
    pair.run(&["rollback"]).expect(0);
    assert_eq!(count(&pair), "5");
}

#[test]
fn the_report_of_a_held_clone_says_so_and_the_first_clone_may_be_held_too() {
    let pair = pair("hold_report");
    let run = pair.run(&["refresh", "--yes", "--hold", "--format", "json"]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON alone");
    assert_eq!(report["result"], "held");
    assert_eq!(report["to"]["held"].as_str(), waiting(&pair).first().map(String::as_str));
    pair.run(&["publish"]).expect(0);
    assert_eq!(count(&pair), "5");
}

#[test]
fn a_held_clone_is_discarded_replaced_or_expires() {
    let pair = pair("hold_ends");
    pair.refresh();
    held(&pair);
    let first = waiting(&pair);
    held(&pair);
    let second = waiting(&pair);
    assert!(second.len() == 1 && second != first, "one is held at a time");
    pair.run(&["discard"]).expect(0).says(&second[0]);
    pair.run(&["discard"]).expect(0).says("nothing was held");
    assert_eq!((count(&pair).as_str(), waiting(&pair).len()), ("5", 0));
    pair.rules_for("hold: 1s", RULES);
    held(&pair);
    std::thread::sleep(Duration::from_millis(1100));
    pair.run(&["publish"]).expect(3).says("expired");
    held(&pair);
    std::thread::sleep(Duration::from_millis(1100));
    pair.rules(RULES);
    pair.refresh();
    assert_eq!((count(&pair).as_str(), waiting(&pair).len()), ("9", 0));
}

#[test]
fn a_publication_is_refused_when_the_database_is_another_now() {
    let pair = pair("hold_guard");
    pair.refresh();
    held(&pair);
    pair.refresh();
    pair.run(&["publish"]).expect(3).says("not the one any more").says("discard");
    pair.run(&["discard"]).expect(0);
    held(&pair);
    pair.at_target("SELECT pg_create_logical_replication_slot('hold_slot', 'pgoutput')");
    pair.run(&["publish"]).expect(3).says("hold_slot");
    pair.at_target("SELECT pg_drop_replication_slot('hold_slot')");
    pair.rules(&format!("# other words\n{RULES}"));
    pair.run(&["publish"]).expect(0).says("the rules file is not the one any more");
    assert_eq!(count(&pair), "7");
}

/// Runs `publish` with the rules files of both.
fn publish(one: &Pair, other: &Pair) -> Run {
    let path = other.directory.path().join("standin.yaml");
    let rules = std::fs::read_to_string(&path).unwrap().replace("STAGING_URL", "OTHER_URL");
    let file = other.directory.path().join("other.yaml");
    std::fs::write(&file, rules).unwrap();
    let mut command = one.command(&["publish", "--rules", "standin.yaml", "--rules", file.to_str().unwrap()]);
    let url = other
        .command(&[])
        .get_envs()
        .find(|(name, _)| *name == "STAGING_URL")
        .and_then(|(_, url)| url.map(ToOwned::to_owned));
    command.env("OTHER_URL", url.expect("a URL"));
    Running::start(command).wait(Duration::from_secs(60))
}

#[test]
fn databases_of_several_rules_files_are_published_together() {
    let (one, other) = (pair("hold_one"), pair("hold_other"));
    for pair in [&one, &other] {
        pair.refresh();
        held(pair);
    }
    publish(&one, &other).expect(0).says("hold_one_dst").says("hold_other_dst");
    assert_eq!((count(&one), count(&other)), ("6".into(), "6".into()));
    let run = publish(&one, &other).expect(3);
    assert_eq!(run.stderr.matches("no database is held").count(), 2, "all refusals together: {}", run.stderr);
    one.run(&["refresh", "--rules", "standin.yaml", "--rules", "standin.yaml"]).expect(2).says("`publish` alone");
}

#[test]
fn one_that_cannot_be_published_takes_the_others_back() {
    let one = Pair::between(&servers().target, &servers().source, "hold_first");
    one.at_source(SOURCE);
    one.rules(RULES);
    let other = pair("hold_second");
    other.at_source("GRANT SELECT ON ALL TABLES IN SCHEMA public TO standin_reader");
    let other = other.plain_roles();
    other.rules_for("roles: { postgres: standin_writer, \"*\": drop }", RULES);
    for pair in [&one, &other] {
        pair.refresh();
        held(pair);
    }
    let name = &other.target;
    let server = other.target_server;
    server.psql("postgres", &format!("ALTER DATABASE {name} SET log_min_duration_statement = 7"));
    publish(&one, &other).expect(1);
    assert_eq!((count(&one), count(&other)), ("5".into(), "5".into()));
    assert_eq!((waiting(&one).len(), waiting(&other).len()), (1, 1), "both are held as before");
    server.psql("postgres", &format!("ALTER DATABASE {name} RESET log_min_duration_statement"));
    publish(&one, &other).expect(0);
    assert_eq!((count(&one), count(&other)), ("6".into(), "6".into()));
}

#[test]
fn killed_anywhere_a_publication_happened_or_can_be_made() {
    let pair = pair("hold_kill");
    pair.refresh();
    held(&pair);
    let whole = pair.run(&["publish"]).expect(0).seconds;
    for round in 0..5 {
        held(&pair);
        let old: u32 = count(&pair).parse().unwrap();
        let mut run = pair.start(&["publish"]);
        std::thread::sleep(whole.mul_f64((f64::from(round) + 0.5) / 5.0));
        if !run.ended() {
            run.signal(rustix::process::Signal::KILL);
        }
        run.wait(Duration::from_secs(10)).no_panic();
        if count(&pair) == old.to_string() {
            // Unless the server was still at it when we looked.
            pair.run(&["publish"]).no_panic();
        }
        assert_eq!(count(&pair), (old + 1).to_string(), "round {round}");
        assert_eq!(waiting(&pair), Vec::<String>::new());
    }
}

#[test]
fn killed_anywhere_a_rollback_happened_or_can_be_made() {
    let pair = pair("hold_rollback_kill");
    pair.refresh();
    pair.at_source("INSERT INTO item VALUES (6)");
    pair.refresh();
    let whole = pair.run(&["rollback"]).expect(0).seconds;
    for round in 0..5 {
        let old = count(&pair);
        let mut run = pair.start(&["rollback"]);
        std::thread::sleep(whole.mul_f64((f64::from(round) + 0.5) / 5.0));
        if !run.ended() {
            run.signal(rustix::process::Signal::KILL);
        }
        run.wait(Duration::from_secs(10)).no_panic();
        // The server may still be at it when we look.
        std::thread::sleep(Duration::from_millis(200));
        let new = count(&pair);
        assert!(["5", "6"].contains(&new.as_str()), "round {round}: {old}, {new}");
        pair.run(&["rollback"]).expect(0);
        let back = if new == "5" { "6" } else { "5" };
        assert_eq!((count(&pair).as_str(), waiting(&pair).len()), (back, 0), "round {round}");
    }
}
