//! The shapes that schemas come in, one by one.

use super::{Source, parse, plan, selected, statement};
use standin::words::name::TableName;

/// A schema, its rules, and what is to come of it.
struct Case {
    name: &'static str,
    sql: &'static str,
    rules: &'static str,
    /// Table, its columns, and its rows: fields by comma, rows by semicolon, NULL as `~`.
    rows: &'static [(&'static str, &'static [&'static str], &'static str)],
    refusals: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "a chain of four",
        sql: "CREATE TABLE a (id int PRIMARY KEY);
              CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
              CREATE TABLE c (id int PRIMARY KEY, b int REFERENCES b);
              CREATE TABLE d (id int PRIMARY KEY, c int REFERENCES c);
              INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (1, 1), (2, 2), (3, NULL);
              INSERT INTO c VALUES (1, 1), (2, 2), (3, 3); INSERT INTO d VALUES (1, 1), (2, 2), (3, 3), (4, NULL);",
        rules: "tables: { $.a: { keep: rest, delete: 'id = 1', orphans: { default: cascade } } }",
        rows: &[("b", &["id"], "2;3"), ("c", &["id"], "2;3"), ("d", &["id"], "2;3;4")],
        refusals: &[],
    },
    Case {
        name: "delete refuses by default, retain cascades",
        sql: "CREATE TABLE p (id int PRIMARY KEY, at date);
              CREATE TABLE q (id int PRIMARY KEY, p int REFERENCES p);
              INSERT INTO p VALUES (1, '2000-01-01'), (2, '2000-01-01'), (3, NULL), (4, now());
              INSERT INTO q VALUES (1, 1), (2, 2), (3, 3), (4, 4);",
        rules: "tables: { $.p: { keep: rest, delete: 'id = 1', retain: { by: at, last: 30d } } }",
        rows: &[("p", &["id"], "3;4"), ("q", &["id"], "1;3;4")],
        refusals: &["orphans-refused $.q.p"],
    },
    Case {
        name: "a diamond with set_null on one side",
        sql: "CREATE TABLE a (id int PRIMARY KEY);
              CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
              CREATE TABLE c (id int PRIMARY KEY, a int REFERENCES a);
              CREATE TABLE d (id int PRIMARY KEY, b int REFERENCES b, c int REFERENCES c);
              INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (1, 1), (2, 2); INSERT INTO c VALUES (1, 1), (2, 2);
              INSERT INTO d VALUES (1, 1, 1), (2, 2, 1), (3, 1, 2), (4, 2, 2);",
        rules: "tables: { $.a: { keep: rest, delete: 'id = 1', orphans: { default: cascade } },
                          $.b: { keep: rest, orphans: { $.d.b: set_null } } }",
        rows: &[("b", &["id"], "2"), ("c", &["id"], "2"), ("d", &["id", "b", "c"], "3,~,2;4,2,2")],
        refusals: &[],
    },
    Case {
        name: "a tree, by cascade and by set_null",
        sql: "CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree);
              INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, 1), (6, 6);
              CREATE TABLE wood (id int PRIMARY KEY, up int REFERENCES wood); INSERT INTO wood SELECT * FROM tree;",
        rules: "tables: { $.tree: { keep: rest, delete: 'id = 2', orphans: { default: cascade } },
                          $.wood: { keep: rest, delete: 'id = 2', orphans: { $.wood.up: set_null } } }",
        rows: &[("tree", &["id"], "1;5;6"), ("wood", &["id", "up"], "1,~;3,~;4,3;5,1;6,6")],
        refusals: &[],
    },
    Case {
        name: "two tables that need each other",
        sql: "CREATE TABLE x (id int PRIMARY KEY, y int NOT NULL);
              CREATE TABLE y (id int PRIMARY KEY, x int NOT NULL REFERENCES x DEFERRABLE INITIALLY DEFERRED);
              ALTER TABLE x ADD FOREIGN KEY (y) REFERENCES y DEFERRABLE INITIALLY DEFERRED;
              CREATE TABLE z (id int PRIMARY KEY, y int REFERENCES y);
              BEGIN; INSERT INTO x VALUES (1, 1), (2, 2), (3, 1); INSERT INTO y VALUES (1, 1), (2, 2), (3, 3); COMMIT;
              INSERT INTO z VALUES (1, 3), (2, 2);",
        rules: "tables: { $.x: { keep: rest, delete: 'id = 1', orphans: { default: cascade } } }",
        rows: &[("x", &["id"], "2"), ("y", &["id"], "2"), ("z", &["id"], "2")],
        refusals: &[],
    },
    Case {
        name: "composite keys, NULLs, MATCH FULL, and a unique key that is not the primary one",
        sql: "CREATE TABLE p (tenant int, n int, code text UNIQUE, PRIMARY KEY (tenant, n));
              CREATE TABLE c (id int PRIMARY KEY, tenant int NOT NULL, n bigint, code varchar(9) REFERENCES p (code),
                              FOREIGN KEY (tenant, n) REFERENCES p);
              CREATE TABLE f (id int PRIMARY KEY, tenant int, n int, FOREIGN KEY (tenant, n) REFERENCES p MATCH FULL);
              INSERT INTO p VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, NULL);
              INSERT INTO c VALUES (1, 1, 1, NULL), (2, 1, NULL, 'a'), (3, 2, 1, 'b'), (4, 9, NULL, NULL);
              INSERT INTO f VALUES (1, 1, 1), (2, 1, 2), (3, NULL, NULL);",
        rules: "tables: { $.p: { keep: rest, delete: 'tenant = 1 AND n = 1',
                                 orphans: { $.c.code: cascade, $.c.n: set_null, $.f.n: set_null } } }",
        rows: &[("c", &["id", "tenant", "n"], "1,1,~;3,2,1;4,9,~"), ("f", &["id", "tenant", "n"], "1,~,~;2,1,2;3,~,~")],
        refusals: &[],
    },
    Case {
        name: "partitions on both sides",
        sql: "CREATE TABLE p (id int, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
              CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
              CREATE TABLE p2 PARTITION OF p DEFAULT PARTITION BY LIST (id);
              CREATE TABLE p21 (day date NOT NULL, id int NOT NULL); ALTER TABLE p2 ATTACH PARTITION p21 DEFAULT;
              CREATE TABLE c (id int, p int, day date, FOREIGN KEY (p, day) REFERENCES p) PARTITION BY LIST (id);
              CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1, 2); CREATE TABLE c2 PARTITION OF c DEFAULT;
              CREATE TABLE l (id int, p int, day date, FOREIGN KEY (p, day) REFERENCES p1);
              INSERT INTO p VALUES (1, '2001-05-01'), (1, '2030-01-01'), (2, '2001-05-01'), (2, '2030-01-01');
              INSERT INTO c SELECT n, p.id, p.day FROM p, generate_series(1, 3) n;
              INSERT INTO l SELECT id, id, day FROM p1;",
        rules: "tables: { $.p: { keep: rest, retain: { by: day, last: 1y }, delete: 'id = 2', orphans: { default: cascade } } }",
        rows: &[("p", &["id", "day"], "1,2030-01-01"), ("c", &["id", "p", "day"], "1,1,2030-01-01;2,1,2030-01-01;3,1,2030-01-01"), ("l", &["id"], "")],
        refusals: &[],
    },
    Case {
        name: "no key anywhere, rows alike, and a parent that arrives empty",
        sql: "CREATE TABLE p (id int UNIQUE); CREATE TABLE c (p int REFERENCES p (id)); CREATE TABLE s (p int REFERENCES p (id));
              INSERT INTO p VALUES (1), (NULL); INSERT INTO c VALUES (1), (1), (NULL), (NULL); INSERT INTO s VALUES (1), (NULL);
              CREATE TABLE n (v int); INSERT INTO n VALUES (1), (1), (2), (NULL);",
        rules: "empty: [$.p]\ntables: { $.p: { orphans: { $.c.p: cascade, $.s.p: set_null } }, $.n: { keep: rest, delete: 'v = 1' } }",
        rows: &[("p", &["id"], ""), ("c", &["p"], "~;~"), ("s", &["p"], "~;~"), ("n", &["v"], "2;~")],
        refusals: &[],
    },
    Case {
        name: "inheritance: the rule covers the tree, the key only its table",
        sql: "CREATE TABLE p (id int PRIMARY KEY, at timestamp); CREATE TABLE p1 (more int) INHERITS (p);
              CREATE TABLE c (p int REFERENCES p);
              INSERT INTO p VALUES (1, '2000-01-01'), (2, '2030-01-01'); INSERT INTO p1 VALUES (2, '2000-01-01'), (3, '2030-01-01');
              INSERT INTO c VALUES (1), (2);",
        rules: "tables: { $.p: { keep: rest, retain: { by: at, last: 1y, anchor: newest } } }",
        rows: &[("p", &["id"], "2"), ("p1", &["id"], "3"), ("c", &["p"], "2")],
        refusals: &[],
    },
    Case {
        name: "constraints that say what set_null must not do",
        sql: "CREATE TABLE p (id int PRIMARY KEY);
              CREATE TABLE c (id int, p int REFERENCES p, q int, CHECK (num_nonnulls(p, q) = 1));
              INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1, NULL), (2, NULL, 5);",
        rules: "tables: { $.p: { keep: rest, delete: 'id = 1', orphans: { default: set_null } } }",
        rows: &[],
        refusals: &["orphans-check $.c"],
    },
    Case {
        name: "names that need quotes, and a sub-select",
        sql: "CREATE TABLE \"Odd \"\"P\" (\"Id\" int PRIMARY KEY, \"t\" int); CREATE TABLE vip (who int);
              CREATE TABLE \"c d\" (\"select\" int REFERENCES \"Odd \"\"P\");
              INSERT INTO \"Odd \"\"P\" VALUES (1, 1), (2, 2), (3, 3); INSERT INTO vip VALUES (2); INSERT INTO \"c d\" VALUES (1), (2), (3);",
        rules: "tables: { '$.\"Odd \"\"P\"': { keep: rest, orphans: { default: cascade },
                  delete: 'NOT EXISTS (SELECT FROM $.vip WHERE vip.who = \"Odd \"\"P\".\"Id\") AND \"t\" < 3' } }",
        rows: &[("\"Odd \"\"P\"", &["\"Id\""], "2;3"), ("\"c d\"", &["\"select\""], "2;3")],
        refusals: &[],
    },
];

#[tokio::test]
async fn every_shape_gives_its_rows() {
    let mut script = String::new();
    let mut rules = (Vec::new(), Vec::new());
    for (at, case) in CASES.iter().enumerate() {
        let schema = format!("s{at}");
        script.push_str(&format!("CREATE SCHEMA {schema}; SET search_path = {schema};\n{}\n", case.sql));
        for part in case.rules.replace('$', &schema).split('\n') {
            if let Some(empty) = part.trim().strip_prefix("empty: [") {
                rules.0.push(empty.trim_end_matches(']').to_owned());
            }
        }
        let tables = case.rules.replace('$', &schema);
        let tables = &tables[tables.find("tables: {").expect("tables") + 9..];
        rules.1.push(tables.trim().strip_suffix('}').expect("a brace").trim().to_owned());
    }
    let rules = parse(&format!("empty: [{}]\ntables: {{ {} }}", rules.0.join(", "), rules.1.join(",\n")));
    let source = Source::start(&script).await;
    let catalog = source.catalog().await;
    let plan = plan(&rules, &catalog, 1.0).unwrap_or_else(|faults| panic!("{faults:#?}"));
    for probe in &plan.probes {
        assert_eq!(source.ask(probe).await, 0, "{}", probe.sql);
    }
    let refusals = source.refusals(&plan.checks).await;
    for (at, case) in CASES.iter().enumerate() {
        let schema = format!("s{at}");
        for (table, columns, rows) in case.rows {
            let name = format!("{schema}.{table}");
            let root = catalog.table(&TableName::parse(&name).expect("a name")).expect("a table");
            let got = selected(&source, &catalog, &plan, root.oid, columns).await;
            let mut want: Vec<Vec<Option<String>>> = rows
                .split(';')
                .filter(|row| !row.is_empty())
                .map(|row| row.split(',').map(|field| (field != "~").then(|| field.to_owned())).collect())
                .collect();
            want.sort();
            assert_eq!(got, want, "{}: {table}", case.name);
        }
        let got: Vec<&String> = refusals.iter().filter(|refusal| refusal.contains(&format!(" {schema}."))).collect();
        let want: Vec<String> = case.refusals.iter().map(|refusal| refusal.replace('$', &schema)).collect();
        assert_eq!(got, want.iter().collect::<Vec<_>>(), "{}", case.name);
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_the_plan() {
    let source = Source::start(
        "CREATE TABLE p (id int PRIMARY KEY, at time, name text);
         CREATE TABLE c (p int NOT NULL REFERENCES p); CREATE TABLE lists (ps int[]);
         CREATE TABLE d (p int REFERENCES p) PARTITION BY LIST (p); CREATE TABLE d1 PARTITION OF d DEFAULT;
         CREATE FUNCTION dice() RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT true'",
    )
    .await;
    let catalog = source.catalog().await;
    let faults = |rule: &str| {
        let rules = parse(&format!("tables: {{ p: {{ keep: [id, at, name], {rule} }} }}"));
        let faults = plan(&rules, &catalog, 1.0).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.code).collect::<Vec<_>>()
    };
    assert_eq!(faults("retain: { by: att, last: 1d }"), ["unknown-column"]);
    assert_eq!(faults("retain: { by: at, last: 1d }, delete: 'id = 1;'"), ["predicate", "retain-type"]);
    assert_eq!(faults("delete: 'id = 1', orphans: { d.q: cascade }"), ["orphans-no-reference"]);
    assert_eq!(faults("delete: 'id = 1', orphans: { default: set_null }"), ["orphans-set-null", "orphans-set-null"]);
    assert_eq!(faults("delete: 'id = 1', orphans: { default: cascade }"), [""; 0]);
    let rules = parse(
        "relations: [ { from: { table: lists, columns: [ps] }, to: { table: p, columns: [id] } } ]\ntables: { lists: { keep: [ps] } }",
    );
    let faults = plan(&rules, &catalog, 1.0).err().unwrap_or_default();
    assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["relation-type"]);
    for wrong in ["public.dice()", "name", "nothing = 1", "id = 'x'"] {
        let rules = parse(&format!("tables: {{ p: {{ keep: [id, at, name], delete: \"{wrong}\" }} }}"));
        let plan = plan(&rules, &catalog, 1.0).expect("a plan");
        let mut wrong_at_source = false;
        for probe in &plan.probes {
            source.client.batch_execute("SAVEPOINT s").await.unwrap();
            wrong_at_source |= match source.client.query_one(&probe.sql, &[]).await {
                Ok(row) => row.get::<_, i64>(0) != 0,
                Err(_) => true,
            };
            source.client.batch_execute("ROLLBACK TO s").await.unwrap();
        }
        assert!(wrong_at_source, "{wrong}");
    }
}

#[tokio::test]
async fn partitions_that_retention_excludes_are_not_read() {
    let source = Source::start(
        "CREATE TABLE e (id int, at timestamptz NOT NULL, day date) PARTITION BY RANGE (at);
         CREATE TABLE e1 PARTITION OF e FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
         CREATE TABLE e2 PARTITION OF e DEFAULT;
         INSERT INTO e VALUES (1, '2001-05-01'), (2, now())",
    )
    .await;
    let catalog = source.catalog().await;
    let rules = parse("tables: { e: { keep: rest, retain: { by: at, last: 18mo }, delete: 'id = 7' } }");
    let plan = plan(&rules, &catalog, 1.0).expect("a plan");
    for (leaf, read) in [("e1", false), ("e2", true)] {
        let table = catalog.table(&TableName::new("public", leaf)).expect("a table");
        let sql = statement(&table.name.sql(), &plan.tables[&table.oid], &["id"]).expect("a statement");
        let explained = source.query(&format!("EXPLAIN {sql}")).await;
        let scans = explained.iter().flatten().flatten().any(|line| line.contains("Scan on"));
        assert_eq!(scans, read, "{leaf}: {explained:?}");
    }
}
