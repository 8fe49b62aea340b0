//! Clones between major versions: every pair of the server programs that are at hand, the target the same or newer.
//! `tests/majors` has what each major brought.
//!
//! `STANDIN_TEST_SERVERS` adds directories of programs to the installed ones, with a colon between them; `scripts/try-majors`
//! fetches some.

use crate::compare;
use crate::fixture::{Pair, Server, keep_everything};
use standin::pg::programs;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What each major has, as far as all of them have it: partitions, keys of every kind, triggers, views, sequences.
const SOURCE: &str = "
    CREATE TABLE parent (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, tags text[], n numeric, at timestamptz);
    INSERT INTO parent (email, tags, n, at) SELECT 'p' || i || '@real.test', ARRAY[i::text, NULL], i / 7.0, timestamptz '2024-01-01' + i * interval '1 hour' FROM generate_series(1, 500) i;
    CREATE TABLE child (id bigserial, parent integer REFERENCES parent, day date, note text, double integer GENERATED ALWAYS AS (parent * 2) STORED) PARTITION BY RANGE (day);
    CREATE TABLE child_old PARTITION OF child FOR VALUES FROM (MINVALUE) TO ('2024-06-01'); CREATE TABLE child_rest PARTITION OF child DEFAULT;
    INSERT INTO child (parent, day, note) SELECT 1 + i % 500, date '2024-01-01' + i % 300, E'tab\\t' || i FROM generate_series(1, 2000) i;
    CREATE INDEX ON child (day); CREATE VIEW latest AS SELECT max(day) FROM child; CREATE MATERIALIZED VIEW totals AS SELECT parent, count(*) FROM child GROUP BY parent; CREATE UNIQUE INDEX ON totals (parent);
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fired''; END'; CREATE TRIGGER t BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION fail();
    CREATE STATISTICS s ON email, n FROM parent; COMMENT ON TABLE parent IS 'kept';";

/// Constraints, indexes, triggers and views, in words that every major prints alike.
const SHAPE: &str = "
    SELECT conrelid::regclass::text, conname, contype, convalidated FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, 2;
    SELECT indexrelid::regclass::text, indisvalid, indisunique FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'public'::regnamespace ORDER BY 1;
    SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1; SELECT viewname FROM pg_views WHERE schemaname = 'public' ORDER BY 1;
    SELECT count(*) FROM pg_statistic_ext; SELECT obj_description('public.parent'::regclass)";

#[test]
fn a_clone_on_the_same_or_a_newer_major_has_the_same_rows() {
    let extra = std::env::var("STANDIN_TEST_SERVERS").unwrap_or_default();
    let extra = extra.split(':').filter(|directory| !directory.is_empty()).map(PathBuf::from);
    let installed =
        programs::installed("postgres").into_iter().filter_map(|program| program.path.parent().map(Path::to_owned));
    let mut servers: BTreeMap<u32, &'static Server> = BTreeMap::new();
    for directory in installed.chain(extra) {
        let server: &'static Server = Box::leak(Box::new(Server::of(Some(directory), &[])));
        let major = server.psql("postgres", "SELECT current_setting('server_version_num')::int / 10000");
        servers.insert(major.parse().expect("a number"), server);
    }
    assert!(!servers.is_empty());
    for (from, source) in &servers {
        for (to, target) in servers.range(from..) {
            let pair = Pair::between(source, target, &format!("from{from}_to{to}"));
            pair.at_source(SOURCE);
            let brought = |major| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/majors/{major}.sql"));
            (0..=*from).map(brought).filter(|file| file.is_file()).for_each(|file| pair.load(&file));
            pair.rules(&keep_everything(source, &pair.source));
            pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
            assert_eq!(compare::rows(source, &pair.source), compare::rows(target, &pair.target), "{from} to {to}");
            assert_eq!(pair.at_source(SHAPE), pair.at_target(SHAPE), "{from} to {to}");
            println!("{from} to {to}: equal");
        }
    }
    for (from, source) in &servers {
        for (to, target) in servers.range(..from) {
            let pair = Pair::between(source, target, &format!("back{from}_to{to}"));
            pair.rules("tables: {}\n");
            pair.run(&["refresh", "--yes"]).expect(3).says("older");
        }
    }
}
