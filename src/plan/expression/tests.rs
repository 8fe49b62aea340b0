//! What an expression becomes, and what is refused.

use super::{Expression, Scope};
use crate::catalog::{BaseType, Catalog, Column, PgType, Table, TableKind, TypeKind};
use crate::plan::clock::Clock;
use crate::words::diagnostic::{FilePlace, SourceFile};
use crate::words::name::TableName;
use std::sync::Arc;

fn column(number: i16, name: &str, base: BaseType) -> Column {
    Column {
        number,
        name: name.into(),
        ty: Arc::new(PgType { oid: 0, name: TableName::new("pg_catalog", "x"), kind: TypeKind::Base(base) }),
        typmod: -1,
        type_sql: "x".into(),
        not_null: false,
        default: None,
        identity: false,
        generated: false,
        collation: None,
        distinct: 0.0,
        nulls: 0.0,
    }
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    Table {
        oid: 1,
        name: TableName::parse(name).expect("a name"),
        kind: TableKind::Plain,
        unlogged: false,
        parents: Vec::new(),
        partition: false,
        partition_key: Vec::new(),
        extension: None,
        columns,
        unique_indexes: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        estimated_rows: 0.0,
        heap_bytes: 0,
        index_bytes: 0,
        pages: 0,
        file_node: 0,
        row_security_active: false,
        selectable: true,
        owner: "o".into(),
        populated: true,
    }
}

fn parse(text: &str) -> Result<String, String> {
    let users = table(
        "users",
        vec![
            column(1, "id", BaseType::Int4),
            column(2, "email", BaseType::Text),
            column(3, "handle", BaseType::Citext),
        ],
    );
    let catalog = Catalog {
        tables: vec![users.clone(), table("vip", vec![column(1, "user_id", BaseType::Int4)])].into(),
        ..Catalog::default()
    };
    let clock = Clock::new("2026-03-01T12:00:00Z", "UTC").expect("a clock");
    let file = Arc::new(SourceFile { path: "r.yaml".into(), text: String::new() });
    let place = FilePlace { file, span: 0..0 };
    Expression::parse(text, &Scope { catalog: &catalog, table: &users, clock: &clock, place: &place })
        .map(|expression| expression.sql)
        .map_err(|faults| faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; "))
}

#[test]
fn the_clock_stands_still() {
    let at = "('2026-03-01 12:00:00+00:00:00'::pg_catalog.timestamptz)";
    assert_eq!(parse("created_at > now() - interval '7 days'"), Ok(format!("created_at > {at} - interval '7 days'")));
    assert_eq!(parse("ß <> 'ü' AND x > pg_catalog.NOW( )\n  OR y"), Ok(format!("ß <> 'ü' AND x > {at}\n  OR y")));
    assert_eq!(parse("day = current_date"), Ok("day = ('2026-03-01'::pg_catalog.date)".into()));
    assert_eq!(
        parse("x < CURRENT_TIMESTAMP(3)"),
        Ok("x < ('2026-03-01 12:00:00+00:00:00'::pg_catalog.timestamptz(3))".into())
    );
    assert_eq!(parse("\"now\" = 1"), Ok("\"now\" = 1".into()));
    assert!(parse("x > 'yesterday'").is_err());
    assert!(parse("x > date 'today'").is_err());
    assert!(parse("word = 'today'::text").is_ok());
    assert!(parse("age(created_at) > interval '1 year'").is_err());
}

#[test]
fn names_of_the_table_become_the_alias() {
    assert_eq!(parse("users.email LIKE '%@x' AND public.users.id > 1"), Ok("t.email LIKE '%@x' AND t.id > 1".into()));
    assert_eq!(
        parse("EXISTS (SELECT 1 FROM vip v WHERE v.user_id = users.id)"),
        Ok("EXISTS (SELECT 1 FROM \"public\".\"vip\" v WHERE v.user_id = t.id)".into())
    );
    assert_eq!(
        parse("id IN (SELECT users.id FROM users)"),
        Ok("id IN (SELECT users.id FROM \"public\".\"users\")".into())
    );
    assert_eq!(
        parse("id IN (WITH v AS (SELECT user_id FROM vip) SELECT user_id FROM v)"),
        Ok("id IN (WITH v AS (SELECT user_id FROM \"public\".\"vip\") SELECT user_id FROM v)".into())
    );
    assert!(parse("EXISTS (SELECT 1 FROM vip t WHERE t.user_id = users.id)").is_err());
    assert!(parse("users IS NOT NULL").is_ok_and(|sql| sql == "t IS NOT NULL"));
}

#[test]
fn what_is_not_one_harmless_expression_is_refused() {
    for bad in [
        "",
        "id = 1; DROP TABLE users",
        "id = 1;",
        "id = 1 -- x",
        "id = /* x */ 1",
        "id = 'x",
        "(id = 1",
        "id = 1)",
        "id = 1 OR",
        "id = 1 SELECT 2",
        "id = $1",
        "random() < 0.5",
        "id = nextval('s')",
        "pg_sleep(1) IS NULL",
        "public.dblink('x','y') IS NULL",
        "id IN (SELECT id FROM nowhere)",
        "id IN (SELECT oid FROM pg_class)",
        "id IN (SELECT id FROM pg_catalog.pg_authid)",
        "id IN (SELECT id FROM vip TABLESAMPLE system (1))",
        "id IN (SELECT user_id FROM vip FOR UPDATE)",
        "id IN (TABLE vip)",
        "id IN (SELECT * FROM pg_ls_dir('x'))",
        "id IN (WITH x AS (DELETE FROM vip RETURNING user_id) SELECT user_id FROM x)",
        "handle = 'x'",
        "users.handle = 'x'",
    ] {
        assert!(parse(bad).is_err(), "{bad}: {:?}", parse(bad));
    }
    let good = [
        "true",
        "handle::text = 'x'",
        "handle IS NULL",
        "email ~ '^[a-z]'",
        "id = ANY (ARRAY[1, 2])",
        "email LIKE 'a\\_%'",
        "CASE WHEN id > 3 THEN true ELSE false END",
        "data->>'plan' = 'free'",
        "data @> '{\"a\": 1}'::jsonb",
        "extract(year FROM created_at) < 2020",
        "app.is_test(email)",
        "email = 'it''s; -- not a comment'",
        "lower(email) LIKE '%@shop.example' OR id BETWEEN 1 AND 10",
        "email = $$x;y$$",
        "data ? 'a' AND data ?| ARRAY['a'] AND data #>> '{a,b}' = 'x'",
        "a IS DISTINCT FROM b AND at AT TIME ZONE 'UTC' > '2020-01-01'",
        "email ILIKE ANY (ARRAY['a%', 'b%']) AND email !~* 'x' COLLATE \"C\"",
        "price::numeric(10,2) > 1.5e3 AND tags[1] = E'a\\n' AND tags && ARRAY['x']",
        "a OPERATOR(pg_catalog.=) b AND ROW(a, b) = (1, 2)",
        "a SIMILAR TO 'x' AND coalesce(a, b) IN (1, 2) AND (a).b = 1 AND NOT c",
        "span @> 3 AND net << '10.0.0.0/8'::inet AND a = ANY ('{1,2}'::int[]) AND b ->> 0 = 'x'",
        "substring(email from 1 for 3) = 'abc' AND position('x' in email) > 0 AND trim(both ' ' from email) <> ''",
        "(a, b) OVERLAPS (c, d)",
        "EXISTS (SELECT FROM vip) AND a <-> b < 3 AND email ~~ 'x' AND a IS NOT UNKNOWN",
        "a = interval '1 day 2 hours' * 3 AND date_trunc('month', at) = date '2020-01-01'",
        "make_interval(days => 3) > x AND email LIKE 'a!_%' ESCAPE '!'",
        "(id, email) = (1, 'x')",
    ];
    let refused: Vec<_> = good.iter().filter_map(|good| Some((good, parse(good).err()?))).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}
