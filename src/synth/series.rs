//! Moments of a series: more at its end than at its beginning, more in some months, fewer at weekends.

use super::Draw;
use super::spread::share;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How often a moment that few rows should have is drawn anew.
const TRIES: usize = 64;
/// Microseconds from 1970 to 2000.
const EPOCH: i64 = 946_684_800_000_000;

/// When the rows of a table came to be; moments are microseconds since 2000-01-01, UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Series {
    /// The first moment.
    pub from: i64,
    /// The last.
    pub to: i64,
    /// How many times as many rows come at the end as at the beginning.
    pub growth: f64,
    /// The month with the most rows, and by which share it has more than the average.
    pub season: Option<(u8, f64)>,
    /// How many rows come on a day of the weekend, as a share of those of a working day.
    pub weekends: f64,
}

impl Series {
    /// A moment of the series.
    pub fn draw(&self, draw: &mut Draw) -> i64 {
        let mut moment = self.from;
        for _ in 0..TRIES {
            moment = self.from + ((self.to - self.from) as f64 * self.grown(share(draw))) as i64;
            if share(draw) < self.chance(moment) {
                break;
            }
        }
        moment
    }

    /// The place of a share of all rows in the series: the inverse of exponential growth.
    fn grown(&self, part: f64) -> f64 {
        let rate = self.growth.ln();
        if rate.abs() < 1e-9 { part } else { (1.0 + part * (self.growth - 1.0)).ln() / rate }
    }

    /// How likely a row of that moment is, beside the most likely ones.
    fn chance(&self, moment: i64) -> f64 {
        if self.season.is_none() && self.weekends == 1.0 {
            return 1.0;
        }
        let Ok(moment) = Timestamp::from_microsecond(moment + EPOCH) else { return 1.0 };
        let date = moment.to_zoned_datetime(TimeZone::UTC).date();
        let season = self.season.map_or(1.0, |(peak, swing)| {
            let months = f64::from(date.month()) - f64::from(peak);
            (1.0 + swing * (months / 6.0 * std::f64::consts::PI).cos()) / (1.0 + swing)
        });
        let weekend = date.weekday().to_monday_zero_offset() >= 5;
        season * if weekend { self.weekends } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::Stream;

    const DAY: i64 = 86_400_000_000;

    /// The day of many moments, counted from the first.
    fn days(series: Series) -> Vec<i64> {
        let stream = Stream::new(1, "t", "c");
        (0..20_000).map(|row| (series.draw(&mut stream.row(row, 0)) - series.from) / DAY).collect()
    }

    #[test]
    fn series_grow_and_have_seasons_and_weekends() {
        // 2001-01-01 was a Monday.
        let plain = Series { from: 366 * DAY, to: 731 * DAY - 1, growth: 1.0, season: None, weekends: 1.0 };
        let count = |days: &[i64], wanted: &dyn Fn(i64) -> bool| days.iter().filter(|day| wanted(**day)).count() as f64;
        let all = days(plain);
        assert!(all.iter().all(|day| (0..365).contains(day)));
        let ratio = count(&all, &|day| day >= 335) / count(&all, &|day| day < 30);
        assert!((0.85..1.15).contains(&ratio), "{ratio}");
        let grown = days(Series { growth: 4.0, ..plain });
        let ratio = count(&grown, &|day| day >= 335) / count(&grown, &|day| day < 30);
        assert!((3.0..4.2).contains(&ratio), "{ratio}");
        let weekends = days(Series { weekends: 0.25, ..plain });
        let ratio = count(&weekends, &|day| day % 7 >= 5) / count(&weekends, &|day| day % 7 < 5);
        assert!((0.08..0.12).contains(&ratio), "{ratio}");
        let season = days(Series { season: Some((7, 0.5)), ..plain });
        let ratio = count(&season, &|day| (181..212).contains(&day)) / count(&season, &|day| day < 31);
        assert!((2.5..3.6).contains(&ratio), "{ratio}");
    }
}
