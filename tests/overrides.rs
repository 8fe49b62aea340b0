//! What one environment does otherwise than the file says, and rules that run ahead of a migration.

use crate::fixture::Pair;

const SOURCE: &str = "
    CREATE TABLE users (id integer PRIMARY KEY, email text, city text, plan text);
    INSERT INTO users SELECT i, 'real' || i || '@secret.test', 'Realville', 'free' FROM generate_series(1, 50) i;
    CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users, note text);
    INSERT INTO orders SELECT i, i % 50 + 1, 'secret' FROM generate_series(1, 100) i";

const RULES: &str = "
tables:
  users: { keep: [id, plan], mask: { email: email, city: city } }
  orders: { keep: [id, user_id] }
";

#[test]
fn an_environment_has_rules_of_its_own_over_those_of_the_file() {
    let pair = Pair::with("override_own", SOURCE);
    pair.rules_for("", RULES);
    pair.run(&["plan"]).expect(3).says("public.orders.note");
    let own = "override: { policy: { unlisted_columns: erase }, subset: { roots: [ { table: users, rows: 5 } ] }, \
               tables: { users: { keep: [city], reason: the map needs real cities }, orders: { orphans: { default: cascade } } } }";
    pair.rules_for(own, RULES);
    pair.run(&["plan"]).expect(0).says("the map needs real cities");
    pair.run(&["explain", "users.city", "--to", "staging"]).expect(0).says("keep");
    pair.refresh();
    assert_eq!(
        pair.at_target("SELECT count(*), count(*) FILTER (WHERE city = 'Realville'), count(*) FILTER (WHERE email LIKE '%@secret.test') FROM users"),
        "5|5|0"
    );
    assert_eq!(pair.at_target("SELECT count(*), count(note) FROM orders"), "10|0");
}

#[test]
fn what_keeps_more_than_the_file_needs_a_reason() {
    let pair = Pair::with("override_reason", SOURCE);
    for own in [
        "tables: { users: { keep: [city] } }",
        "tables: { users: { keep: rest } }",
        "tables: { other: { keep: [a] } }",
        "policy: { comments: keep }",
        "policy: { large_objects: keep }",
    ] {
        pair.rules_for(&format!("override: {{ {own} }}"), RULES);
        pair.run(&["plan"]).expect(2).says("weaker-override").says("reason");
    }
    pair.rules_for(
        "override: { tables: { users: { mask: { plan: erase } } } }",
        &format!("policy: {{ unlisted_columns: erase }}{RULES}"),
    );
    pair.run(&["plan"]).expect(0);
    pair.rules_for("override: { tabels: {} }", RULES);
    pair.run(&["plan"]).expect(2).says("did you mean `tables`?");
    pair.rules_for("override: { tables: { users: { mask: { plan: { constant: \"${PRODUCTION_URL}\" } } } } }", RULES);
    pair.run(&["plan"]).expect(2).says("`override`");
}

#[test]
fn a_pending_column_may_be_absent_until_its_day() {
    let pair = Pair::with("pending", SOURCE);
    let ahead = RULES
        .replace("city: city }", "city: city, email_v2: email }")
        .replace("[id, user_id]", "[id, user_id], mask: { note: erase }");
    let pending = |until: &str| format!("pending: [ {{ column: users.email_v2, until: {until} }} ]{ahead}");
    pair.rules(&ahead);
    pair.run(&["plan"]).expect(3).says("email_v2");
    pair.rules(&pending("2999-12-31"));
    pair.run(&["plan"]).expect(0);
    pair.refresh();
    pair.rules(&pending("2020-12-31"));
    pair.run(&["plan"]).expect(3).says("pending-over").says("users.email_v2");
    pair.at_source("ALTER TABLE users ADD email_v2 text DEFAULT 'real@secret.test'");
    pair.run(&["plan"]).expect(0).says("pending no longer");
    pair.rules(&pending("2999-12-31"));
    pair.refresh();
    assert_eq!(pair.at_target("SELECT count(*) FROM users WHERE email_v2 LIKE '%@secret.test'"), "0");
    pair.rules(&format!(
        "pending: [ {{ column: users.nothing, until: 2999-12-31 }} ]{}",
        RULES.replace("[id, user_id]", "[id, user_id, note]")
    ));
    pair.run(&["plan"]).expect(3).says("rule-unbound");
    pair.rules(&pending("soon"));
    pair.run(&["plan"]).expect(2).says("until");
}
