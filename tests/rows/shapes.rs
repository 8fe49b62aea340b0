//! Whole refreshes of shapes that few schemas have: odd types of keys, generated keys, references of every kind.

use crate::fixture::Pair;

/// A key's type, three of its values, and the same three as a reference may write them.
const KEYS: &[(&str, [&str; 3], [&str; 3])] = &[
    ("public.citext", ["'Ab'", "'Bc'", "'Cd'"], ["'aB'", "'BC'", "'cd'"]),
    ("text COLLATE public.nocase", ["'Ab'", "'Bc'", "'Cd'"], ["'aB'", "'BC'", "'cd'"]),
    ("numeric", ["1.0", "2", "-0.50"], ["1", "2.000", "-0.5"]),
    ("jsonb", ["'{\"a\": 1}'", "'[1]'", "'null'"], ["'{\"a\": 1.0}'", "'[1]'", "'null'"]),
    (
        "uuid",
        ["md5('1')::uuid", "md5('2')::uuid", "md5('3')::uuid"],
        ["md5('1')::uuid", "md5('2')::uuid", "md5('3')::uuid"],
    ),
    ("bpchar(5)", ["'a'", "'b'", "'c'"], ["'a  '", "'b'", "'c    '"]),
    ("float8", ["0", "'NaN'", "'-Infinity'"], ["'-0'", "'NaN'", "'-Infinity'"]),
    ("interval", ["'1 day'", "'2 h'", "'0'"], ["'24 h'", "'120 min'", "'0'"]),
    (
        "timestamptz",
        ["'2026-01-01 00:00Z'", "'infinity'", "'0044-03-15 BC'"],
        ["'2026-01-01 01:00+01'", "'infinity'", "'0044-03-15 BC'"],
    ),
    ("int4range", ["'[1,3]'", "'empty'", "'(,1)'"], ["'[1,4)'", "'[2,2)'", "'(,0]'"]),
    ("int[]", ["'{1,2}'", "'{}'", "'{NULL}'"], ["'{1,2}'", "'{}'", "'{NULL}'"]),
    ("public.colour", ["'red'", "'green'", "'blue'"], ["'red'", "'green'", "'blue'"]),
    ("public.positive", ["1", "2", "3"], ["1", "2", "3"]),
    ("inet", ["'10.0.0.1'", "'::1'", "'10.0.0.0/8'"], ["'10.0.0.1/32'", "'::1'", "'10.0.0.0/8'"]),
    ("bytea", ["'\\x00'", "''", "'\\xff'"], ["'\\x00'", "''", "'\\xff'"]),
    ("bit(3)", ["'101'", "'000'", "'111'"], ["'101'", "'000'", "'111'"]),
    ("\"char\"", ["'a'", "'b'", "'c'"], ["'a'", "'b'", "'c'"]),
];

const HEAD: &str = "
    CREATE EXTENSION citext SCHEMA public;
    CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TYPE colour AS ENUM ('red', 'green', 'blue'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE TABLE roots (id int PRIMARY KEY); INSERT INTO roots VALUES (1), (2), (3);
    ALTER TABLE roots ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON roots USING (id = 1);";

/// Roots 1 and 3 of three, what refers to them, and what that needs.
#[test]
fn keys_of_any_type_are_followed_in_both_directions() {
    let mut sql = HEAD.to_owned();
    let mut rules = "  roots: { keep: rest }\n".to_owned();
    for (at, (ty, keys, references)) in KEYS.iter().enumerate() {
        sql.push_str(&format!(
            "CREATE TABLE p{at} (k {ty} PRIMARY KEY, root int NOT NULL REFERENCES roots);
             CREATE TABLE c{at} (id int PRIMARY KEY, k {ty} REFERENCES p{at} ON DELETE CASCADE);
             CREATE TABLE n{at} (k {ty} PRIMARY KEY);
             CREATE TABLE u{at} (id int PRIMARY KEY, k {ty} NOT NULL REFERENCES n{at} ON DELETE RESTRICT, root int REFERENCES roots ON DELETE SET NULL);
             INSERT INTO p{at} VALUES ({}, 1), ({}, 2), ({}, 3);
             INSERT INTO n{at} SELECT k FROM p{at};
             INSERT INTO c{at} VALUES (1, {}), (2, {}), (3, {}), (4, NULL);
             INSERT INTO u{at} SELECT id, k, id FROM c{at} WHERE id < 4;\n",
            keys[0], keys[1], keys[2], references[0], references[1], references[2]
        ));
        rules.push_str(&format!("  p{at}: {{ keep: [k, root] }}\n  c{at}: {{ keep: [id, k] }}\n  n{at}: {{ keep: [k] }}\n  u{at}: {{ keep: [id, k, root] }}\n"));
    }
    let pair = Pair::with("rows_keys", &format!("{sql}ANALYZE;"));
    pair.rules(&format!(
        "policy: {{ orphaned_at_most: 50% }}\nsubset: {{ roots: [ {{ table: roots, where: 'id <> 2' }} ], unreached: empty }}\ntables:\n{rules}"
    ));
    pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
    for (at, (ty, ..)) in KEYS.iter().enumerate() {
        let counts = format!(
            "SELECT (SELECT string_agg(root::text, ' ' ORDER BY root) FROM p{at}), (SELECT string_agg(id::text, ' ' ORDER BY id) FROM c{at}),
                    (SELECT count(*) FROM n{at}), (SELECT string_agg(id::text, ' ' ORDER BY id) FROM u{at})"
        );
        assert_eq!(pair.at_target(&counts), "1 3|1 3|2|1 3", "{ty}");
    }
    // The same by deletion: SQL alone.
    pair.rules(&format!(
        "policy: {{ orphaned_at_most: 50% }}\ntables:\n{}",
        rules
            .replace("roots: { keep: rest }", "roots: { keep: rest, delete: 'id = 2', orphans: { default: cascade } }")
    ));
    pair.refresh();
    for (at, (ty, ..)) in KEYS.iter().enumerate() {
        let counts = format!(
            "SELECT (SELECT string_agg(root::text, ' ' ORDER BY root) FROM p{at}), (SELECT string_agg(id::text, ' ' ORDER BY id) FROM c{at}),
                    (SELECT count(*) FROM n{at}), (SELECT string_agg(id::text, ' ' ORDER BY id) FROM u{at})"
        );
        assert_eq!(pair.at_target(&counts), "1 3|1 3 4|3|1 3", "{ty}");
    }
    assert_eq!(
        pair.at_target("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated"),
        (KEYS.len() * 4).to_string()
    );

    // A subject is named by any text that its key equals.
    std::fs::write(pair.directory.path().join("ids.csv"), "AB\n").expect("a file");
    pair.rules(&format!("policy: {{ orphaned_at_most: 100% }}\ntables:\n{rules}"));
    for (at, (ty, ..)) in KEYS.iter().enumerate().take(2) {
        pair.run(&["refresh", "--yes", "--forget-file", &format!("p{at}=ids.csv")]).expect(0);
        let left = format!("SELECT (SELECT count(*) FROM p{at}), (SELECT count(*) FROM c{at})");
        assert_eq!(pair.at_target(&left), "2|3", "{ty}");
    }
}

#[test]
fn references_of_every_kind_hold_or_stay_as_broken_as_they_are() {
    let pair = Pair::with(
        "rows_kinds",
        "CREATE TABLE roots (id int PRIMARY KEY); INSERT INTO roots SELECT generate_series(1, 6);
         CREATE TABLE gen (id int, twice int GENERATED ALWAYS AS (id * 2) STORED UNIQUE, root int REFERENCES roots);
         CREATE TABLE half (id int PRIMARY KEY, h int, k int GENERATED ALWAYS AS (h * 4) STORED REFERENCES gen (twice));
         INSERT INTO gen (id, root) SELECT n, n FROM (SELECT generate_series(1, 6)) s(n); INSERT INTO half (id, h) SELECT n, n FROM generate_series(1, 3) n;
         CREATE TABLE base (id int PRIMARY KEY, root int REFERENCES roots); CREATE TABLE derived (more int) INHERITS (base);
         CREATE TABLE refs (base int NOT NULL REFERENCES base ON UPDATE CASCADE ON DELETE SET DEFAULT);
         INSERT INTO base SELECT n, n FROM generate_series(1, 6) n; INSERT INTO derived SELECT n, 99, 1 FROM generate_series(1, 6) n; INSERT INTO refs SELECT id FROM ONLY base;
         CREATE TABLE loose (id int PRIMARY KEY, root int); INSERT INTO loose SELECT n, n FROM generate_series(1, 9) n;
         ALTER TABLE loose ADD FOREIGN KEY (root) REFERENCES roots NOT VALID;
         CREATE TABLE part (id int, kind int, root int REFERENCES roots, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
         CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1) PARTITION BY RANGE (id);
         CREATE TABLE part_1_1 PARTITION OF part_1 DEFAULT; CREATE TABLE part_2 PARTITION OF part DEFAULT;
         INSERT INTO part SELECT n, 1 + n % 2, n FROM generate_series(1, 6) n;
         CREATE TABLE to_all (id int, kind int, FOREIGN KEY (id, kind) REFERENCES part MATCH FULL);
         CREATE TABLE to_one (id int, kind int, FOREIGN KEY (id, kind) REFERENCES part_1);
         CREATE TABLE to_leaf (id int, kind int, FOREIGN KEY (id, kind) REFERENCES part_1_1);
         INSERT INTO to_all SELECT id, kind FROM part; INSERT INTO to_all VALUES (NULL, NULL);
         INSERT INTO to_one SELECT id, kind FROM part_1; INSERT INTO to_leaf SELECT id, kind FROM part_1;
         CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
         ANALYZE;",
    );
    let rules = "tables:
  roots: { keep: rest }
  gen: { keep: rest }
  half: { keep: rest }
  base: { keep: rest }
  refs: { keep: rest }
  loose: { keep: rest }
  part: { keep: rest }
  to_all: { keep: rest }
  to_one: { keep: rest }
  to_leaf: { keep: rest }
  nothing: { keep: rest }
";
    let count = "SELECT (SELECT count(*) FROM gen), (SELECT count(*) FROM half), (SELECT count(*) FROM ONLY base), (SELECT count(*) FROM derived),
                 (SELECT count(*) FROM refs), (SELECT string_agg(id::text, ' ' ORDER BY id) FROM loose), (SELECT count(*) FROM part), (SELECT count(*) FROM to_all), (SELECT count(*) FROM to_one),
                 (SELECT count(*) FROM to_leaf), (SELECT count(*) FROM nothing),
                 (SELECT string_agg(conrelid::regclass::text, ' ') FROM pg_constraint WHERE contype = 'f' AND NOT convalidated)";
    let refresh = |more: &str, rules: &str| {
        pair.rules(&format!("policy: {{ orphaned_at_most: 100% }}\n{more}{rules}"));
        pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
        pair.at_target(count)
    };
    assert_eq!(refresh("", rules), "6|3|6|6|6|1 2 3 4 5 6 7 8 9|6|7|3|3|2|loose");
    // Rows 1 to 4 have a root; what refers to no row is no one's, and a table that only inherits refers to nothing.
    let subset = |root: &str| format!("subset: {{ roots: [ {{ table: roots, {root} }} ] }}\n");
    assert_eq!(refresh(&subset("where: 'id < 5'"), rules), "4|2|4|6|4|1 2 3 4|4|4|2|2|2|loose");
    // Every row of the root: what always follows comes whole; what may refer to nothing comes as far as it does.
    for root in ["where: 'id > 0'", "sample: 100%", "rows: 6"] {
        assert_eq!(refresh(&subset(root), rules), "6|3|6|6|6|1 2 3 4 5 6|6|6|3|3|2|loose", "{root}");
    }
    let deleted = rules
        .replace("roots: { keep: rest }", "roots: { keep: rest, delete: 'id > 4', orphans: { default: cascade } }");
    assert_eq!(refresh("", &deleted), "4|2|4|6|4|1 2 3 4 7 8 9|4|5|2|2|2|loose");
    // A table without columns has no key to be drawn by.
    pair.rules(&rules.replace("nothing: { keep: rest }", "nothing: { keep: rest, sample: 50% }"));
    pair.run(&["refresh", "--yes"]).expect(3).says("sample-no-key");
}
