//! No superuser on either side: a reader with SELECT only, a writer that may create databases.

use crate::compare::Shape;
use crate::fixture::{Pair, keep_everything};

#[test]
fn a_select_only_reader_and_a_createdb_writer_are_enough() {
    let pair = Pair::with_dataset("roles_plain", "northwind/northwind.sql").plain_roles();
    pair.at_source(
        "GRANT USAGE ON SCHEMA public TO standin_reader;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO standin_reader;
         GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO standin_reader;",
    );
    pair.rules_for("roles: { \"*\": drop }", &keep_everything(pair.source_server, &pair.source));
    pair.run(&["plan"]).expect(0);
    for _ in 0..2 {
        pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
    }
    let (source, clone) = (Shape::of(pair.source_server, &pair.source), Shape::of(pair.target_server, &pair.target));
    let rows: Vec<String> = source.differences(&clone).into_iter().filter(|line| line.starts_with("rows of")).collect();
    assert!(rows.is_empty(), "{rows:#?}");
    assert!(source.tables().eq(clone.tables()));
    let owner = "SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(pair.at_target(owner), "standin_writer");
}

#[test]
fn rights_that_are_missing_are_named_all_at_once_with_the_grants() {
    let pair =
        Pair::with("roles_missing", "CREATE TABLE a (id integer); CREATE TABLE b (id integer); CREATE SEQUENCE s;")
            .plain_roles();
    pair.rules_for("roles: { \"*\": drop }", "tables: { a: { keep: [id] }, b: { keep: [id] } }\n");
    let run = pair.run(&["refresh", "--yes"]).expect(3);
    for words in
        ["GRANT SELECT ON TABLE \"public\".\"a\", \"public\".\"b\"", "ON SEQUENCE \"public\".\"s\"", "standin_reader"]
    {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert_eq!(pair.target_server.databases(&pair.target), Vec::<String>::new());
}

#[test]
fn row_security_that_hides_rows_from_the_reader_is_refused() {
    let pair = Pair::with(
        "roles_hidden",
        "CREATE TABLE secret (id integer); INSERT INTO secret VALUES (1), (2); GRANT SELECT ON secret TO standin_reader;
         ALTER TABLE secret ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON secret USING (id = 1);",
    )
    .plain_roles();
    pair.rules_for("roles: { \"*\": drop }", "tables: { secret: { keep: [id] } }\n");
    pair.run(&["refresh", "--yes"]).expect(3).says("secret");
    assert_eq!(pair.target_server.databases(&pair.target), Vec::<String>::new());
}
