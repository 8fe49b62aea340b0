//! Numbers, dates, choices, and what is covered or generalised.

use super::{Run, Value};

#[test]
fn numbers_stay_within_their_bounds() {
    let run = Run::of("noise", "{ amount: 50, between: 0..100 }", "numeric");
    for at in -300..300 {
        let input = format!("{at}.50");
        let output: f64 = run.mask(&input).expect("a number").parse().expect("a number");
        assert!((0.0..=100.0).contains(&output) && output != f64::from(at) + 0.5, "{input}: {output}");
    }
    let long = |digits: &str| digits.repeat(30);
    for input in [
        "0.33333333333333333333".to_owned(),
        format!("99.{}", long("9")),
        format!("0.{}1", long("0")),
        format!("-0.{}", long("3")),
        format!("{}.5", long("7")),
        format!("-{}", long("7")),
    ] {
        let output: f64 = run.mask(&input).expect("a number").parse().expect("a number");
        assert!((0.0..=100.0).contains(&output), "{input}: {output}");
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
fn the_greatest_and_the_smallest_numbers_move_within_their_types() {
    let greatest = "9".repeat(131_072);
    for params in ["{ ratio: 1 }", "{ amount: 3 }"] {
        let run = Run::of("noise", params, "numeric");
        for number in [greatest.clone(), format!("-{greatest}.5"), format!("{greatest}.25")] {
            let masked = run.mask(&number).expect("a number");
            assert!(masked.trim_start_matches('-').split('.').next().is_some_and(|whole| whole.len() <= 131_072));
            assert_ne!(masked, number);
        }
    }
    let run = Run::of("noise", "{ ratio: 1 }", "float4");
    for number in ["1e-45", "-1e-45", "3e-45", "1.1754944e-38", "3.4028235e38"] {
        let masked: f64 = run.mask(number).expect("a number").parse().expect("a number");
        assert!(masked.is_finite() && f64::from(masked as f32) == masked, "{number}: {masked}");
    }
}

#[test]
fn bounds_of_a_range_stay_in_their_order() {
    let run = Run::of("noise", "{ ratio: 0.1 }", "numericrange");
    let masked = run.mask("[12345678901.5,Infinity)").expect("a range");
    assert!(masked.starts_with("[1") && masked.ends_with(",Infinity)"), "{masked}");
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
