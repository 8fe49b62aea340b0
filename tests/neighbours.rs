//! Masks that look at their row: templates over what the clone has, and texts that repeat the row's own masked values.

use crate::fixture::Pair;

const SOURCE: &str = r#"
CREATE TABLE person (
    id integer PRIMARY KEY, full_name text, email text UNIQUE, login text UNIQUE, greeting varchar(40), card jsonb,
    notes text, plan text, born date, note2 text, tags text[]
);
INSERT INTO person VALUES
    (7, 'Maria Lopez', 'maria@secret.test', 'mlopez', 'Dear Maria', '{"name": "Maria Lopez"}',
     E'maria LOPEZ (maria@secret.test) called.\nMARIA wants a refund, Lopez-Garcia too. Mariana does not.', 'gold', '1980-02-29',
     'Notes of mlopez', '{x}'),
    (8, NULL, NULL, 'nn', 'Dear', '{}', 'Nobody called; anna@other.test did', NULL, NULL, NULL, NULL),
    (9, '山田 太郎', 'taro@secret.test', 'taro', 'Dear', 'null', '山田太郎さん、太郎', 'free', 'infinity', '', '{}');
"#;

const RULES: &str = r#"
domains: { mail: { email: { host: example.org } } }
tables:
  person:
    keep: [id, plan, born]
    mask:
      full_name: name
      email: mail
      login: { template: "{{ email | default('nobody' ~ id) | lower }}" }
      greeting: { template: "{% if plan %}{{ plan }} {% endif %}{{ (full_name or 'x') | upper }} {{ born }}" }
      card: { template: '{"name": {{ full_name | default(none) | tojson }}, "id": {{ id + 1 }}}' }
      notes: redact
      note2: redact
      tags: erase
"#;

#[test]
fn a_template_sees_what_the_clone_has_and_a_text_repeats_its_stand_ins() {
    for format in ["", "ALTER TABLE person ADD COLUMN odd int4range"] {
        let pair = Pair::with(if format.is_empty() { "row_binary" } else { "row_text" }, &format!("{SOURCE}{format}"));
        let keep = if format.is_empty() { "plan" } else { "odd, plan" };
        pair.rules(&RULES.replace("plan,", &format!("{keep},")));
        pair.run(&["plan"]).expect(0).says("unique-unknown");
        pair.refresh();
        let text = pair.at_target("SELECT person::text FROM person").to_lowercase();
        for real in ["maria lopez", "maria ", "lopez", "secret.test", "mlopez", "other.test", "山田", "太郎"] {
            assert!(!text.contains(real), "{real}: {text}");
        }
        for condition in [
            "(SELECT login = email AND email LIKE '%@example.org' FROM person WHERE id = 7)",
            "(SELECT login = 'nobody8' AND greeting = 'X ' FROM person WHERE id = 8)",
            "(SELECT greeting = 'gold ' || upper(full_name) || ' 1980-02-29' FROM person WHERE id = 7)",
            "(SELECT card = jsonb_build_object('name', full_name, 'id', 8) FROM person WHERE id = 7)",
            "(SELECT card = '{\"name\": null, \"id\": 9}' FROM person WHERE id = 8)",
            "(SELECT notes LIKE full_name || ' (' || email || E') called.\n' || split_part(full_name, ' ', 1) || ' wants%' FROM person WHERE id = 7)",
            "(SELECT notes LIKE '%' || split_part(full_name, ' ', 2) || '-Garcia too. Mariana does not.' FROM person WHERE id = 7)",
            "(SELECT note2 = 'Notes of ' || login FROM person WHERE id = 7)",
            "(SELECT notes LIKE 'Nobody called; %@example.com did' AND note2 IS NULL FROM person WHERE id = 8)",
        ] {
            assert_eq!(pair.at_target(&format!("SELECT {condition}")), "t", "{condition}: {text}");
        }
    }
}

#[test]
fn a_text_inside_a_document_repeats_the_rows_stand_ins_too() {
    let pair = Pair::with(
        "row_inside",
        r#"CREATE EXTENSION hstore;
        CREATE TYPE memo AS (note text, kind text);
        CREATE TABLE person (id integer PRIMARY KEY, full_name text, doc jsonb, raw text, docs json[], attributes hstore, page xml, memo memo, lines text[]);
        INSERT INTO person VALUES (7, 'Maria Lopez', '{"log": [{"note": "maria LOPEZ called", "n": 1}], "deep": {"note": "Lopez"}}', '{"note": "Ms. Lopez"}',
            ARRAY['{"note": "Maria"}', NULL]::json[], 'note=>"Maria called"', '<p note="Maria"><note>of Lopez</note></p>', ROW('for Maria', 'x'), '{Maria,NULL,other}');"#,
    );
    let inside =
        "{ json: { fields: { \"log[*].note\": redact, note: redact, deep: { json: { fields: { note: redact } } } } } }";
    pair.rules(&format!(
        "tables: {{ person: {{ keep: [id], mask: {{ full_name: name, doc: {inside}, raw: {inside}, docs: {inside}, \
         attributes: {{ hstore: {{ fields: {{ note: redact }} }} }}, page: {{ xml: {{ fields: {{ p.note: redact, \"p.@note\": redact }} }} }}, \
         memo: {{ composite: {{ fields: {{ note: redact }}, keep: [kind] }} }}, lines: redact }} }} }}\n"
    ));
    pair.refresh();
    let names = pair.at_target("SELECT full_name FROM person");
    let (first, last) = names.split_once(' ').expect("two names");
    for (sql, wanted) in [
        ("doc->'log'->0->>'note'", format!("{names} called")),
        ("doc->'deep'->>'note'", last.to_owned()),
        ("raw::json->>'note'", format!("Ms. {last}")),
        ("docs[1]->>'note'", first.to_owned()),
        ("attributes->'note'", format!("{first} called")),
        ("page", format!("<p note=\"{first}\"><note>of {last}</note></p>")),
        ("(memo).note", format!("for {first}")),
        ("lines", format!("{{{first},NULL,other}}")),
    ] {
        assert_eq!(pair.at_target(&format!("SELECT {sql} FROM person")), wanted, "{sql}");
    }
}

#[test]
fn templates_that_cannot_be_are_refused_together() {
    let pair = Pair::with(
        "row_refused",
        "CREATE TABLE person (id integer PRIMARY KEY, a text, b text, c text, d text, e text, f text, g text, twice integer GENERATED ALWAYS AS (id * 2) STORED,
                              code text UNIQUE, list text[], doc jsonb);
         CREATE TABLE pet (id integer PRIMARY KEY, person_code text REFERENCES person (code));",
    );
    pair.rules(
        r#"
tables:
  pet: { keep: [id] }
  person:
    keep: [id]
    mask:
      a: { template: "{{ b }}" }
      b: { template: "{{ a }}" }
      c: { template: "{{ c }}" }
      d: { template: "{{ emial }} {{ idd }}" }
      e: { template: "{{ twice }}" }
      f: { template: "{{ id | nosuch }}" }
      g: { template: "{% if %}" }
      code: { template: "p{{ id }}" }
      list: { template: "{{ id }}" }
      doc: { json: { fields: { x: { template: "{{ id }}" } } } }
"#,
    );
    let said = pair.run(&["plan"]).expect(3).text();
    for words in [
        "its template looks at columns that are made of it",
        "its template names `emial`",
        "did you mean `id`?",
        "`twice`, which is generated",
        "the template cannot be read (unknown filter",
        "the template cannot be read (syntax error",
        "public.pet.person_code",
        "every element of the array would become the same",
        "inside a document a mask does not see the row",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_template_that_does_not_fit_or_does_not_end_stops_the_run_and_says_no_value() {
    let pair = Pair::with(
        "row_stops",
        "CREATE TABLE person (id integer PRIMARY KEY, name text, short varchar(5)); INSERT INTO person VALUES (1, 'Real Secret', 'x');",
    );
    for template in ["{{ name }}{{ name }}", "{% for a in range(100000) %}{{ a }}{% endfor %}", "{{ name + 1 }}"] {
        pair.rules(&format!(
            "tables: {{ person: {{ keep: [id, name], mask: {{ short: {{ template: \"{template}\" }} }} }} }}\n"
        ));
        pair.run(&["refresh"]).expect(1).says("person.short").says("template").never_says("Real");
    }
}
