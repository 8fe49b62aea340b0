//! `shuffle`: every value is there, none is in its row, and only the key knows where it went.

use crate::fixture::{Pair, servers};
use std::process::Command;

const SOURCE: &str = "
CREATE TYPE place AS (city text, zip text);
CREATE TABLE pay (id integer PRIMARY KEY, salary numeric(10,2), bonus integer, bonus_note json, home place, since date, tags text[], hired boolean NOT NULL,
                  staff boolean NOT NULL, gone boolean NOT NULL, email text, code text UNIQUE);
INSERT INTO pay SELECT i, CASE WHEN i % 7 > 0 THEN 1000 + i / 100.0 END, i, json_build_object('n', i), ROW('City ' || i, i)::place, date '2000-01-01' + i,
    ARRAY['t' || i], i % 2 = 0, i > 1990, i % 10 = 0, 'real' || i || '@secret.test', 'c' || i FROM generate_series(1, 2000) i;
CREATE TABLE part (region text, id integer, amount integer, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE part_a PARTITION OF part FOR VALUES IN ('a');
CREATE TABLE part_b PARTITION OF part FOR VALUES IN ('b');
INSERT INTO part SELECT CASE WHEN i <= 100 THEN 'a' ELSE 'b' END, i, i FROM generate_series(1, 200) i;
CREATE TABLE bare (id integer, amount integer);
INSERT INTO bare VALUES (1, 1);";

const MASKS: &str = "salary: shuffle, bonus: { shuffle: { group: bonus } }, bonus_note: { shuffle: { group: bonus } }, home: shuffle, \
                     since: shuffle, tags: shuffle, hired: shuffle, email: erase, code: erase";
const OTHERS: &str = "part: { keep: [region, id], mask: { amount: shuffle } }, bare: { keep: rest }";

fn rules(pair: &Pair, head: &str, pay: &str) {
    pair.rules(&format!(
        "{head}tables: {{ pay: {{ keep: [id, staff, gone], mask: {{ {MASKS} }}{pay} }}, {OTHERS} }}\n"
    ));
}

/// The columns of a shuffled row as one text each, in the order of their values.
fn values(column: &str, condition: &str) -> String {
    format!(
        "SELECT md5(string_agg(coalesce({column}::text, 'NULL'), ',' ORDER BY {column}::text COLLATE \"C\")) FROM pay WHERE {condition}"
    )
}

#[test]
fn every_value_is_there_and_none_in_its_row() {
    let pair = Pair::with("shuffle_all", SOURCE);
    rules(&pair, "", "");
    pair.run(&["plan", "--exact"]).expect(0).says("shuffle, moved at the source");
    let report = pair.run(&["refresh", "--format", "json", "--verify", "full"]).expect(0).text();
    assert!(report.contains("\"mask\": \"shuffle\""), "{report}");
    for column in ["salary", "bonus", "bonus_note", "home", "since", "tags", "hired"] {
        let sql = values(column, "true");
        assert_eq!(pair.at_target(&sql), pair.at_source(&sql), "{column}");
    }
    for condition in [
        "count(*) FILTER (WHERE bonus = id) = 0 AND count(*) FILTER (WHERE since = date '2000-01-01' + id) = 0",
        "count(*) FILTER (WHERE (bonus_note->>'n')::integer = bonus) = 2000",
        "count(*) FILTER (WHERE (home).zip = bonus::text OR since = date '2000-01-01' + bonus) < 20",
        // The order in which rows stand tells nothing of where their values were.
        "abs(corr(bonus, id)) < 0.1",
    ] {
        assert_eq!(pair.at_target(&format!("SELECT {condition} FROM pay")), "t", "{condition}");
    }
    assert_eq!(
        pair.at_target("SELECT bool_and(lead = id + 1) FROM (SELECT id, lead(id) OVER (ORDER BY ctid) FROM pay) AS pay WHERE lead IS NOT NULL"),
        "t"
    );
    let neighbours = "SELECT count(*) FROM (SELECT id, bonus, lead(id) OVER (ORDER BY ctid) AS next, lag(id) OVER (ORDER BY ctid) AS last FROM pay) AS pay WHERE bonus IN (next, last)";
    assert!(pair.at_target(neighbours).parse::<u32>().expect("a number") < 20);
    // A partition keeps its own values.
    assert_eq!(
        pair.at_target("SELECT region, min(amount), max(amount), count(DISTINCT amount), count(*) FILTER (WHERE amount = id) FROM part GROUP BY 1 ORDER BY 1"),
        "a|1|100|100|0\nb|101|200|100|0"
    );
    let rows = "SELECT md5(string_agg(pay::text, ',' ORDER BY id)) FROM pay";
    let before = pair.at_target(rows);
    pair.refresh();
    assert_eq!(pair.at_target(rows), before);
    let mut other: Command = pair.command(&["refresh", "--yes", "--jobs", "1"]);
    other.env("STANDIN_KEY", "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeefe");
    assert!(other.output().expect("a run").status.success());
    assert_ne!(pair.at_target(rows), before);
    assert_eq!(pair.at_target(&values("salary", "true")), pair.at_source(&values("salary", "true")));
}

#[test]
fn values_of_rows_that_stay_behind_do_not_come() {
    let pair = Pair::with("shuffle_rows", SOURCE);
    rules(&pair, "", ", delete: gone, exempt: { where: staff, reason: our own }");
    pair.refresh();
    for column in ["salary", "bonus", "since"] {
        let sql = values(column, "NOT gone");
        assert_eq!(pair.at_target(&sql), pair.at_source(&sql), "{column}");
    }
    assert_eq!(pair.at_target("SELECT count(*) FILTER (WHERE bonus % 10 = 0) FROM pay"), "0");
    assert_eq!(pair.at_target("SELECT count(*) = count(*) FILTER (WHERE bonus = id) FROM pay WHERE staff"), "t");
    assert_eq!(
        pair.at_target("SELECT count(*) FILTER (WHERE bonus = id OR bonus > 1990) FROM pay WHERE NOT staff"),
        "0"
    );
}

#[test]
fn what_points_to_somebody_or_cannot_be_moved_is_refused() {
    let pair = Pair::with("shuffle_refused", SOURCE);
    pair.rules("tables: { pay: { keep: rest, mask: { salary: shuffle, bonus_note: erase, home: erase, tags: erase, email: shuffle, code: shuffle } }, part: { keep: [region, id], mask: { amount: shuffle } }, bare: { keep: [id], mask: { amount: shuffle } } }\n");
    pair.run(&["plan"])
        .expect(3)
        .says("it is called like what `email` is for")
        .says("it is unique: each points to one person")
        .says("orders rows by their primary key, and public.bare has none");
    rules(&pair, "", ", sample: 10%");
    pair.run(&["plan"]).expect(3).says("shuffle-chosen").says("`resample: { by: … }`");
    rules(&pair, "", ", delete: \"id > 4\"");
    pair.run(&["refresh"]).expect(3).says("fewer than 5 rows of public.pay come").says("at_least: 1");
    pair.at_source("DELETE FROM part WHERE id BETWEEN 101 AND 198");
    rules(&pair, "", ", delete: \"id > 0\"");
    pair.run(&["refresh"]).expect(3).says("fewer than 5 rows of public.part_b come").never_says("of public.pay come");
    assert!(!servers().target.databases(&pair.target).contains(&pair.target));
}
