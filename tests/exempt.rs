//! Rows that stay as they are: named, counted, and nowhere that a masked key would be left without its other end.

use crate::fixture::Pair;

const SOURCE: &str = "
    CREATE TABLE person (id integer PRIMARY KEY, email varchar(80) UNIQUE, name text, notes text, code text NOT NULL, born date);
    INSERT INTO person SELECT i, 'real' || i || '@secret.test', 'Real Name ' || i, 'note ' || i, 'c' || i, '1980-01-01' FROM generate_series(1, 200) i;
    INSERT INTO person VALUES (201, 'qa1@shop.example', 'Quinn Staff', 'staff note', 'q1', NULL), (202, 'qa2@shop.example', NULL, NULL, 'q2', '1990-02-02');
    INSERT INTO person VALUES (203, NULL, 'Null Mail', NULL, 'n', NULL);
    CREATE TABLE visit (id integer PRIMARY KEY, person_email varchar(80) REFERENCES person (email))";

const RULES: &str = "
tables:
  person:
    keep: [id]
    mask: { email: email, name: { name: { by: id } }, notes: erase, code: { constant: x }, born: { sql: \"date_trunc('year', born)\" } }
    exempt: { where: \"email LIKE '%@shop.example'\", reason: staff test accounts }
";

#[test]
fn exempt_rows_stay_whole_and_are_counted() {
    let pair = Pair::with("exempt_rows", &SOURCE[..SOURCE.find("CREATE TABLE visit").expect("it is there")]);
    pair.rules(RULES);
    pair.run(&["plan", "--exact"]).expect(0).says("staff test accounts").says("2 of them exempt");
    let report = pair.run(&["refresh", "--format", "json", "--verify", "full"]).expect(0).text();
    assert!(report.contains("\"exempt\": 2"), "{report}");
    assert!(report.contains("\"unchanged\": 0"), "{report}");
    assert_eq!(
        pair.at_target("SELECT * FROM person WHERE id > 200 ORDER BY id"),
        "201|qa1@shop.example|Quinn Staff|staff note|q1|\n202|qa2@shop.example|||q2|1990-02-02\n203||".to_owned()
            + &pair.at_target("SELECT name FROM person WHERE id = 203")
            + "||x|"
    );
    assert_eq!(
        pair.at_target(
            "SELECT count(*) FROM person WHERE id <= 200 AND email LIKE '%@example.com' AND name !~ 'Real' AND notes IS NULL AND code = 'x'"
        ),
        "200"
    );
    assert_eq!(pair.at_target("SELECT count(*) FROM person WHERE name = 'Null Mail'"), "0");
}

#[test]
fn exempt_rows_come_as_text_where_binary_cannot() {
    let pair = Pair::with(
        "exempt_text",
        "CREATE TABLE odd (id integer PRIMARY KEY, place point, words tsvector, mail text);
         INSERT INTO odd VALUES (1, '(1,2)', 'a b', 'real@secret.test'), (2, NULL, 'c', E'sta\\tff@shop.example')",
    );
    pair.rules(
        "tables: { odd: { keep: [id, place], mask: { words: erase, mail: email }, exempt: { where: \"id = 2\", reason: x } } }\n",
    );
    pair.refresh();
    assert_eq!(pair.at_target("SELECT words, mail FROM odd WHERE id = 2"), "'c'|sta\tff@shop.example");
    assert_eq!(pair.at_target("SELECT words IS NULL, mail LIKE '%@example.com' FROM odd WHERE id = 1"), "t|t");
}

#[test]
fn exemptions_that_cannot_hold_are_refused() {
    let pair = Pair::with("exempt_refused", SOURCE);
    let visit = "  visit: { keep: [id] }\n";
    pair.rules(&format!("{RULES}{visit}"));
    pair.run(&["plan"]).expect(3).says("exempt-key").says("email");
    pair.at_source("DROP TABLE visit");
    pair.rules(&format!("policy: {{ exemptions: refuse }}{RULES}"));
    pair.run(&["refresh"]).expect(3).says("exemptions-refused");
    pair.rules(&RULES.replace("email: email", "email: { digits: {} }"));
    pair.run(&["plan"]).expect(3).says("exempt-unique");
    pair.rules(&RULES.replace("email LIKE", "no_such LIKE"));
    pair.run(&["plan"]).expect(3).says("no_such");
    pair.rules(&RULES.replace(", reason: staff test accounts", ""));
    pair.run(&["plan"]).expect(2).says("reason");
    pair.rules(&RULES.replace("staff test accounts", "\"\""));
    pair.run(&["plan"]).expect(2).says("reason");
}

#[test]
fn one_parents_exemption_does_not_open_what_another_parent_masks() {
    let pair = Pair::with(
        "exempt_parents",
        "CREATE TABLE one (a text); CREATE TABLE two (b text); CREATE TABLE child () INHERITS (one, two);
         INSERT INTO child VALUES ('staff', 'real@secret.test')",
    );
    pair.rules(
        "tables: { one: { mask: { a: text }, exempt: { where: \"a = 'staff'\", reason: x } }, two: { mask: { b: email } } }\n",
    );
    pair.run(&["refresh"]).expect(3).says("exempt-parents").says("child");
}
