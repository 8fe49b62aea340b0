//! What a reference means is what PostgreSQL's own triggers make of it: `ON DELETE CASCADE` on a copy is the judge.

use crate::fixture::Pair;

/// The types of a key and of what refers to it, some keys, and the same as the reference writes them.
const ENDS: &[(&str, &str, &[&str], &[&str])] = &[
    ("int4", "int8", &["1", "2", "-3", "4"], &["1", "2", "-3", "4"]),
    ("int8", "int2", &["1", "2", "-3", "4"], &["1", "2", "-3", "4"]),
    ("numeric(10,2)", "numeric", &["1.00", "2.50", "-3", "4"], &["1", "2.5000", "-3.0", "4.00"]),
    ("numeric", "int4", &["1.000", "2", "-3.0", "4"], &["1", "2", "-3", "4"]),
    ("text", "varchar(30)", &["'a'", "'B'", "'ä'", "''"], &["'a'", "'B'", "'ä'", "''"]),
    ("varchar(30)", "text", &["'a'", "'B'", "'b '", "''"], &["'a'", "'B'", "'b '", "''"]),
    ("bpchar(8)", "bpchar(12)", &["'a'", "'b'", "'c  '", "''"], &["'a   '", "'b'", "'c'", "'  '"]),
    ("float8", "float4", &["0", "'NaN'", "1.5", "'Infinity'"], &["'-0'", "'NaN'", "1.5", "'Infinity'"]),
    (
        "timestamptz",
        "timestamp",
        &["'2026-01-01 00:00Z'", "'infinity'", "'2026-07-01 00:00Z'", "'-infinity'"],
        &["'2026-01-01'", "'infinity'", "'2026-07-01'", "'-infinity'"],
    ),
    (
        "date",
        "date",
        &["'2026-01-01'", "'infinity'", "'0044-03-15 BC'", "'9999-12-31'"],
        &["'2026-01-01'", "'infinity'", "'0044-03-15 BC'", "'9999-12-31'"],
    ),
    ("text", "public.citext", &["'a'", "'B'", "'c'", "''"], &["'a'", "'B'", "'c'", "''"]),
    ("public.citext", "public.citext", &["'a'", "'B'", "'ä'", "''"], &["'A'", "'b'", "'Ä'", "''"]),
    ("text COLLATE \"C\"", "text", &["'a'", "'B'", "'ä'", "''"], &["'a'", "'B'", "'ä'", "''"]),
    ("text", "text COLLATE \"und-x-icu\"", &["'a'", "'B'", "'ä'", "''"], &["'a'", "'B'", "'ä'", "''"]),
    (
        "varchar COLLATE public.nocase",
        "text COLLATE public.nocase",
        &["'a'", "'B'", "'ä'", "''"],
        &["'A'", "'b'", "'Ä'", "''"],
    ),
    ("public.positive", "int8", &["1", "2", "3", "4"], &["1", "2", "3", "4"]),
    ("int4", "public.positive", &["1", "2", "3", "4"], &["1", "2", "3", "4"]),
    ("public.word", "text", &["'a'", "'b'", "'c'", "'d'"], &["'a'", "'b'", "'c'", "'d'"]),
    (
        "inet",
        "cidr",
        &["'10.0.0.0/8'", "'::/0'", "'10.1.0.0/16'", "'10.2.0.0/16'"],
        &["'10.0.0.0/8'", "'::/0'", "'10.1.0.0/16'", "'10.2.0.0/16'"],
    ),
    (
        "uuid",
        "uuid",
        &["md5('1')::uuid", "md5('2')::uuid", "md5('3')::uuid", "md5('4')::uuid"],
        &["md5('1')::uuid", "md5('2')::uuid", "md5('3')::uuid", "md5('4')::uuid"],
    ),
];

/// Only before PostgreSQL 18 may a key's collation be another one than that of what refers to it, where that matters.
const OLD_ENDS: &[(&str, &str, &[&str], &[&str])] = &[
    ("text COLLATE public.nocase", "text", &["'a'", "'B'", "'ä'", "''"], &["'A'", "'b'", "'Ä'", "''"]),
    ("text", "text COLLATE public.nocase", &["'a'", "'B'", "'ä'", "''"], &["'a'", "'B'", "'ä'", "''"]),
];

const HEAD: &str = "
    CREATE EXTENSION citext SCHEMA public; CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE DOMAIN word AS text;
    CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TABLE roots (id int PRIMARY KEY); INSERT INTO roots VALUES (1), (2), (3), (4);
    CREATE TABLE many (a text COLLATE public.nocase, b numeric, c bpchar(4), root int NOT NULL REFERENCES roots ON DELETE CASCADE, PRIMARY KEY (a, b, c));
    CREATE TABLE of_many (id int PRIMARY KEY, a text COLLATE public.nocase, b int8, c bpchar(9), FOREIGN KEY (a, b, c) REFERENCES many ON DELETE CASCADE);
    INSERT INTO many SELECT 'k' || n, (n || '.0')::numeric, n, n FROM generate_series(1, 4) n;
    INSERT INTO of_many SELECT n * 10 + m, upper('k') || n, n, n || '  ' FROM generate_series(1, 4) n, generate_series(1, 3) m; INSERT INTO of_many VALUES (1, NULL, 1, '1'), (2, 'k1', NULL, '1');";

#[test]
fn a_reference_means_what_postgres_says_it_means() {
    let old =
        crate::fixture::servers().source.psql("postgres", "SHOW server_version_num").parse::<u32>().expect("a number")
            < 180_000;
    let ends: Vec<_> = ENDS.iter().chain(OLD_ENDS.iter().filter(|_| old)).collect();
    let (mut sql, mut rules) =
        (HEAD.to_owned(), "  many: { keep: [a, b, c, root] }\n  of_many: { keep: [id, a, b, c] }\n".to_owned());
    let mut names = vec!["many".to_owned(), "of_many".to_owned()];
    for (at, (key, reference, keys, references)) in ends.iter().enumerate() {
        sql.push_str(&format!(
            "CREATE TABLE p{at} (k {key} PRIMARY KEY, root int NOT NULL REFERENCES roots ON DELETE CASCADE);
             CREATE TABLE c{at} (id int PRIMARY KEY, k {reference} REFERENCES p{at} ON DELETE CASCADE); INSERT INTO c{at} VALUES (0, NULL);\n"
        ));
        for (n, (key, reference)) in keys.iter().zip(*references).enumerate() {
            sql.push_str(&format!("INSERT INTO p{at} VALUES ({key}, {}); INSERT INTO c{at} VALUES ({}, {reference}), ({}, {reference});\n", n + 1, n * 2 + 1, n * 2 + 2));
        }
        rules.push_str(&format!("  p{at}: {{ keep: [k, root] }}\n  c{at}: {{ keep: [id, k] }}\n"));
        names.extend([format!("p{at}"), format!("c{at}")]);
    }
    let pair = Pair::with("rows_ends", &format!("{sql}ANALYZE;"));
    let copy = format!("{}_copy", pair.source);
    pair.source_server.psql("postgres", &format!("CREATE DATABASE \"{copy}\" TEMPLATE \"{}\"", pair.source));
    pair.source_server.psql(&copy, "SET timezone = 'UTC'; DELETE FROM public.roots WHERE id IN (2, 3)");
    let all = |table: &str| {
        format!(
            "SET search_path = public; SELECT string_agg(x::text, ';' ORDER BY x::text COLLATE \"C\") FROM {table} AS x"
        )
    };
    let policy = "policy: { orphaned_at_most: 100% }\n";
    for (head, roots) in [
        ("", "roots: { keep: rest, delete: 'id IN (2, 3)', orphans: { default: cascade } }"),
        ("", "roots: { keep: rest, sample: { rows: 4 }, delete: 'id IN (2, 3)', orphans: { default: cascade } }"),
    ] {
        pair.rules(&format!("{policy}{head}tables:\n  {roots}\n{rules}"));
        pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
        for name in &names {
            assert_eq!(
                pair.target_server.psql(&pair.target, &all(name)),
                pair.source_server.psql(&copy, &all(name)),
                "{roots}: {name}"
            );
        }
    }
    // The same rows by what belongs to the others, less those that refer to nothing.
    pair.rules(&format!("{policy}subset: {{ roots: [ {{ table: roots, where: 'id IN (1, 4)' }} ] }}\ntables:\n  roots: {{ keep: rest }}\n{rules}"));
    pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
    pair.source_server.psql(&copy, "SET search_path = public; DELETE FROM of_many WHERE a IS NULL OR b IS NULL");
    (0..ends.len())
        .for_each(|at| drop(pair.source_server.psql(&copy, &format!("DELETE FROM public.c{at} WHERE k IS NULL"))));
    for name in &names {
        assert_eq!(
            pair.target_server.psql(&pair.target, &all(name)),
            pair.source_server.psql(&copy, &all(name)),
            "subset: {name}"
        );
    }
}

/// Keys that are no whole numbers are joined at the source; few rows of many go by their indexes.
#[test]
fn few_rows_of_many_are_found_by_index_whatever_the_keys_type() {
    let pair = Pair::with(
        "rows_indexed",
        "CREATE TABLE users (id text PRIMARY KEY, n int); CREATE TABLE orders (id uuid PRIMARY KEY, user_id varchar(40) NOT NULL REFERENCES users);
         CREATE TABLE items (order_id uuid REFERENCES orders, n numeric, PRIMARY KEY (order_id, n)); CREATE INDEX ON orders (user_id);
         INSERT INTO users SELECT 'user-' || n, n FROM generate_series(1, 30000) n;
         INSERT INTO orders SELECT md5(n::text)::uuid, 'user-' || n % 30000 + 1 FROM generate_series(1, 60000) n;
         INSERT INTO items SELECT md5(n::text)::uuid, m FROM generate_series(1, 60000) n, generate_series(1, 2) m; ANALYZE;",
    );
    pair.rules("subset: { roots: [ { table: users, where: 'n <= 30' } ] }\ntables: { users: { keep: [id, n] }, orders: { keep: [id, user_id] }, items: { keep: [order_id, n] } }");
    pair.at_source("SELECT pg_stat_reset()");
    pair.refresh();
    assert_eq!(
        pair.at_target(
            "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders), (SELECT count(*) FROM items)"
        ),
        "30|60|120"
    );
    // Counted twice, each once: nothing else reads the whole table.
    let scans = pair.at_source("SELECT pg_sleep(1); SELECT string_agg(relname || ' ' || seq_scan, ', ' ORDER BY relname) FROM pg_stat_user_tables");
    println!("{scans}");
}
