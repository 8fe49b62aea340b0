//! What the tests of masks stand on: columns, inputs, parameters, and a mask ready to run on printed values.

mod agree;
mod allocations;
mod golden;
mod inside;
mod numbers;
mod reach;
mod redact;
mod refusals;
mod registry;

use super::*;
use crate::pg::types::{BaseType, PgType, TypeKind};
use crate::pg::value::FieldType;
use crate::words::name::TableName;
use crate::words::secret::Key;
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
        "float4" => BaseType::Float4,
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
        "varbit" => BaseType::Varbit,
        "xml" => BaseType::Xml,
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
pub(super) struct Run {
    compiled: Compiled,
    field: FieldType,
}

impl Run {
    fn new(rule: &MaskRef, shape: &ColumnShape, key: &Key) -> Self {
        let domains = Domains::new(key, 1);
        let compiled = compile(rule, shape, &domains).unwrap_or_else(|why| panic!("{rule:?}: {why:?}"));
        Run { compiled, field: FieldType::of(&shape.ty) }
    }

    pub(super) fn of(name: &str, params: &str, column: &str) -> Self {
        Run::new(&rule(name, params), &shape(column), &key(0))
    }

    /// The output as PostgreSQL prints it; `None`: NULL. It is checked that both formats can hold it.
    pub(super) fn mask(&self, input: &str) -> Option<String> {
        self.mask_by(input, None)
    }

    fn mask_by(&self, input: &str, by: Option<Value<'_>>) -> Option<String> {
        let mut scratch = Vec::new();
        let value = self.field.decode_text(input.as_bytes(), &mut scratch).expect("a readable input");
        let (mut output, mut text, mut binary) = (Output::default(), Vec::new(), Vec::new());
        let id = Neighbour { name: "id".into(), output: Output::default(), real: None, is_name: false };
        let mut row = [id];
        row[0].output.integer(7);
        let mut context = Context { row: &row, ..Context::new(&self.compiled.domain, by) };
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
        Family::Bit => ("varbit", ["", "1", "10110011"].map(str::to_owned).to_vec()),
        Family::Xml => ("xml", ["", "<a>b</a>", "text"].map(str::to_owned).to_vec()),
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
        ("xml", _) => "{ fields: { a.b: digits } }",
        ("template", Family::Json) => "{ template: '{\"id\": {{ id }}}' }",
        ("template", _) => "\"user-{{ id }}\"",
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
