//! A clone under rules that keep everything equals `pg_dump | psql` of the same database.

use crate::compare::Shape;
use crate::fixture::{Pair, keep_everything, servers};
use std::path::Path;

/// Loads the torture schema: every type, odd names, every shape of table and every other kind of object.
pub fn torture(name: &str) -> Pair {
    let pair = Pair::new(name);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    for file in ["01_types.sql", "02_names.sql", "03_tables.sql", "04_objects.sql", "05_database.sql"] {
        pair.load(&folder.join(file));
    }
    pair
}

/// The harness itself: `pg_dump | psql` of the torture schema equals its source, and planted differences are found.
#[test]
fn the_comparison_finds_each_planted_difference_and_no_other() {
    let pair = torture("eq_control");
    let servers = servers();
    let source = Shape::of(&servers.source, &pair.source);
    assert!(source.tables().count() > 60, "{} tables", source.tables().count());
    servers.target.restore_from(&servers.source, &pair.source, &pair.target);
    source.expect_equal(&Shape::of(&servers.target, &pair.target));
    for (planted, words) in [
        ("UPDATE t.no_key SET b = 'changed' WHERE a IS NULL", "rows of t.no_key"),
        ("ALTER TABLE t.noisy DISABLE TRIGGER c_always", "c_always"),
        ("SELECT setval('t.not_called', 41, true)", "t.not_called"),
        ("ALTER TABLE t.indexed SET WITHOUT CLUSTER", "indexed_pkey"),
        ("COMMENT ON RULE hush ON t.ruled IS NULL", "hush"),
        ("REVOKE SELECT (a) ON t.no_key FROM app_reader", "no_key"),
        ("REFRESH MATERIALIZED VIEW o.m1 WITH NO DATA", "o.m1"),
        ("SELECT lo_put(4242, 0, 'x')", "large object 4242"),
    ] {
        servers.target.psql(&pair.target, planted);
        let found = source.differences(&Shape::of(&servers.target, &pair.target));
        assert!(found.iter().any(|line| line.contains(words)), "{planted}: {found:?}");
    }
}

/// Clones with everything kept, and compares with a copy that `pg_dump | psql` made on the same server.
fn clone_equals_dump(pair: &Pair) {
    let servers = servers();
    pair.rules(&keep_everything(&servers.source, &pair.source));
    pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
    let reference = format!("{}_ref", pair.source);
    servers.target.restore_from(&servers.source, &pair.source, &reference);
    Shape::of(&servers.target, &reference).expect_equal(&Shape::of(&servers.target, &pair.target));
}

#[test]
fn a_clone_of_pagila_equals_its_dump() {
    clone_equals_dump(&Pair::with_dataset("eq_pagila", "pagila/pagila.sql.gz"));
}

#[test]
fn a_clone_of_northwind_equals_its_dump() {
    clone_equals_dump(&Pair::with_dataset("eq_northwind", "northwind/northwind.sql"));
}

#[test]
fn a_clone_of_cratesio_equals_its_dump() {
    clone_equals_dump(&Pair::with_dataset("eq_cratesio", "cratesio/cratesio.sql"));
}

#[test]
fn a_clone_of_the_torture_schema_equals_its_dump() {
    clone_equals_dump(&torture("eq_torture"));
}
