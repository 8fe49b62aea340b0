//! What a choice of rows holds in memory: no more than it may, refused with the number.

use super::subsets::chosen;
use super::{Source, parse, plan};
use standin::transfer::choose::Subjects;

const SCHEMA: &str = "
    CREATE TABLE users (id int PRIMARY KEY, boss int REFERENCES users); CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);
    INSERT INTO users SELECT n, nullif(n - 1, 0) FROM generate_series(1, 1000) n; INSERT INTO orders SELECT n, n % 1000 + 1 FROM generate_series(1, 5000) n;
    ANALYZE;";

#[tokio::test]
async fn more_row_ids_than_the_limit_are_refused_with_the_number() {
    let source = Source::start(SCHEMA).await;
    let catalog = source.catalog().await;
    for rules in [
        "tables: { orders: { keep: rest, sample: { rows: 900, newest_by: id } } }",
        "tables: { orders: { keep: rest, sample: { rows: 900 } } }",
        "tables: { orders: { keep: rest, sample: 90% } }",
        "subset: { roots: [ { table: users, where: 'id < 500' } ] }\ntables: { users: { keep: rest }, orders: { keep: rest } }",
        // A list: its steps are held as pairs.
        "subset: { roots: [ { table: users, where: 'id = 600' } ], children: { users.boss: none } }\ntables: { users: { keep: rest }, orders: { keep: rest } }",
    ] {
        let rules = parse(rules);
        let mut plan = plan(&rules, &catalog, 1.0).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let choosing = plan.choosing.as_mut().expect("a choice");
        assert_eq!(choosing.most, 268_435_456);
        choosing.most = 600;
        let refused = chosen(&source, &plan, &Subjects::new(), 2).await.expect_err("too many");
        assert_eq!(refused.exit_code(), 3);
        let diagnostic = &refused.diagnostics()[0];
        assert_eq!(diagnostic.code, "rows-too-many", "{diagnostic:?}");
        assert!(diagnostic.message.contains("600"), "{diagnostic:?}");
        plan.choosing.as_mut().expect("a choice").most = 100_000;
        chosen(&source, &plan, &Subjects::new(), 2).await.expect("few enough");
    }
}
