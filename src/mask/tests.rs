//! The registry: what every mask says of itself is true.

mod golden;
mod redact;

use super::*;
use crate::pg::types::{BaseType, PgType, TypeKind};
use crate::pg::value::FieldType;
use crate::words::name::TableName;
use crate::words::secret::Key;
use std::collections::HashSet;
use std::sync::Arc;

/// The key of the documentation: the bytes 0 to 31.
fn key(change: u8) -> Key {
    let hex: String = (0..32u8).map(|byte| format!("{:02x}", if byte == 9 { byte ^ change } else { byte })).collect();
    Key::parse(&hex).expect("a key")
}

fn shape(column: &str) -> ColumnShape {
    let nested = |kind| {
        let ty = Arc::new(PgType { oid: 2, name: TableName::new("public", "nested"), kind });
        ColumnShape::of(&ty, -1, false, false)
    };
    if let Some(element) = column.strip_suffix("[]") {
        let inner = shape(element);
        let typmod = inner.max_length.map_or(-1, |length| length as i32 + 4);
        return ColumnShape { typmod, ..nested(TypeKind::Array(inner.ty)) };
    }
    if let Some(fields) = column.strip_prefix('(') {
        let fields = fields.trim_end_matches(')').split(", ").map(|field| {
            let (name, ty) = field.split_once(' ').expect("a name and a type");
            (name.into(), shape(ty).ty)
        });
        return nested(TypeKind::Composite(fields.collect()));
    }
    if let Some(bound) = column.strip_suffix("range") {
        return nested(TypeKind::Range(shape(bound).ty));
    }
    let (name, length) = match column.split_once('(') {
        Some((name, length)) => (name, length.trim_end_matches(')').parse().ok()),
        None => (column, None),
    };
    let base = match name {
        "text" => BaseType::Text,
        "varchar" => BaseType::Varchar,
        "int2" => BaseType::Int2,
        "int4" => BaseType::Int4,
        "int8" => BaseType::Int8,
        "numeric" => BaseType::Numeric,
        "float8" => BaseType::Float8,
        "bool" => BaseType::Bool,
        "date" => BaseType::Date,
        "timestamp" => BaseType::Timestamp,
        "uuid" => BaseType::Uuid,
        "inet" => BaseType::Inet,
        "cidr" => BaseType::Cidr,
        "jsonb" => BaseType::Jsonb,
        "bytea" => BaseType::Bytea,
        "macaddr" => BaseType::Macaddr,
        "hstore" => BaseType::Hstore,
        other => panic!("no column of type {other} here"),
    };
    ColumnShape { max_length: length, ..ColumnShape::unbounded(base) }
}

fn enum_shape(labels: &[&str]) -> ColumnShape {
    let kind = TypeKind::Enum(labels.iter().map(|label| (*label).to_owned()).collect());
    let ty = PgType { oid: 1, name: TableName::new("public", "mood"), kind };
    ColumnShape { ty: Arc::new(ty), ..ColumnShape::unbounded(BaseType::Text) }
}

/// The parameters of an example, as the rules room reads them.
fn args(spec: &Spec, yaml: &str) -> Args {
    let mut args = Args::default();
    if yaml.is_empty() {
        return args;
    }
    let value: serde_json::Value = serde_yaml::from_str(yaml).expect("yaml");
    let known = |key: &str| spec.params.iter().any(|param| param.name == key);
    let given = match value {
        serde_json::Value::Object(map) if map.keys().all(|key| known(key)) => map.into_iter().collect(),
        value => vec![(spec.params[0].name.to_owned(), value)],
    };
    for (key, value) in given {
        let param = spec.params.iter().find(|param| param.name == key).expect("a parameter");
        args.set(param.name, arg(param.kind, &value));
    }
    args
}

fn arg(kind: ParamKind, value: &serde_json::Value) -> Arg {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let list = |value: &serde_json::Value| value.as_array().expect("a list").iter().map(text).collect::<Vec<_>>();
    match kind {
        ParamKind::Integer(..) => Arg::Integer(value.as_i64().expect("an integer")),
        ParamKind::Boolean => Arg::Boolean(value.as_bool().expect("a boolean")),
        ParamKind::Texts => Arg::Texts(list(value)),
        ParamKind::Range => {
            let text = text(value);
            let (low, high) = text.split_once("..").expect("a range");
            Arg::Range(low.parse().expect("low"), high.parse().expect("high"))
        }
        ParamKind::Choices => match value.as_object() {
            Some(map) => {
                Arg::Choices(map.iter().map(|(key, weight)| (key.clone(), weight.as_f64().expect("weight"))).collect())
            }
            None => Arg::Choices(list(value).into_iter().map(|option| (option, 1.0)).collect()),
        },
        ParamKind::Period => {
            let days = text(value).trim_end_matches('d').parse().expect("days");
            Arg::Period(args::Period { days, ..args::Period::default() })
        }
        ParamKind::Masks => {
            let masks = value.as_object().expect("a map").iter();
            Arg::Masks(
                masks
                    .map(|(path, mask)| match mask.as_object().and_then(|map| map.iter().next()) {
                        Some((name, params)) => (path.clone(), rule(name, &params.to_string())),
                        None => (path.clone(), rule(&text(mask), "")),
                    })
                    .collect(),
            )
        }
        _ => Arg::Text(text(value)),
    }
}

fn rule(name: &str, params: &str) -> MaskRef {
    let spec = find(name).unwrap_or_else(|| panic!("no mask {name}"));
    let by = (spec.by == By::Must).then(|| "id".into());
    MaskRef { by, ..MaskRef::bare(spec, args(spec, params)) }
}

/// A mask, ready to run on printed values.
struct Run {
    compiled: Compiled,
    field: FieldType,
}

impl Run {
    fn new(rule: &MaskRef, shape: &ColumnShape, key: &Key) -> Self {
        let domains = Domains::new(key, 1);
        let compiled = compile(rule, shape, &domains).unwrap_or_else(|why| panic!("{rule:?}: {why:?}"));
        Run { compiled, field: FieldType::of(&shape.ty) }
    }

    fn of(name: &str, params: &str, column: &str) -> Self {
        Run::new(&rule(name, params), &shape(column), &key(0))
    }

    /// The output as PostgreSQL prints it; `None`: NULL. It is checked that both formats can hold it.
    fn mask(&self, input: &str) -> Option<String> {
        self.mask_by(input, None)
    }

    fn mask_by(&self, input: &str, by: Option<Value<'_>>) -> Option<String> {
        let mut scratch = Vec::new();
        let value = self.field.decode_text(input.as_bytes(), &mut scratch).expect("a readable input");
        let (mut output, mut text, mut binary) = (Output::default(), Vec::new(), Vec::new());
        let mut context = Context::new(&self.compiled.domain, by);
        (self.compiled.function)(value, &mut context, &mut output).expect("a masked value");
        let printed = self.field.encode_text(&output, &mut text).expect("a text output");
        assert_eq!(self.field.encode_binary(&output, &mut binary).expect("a binary output"), printed);
        printed.then(|| String::from_utf8(text).expect("UTF-8"))
    }
}

/// Inputs of a family, plain and odd.
fn inputs(family: Family) -> (&'static str, Vec<String>) {
    let numbers = (0..300).map(|at: i64| at * at * at - 4_000_000);
    match family {
        Family::Text => {
            let mut texts: Vec<String> = [
                "Maria Lopez",
                "maria@shop.test",
                "+1 (415) 867-5309",
                "4929 1234 5678 9012",
                "81.2.69.142",
                "a",
                " ",
                "José 🎉",
                "مريم",
                "x'y\"z\\",
                "٣٤٥",
                "a@b@c",
                "line\nline",
                "ﬀ",
                "e\u{301}",
                "0",
                "-",
                "1e5",
                "NaN",
                "{\"a\":1}",
                "[1]",
                "null",
            ]
            .map(str::to_owned)
            .to_vec();
            texts.push("long ".repeat(2000));
            texts.extend((0..200).map(|at| format!("value {at}")));
            ("text", texts)
        }
        Family::Integer => {
            ("int4", numbers.chain([i64::from(i32::MIN), i64::from(i32::MAX)]).map(|n| n.to_string()).collect())
        }
        Family::Decimal => {
            let mut decimals: Vec<String> =
                numbers.map(|n| format!("{}.{:02}", n / 100, n.unsigned_abs() % 100)).collect();
            decimals.extend(["NaN", "Infinity", "-Infinity", "0", "0.00"].map(str::to_owned));
            decimals.push(format!("{}.{}", "9".repeat(50), "1".repeat(50)));
            ("numeric", decimals)
        }
        Family::Float => {
            ("float8", ["NaN", "Infinity", "0", "-0", "1e308", "-2.5", "1e-300"].map(str::to_owned).to_vec())
        }
        Family::Boolean => ("bool", vec!["t".to_owned(), "f".to_owned()]),
        Family::Date => {
            let mut dates: Vec<String> = (10..99).map(|year| format!("19{year}-02-28")).collect();
            dates.extend(
                ["infinity", "-infinity", "0044-03-15 BC", "4714-11-24 BC", "5874897-12-31"].map(str::to_owned),
            );
            ("date", dates)
        }
        Family::Timestamp => {
            let mut times: Vec<String> = (10..99).map(|year| format!("19{year}-02-28 12:30:00.5")).collect();
            times.extend(
                ["infinity", "-infinity", "4714-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999"].map(str::to_owned),
            );
            ("timestamp", times)
        }
        Family::Uuid => ("uuid", (10..99).map(|at| format!("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a{at}")).collect()),
        Family::Network => {
            let mut addresses: Vec<String> = (0..200).map(|at| format!("81.2.69.{at}")).collect();
            addresses
                .extend(["::1", "2a02:8071::1/64", "0.0.0.0/0", "198.18.0.1", "10.0.0.0/8", "::/0"].map(str::to_owned));
            ("inet", addresses)
        }
        Family::Json => {
            ("jsonb", ["{}", "[]", "1", "null", "{\"a\": [1, 2, {\"b\": null}]}"].map(str::to_owned).to_vec())
        }
        Family::Bytes => ("bytea", ["\\x", "\\x00ff"].map(str::to_owned).to_vec()),
        Family::Mac => {
            ("macaddr", ["08:00:2b:01:02:03", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"].map(str::to_owned).to_vec())
        }
        Family::Hstore => (
            "hstore",
            ["", "\"a\"=>\"1\", \"email\"=>NULL", "\"email\"=>\"maria@shop.test\""].map(str::to_owned).to_vec(),
        ),
        Family::Composite => (
            "(street text, city text, country text)",
            ["(,,)", "(\"4 High Street\",Sevilla,ES)", "(\"\",a,b)"].map(str::to_owned).to_vec(),
        ),
        other => panic!("no inputs of {other:?} yet"),
    }
}

/// Parameters with which a mask can be used at all.
fn required(spec: &Spec, family: Family) -> &'static str {
    match (spec.name, family) {
        ("date_shift", _) => "{ within: 30d }",
        ("permute", Family::Integer) => "{ range: -2147483648..2147483647 }",
        ("permute", _) => "{ range: -9223372036854775808..9223372036854775807 }",
        ("password", _) => "letmein",
        ("replace", _) => "{ pattern: \"[0-9]+\", with: \"#\" }",
        ("pattern", _) => "\"tok_{alnum:24}\"",
        ("gender", Family::Boolean) => "[true, false]",
        ("gender", Family::Date) => "[2020-01-01, 2021-01-01]",
        ("gender", Family::Timestamp) => "[\"2020-01-01 00:00:00\", \"2021-01-01 00:00:00\"]",
        ("gender", Family::Uuid) => "[a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11, a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12]",
        ("gender", Family::Network) => "[198.18.0.1, 198.18.0.2]",
        ("gender", Family::Integer | Family::Decimal | Family::Float) => "[\"1\", \"2\"]",
        ("age_band", Family::Date) => "{ as_of: 2026 }",
        ("choice", Family::Boolean) => "[true, false]",
        ("choice", Family::Date) => "[2020-01-01, 2021-01-01]",
        ("choice", Family::Timestamp) => "[\"2020-01-01 00:00:00\"]",
        ("choice", Family::Uuid) => "[a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11]",
        ("choice", Family::Network) => "[198.18.0.1]",
        ("choice", _) => "[\"1\", \"2\"]",
        _ => "",
    }
}

/// Masks that are functions of a field, with each family that they accept, enums left out.
fn uses() -> impl Iterator<Item = (&'static Spec, Family)> {
    ALL.iter().filter(|spec| spec.acts == Acts::Field).flat_map(|spec| match spec.accepts {
        Accepts::Families(families) => {
            families.iter().filter(|family| **family != Family::Enum).map(|family| (*spec, *family)).collect::<Vec<_>>()
        }
        Accepts::Anything => vec![(*spec, Family::Text)],
    })
}

#[test]
fn names_are_unique_and_every_mask_is_described() {
    let names: HashSet<&str> = ALL.iter().map(|spec| spec.name).collect();
    assert_eq!(names.len(), ALL.len());
    for spec in ALL {
        assert!(spec.summary.ends_with('.') && !spec.output.is_empty(), "{}", spec.name);
        assert!(!spec.examples.is_empty() || spec.acts == Acts::Sql, "{}", spec.name);
        assert!(
            spec.params.iter().all(|param| !param.help.is_empty() && param.required == param.default.is_empty()
                || matches!(param.name, "amount" | "between")),
            "{}",
            spec.name
        );
        assert!(find(spec.name).is_some_and(|found| found.summary == spec.summary));
    }
    let direct =
        |spec: &&&Spec| spec.class == Class::Direct && !matches!(spec.name, "first_name" | "last_name" | "phone");
    assert!(ALL.iter().filter(direct).all(|spec| spec.equal_at_most <= 1e-4));
}

#[test]
fn every_example_gives_its_output() {
    let mut wrong = String::new();
    for spec in ALL {
        for example in spec.examples {
            let run = Run::new(&rule(spec.name, example.params), &shape(example.column), &key(0));
            let output = run.mask(example.input).unwrap_or_else(|| "NULL".to_owned());
            if output != example.output {
                wrong += &format!(
                    "{} {}: {:?} gives {output:?}, not {:?}\n",
                    spec.name, example.params, example.input, example.output
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn outputs_are_valid_steady_and_not_the_input() {
    for (spec, family) in uses() {
        let (column, inputs) = inputs(family);
        let run = Run::new(&rule(spec.name, required(spec, family)), &shape(column), &key(0));
        let mut unchanged = 0;
        for input in &inputs {
            let output = run.mask(input);
            assert_eq!(output, run.mask(input), "{} of {input:?}", spec.name);
            let carried = matches!(
                input.as_str(),
                "NaN" | "Infinity" | "-Infinity" | "infinity" | "-infinity" | "0" | "0.00" | "-0" | "\\x"
            );
            unchanged += usize::from(!carried && output.as_deref() == Some(input));
        }
        // Only masks that say so may let a value through.
        assert!(spec.equal_at_most == 1.0 || unchanged == 0, "{} on {family:?}: {unchanged} unchanged", spec.name);
    }
}

#[test]
fn empty_texts_carry_nothing_and_stay() {
    for (spec, family) in uses().filter(|(_, family)| *family == Family::Text) {
        let run = Run::new(&rule(spec.name, required(spec, family)), &shape("text"), &key(0));
        assert_eq!(run.mask("").as_deref(), Some(""), "{}", spec.name);
    }
}

#[test]
fn a_text_that_is_not_utf8_is_replaced() {
    for (spec, family) in uses().filter(|(_, family)| *family == Family::Text) {
        let run = Run::new(&rule(spec.name, required(spec, family)), &shape("text"), &key(0));
        let mut output = Output::default();
        let mut context = Context::new(&run.compiled.domain, None);
        (run.compiled.function)(Value::Bytes(b"Mar\xeda"), &mut context, &mut output).expect("a masked value");
        assert!(std::str::from_utf8(&output.buffer).is_ok_and(|text| !text.contains("Mar")), "{}", spec.name);
    }
}

#[test]
fn preserved_means_no_collision() {
    for (spec, params) in [
        ("email", ""),
        ("email", "{ host: each, locale: ja_JP }"),
        ("username", ""),
        ("hash", "{ length: 20 }"),
        ("uuid", ""),
        ("domain_name", ""),
        ("url", ""),
        ("token", "{ length: 14 }"),
        ("pattern", "\"{hex:20}\""),
        ("alnum", ""),
    ] {
        let run = Run::of(spec, params, "text");
        assert_eq!(run.compiled.uniqueness, Uniqueness::Preserved, "{spec}");
        let outputs: HashSet<String> = (0..100_000).filter_map(|at| run.mask(&format!("user{at}@shop.test"))).collect();
        assert_eq!(outputs.len(), 100_000, "{spec}");
    }
    let run = Run::of("digits", "", "text");
    let outputs: HashSet<String> = (0..30_000).filter_map(|at| run.mask(&format!("user{at:07}"))).collect();
    assert_eq!(outputs.len(), 30_000);
    let run = Run::of("permute", "{ range: 1..30000 }", "int4");
    let outputs: HashSet<String> = (1..=30_000).filter_map(|at| run.mask(&at.to_string())).collect();
    assert_eq!(outputs.len(), 30_000);
}

#[test]
fn another_key_gives_other_outputs() {
    for (spec, family) in uses().filter(|(spec, _)| spec.equal_at_most < 1.0) {
        let (column, params) = (inputs(family).0, required(spec, family));
        let runs = [0, 1].map(|change| Run::new(&rule(spec.name, params), &shape(column), &key(change)));
        let input = |at: usize| match family {
            Family::Text => format!("{at} person{at} of {}", at * 7_654_321),
            Family::Integer => (1_000_000 + at * 7).to_string(),
            Family::Decimal => format!("{}.{:02}", 1_000_000 + at * 7, at % 100),
            Family::Float => format!("{at}.5"),
            Family::Date => format!("{}-02-28", 1000 + at),
            Family::Timestamp => format!("{}-02-28 00:00:00", 1000 + at),
            Family::Uuid => format!("a0eebc99-9c0b-4ef8-bb6d-6bb9bd38{at:04x}"),
            Family::Network => format!("81.2.{}.{}", at / 250, at % 250),
            Family::Mac => format!("08:00:2b:01:{:02x}:{:02x}", at / 256, at % 256),
            _ => format!("\\x{at:04x}"),
        };
        let same = (0..2000).filter(|at| runs[0].mask(&input(*at)) == runs[1].mask(&input(*at))).count();
        // A small space of outputs meets itself by chance: 60 shifts, or 3,000 first names.
        // A coordinate moves by a hundredth of a degree, so that two decimals show three outputs.
        let chance = match spec.name {
            "latitude" | "longitude" => continue,
            "date_shift" => 0.05,
            _ => 0.001_f64.max(spec.equal_at_most * 2.0),
        };
        assert!(same as f64 <= 2000.0 * chance + 5.0, "{} on {family:?}: {same} of 2000", spec.name);
    }
}

#[test]
fn outputs_reach_nobody() {
    let email = Run::of("email", "", "text");
    let (ip, cidr, ip_text) = (Run::of("ip", "", "inet"), Run::of("ip", "", "cidr"), Run::of("ip", "", "text"));
    let (card, phone) = (Run::of("card", "", "text"), Run::of("phone", "", "text"));
    for at in 0..5000 {
        let masked = email.mask(&format!("user{at}")).expect("an email");
        assert!(masked.ends_with("@example.com") && masked.to_lowercase() == masked, "{masked}");
        for run in [&ip, &ip_text] {
            let v4 = run.mask(&format!("{}.{}.3.4", at % 256, at / 256)).expect("an address");
            assert!(v4.starts_with("198.18.") || v4.starts_with("198.19."), "{v4}");
            assert!(
                run.mask(&format!("2a02::{at:x}/64"))
                    .is_some_and(|v6| v6.starts_with("2001:db8:") && v6.ends_with("/64"))
            );
        }
        let network = cidr.mask(&format!("{}.{}.0.0/16", at % 256, at / 256)).expect("a network");
        assert!(network == "198.18.0.0/16" || network == "198.19.0.0/16", "{network}");
        let number = card.mask(&format!("{:016}", 4_000_000_000_000_000u64 + at * 991)).expect("a card");
        assert!(number.starts_with("400000") && number.len() == 16, "{number}");
        let us = phone.mask(&format!("+1 415-867-{at:04}")).expect("a number");
        assert!(&us[6..13] == "-555-01" && us.len() == 15 && !us.contains("11-555"), "{us}");
        let spain = phone.mask(&format!("+34 61234{at:04}")).expect("a number");
        assert!(spain.starts_with("+34 00"), "{spain}");
    }
    let (private, keep) = (Run::of("ip", "{ network: private }", "inet"), Run::of("ip", "{ network: keep }", "inet"));
    assert!(private.mask("81.2.69.142").is_some_and(|address| address.starts_with("10.")));
    assert!(private.mask("2a02::1").is_some_and(|address| address.starts_with("fd")));
    assert!(
        keep.mask("81.2.69.142").is_some_and(|address| address.starts_with("81.2.69.") && address != "81.2.69.142")
    );
    assert!(keep.mask("2a02:8071:1::1").is_some_and(|address| address.starts_with("2a02:8071:1:")));
    assert_eq!(Run::of("ip", "", "cidr").mask("10.0.0.0/8").as_deref(), Some("198.18.0.0/15"));
}

#[test]
fn one_value_has_one_stand_in_wherever_it_stands() {
    let (text, json) = (Run::of("email", "", "text"), Run::of("json", "{ fields: { \"a[*].b\": email } }", "jsonb"));
    let masked = text.mask("maria@shop.test").expect("an email");
    let document = json.mask(r#"{"a": [{"b": "maria\u0040shop.test"}]}"#).expect("a document");
    assert_eq!(document, format!(r#"{{"a":[{{"b":"{masked}"}}]}}"#));
    assert_eq!(
        Run::of("uuid", "", "text").mask("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
        Run::of("uuid", "", "uuid").mask("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")
    );
    assert_eq!(Run::of("ip", "", "text").mask("81.2.69.142"), Run::of("ip", "", "inet").mask("81.2.69.142"));
    assert_eq!(Run::of("digits", "", "text").mask("4711"), Run::of("digits", "", "int2").mask("4711"));
    assert_eq!(Run::of("email", "", "text").mask("42"), Run::of("email", "", "varchar(60)").mask("42"));
}

#[test]
fn one_person_stays_one_person() {
    let run = |name: &str| {
        let rule = MaskRef { by: Some("id".into()), ..rule(name, "") };
        Run::new(&rule, &shape("text"), &key(0))
    };
    let [name, first, last, email] = ["name", "first_name", "last_name", "email"].map(run);
    for id in 0..200 {
        let of = |run: &Run, by: Value<'_>| run.mask_by("x", Some(by)).expect("a name");
        let full = of(&name, Value::Integer(id));
        assert_eq!(full, format!("{} {}", of(&first, Value::Integer(id)), of(&last, Value::Decimal(&id.to_string()))));
        let start: String = full.split(' ').next().expect("first").to_lowercase().chars().take(8).collect();
        assert!(of(&email, Value::Text(&id.to_string())).starts_with(&start));
    }
}

#[test]
fn one_person_agrees_with_itself_in_every_language() {
    for locale in crate::synth::CODES {
        let run = |name: &str| {
            let params = format!("{{ locale: {locale} }}");
            Run::new(&MaskRef { by: Some("id".into()), ..rule(name, &params) }, &shape("text"), &key(0))
        };
        let [name, first, last, title, gender] = ["name", "first_name", "last_name", "title", "gender"].map(run);
        let titles = crate::synth::locale(locale).language.titles;
        for id in 0..100 {
            let of = |run: &Run| run.mask_by("x", Some(Value::Integer(id))).expect("a text");
            let full = of(&name);
            assert!(full.contains(&of(&first)) && full.contains(&of(&last)), "{locale}: {full}");
            let female = of(&gender) == "female";
            assert_eq!(of(&title), titles[usize::from(!female)], "{locale}: {full}");
        }
        let women = Run::of("gender", &format!("{{ locale: {locale}, gender: female }}"), "text");
        assert!((0..50).all(|id| women.mask(&id.to_string()).as_deref() == Some("female")));
    }
    let of = |name: &str| Run::new(&MaskRef { by: Some("id".into()), ..rule(name, "") }, &shape("text"), &key(0));
    let (first, title) = (of("first_name"), of("title"));
    for id in 0..2000 {
        let by = |run: &Run| run.mask_by("x", Some(Value::Integer(id))).expect("a text");
        let wrong = match by(&first).as_str() {
            "Maria" | "Anna" | "Emily" => "Mr.",
            "John" | "Peter" | "Oscar" => "Ms.",
            _ => continue,
        };
        assert_ne!(by(&title), wrong);
    }
}

#[test]
fn one_subject_is_one_person_in_every_domain() {
    let run = |domain: &str, name: &str, subject: Option<&str>| {
        let subject = subject.map(str::to_owned);
        let rule = MaskRef { by: Some("id".into()), domain: domain.to_owned(), subject, ..rule(name, "") };
        Run::new(&rule, &shape("text"), &key(0)).mask_by("x", Some(Value::Integer(7))).expect("a name")
    };
    let full = run("staff_name", "name", Some("users.id"));
    assert!(full.starts_with(&run("first_name", "first_name", Some("users.id"))));
    assert_ne!(full, run("staff_name", "name", Some("patients.id")));
    assert_ne!(full, run("staff_name", "name", None));
}

#[test]
fn an_address_agrees_with_its_parts() {
    for locale in crate::synth::CODES {
        let run = |name: &str, params: &str| {
            let params = format!("{{ locale: {locale}{params} }}");
            Run::new(&MaskRef { by: Some("id".into()), ..rule(name, &params) }, &shape("text"), &key(0))
        };
        let parts = [run("street", ""), run("city", ""), run("postcode", "")];
        let (address, state) = (run("address", ""), run("state", ", form: code"));
        for id in 0..50 {
            let of = |run: &Run| run.mask_by("x", Some(Value::Integer(id))).expect("a text");
            let whole = of(&address);
            assert!(parts.iter().all(|part| whole.contains(&of(part))), "{locale}: {whole}");
            assert!(*locale != "en" || whole.contains(&of(&state)), "{whole}");
        }
    }
}

#[test]
fn names_of_other_tools_are_understood() {
    for (theirs, ours) in [
        ("fake_email", "email"),
        ("RandomEmail", "email"),
        ("anon.fake_first_name", "first_name"),
        ("RandomCCNumber", "card"),
        ("NoiseDate", "date_shift"),
        ("SetNull", "erase"),
        ("generate_ssn", "national_id"),
        ("transform_phone_number", "phone"),
        ("anon.partial_email", "partial"),
        ("lorem_ipsum", "text"),
        ("RandomPerson", "name"),
        ("RandomUuid", "uuid"),
        ("zipcode", "postcode"),
        ("emial", "email"),
        ("generate_full_address", "address"),
        ("sha256", "hash"),
        ("scramble", "alnum"),
        ("unique_login", "username"),
        ("RandomLatitude", "latitude"),
        ("random_in", "choice"),
    ] {
        assert_eq!(meant(theirs), Some(ours), "{theirs}");
    }
    assert_eq!(meant("qqqqqqqqqq"), None);
    let mut names = HashSet::new();
    for spec in ALL {
        assert!(spec.also.iter().chain([&spec.name]).all(|name| names.insert(*name)), "{}", spec.name);
    }
}

#[test]
fn numbers_stay_within_their_bounds() {
    let run = Run::of("noise", "{ amount: 50, between: 0..100 }", "numeric");
    for at in -300..300 {
        let input = format!("{at}.50");
        let output: f64 = run.mask(&input).expect("a number").parse().expect("a number");
        assert!((0.0..=100.0).contains(&output) && output != f64::from(at) + 0.5, "{input}: {output}");
    }
    let run = Run::of("noise", "{ ratio: 0.5, between: 10..20 }", "int4");
    assert!(
        (0..50)
            .all(|at| run.mask(&at.to_string()).is_some_and(|out| (10..=20).contains(&out.parse::<i32>().expect("n"))))
    );
    let run = Run::of("amount", "{ between: -5..5 }", "numeric");
    assert!(
        (0..500)
            .all(|at| run.mask(&at.to_string()).is_some_and(|out| out.parse::<f64>().is_ok_and(|n| n.abs() <= 5.0)))
    );
}

#[test]
fn covered_kinds_show_what_they_say() {
    for (kind, input, output) in [
        ("email", "a@b.test", "*@*.test"),
        ("email", "maría.lópez@mail.shop.test", "m**********@m********.test"),
        ("email", "nobody", "******"),
        ("card", "4929-1234-5678-9012", "****-****-****-9012"),
        ("card", "9012", "****"),
        ("phone", "+34 612 345 678", "+** *** *** *78"),
        ("phone", "call 5", "******"),
        ("iban", "DE89 3704 0044 0532 0130 00", "DE** **** **** **** **30 00"),
    ] {
        assert_eq!(Run::of("partial", &format!("{{ kind: {kind} }}"), "text").mask(input).as_deref(), Some(output));
    }
}

#[test]
fn generalised_values_are_those_of_the_rule() {
    for (name, params, column, input, output) in [
        ("round", "1000", "int2", "32767", "32000"),
        ("round", "10", "float8", "-14.9", "-10"),
        ("bucket", "10", "int4", "-1", "-10"),
        ("bucket", "25", "numeric", "-0.50", "-25.00"),
        ("bucket", "10", "text", "many", "other"),
        ("age_band", "", "text", "89", "85-89"),
        ("age_band", "", "int4", "104", "90"),
        ("age_band", "7", "text", "88", "84-89"),
        ("age_band", "", "text", "n/a", "unknown"),
        ("age_band", "{ as_of: 2026 }", "date", "1901-01-05", "1936-01-01"),
        ("truncate", "hour", "timestamp", "2024-02-29 12:34:56", "2024-02-29 12:00:00"),
        ("truncate", "quarter", "date", "0001-02-03", "0001-01-01"),
        ("zip3", "", "text", "02139", "021"),
    ] {
        assert_eq!(Run::of(name, params, column).mask(input).as_deref(), Some(output), "{name} {params} of {input}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |name: &str, params: &str, shape: &ColumnShape| {
        let why = compile(&rule(name, params), shape, &Domains::new(&key(0), 1))
            .err()
            .unwrap_or_else(|| panic!("{name} fits"));
        format!("{}; {}", why.message, why.help.unwrap_or_default())
    };
    assert_eq!(
        refused("email", "", &shape("varchar(20)")),
        "an email of this mask needs 46 characters, the column has 20; `email: { unique: false }` is shorter, but not unique"
    );
    assert!(refused("email", "", &shape("int4")).starts_with("the mask `email` does not fit the type"));
    assert!(
        refused("choice", "[open, shut]", &enum_shape(&["open", "closed"]))
            .contains("`shut` is not a label of the enum mood")
    );
    assert!(refused("choice", "[one]", &shape("int4")).contains("is not a value"));
    assert!(refused("constant", "{ value: 70000 }", &shape("int2")).contains("is not a value"));
    assert!(refused("choice", "", &shape("text")).contains("options"));
    assert!(refused("hash", "{ length: 32 }", &shape("varchar(20)")).contains("length: 20"));
    assert!(refused("date_shift", "{ within: 0d }", &shape("date")).contains("period"));
    assert!(refused("json", "{ keep: [\"a..b\"] }", &shape("jsonb")).contains("not a path"));
    assert!(refused("json", "{ fields: { a: date_shift } }", &shape("jsonb")).contains("inside a document"));
    let choice = Run::new(&rule("choice", ""), &enum_shape(&["open", "closed"]), &key(0));
    assert!(matches!(choice.mask("open").as_deref(), Some("open" | "closed")));
}

#[test]
fn documents_keep_what_is_listed_and_nothing_else() {
    let run = Run::of(
        "json",
        "{ keep: [theme, \"flags.*\", \"address.country\", log], fields: { \"address.street\": street, \"contacts[*].email\": email, tags: hash, n: digits, \"log.who\": hash, \"b\": { constant: x } } }",
        "text",
    );
    for (input, output) in [
        (r#"{"theme" : {"a": 1.50, "a": 2 }, "ssn": "078"}"#, r#"{"theme":{"a": 1.50, "a": 2 }}"#),
        (r#"{"\u0074heme": "x"}"#, r#"{"\u0074heme":"x"}"#),
        (
            r#"{"flags": {"x": [1], "y": {"z": null}}, "address": {"street": null, "country": "ES", "zip": "1"}}"#,
            r#"{"flags":{"x":[1],"y":{"z": null}},"address":{"street":null,"country":"ES"}}"#,
        ),
        (r#"{"contacts": ["maria", {"name": "Maria"}, 5]}"#, r#"{"contacts":[null,{},null]}"#),
        (r#"{"contacts": "maria", "flags": "maria", "address": ["maria"]}"#, "{}"),
        (r#"["maria"]"#, "[]"),
        (r#""maria""#, "null"),
        (r#"{"theme": 1} maria"#, "null"),
        (r#"{"theme": [1}, "x": "maria"]"#, "null"),
        ("maria", "null"),
        (r#"{"tags": {"maria": 1}}"#, r#"{"tags":null}"#),
    ] {
        assert_eq!(run.mask(input).as_deref(), Some(output), "{input}");
    }
    let tags = run.mask(r#"{"tags": ["a", "b", ["c"], 1, null]}"#).expect("a document");
    let tags: serde_json::Value = serde_json::from_str(&tags).expect("JSON");
    let tags = tags["tags"].as_array().expect("tags");
    assert!(tags[0] != tags[1] && tags[2].is_null() && tags[3].is_string() && tags[4].is_null() && tags.len() == 5);
    let log = run.mask(r#"{"log": {"who": "maria\u0000", "at": 1.0}, "n": 4711}"#).expect("a document");
    assert!(log.contains(r#""at":1.0"#) && !log.contains("maria") && log.contains(r#""n":"#), "{log}");
}

#[test]
fn what_no_line_lists_may_be_erased_or_masked_by_its_looks() {
    let input = r#"{"id": 4711, "who": {"mail": "maria@shop.test", "maria@shop.test": 1, "ok": true, "tags": ["Maria", null, {"n": 1.50}]}, "4711": "x", "keep": {"Maria López": 1}}"#;
    let erased = Run::of("json", "{ keep: [keep], unlisted: erase }", "jsonb").mask(input);
    let expected =
        r#"{"id":null,"who":{"mail":null,"ok":null,"tags":[null,null,{"n":null}]},"keep":{"Maria López": 1}}"#;
    assert_eq!(erased.as_deref(), Some(expected));
    let masked = Run::of("json", "{ unlisted: mask }", "jsonb").mask(input).expect("a document");
    let document: serde_json::Value = serde_json::from_str(&masked).expect("JSON");
    let email = Run::of("email", "", "text").mask("maria@shop.test").expect("an email");
    let number = Run::of("digits", "", "int8").mask("4711").expect("a number");
    assert_eq!(document["who"]["mail"], email);
    assert_eq!(document["id"].to_string(), number);
    assert_eq!(document["who"]["ok"], false);
    assert!(!masked.contains("Maria") && !masked.contains("shop.test") && !masked.contains("1.50"), "{masked}");
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(Run::of("json", "{ unlisted: erase }", "jsonb").mask(&deep).is_some_and(|text| text.contains("[null]")));
    let run = Run::of("hstore", "{ keep: [k], unlisted: mask }", "hstore");
    let masked = run.mask(r#""k"=>"x", "mail"=>"maria@shop.test", "a b"=>"1""#).expect("an hstore");
    assert_eq!(masked, format!(r#""k"=>"x", "mail"=>"{email}""#));
}

#[test]
fn a_mask_that_fits_an_element_fits_the_array_and_bounds_keep_their_order() {
    let one = |text| Run::of("email", "", "text").mask(text).expect("an email");
    let (a, b) = (one("a@x.test"), one("b@x.test"));
    let arrays = Run::of("email", "", "text[]");
    assert_eq!(arrays.compiled.uniqueness, Uniqueness::Preserved);
    let of = |text: &str| arrays.mask(text).expect("an array");
    assert_eq!(of("{a@x.test,NULL,\"\",b@x.test}"), format!("{{{a},NULL,\"\",{b}}}"));
    assert_eq!(of("[0:0][3:4]={{a@x.test,b@x.test}}"), format!("[0:0][3:4]={{{{{a},{b}}}}}"));
    assert_eq!(of("{}"), "{}");
    let domains = Domains::new(&key(0), 1);
    let refused = |name: &str, params: &str, by: Option<&str>, column: &str| {
        let rule = MaskRef { by: by.map(Into::into), ..rule(name, params) };
        compile(&rule, &shape(column), &domains)
            .err()
            .map(|why| format!("{}; {}", why.message, why.help.unwrap_or_default()))
    };
    assert!(refused("email", "", None, "varchar(20)[]").is_some_and(|why| why.contains("46 characters")));
    assert!(refused("email", "", Some("id"), "text[]").is_some_and(|why| why.contains("every element")));
    assert!(refused("date_shift", "{ within: 3d }", Some("id"), "date[]").is_none());
    assert!(refused("email", "", None, "int4[]").is_some_and(|why| why.contains("digits") && !why.contains("email,")));
    assert!(refused("email", "", None, "textrange").is_some());
    let ranges = Run::of("digits", "", "int4range");
    for low in (10..900).step_by(7) {
        let masked = ranges.mask(&format!("[{low},{})", low + 95)).expect("a range");
        let bounds: Vec<i64> =
            masked[1..masked.len() - 1].split(',').map(|bound| bound.parse().expect("a bound")).collect();
        assert!(bounds[0] <= bounds[1] && masked.starts_with('[') && masked.ends_with(')'), "{masked}");
    }
    assert_eq!(ranges.mask("empty").as_deref(), Some("empty"));
    assert!(ranges.mask("(,17]").is_some_and(|range| range.starts_with("(,") && range != "(,17]"));
    assert!(ranges.mask("{[1000,2000),[3000,)}").is_some_and(|ranges| ranges.ends_with(",)}")));
}

#[test]
fn rows_are_masked_by_field() {
    let column = "(street text, city text, country text)";
    let street = Run::of("street", "", "text").mask("4 High Street").expect("a street");
    let run = Run::of("composite", "{ fields: { street: street }, keep: [country] }", column);
    assert_eq!(run.mask("(\"4 High Street\",Sevilla,ES)"), Some(format!("(\"{street}\",,ES)")));
    assert_eq!(run.mask("(,Sevilla,)").as_deref(), Some("(,,)"));
    let many = Run::of("composite", "{ fields: { street: street } }", &format!("{column}[]"));
    assert_eq!(
        many.mask(r#"{"(\"4 High Street\",Sevilla,ES)",NULL}"#),
        Some(format!(r#"{{"(\"{street}\",,)",NULL}}"#))
    );
    let domains = Domains::new(&key(0), 1);
    let refused = compile(&rule("composite", "{ keep: [contry] }"), &shape(column), &domains).err().expect("a refusal");
    assert_eq!(refused.help.as_deref(), Some("did you mean `country`? its fields: street, city, country"));
}

#[test]
fn a_domains_normal_form_makes_one_of_what_means_the_same() {
    let rule = MaskRef { normalise: vec![Normal::Trim, Normal::Lower], ..rule("email", "") };
    let run = Run::new(&rule, &shape("text"), &key(0));
    assert_eq!(run.mask(" Maria@Shop.Test"), run.mask("maria@shop.test"));
    assert_eq!(run.mask("maria@shop.test"), Run::of("email", "", "text").mask("maria@shop.test"));
    assert_eq!(run.mask("  ").map(|email| email.contains('@')), Some(true));
}

#[test]
fn choices_follow_their_weights() {
    let run = Run::of("choice", "{ options: { free: 9, paid: 1 } }", "text");
    let paid = (0..10_000).filter(|at| run.mask(&at.to_string()).as_deref() == Some("paid")).count();
    assert!((800..1200).contains(&paid), "{paid}");
}

#[test]
fn noise_stays_near() {
    let run = Run::of("noise", "{ ratio: 0.1 }", "numeric");
    for at in 1..3000 {
        let input = format!("{}.{:02}", at / 7, at % 100);
        let (before, after): (f64, f64) = (input.parse().expect("n"), run.mask(&input).expect("n").parse().expect("n"));
        assert!((before - after).abs() <= before * 0.1 + 0.0101 && before != after && after >= 0.0, "{input} {after}");
    }
    assert_eq!(run.mask("0.00").as_deref(), Some("0.00"));
}

#[test]
fn intervals_within_one_subject_survive() {
    let run = Run::of("date_shift", "{ within: 30d }", "date");
    let days = |text: &str, id| run.mask_by(text, Some(Value::Integer(id))).expect("a date");
    let parse = |text: String| text.parse::<jiff::civil::Date>().expect("a date");
    for id in 0..100 {
        let (from, to) = (parse(days("2020-01-31", id)), parse(days("2020-03-01", id)));
        assert_eq!((to - from).get_days(), 30);
        let moved = (from - jiff::civil::date(2020, 1, 31)).get_days();
        assert!((1..=30).contains(&moved.abs()), "{moved}");
    }
}
