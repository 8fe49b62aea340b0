//! The small notations of rules files: periods, percentages, ranges, numbers.

use crate::mask::args::Period;

/// The forms of a period, for messages.
pub const PERIOD_FORMS: &str = "a number and a unit: 15s, 90m, 4h, 30d, 2w, 18mo, 1y";

/// Reads `15s`, `90m`, `4h`, `30d`, `2w`, `18mo`, `1y`; more than nothing and at most 10,000 years.
pub fn period(text: &str) -> Option<Period> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: i64 = text[..digits].parse().ok().filter(|number| *number > 0)?;
    let of = |each: i64, longest: i64| number.checked_mul(each).filter(|total| *total <= longest);
    const YEARS: i64 = 10_000;
    let months = |each| of(each, YEARS * 12).map(|months| Period { months, ..Period::default() });
    let days = |each| of(each, YEARS * 366).map(|days| Period { days, ..Period::default() });
    let seconds = |each| of(each, YEARS * 366 * 86_400).map(|seconds| Period { seconds, ..Period::default() });
    match &text[digits..] {
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3_600),
        "d" => days(1),
        "w" => days(7),
        "mo" => months(1),
        "y" => months(12),
        _ => None,
    }
}

/// The forms of a rate, for messages.
pub const RATE_FORMS: &str = "a number and a unit a second: 500kB/s, 50MB/s, 1GB/s";

/// Reads `50MB/s` as bytes a second; more than nothing.
pub fn rate(text: &str) -> Option<u64> {
    let amount = text.strip_suffix("/s")?;
    let digits = amount.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = amount[..digits].parse().ok().filter(|number| *number > 0)?;
    let unit = match &amount[digits..] {
        "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// A period as a length of time; months count 30 days.
pub fn duration(period: Period) -> std::time::Duration {
    let days = period.months * 30 + period.days;
    std::time::Duration::from_secs(u64::try_from(days * 86_400 + period.seconds).unwrap_or(u64::MAX))
}

/// Reads `20%` as 0.2; 0 to 100 per cent.
pub fn percent(text: &str) -> Option<f64> {
    let share: f64 = text.strip_suffix('%').filter(|number| is_decimal(number))?.parse().ok()?;
    (0.0..=100.0).contains(&share).then_some(share / 100.0)
}

/// Reads a whole number: digits without leading zeros, underscores or exponent, perhaps a minus.
pub fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits == "0" || !digits.starts_with('0');
    (canonical && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Reads `1..5`, both ends included.
pub fn range(text: &str) -> Option<(i64, i64)> {
    let (low, high) = text.split_once("..")?;
    let (low, high) = (integer(low.trim())?, integer(high.trim())?);
    (low <= high).then_some((low, high))
}

/// Is it a plain decimal number, as in `-0.25`.
pub fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_one_number_and_one_unit() {
        let read = |text| period(text).map(|p| (p.months, p.days, p.seconds));
        assert_eq!(read("30d"), Some((0, 30, 0)));
        assert_eq!(read("2w"), Some((0, 14, 0)));
        assert_eq!(read("18mo"), Some((18, 0, 0)));
        assert_eq!(read("1y"), Some((12, 0, 0)));
        assert_eq!(read("4h"), Some((0, 0, 14_400)));
        assert_eq!(read("90m"), Some((0, 0, 5_400)));
        assert_eq!(read("15s"), Some((0, 0, 15)));
        for bad in [
            "",
            "7",
            "d",
            "7 days ago",
            "7 d",
            "-7d",
            "0d",
            "1.5y",
            "1_000s",
            "7D",
            "99999999999999999999y",
            "9223372036854775807y",
            "1y6mo",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_are_what_they_look_like() {
        assert_eq!(percent("20%"), Some(0.2));
        assert_eq!(percent("0.5%"), Some(0.005));
        for bad in ["1.5", "150%", "-1%", "%", "20 %", "nan%", "1e1%"] {
            assert_eq!(percent(bad), None, "{bad}");
        }
        assert_eq!(integer("-12"), Some(-12));
        for bad in ["1_000", "0123", "1e3", "", "-", "+1", "0x10", "99999999999999999999"] {
            assert_eq!(integer(bad), None, "{bad}");
        }
        assert_eq!(range("1..5"), Some((1, 5)));
        assert_eq!(range("1..2147483647"), Some((1, 2_147_483_647)));
        for bad in ["5..1", "1", "1...5", "a..b"] {
            assert_eq!(range(bad), None, "{bad}");
        }
        assert!(is_decimal("0.1") && is_decimal("-3") && !is_decimal(".5") && !is_decimal("1e3"));
    }
}
