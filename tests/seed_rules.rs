//! `seed:` of the rules: every fault with its place, and what the database holds afterwards.

use crate::rules::one_fault;
use crate::seed_dev::Fresh;
use std::path::Path;
use std::time::{Duration, Instant};

/// A file whose `seed:` holds one table with one line.
fn table(line: &str) -> String {
    format!("version: 1\nseed:\n  tables:\n    users: {line}\n")
}

/// A file whose `seed:` says what one column holds.
fn column(rule: &str) -> String {
    table(&format!("{{ columns: {{ a: {rule} }} }}"))
}

#[test]
fn every_fault_of_the_section_has_its_place() {
    for (line, place, code, words) in [
        ("{ rosw: 5 }", "4:14", "unknown-key", "did you mean `rows`?"),
        ("{ rows: 1_000 }", "4:20", "wrong-type", "1000000000"),
        ("{ rows: 5, per: orders }", "4:23", "conflict", "keep one"),
        ("{ count: 1..5 }", "4:14", "missing-key", "per: orders"),
        ("{ per: orders, count: 5..1 }", "4:34", "wrong-type", "1..5"),
        ("{ per: orders, count: { between: 0..9, poisson: 3, zipf: 1 } }", "4:63", "conflict", "two distributions"),
        ("{ per: orders, count: { between: 0..9, poisson: 0 } }", "4:60", "wrong-type", "above 0"),
        ("{ fixed: { email: a } }", "4:21", "wrong-type", "a list of rows"),
        ("{ fixed: [ { email: [a] } ] }", "4:32", "wrong-type", "null"),
        ("{ fixed: [ { email: \"${MAIL}\" } ] }", "4:32", "variable", "environments"),
        ("{ columns: { a: word, '\"a\"': word } }", "4:34", "duplicate-column", "column a"),
    ] {
        one_fault(&table(line), place, code, &[words]);
    }
    for (rule, place, code, words) in [
        ("emial", "4:28", "unknown-word", "did you mean `email`?"),
        ("{ nulls: 20 }", "4:37", "wrong-type", "20%"),
        ("{}", "4:28", "missing-key", "does not say"),
        ("{ integer: 1..5, kind: email }", "4:45", "conflict", "keep one"),
        ("{ decimal: { between: [5, 1] } }", "4:50", "wrong-type", "the lesser first"),
        ("{ decimal: { between: [0.001, 0.002], places: 2 } }", "4:50", "wrong-type", "2 places"),
        ("{ decimal: { between: [1, 2], placse: 2 } }", "4:58", "unknown-key", "did you mean `places`?"),
        ("{ integer: { between: 1..5, places: 2 } }", "4:56", "unknown-key", "between"),
        ("{ integer: { between: 1..5, normal: { mean: 3 } } }", "4:64", "missing-key", "deviation"),
        ("{ template: \"{nmber}\" }", "4:40", "wrong-type", "did you mean `{number}`?"),
        ("{ template: \"{number\" }", "4:40", "wrong-type", "other half"),
        ("{ sequence: { step: 0 } }", "4:48", "wrong-type", "constant"),
        ("{ choice: [] }", "4:38", "wrong-type", "weights"),
        ("{ time: [2025-01-01, 2024-01-01] }", "4:36", "wrong-type", "the earlier first"),
        (
            "{ time: { between: [2024-01-01, 2025-01-01], season: { peak: 13, swing: 5% } } }",
            "4:89",
            "wrong-type",
            "1 to 12",
        ),
        ("{ after: created_at }", "4:37", "bad-name", "users.created_at"),
        ("{ after: { column: users.a, within: soon } }", "4:64", "wrong-type", "30d"),
        ("{ phone: { contry: DE } }", "4:39", "unknown-key", "did you mean `country`?"),
        ("{ email: { by: id } }", "4:28", "seed-mask", "takes no `by` here"),
        ("erase", "4:28", "seed-mask", "makes no values"),
        ("{ phone: {}, integer: 1..5 }", "4:30", "unknown-key", "phone"),
    ] {
        one_fault(&column(rule), place, code, &[words]);
    }
    for (line, place, code, words) in [
        ("locale: de", "2:17", "unknown-word", "de_DE"),
        ("as_of: yesterday", "2:16", "wrong-type", "2026-01-01"),
        ("profil: p.yaml", "2:9", "unknown-key", "did you mean `profile`?"),
        ("profile: []", "2:18", "wrong-type", "a text"),
        ("default: { per_parent: 1 }", "2:32", "wrong-type", "1..5"),
        ("login: { table: users, email: a@b }", "2:16", "missing-key", "password"),
    ] {
        one_fault(&format!("version: 1\nseed: {{ {line} }}\n"), place, code, &[words]);
    }
}

/// A database with rules beside it.
fn with_rules(name: &str, sql: &str, seed: &str) -> Fresh {
    let fresh = Fresh::new(name, sql);
    rules(&fresh, seed);
    fresh
}

fn rules(fresh: &Fresh, seed: &str) {
    let text = format!("version: 1\nseed:\n{seed}");
    std::fs::write(fresh.directory.path().join("standin.yaml"), text).unwrap();
}

const SHOP: &str = "
    CREATE TYPE state AS ENUM ('pending', 'completed', 'cancelled');
    CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL, password_hash text NOT NULL, created_at timestamptz NOT NULL);
    CREATE TABLE orders (id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES users, number text NOT NULL UNIQUE, total numeric(10,2) NOT NULL CHECK (total < 100000),
      weight float8, status state NOT NULL, note text, tags text[], placed_at timestamptz NOT NULL, paid_on date, shipped_at timestamp, updated_at timestamptz NOT NULL, CHECK (updated_at >= placed_at));
    CREATE TABLE order_items (id serial PRIMARY KEY, order_id integer NOT NULL REFERENCES orders, place integer NOT NULL, kind text NOT NULL, UNIQUE (order_id, place));";

#[test]
fn rows_are_as_the_rules_say() {
    let seed = "
  login: { table: users, email: demo@example.com, password: { bcrypt: dev } }
  tables:
    users: { rows: 90, fixed: [ { id: 2, email: boss@example.com, name: The Boss }, { id: 7, email: demo@example.com } ] }
    orders:
      rows: 5000
      columns:
        number: { template: \"INV-{number:6}\" }
        total: { decimal: { between: [10, 5000], places: 2 } }
        weight: { decimal: { between: 0.5..2, places: 1, normal: { mean: 1, deviation: 0.2 } }, nulls: 40% }
        status: { choice: { pending: 2, completed: 7, cancelled: 1 } }
        note: { kind: sentence, nulls: 95% }
        tags: { choice: [red, blue] }
        placed_at: { time: { between: [2024-01-01, 2025-12-31], growth: 4 } }
        paid_on: { after: { column: orders.placed_at, within: 10d } }
        shipped_at: { after: users.created_at }
    order_items:
      per: orders
      count: { between: 0..6, poisson: 2 }
      columns: { place: { integer: 1..6 }, kind: { constant: \"a\\\"b\" } }
";
    let [one, two] = ["one", "two"].map(|part| with_rules(&format!("seed_ruled_{part}"), SHOP, seed));
    for fresh in [&one, &two] {
        fresh.run(&["seed-dev"]).expect(0).says("log in as demo@example.com with the password dev");
        assert_eq!(fresh.broken(), "");
    }
    assert_eq!(one.digest(), two.digest());
    let is = |sql: &str, wanted: &str| assert_eq!(one.sql(sql), wanted, "{sql}");
    is("SELECT count(*), min(id), max(id), count(*) FILTER (WHERE id IN (2, 7)) FROM users", "90|1|90|2");
    is("SELECT name FROM users WHERE id = 2", "The Boss");
    is("SELECT id, password_hash LIKE '$2_$08$%' FROM users WHERE email = 'demo@example.com'", "7|t");
    is(
        "SELECT count(*), count(DISTINCT user_id), min(number), max(number) FROM orders",
        "5000|90|INV-000001|INV-005000",
    );
    is("SELECT min(total) >= 10 AND max(total) <= 5000 AND min(total) < 20 AND max(total) > 4980 FROM orders", "t");
    is("SELECT bool_and(scale(total) = 2), abs(avg(total) - 2505) < 100 FROM orders", "t|t");
    is(
        "SELECT bool_and(weight * 10 = round(weight * 10)), min(weight) >= 0.5, abs(avg(weight) - 1) < 0.02, count(weight) BETWEEN 2850 AND 3150 FROM orders",
        "t|t|t|t",
    );
    is(
        "SELECT abs(count(*) FILTER (WHERE status = 'completed') - 3500) < 150, count(DISTINCT status) FROM orders",
        "t|3",
    );
    is("SELECT count(note) BETWEEN 180 AND 320, bool_and(tags <@ '{red,blue}') FROM orders", "t|t");
    is(
        "SELECT min(placed_at) >= '2024-01-01Z', max(placed_at) < '2026-01-01Z', count(*) FILTER (WHERE placed_at > '2025-01-01Z') > 2700 FROM orders",
        "t|t|t",
    );
    is("SELECT bool_and(paid_on > placed_at AND paid_on <= placed_at + interval '11 days') FROM orders", "t");
    is("SELECT bool_and(shipped_at AT TIME ZONE 'UTC' > created_at) FROM orders JOIN users ON users.id = user_id", "t");
    is("SELECT bool_and(updated_at >= placed_at) FROM orders", "t");
    is(
        "SELECT max(n), abs(sum(n) / 5000.0 - 2) < 0.1 FROM (SELECT count(order_id) n FROM orders o LEFT JOIN order_items ON order_id = o.id GROUP BY o.id) c",
        "6|t",
    );
    is("SELECT count(DISTINCT place), string_agg(DISTINCT kind, ',') FROM order_items", "6|a\"b");
    one.run(&["seed-dev"]).expect(0).says("nothing to do").never_says("warning");
    one.run(&["seed-dev", "--truncate", "--rows", "orders=10", "--scale", "2"]).expect(0);
    is("SELECT count(*), (SELECT count(*) FROM orders) FROM users", "180|10");
}

#[test]
fn an_environment_is_seeded_by_lines_of_its_own() {
    let table = "CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL, name text NOT NULL, plan text)";
    let [own, plain] = ["seed_override", "seed_override_not"].map(|name| Fresh::new(name, table));
    let rules = "version: 1
environments:
  dev:
    tier: dev
    url: \"${DATABASE_URL}\"
    override:
      seed:
        default: { rows: 3 }
        tables: { users: { rows: 7, columns: { name: { template: \"no {number}\" }, plan: { constant: own } } } }
seed:
  tables: { users: { rows: 9, columns: { name: { constant: Somebody }, email: { template: \"{number}@example.com\" } } } }
";
    for fresh in [&own, &plain] {
        std::fs::write(fresh.directory.path().join("standin.yaml"), rules).unwrap();
    }
    let said = "SELECT count(*), min(name), min(plan), min(email) FROM users";
    own.run(&["seed-dev", "--to", "dev"]).expect(0);
    assert_eq!(own.sql(said), "7|no 1|own|1@example.com");
    plain.run(&["seed-dev"]).expect(0);
    assert!(plain.sql(said).starts_with("9|Somebody|"), "{}", plain.sql(said));
}

#[test]
fn the_default_the_language_and_the_day_are_as_the_rules_say() {
    let sql = "CREATE TABLE people (id serial PRIMARY KEY, full_name text NOT NULL, created_at timestamptz NOT NULL, note text, email text NOT NULL UNIQUE, phone varchar(20), born date, nick text NOT NULL, alias text NOT NULL);
               CREATE TABLE visits (id serial PRIMARY KEY, people integer NOT NULL REFERENCES people);";
    let seed = "  locale: ja_JP\n  as_of: 2020-06-01\n  default: { rows: 7, per_parent: 2..2 }\n  tables:\n    people:\n      columns:\n        email: { email: { host: example.org } }\n        phone: { phone: { country: DE }, nulls: 0% }\n        born: { date_shift: { within: 30d }, nulls: 0% }\n        nick: { first_name: { locale: de_DE } }\n        alias: alnum\n";
    let fresh = with_rules("seed_default", sql, seed);
    fresh.run(&["seed-dev"]).expect(0);
    assert_eq!(fresh.sql("SELECT count(*), (SELECT count(*) FROM visits) FROM people"), "7|14");
    assert_eq!(fresh.sql("SELECT max(created_at) < '2020-06-02Z', bool_and(full_name ~ '[^ -~]') FROM people"), "t|t");
    let made = "SELECT count(*) FILTER (WHERE email LIKE '%@example.org'), count(phone) FILTER (WHERE phone ~ '^0(3023125|6990009|4066969|2214710|8999998)[0-9]{3}$'), count(born), bool_and(nick ~ '^[A-Z]'), count(DISTINCT phone) > 3 FROM people";
    assert_eq!(fresh.sql(made), "7|7|7|t|t");
    rules(&fresh, "  tables: { people: { columns: { note: { uuid: {} }, born: { email: {} } } } }\n");
    fresh.run(&["seed-dev", "--truncate"]).expect(3).says("public.people.born").says("mask `email`");
}

#[test]
fn rules_that_do_not_fit_the_tables_are_named_and_nothing_is_written() {
    let fresh = Fresh::new("seed_misfit", SHOP);
    fresh.sql("CREATE TABLE days (day date NOT NULL) PARTITION BY RANGE (day);
               CREATE TABLE made (id serial PRIMARY KEY, b integer GENERATED ALWAYS AS (1) STORED, c text UNIQUE NULLS NOT DISTINCT, d integer CHECK (d IN (1, 2)), e text CHECK (e IS NOT NULL));");
    let before = fresh.digest();
    for (line, words) in [
        ("uesrs: { rows: 5 }", &["standin.yaml:4:5", "did you mean `public.users`?"][..]),
        ("sales: { rows: 5 }", &["standin.yaml:4:5", "no such table"]),
        ("days: { rows: 5 }", &["standin.yaml:4:5", "public.days", "no partition"]),
        ("users: { columns: { emial: email } }", &["standin.yaml:4:25", "did you mean `email`?"]),
        ("users: { columns: { name: { integer: 1..5 } } }", &["standin.yaml:4:25", "public.users.name", "type text"]),
        ("users: { columns: { email: { nulls: 5% } } }", &["public.users.email", "allows no NULL"]),
        (
            "orders: { columns: { total: { decimal: [100000, 200000] } } }",
            &["public.orders.total", "the checks allow no number"],
        ),
        ("orders: { columns: { status: { choice: [pending, done] } } }", &["`done`", "allowed: pending"]),
        ("orders: { columns: { user_id: { integer: 1..5 } } }", &["public.orders.user_id", "keys of public.users"]),
        ("orders: { columns: { paid_on: { after: orders.paid } } }", &["no date or time public.orders.paid"]),
        ("users: { columns: { created_at: { after: orders.placed_at } } }", &["no reference", "public.orders"]),
        (
            "orders: { columns: { paid_on: { after: orders.placed_at }, placed_at: { after: orders.paid_on } } }",
            &["comes after itself"],
        ),
        ("orders: { per: user }", &["standin.yaml:4:20", "did you mean `public.users`?"]),
        ("users: { fixed: [ { id: x } ] }", &["standin.yaml:4:25", "`x` is no value"]),
        ("users: { fixed: [ { email: ~ } ] }", &["public.users.email", "allows no NULL"]),
        ("made: { columns: { b: { integer: 1..5 } } }", &["public.made.b", "fills the column itself"]),
        ("made: { columns: { c: { kind: word, nulls: 5% } } }", &["public.made.c", "NULL for a value"]),
        ("made: { columns: { d: { integer: 3..5 } } }", &["public.made.d", "the checks allow no number from 3 to 5"]),
        ("made: { columns: { d: { sequence: 1 } } }", &["public.made.d", "`choice`"]),
        ("made: { columns: { e: { nulls: 5% } } }", &["public.made.e", "a check allows no NULL"]),
        ("made: { fixed: [ { d: 5 } ] }", &["public.made", "the checks do not allow the row"]),
        (
            "made: { rows: 5, columns: { c: { choice: [a, b] } } }",
            &["not all of the rows that are asked for", "made_c_key"],
        ),
        ("users: { fixed: [ { email: a@b }, { email: a@b } ] }", &["public.users", "under `fixed`", "users_email_key"]),
        ("orders: { fixed: [ { user_id: 4711 } ] }", &["public.orders", "under `fixed`", "orders_user_id_fkey"]),
        (
            "users: { rows: 3 }\n  login: { table: orders, email: a@b, password: { bcrypt: dev } }",
            &["standin.yaml:5:19", "password_hash"],
        ),
    ] {
        rules(&fresh, &format!("  tables:\n    {line}\n"));
        let run = fresh.run(&["seed-dev"]).expect(3);
        words.iter().fold(run, |run, words| run.says(words));
    }
    assert_eq!(fresh.digest(), before);
}

#[test]
fn the_articles_numbers_come_from_nothing_but_a_url() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh = Fresh::new("seed_article", "");
    let (rules, migrations) = (root.join("rules/shop.yaml"), root.join("migrations/shop"));
    let arguments = ["seed-dev", "--rules", rules.to_str().unwrap(), "--migrations", migrations.to_str().unwrap()];
    let started = Instant::now();
    fresh.run(&arguments).expect(0).says("public.orders");
    // Two seconds are what a release build has; this one is slower, and shares its machine with other tests.
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!((fresh.empty(), fresh.broken()), (String::new(), String::new()));
    let is = |sql: &str, wanted: &str| assert_eq!(fresh.sql(sql), wanted, "{sql}");
    is("SELECT count(*), count(*) FILTER (WHERE email = 'demo@example.com') FROM users", "100|1");
    is(
        "SELECT count(*), count(user_id), bool_and(total BETWEEN 10 AND 5000), bool_and(scale(total) = 2) FROM orders",
        "500|500|t|t",
    );
    is(
        "SELECT string_agg(DISTINCT status::text, ',' ORDER BY status::text) FROM orders",
        "cancelled,completed,pending",
    );
    is("SELECT min(n), max(n), count(*) FROM (SELECT count(*) n FROM order_items GROUP BY order_id) c", "1|5|500");
    is("SELECT count(DISTINCT user_id) > 50 FROM orders", "t");
}
