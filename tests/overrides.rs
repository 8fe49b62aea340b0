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
}

#[test]
fn variables_are_filled_in_when_the_environment_is_used() {
    let pair = Pair::with("override_variables", SOURCE);
    let own = "override: { policy: { unlisted_columns: \"${COLUMNS_ARE:-erase}\" }, subset: { roots: [ { table: users, rows: \"${ROWS:-5}\" } ] }, \
               tables: { users: { keep: [city], reason: \"the map of ${WHOM:-everybody} needs real cities\" } } }";
    pair.rules_for(own, RULES);
    pair.run(&["plan"]).expect(0).says("the map of everybody needs real cities");
    let with = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = pair.command(arguments);
        command.env(name, value);
        crate::fixture::Running::start(command).wait(std::time::Duration::from_secs(60))
    };
    with("ROWS", "3", &["refresh", "--yes"]).expect(0);
    assert_eq!(pair.at_target("SELECT count(*) FROM users"), "3");
    with("ROWS", "hunter2 is secret", &["plan"]).expect(2).says("standin.yaml:8:").never_says("hunter2");
    with("COLUMNS_ARE", "refuse", &["plan"]).expect(3).says("public.orders.note");
    pair.rules_for(&own.replace(":-5", ""), RULES);
    pair.run(&["plan"]).expect(2).says("the variable ROWS is not set");
    pair.rules_for(&own.replace(":-5}", ""), RULES);
    pair.run(&["plan"]).expect(2).says("not closed");
    // Another environment's is never read.
    let demo = "\n  demo: { tier: dev, from: production, url: \"${STAGING_URL}\", override: { subset: { roots: \"${NOBODY_SETS_IT}\" } } }";
    pair.rules(&format!("{demo}\n{}", RULES.replace("[id, user_id]", "[id, user_id], mask: { note: erase }")));
    pair.run(&["plan"]).expect(0);
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
