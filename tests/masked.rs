//! `from:` an environment that is a masked clone itself: it is copied as it is, without a key.

use crate::fixture::{Pair, Run, Running};
use std::time::Duration;

const SOURCE: &str = "
    CREATE TABLE users (id integer PRIMARY KEY, email text);
    INSERT INTO users SELECT i, 'real' || i || '@secret.test' FROM generate_series(1, 50) i;
    CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users);
    INSERT INTO orders SELECT i, i % 50 + 1 FROM generate_series(1, 100) i";

/// A staging that was made from production, and the rules of a `dev` that is made from it.
fn pair(name: &str, of_dev: &str) -> Pair {
    let pair = Pair::with(name, SOURCE);
    let rules = "tables:\n  users: { keep: [id], mask: { email: email } }\n  orders: { keep: rest }\n";
    let dev = format!("  dev: {{ tier: dev, from: staging, url: \"${{DEV_URL}}\"{of_dev} }}\n");
    pair.rules(&format!("{dev}{rules}"));
    pair.refresh();
    pair
}

/// Runs a command for `dev`, without a key.
fn run(pair: &Pair, arguments: &[&str]) -> Run {
    let mut command = pair.command(arguments);
    command.env_remove("STANDIN_KEY").env("DEV_URL", pair.target_server.url(&dev(pair), "postgres"));
    Running::start(command).wait(Duration::from_secs(120))
}

fn dev(pair: &Pair) -> String {
    format!("{}_dev", pair.target)
}

fn users(pair: &Pair, database: &str) -> String {
    pair.target_server.psql(database, "SELECT md5(string_agg(u::text, ',' ORDER BY id)), count(*) FROM public.users u")
}

#[test]
fn a_masked_clone_is_copied_as_it_is_without_a_key() {
    let pair = pair("masked_copied", "");
    run(&pair, &["plan", "--to", "dev"]).expect(0).says("masked already");
    for _ in 0..2 {
        run(&pair, &["refresh", "--to", "dev", "--yes"]).expect(0);
    }
    assert_eq!(users(&pair, &dev(&pair)), users(&pair, &pair.target));
    let key = |database: &str| {
        let comment =
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()";
        let comment = pair.target_server.psql(database, comment);
        comment.split("\"key\":\"").nth(1).map(|rest| rest[..9].to_owned())
    };
    assert_eq!(key(&dev(&pair)), key(&pair.target));
    assert!(key(&dev(&pair)).is_some());
}

#[test]
fn a_part_of_it_comes_by_a_condition_and_by_a_draw_only_with_a_key() {
    let by = |roots: &str| format!(", override: {{ subset: {{ roots: [ {{ table: users, {roots} }} ] }} }}");
    let some = pair("masked_part", &by("where: \"id <= 5\""));
    run(&some, &["refresh", "--to", "dev", "--yes"]).expect(0);
    let counts = "SELECT (SELECT count(*) FROM public.users), (SELECT count(*) FROM public.orders)";
    assert_eq!(some.target_server.psql(&dev(&some), counts), "5|10");
    let drawn = pair("masked_drawn", &by("rows: 5"));
    run(&drawn, &["refresh", "--to", "dev", "--yes"]).expect(3).says("no-key").says("drawn");
    run(&drawn, &["refresh", "--to", "dev", "--yes", "--fresh-key"]).expect(0);
    assert_eq!(drawn.target_server.psql(&dev(&drawn), counts), "5|10");
}

#[test]
fn what_no_marker_proves_is_masked_or_refused() {
    let pair = pair("masked_unproven", "");
    let staging = users(&pair, &pair.target);
    pair.target_server.psql("postgres", &format!("COMMENT ON DATABASE {} IS NULL", pair.target));
    run(&pair, &["refresh", "--to", "dev", "--yes"]).expect(3).says("no-key");
    run(&pair, &["refresh", "--to", "dev", "--yes", "--fresh-key"]).expect(0);
    assert_ne!(users(&pair, &dev(&pair)), staging);
    // Rows that were put into a database that was there prove nothing of what else it holds.
    pair.run(&["refresh", "--yes", "--into", "existing", "--adopt"]).expect(0);
    run(&pair, &["refresh", "--to", "dev", "--yes"]).expect(3).says("no-key");
}
