//! Masks inside of arrays, row types, ranges, hstore and JSON, and normal forms, from one server to another.

use crate::fixture::Pair;

const SOURCE: &str = r#"
CREATE EXTENSION hstore;
CREATE DOMAIN mails AS text[] CHECK (cardinality(VALUE) < 9);
CREATE TYPE place AS (street varchar(60), city text, country text);
CREATE TABLE person (
    id integer PRIMARY KEY, email text, mails text[], grid text[], dom mails, docs jsonb[], home place, homes place[],
    attributes hstore, document jsonb, spans int4multirange, days daterange, born date[]
);
INSERT INTO person VALUES
    (1, 'Real1@secret.test', '{real1@secret.test,NULL,"",real2@secret.test}', '[0:0][2:3]={{real1@secret.test,real2@secret.test}}',
     '{real2@secret.test}', ARRAY['{"mail": "real1@secret.test", "theme": "dark"}', NULL]::jsonb[],
     ROW('Real Street 1', 'Realville, "East"', 'ES'), ARRAY[ROW('Real Street 1', 'Realville', 'ES'), NULL]::place[],
     'mail=>real1@secret.test, theme=>dark, "Real Name"=>x, empty=>NULL, note=>"Real note"',
     '{"mail": "real1@secret.test", "theme": "dark", "deep": {"note": "Real note", "age": 4711, "Real Key": [1]}}',
     '{[10000,20000),[30000,)}', '[1971-03-04,1971-03-10)', '{1971-03-04,NULL}'),
    (2, ' real2@SECRET.test', '{}', NULL, NULL, '{}', ROW(NULL, NULL, NULL), '{}', '', '[]', '{}', 'empty', '{}'),
    (3, 'real1@secret.test', '{NULL}', '{}', '{}', '{NULL}', NULL, '{NULL}', NULL, NULL, NULL, NULL, '{NULL}');
"#;

const RULES: &str = r#"
domains: { mail: { email: { host: example.com }, normalise: [trim, lower] } }
tables:
  person:
    keep: rest
    mask:
      email: mail
      mails: mail
      grid: mail
      dom: mail
      docs: { json: { keep: [theme], fields: { mail: mail } } }
      home: { composite: { fields: { street: street }, keep: [country] } }
      homes: { composite: { fields: { street: street }, keep: [country] } }
      attributes: { hstore: { keep: [theme], fields: { mail: mail }, unlisted: erase } }
      document: { json: { keep: [theme], fields: { mail: mail }, unlisted: mask } }
      spans: digits
      days: { date_shift: { within: 300d, by: id } }
      born: { date_shift: { within: 300d, by: id } }
"#;

/// True in SQL about the clone.
fn holds(pair: &Pair, condition: &str) {
    let sql = format!("SELECT {condition} FROM person a, person b, person c WHERE (a.id, b.id, c.id) = (1, 2, 3)");
    assert_eq!(pair.at_target(&sql), "t", "{condition}");
}

#[test]
fn what_is_inside_is_masked_as_in_a_column_of_its_own() {
    let pair = Pair::with("nested_all", SOURCE);
    pair.rules(RULES);
    pair.refresh();
    let rows = pair.at_target("SELECT person::text FROM person");
    for original in ["real1", "real2", "secret", "real street", "realville", "real n", "real k", "4711", "1971-03-04"] {
        assert!(!rows.to_lowercase().contains(original), "{original}: {rows}");
    }
    for condition in [
        // One address is one stand-in, in every form and place.
        "a.email LIKE '%@example.com' AND a.email = c.email AND a.email <> b.email",
        "a.mails = ARRAY[a.email, NULL, '', b.email] AND b.mails = '{}' AND c.mails = '{NULL}'",
        "a.grid[0][2] = a.email AND a.grid[0][3] = b.email AND array_dims(a.grid) = '[0:0][2:3]' AND b.grid IS NULL",
        "a.dom = ARRAY[b.email]",
        "a.docs[1] = jsonb_build_object('mail', a.email, 'theme', 'dark') AND a.docs[2] IS NULL AND c.docs = '{NULL}'",
        "(a.home).street = (a.homes[1]).street AND (a.home).country = 'ES' AND (a.home).city IS NULL",
        "(b.home).street IS NULL AND b.home IS NOT DISTINCT FROM ROW(NULL, NULL, NULL)::place AND c.home IS NULL",
        "a.homes[2] IS NULL AND cardinality(a.homes) = 2 AND b.homes = '{}' AND c.homes = '{NULL}'",
        "a.attributes = hstore(ARRAY['mail', a.email, 'theme', 'dark', 'empty', NULL, 'note', NULL]) AND b.attributes = ''",
        "a.document->>'mail' = a.email AND a.document->>'theme' = 'dark' AND b.document = '[]'",
        "a.document->'deep' ?& '{note,age}' AND NOT a.document->'deep' ? 'Real Key' AND c.document IS NULL",
        "upper_inf(a.spans) AND NOT lower_inf(a.spans) AND a.spans <> '{[10000,20000),[30000,)}' AND b.spans = '{}'",
        // Bounds and elements of one person move alike.
        "upper(a.days) - lower(a.days) = 6 AND isempty(b.days) AND lower(a.days) = a.born[1] AND a.born[2] IS NULL",
    ] {
        holds(&pair, condition);
    }
}

#[test]
fn keep_rest_covers_nothing_that_holds_others() {
    let pair = Pair::with(
        "nested_rest",
        "CREATE TYPE pair AS (n integer, t text); CREATE DOMAIN numbers AS integer[]; CREATE DOMAIN pairs AS pair[];
         CREATE TYPE deep AS (p pair, ps pairs); CREATE DOMAIN deepest AS deep;
         CREATE TABLE holder (id integer PRIMARY KEY, a1 integer[], a2 numbers, a3 numbers[], r1 int4range, r2 int4multirange,
                              r3 int4range[], c1 pair, c2 pair[], c3 pairs, c4 deep, c5 deepest, c6 deepest[]);",
    );
    pair.rules("tables: { holder: { keep: rest } }\n");
    let run = pair.run(&["plan"]).expect(3);
    for column in ["a1", "a2", "a3", "r1", "r2", "r3", "c1", "c2", "c3", "c4", "c5", "c6"] {
        assert!(run.text().contains(&format!("holder.{column}")), "{column} is not refused: {}", run.text());
    }
}

#[test]
fn what_does_not_fit_inside_is_refused_with_what_does() {
    let pair = Pair::with(
        "nested_refused",
        "CREATE EXTENSION hstore; CREATE DOMAIN must AS text NOT NULL; CREATE TYPE place AS (street varchar(5), city must);
         CREATE TABLE holder (id integer PRIMARY KEY, short varchar(10)[], home place, other place, numbers integer[],
                              row_mails text[], name text UNIQUE);
         INSERT INTO holder (id, name) VALUES (1, 'A'), (2, 'a');",
    );
    let rules = |masks: &str| {
        pair.rules(&format!(
            "domains: {{ mail: {{ email: {{}}, normalise: lower }} }}\ntables: {{ holder: {{ keep: [id], mask: {masks} }} }}\n"
        ));
        pair.run(&["plan", "--exact"])
    };
    rules(
        "{ short: email, home: { composite: { fields: { street: street }, keep: [city] } }, \
           other: { composite: { fields: { stret: erase } } }, numbers: email, row_mails: { email: { by: id } }, name: erase }",
    )
    .expect(3)
    .says("the column has 10")
    .says("`street`: ")
    .says("did you mean `street`?")
    .says("the mask `email` does not fit")
    .says("every element of the array would become the same");
    rules("{ short: erase, home: { composite: {} }, other: erase, numbers: erase, row_mails: erase, name: mail }")
        .expect(3)
        .says("the field `city` would become NULL");
    rules("{ short: erase, home: erase, other: erase, numbers: erase, row_mails: erase, name: mail }")
        .expect(3)
        .says("two of its values are the same in the normal form of `mail`")
        .never_says("'A'");
    pair.at_source("DELETE FROM holder WHERE id = 2");
    rules("{ short: erase, home: erase, other: erase, numbers: erase, row_mails: erase, name: mail }").expect(0);
}
