//! What every mask says of itself is true, whatever its family.

use super::{
    ALL, Acts, Class, ColumnShape, Context, Domains, Family, Output, Run, Spec, Uniqueness, Value, compile, enum_shape,
    find, inputs, key, meant, required, rule, shape, uses,
};
use std::collections::HashSet;

#[test]
fn names_are_unique_and_every_mask_is_described() {
    let names: HashSet<&str> = ALL.iter().map(|spec| spec.name).collect();
    assert_eq!(names.len(), ALL.len());
    for spec in ALL {
        assert!(spec.summary.ends_with('.') && !spec.output.is_empty(), "{}", spec.name);
        assert!(
            !spec.examples.is_empty()
                || matches!(spec.acts, Acts::Default | Acts::Resample | Acts::Shuffle | Acts::Sql),
            "{}",
            spec.name
        );
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
    // Where case does not count, too.
    let (run, letter) = (Run::of("alnum", "", "text"), |at: u32| char::from(b'a' + (at % 26) as u8));
    let outputs: HashSet<String> = (0..676)
        .map(|at| format!("{}{}", letter(at / 26), letter(at)))
        .map(|word| if word.as_str() < "n" { word.to_uppercase() } else { word })
        .filter_map(|word| run.mask(&word).map(|masked| masked.to_lowercase()))
        .collect();
    assert_eq!(outputs.len(), 676);
    let run = Run::of("digits", "", "text");
    let outputs: HashSet<String> = (0..30_000).filter_map(|at| run.mask(&format!("user{at:07}"))).collect();
    assert_eq!(outputs.len(), 30_000);
    let run = Run::of("permute", "{ range: 1..30000 }", "int4");
    let outputs: HashSet<String> = (1..=30_000).filter_map(|at| run.mask(&at.to_string())).collect();
    assert_eq!(outputs.len(), 30_000);
}

/// Permuted part by part: the mapping of the parts but the first, and no more than so long for very many.
#[test]
fn long_texts_are_permuted_in_linear_time() {
    let ends = |name: &str, text: &str| {
        let masked = Run::of(name, "", "text").mask(text).expect("a text");
        (masked[..18].to_owned(), masked[masked.len() - 20..].to_owned())
    };
    let held = |start: &str, end: &str| (start.to_owned(), end.to_owned());
    let numbers = "12345678901234567-".repeat(60);
    assert_eq!(ends("digits", &numbers), held("53213949716649672-", "1-18611615145372096-"));
    let words = format!("x{}", "0123456789".repeat(12));
    assert_eq!(ends("alnum", &words).1, "38388503852990343562");
    let begun = std::time::Instant::now();
    for name in ["digits", "alnum"] {
        Run::of(name, "", "text").mask(&"7".repeat(500_000)).expect("a text");
    }
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
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
