//! Shapes that break tools: odd names, inheritance, long lists, wide tables, large circles.

use crate::fixture::Pair;

const NAMES: &str = r#"
    CREATE SCHEMA "a b"; CREATE SCHEMA "c.d"; CREATE SCHEMA "Ünï""q";
    CREATE TABLE "a b"."t.1" ("I d" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, gone int, "Sel""ect" int);
    ALTER TABLE "a b"."t.1" DROP COLUMN gone;
    INSERT INTO "a b"."t.1" ("Sel""ect") SELECT n FROM generate_series(1, 20) n;
    CREATE TABLE "c.d"."'; DROP" (x int, y int, "ref $1" int NOT NULL, "at" date, PRIMARY KEY (x, y)) PARTITION BY LIST (y);
    CREATE TABLE "c.d"."part ""0""" (gone text, "ref $1" int NOT NULL, y int NOT NULL, "at" date, x int NOT NULL);
    ALTER TABLE "c.d"."part ""0""" DROP COLUMN gone;
    ALTER TABLE "c.d"."'; DROP" ATTACH PARTITION "c.d"."part ""0""" FOR VALUES IN (0);
    CREATE TABLE "c.d"."päärt" PARTITION OF "c.d"."'; DROP" DEFAULT;
    ALTER TABLE "c.d"."'; DROP" ADD FOREIGN KEY ("ref $1") REFERENCES "a b"."t.1";
    INSERT INTO "c.d"."'; DROP" SELECT n, n % 3, n % 20 + 1, date '2020-01-01' + n FROM generate_series(1, 60) n;
    CREATE UNLOGGED TABLE "Ünï""q"."xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" (x int, y int, v int,
        FOREIGN KEY (x, y) REFERENCES "c.d"."'; DROP" ON DELETE SET NULL);
    INSERT INTO "Ünï""q"."xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" SELECT x, y, x FROM "c.d"."'; DROP";
    ALTER TABLE "a b"."t.1" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY nothing ON "a b"."t.1" USING (false);
    CREATE VIEW shown AS SELECT * FROM "a b"."t.1"; CREATE RULE swallow AS ON INSERT TO shown DO INSTEAD NOTHING;
    CREATE RULE swallow AS ON INSERT TO "a b"."t.1" DO INSTEAD NOTHING;
    ANALYZE;"#;

#[test]
fn names_that_need_quotes_everywhere_are_followed_like_others() {
    let pair = Pair::with("rows_names", NAMES);
    let long = "x".repeat(63);
    let rules = |t: &str, part: &str| {
        format!(
            "policy: {{ orphaned_at_most: 100% }}\ntables:\n  '\"a b\".\"t.1\"': {{ keep: rest{t} }}\n  '\"c.d\".\"''; DROP\"': {{ keep: rest{part} }}\n  '\"Ünï\"\"q\".{long}': {{ keep: rest }}\n"
        )
    };
    let counts = format!(
        "SELECT (SELECT count(*) FROM \"a b\".\"t.1\"), (SELECT count(*) FROM \"c.d\".\"'; DROP\"), (SELECT count(*) FROM \"Ünï\"\"q\".\"{long}\"), (SELECT count(x) FROM \"Ünï\"\"q\".\"{long}\")"
    );
    let check = |rules: String, want: &str| {
        pair.rules(&rules);
        pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
        assert_eq!(pair.at_target(&counts), want, "{rules}");
    };
    check(
        format!(
            "subset: {{ roots: [ {{ table: '\"a b\".\"t.1\"', where: '\"Sel\"\"ect\" <= 5' }} ] }}\n{}",
            rules("", "")
        ),
        "5|15|15|15",
    );
    check(
        format!(
            "subset: {{ roots: [ {{ table: '\"a b\".\"t.1\"', where: '\"I d\" <= 5' }} ], children: {{ '\"c.d\".\"''; DROP\".\"ref $1\"': {{ most: 1, newest_by: at }} }} }}\n{}",
            rules("", "")
        ),
        "5|5|5|5",
    );
    check(rules(", delete: '\"t.1\".\"I d\" > 15', orphans: { default: cascade }", ""), "15|45|45|45");
    check(rules("", &format!(", delete: 'x > 40', orphans: {{ '\"Ünï\"\"q\".{long}.x': set_null }}")), "20|40|60|40");
    check(rules("", ", retain: { by: at, last: 10d, anchor: newest }"), "20|11|11|11");
    check(rules("", ", sample: { rows: 10, newest_by: at }"), "20|10|10|10");
    pair.rules(&format!("subset: {{ roots: [ {{ table: '\"a b\".\"t.1\"', rows: 5 }} ] }}\n{}", rules("", "")));
    pair.run(&["plan", "--why", "\"c.d\".\"'; DROP\""]).expect(0).says("follows through");
    assert_eq!(
        pair.at_target("SELECT relpersistence FROM pg_class WHERE relname LIKE 'xxxxx%' AND relkind = 'r'"),
        "u"
    );
}

#[test]
fn children_by_inheritance_have_references_and_rows_of_their_own() {
    let pair = Pair::with(
        "rows_inherits",
        "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT generate_series(1, 10);
         CREATE TABLE docs (id int PRIMARY KEY, user_id int REFERENCES users, at date);
         CREATE TABLE letters (stamp int) INHERITS (docs); CREATE TABLE bills (total int) INHERITS (docs); CREATE TABLE final_bills () INHERITS (bills);
         ALTER TABLE bills ADD PRIMARY KEY (id), ADD FOREIGN KEY (user_id) REFERENCES users;
         CREATE TABLE lines (bill int NOT NULL REFERENCES bills, n int);
         INSERT INTO docs SELECT n, n, '2020-01-01' FROM generate_series(1, 10) n; INSERT INTO letters SELECT 100 + n, n, '2020-01-01', 0 FROM generate_series(1, 10) n;
         INSERT INTO bills SELECT 200 + n, n, '2020-01-01', 0 FROM generate_series(1, 10) n; INSERT INTO final_bills SELECT 300 + n, n, '2030-01-01', 0 FROM generate_series(1, 10) n;
         INSERT INTO lines SELECT 200 + n, n FROM generate_series(1, 10) n; ANALYZE;",
    );
    let counts = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM ONLY docs), (SELECT count(*) FROM letters), (SELECT count(*) FROM ONLY bills), (SELECT count(*) FROM final_bills), (SELECT count(*) FROM lines)";
    let check = |head: &str, users: &str, docs: &str, want: &str| {
        pair.rules(&format!("policy: {{ orphaned_at_most: 100% }}\n{head}tables: {{ users: {{ keep: rest{users} }}, docs: {{ keep: rest{docs} }}, lines: {{ keep: rest, expect: {{ at_least: 0 }} }} }}"));
        pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
        assert_eq!(pair.at_target(counts), want, "{head}{users}{docs}");
    };
    check("subset: { roots: [ { table: users, where: 'id < 4' } ] }\n", "", "", "3|3|10|3|10|3");
    check("", ", delete: 'id < 4', orphans: { default: cascade }", "", "7|7|10|7|10|7");
    check("", "", ", delete: 'id % 100 < 3', orphans: { default: cascade }", "10|8|8|8|8|8");
    check("", "", ", retain: { by: at, last: 1y, anchor: newest }", "10|0|0|0|10|0");
}

/// A list that is followed one row a step must not take a statement a step, or a stack that grows with it.
#[test]
fn a_list_of_a_hundred_thousand_rows_is_followed_to_its_end() {
    let pair = Pair::with(
        "rows_list",
        "CREATE TABLE list (id int PRIMARY KEY, up int REFERENCES list, key text UNIQUE, up_key text REFERENCES list (key));
         INSERT INTO list SELECT n, nullif(n - 1, 0), 'k' || n, 'k' || nullif(n - 1, 0) FROM generate_series(1, 100000) n;
         CREATE TABLE notes (id int, list int REFERENCES list); INSERT INTO notes SELECT n, n FROM generate_series(1, 100000) n; ANALYZE;",
    );
    let check = |head: &str, list: &str, want: &str| {
        pair.rules(&format!("policy: {{ orphaned_at_most: 100% }}\n{head}tables: {{ list: {{ keep: [id, up, key, up_key]{list} }}, notes: {{ keep: rest }} }}"));
        let run = pair.run(&["refresh", "--yes"]).expect(0);
        println!("{head}{list}: {:?}", run.seconds);
        assert!(run.seconds < std::time::Duration::from_secs(60), "{:?}", run.seconds);
        assert_eq!(pair.at_target("SELECT (SELECT count(*) FROM list), (SELECT count(*) FROM notes)"), want);
    };
    // Upwards from the last, then what goes with one near the first.
    check(
        "subset: { roots: [ { table: list, where: 'id = 100000' } ], children: { list.up: none, list.up_key: none } }\n",
        "",
        "100000|1",
    );
    std::fs::write(pair.directory.path().join("ids.csv"), "500\n").expect("a file");
    pair.rules(
        "forget: [ { table: list, file: ids.csv } ]\npolicy: { orphaned_at_most: 100% }\ntables: { list: { keep: [id, up, key, up_key] }, notes: { keep: rest } }",
    );
    pair.run(&["refresh", "--yes"]).expect(0);
    assert_eq!(pair.at_target("SELECT (SELECT count(*) FROM list), (SELECT count(*) FROM notes)"), "499|499");
}

#[test]
fn a_circle_of_sixty_tables_and_a_table_of_a_thousand_columns() {
    let mut sql = String::new();
    let mut rules = String::new();
    for at in 0..60 {
        sql.push_str(&format!("CREATE TABLE t{at} (id int PRIMARY KEY, next int NOT NULL, other int);\n"));
        rules.push_str(&format!("  t{at}: {{ keep: rest }}\n"));
    }
    for at in 0..60 {
        sql.push_str(&format!("INSERT INTO t{at} SELECT n, n % 50 + 1, n FROM generate_series(1, 50) n;\n"));
    }
    for at in 0..60 {
        sql.push_str(&format!(
            "ALTER TABLE t{at} ADD FOREIGN KEY (next) REFERENCES t{} DEFERRABLE INITIALLY DEFERRED,
                               ADD FOREIGN KEY (other) REFERENCES t{} DEFERRABLE;\n",
            (at + 1) % 60,
            (at + 7) % 60
        ));
    }
    let columns: Vec<String> = (1..1000).map(|at| format!("c{at} int")).collect();
    sql.push_str(&format!("CREATE TABLE wide (id int REFERENCES t0, {}); INSERT INTO wide SELECT n, n FROM generate_series(1, 50) n; ANALYZE;", columns.join(", ")));
    rules.push_str("  wide: { keep: rest }\n");
    let pair = Pair::with("rows_sixty", &sql);
    let counts = "SELECT (SELECT count(*) FROM t0), (SELECT count(*) FROM t59), (SELECT count(*) FROM wide)";
    let check = |head: &str, t0: &str, want: &str| {
        let rules = rules.replace("  t0: { keep: rest }", &format!("  t0: {{ keep: rest{t0} }}"));
        pair.rules(&format!("policy: {{ orphaned_at_most: 100% }}\n{head}tables:\n{rules}"));
        let run = pair.run(&["refresh", "--yes", "--verify", "full"]).expect(0);
        println!("{head}{t0}: {:?}", run.seconds);
        assert_eq!(pair.at_target(counts), want, "{head}{t0}");
    };
    check("subset: { roots: [ { table: t0, where: 'id = 7' } ] }\n", "", "50|50|50");
    let gone =
        rules.replace("  t0: { keep: rest", "  t0: { delete: 'id = 7', orphans: { default: cascade }, keep: rest");
    pair.rules(&format!("policy: {{ orphaned_at_most: 100% }}\ntables:\n{gone}"));
    pair.run(&["plan", "--exact"])
        .expect(0)
        .says("public.t0 · 0 of 50 rows, 1 deleted, 49 orphaned")
        .says("0 of 50 rows, 50 orphaned");
    let none: Vec<String> =
        (0..60).flat_map(|at| [format!("t{at}.next: none"), format!("t{at}.other: none")]).collect();
    check(
        &format!("subset: {{ roots: [ {{ table: wide, where: 'id = 7' }} ], children: {{ {} }} }}\n", none.join(", ")),
        "",
        "50|50|1",
    );
}
