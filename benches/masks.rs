//! Masks and the value codec: values a second on one core.
//!
//! `cargo bench --bench masks -- --quick` takes a minute; a name as filter runs one mask.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use standin::mask::args::Period;
use standin::mask::{Arg, Args, By, ColumnShape, Compiled, Context, Domains, MaskRef, Output, Value, compile, find};
use standin::pg::types::{BaseType, PgType, TypeKind};
use standin::pg::value::FieldType;
use standin::words::name::TableName;
use standin::words::secret::Key;
use std::hint::black_box;
use std::sync::Arc;

/// How many values a round masks.
const ROUND: usize = 1000;

fn ty(base: BaseType) -> Arc<PgType> {
    Arc::new(PgType { oid: 0, name: TableName::new("pg_catalog", "bench"), kind: TypeKind::Base(base) })
}

fn rule(name: &str, args: Args) -> MaskRef {
    let spec = find(name).expect("a mask");
    MaskRef { by: (spec.by == By::Must).then(|| "id".into()), ..MaskRef::bare(spec, args) }
}

fn compiled(name: &str, args: Args, base: BaseType) -> Compiled {
    let key = Key::parse(&(0..32).map(|byte| format!("{byte:02x}")).collect::<String>()).expect("a key");
    let shape = ColumnShape::of(&ty(base), -1, false, false);
    compile(&rule(name, args), &shape, &Domains::new(&key, 1)).unwrap_or_else(|why| panic!("{name}: {}", why.message))
}

fn args(name: &'static str, arg: Arg) -> Args {
    let mut args = Args::default();
    args.set(name, arg);
    args
}

fn texts(of: impl Fn(usize) -> String) -> Vec<String> {
    (0..ROUND).map(of).collect()
}

fn run<'a>(criterion: &mut Criterion, name: &str, mask: &Compiled, values: &[Value<'a>], by: Option<Value<'a>>) {
    let mut group = criterion.benchmark_group("mask");
    group.throughput(Throughput::Elements(values.len() as u64));
    group.bench_function(name, |bencher| {
        let mut output = Output::default();
        let mut context = Context::new(&mask.domain, by);
        bencher.iter(|| {
            for value in values {
                (mask.function)(black_box(*value), &mut context, &mut output).expect("a masked value");
                black_box(&output);
            }
        });
    });
    group.finish();
}

fn masks(criterion: &mut Criterion) {
    let keep = || args("keep", Arg::Texts(vec!["theme".to_owned(), "flags.*".to_owned()]));
    let mut document = keep();
    let field = |path: &str, mask: &str| (path.to_owned(), rule(mask, Args::default()));
    document.set(
        "fields",
        Arg::Masks(vec![
            field("email", "email"),
            field("address.street", "street"),
            field("address.city", "city"),
            field("phone", "phone"),
            field("contacts[*].email", "email"),
        ]),
    );
    let orders = texts(|at| format!("AB-{at:04}-xyz"));
    let accounts = texts(|at| format!("DE89 3704 0044 0532 01{at:04}"));
    let numbers = texts(|at| format!("078-05-{at:04}"));
    let emails = texts(|at| format!("maria.lopez{at}@shop.example"));
    let phones = texts(|at| format!("+1 (415) 867-{at:04}"));
    let cards = texts(|at| format!("4929 1234 5678 {at:04}"));
    let addresses = texts(|at| format!("81.2.{}.{}", at / 250, at % 250));
    let documents = texts(|at| {
        format!(
            r#"{{"theme": "dark", "email": "maria{at}@shop.example", "ssn": "078-05-1120", "flags": {{"beta": true, "n": {at}}}, "phone": "+1 415 867 5309", "address": {{"street": "{at} High Street", "city": "Sevilla", "country": "ES"}}, "contacts": [{{"email": "jose{at}@shop.example", "name": "José"}}], "last_seen": "2024-05-06T07:08:09Z"}}"#
        )
    });
    let notes = texts(|at| {
        let words = "The customer called twice about the delay of the order and was not content with the answer that was given. ";
        format!("{words}{words}Write to maria{at}@shop.example or call +1 415 867 {at:04}. {words}{words}")
    });
    let period = Arg::Period(Period { days: 30, ..Period::default() });
    for (name, args, values) in [
        ("name", Args::default(), &emails),
        ("username", Args::default(), &emails),
        ("email", Args::default(), &emails),
        ("phone", Args::default(), &phones),
        ("street", Args::default(), &emails),
        ("address", Args::default(), &emails),
        ("company", Args::default(), &emails),
        ("postcode", Args::default(), &phones),
        ("ip", Args::default(), &addresses),
        ("card", Args::default(), &cards),
        ("text", Args::default(), &documents),
        ("choice", args("options", Arg::Choices(vec![("a".to_owned(), 1.0), ("b".to_owned(), 2.0)])), &emails),
        ("hash", Args::default(), &emails),
        ("token", Args::default(), &emails),
        ("pattern", args("shape", Arg::Text("tok_{alnum:24}".to_owned())), &emails),
        ("alnum", Args::default(), &orders),
        ("iban", Args::default(), &accounts),
        ("national_id", Args::default(), &numbers),
        ("url", Args::default(), &emails),
        ("mac", Args::default(), &emails),
        ("password", args("password", Arg::Text("letmein".to_owned())), &emails),
        ("partial", args("last", Arg::Integer(4)), &cards),
        ("digits", Args::default(), &phones),
        ("json", document, &documents),
        ("redact", Args::default(), &notes),
        ("replace", args("pattern", Arg::Text("[0-9]+".to_owned())), &phones),
        ("zip3", Args::default(), &phones),
    ] {
        let values: Vec<Value<'_>> = values.iter().map(|text| Value::Text(text)).collect();
        run(criterion, name, &compiled(name, args, BaseType::Text), &values, None);
    }
    let integers: Vec<Value<'_>> = (0..ROUND).map(|at| Value::Integer(100_000 + at as i64)).collect();
    run(criterion, "digits of integers", &compiled("digits", Args::default(), BaseType::Int8), &integers, None);
    run(criterion, "permute", &compiled("permute", Args::default(), BaseType::Int8), &integers, None);
    run(criterion, "round", &compiled("round", Args::default(), BaseType::Int8), &integers, None);
    run(criterion, "noise", &compiled("noise", Args::default(), BaseType::Int8), &integers, None);
    let uuids: Vec<Value<'_>> = (0..ROUND).map(|at| Value::Uuid((at as u128).to_le_bytes())).collect();
    run(criterion, "uuid", &compiled("uuid", Args::default(), BaseType::Uuid), &uuids, None);
    let dates: Vec<Value<'_>> = (0..ROUND).map(|at| Value::Date(at as i32)).collect();
    run(criterion, "truncate", &compiled("truncate", Args::default(), BaseType::Date), &dates, None);
    let shift = compiled("date_shift", args("within", period), BaseType::Date);
    run(criterion, "date_shift", &shift, &dates, Some(Value::Integer(4711)));
}

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec");
    group.throughput(Throughput::Elements(1));
    for (name, base, binary) in [
        ("text", BaseType::Text, b"maria.lopez@shop.example".to_vec()),
        ("int8", BaseType::Int8, 4711i64.to_be_bytes().to_vec()),
        ("timestamptz", BaseType::Timestamptz, 700_000_000_000_000i64.to_be_bytes().to_vec()),
        ("numeric", BaseType::Numeric, [2u16, 0, 0, 2, 1234, 5600].iter().flat_map(|w| w.to_be_bytes()).collect()),
    ] {
        let field = FieldType::of(&ty(base));
        let (mut scratch, mut output, mut binary_out, mut text_out) =
            (Vec::new(), Output::default(), Vec::new(), Vec::new());
        let Ok(value) = field.decode_binary(&binary, &mut scratch) else { panic!("{name}") };
        output.carry(value);
        assert_eq!(field.encode_text(&output, &mut text_out), Ok(true));
        group.bench_function(format!("{name} binary"), |bencher| {
            let mut scratch = Vec::new();
            bencher.iter(|| {
                output.carry(field.decode_binary(black_box(&binary), &mut scratch).expect("a value"));
                binary_out.clear();
                black_box(field.encode_binary(&output, &mut binary_out))
            });
        });
        group.bench_function(format!("{name} text"), |bencher| {
            let (mut scratch, mut to) = (Vec::new(), Vec::new());
            bencher.iter(|| {
                output.carry(field.decode_text(black_box(&text_out), &mut scratch).expect("a value"));
                to.clear();
                black_box(field.encode_text(&output, &mut to))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, masks, codec);
criterion_main!(benches);
