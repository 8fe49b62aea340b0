//! Columns of few values: what a plan says of them, and what `resample`, `default` and `bits` make of them.

use crate::fixture::Pair;

const SOURCE: &str = "
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE patient (id integer PRIMARY KEY, sex char(1), diagnosis text, mood mood, level smallint, tags text[], email text, code text UNIQUE,
                      state text DEFAULT 'new', since date DEFAULT CURRENT_DATE, seen timestamptz DEFAULT now(), serial integer DEFAULT 7, flags bit(12), born date UNIQUE);
INSERT INTO patient SELECT i, CASE WHEN i % 4 = 0 THEN 'm' ELSE 'f' END, CASE WHEN i = 1 THEN 'rare disease' WHEN i % 10 = 0 THEN 'flu' ELSE 'cold' END,
    CASE WHEN i % 2 = 0 THEN 'sad' ELSE 'ok' END::mood, i % 3, CASE WHEN i % 2 = 0 THEN '{a}'::text[] END, 'real' || i || '@secret.test', 'c' || i,
    'old', '1990-01-01', '1990-01-01', i, (i % 4096)::bit(12), date '1950-01-01' + i FROM generate_series(1, 2000) i;
ANALYZE;";

const MASKS: &str = "email: email, code: token, state: default, since: default, seen: default, serial: default, flags: bits, born: erase";

fn rules(pair: &Pair, masks: &str) {
    pair.rules(&format!("tables: {{ patient: {{ keep: [id], mask: {{ {MASKS}, {masks} }} }} }}\n"));
}

#[test]
fn values_survive_and_nobody_has_his_own() {
    let pair = Pair::with("resample_all", SOURCE);
    let draw = "{ resample: { by: id } }";
    rules(&pair, &format!("sex: {draw}, diagnosis: {draw}, mood: {draw}, level: {draw}, tags: {draw}"));
    pair.run(&["plan", "--exact"]).expect(0).never_says("frequencies");
    pair.refresh();
    for condition in [
        "count(*) FILTER (WHERE sex = 'm') BETWEEN 400 AND 600 AND count(sex) = 2000",
        "count(*) FILTER (WHERE diagnosis = 'flu') BETWEEN 130 AND 270",
        "count(*) FILTER (WHERE diagnosis NOT IN ('flu', 'cold')) = 0",
        "count(DISTINCT level) = 3 AND count(DISTINCT mood) = 2 AND count(tags) = 1000",
        "count(*) FILTER (WHERE sex = CASE WHEN id % 4 = 0 THEN 'm' ELSE 'f' END) BETWEEN 1050 AND 1450",
        "bool_and(state = 'new' AND since > '2020-01-01' AND seen > '2020-01-01' AND serial = 7)",
        "count(DISTINCT flags) > 1000 AND count(*) FILTER (WHERE flags = (id % 4096)::bit(12)) < 20",
    ] {
        assert_eq!(pair.at_target(&format!("SELECT {condition} FROM patient")), "t", "{condition}");
    }
    let drawn = || {
        pair.at_target(
            "SELECT md5(string_agg(concat(sex, diagnosis, mood, level, tags, flags), ',' ORDER BY id)) FROM patient",
        )
    };
    let before = drawn();
    pair.refresh();
    assert_eq!(drawn(), before);
}

#[test]
fn what_keeps_frequencies_is_warned_of_and_what_would_survive_of_a_person_is_refused() {
    let pair = Pair::with("resample_words", SOURCE);
    let keep = "mood: choice, level: { choice: [1, 2] }, tags: text";
    rules(&pair, &format!("sex: {{ choice: [f, m] }}, diagnosis: text, {keep}"));
    let said = pair.run(&["plan"]).expect(0).text();
    for words in
        ["[frequencies]", "patient.sex", "about 2 values in 2000 rows", "patient.diagnosis", "`resample: { by: id }`"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let draw = "{ resample: { by: id } }";
    pair.rules(&format!(
        "tables: {{ patient: {{ keep: rest, mask: {{ sex: erase, diagnosis: erase, tags: erase, flags: erase, state: erase, email: {draw}, code: {draw}, born: {{ date_shift: {{ within: 30d, by: id }} }} }} }} }}\n"
    ));
    pair.run(&["plan"])
        .expect(3)
        .says("it is called like what `email` is for")
        .says("it is unique: each points to one person")
        .says("`date_shift` has about 36525 outputs for 2000 rows: 54.76 collisions are to be expected");
    rules(
        &pair,
        &format!("sex: erase, diagnosis: erase, level: erase, tags: erase, mood: {draw}")
            .replace("serial: default", ""),
    );
    pair.at_source("UPDATE patient SET mood = NULL WHERE id > 4");
    pair.run(&["refresh"]).expect(3).says("of its 2 values none is that of 5 rows").says("at_least: 1");
    pair.at_source("UPDATE patient SET state = id, serial = id; ALTER TABLE patient ALTER serial SET DEFAULT random(), ALTER email DROP DEFAULT, ALTER email SET NOT NULL");
    rules(&pair, "sex: erase, diagnosis: erase, level: erase, tags: erase, mood: erase");
    pair.run(&["plan"]).expect(3).says("volatile");
}
