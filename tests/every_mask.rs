//! Every mask on every type that it fits, in both formats of COPY, from one server to another: the registry is the list, so
//! that a new mask is covered by itself.

use crate::fixture::Pair;
use serde_json::{Map, Value};
use standin::mask::{ALL, Accepts, Acts, By, Family, ParamKind, Spec};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A type and values of it, as PostgreSQL reads them.
struct Sample {
    name: &'static str,
    sql: &'static str,
    family: Family,
    /// Its binary form means the same in every database.
    binary: bool,
    values: &'static [&'static str],
}

const fn binary(name: &'static str, sql: &'static str, family: Family, values: &'static [&'static str]) -> Sample {
    Sample { name, sql, family, binary: true, values }
}

const fn printed(name: &'static str, sql: &'static str, family: Family, values: &'static [&'static str]) -> Sample {
    Sample { name, sql, family, binary: false, values }
}

const TEXTS: &[&str] = &[
    "Maria Lopez",
    "maria@shop.test",
    "MARIA@shop.test ",
    "",
    " ",
    "   x",
    "+1 (415) 867-5309",
    "0034 612 345 678",
    "4929 1234 5678 9012",
    "DE89 3704 0044 0532 0130 00",
    "81.2.69.142",
    "2a02:8071::1/64",
    "08:00:2b:01:02:03",
    "078-05-1120",
    "a",
    "0",
    "-",
    "007",
    "-42",
    "1e5",
    "NaN",
    "9223372036854775807",
    "99999999999999999999999999999999999999999999999999",
    "1980-02-29",
    "https://shop.test/u/maria?id=7#x",
    "José 🎉",
    "👩‍👩‍👧‍👦",
    "مريم العربية",
    "\u{202e}abc\u{202c}",
    "שלום",
    "日本語",
    "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
    "٣٤٥",
    "ﬀ",
    "x'y\"z\\",
    "line\nline\ttab\r\n",
    "\u{1}\u{7f}",
    "\\N",
    "\\.",
    "a@b@c",
    "{\"theme\": \"dark\", \"email\": \"maria@shop.test\"}",
    "[1]",
    "null",
    "<a b=\"c\">d</a>",
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "The quick brown fox jumps over the lazy dog. The quick brown fox jumps over the lazy dog. The quick brown fox jumps.",
];

const NUMBERS: &[&str] = &["0", "1", "-1", "7", "42", "-42", "99", "100", "4711", "-9999", "32767", "-32768"];
const DOCUMENTS: &[&str] = &[
    "{\"ssn\": \"078-05-1120\", \"theme\": \"dark\", \"contacts\": [{\"email\": \"maria@shop.test\"}, 1, null]}",
    "{}",
    "[]",
    "[null]",
    "null",
    "\"maria@shop.test\"",
    "1.50",
    "{\"a\": {\"b\": [[[1e400, \"مريم 🎉\"]]]}, \"\": 1}",
];
const PLACES: &[&str] = &["(\"4 High Street\",Sevilla,ES)", "(,,)", "(\"\",\"a,\"\"b\"\"\",🎉)"];

/// Every type that a mask may meet.
const SAMPLES: &[Sample] = &[
    binary("ctext", "text", Family::Text, TEXTS),
    binary("cvarchar", "varchar(120)", Family::Text, TEXTS),
    binary("cshort", "varchar(3)", Family::Text, TEXTS),
    binary("cten", "varchar(10)", Family::Text, TEXTS),
    binary("cchar", "char(80)", Family::Text, TEXTS),
    binary("cname", "name", Family::Text, TEXTS),
    printed("ccitext", "citext", Family::Text, TEXTS),
    binary("cdomain", "phrase", Family::Text, TEXTS),
    binary("cenum", "mood", Family::Enum, &["sad", "ok", "it's \"odd\""]),
    binary("cbool", "bool", Family::Boolean, &["t", "f"]),
    binary("cint2", "int2", Family::Integer, NUMBERS),
    binary("cint4", "int4", Family::Integer, NUMBERS),
    binary("cint8", "int8", Family::Integer, &["0", "1", "4711", "-9223372036854775808", "9223372036854775807"]),
    binary("camount", "money_amount", Family::Integer, &["1", "20", "2147483647"]),
    binary(
        "cnumeric",
        "numeric",
        Family::Decimal,
        &["0", "0.00", "12.50", "-0.01", "NaN", "Infinity", "1e40", "1e-20", "4711"],
    ),
    binary(
        "cprice",
        "numeric(10,2)",
        Family::Decimal,
        &["0", "12.50", "-0.01", "99999999.99", "-99999999.99", "NaN", "7"],
    ),
    binary("cratio", "numeric(2,2)", Family::Decimal, &["0", "0.01", "0.99", "-0.99", "0.50"]),
    binary("cround", "numeric(3,-2)", Family::Decimal, &["0", "100", "99900", "-4700"]),
    binary(
        "cmoney",
        "money",
        Family::Decimal,
        &["0", "12.50", "-0.01", "92233720368547758.07", "-92233720368547758.08"],
    ),
    binary("creal", "real", Family::Float, &["0", "0.1", "-2.5", "3.4e38", "1e-45", "NaN", "Infinity", "52.52"]),
    binary("cdouble", "float8", Family::Float, &["0", "-0", "0.1", "52.52", "-179.99", "1.7e308", "5e-324", "NaN"]),
    binary(
        "cdate",
        "date",
        Family::Date,
        &["1980-02-29", "infinity", "-infinity", "4714-11-24 BC", "5874897-12-31", "0001-01-01"],
    ),
    binary(
        "ctimestamp",
        "timestamp",
        Family::Timestamp,
        &["1980-02-29 23:59:59.999999", "infinity", "-infinity", "4714-11-24 00:00 BC", "294276-12-31 23:59:59.999999"],
    ),
    binary("csecond", "timestamp(0)", Family::Timestamp, &["1980-02-29 23:59:59", "infinity", "2024-01-01 00:00:00"]),
    binary(
        "czoned",
        "timestamptz",
        Family::Timestamp,
        &["1980-02-29 23:59:59.5+05:30", "infinity", "294276-12-31 23:59:59Z"],
    ),
    binary("ctime", "time", Family::Time, &["00:00", "24:00", "12:34:56.789"]),
    binary("ctimetz", "timetz", Family::Time, &["00:00+00", "24:00-15:59", "12:34:56.789+05:30"]),
    binary("cinterval", "interval", Family::Interval, &["0", "1 year -2 days", "178000000 years", "-00:00:00.1"]),
    binary(
        "cuuid",
        "uuid",
        Family::Uuid,
        &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"],
    ),
    binary(
        "cinet",
        "inet",
        Family::Network,
        &["81.2.69.142", "10.0.0.0/8", "0.0.0.0/0", "::1", "2a02:8071::1/64", "::/0"],
    ),
    binary(
        "ccidr",
        "cidr",
        Family::Network,
        &["81.2.69.142", "10.0.0.0/8", "0.0.0.0/0", "::1", "2a02:8071::/64", "::/0"],
    ),
    binary("cmac", "macaddr", Family::Mac, &["08:00:2b:01:02:03", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"]),
    binary("cmac8", "macaddr8", Family::Mac, &["08:00:2b:01:02:03:04:05", "ff:ff:ff:ff:ff:ff:ff:ff"]),
    binary("cjson", "json", Family::Json, DOCUMENTS),
    binary("cjsonb", "jsonb", Family::Json, DOCUMENTS),
    printed(
        "chstore",
        "hstore",
        Family::Hstore,
        &["ssn=>1, email=>\"maria@shop.test\"", "", "a=>NULL", "\"\"=>\"🎉\\\"\""],
    ),
    binary(
        "cxml",
        "xml",
        Family::Xml,
        &["<a b=\"c\">d</a>", "text", "", "<person><email>maria@shop.test</email>é</person>"],
    ),
    binary("cbytea", "bytea", Family::Bytes, &["\\x", "\\x00", "\\x00ff5c0a00ff5c0a00ff5c0a", "\\xfffefdfcfbfaf9f8"]),
    binary("cbit", "bit(24)", Family::Bit, &["101010101010101010101010", "000000000000000000000000"]),
    binary("cvarbit", "varbit", Family::Bit, &["", "1", "10110011", "1011001110110011101100111011001110110011"]),
    printed("cplace", "place", Family::Composite, PLACES),
    // What holds others counts as what it holds.
    printed(
        "atext",
        "text[]",
        Family::Text,
        &["{}", "{NULL}", "{maria@shop.test,\"\",NULL,\"مريم, \\\"🎉\\\"\"}", "[0:1]={a,b}"],
    ),
    printed("ashort", "varchar(3)[]", Family::Text, &["{}", "{abc,\"\",é}"]),
    printed("adomain", "phrases", Family::Text, &["{}", "{\"Maria Lopez\",4711}"]),
    printed("aenum", "mood[]", Family::Enum, &["{}", "{sad,NULL}"]),
    printed("aint", "integer[]", Family::Integer, &["{}", "{{1,2},{3,NULL}}"]),
    printed("adate", "date[]", Family::Date, &["{}", "{1980-02-29,infinity}"]),
    printed("ajson", "jsonb[]", Family::Json, &["{}", "{\"{\\\"email\\\": \\\"maria@shop.test\\\"}\",NULL}"]),
    printed("abytes", "bytea[]", Family::Bytes, &["{}", "{\"\\\\x00ff00ff00ff00ff\"}"]),
    printed("aplace", "place[]", Family::Composite, &["{}", "{\"(\\\"4 High Street\\\",Sevilla,ES)\",NULL}"]),
    printed("rint", "int4range", Family::Integer, &["empty", "[1,10)", "(,5]", "[32,)"]),
    printed("rbig", "int8range", Family::Integer, &["[4711,9223372036854775806)", "(,)"]),
    printed("rnumeric", "numrange", Family::Decimal, &["empty", "[1.5,2.50]", "(-3.25,)"]),
    printed("rdate", "daterange", Family::Date, &["empty", "[1980-02-29,2000-01-01)", "(,1970-01-01)"]),
    printed("rstamp", "tsrange", Family::Timestamp, &["empty", "[\"1980-02-29 00:00:00\",\"2000-01-01 00:00:00\")"]),
    printed("rzoned", "tstzrange", Family::Timestamp, &["[\"1980-02-29 00:00:00+00\",infinity)"]),
    printed("rmany", "int4multirange", Family::Integer, &["{}", "{[1,3),[10000,20000)}"]),
];

/// Types that the samples need.
const TYPES: &str = r#"
CREATE EXTENSION citext; CREATE EXTENSION hstore;
CREATE DOMAIN phrase AS text CHECK (length(VALUE) < 100000);
CREATE DOMAIN phrases AS phrase[];
CREATE DOMAIN money_amount AS integer CHECK (VALUE IS NOT NULL OR VALUE IS NULL);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "odd"');
CREATE TYPE place AS (street text, city text, country text);
"#;

/// What carries nothing, or nothing that the mask could change: it may stay.
const NOTHING: &[&str] = &[
    "",
    "NaN",
    "Infinity",
    "infinity",
    "-infinity",
    "0",
    "0.00",
    "0.0",
    "$0.00",
    "{}",
    "[]",
    "[null]",
    "null",
    "empty",
    "(,)",
    "{NULL}",
    "(,,)",
    "-0",
    "\\x",
];

/// The two tables of a mask: in one every type, so that it comes as text, in the other those that come as binary.
const FORMATS: [&str; 2] = ["text", "binary"];

fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn samples(format: &str) -> impl Iterator<Item = &'static Sample> {
    let text = format == "text";
    SAMPLES.iter().filter(move |sample| text || sample.binary)
}

/// A row for each value, and one of NULLs.
fn source() -> String {
    let rows = SAMPLES.iter().map(|sample| sample.values.len()).max().expect("samples") + 1;
    let mut sql = format!("{TYPES}CREATE TABLE sample (id integer");
    for Sample { name, sql: ty, .. } in SAMPLES {
        let _ = write!(sql, ", {name} {ty}");
    }
    sql.push_str(");\nINSERT INTO sample VALUES ");
    for row in 0..rows {
        let _ = write!(sql, "{}({row}", if row == 0 { "" } else { ",\n" });
        for Sample { sql: ty, values, .. } in SAMPLES {
            let value = values.get(row).map_or("NULL".to_owned(), |value| literal(value));
            let _ = write!(sql, ", {value}::{ty}");
        }
        sql.push(')');
    }
    sql.push_str(";\n");
    for (spec, format) in tables() {
        let columns: Vec<&str> = samples(format).map(|sample| sample.name).collect();
        let table = format!("{format}_{}", spec.name);
        let _ = writeln!(sql, "CREATE TABLE {table} AS SELECT id, {} FROM sample;", columns.join(", "));
        let _ = writeln!(sql, "ALTER TABLE {table} ADD PRIMARY KEY (id);");
    }
    sql + "DROP TABLE sample;\n"
}

fn tables() -> impl Iterator<Item = (&'static Spec, &'static str)> {
    ALL.iter().flat_map(|spec| FORMATS.map(|format| (*spec, format)))
}

/// A mask as it stands in the rules for a type: with the parameters of an example, or with values of the type.
fn rule(spec: &Spec, sample: &Sample) -> String {
    let quoted = |text: &str| serde_json::to_string(text).expect("text");
    let own = |count: usize| sample.values.iter().take(count).map(|value| quoted(value)).collect::<Vec<_>>().join(", ");
    let parameters = match spec.params.first().map(|param| param.kind) {
        _ if spec.acts == Acts::Sql => format!("expression: {}", quoted(&format!("t.{}", sample.name))),
        Some(ParamKind::Scalar) if spec.acts == Acts::Constant => format!("value: {}", own(1)),
        Some(ParamKind::Choices) => format!("{}: [{}]", spec.params[0].name, own(2)),
        Some(ParamKind::Texts) if sample.family != Family::Text && spec.accepts == Accepts::Families(options()) => {
            format!("{}: [{}]", spec.params[0].name, own(2))
        }
        Some(ParamKind::Range) if spec.reversible => match sample.sql {
            "int2" => "range: -32768..32767".to_owned(),
            "int4" | "integer[]" | "int4range" | "int4multirange" | "money_amount" => {
                "range: -2147483648..2147483647".to_owned()
            }
            _ => "range: -9223372036854775808..9223372036854775807".to_owned(),
        },
        _ => example(spec, sample),
    };
    let by = match spec.by {
        // What few rows have is drawn too.
        By::Must if spec.acts == Acts::Resample => "at_least: 1, by: id",
        By::Must => "by: id",
        _ => "",
    };
    let comma = if parameters.is_empty() || by.is_empty() { "" } else { ", " };
    match (parameters.as_str(), by) {
        ("", "") => spec.name.to_owned(),
        _ => format!("{{ {}: {{ {parameters}{comma}{by} }} }}", spec.name),
    }
}

/// The parameters of an example for the type's family; none if the mask does without.
fn example(spec: &Spec, sample: &Sample) -> String {
    let family = |column: &str| match column.starts_with('(') {
        true => Some(Family::Composite),
        false => SAMPLES.iter().find(|sample| sample.sql == column).map(|sample| sample.family),
    };
    let needs = spec.params.iter().any(|param| param.required);
    let mut examples: Vec<_> =
        spec.examples.iter().filter(|example| family(example.column) == Some(sample.family)).collect();
    examples.sort_by_key(|example| !example.params.is_empty());
    let chosen = examples.first().copied().or(spec.examples.first().filter(|_| needs));
    match chosen.map_or("", |example| example.params) {
        "" => String::new(),
        named if named.starts_with("{ ") => named[2..].strip_suffix(" }").unwrap_or_default().to_owned(),
        main => format!("{}: {main}", spec.params[0].name),
    }
}

/// The families of masks that write the column's own words.
fn options() -> &'static [Family] {
    match standin::mask::find("choice").expect("a mask").accepts {
        Accepts::Families(families) => families,
        Accepts::Anything => &[],
    }
}

/// Rules for all tables; a column that is refused, or that the mask never claimed, is kept.
fn rules(refused: &BTreeSet<String>) -> String {
    let mut rules = String::from("tables:\n");
    for (spec, format) in tables() {
        let table = format!("{format}_{}", spec.name);
        let (mut keep, mut mask) = (vec!["id"], String::new());
        for sample in samples(format) {
            let claimed = spec.accepts.family(Some(sample.family));
            match !claimed || refused.contains(&format!("{table}.{}", sample.name)) {
                true => keep.push(sample.name),
                false => mask += &format!("      {}: {}\n", sample.name, rule(spec, sample)),
            }
        }
        let mask = if mask.is_empty() { String::new() } else { format!("    mask:\n{mask}") };
        let _ = write!(rules, "  {table}:\n    keep: [{}]\n{mask}", keep.join(", "));
    }
    rules
}

/// The columns that the plan refuses, each for what does not fit, with what helps.
fn refused(pair: &Pair) -> BTreeSet<String> {
    pair.rules(&rules(&BTreeSet::new()));
    let run = pair.run(&["plan", "--format", "json"]).expect(3);
    let report: Value = serde_json::from_str(&run.stdout).expect("a report");
    let errors = report["errors"].as_array().expect("errors");
    let column = |error: &Value| {
        let help = error["help"].as_str().unwrap_or_default();
        assert!(
            matches!(error["code"].as_str(), Some("mask-misfit" | "erase-not-null")) && !help.is_empty(),
            "{error}"
        );
        let place = error["place"].as_str().expect("a place");
        place.split_whitespace().next().unwrap_or(place).trim_start_matches("public.").trim_end_matches(',').to_owned()
    };
    errors.iter().map(column).collect()
}

/// Every row of every table, by table and id.
fn rows(psql: impl Fn(&str) -> String) -> BTreeMap<String, Vec<Map<String, Value>>> {
    let each = tables().map(|(spec, format)| format!("SELECT to_json(t) FROM {format}_{} t ORDER BY id;", spec.name));
    let printed = psql(&each.collect::<Vec<_>>().join("\n"));
    let mut lines = printed.lines().map(|line| match serde_json::from_str(line) {
        Ok(Value::Object(row)) => row,
        other => panic!("{other:?}"),
    });
    let count = SAMPLES.iter().map(|sample| sample.values.len()).max().expect("samples") + 1;
    tables().map(|(spec, format)| (format!("{format}_{}", spec.name), lines.by_ref().take(count).collect())).collect()
}

#[test]
fn every_mask_does_every_type_that_it_fits() {
    let pair = Pair::with("every_mask", &source());
    let refused = refused(&pair);
    for spec in ALL {
        let claimed = SAMPLES.iter().filter(|sample| spec.accepts.family(Some(sample.family)));
        let mut left: BTreeMap<Family, bool> = BTreeMap::new();
        for sample in claimed {
            *left.entry(sample.family).or_default() |=
                !refused.contains(&format!("text_{}.{}", spec.name, sample.name));
        }
        let none: Vec<&Family> = left.iter().filter(|(_, fits)| !**fits).map(|(family, _)| family).collect();
        assert!(none.is_empty(), "`{}` says that it fits {none:?} and does not", spec.name);
    }
    pair.rules(&rules(&refused));
    pair.refresh();
    let (before, after) = (rows(|sql| pair.at_source(sql)), rows(|sql| pair.at_target(sql)));
    let mut wrong = String::new();
    for (spec, format) in tables() {
        let table = format!("{format}_{}", spec.name);
        for sample in samples(format).filter(|sample| spec.accepts.family(Some(sample.family))) {
            let name = sample.name;
            if refused.contains(&format!("{table}.{name}")) {
                continue;
            }
            let (mut unchanged, mut masked, mut example) = (0, 0, &Value::Null);
            for (at, (real, made)) in before[&table].iter().zip(&after[&table]).enumerate() {
                let (real, made) = (&real[name], &made[name]);
                // JSON's own null is a value.
                if spec.acts == Acts::Field && sample.family != Family::Json && real.is_null() && !made.is_null() {
                    let _ = writeln!(wrong, "{table}.{name}: NULL became {made}");
                }
                let nothing = real.as_str().map_or_else(|| real.to_string(), |text| text.trim_end().to_owned());
                if !real.is_null() && !NOTHING.contains(&&*nothing) {
                    masked += 1;
                    if real == made {
                        (unchanged, example) = (unchanged + 1, real);
                    }
                }
                // Each table is shuffled in an order of its own.
                let agrees = spec.acts != Acts::Shuffle;
                if agrees && format == "binary" && *made != after[&format!("text_{}", spec.name)][at][name] {
                    let _ = writeln!(wrong, "{table}.{name}: {real} became {made} in binary, not so in text");
                }
            }
            // The chance of one is the declared one; a few of a hundred may meet it.
            let may = if spec.equal_at_most < 1e-3 { 0.0 } else { 2.0 + 3.0 * spec.equal_at_most * f64::from(masked) };
            if spec.equal_at_most < 1.0 && f64::from(unchanged) > may {
                let _ = writeln!(wrong, "{table}.{name}: {unchanged} of {masked} stayed, {example} among them");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
