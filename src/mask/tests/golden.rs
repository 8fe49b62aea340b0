//! The mapping holds: a digest of 200 outputs of every mask, in every language, and the first of them to see what changed.
//!
//! Whoever changes a line of the snapshot changes what a key means, and needs a new number of `mapping:`.

use super::{
    Arg, Args, By, Domains, Family, MaskRef, Param, ParamKind, Run, Spec, Value, args, compile, inputs, key, required,
    rule, shape, uses,
};

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

/// What a word or a switch may be, but for the default, whose outputs are held above.
fn others(param: &Param) -> Vec<(String, Arg)> {
    match param.kind {
        ParamKind::Word(words) if param.name != "locale" => words
            .iter()
            .filter(|word| **word != param.default)
            .map(|word| ((*word).to_owned(), Arg::Text((*word).to_owned())))
            .collect(),
        ParamKind::Boolean => {
            let other = param.default != "true";
            vec![(other.to_string(), Arg::Boolean(other))]
        }
        _ => Vec::new(),
    }
}

#[test]
fn the_mapping_of_every_word_and_subject_holds() {
    let mut lines = String::new();
    for (spec, family) in uses() {
        let speaks = spec.params.iter().any(|param| param.name == "locale");
        let locales = if speaks && family == Family::Text { crate::synth::CODES } else { &["en"] };
        let mut line = |what: &str, set: &dyn Fn(&mut Args), by: bool| {
            let mut outputs = Vec::new();
            for locale in locales {
                let mut args = params(spec, family, speaks.then_some(*locale));
                set(&mut args);
                let by = by.then(|| "id".into());
                let rule =
                    MaskRef { args, by: by.or(rule(spec.name, required(spec, family)).by), ..rule(spec.name, "") };
                let shape = shape(inputs(family).0);
                // A word may fit some types alone.
                if compile(&rule, &shape, &Domains::new(&key(0), 1)).is_err() {
                    return;
                }
                let run = Run::new(&rule, &shape, &key(0));
                outputs.extend((0..OUTPUTS).filter_map(|at| {
                    let id = rule.by.is_some().then_some(Value::Integer(at as i64));
                    run.mask_by(&input(spec, family, at), id)
                }));
            }
            let digest = blake3::hash(outputs.join("\n").as_bytes()).to_hex();
            let (count, first) = (outputs.len(), outputs.first().map_or("NULL", String::as_str));
            lines += &format!("{} {} {what} {count} {}: {first}\n", spec.name, family.label(), &digest[..24]);
        };
        for param in spec.params {
            for (word, arg) in others(param) {
                line(&format!("{}: {word}", param.name), &|args| args.set(param.name, arg.clone()), false);
            }
        }
        if spec.by != By::Never {
            line("by", &|_| {}, true);
        }
    }
    insta::assert_snapshot!(lines);
}
