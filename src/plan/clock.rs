//! The snapshot's time as SQL literals: what `now()` and its kin stand for in every session of a run.

use crate::mask::args::Period;
use jiff::{Span, Timestamp, ZonedDateTime};

/// The snapshot's time, in the rules' time zone.
#[derive(Debug, Clone)]
pub struct Clock(ZonedDateTime);

/// Why there is no clock, or no such time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// The rules' time zone is not in the IANA database.
    #[error("there is no time zone \"{0}\"")]
    Zone(String),
    /// The snapshot's time is not RFC 3339.
    #[error("the snapshot's time could not be read")]
    Snapshot,
    /// The period reaches beyond the calendar.
    #[error("that period reaches beyond the calendar")]
    Period,
}

impl Clock {
    /// Takes the snapshot's time (RFC 3339) and the rules' time zone (IANA).
    pub fn new(snapshot_at: &str, time_zone: &str) -> Result<Self, ClockError> {
        let at: Timestamp = snapshot_at.parse().map_err(|_| ClockError::Snapshot)?;
        let zoned = at.in_tz(time_zone).map_err(|_| ClockError::Zone(time_zone.to_owned()))?;
        Ok(Clock(zoned))
    }

    /// The time that lies a period before this one: months, then days, then seconds, as PostgreSQL subtracts an interval.
    pub fn before(&self, period: Period) -> Result<Self, ClockError> {
        let span = Span::new()
            .try_months(period.months)
            .and_then(|span| span.try_days(period.days))
            .and_then(|span| span.try_seconds(period.seconds));
        let zoned = span.and_then(|span| self.0.checked_sub(span)).map_err(|_| ClockError::Period)?;
        if zoned.year() < 1 {
            return Err(ClockError::Period);
        }
        Ok(Clock(zoned))
    }

    /// As `timestamptz`.
    pub fn timestamptz(&self) -> String {
        format!("'{} {}'::pg_catalog.timestamptz", self.0.datetime().date(), self.time_with_offset())
    }

    /// As `timestamp`: the zone's wall clock.
    pub fn timestamp(&self) -> String {
        format!("'{} {}'::pg_catalog.timestamp", self.0.datetime().date(), self.0.datetime().time())
    }

    /// As `date`: the zone's calendar day.
    pub fn date(&self) -> String {
        format!("'{}'::pg_catalog.date", self.0.datetime().date())
    }

    /// The day after, as `date`: the first whose midnight is not before this time.
    pub fn next_date(&self) -> String {
        let date = self.0.datetime().date();
        format!("'{}'::pg_catalog.date", date.tomorrow().unwrap_or(date))
    }

    /// Is it the start of a day.
    pub fn is_midnight(&self) -> bool {
        self.0.datetime().time() == jiff::civil::Time::midnight()
    }

    /// As `timetz`.
    pub fn timetz(&self) -> String {
        format!("'{}'::pg_catalog.timetz", self.time_with_offset())
    }

    /// As `time`.
    pub fn time(&self) -> String {
        format!("'{}'::pg_catalog.time", self.0.datetime().time())
    }

    fn time_with_offset(&self) -> String {
        let seconds = self.0.offset().seconds();
        let (sign, rest) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
        format!("{}{sign}{:02}:{:02}:{:02}", self.0.datetime().time(), rest / 3600, rest / 60 % 60, rest % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_the_rules_zone() {
        let clock = Clock::new("2026-03-31T23:30:00.123456Z", "Europe/Berlin").expect("a clock");
        assert_eq!(clock.timestamptz(), "'2026-04-01 01:30:00.123456+02:00:00'::pg_catalog.timestamptz");
        assert_eq!(clock.timestamp(), "'2026-04-01 01:30:00.123456'::pg_catalog.timestamp");
        assert_eq!(clock.date(), "'2026-04-01'::pg_catalog.date");
        assert!(Clock::new("2026-03-31T23:30:00Z", "Mars/Base").is_err());
    }

    #[test]
    fn months_are_taken_off_as_postgresql_does() {
        let clock = Clock::new("2026-03-31T10:00:00Z", "UTC").expect("a clock");
        let before = clock.before(Period { months: 1, days: 0, seconds: 3600 }).expect("a time");
        assert_eq!(before.timestamp(), "'2026-02-28 09:00:00'::pg_catalog.timestamp");
        assert_eq!(clock.before(Period { months: 12 * 5000, days: 0, seconds: 0 }).err(), Some(ClockError::Period));
    }
}
