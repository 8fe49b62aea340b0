//! `extensions: { name: skip }`: a clone without an extension, and what needs it.

use crate::fixture::Pair;

const SCHEMA: &str = "
    CREATE SCHEMA stats; CREATE EXTENSION pg_stat_statements SCHEMA stats;
    CREATE EXTENSION citext; CREATE EXTENSION pg_trgm;
    COMMENT ON EXTENSION pg_stat_statements IS 'ours';
    GRANT SELECT (calls) ON stats.pg_stat_statements TO app_reader; GRANT SELECT ON stats.pg_stat_statements_info TO app_reader;
    GRANT EXECUTE ON FUNCTION stats.pg_stat_statements_reset(oid, oid, bigint) TO app_reader;
    CREATE TABLE item (id integer PRIMARY KEY, name text, code citext);
    INSERT INTO item VALUES (1, 'one', 'A');";

const RULES: &str = "policy: { comments: keep }\ntables: { item: { keep: [id, name, code] } }\n";

#[test]
fn a_clone_does_without_what_is_skipped() {
    let pair = Pair::with("extensions_skipped", SCHEMA);
    pair.rules_for("extensions: { pg_stat_statements: skip, pg_trgm: skip }", RULES);
    pair.run(&["plan"]).expect(0).says("pg_stat_statements");
    for _ in 0..2 {
        pair.refresh();
    }
    let installed = "SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension";
    assert_eq!(pair.at_target(installed), "citext plpgsql");
    assert_eq!(pair.at_target("SELECT * FROM item"), "1|one|A");
}

#[test]
fn what_needs_a_skipped_extension_is_named() {
    let pair = Pair::with("extensions_needed", SCHEMA);
    pair.at_source(
        "CREATE INDEX by_name ON item USING gin (name gin_trgm_ops);
         CREATE VIEW slow AS SELECT calls FROM stats.pg_stat_statements;
         CREATE FUNCTION same(a citext) RETURNS citext LANGUAGE sql AS 'SELECT a'",
    );
    pair.rules_for("extensions: { pg_stat_statements: skip, pg_trgm: skip, citext: skip, pg_tgrm: skip }", RULES);
    let run = pair.run(&["refresh", "--yes"]).expect(3);
    for words in [
        "index public.by_name",
        "view public.slow",
        "column code of table public.item",
        "function public.same(",
        "did you mean `pg_trgm`?",
        "standin.yaml:8:",
    ] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert!(pair.target_server.databases(&pair.target).is_empty());
}

#[test]
fn rows_that_came_with_an_extension_are_not_those_of_the_clone() {
    let rows = "CREATE EXTENSION pg_trgm SCHEMA public; CREATE TABLE public.places (id integer PRIMARY KEY, note text);
                INSERT INTO public.places VALUES (1, 'theirs'); ALTER EXTENSION pg_trgm ADD TABLE public.places;
                UPDATE pg_extension SET extconfig = ARRAY['public.places'::regclass::oid], extcondition = ARRAY[E'\nWHERE NOT (id < 10)']
                WHERE extname = 'pg_trgm';";
    let pair = Pair::with("extensions_filter", &format!("{rows} INSERT INTO public.places VALUES (20, 'ours');"));
    pair.target_server.create("extensions_made");
    pair.target_server.psql("extensions_made", rows);
    pair.rules_for("template: extensions_made", "tables: { places: { keep: [id, note] } }");
    pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0).says("1 rows");
    let there = "SELECT string_agg(note, ' ' ORDER BY id) FROM places";
    assert_eq!(pair.at_target(there), "theirs ours");
    pair.at_source("DELETE FROM places WHERE id = 20");
    pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
    assert_eq!(pair.at_target(there), "theirs");
}
