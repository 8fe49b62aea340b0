//! SQL of the rules that is wrong, or that some row is no input for: refused, or named with its line, never with a value.

use super::clones::{RELATIONS, TABLES, shop};
use crate::fixture::{Pair, Run};

/// A canary that a bad cast would quote.
const CANARY: &str = "canary-4711";

fn source(name: &str) -> Pair {
    Pair::with(
        name,
        &format!(
            "CREATE TABLE users (id int PRIMARY KEY, code text, kind text); CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, code text);
             CREATE TABLE parts (id int, at date NOT NULL, code text) PARTITION BY RANGE (at);
             CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2001-01-01') TO ('2030-01-01'); CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
             INSERT INTO users SELECT n, CASE n WHEN 5 THEN '{CANARY}' ELSE n::text END, 'a' FROM generate_series(1, 50) n;
             INSERT INTO notes SELECT n, n % 50 + 1, CASE n WHEN 7 THEN '{CANARY}' ELSE n::text END FROM generate_series(1, 100) n;
             INSERT INTO parts SELECT n, date '2020-01-01' + n, CASE n WHEN 7 THEN '{CANARY}' ELSE n::text END FROM generate_series(1, 30) n; ANALYZE;"
        ),
    )
}

/// The line and column of a text in the rules file.
fn place(pair: &Pair, text: &str) -> String {
    let file = std::fs::read_to_string(pair.directory.path().join("standin.yaml")).expect("a rules file");
    let at = file.find(text).unwrap_or_else(|| panic!("{text} is not in the file"));
    let line = file[..at].matches('\n').count() + 1;
    let column = at - file[..at].rfind('\n').map_or(0, |end| end + 1) + 1;
    format!("standin.yaml:{line}:{column}")
}

fn named(run: Run, pair: &Pair, text: &str, table: &str, words: &str) {
    let run = run.expect(1).says("predicate-fails").says(&place(pair, text)).says(table).says(words);
    run.never_says(CANARY).never_says("DETAIL").never_says("orphans-refused");
}

#[test]
fn sql_that_fails_on_a_row_is_named_by_its_line_and_never_quotes_the_row() {
    let pair = source("rows_fails");
    let keep =
        "users: { keep: [id, code, kind] }, notes: { keep: [id, user_id, code] }, parts: { keep: [id, at, code] }";
    let with = |table: &str, policy: &str| keep.replace(&format!("{table}: {{ "), &format!("{table}: {{ {policy}, "));
    let cases = [
        (
            with("users", "delete: \"1/(id-5) > 0\", orphans: { default: cascade }"),
            "\"1/(id-5)",
            "public.users",
            "division by zero (22012)",
        ),
        (
            with("notes", "delete: \"code::int > 90\""),
            "\"code::int",
            "public.notes",
            "invalid text representation (22P02)",
        ),
        (with("parts", "delete: \"code::int > 90\""), "\"code::int", "public.parts", "(22P02)"),
        (with("parts", "delete: \"code::int > 90\", sample: 50%"), "\"code::int", "public.parts", "(22P02)"),
        (
            with("notes", "exempt: { where: \"code::date < '2020-01-01'\", reason: test }"),
            "\"code::date",
            "public.notes",
            "(22007)",
        ),
        (
            with(
                "users",
                "delete: \"(SELECT max(id) FROM notes WHERE code::int = users.id) > 7\", orphans: { default: cascade }",
            ),
            "\"(SELECT max",
            "public.users",
            "(22P02)",
        ),
        (
            with("notes", "mask: { code: { sql: \"(code::int + 1)::text\" } }")
                .replace("[id, user_id, code]", "[id, user_id]"),
            "code: { sql",
            "public.notes",
            "(22P02)",
        ),
    ];
    for (tables, text, table, words) in &cases {
        pair.rules(&format!("policy: {{ orphaned_at_most: 100% }}\ntables: {{ {tables} }}"));
        pair.run(&["plan"]).expect(0);
        if !tables.contains("sql:") && !tables.contains("exempt:") {
            named(pair.run(&["plan", "--exact"]), &pair, text, table, words);
        }
        named(pair.run(&["refresh", "--yes"]), &pair, text, table, words);
    }
    // Where a subset begins, and what makes a relation one.
    pair.rules(&format!(
        "subset: {{ roots: [ {{ table: users, where: \"code::int < 10\" }} ] }}\ntables: {{ {keep} }}"
    ));
    named(pair.run(&["refresh", "--yes"]), &pair, "\"code::int", "public.users", "(22P02)");
    let relation = "relations: [ { from: { table: notes, columns: [id] }, to: { table: users, columns: [id] }, when: \"code::int > 0\" } ]";
    pair.rules(&format!(
        "{relation}\nsubset: {{ roots: [ {{ table: users, where: 'id < 20' }} ] }}\ntables: {{ {keep} }}"
    ));
    named(pair.run(&["refresh", "--yes"]), &pair, "\"code::int", "public.notes", "(22P02)");
    assert!(pair.beside_target().is_empty());
    // A function's own words may quote a row, too.
    pair.at_source("CREATE FUNCTION shout(text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN IF $1 LIKE 'can%' THEN RAISE EXCEPTION 'no: %', $1; END IF; RETURN false; END $$");
    pair.rules(&format!("tables: {{ {} }}", with("notes", "delete: \"public.shout(code)\"")));
    named(pair.run(&["refresh", "--yes"]), &pair, "\"public.shout", "public.notes", "P0001");
}

/// B50 to B53: one expression, read only, explained first.
#[test]
fn a_condition_is_one_sober_expression() {
    let pair = source("rows_sober");
    for bad in [
        "id = 1; DELETE FROM users",
        "id = 1 -- and more",
        "id = 1 /* and more */",
        "random() < 0.5",
        "clock_timestamp() > now() AND nextval('s') > 1",
        "id IN (SELECT id FROM nowhere)",
        "code = 'open",
        "code = $$open",
        "(id = 1",
        "id = 1)",
        "id",
        "1 = 1 UNION SELECT true",
        "pg_sleep(1) IS NULL",
        "lo_unlink(1) > 0",
        "$1 = id",
        "nothing = 1",
    ] {
        for rules in [
            format!(
                "tables: {{ users: {{ keep: [id, code, kind] }}, notes: {{ keep: rest, mask: {{ code: text }}, delete: {bad:?} }}, parts: {{ keep: [id, at, code] }} }}"
            ),
            format!(
                "subset: {{ roots: [ {{ table: users, where: {bad:?} }} ] }}\ntables: {{ users: {{ keep: [id, code, kind] }}, notes: {{ keep: [id, user_id, code] }}, parts: {{ keep: [id, at, code] }} }}"
            ),
        ] {
            pair.rules(&rules);
            let run = pair.run(&["plan"]).expect(3).says("[predicate]").never_says(CANARY);
            assert!(run.text().contains(&place(&pair, &format!("{bad:?}"))), "{bad}: {}", run.text());
        }
    }
}

/// B46 and B47: what refers to a masked key is masked like it.
#[test]
fn both_ends_of_a_reference_are_masked_alike_or_refused() {
    let pair = Pair::with(
        "rows_alike",
        "CREATE TABLE users (email text PRIMARY KEY, n int UNIQUE); CREATE TABLE logins (id int PRIMARY KEY, email text REFERENCES users, n int REFERENCES users (n));",
    );
    let refused = |users: &str, logins: &str| {
        pair.rules(&format!("tables: {{ users: {{ {users} }}, logins: {{ {logins} }} }}"));
        pair.run(&["plan"]).expect(3).says("public.logins.email").says("standin.yaml:")
    };
    let (other, email) = ("mask: { email: { email: { host: other.example } } }", "mask: { email: email }");
    // Different domains, the child alone, the parent alone with the child kept by name.
    refused(
        &format!("keep: [n], {email}"),
        &format!(
            "keep: [id, n], {}",
            other.replace("email: { email:", "email: { domain_b:").replace("domain_b", "email")
        ),
    );
    refused("keep: [email, n]", &format!("keep: [id, n], {email}"));
    refused(&format!("keep: [n], {email}"), "keep: [id, n, email]");
    // One line is enough: the child follows.
    pair.rules(&format!("tables: {{ users: {{ keep: [n], {email} }}, logins: {{ keep: [id, n] }} }}"));
    pair.run(&["plan"]).expect(0);
}

/// B48: rows that name tables are references, whatever the catalog knows.
#[test]
fn an_undeclared_polymorphic_pair_is_refused_where_its_rows_name_tables() {
    let pair = shop("rows_polymorphic");
    let subset = "subset: { roots: [ { table: users, rows: 5 } ] }\n";
    pair.rules(&format!("{subset}tables:{TABLES}"));
    pair.run(&["plan"]).expect(0).says("warning[polymorphic]");
    for run in [&["plan", "--exact"][..], &["refresh", "--yes"]] {
        pair.run(run).expect(3).says("error[polymorphic]").says("public.logs.subject_id").says("relations");
    }
    pair.rules(&format!("{RELATIONS}{subset}tables:{TABLES}"));
    pair.run(&["plan", "--exact"]).expect(0).never_says("[polymorphic]");
    // Its owner knows better, or its rows name nothing of this database.
    let none = "relations: [ { from: { table: logs, columns: [subject_id] }, to: { table: users, columns: [id] }, when: 'false' } ]\n";
    pair.rules(&format!("{none}{subset}tables:{TABLES}"));
    pair.run(&["plan", "--exact"]).expect(0).never_says("[polymorphic]");
    pair.at_source("UPDATE logs SET subject_type = 'manual'");
    pair.rules(&format!("{subset}tables:{TABLES}"));
    pair.run(&["plan", "--exact"]).expect(0).says("warning[polymorphic]");
    for kind in ["App\\Models\\Order", "Shop::User", "invoice", "TEAMS"] {
        pair.at_source(&format!("UPDATE logs SET subject_type = '{kind}' WHERE id = 7"));
        pair.run(&["plan", "--exact"]).expect(3).says("error[polymorphic]");
    }
}

/// B49: a circle of references that cannot be NULL is brought whole.
#[test]
fn a_circle_of_not_null_references_is_brought_whole() {
    let pair = Pair::with(
        "rows_circle",
        "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, c int NOT NULL);
         CREATE TABLE c (id int PRIMARY KEY, a int NOT NULL REFERENCES a DEFERRABLE INITIALLY DEFERRED);
         ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b DEFERRABLE INITIALLY DEFERRED; ALTER TABLE b ADD FOREIGN KEY (c) REFERENCES c DEFERRABLE;
         BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO a SELECT n, n FROM generate_series(0, 99) n; INSERT INTO b SELECT n, n FROM generate_series(0, 99) n;
         INSERT INTO c SELECT n, n / 10 * 10 + (n + 1) % 10 FROM generate_series(0, 99) n; COMMIT; ANALYZE;",
    );
    pair.rules("subset: { roots: [ { table: a, where: 'id = 5' } ], children: { b.c: none, c.a: none, a.b: none } }\ntables: { a: { keep: rest }, b: { keep: rest }, c: { keep: rest } }");
    pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
    assert_eq!(pair.at_target("SELECT (SELECT string_agg(id::text, ' ' ORDER BY id) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM c)"), "0 1 2 3 4 5 6 7 8 9|10|10");
}

#[test]
fn policies_that_contradict_each_other_are_refused_in_the_plan() {
    let pair = shop("rows_contradict");
    let refused = |head: &str, from: &str, to: &str, code: &str| {
        let tables = TABLES.replace(from, to);
        assert!(from.is_empty() || tables != TABLES, "{from}");
        pair.rules(&format!("{RELATIONS}{head}\ntables:{tables}"));
        let run = pair.run(&["plan", "--exact"]).says(code).says("standin.yaml:");
        assert!(matches!(run.code(), Some(2 | 3)), "{:?}: {}", run.code(), run.text());
    };
    let root = "subset: { roots: [ { table: users, where: 'id < 10' } ] }";
    let users = "users: { keep: rest";
    refused(root, users, "users: { keep: rest, delete: all", "root-removed");
    refused(root, users, "users: { keep: rest, delete: 'id < 50'", "root-removed");
    refused(&format!("empty: [users]\n{root}"), "users: { keep: rest, mask: { email: email } }", "users: {}", "users");
    refused(
        "",
        "orders: { keep: rest",
        "orders: { keep: rest, orphans: { items.order_id: set_null }, delete: 'id < 9'",
        "orphans-set-null",
    );
    refused(
        "",
        "orders: { keep: rest",
        "orders: { keep: rest, orphans: { flags.name: cascade }, delete: 'id < 9'",
        "orphans-no-reference",
    );
    refused(
        "subset: { roots: [ { table: users, rows: 5 } ], children: { flags: none } }",
        "",
        "",
        "children-no-reference",
    );
    refused("empty: [flags]", "flags: { keep: rest", "flags: { keep: rest, delete: 'name = 1'", "policy-idle");
    refused("", "flags: { keep: rest", "flags: { delete: all, sample: 5%, keep: rest", "policy-idle");
}
