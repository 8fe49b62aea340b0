//! Each wrong use is refused in words of its own.

use super::{By, ColumnShape, Domains, MaskRef, Normal, compile, enum_shape, key, rule, shape};

/// A mask, its parameters, and the column that it cannot do.
const WRONG: &[(&str, &str, &str)] = &[
    ("email", "", "int4"),
    ("email", "", "varchar(20)"),
    ("email", "", "int4[]"),
    ("email", "", "textrange"),
    ("username", "", "varchar(10)"),
    ("name", "", "varchar(10)"),
    ("first_name", "", "varchar(3)"),
    ("last_name", "", "varchar(3)"),
    ("title", "", "varchar(1)"),
    ("gender", "", "int4"),
    ("street", "", "varchar(10)"),
    ("address", "", "varchar(20)"),
    ("country", "", "varchar(1)"),
    ("zip3", "", "varchar(2)"),
    ("company", "", "varchar(10)"),
    ("ip", "", "varchar(8)"),
    ("url", "", "varchar(12)"),
    ("mac", "", "varchar(12)"),
    ("user_agent", "", "varchar(12)"),
    ("uuid", "", "varchar(12)"),
    ("permute", "", "int2"),
    ("permute", "{ range: 5..5 }", "int4"),
    ("permute", "", "varchar(5)"),
    ("pattern", "\"tok_{alnum:24}\"", "varchar(20)"),
    ("pattern", "\"tok_{nope:24}\"", "text"),
    ("token", "", "varchar(8)"),
    ("hash", "{ length: 32 }", "varchar(20)"),
    ("password", "letmein", "varchar(20)"),
    ("replace", "{ pattern: \"(\" }", "text"),
    ("replace", "{ pattern: a, with: $1 }", "text"),
    ("template", "\"{% if %}\"", "text"),
    ("template", "\"{{ id | nosuch }}\"", "text"),
    ("template", "\"{{ id }}\"", "text[]"),
    ("noise", "{ ratio: 0.1, amount: 5 }", "numeric"),
    ("noise", "{ ratio: 7 }", "numeric"),
    ("noise", "{ between: 5..5 }", "numeric"),
    ("date_shift", "{ within: 0d }", "date"),
    ("choice", "", "text"),
    ("choice", "[one]", "int4"),
    ("choice", "[toolong]", "varchar(3)"),
    ("constant", "{ value: 70000 }", "int2"),
    ("constant", "toolong", "varchar(3)"),
    ("json", "{ keep: [\"a..b\"] }", "jsonb"),
    ("json", "{ fields: { a: date_shift } }", "jsonb"),
    ("xml", "{ fields: { a: hash } }", "varchar(60)"),
    ("composite", "{ keep: [contry] }", "(street text, city text, country text)"),
    ("redact", "{ fields: { name: name } }", "text"),
    ("bits", "", "text"),
    ("resample", "", "text"),
    ("shuffle", "", "text"),
    ("default", "", "text"),
    ("sql", "\"1\"", "text"),
];

#[test]
fn every_wrong_use_has_its_words() {
    let domains = Domains::new(&key(0), 1);
    let said = |rule: &MaskRef, shape: &ColumnShape| match compile(rule, shape, &domains) {
        Ok(_) => "NOT REFUSED".to_owned(),
        Err(why) => format!("{}\n    {}", why.message, why.help.unwrap_or_default()),
    };
    let mut words = String::new();
    for (name, params, column) in WRONG {
        words += &format!("{name} {params} on {column}: {}\n", said(&rule(name, params), &shape(column)));
    }
    let choice = rule("choice", "[open, shut]");
    words += &format!("choice on an enum: {}\n", said(&choice, &enum_shape(&["open", "closed"])));
    let by = MaskRef { by: Some("id".into()), ..rule("email", "") };
    words += &format!("email by id on text[]: {}\n", said(&by, &shape("text[]")));
    let by = MaskRef { by: Some("id".into()), ..rule("digits", "") };
    assert_eq!(by.spec.by, By::Never);
    words += &format!("digits by id: {}\n", said(&by, &shape("text")));
    let without = MaskRef { by: None, ..rule("date_shift", "{ within: 30d }") };
    words += &format!("date_shift without by: {}\n", said(&without, &shape("date")));
    let normal = MaskRef { normalise: vec![Normal::Lower], ..rule("date_shift", "{ within: 0d }") };
    words += &format!("date_shift of a domain: {}\n", said(&normal, &shape("date")));
    assert!(!words.contains("NOT REFUSED"), "{words}");
    insta::assert_snapshot!(words);
}
