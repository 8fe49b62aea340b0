//! The civil calendar of PostgreSQL: proleptic Gregorian, days and microseconds since 2000-01-01.
//!
//! The conversion is Howard Hinnant's (<https://howardhinnant.github.io/date_algorithms.html>).

use super::Malformed;
use std::io::Write as _;

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// Days from 1970-01-01 to 2000-01-01.
const EPOCH: i64 = 10_957;

/// Days since 2000-01-01 of a date; years before 1 are counted 0, −1, …
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468 - EPOCH
}

/// Year, month and day of a number of days since 2000-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

/// Prints a date without its era; returns true if ` BC` must follow.
fn print_civil(days: i64, to: &mut Vec<u8>) -> bool {
    let (year, month, day) = civil(days);
    let shown = if year <= 0 { 1 - year } else { year };
    padded(shown, 4, to);
    to.push(b'-');
    padded(month, 2, to);
    to.push(b'-');
    padded(day, 2, to);
    year <= 0
}

/// Prints a date as `2024-02-29`, `0044-03-15 BC` or `infinity`.
pub(super) fn print_date(days: i32, to: &mut Vec<u8>) {
    match days {
        i32::MIN => to.extend_from_slice(b"-infinity"),
        i32::MAX => to.extend_from_slice(b"infinity"),
        _ => {
            if print_civil(i64::from(days), to) {
                to.extend_from_slice(b" BC");
            }
        }
    }
}

/// Prints a timestamp in ISO style; `zone` follows the time.
pub(super) fn print_timestamp(microseconds: i64, zone: &str, to: &mut Vec<u8>) {
    match microseconds {
        i64::MIN => to.extend_from_slice(b"-infinity"),
        i64::MAX => to.extend_from_slice(b"infinity"),
        _ => {
            let before_christ = print_civil(microseconds.div_euclid(DAY), to);
            to.push(b' ');
            print_time(microseconds.rem_euclid(DAY), to);
            to.extend_from_slice(zone.as_bytes());
            if before_christ {
                to.extend_from_slice(b" BC");
            }
        }
    }
}

/// Prints `13:04:05.25`.
pub(super) fn print_time(microseconds: i64, to: &mut Vec<u8>) {
    let seconds = microseconds / 1_000_000;
    padded(seconds / 3600, 2, to);
    to.push(b':');
    padded(seconds / 60 % 60, 2, to);
    to.push(b':');
    padded(seconds % 60, 2, to);
    let fraction = microseconds % 1_000_000;
    if fraction != 0 {
        to.push(b'.');
        padded(fraction, 6, to);
        while to.last() == Some(&b'0') {
            to.pop();
        }
    }
}

/// Prints a zone given in seconds west of Greenwich as `+02`, `-03:30`.
pub(super) fn print_zone(west: i32, to: &mut Vec<u8>) {
    to.push(if west > 0 { b'-' } else { b'+' });
    let seconds = i64::from(west).abs();
    padded(seconds / 3600, 2, to);
    if seconds % 3600 != 0 {
        to.push(b':');
        padded(seconds / 60 % 60, 2, to);
    }
    if seconds % 60 != 0 {
        to.push(b':');
        padded(seconds % 60, 2, to);
    }
}

/// Prints an interval in `IntervalStyle` postgres.
pub(super) fn print_interval(months: i32, days: i32, microseconds: i64, to: &mut Vec<u8>) {
    let start = to.len();
    // PostgreSQL writes a plus before a part that follows a negative one.
    let mut negative = false;
    for (count, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if count != 0 {
            let space = if to.len() > start { " " } else { "" };
            let sign = if negative && count > 0 { "+" } else { "" };
            let plural = if count == 1 { "" } else { "s" };
            let _ = write!(to, "{space}{sign}{count} {unit}{plural}");
            negative = count < 0;
        }
    }
    if microseconds != 0 || to.len() == start {
        if to.len() > start {
            to.push(b' ');
        }
        if microseconds < 0 {
            to.push(b'-');
        } else if negative {
            to.push(b'+');
        }
        let size = microseconds.unsigned_abs();
        let whole = size / 3_600_000_000;
        if whole < 100 {
            print_time(size as i64, to);
        } else {
            let mut clock = Vec::with_capacity(16);
            print_time((size % 3_600_000_000) as i64, &mut clock);
            let _ = write!(to, "{whole}");
            to.extend_from_slice(&clock[2..]);
        }
    }
}

/// Reads a date.
pub(super) fn parse_date(text: &str) -> Result<i32, Malformed> {
    match text {
        "infinity" => Ok(i32::MAX),
        "-infinity" => Ok(i32::MIN),
        _ => {
            let (text, before_christ) = era(text);
            i32::try_from(parse_civil(text, before_christ)?).map_err(|_| Malformed)
        }
    }
}

/// Reads a timestamp; an offset after the time is taken off, so that the result is in UTC.
pub(super) fn parse_timestamp(text: &str) -> Result<i64, Malformed> {
    match text {
        "infinity" => return Ok(i64::MAX),
        "-infinity" => return Ok(i64::MIN),
        _ => {}
    }
    let (text, before_christ) = era(text);
    let (date, clock) = text.split_once(' ').ok_or(Malformed)?;
    let (microseconds, west) = parse_zoned_time(clock)?;
    let days = parse_civil(date, before_christ)?;
    let local = days.checked_mul(DAY).and_then(|start| start.checked_add(microseconds)).ok_or(Malformed)?;
    local.checked_add(i64::from(west) * 1_000_000).ok_or(Malformed)
}

/// Reads `13:04:05.25` and an offset, if there is one.
pub(super) fn parse_zoned_time(text: &str) -> Result<(i64, i32), Malformed> {
    let zone = text.find(['+', '-']).unwrap_or(text.len());
    let microseconds = parse_time(&text[..zone])?;
    if zone == text.len() {
        return Ok((microseconds, 0));
    }
    let offset = parse_time(&text[zone + 1..])? / 1_000_000;
    let offset = i32::try_from(offset).map_err(|_| Malformed)?;
    Ok((microseconds, if text.as_bytes()[zone] == b'+' { -offset } else { offset }))
}

/// Reads hours, minutes and seconds, of which the last two may be missing.
pub(super) fn parse_time(text: &str) -> Result<i64, Malformed> {
    let mut parts = text.splitn(3, ':');
    let hours = number(parts.next().unwrap_or(""))?;
    let minutes = parts.next().map_or(Ok(0), number)?;
    let seconds = parts.next().unwrap_or("0");
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    if fraction.len() > 6 {
        return Err(Malformed);
    }
    let mut microseconds = if fraction.is_empty() { 0 } else { number(fraction)? };
    for _ in fraction.len()..6 {
        microseconds *= 10;
    }
    let seconds = hours.checked_mul(3600).and_then(|sum| sum.checked_add(minutes * 60 + number(whole).ok()?));
    seconds.and_then(|sum| sum.checked_mul(1_000_000)).and_then(|sum| sum.checked_add(microseconds)).ok_or(Malformed)
}

/// Reads an interval in `IntervalStyle` postgres.
pub(crate) fn parse_interval(text: &str) -> Result<(i32, i32, i64), Malformed> {
    let (mut months, mut days, mut microseconds) = (0i32, 0i32, 0i64);
    let mut words = text.split(' ');
    while let Some(word) = words.next() {
        if word.contains(':') {
            let size = parse_time(word.trim_start_matches(['+', '-']))?;
            microseconds = if word.starts_with('-') { -size } else { size };
            continue;
        }
        let count: i32 = word.parse().map_err(|_| Malformed)?;
        let part = match words.next().ok_or(Malformed)?.trim_end_matches('s') {
            "year" => months.checked_add(count.checked_mul(12).ok_or(Malformed)?).map(|sum| months = sum),
            "mon" => months.checked_add(count).map(|sum| months = sum),
            "day" => days.checked_add(count).map(|sum| days = sum),
            _ => None,
        };
        part.ok_or(Malformed)?;
    }
    Ok((months, days, microseconds))
}

fn era(text: &str) -> (&str, bool) {
    match text.strip_suffix(" BC") {
        Some(rest) => (rest, true),
        None => (text, false),
    }
}

fn parse_civil(text: &str, before_christ: bool) -> Result<i64, Malformed> {
    let mut parts = text.splitn(3, '-');
    let mut next = || number(parts.next().unwrap_or(""));
    let (year, month, day) = (next()?, next()?, next()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year > 300_000_000 {
        return Err(Malformed);
    }
    Ok(days(if before_christ { 1 - year } else { year }, month, day))
}

/// Reads digits alone.
fn number(text: &str) -> Result<i64, Malformed> {
    if text.is_empty() || text.len() > 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed);
    }
    text.parse().map_err(|_| Malformed)
}

/// Prints a number that is not negative with at least so many digits.
fn padded(number: i64, width: usize, to: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = number;
    while rest > 0 || digits.len() - at < width {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    to.extend_from_slice(&digits[at..]);
}
