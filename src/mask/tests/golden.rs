//! The mapping holds: a digest of 200 outputs of every mask, in every language, and the first of them to see what changed.
//!
//! Whoever changes a line of the snapshot changes what a key means, and needs a new number of `mapping:`.

use super::{Arg, Args, Family, MaskRef, Run, Spec, args, inputs, key, required, rule, shape, uses};

/// How many outputs a line speaks of.
const OUTPUTS: usize = 200;

/// Inputs that a mask's families can have.
fn input(spec: &Spec, family: Family, at: usize) -> String {
    match (spec.name, family) {
        ("phone", _) => format!("+1 (415) 867-{at:04}"),
        ("card", _) => format!("4929 1234 5678 {at:04}"),
        ("iban", _) => format!("DE89 3704 0044 0532 01{at:04}"),
        ("national_id", _) => format!("078-05-{at:04}"),
        ("zip3" | "postcode", _) => format!("9{at:04}"),
        ("latitude" | "longitude", _) => format!("{}.{at:04}", at % 80),
        ("xml", _) => format!("<a><b>{at}</b></a>"),
        ("json", _) => format!("{{\"a\": {at}}}"),
        (_, Family::Text) => format!("maria.lopez{at}@shop.test"),
        (_, Family::Integer) => (at * 7919 + 1).to_string(),
        (_, Family::Decimal) => format!("{}.{:02}", at * 7919, at % 100),
        (_, Family::Float) => format!("{at}.5"),
        (_, Family::Boolean) => ["t", "f"][at % 2].to_owned(),
        (_, Family::Date) => format!("{}-02-28", 1900 + at),
        (_, Family::Timestamp) => format!("{}-02-28 12:34:56", 1900 + at),
        (_, Family::Uuid) => format!("a0eebc99-9c0b-4ef8-bb6d-6bb9bd38{at:04x}"),
        (_, Family::Network) => format!("81.2.{}.{}", at / 250, at % 250),
        (_, Family::Mac) => format!("08:00:2b:01:{:02x}:{:02x}", at / 256, at % 256),
        (_, Family::Hstore) => format!("\"email\"=>\"maria.lopez{at}@shop.test\""),
        (_, Family::Bit) => format!("{:016b}", at * 313),
        (_, Family::Composite) => format!("(\"{at} High Street\",Sevilla,ES)"),
        _ => format!("\\x{at:04x}"),
    }
}

/// The parameters with a language among them.
fn params(spec: &Spec, family: Family, locale: Option<&str>) -> Args {
    let mut args = args(spec, required(spec, family));
    if let Some(locale) = locale {
        args.set("locale", Arg::Text(locale.to_owned()));
    }
    args
}

#[test]
fn the_mapping_holds() {
    let mut lines = String::new();
    for (spec, family) in uses() {
        let speaks = spec.params.iter().any(|param| param.name == "locale");
        let locales: Vec<Option<&str>> = match speaks && family == Family::Text {
            true => crate::synth::CODES.iter().map(|code| Some(*code)).collect(),
            false => vec![None],
        };
        for locale in locales {
            let rule = MaskRef { args: params(spec, family, locale), ..rule(spec.name, required(spec, family)) };
            let run = Run::new(&rule, &shape(inputs(family).0), &key(0));
            let outputs: Vec<String> = (0..OUTPUTS).filter_map(|at| run.mask(&input(spec, family, at))).collect();
            let digest = blake3::hash(outputs.join("\n").as_bytes()).to_hex();
            let what = locale.map_or_else(|| family.label().to_owned(), str::to_owned);
            lines += &format!("{} {what} {} {}: {}\n", spec.name, outputs.len(), &digest[..24], outputs[0]);
        }
    }
    insta::assert_snapshot!(lines);
}
