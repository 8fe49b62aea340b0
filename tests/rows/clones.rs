//! Whole refreshes with samples, subsets, relations and erasure: what the target holds at the end.

use crate::fixture::Pair;
use std::fs;
use std::path::Path;

/// A shop in which tables need each other, refer by type and number, and by a value inside a document.
pub(super) const SHOP: &str = "
    CREATE TABLE teams (id int PRIMARY KEY, name text NOT NULL, lead int NOT NULL);
    CREATE TABLE users (id int PRIMARY KEY, team int NOT NULL REFERENCES teams DEFERRABLE INITIALLY DEFERRED,
                        email text NOT NULL, boss int REFERENCES users);
    ALTER TABLE teams ADD FOREIGN KEY (lead) REFERENCES users DEFERRABLE INITIALLY DEFERRED;
    CREATE TABLE products (id int PRIMARY KEY, price numeric);
    CREATE TABLE orders (id bigint PRIMARY KEY, user_id int NOT NULL REFERENCES users, at timestamptz NOT NULL);
    CREATE TABLE items (order_id bigint REFERENCES orders, n int, product_id int REFERENCES products, PRIMARY KEY (order_id, n));
    CREATE TABLE invoices (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, order_id bigint NOT NULL REFERENCES orders);
    CREATE TABLE logs (id int PRIMARY KEY, subject_type text, subject_id bigint);
    CREATE TABLE events (id int PRIMARY KEY, payload jsonb);
    CREATE TABLE flags (name int PRIMARY KEY);
    BEGIN;
    INSERT INTO teams SELECT n, 'team', n FROM generate_series(1, 20) n;
    INSERT INTO users SELECT n, (n - 1) % 20 + 1, 'user' || n || '@shop.example', CASE WHEN n > 20 THEN n / 20 END
        FROM generate_series(1, 400) n;
    COMMIT;
    INSERT INTO products SELECT n, n FROM generate_series(1, 50) n;
    INSERT INTO orders SELECT n, n % 400 + 1, now() - n * interval '1 hour' FROM generate_series(1, 4000) n;
    INSERT INTO items SELECT o, n, (o + n) % 50 + 1 FROM generate_series(1, 4000) o, generate_series(1, 2) n;
    INSERT INTO invoices SELECT n, n % 400 + 1, n FROM generate_series(1, 4000) n;
    INSERT INTO logs SELECT n, CASE n % 2 WHEN 0 THEN 'Order' ELSE 'User' END, n FROM generate_series(1, 400) n;
    INSERT INTO events SELECT n, jsonb_build_object('user', jsonb_build_object('id', n % 400 + 1)) FROM generate_series(1, 800) n;
    INSERT INTO flags SELECT generate_series(1, 3);
    ANALYZE;";

pub(super) const TABLES: &str = "
  teams: { keep: rest, mask: { name: text } }
  users: { keep: rest, mask: { email: email } }
  products: { keep: rest }
  orders: { keep: rest }
  items: { keep: rest }
  invoices: { keep: rest }
  logs: { keep: [id, subject_type, subject_id] }
  events: { keep: [id, payload] }
  flags: { keep: rest }
";

pub(super) const RELATIONS: &str = "relations:
  - { from: { table: logs, columns: [subject_id] }, to: { table: orders, columns: [id] }, when: \"subject_type = 'Order'\" }
  - { from: { table: logs, columns: [subject_id] }, to: { table: users, columns: [id] }, when: \"subject_type = 'User'\" }
  - { from: { table: events, path: payload.user.id }, to: { table: users, columns: [id] } }
";

pub(super) fn shop(name: &str) -> Pair {
    let pair = Pair::new(name);
    pair.at_source(SHOP);
    pair
}

/// Soft references of the clone that lead to a row of the source which is not in the clone.
const DANGLING: &str = "
    SELECT (SELECT count(*) FROM logs l WHERE subject_type = 'Order' AND NOT EXISTS (SELECT FROM orders o WHERE o.id = l.subject_id)),
           (SELECT count(*) FROM logs l WHERE subject_type = 'User' AND NOT EXISTS (SELECT FROM users u WHERE u.id = l.subject_id)),
           (SELECT count(*) FROM events e WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = (payload #>> '{user,id}')::int))";

#[test]
fn a_subset_brings_what_it_needs_and_what_belongs_to_it() {
    let pair = shop("rows_subset");
    let subset = |amount: &str, more: &str| {
        pair.rules(&format!(
            "{RELATIONS}policy: {{ orphaned_at_most: 50% }}\nsubset:\n  roots: [ {{ table: users, {amount} }} ]\n{more}tables:{TABLES}"
        ));
    };
    subset(
        "where: 'id IN (399, 400)'",
        "  children: { orders: { most: 2, newest_by: at }, users.boss: none, users.team: none }\n",
    );
    let run = pair.run(&["refresh", "--yes", "--verify", "full", "--report", "report.json"]).expect(0);
    assert!(run.stdout.contains("unreached"), "{}", run.stdout);
    // The two, their teams' leaders, and their bosses; teams of all of them.
    assert_eq!(pair.at_target("SELECT string_agg(id::text, ' ' ORDER BY id) FROM users"), "19 20 399 400");
    assert_eq!(pair.at_target("SELECT string_agg(id::text, ' ' ORDER BY id) FROM teams"), "19 20");
    // Two orders of each, the newest; the invoices of the others stay away, though they are the users' own.
    assert_eq!(
        pair.at_target("SELECT string_agg(concat(user_id, ':', id), ' ' ORDER BY user_id, id) FROM orders"),
        "399:398 399:798 400:399 400:799"
    );
    assert_eq!(pair.at_target("SELECT count(*), count(DISTINCT order_id) FROM invoices"), "4|4");
    assert_eq!(pair.at_target("SELECT count(*) FROM items"), "8");
    assert_eq!(pair.at_target("SELECT count(*) FROM products"), "50");
    assert_eq!(pair.at_target("SELECT count(*) FROM flags"), "3");
    assert_eq!(pair.at_target(DANGLING), "0|0|0");
    assert_eq!(pair.at_target("SELECT count(*) FROM events"), "4");
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(pair.directory.path().join("report.json")).expect("a report"))
            .expect("JSON");
    for table in report["tables"].as_array().expect("tables") {
        let rows = &table["rows"];
        let of = |name: &str| rows[name].as_u64().expect("a count");
        let sum = of("copied") + of("deleted") + of("expired") + of("sampled") + of("unreached") + of("orphaned");
        assert_eq!(of("source"), sum, "{table}");
        let name = table["table"].as_str().expect("a name");
        assert_eq!(pair.at_target(&format!("SELECT count(*) FROM {name}")), of("copied").to_string());
        assert_eq!(pair.at_source(&format!("SELECT count(*) FROM {name}")), of("source").to_string());
    }

    subset("where: 'id = 399'", "  children: { users.boss: none, users.team: none }\n  unreached: empty\n");
    pair.refresh();
    assert_eq!(pair.at_target("SELECT count(*) FROM flags"), "0");
    assert_eq!(pair.at_target("SELECT count(*) = (SELECT count(DISTINCT product_id) FROM items) FROM products"), "t");
    assert_eq!(pair.at_target("SELECT count(*) FROM orders"), "10");
}

#[test]
fn a_sample_is_the_same_next_week_and_a_smaller_one_is_inside_it() {
    let pair = shop("rows_sample");
    let users = |sample: &str, jobs: &str| {
        pair.rules(&format!(
            "{RELATIONS}subset: {{ roots: [ {{ table: users, {sample} }} ], children: {{ users.boss: none, users.team: none }} }}\ntables:{TABLES}"
        ));
        pair.run(&["refresh", "--yes", "--jobs", jobs]).expect(0);
        pair.at_target("SELECT string_agg(id::text, ' ' ORDER BY id) FROM users WHERE id > 20")
    };
    let ten = users("sample: 10%", "1");
    pair.at_source("UPDATE users SET email = email || 'x' WHERE id % 3 = 0");
    assert_eq!(users("sample: 10%", "4"), ten);
    let five = users("sample: 5%", "2");
    let set = |text: &str| text.split(' ').map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    assert!(set(&five).is_subset(&set(&ten)) && five != ten, "{five} is not inside {ten}");
    assert!((20..=70).contains(&set(&ten).len()), "{ten}");
    assert_eq!(set(&users("rows: 7", "2")).len(), 7);

    // A sample by another table's key takes the same subjects.
    pair.rules(&format!(
        "policy: {{ orphaned_at_most: 100% }}\ntables:{}",
        TABLES
            .replace("logs: {", "logs: { sample: { of: 30%, by: subject_id, as: users.id }, ")
            .replace("invoices: {", "invoices: { sample: { of: 30%, by: user_id }, ")
            .replace("items: {", "items: { sample: { rows: 10, newest_by: order_id }, ")
    ));
    pair.refresh();
    assert_eq!(
        pair.at_target(
            "SELECT count(DISTINCT subject_id) FROM logs WHERE subject_id NOT IN (SELECT user_id FROM invoices)"
        ),
        "0"
    );
    assert_eq!(pair.at_target("SELECT min(order_id), count(*) FROM items"), "3996|10");
    assert_eq!(pair.at_target("SELECT count(*) FROM orders"), "4000");
}

#[test]
fn a_clone_with_too_few_rows_is_not_published() {
    let pair = shop("rows_expect");
    let rules = |orders: &str| {
        pair.rules(&format!("tables:{}", TABLES.replace("  orders: { keep: rest }", orders)));
    };
    rules("  orders: { keep: rest, expect: { at_least: 4000 } }");
    pair.refresh();
    pair.at_source("DELETE FROM items; DELETE FROM invoices; DELETE FROM orders WHERE id > 3999");
    pair.run(&["refresh", "--yes"]).expect(4).says("expect-at-least").says("public.orders");
    rules("  orders: { keep: rest }");
    pair.run(&["refresh", "--yes"]).expect(4).says("arrives-empty").says("public.items");
    assert_eq!(pair.at_target("SELECT count(*) FROM items"), "8000");
    pair.rules(&format!(
        "tables:{}",
        TABLES
            .replace("items: { keep: rest", "items: { keep: rest, expect: { at_least: 0 }")
            .replace("invoices: { keep: rest", "invoices: { keep: rest, expect: { at_least: 0 }")
    ));
    pair.refresh();
    assert_eq!(pair.at_target("SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM orders)"), "0|3999");
}

#[test]
fn what_contradicts_itself_is_refused_before_anything_is_written() {
    let pair = shop("rows_refused");
    let plan = |rules: &str| {
        pair.rules(rules);
        pair.run(&["plan", "--exact"])
    };
    let tables = |from: &str, to: &str| TABLES.replace(from, to);
    let roots = "subset: { roots: [ { table: users, where: 'id < 10' } ] }\n";
    let gone = tables("users: { keep: rest", "users: { keep: rest, delete: all");
    plan(&format!("{roots}tables:{gone}")).expect(3).says("root-removed");
    let gone = tables("users: { keep: rest", "users: { keep: rest, delete: 'id < 50'");
    plan(&format!("{roots}tables:{gone}")).expect(3).says("root-removed");
    let root = |condition: &str| {
        format!("subset: {{ roots: [ {{ table: users, where: \"{condition}\" }} ] }}\ntables:{TABLES}")
    };
    for bad in [
        "id = 1; DROP TABLE users",
        "id = 1 -- one",
        "random() < 0.5",
        "id IN (SELECT id FROM nothing)",
        "email = 'x",
        "id",
    ] {
        plan(&root(bad)).expect(3).says("predicate");
    }
    plan(&format!("subset: {{ roots: [ {{ table: usres, sample: 5% }} ] }}\ntables:{TABLES}"))
        .expect(3)
        .says("did you mean `public.users`");
    plan(&format!(
        "subset: {{ roots: [ {{ table: users, sample: 5% }} ], children: {{ flags: none }} }}\ntables:{TABLES}"
    ))
    .expect(3)
    .says("children-no-reference");
    plan(&format!("subset: {{ roots: [ {{ table: users, sample: 1.5 }} ] }}\ntables:{TABLES}")).expect(2).says("5%");
    plan(&format!("subset: {{ roots: [ {{ table: users }} ] }}\ntables:{TABLES}")).expect(2).says("lacks");
    plan(&format!("relations: [ {{ from: {{ table: logs, columns: [subject_idd] }}, to: {{ table: users, columns: [id] }} }} ]\ntables:{TABLES}"))
        .expect(3)
        .says("did you mean `subject_id`");
    plan(&format!("relations: [ {{ from: {{ table: logs, path: subject_id }}, to: {{ table: users, columns: [id] }} }} ]\ntables:{TABLES}"))
        .expect(2)
        .says("payload.user_id");
    // A root that takes nothing is most likely not what was meant.
    let nothing = format!("{RELATIONS}subset: {{ roots: [ {{ table: users, where: 'id < 0' }} ] }}\ntables:{TABLES}");
    plan(&nothing).expect(0).says("root-empty").says("public.users");
    // What leads to a masked key would hold the real one.
    let masked =
        tables("mask: { email: email } }", "mask: { email: email, id: { permute: { range: 1..2147483647 } } } }");
    let differs = plan(&format!("{RELATIONS}tables:{masked}")).expect(3).says("public.logs.subject_id");
    assert_eq!(differs.text().matches("[relation-differs]").count(), 2, "{}", differs.text());
    plan(&format!("tables:{masked}")).expect(3).says("polymorphic").says("subject_type");
    plan(&format!("subset: {{ roots: [ {{ table: users, rows: 5 }} ] }}\ntables:{TABLES}")).says("polymorphic");
    plan(&format!("{RELATIONS}subset: {{ roots: [ {{ table: users, rows: 5 }} ] }}\ntables:{TABLES}"))
        .never_says("polymorphic");
}

#[test]
fn a_row_that_goes_by_one_reference_is_not_refused_by_another() {
    let pair = Pair::with(
        "rows_bare",
        "CREATE TABLE gone (id int PRIMARY KEY); INSERT INTO gone VALUES (1), (2);
         CREATE TABLE child (id int PRIMARY KEY, a int REFERENCES gone, b int REFERENCES gone);
         INSERT INTO child VALUES (1, 1, 2), (2, NULL, NULL), (3, 2, NULL);
         CREATE TABLE below (id int PRIMARY KEY, child int REFERENCES child); INSERT INTO below SELECT n, n % 3 + 1 FROM generate_series(1, 90) n",
    );
    let rules = |below: &str| {
        pair.rules(&format!(
            "policy: {{ orphaned_at_most: 100% }}
empty: [gone]
tables: {{ gone: {{ orphans: {{ child.a: cascade }} }}, child: {{ keep: rest }}, below: {{ keep: rest{below} }} }}"
        ));
    };
    for below in ["", ", sample: 50%"] {
        rules(below);
        pair.refresh();
        assert_eq!(
            pair.at_target("SELECT string_agg(id::text, ' '), (SELECT count(DISTINCT child) FROM below) FROM child"),
            "2|1"
        );
    }
    pair.at_source("INSERT INTO child VALUES (4, NULL, 1)");
    pair.run(&["refresh", "--yes"]).expect(3).says("orphans-refused").says("child.b");
}

#[test]
fn pagila_keeps_a_tenth_of_its_customers() {
    let pair = Pair::with_dataset("rows_pagila", "pagila/pagila.sql.gz");
    let rules = shipped("pagila.yaml")
        .replace("  payment: {", "  payment: { retain: { by: payment_date, last: 6mo, anchor: newest },");
    let rules = format!(
        "{rules}subset:\n  roots: [ {{ table: customer, sample: 10% }} ]\npolicy: {{ orphaned_at_most: 50% }}\n"
    );
    fs::write(pair.directory.path().join("standin.yaml"), rules).expect("rules");
    pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
    let counts = "SELECT (SELECT count(*) FROM customer) BETWEEN 30 AND 95, (SELECT count(*) FROM film), (SELECT count(*) FROM rental) > 500,
                  (SELECT count(*) FROM rental r WHERE NOT EXISTS (SELECT FROM customer c WHERE c.customer_id = r.customer_id)),
                  (SELECT max(payment_date) - min(payment_date) <= interval '184 days' FROM payment)";
    assert_eq!(pair.at_target(counts), "t|1000|t|0|t");
    let rentals = "SELECT count(*) FROM rental WHERE customer_id IN (SELECT customer_id FROM customer)";
    let kept = pair.at_target("SELECT string_agg(customer_id::text, ',') FROM customer");
    assert_eq!(
        pair.at_target(rentals),
        pair.at_source(&format!("SELECT count(*) FROM rental WHERE customer_id IN ({kept})"))
    );
    let why = pair.run(&["plan", "--why", "rental"]).expect(0);
    assert!(why.stdout.contains("rental.customer_id"), "{}", why.stdout);
}

#[test]
fn northwind_keeps_the_bosses_of_whom_it_keeps() {
    let pair = Pair::with_dataset("rows_northwind", "northwind/northwind.sql");
    let rules = format!(
        "{}subset:\n  roots: [ {{ table: employees, where: 'employee_id = 9' }} ]\n  children: {{ employees.reports_to: none, orders: {{ most: 5, newest_by: order_date }} }}\n",
        shipped("northwind.yaml")
    );
    fs::write(pair.directory.path().join("standin.yaml"), rules).expect("rules");
    pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
    assert_eq!(pair.at_target("SELECT string_agg(employee_id::text, ' ' ORDER BY 1) FROM employees"), "2 5 9");
    assert_eq!(pair.at_target("SELECT count(*), count(DISTINCT employee_id) FROM orders"), "5|1");
    assert_eq!(
        pair.at_target(
            "SELECT count(*) FROM order_details d WHERE NOT EXISTS (SELECT FROM orders o WHERE o.order_id = d.order_id)"
        ),
        "0"
    );
}

pub(super) fn shipped(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(name)).expect("a rules file")
}
