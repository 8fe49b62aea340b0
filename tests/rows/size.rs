//! Large tables without an index on any reference: time grows with the rows, not with their square.

use super::{Source, parse, plan, statement};
use crate::fixture::Pair;
use standin::words::name::TableName;
use std::time::{Duration, Instant};

const ROWS: u32 = 200_000;

#[tokio::test]
async fn nothing_is_quadratic() {
    let source = Source::start(&format!(
        "CREATE TABLE a (id int PRIMARY KEY, at timestamptz, v int);
         CREATE TABLE b (id int PRIMARY KEY, a int);
         CREATE TABLE c (id int PRIMARY KEY, a int, b int);
         CREATE TABLE d (id int, c int, b int);
         CREATE TABLE tree (id int PRIMARY KEY, up int);
         CREATE TABLE list (id int PRIMARY KEY, up int);
         INSERT INTO a SELECT n, now() - n * interval '1 minute', n % 1000 FROM generate_series(1, {ROWS}) n;
         INSERT INTO b SELECT n, n FROM generate_series(1, {ROWS}) n;
         INSERT INTO c SELECT n, n, n FROM generate_series(1, {ROWS}) n;
         INSERT INTO d SELECT n, n, n FROM generate_series(1, {ROWS}) n;
         INSERT INTO tree SELECT n, nullif(n / 2, 0) FROM generate_series(1, {ROWS}) n;
         INSERT INTO list SELECT n, nullif(n - 1, 0) FROM generate_series(1, {ROWS}) n;
         ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a; ALTER TABLE c ADD FOREIGN KEY (a) REFERENCES a, ADD FOREIGN KEY (b) REFERENCES b;
         ALTER TABLE d ADD FOREIGN KEY (c) REFERENCES c, ADD FOREIGN KEY (b) REFERENCES b;
         ALTER TABLE tree ADD FOREIGN KEY (up) REFERENCES tree; ALTER TABLE list ADD FOREIGN KEY (up) REFERENCES list;"
    ))
    .await;
    let catalog = source.catalog().await;
    let rules = parse(
        "tables:
  a: { keep: rest, retain: { by: at, last: 60d }, delete: 'v = 7 AND v + 0 = 7', orphans: { default: cascade } }
  tree: { keep: rest, delete: 'id = 3', orphans: { default: cascade } }
  list: { keep: rest, delete: 'id = 100', orphans: { default: cascade } }",
    );
    let plan = plan(&rules, &catalog, 1.0).expect("a plan");
    let (mut slowest, mut counts) = (Duration::ZERO, Vec::new());
    for name in ["a", "b", "c", "d", "tree", "list"] {
        let table = catalog.table(&TableName::new("public", name)).expect("a table");
        let sql = statement(&table.name.sql(), &plan.tables[&table.oid], &["t.ctid"]).expect("a statement");
        let sql = format!("SELECT count(*) FROM ({sql}) s");
        let start = Instant::now();
        counts.push(source.query(&sql).await[0][0].clone().expect("a count"));
        println!("{name}: {:?}", start.elapsed());
        if std::env::var("STANDIN_EXPLAIN").is_ok() {
            source.query(&format!("EXPLAIN ANALYZE {sql}")).await.iter().for_each(|line| println!("{:?}", line[0]));
        }
        slowest = slowest.max(start.elapsed());
    }
    let kept = counts[0].clone();
    assert_eq!(counts[1..4], [kept.clone(), kept.clone(), kept]);
    assert_eq!(counts[5], "99");
    assert!(slowest < Duration::from_secs(30), "{slowest:?}");
}

/// Few, half, most and all of a table are chosen in different ways, and alike.
#[test]
fn any_share_of_a_table_brings_exactly_what_belongs_to_it() {
    let pair = Pair::with(
        "rows_share",
        "CREATE TABLE users (id int PRIMARY KEY, boss int REFERENCES users);
         CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users);
         CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders) PARTITION BY HASH (id);
         CREATE TABLE items_0 PARTITION OF items FOR VALUES WITH (modulus 2, remainder 0);
         CREATE TABLE items_1 PARTITION OF items FOR VALUES WITH (modulus 2, remainder 1);
         CREATE TABLE notes (id int, item_id smallint NOT NULL, user_id int REFERENCES users, FOREIGN KEY (item_id) REFERENCES items);
         INSERT INTO users SELECT n, CASE WHEN n > 20000 THEN n - 20000 END FROM generate_series(1, 40000) n;
         INSERT INTO orders SELECT n - 30000, n % 40000 + 1 FROM generate_series(1, 60000) n;
         INSERT INTO items SELECT n, n * 7 % 60000 - 29999 FROM generate_series(1, 80000) n;
         INSERT INTO notes SELECT n, n % 30000 + 1, CASE WHEN n % 3 > 0 THEN n % 40000 + 1 END FROM generate_series(1, 50000) n;
         ANALYZE;",
    );
    for root in ["id <= 30", "id <= 15000", "id % 2 = 0", "id > 300", "id <> 7", "id > 0"] {
        pair.rules(&format!(
            "policy: {{ orphaned_at_most: 100% }}\nsubset: {{ roots: [ {{ table: users, where: '{root}' }} ], children: {{ users.boss: none }} }}
tables: {{ users: {{ keep: rest }}, orders: {{ keep: rest }}, items: {{ keep: rest }}, notes: {{ keep: rest }} }}"
        ));
        pair.refresh();
        // Down from the roots, then up to what these need: bosses one level deep, authors of notes, items of notes and their orders.
        let closure = format!(
            "WITH r AS (SELECT id FROM users WHERE {root}),
             o AS (SELECT id FROM orders WHERE user_id IN (SELECT id FROM r)),
             i AS (SELECT id FROM items WHERE order_id IN (SELECT id FROM o)),
             n AS (SELECT * FROM notes WHERE item_id IN (SELECT id FROM i) OR user_id IN (SELECT id FROM r)),
             i2 AS (SELECT id FROM i UNION SELECT item_id FROM n),
             o2 AS (SELECT id FROM o UNION SELECT order_id FROM items WHERE id IN (SELECT id FROM i2)),
             u1 AS (SELECT id FROM r UNION SELECT user_id FROM n WHERE user_id IS NOT NULL UNION SELECT user_id FROM orders WHERE id IN (SELECT id FROM o2)),
             u2 AS (SELECT id FROM u1 UNION SELECT boss FROM users WHERE id IN (SELECT id FROM u1) AND boss IS NOT NULL)
             SELECT (SELECT concat(count(*), ' ', sum(hashint8(id))) FROM u2), (SELECT concat(count(*), ' ', sum(hashint8(id))) FROM o2),
                    (SELECT concat(count(*), ' ', sum(hashint8(id))) FROM i2), (SELECT concat(count(*), ' ', sum(hashint8(id))) FROM n)"
        );
        let sums = ["users", "orders", "items", "notes"]
            .map(|table| pair.at_target(&format!("SELECT concat(count(*), ' ', sum(hashint8(id))) FROM {table}")));
        assert_eq!(sums.join("|"), pair.at_source(&closure), "{root}");
    }
}
