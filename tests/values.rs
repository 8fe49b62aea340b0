//! Fields to values and back, in both formats of COPY, with PostgreSQL as the oracle.

use standin::pg::local::{LocalServer, Options};
use standin::pg::types::{BaseType, PgType, TypeKind};
use standin::pg::value::{FieldType, Output, Value};
use standin::words::name::TableName;
use std::fmt::Write as _;

/// What every session of ours sets.
const SETTINGS: &str = "SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 3;
    SET bytea_output = 'hex'; SET lc_monetary = 'C'; SET timezone = 'UTC';\n";

/// A type, its send function, its edges, and an expression over the number `g` and the random numbers `r` and `s`.
const TYPES: &[(BaseType, &str, &str, &[&str], &str)] = &[
    (BaseType::Bool, "bool", "boolsend", &["t", "f"], "g % 2 = 0"),
    (BaseType::Int2, "int2", "int2send", &["-32768", "32767", "0"], "(r * 60000 - 30000)"),
    (BaseType::Int4, "int4", "int4send", &["-2147483648", "2147483647"], "(r * 4e9 - 2e9)"),
    (BaseType::Int8, "int8", "int8send", &["-9223372036854775808", "9223372036854775807"], "(r * 1.8e19 - 9e18)"),
    (BaseType::Oid, "oid", "oidsend", &["0", "4294967295"], "(r * 4e9)::int8"),
    (
        BaseType::Float4,
        "float4",
        "float4send",
        &["NaN", "Infinity", "-Infinity", "0.1", "3.4028235e38", "1e-45"],
        "((r - 0.5) * 10 ^ (s * 60 - 30))",
    ),
    (
        BaseType::Float8,
        "float8",
        "float8send",
        &["NaN", "Infinity", "-Infinity", "0.1", "1.7976931348623157e308", "5e-324"],
        "((r - 0.5) * 10 ^ (s * 500 - 250))",
    ),
    (
        BaseType::Numeric,
        "numeric",
        "numeric_send",
        &[
            "NaN",
            "Infinity",
            "-Infinity",
            "0",
            "0.0000",
            "10000",
            "-0.00010",
            "100000000.00000001",
            "1e300",
            "1e-300",
            "9999.9999",
        ],
        "round(((r - 0.5) * 10 ^ (s * 30 - 10))::numeric, g % 17)",
    ),
    (
        BaseType::Money,
        "money",
        "cash_send",
        &["-$92,233,720,368,547,758.08", "0", "-0.07", "1234567.89"],
        "((r - 0.5) * 1e9)::numeric::money",
    ),
    (
        BaseType::Date,
        "date",
        "date_send",
        &["infinity", "-infinity", "4714-11-24 BC", "5874897-12-31", "0001-01-01", "0001-12-31 BC", "2000-02-29"],
        "date '0100-01-01' + (r * 3e6)::int",
    ),
    (
        BaseType::Time,
        "time",
        "time_send",
        &["00:00", "24:00", "23:59:59.999999", "12:00:00.1"],
        "time '0:00' + r * interval '1 day'",
    ),
    (
        BaseType::Timetz,
        "timetz",
        "timetz_send",
        &["00:00+00", "24:00-15:59:59", "12:34:56.789+05:30"],
        "(time '0:00' + r * interval '1 day')::text || '-' || (g % 15)",
    ),
    (
        BaseType::Timestamp,
        "timestamp",
        "timestamp_send",
        &["infinity", "-infinity", "4714-11-24 00:00 BC", "294276-12-31 23:59:59.999999", "1999-12-31 23:59:59.999999"],
        "timestamp '0044-03-15 BC' + r * interval '1000000 days'",
    ),
    (
        BaseType::Timestamptz,
        "timestamptz",
        "timestamptz_send",
        &["infinity", "-infinity", "4714-11-24 00:00+00 BC", "1883-11-18 12:03:58-07:52:58"],
        "timestamptz '0044-03-15 BC' + r * interval '1000000 days'",
    ),
    (
        BaseType::Interval,
        "interval",
        "interval_send",
        &[
            "0",
            "1 mon",
            "-1 mon +2 days -03:04:05.5",
            "-1 year",
            "1 year -1 day",
            "178000000 years",
            "1000000:00:00.000001",
            "1 day 00:00:01",
            "-00:00:00.1",
            "2 years 1 mon -1 day +00:01",
        ],
        "((r - 0.5) * interval '9 years 5 days 7 hours')",
    ),
    (BaseType::Uuid, "uuid", "uuid_send", &[], "md5(r::text)::uuid"),
    (
        BaseType::Inet,
        "inet",
        "inet_send",
        &["0.0.0.0/0", "::/0", "10.1.2.3/8", "2001:db8::1/64", "::ffff:1.2.3.4", "::"],
        "('10.' || g % 256 || '.' || g / 256 || '.1/' || g % 33)",
    ),
    (
        BaseType::Cidr,
        "cidr",
        "cidr_send",
        &["0.0.0.0/0", "10.0.0.0/8", "10.1.2.3/32", "2001:db8::/32", "::1/128"],
        "('10.0.' || g % 256 || '.0/24')",
    ),
    (BaseType::Macaddr, "macaddr", "macaddr_send", &["08:00:2b:01:02:03"], "left(md5(r::text), 12)::macaddr"),
    (BaseType::Macaddr8, "macaddr8", "macaddr8_send", &["08:00:2b:01:02:03:04:05"], "left(md5(r::text), 16)::macaddr8"),
    (BaseType::Json, "json", "json_send", &["{\"a\" : [1.50, \"\\u0000\"]}", " null "], "json_build_object('a', g)"),
    (
        BaseType::Jsonb,
        "jsonb",
        "jsonb_send",
        &["{\"a\": [1.50, null]}", "1e400"],
        "jsonb_build_object('a', g, 'b', md5(r::text))",
    ),
    (BaseType::Bytea, "bytea", "byteasend", &["", "\\x00ff5c0a"], "decode(md5(r::text), 'hex')"),
    (BaseType::Varbit, "varbit", "varbit_send", &["", "1", "10110011", "101100111"], "((g * 7919)::bit(24))::varbit"),
    (BaseType::Text, "text", "textsend", &["", "é🎉\t\n\\N\\", " blank "], "md5(r::text)"),
    (BaseType::Varchar, "varchar(40)", "varcharsend", &["", "a"], "md5(r::text)"),
    (BaseType::Name, "name", "namesend", &["", "a b"], "md5(r::text)"),
    (BaseType::Xml, "xml", "xml_send", &["<a b=\"c\">d</a>"], "xmlelement(name e, g)"),
];

fn field(base: BaseType) -> FieldType {
    FieldType::of(&PgType { oid: 0, name: TableName::new("pg_catalog", "oracle"), kind: TypeKind::Base(base) })
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

fn carried(value: Value<'_>) -> Output {
    let mut output = Output::default();
    output.carry(value);
    output
}

fn quoted(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[test]
fn every_field_is_the_value_that_postgresql_means() {
    let server = LocalServer::start(Options::default()).expect("a server");
    for (base, ty, send, edges, random) in TYPES {
        let field = field(*base);
        let edges: String = edges.iter().map(|edge| format!("SELECT {}::{ty} UNION ALL ", quoted(edge))).collect();
        let script = format!(
            "{SETTINGS} SELECT setseed(0.5) \\g /dev/null
             SELECT concat(encode({send}(v), 'hex'), ' ', encode(convert_to(format('%s', v), 'UTF8'), 'hex')) FROM
             ({edges} SELECT ({random})::{ty} FROM
              (SELECT g, random() AS r, random() AS s FROM generate_series(1, 300) g) d) t(v);"
        );
        let printed = server.psql("postgres", script).unwrap_or_else(|error| panic!("{ty}: {error:?}"));
        let (mut again, mut wanted) = (String::new(), Vec::new());
        for line in printed.lines() {
            let (binary, text) = line.split_once(' ').expect("two fields");
            let (binary, text) = (hex(binary), hex(text));
            let shown = String::from_utf8_lossy(&text);
            let (mut from_binary, mut from_text, mut encoded) = (Vec::new(), Vec::new(), Vec::new());
            let value = field.decode_binary(&binary, &mut from_binary).unwrap_or_else(|_| panic!("{ty} {shown}"));
            let output = carried(value);
            assert_eq!(field.encode_binary(&output, &mut encoded), Ok(true), "{ty} {shown}");
            if *base != BaseType::Xml {
                assert_eq!(encoded, binary, "{ty} {shown}, from binary");
            }
            encoded.clear();
            let same = field.decode_text(&text, &mut from_text).unwrap_or_else(|_| panic!("{ty} {shown}"));
            assert_eq!(field.encode_binary(&carried(same), &mut encoded), Ok(true), "{ty} {shown}");
            assert_eq!(encoded, binary, "{ty} {shown}, from text");
            encoded.clear();
            assert_eq!(field.encode_text(&output, &mut encoded), Ok(true), "{ty} {shown}");
            let encoded = String::from_utf8(encoded).expect("UTF-8");
            write!(
                again,
                "{} ({}, {}::{ty})",
                if wanted.is_empty() { "" } else { "," },
                wanted.len(),
                quoted(&encoded)
            )
            .expect("text");
            wanted.push(line.split(' ').next().expect("a field").to_owned());
        }
        assert!(wanted.len() >= 300, "{ty}");
        let script = format!("{SETTINGS} SELECT encode({send}(v), 'hex') FROM (VALUES {again}) t(n, v) ORDER BY n;");
        let read = server.psql("postgres", script).unwrap_or_else(|error| panic!("{ty}: {error:?}"));
        for (at, (read, wanted)) in read.lines().zip(&wanted).enumerate() {
            assert_eq!(read, wanted, "{ty}, value {at}, to text");
        }
    }
}

#[test]
fn broken_fields_are_refused_without_a_panic() {
    let mut bytes = vec![0xff, 0x00, 0x7f, 0x80, b'1', b'-', b':', b' ', 0xc0, 0x01];
    for round in 0..2000usize {
        bytes.rotate_left(round % 7);
        bytes[round % 10] = (round * 31 % 256) as u8;
        for (base, ..) in TYPES {
            let field = field(*base);
            let (mut scratch, mut encoded) = (Vec::new(), Vec::new());
            for input in [&bytes[..round % 11], &bytes.repeat(2)[..]] {
                if let Ok(value) = field.decode_binary(input, &mut scratch) {
                    let _ = field.encode_text(&carried(value), &mut encoded);
                }
                if let Ok(value) = field.decode_text(input, &mut scratch) {
                    let _ = field.encode_binary(&carried(value), &mut encoded);
                }
            }
        }
    }
    let padded = field(BaseType::Bpchar);
    assert_eq!(padded.decode_binary(b"ab  ", &mut Vec::new()), Ok(Value::Text("ab")));
    assert_eq!(padded.decode_text(b"  ", &mut Vec::new()), Ok(Value::Text("")));
    assert_eq!(field(BaseType::Text).decode_binary(b"Mar\xeda", &mut Vec::new()), Ok(Value::Bytes(b"Mar\xeda")));
}
