//! A field as a mask sees it, and what a mask writes: typed, never wire bytes; and the way between the two.
//!
//! `field.rs` knows the column, `binary.rs` and `text.rs` the two forms, `nested.rs` what stands inside arrays, rows and
//! ranges, `numeric.rs` and `calendar.rs` the odd types.

mod binary;
mod calendar;
mod field;
pub mod nested;
mod numeric;
mod text;

pub(crate) use calendar::parse_interval;
pub use field::FieldType;
pub use text::print;
pub(crate) use text::{parse_network, print_output};

/// Bytes that are not a value of the column's type, or a mask's output that the type cannot hold. It carries no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a field is malformed")]
pub struct Malformed;

/// A field's value. NULL never reaches a mask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// text, varchar, char(n), name, citext, enums, xml, and every unknown type as PostgreSQL prints it.
    Text(&'a str),
    /// Text that is not valid in UTF-8 (SQL_ASCII sources), and bytea.
    Bytes(&'a [u8]),
    /// boolean.
    Boolean(bool),
    /// smallint, integer, bigint, oid.
    Integer(i64),
    /// real, double precision.
    Float(f64),
    /// numeric, and money in its smallest unit moved by two places, as decimal text.
    Decimal(&'a str),
    /// Days since 2000-01-01; `i32::MIN` and `i32::MAX` are the infinities.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since midnight, and the zone in seconds west of Greenwich.
    ZonedTime(i64, i32),
    /// Microseconds since 2000-01-01 (UTC for timestamptz); `i64::MIN` and `i64::MAX` are the infinities.
    Timestamp(i64),
    /// An interval.
    Interval {
        /// Months.
        months: i32,
        /// Days.
        days: i32,
        /// Microseconds.
        microseconds: i64,
    },
    /// uuid.
    Uuid([u8; 16]),
    /// inet, cidr: address and length of the prefix.
    Network(std::net::IpAddr, u8),
    /// macaddr (6 bytes), macaddr8 (8).
    Mac(&'a [u8]),
    /// json, jsonb: the document's text.
    Json(&'a str),
}

impl Value<'_> {
    /// True for a text or bytea of no length.
    pub fn is_empty(&self) -> bool {
        matches!(self, Value::Text("") | Value::Bytes([]))
    }
}

/// Where a mask writes: one value, of the kind that the column's type takes. Its buffer is reused from row to row.
#[derive(Debug, Default)]
pub struct Output {
    pub(crate) kind: OutputKind,
    pub(crate) buffer: Vec<u8>,
    carried: bool,
}

/// What was written.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) enum OutputKind {
    #[default]
    Null,
    /// The buffer holds UTF-8 text (JSON and decimal text too).
    Text,
    /// The buffer holds raw bytes.
    Bytes,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Date(i32),
    Time(i64),
    ZonedTime(i64, i32),
    Timestamp(i64),
    Interval(i32, i32, i64),
    Uuid([u8; 16]),
    Network(std::net::IpAddr, u8),
}

impl Output {
    /// Writes NULL.
    pub fn null(&mut self) {
        self.start(OutputKind::Null);
    }

    /// Starts a text (decimal and JSON text too): clears the buffer and returns it.
    pub fn text(&mut self) -> &mut Vec<u8> {
        self.start(OutputKind::Text);
        self.buffer.clear();
        &mut self.buffer
    }

    /// Starts raw bytes: clears the buffer and returns it.
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        self.start(OutputKind::Bytes);
        self.buffer.clear();
        &mut self.buffer
    }

    /// Writes a boolean.
    pub fn boolean(&mut self, value: bool) {
        self.start(OutputKind::Boolean(value));
    }

    /// Writes a whole number.
    pub fn integer(&mut self, value: i64) {
        self.start(OutputKind::Integer(value));
    }

    /// Writes a floating-point number.
    pub fn float(&mut self, value: f64) {
        self.start(OutputKind::Float(value));
    }

    /// Writes a date: days since 2000-01-01.
    pub fn date(&mut self, days: i32) {
        self.start(OutputKind::Date(days));
    }

    /// Writes a time of day in microseconds.
    pub fn time(&mut self, microseconds: i64) {
        self.start(OutputKind::Time(microseconds));
    }

    /// Writes a timestamp: microseconds since 2000-01-01.
    pub fn timestamp(&mut self, microseconds: i64) {
        self.start(OutputKind::Timestamp(microseconds));
    }

    /// Writes a time of day with its zone, in seconds west of Greenwich.
    pub fn zoned_time(&mut self, microseconds: i64, west: i32) {
        self.start(OutputKind::ZonedTime(microseconds, west));
    }

    /// Writes an interval.
    pub fn interval(&mut self, months: i32, days: i32, microseconds: i64) {
        self.start(OutputKind::Interval(months, days, microseconds));
    }

    /// Writes a uuid.
    pub fn uuid(&mut self, value: [u8; 16]) {
        self.start(OutputKind::Uuid(value));
    }

    /// Writes a network address.
    pub fn network(&mut self, address: std::net::IpAddr, prefix: u8) {
        self.start(OutputKind::Network(address, prefix));
    }

    /// Writes the value as it is, because it carries nothing that could be masked: an empty text, an infinite date.
    pub fn carry(&mut self, value: Value<'_>) {
        match value {
            Value::Text(text) | Value::Decimal(text) | Value::Json(text) => {
                self.text().extend_from_slice(text.as_bytes())
            }
            Value::Bytes(bytes) | Value::Mac(bytes) => self.bytes().extend_from_slice(bytes),
            Value::Boolean(value) => self.boolean(value),
            Value::Integer(value) => self.integer(value),
            Value::Float(value) => self.float(value),
            Value::Date(days) => self.date(days),
            Value::Time(microseconds) => self.time(microseconds),
            Value::ZonedTime(microseconds, west) => self.zoned_time(microseconds, west),
            Value::Timestamp(microseconds) => self.timestamp(microseconds),
            Value::Interval { months, days, microseconds } => self.interval(months, days, microseconds),
            Value::Uuid(value) => self.uuid(value),
            Value::Network(address, prefix) => self.network(address, prefix),
        }
        self.carried = true;
    }

    /// True if the value was left as it is because it carries nothing: such a field does not count as unchanged.
    pub fn carried(&self) -> bool {
        self.carried
    }

    fn start(&mut self, kind: OutputKind) {
        self.kind = kind;
        self.carried = false;
    }
}
