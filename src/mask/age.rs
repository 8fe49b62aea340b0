//! `age_band`: ages in bands, those over 89 together.

use super::{
    Accepts, Args, By, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, Param, ParamKind, Refusal, Spec,
    Uniqueness, Unmaskable, Value,
};
use crate::pg::value::print;

/// From here on all ages are one (HIPAA safe harbour, 45 CFR 164.514(b)(2)(i)(C)).
const OLDEST: i64 = 90;

/// The mask.
pub const AGE_BAND: Spec = Spec {
    name: "age_band",
    also: &["age", "age_group", "generalize_age", "age_range"],
    summary: "The band that an age is in; ages over 89 are one band.",
    docs: "A number becomes the first age of its band, in text `30-34` and `90+`. A birth date becomes the first of January of its \
           band's last year, counted back from `as_of`. Ages below zero and text that is no age become 0 and `unknown`.",
    params: &[
        Param {
            name: "years",
            kind: ParamKind::Integer(1, 90),
            required: false,
            default: "5",
            help: "How many years a band has.",
        },
        Param {
            name: "as_of",
            kind: ParamKind::Integer(1900, 2200),
            required: false,
            default: "none",
            help: "The year in which ages are counted; birth dates need it.",
        },
    ],
    accepts: Accepts::Families(&[Family::Integer, Family::Decimal, Family::Text, Family::Date]),
    by: By::Never,
    class: Class::Quasi,
    uniqueness: |args, _| Uniqueness::Few {
        outputs: 2.0 + OLDEST as f64 / args.integer("years").unwrap_or(5).max(1) as f64,
    },
    equal_at_most: 1.0,
    keyed: false,
    output: "bands of ages",
    examples: &[
        Example { column: "int4", params: "", input: "37", output: "35" },
        Example { column: "text", params: "10", input: "93", output: "90+" },
        Example { column: "date", params: "{ years: 10, as_of: 2026 }", input: "1987-06-05", output: "1996-01-01" },
    ],
    compile,
    ..COMMON
};

/// The first age of a band.
fn band(age: i64, years: i64) -> i64 {
    let age = age.max(0);
    if age >= OLDEST { OLDEST } else { age / years * years }
}

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let years = args.integer("years").unwrap_or(5);
    let as_of = args.integer("as_of");
    if shape.family() == Some(Family::Date) && as_of.is_none() {
        return Err(Refusal::new("a birth date has an age only in some year", "`age_band: { as_of: 2026 }`"));
    }
    shape.needs(7, "a band of ages", "a longer column, or a number")?;
    if shape.numeric.is_some_and(|(precision, scale)| i32::from(precision) - i32::from(scale) < 2) {
        return Err(Refusal::new("the column does not hold ages of two digits", "`erase`"));
    }
    let day = |year: i64| jiff::civil::Date::new(i16::try_from(year).ok()?, 1, 1).ok();
    let epoch = jiff::civil::date(2000, 1, 1);
    Ok(Box::new(move |value, _, output| {
        match value {
            Value::Integer(age) => output.integer(band(age, years)),
            Value::Decimal("NaN" | "Infinity" | "-Infinity") => output.carry(value),
            Value::Decimal(text) => {
                // What no number of 64 bits holds is older than anybody, or not born yet.
                let beyond = if text.starts_with('-') { 0 } else { OLDEST };
                let age = text.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(beyond);
                print(Value::Integer(band(age, years)), output.text());
            }
            Value::Date(i32::MIN | i32::MAX) => output.carry(value),
            Value::Date(days) => {
                // Days of a mean Gregorian year; a year's first days may count as the year before, which the band hides.
                let born = 2000 + (f64::from(days) / 365.2425).floor() as i64;
                let as_of = as_of.unwrap_or(2000);
                let first = as_of - band(as_of - born, years);
                let first = day(first).ok_or(Unmaskable::Form)?;
                output.date((first - epoch).get_days());
            }
            Value::Text(text) => {
                let age = text.trim().parse::<i64>().ok().filter(|age| (0..200).contains(age));
                let to = output.text();
                match age.map(|age| band(age, years)) {
                    None => to.extend_from_slice(b"unknown"),
                    Some(OLDEST) => to.extend_from_slice(b"90+"),
                    Some(first) => {
                        print(Value::Integer(first), to);
                        to.push(b'-');
                        print(Value::Integer((first + years).min(OLDEST) - 1), to);
                    }
                }
            }
            _ => output.text().extend_from_slice(b"unknown"),
        }
        Ok(())
    }))
}
