//! `truncate`: a date to the start of its month or year.

use super::{
    Accepts, Args, By, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, Param, ParamKind, Refusal, Spec,
    Unmaskable, Value,
};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The mask.
pub const TRUNCATE: Spec = Spec {
    name: "truncate",
    also: &["date_trunc", "generalize_date", "trunc", "truncate_date"],
    summary: "A date to the start of its month, quarter or year, a time to its hour or day.",
    docs: "In UTC for timestamps with a time zone. What stands at a start already stays; infinities stay.",
    params: &[Param {
        name: "to",
        kind: ParamKind::Word(&["month", "quarter", "year", "day", "hour"]),
        required: false,
        default: "month",
        help: "What is left.",
    }],
    accepts: Accepts::Families(&[Family::Date, Family::Timestamp]),
    by: By::Never,
    class: Class::Quasi,
    equal_at_most: 1.0,
    keyed: false,
    output: "starts of months and years",
    examples: &[
        Example { column: "date", params: "", input: "1987-06-05", output: "1987-06-01" },
        Example { column: "timestamp", params: "year", input: "2024-02-29 12:00:00", output: "2024-01-01 00:00:00" },
    ],
    compile,
    ..COMMON
};

/// The first day that PostgreSQL's types hold, 4714-11-24 BC.
const FIRST: i64 = -2_451_545;

/// Days from 0000-03-01 to 2000-01-01 in the proleptic Gregorian calendar.
const ERA: i64 = 730_425;

/// The first day of the period of months that a day is in (H. Hinnant: chrono-compatible low-level date algorithms).
fn start(days: i64, months: i64) -> i64 {
    let shifted = days + ERA;
    let era = shifted.div_euclid(146_097);
    let day = shifted.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    // Months from January, years from January.
    let (month, year) = if month < 10 { (month + 2, year + era * 400) } else { (month - 10, year + era * 400 + 1) };
    let first = month / months * months;
    let (march, year) = if first >= 2 { (first - 2, year) } else { (first + 10, year - 1) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + year * 365 + year / 4 - year / 100 + (153 * march + 2) / 5 - ERA
}

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let to = args.text("to").unwrap_or("month").to_owned();
    let months = match to.as_str() {
        "month" => 1,
        "quarter" => 3,
        "year" => 12,
        _ => 0,
    };
    if months == 0 && shape.family() == Some(Family::Date) {
        return Err(Refusal::new(format!("a date has no less than a {to}"), "`truncate: month`"));
    }
    let unit = if to == "hour" { DAY / 24 } else { DAY };
    Ok(Box::new(move |value, _, output| {
        match value {
            Value::Date(i32::MIN | i32::MAX) | Value::Timestamp(i64::MIN | i64::MAX) => output.carry(value),
            Value::Date(days) => output.date(start(days.into(), months).max(FIRST) as i32),
            Value::Timestamp(time) if months == 0 => output.timestamp(time.div_euclid(unit) * unit),
            Value::Timestamp(time) => output.timestamp(start(time.div_euclid(DAY), months).max(FIRST) * DAY),
            _ => return Err(Unmaskable::Form),
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_those_of_the_calendar() {
        let epoch = jiff::civil::date(2000, 1, 1);
        for at in (-800_000..800_000).step_by(97) {
            let days = |date: jiff::civil::Date| i64::from((date - epoch).get_days());
            let Ok(date) = epoch.checked_add(jiff::Span::new().days(at)) else { continue };
            assert_eq!(start(at, 1), days(date.first_of_month()), "{date}");
            assert_eq!(start(at, 12), days(date.first_of_year()), "{date}");
            let quarter = jiff::civil::date(date.year(), (date.month() - 1) / 3 * 3 + 1, 1);
            assert_eq!(start(at, 3), days(quarter), "{date}");
        }
    }
}
