//! Large tables without an index on any reference: time grows with the rows, not with their square.

use super::{Source, parse, plan, statement};
use standin::words::name::TableName;
use std::time::{Duration, Instant};

const ROWS: u32 = 200_000;

#[tokio::test]
async fn nothing_is_quadratic() {
    let source = Source::start(&format!(
        "CREATE TABLE a (id int PRIMARY KEY, at timestamptz, v int);
         CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
         CREATE TABLE c (id int PRIMARY KEY, a int REFERENCES a, b int REFERENCES b);
         CREATE TABLE d (id int, c int REFERENCES c, b int REFERENCES b);
         CREATE TABLE tree (id int PRIMARY KEY, up int);
         CREATE TABLE list (id int PRIMARY KEY, up int);
         INSERT INTO a SELECT n, now() - n * interval '1 minute', n % 1000 FROM generate_series(1, {ROWS}) n;
         INSERT INTO b SELECT n, n FROM generate_series(1, {ROWS}) n;
         INSERT INTO c SELECT n, n, n FROM generate_series(1, {ROWS}) n;
         INSERT INTO d SELECT n, n, n FROM generate_series(1, {ROWS}) n;
         INSERT INTO tree SELECT n, nullif(n / 2, 0) FROM generate_series(1, {ROWS}) n;
         INSERT INTO list SELECT n, nullif(n - 1, 0) FROM generate_series(1, {ROWS}) n;
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
