//! What the plan says of each mask where it cannot be: a table of wrong uses, and all that is said, in its exact words.

use crate::fixture::Pair;
use std::fmt::Write as _;

/// A column, and the rule that is wrong for it.
type Wrong = (&'static str, &'static str);

/// What the catalog alone shows.
const CATALOG: &[Wrong] = &[
    // Types.
    ("type_email integer", "email"),
    ("type_name point", "name"),
    ("type_list integer[]", "{ email: {} }"),
    ("type_range int4range", "phone"),
    ("type_words tsvector", "text"),
    ("type_shift integer", "{ date_shift: { within: 30d, by: id } }"),
    ("type_noise text", "{ noise: { ratio: 0.1 } }"),
    ("type_json integer", "{ json: { keep: [a] } }"),
    ("type_json_field jsonb", "{ json: { fields: { a: { date_shift: { within: 30d, by: id } } } } }"),
    ("type_place place", "{ composite: { keep: [streat] } }"),
    ("type_place_field place", "{ composite: { fields: { zip: email } } }"),
    ("type_domain amount", "email"),
    // Lengths and precision.
    ("length_email varchar(20)", "email"),
    ("length_name char(10)", "name"),
    ("length_list varchar(5)[]", "uuid"),
    ("length_domain code", "token"),
    ("length_json varchar(200)", "{ json: { keep: [a], fields: { b: email } } }"),
    ("length_constant varchar(3)", "{ constant: four }"),
    ("length_choice varchar(3)", "{ choice: [one, three] }"),
    ("length_hash varchar(20)", "{ hash: { length: 32 } }"),
    ("precision_constant smallint", "{ constant: 70000 }"),
    ("precision_permute smallint", "permute"),
    ("precision_round numeric(3,-2)", "digits"),
    // Enums.
    ("label_choice mood", "{ choice: [sad, glad] }"),
    ("label_constant mood", "{ constant: glad }"),
    ("label_email mood", "email"),
    // NULL, generated columns, other columns.
    ("null_erase text NOT NULL", "erase"),
    ("null_domain code NOT NULL", "erase"),
    ("made text GENERATED ALWAYS AS ('x') STORED", "text"),
    ("by_unknown text", "{ email: { by: idd } }"),
    ("by_list text[]", "{ email: { by: id } }"),
    // Uniqueness, with the arithmetic where there is one.
    ("unique_phone text UNIQUE", "phone"),
    ("unique_short text UNIQUE", "{ hash: { length: 6 } }"),
    ("unique_card text UNIQUE", "card"),
    ("unique_last text UNIQUE", "{ partial: { last: 4 } }"),
    ("unique_choice text UNIQUE", "{ choice: [a, b] }"),
    ("unique_born date UNIQUE", "{ date_shift: { within: 30d, by: id } }"),
    ("unique_email text UNIQUE", "{ email: { by: kind } }"),
    ("unique_constant text UNIQUE", "{ constant: x }"),
    ("unique_folded text", "name"),
    ("unique_span int4range, EXCLUDE USING gist (unique_span WITH &&)", "digits"),
    // Values that survive.
    ("email text", "{ resample: { by: id } }"),
    ("home_phone text", "shuffle"),
    ("code text UNIQUE", "{ resample: { by: id } }"),
    ("number_plate text UNIQUE", "shuffle"),
    // Expressions and templates.
    ("sql_two text", "{ sql: \"1; DROP TABLE wrong\" }"),
    ("sql_volatile text", "{ sql: \"random()::text\" }"),
    ("sql_file text", "{ sql: \"pg_read_file('/etc/passwd')\" }"),
    ("default_volatile double precision DEFAULT random()", "default"),
    ("template_unknown text", "{ template: \"{{ knid }}\" }"),
    ("template_self text", "{ template: \"{{ template_self }}\" }"),
    ("template_made text", "{ template: \"{{ made }}\" }"),
    ("template_syntax text", "{ template: \"{% if %}\" }"),
    ("template_list text[]", "{ template: \"{{ kind }}\" }"),
];

/// What only the source's server knows, asked without reading a row.
const SERVER: &[Wrong] = &[
    ("check_email text CHECK (check_email !~ '@')", "email"),
    ("n text CHECK (n !~ '@')", "email"),
    ("check_constant integer CHECK (check_constant > 0)", "{ constant: -1 }"),
    ("domain_code code", "{ constant: abc }"),
    ("domain_amount amount", "{ constant: -5 }"),
    ("check_null text CHECK (check_null IS NOT NULL)", "erase"),
    ("list_domain nickname[]", "email"),
    ("row_domain badge", "{ composite: { fields: { name: email, code: { constant: abc } }, keep: [level] } }"),
    ("rows_domain badge[]", "{ composite: { fields: { names: email }, keep: [name, code] } }"),
    ("constant_point point", "{ constant: here }"),
    ("sql_type integer", "{ sql: now() }"),
    ("sql_unknown text", "{ sql: nosuch }"),
];

/// What only its rows show.
const ROWS: &[Wrong] = &[
    ("folded text UNIQUE", "lower_email"),
    ("pay integer", "{ shuffle: { at_least: 300 } }"),
    ("handle citext UNIQUE", "email"),
    ("invited_by citext REFERENCES wrong (handle)", "email"),
    ("legacy_id numeric UNIQUE", "digits"),
    ("replaces numeric REFERENCES wrong (legacy_id)", "digits"),
];

/// What the values of its rows show, when they are counted.
const VALUES: &[Wrong] =
    &[("many text DEFAULT md5(random()::text)", "{ resample: { by: id } }"), ("rare text", "{ resample: { by: id } }")];

/// What works, with a warning.
const DOUBTFUL: &[Wrong] = &[
    ("sex char(1)", "{ choice: [f, m] }"),
    ("status mood", "choice"),
    ("made_unique text UNIQUE", "{ template: \"{{ kind }}-{{ id }}\" }"),
    ("sql_unique text UNIQUE", "{ sql: \"'u' || id\" }"),
    ("folded_twice text", "email"),
];

const TYPES: &str =
    "CREATE EXTENSION citext; CREATE TYPE place AS (street text, zip integer); CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE DOMAIN code AS varchar(6) CHECK (VALUE ~ '^[A-Z]+$'); CREATE DOMAIN amount AS integer CHECK (VALUE >= 0);
    CREATE DOMAIN nickname AS text CHECK (VALUE !~ '@'); CREATE DOMAIN level AS integer CHECK (VALUE IS NOT NULL);
    CREATE TYPE badge AS (name nickname, names nickname[], code code, level level);";

fn name(column: &str) -> &str {
    column.split(' ').next().unwrap_or_default()
}

/// A table of the columns, and rules that mask each as it cannot be.
fn wrong(pair: &Pair, table: &[Wrong], more: &str) {
    let columns: String = table.iter().fold(String::new(), |mut text, (column, _)| {
        let _ = write!(text, ", {column}");
        text
    });
    pair.at_source(&format!(
        "{TYPES} CREATE TABLE wrong (id integer PRIMARY KEY, kind text{columns}); {more} ANALYZE;"
    ));
    let masks: String = table.iter().fold(String::new(), |mut text, (column, rule)| {
        let _ = writeln!(text, "      {}: {rule}", name(column));
        text
    });
    pair.rules(&format!(
        "domains: {{ lower_email: {{ email: {{}}, normalise: lower }} }}\ntables:\n  wrong:\n    keep: [id, kind]\n    mask:\n{masks}"
    ));
}

/// What a command says, one paragraph for each finding; every wrong column must be among them.
fn said(pair: &Pair, command: &[&str], code: i32, table: &[Wrong]) -> String {
    let report = pair.run(command).expect(code).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap_or_else(|_| panic!("{report}"));
    let mut said: Vec<String> = ["errors", "warnings"]
        .iter()
        .flat_map(|kind| report[kind].as_array().into_iter().flatten())
        .map(|found| {
            let field = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
            let place = field("place").split(" (").next().unwrap_or_default().to_owned();
            format!("{} [{}]\n  {}\n  {}\n", place, field("code"), field("message"), field("help"))
        })
        .collect();
    said.sort();
    let said = said.join("");
    for (column, rule) in table {
        assert!(said.contains(&format!("public.wrong.{}", name(column))), "{column}: {rule} is not refused\n{said}");
    }
    said
}

#[test]
fn every_wrong_use_is_refused_in_the_plan_in_its_own_words() {
    let (plan, refresh) = (["plan", "--format", "json"], ["refresh", "--format", "json"]);
    let pair = Pair::new("wrong_catalog");
    wrong(
        &pair,
        CATALOG,
        "CREATE UNIQUE INDEX ON wrong (lower(unique_folded)); INSERT INTO wrong (id, type_domain, null_erase, null_domain) SELECT i, 1, 'x', 'X' FROM generate_series(1, 300) i;",
    );
    insta::assert_snapshot!("wrong-catalog", said(&pair, &plan, 3, CATALOG));
    let pair = Pair::new("wrong_server");
    wrong(&pair, SERVER, "");
    insta::assert_snapshot!("wrong-server", said(&pair, &plan, 3, SERVER));
    let pair = Pair::new("wrong_rows");
    wrong(
        &pair,
        ROWS,
        "INSERT INTO wrong (id, folded, handle, invited_by, legacy_id, replaces) VALUES (1, 'A@x.test', 'Ann', NULL, 15, NULL), (2, 'a@x.test', 'Bob', 'ANN', 16, 15.0);",
    );
    insta::assert_snapshot!("wrong-rows", said(&pair, &refresh, 3, ROWS));
    let pair = Pair::new("wrong_values");
    wrong(&pair, VALUES, "INSERT INTO wrong (id, rare) SELECT i, i / 4 FROM generate_series(1, 10001) i;");
    insta::assert_snapshot!("wrong-values", said(&pair, &refresh, 3, VALUES));
    let pair = Pair::new("wrong_doubtful");
    wrong(
        &pair,
        DOUBTFUL,
        "CREATE UNIQUE INDEX ON wrong (left(folded_twice, 3)); INSERT INTO wrong (id, sex, status) SELECT i, 'm', CASE WHEN i % 3 = 0 THEN 'sad' ELSE 'ok' END::mood FROM generate_series(1, 300) i; UPDATE wrong SET sex = 'f' WHERE id % 3 = 0;",
    );
    insta::assert_snapshot!("wrong-doubtful", said(&pair, &plan, 0, DOUBTFUL));
}

#[test]
fn letters_that_the_encoding_does_not_have_are_refused() {
    let pair = Pair::new("wrong_letters");
    for (server, name) in [(pair.source_server, &pair.source), (pair.target_server, &pair.target)] {
        let options = "TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'";
        server.psql("postgres", &format!("DROP DATABASE IF EXISTS {name};"));
        server.psql("postgres", &format!("CREATE DATABASE {name} {options};"));
    }
    pair.at_source("CREATE TABLE person (id integer PRIMARY KEY, a text, b text, c text); INSERT INTO person VALUES (1, 'é', 'ß', 'x');");
    let rules = |locale: &str| {
        pair.rules(&format!(
            "tables: {{ person: {{ keep: [id], mask: {{ a: {{ name: {{ locale: {locale} }} }}, b: {{ city: {{ locale: fr_FR }} }}, c: text }} }} }}\n"
        ));
    };
    rules("ja_JP");
    pair.run(&["refresh", "--adopt"])
        .expect(3)
        .says("`name` writes letters that the database's encoding LATIN1 does not have")
        .never_says("person.b");
    rules("fr_FR");
    pair.run(&["refresh", "--adopt", "--yes"]).expect(0);
    assert_eq!(pair.at_target("SELECT count(*) FROM person WHERE a <> 'é' AND b <> 'ß'"), "1");
}
