//! `date_shift`: all dates of one subject move by the same time.

use super::{
    Accepts, Args, By, COMMON, Class, ColumnShape, Context, Domains, Example, Family, MaskFn, Output, Param, ParamKind,
    Refusal, Spec, Unmaskable, Value,
};
use crate::synth::Draw;

const DAY: i64 = 86_400;

/// The mask.
pub const DATE_SHIFT: Spec = Spec {
    name: "date_shift",
    also: &[
        "shift_date",
        "noise_date",
        "dateshift",
        "date",
        "timestamp",
        "unix_timestamp",
        "utc_timestamp",
        "birthdate",
    ],
    summary: "Moves dates by whole days, one shift for each subject, never by nothing.",
    docs: "`by:` says whose dates they are: all that is drawn by one identity in this domain moves together, dates and timestamps \
           alike, so that the time between them stays true. A period below a day moves timestamps by seconds. Infinities stay. \
           A month counts 30 days, a year 365. Where `by:` is NULL each date moves for itself.",
    params: &[Param {
        name: "within",
        kind: ParamKind::Period,
        required: true,
        default: "",
        help: "The farthest that a date moves, either way.",
    }],
    accepts: Accepts::Families(&[Family::Date, Family::Timestamp]),
    by: By::Must,
    class: Class::Quasi,
    output: "dates near the true ones",
    examples: &[
        Example { column: "date", params: "{ within: 30d }", input: "1987-06-05", output: "1987-06-07" },
        Example {
            column: "timestamp",
            params: "{ within: 30d }",
            input: "2024-02-29 12:00:00",
            output: "2024-01-30 12:00:00",
        },
        Example { column: "date", params: "{ within: 30d }", input: "infinity", output: "infinity" },
    ],
    compile,
    ..COMMON
};

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let period = args.period("within").unwrap_or_default();
    let years = (period.months / 12).checked_mul(365);
    let days = years.and_then(|days| days.checked_add(period.months % 12 * 30)?.checked_add(period.days));
    let seconds = days.and_then(|days| days.checked_mul(DAY)?.checked_add(period.seconds));
    let Some(seconds @ 1..=1_000_000_000_000) = seconds else {
        return Err(Refusal::new("`within` is not a period that dates can move by", "`within: 30d`"));
    };
    if seconds < DAY && shape.family() == Some(Family::Date) {
        return Err(Refusal::new("a date cannot move by less than a day", "`within: 1d` or more"));
    }
    let unit = if seconds < DAY { 1 } else { DAY };
    let reach = (seconds / unit) as u64;
    Ok(Box::new(move |value, context, output| shift(value, context, output, reach, unit)))
}

fn shift(
    value: Value<'_>,
    context: &mut Context<'_>,
    output: &mut Output,
    reach: u64,
    unit: i64,
) -> Result<(), Unmaskable> {
    let seconds = steps(&mut context.draw(value), reach) * unit;
    match value {
        Value::Date(i32::MIN | i32::MAX) | Value::Timestamp(i64::MIN | i64::MAX) => output.carry(value),
        Value::Date(days) => {
            let days = moved(i64::from(days), seconds / DAY, DATES).ok_or(Unmaskable::Form)?;
            output.date(days as i32);
        }
        Value::Timestamp(microseconds) => {
            let moved = moved(microseconds, seconds * 1_000_000, TIMESTAMPS).ok_or(Unmaskable::Form)?;
            output.timestamp(moved);
        }
        _ => return Err(Unmaskable::Form),
    }
    Ok(())
}

/// The days and microseconds since 2000-01-01 that PostgreSQL's types hold: from 4714-11-24 BC.
const DATES: std::ops::Range<i64> = -2_451_545..2_145_031_949;
const TIMESTAMPS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;

/// Moves one way, or the other where the type ends.
fn moved(from: i64, by: i64, within: std::ops::Range<i64>) -> Option<i64> {
    let ways = [from.checked_add(by), from.checked_sub(by)];
    ways.into_iter().flatten().find(|moved| within.contains(moved))
}

/// A whole number from −reach to reach, never 0.
fn steps(draw: &mut Draw, reach: u64) -> i64 {
    let drawn = draw.below(2 * reach) as i64 - reach as i64;
    if drawn >= 0 { drawn + 1 } else { drawn }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_are_never_nothing_and_reach_both_ends() {
        let mut seen = std::collections::BTreeSet::new();
        for at in 0..=255u8 {
            seen.insert(steps(&mut Draw::new([at; 32]), 2));
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-2, -1, 1, 2]);
        assert_eq!(moved(DATES.start, -3, DATES), Some(DATES.start + 3));
    }
}
