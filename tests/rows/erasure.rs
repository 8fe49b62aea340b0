//! Subjects that a clone must not hold: they and all that refers to them are gone, and stay away.

use super::clones::{RELATIONS, TABLES, shop};
use crate::fixture::Run;
use std::fs;

#[test]
fn the_forgotten_and_all_that_refers_to_them_are_not_in_the_clone() {
    let pair = shop("rows_forget");
    pair.rules(&format!("{RELATIONS}policy: {{ orphaned_at_most: 50% }}\ntables:{TABLES}"));
    pair.refresh();
    let file = pair.directory.path().join("ids.csv");
    fs::write(&file, "\u{feff}id\r\n100\r\n 200 \r\n\"200\"\r\n99999\r\n").expect("a file");
    let run = pair.run(&["refresh", "--yes", "--forget-file", "users=ids.csv", "--report", "report.json"]).expect(0);
    let run = run.says("forget-previous").never_says("99999");
    assert!(run.stdout.contains("2 of 3"), "{}", run.stdout);
    let left = "SELECT (SELECT count(*) FROM users WHERE id IN (100, 200)), (SELECT count(*) FROM orders WHERE user_id IN (100, 200)),
                (SELECT count(*) FROM invoices WHERE user_id IN (100, 200)), (SELECT count(*) FROM logs WHERE subject_type = 'User' AND subject_id IN (100, 200)),
                (SELECT count(*) FROM events WHERE payload #>> '{user,id}' IN ('100', '200'))";
    assert_eq!(pair.at_target(left), "0|0|0|0|0");
    assert_eq!(pair.at_target("SELECT count(*) FROM users"), "398");
    assert_eq!(pair.at_target("SELECT count(*) FROM orders"), "3980");
    let report = fs::read_to_string(pair.directory.path().join("report.json")).expect("a report");
    let value: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(value["forgotten"][0]["found"], 2);
    assert_eq!(value["forgotten"][0]["subjects"], 3);
    assert!(!report.contains("99999"), "{report}");

    fs::write(&file, "id\n").expect("a file");
    pair.run(&["refresh", "--yes", "--forget-file", "users=ids.csv"]).expect(3).says("holds no key");
    fs::write(&file, "one\n").expect("a file");
    pair.run(&["refresh", "--yes", "--forget-file", "users=ids.csv"]).expect(3).says("forget-file");
    pair.run(&["refresh", "--yes", "--forget-file", "users"]).expect(2).says("TABLE=FILE");
    pair.run(&["refresh", "--yes", "--forget-file", "users=none.csv"]).expect(2).says("cannot be read");
    pair.run(&["refresh", "--yes", "--forget-file", "usres=ids.csv"]).expect(3).says("public.users");
    fs::write(&file, "1,2\n").expect("a file");
    pair.run(&["plan", "--forget-file", "users=ids.csv"]).expect(3).says("key");
}

/// A key of several columns, of rows that their table's other policies take or leave.
#[test]
fn subjects_of_a_composite_key_are_found_and_counted_once() {
    let pair = shop("rows_forget_composite");
    fs::write(pair.directory.path().join("ids.csv"), "7,1\n7,2\n8,1\n9999,1\n").expect("a file");
    let tables = TABLES.replace("items: { keep: rest", "items: { keep: rest, delete: 'n = 2', sample: 50%");
    pair.rules(&format!("{RELATIONS}tables:{tables}"));
    let arguments = ["refresh", "--yes", "--forget-file", "items=ids.csv", "--format", "json"];
    let run = pair.run(&arguments).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((&report["forgotten"][0]["found"], &report["forgotten"][0]["subjects"]), (&3.into(), &4.into()));
    let tables = report["tables"].as_array().expect("tables");
    let rows = &tables.iter().find(|table| table["table"] == "public.items").expect("items")["rows"];
    let of = |name: &str| rows[name].as_u64().expect("a count");
    assert_eq!((of("source"), of("deleted")), (8000, 4002), "{rows}");
    assert_eq!(of("copied") + of("sampled"), 3998, "{rows}");
    assert_eq!(pair.at_target("SELECT count(*) FROM items"), of("copied").to_string());
    assert_eq!(pair.at_target("SELECT count(*) FROM items WHERE n = 2 OR order_id IN (7, 8)"), "0");
}

/// What is said of databases that may still hold the subjects.
fn named(run: &Run) -> Vec<String> {
    let named = run.stderr.lines().filter(|line| line.contains("[forget-previous]"));
    let mut names: Vec<String> = named.map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn databases_older_than_an_erasure_are_named_until_they_are_gone() {
    let pair = shop("rows_forget_older");
    let rules =
        |forget: &str| pair.rules_for("keep_previous: { count: 3 }", &format!("{RELATIONS}{forget}\ntables:{TABLES}"));
    fs::write(pair.directory.path().join("ids.csv"), "100\n200\n").expect("a file");
    rules("");
    pair.refresh();
    assert_eq!(named(&pair.refresh()).len(), 0);
    pair.run(&["baseline", "save", "--in", "staging", "--yes"]).expect(0);
    rules("forget: [ { table: users, file: ids.csv } ]");
    // The live one, the one before it and the baseline hold them; what is held does not.
    let held = pair.run(&["refresh", "--yes", "--hold"]).expect(0);
    assert_eq!(named(&held).len(), 3, "{}", held.stderr);
    let published = pair.run(&["publish", "--yes"]).expect(0);
    assert_eq!(named(&published).len(), 3, "{}", published.stderr);
    assert_eq!(pair.at_target("SELECT count(*) FROM users WHERE id IN (100, 200)"), "0");
    // The next clone without them names the same three, and not the one before it.
    let next = pair.refresh();
    assert_eq!(named(&next).len(), 3, "{}", next.stderr);
    // A longer list is another list.
    fs::write(pair.directory.path().join("ids.csv"), "100\n200\n300\n").expect("a file");
    assert!(named(&pair.refresh()).len() >= 4);
}

#[test]
fn nobody_goes_back_to_the_forgotten_without_saying_so() {
    let pair = shop("rows_forget_back");
    let rules =
        |forget: &str| pair.rules_for("keep_previous: { count: 3 }", &format!("{RELATIONS}{forget}\ntables:{TABLES}"));
    fs::write(pair.directory.path().join("ids.csv"), "100\n200\n").expect("a file");
    let there = || pair.at_target("SELECT count(*) FROM users WHERE id IN (100, 200)");
    rules("");
    pair.refresh();
    pair.run(&["baseline", "save", "--in", "staging", "--yes"]).expect(0);
    rules("forget: [ { table: users, file: ids.csv } ]");
    pair.refresh();
    for back in [&["rollback"][..], &["reset"], &["reset", "--check"]] {
        pair.run(back).expect(3).says("forgotten-return").says("--with-forgotten");
        assert_eq!(there(), "0");
    }
    // Production has erased them since, say: clones are built without the list again, and remember.
    rules("");
    pair.refresh();
    pair.run(&["rollback"]).expect(0);
    pair.run(&["rollback"]).expect(0);
    pair.run(&["reset"]).expect(3).says("forgotten-return");
    // Whoever must, can, and is told.
    pair.run(&["reset", "--with-forgotten"]).expect(0).says("may hold them again");
    assert_eq!(there(), "2");
    pair.run(&["rollback"]).expect(0);
    pair.run(&["rollback"]).expect(3).says("forgotten-return");
    pair.run(&["rollback", "--with-forgotten"]).expect(0).says("may hold them again");
    assert_eq!(there(), "2");
}

#[test]
fn what_is_carried_brings_no_forgotten_subject_back() {
    let pair = shop("rows_forget_carry");
    let rules = |carry: &str, tables: &str, more: &str| {
        pair.rules_for(
            &format!("carry: {{ {carry} }}"),
            &format!("{more}policy: {{ orphaned_at_most: 50% }}\ntables:{tables}"),
        );
    };
    rules("flags: all", TABLES, "");
    fs::write(pair.directory.path().join("ids.csv"), "100\n").expect("a file");
    pair.refresh();
    let carry = "users: { where: 'id IN (100, 101)', conflict: clone }, orders: { where: 'user_id IN (100, 101)', conflict: clone }";
    rules(carry, TABLES, RELATIONS);
    let run =
        pair.run(&["refresh", "--yes", "--forget-file", "users=ids.csv"]).expect(0).says("subjects that are forgotten");
    run.never_says("100,");
    let left = "SELECT (SELECT count(*) FROM users WHERE id = 100), (SELECT count(*) FROM orders WHERE user_id = 100), (SELECT count(*) FROM orders WHERE user_id = 101)";
    assert_eq!(pair.at_target(left), "0|0|10");

    // A masked key does not say whose rows they are; a relation is no constraint.
    let masked = TABLES.replace(
        "users: { keep: rest, mask: { email: email } }",
        "users: { keep: rest, mask: { email: email, id: { permute: { range: 1..2147483647 } } } }",
    );
    rules(carry, &masked, "");
    pair.run(&["plan", "--forget-file", "users=ids.csv"]).expect(3).says("carry-forget");
    rules("events: all", TABLES, RELATIONS);
    pair.run(&["plan", "--forget-file", "users=ids.csv"]).expect(3).says("carry-forget").says("public.events");
    pair.run(&["plan"]).expect(0);
}
