//! What becomes of the rows of each table: estimated by the plan, counted by `--exact` and the report, and always all of them.

use super::clones::{RELATIONS, TABLES, shipped, shop};
use crate::fixture::Pair;
use serde_json::Value;
use std::collections::BTreeMap;

const FATES: [&str; 6] = ["copied", "deleted", "expired", "sampled", "unreached", "orphaned"];

/// By table: rows at the source, then by what becomes of them.
type Fates = BTreeMap<String, (u64, [u64; 6])>;

/// Reads the fates of every table, and demands that they are all of its rows.
fn fates(report: &Value, member: Option<&str>) -> Fates {
    let mut fates = Fates::new();
    for table in report["tables"].as_array().expect("tables") {
        let rows = member.map_or(&table["rows"], |member| &table["rows"][member]);
        let Some(source) = rows["source"].as_u64() else {
            assert_eq!(table["rows"]["come"], "none", "{table}");
            continue;
        };
        let each = FATES.map(|fate| rows[fate].as_u64().expect("a count"));
        assert_eq!(each.iter().sum::<u64>(), source, "{table}");
        fates.insert(table["table"].as_str().expect("a name").to_owned(), (source, each));
    }
    fates
}

/// Estimates, exact counts and the report of a refresh; the last two agree with each other and with both databases.
fn checked(pair: &Pair, name: &str) -> (Fates, Fates) {
    let json = |arguments: &[&str]| -> Value {
        serde_json::from_str(&pair.run(arguments).expect(0).stdout).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let estimate = fates(&json(&["plan", "--format", "json"]), Some("estimate"));
    let exact = fates(&json(&["plan", "--exact", "--format", "json"]), None);
    let report = json(&["refresh", "--yes", "--format", "json"]);
    let mut done = fates(&report, None);
    for (table, (source, each)) in &done {
        let table_rows = format!("SELECT count(*) FROM ONLY {table}");
        assert_eq!(pair.at_target(&table_rows), each[0].to_string(), "{name}: {table}");
        let all = pair.at_source(&table_rows);
        assert!(*source == 0 || all == source.to_string(), "{name}: {table}: {source} of {all}");
    }
    done.retain(|table, _| exact.contains_key(table));
    assert_eq!(exact, done, "{name}");
    (estimate, exact)
}

/// Demands that what is estimated to come is near to what comes, as a share of the table.
fn near(name: &str, (estimate, exact): &(Fates, Fates), within: f64) {
    // The logs speak of the newest orders and the first users alone: nothing that statistics know.
    for (table, (source, each)) in exact.iter().filter(|(table, _)| *table != "public.logs") {
        let (all, guess) = &estimate[table];
        let share = |rows: u64, of: u64| rows as f64 / of.max(1) as f64;
        let (got, want) = (share(guess[0], *all), share(each[0], *source));
        println!("{name}: {table}: {guess:?} of {all}, {each:?} of {source}");
        assert!((got - want).abs() <= within, "{name}: {table}: {guess:?} of {all} estimated, {each:?} of {source}");
    }
}

/// A name, the head of the rules, what stands in the place of lines of their tables, and how near an estimate must be.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)], f64);

/// Every kind of policy, alone and together: head, and what stands in the place of lines of the tables.
const POLICIES: &[Case] = &[
    ("nothing", "", &[], 0.0),
    ("empty", "empty: [flags]\n", &[("  flags: { keep: rest }\n", "")], 0.0),
    ("delete", "", &[("users: {", "users: { delete: 'id > 300', orphans: { default: cascade },")], 0.4),
    (
        "delete, set_null",
        "",
        &[("products: {", "products: { delete: 'id <= 10', orphans: { items.product_id: set_null },")],
        0.1,
    ),
    ("retain", "", &[("orders: {", "orders: { retain: { by: at, last: 60d },")], 0.4),
    ("retain, newest", "", &[("orders: {", "orders: { retain: { by: at, last: 60d, anchor: newest },")], 0.4),
    (
        "delete and retain",
        "",
        &[(
            "orders: {",
            "orders: { delete: 'id % 2 = 0 AND id < 1000', retain: { by: at, last: 60d }, orphans: { default: cascade },",
        )],
        0.2,
    ),
    (
        "sample",
        "",
        &[("events: {", "events: { sample: 25%,"), ("orders: {", "orders: { sample: { rows: 1000, newest_by: at },")],
        0.1,
    ),
    (
        "sample by parent",
        "",
        &[
            ("orders: {", "orders: { sample: { of: 30%, by: user_id },"),
            ("invoices: {", "invoices: { sample: { of: 30%, by: user_id, as: users.id },"),
        ],
        0.45,
    ),
    (
        "subset",
        "subset: { roots: [ { table: users, where: 'id > 360' } ], children: { users.boss: none, users.team: none } }\n",
        &[],
        0.45,
    ),
    (
        "subset of a sample",
        "subset: { roots: [ { table: users, sample: 20% } ], children: { orders: { most: 3, newest_by: at }, users.boss: none, users.team: none } }\n",
        &[],
        0.45,
    ),
    (
        "subset alone",
        "subset: { roots: [ { table: users, rows: 12 } ], children: { users.boss: none, users.team: none }, unreached: empty }\n",
        &[],
        0.7,
    ),
    (
        "all together",
        "empty: [flags]\nsubset: { roots: [ { table: users, sample: 50% }, { table: users, where: 'id < 20' } ], children: { users.boss: none, users.team: none } }\n",
        &[
            ("  flags: { keep: rest }\n", ""),
            (
                "orders: {",
                "orders: { delete: 'id % 7 = 3', retain: { by: at, last: 90d }, orphans: { default: cascade },",
            ),
            ("logs: {", "logs: { sample: 50%,"),
            ("products: {", "products: { delete: 'id = 7', orphans: { default: set_null },"),
        ],
        0.7,
    ),
];

#[test]
fn every_policy_accounts_for_every_row_and_the_plan_knows_about_how_many() {
    let pair = shop("rows_counts");
    for (name, head, changes, within) in POLICIES {
        let mut tables = TABLES.to_owned();
        for (from, to) in *changes {
            assert!(tables.contains(from), "{name}: {from}");
            tables = tables.replace(from, to);
        }
        pair.rules(&format!("{RELATIONS}policy: {{ orphaned_at_most: 100% }}\n{head}tables:{tables}"));
        near(name, &checked(&pair, name), *within);
    }
    // Subjects count as deleted.
    std::fs::write(pair.directory.path().join("ids.csv"), "100\n200\n").expect("a file");
    pair.rules(
        &format!("forget: [ {{ table: users, file: ids.csv }} ]\n{RELATIONS}policy: {{ orphaned_at_most: 100% }}\ntables:{TABLES}"),
    );
    let both = checked(&pair, "forget");
    near("forget", &both, 0.02);
    let (estimate, exact) = both;
    assert_eq!(exact["public.users"], (400, [398, 2, 0, 0, 0, 0]));
    assert_eq!(exact["public.orders"].1, [3980, 0, 0, 0, 0, 20]);
    assert!(estimate["public.users"].1[1] == 2 && estimate["public.orders"].1[5] >= 20, "{estimate:?}");
}

#[test]
fn the_plan_says_that_its_counts_are_estimates() {
    let pair = shop("rows_estimates");
    pair.rules(&format!(
        "{RELATIONS}tables:{}",
        TABLES.replace("orders: {", "orders: { retain: { by: at, last: 60d }, ")
    ));
    pair.run(&["plan"])
        .expect(0)
        .says("estimated from the source's statistics; --exact counts")
        .says("expired")
        .says("orphaned");
    pair.run(&["plan", "--exact"]).expect(3).says("orphaned-at-most");
    pair.rules(&format!(
        "{RELATIONS}policy: {{ orphaned_at_most: 100% }}\ntables:{}",
        TABLES.replace("orders: {", "orders: { retain: { by: at, last: 60d }, ")
    ));
    pair.run(&["plan", "--exact"]).expect(0).never_says("estimated").says(" of 4,000 rows, 2,56");
}

#[test]
fn pagila_and_northwind_account_for_every_row() {
    let pair = Pair::with_dataset("rows_counts_pagila", "pagila/pagila.sql.gz");
    pair.at_source("ANALYZE");
    let rules = shipped("pagila.yaml")
        .replace("  payment: {", "  payment: { retain: { by: payment_date, last: 6mo, anchor: newest },");
    let policy = "policy: { orphaned_at_most: 100% }\n";
    for (name, more) in [
        ("pagila, subset", "subset:\n  roots: [ { table: customer, sample: 10% } ]\n"),
        ("pagila, subset alone", "subset:\n  roots: [ { table: film, where: 'film_id < 50' } ]\n  unreached: empty\n"),
        ("pagila, retain", ""),
    ] {
        std::fs::write(pair.directory.path().join("standin.yaml"), format!("{rules}{more}{policy}")).expect("rules");
        near(name, &checked(&pair, name), 1.0);
    }
    let pair = Pair::with_dataset("rows_counts_northwind", "northwind/northwind.sql");
    pair.at_source("ANALYZE");
    for (name, from, to, more) in [
        (
            "northwind, subset",
            "",
            "",
            "subset:\n  roots: [ { table: employees, where: 'employee_id = 9' } ]\n  children: { orders: { most: 5, newest_by: order_date } }\n",
        ),
        (
            "northwind, delete",
            "  orders:\n",
            "  orders:\n    delete: 'order_id % 3 = 0'\n    orphans: { default: cascade }\n",
            "",
        ),
    ] {
        let rules = shipped("northwind.yaml");
        assert!(rules.contains(from), "{from}");
        let rules = if from.is_empty() { rules } else { rules.replace(from, to) };
        std::fs::write(pair.directory.path().join("standin.yaml"), format!("{rules}{more}{policy}")).expect("rules");
        near(name, &checked(&pair, name), 1.0);
    }
}
