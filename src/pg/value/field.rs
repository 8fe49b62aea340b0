//! A column's way of reading and writing fields, made once per column.

use super::{Malformed, Output, Value, binary, text};
use crate::pg::types::{BaseType, PgType, TypeKind};

/// How fields of a type are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldType {
    pub(super) form: Form,
}

/// Types that are read alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Characters as they are: text, varchar, name, citext, enums, xml.
    Text,
    /// char(n): blanks at the end do not count.
    Padded,
    Boolean,
    /// Whole numbers of so many bytes.
    Integer(u8),
    Oid,
    Float4,
    Float8,
    Numeric,
    Money,
    Date,
    Time,
    ZonedTime,
    /// timestamp (false) and timestamptz (true).
    Timestamp(bool),
    Interval,
    Uuid,
    /// inet (false) and cidr (true).
    Network(bool),
    /// macaddr and macaddr8, by bytes.
    Mac(u8),
    Json,
    Jsonb,
    Bytea,
    Bits,
    /// Everything else: printed text in text format, raw bytes in binary.
    Raw,
}

impl FieldType {
    /// The way of a type.
    pub fn of(ty: &PgType) -> Self {
        let form = match (&ty.base().kind, ty.base_type()) {
            (TypeKind::Enum(_), _) => Form::Text,
            (_, Some(base)) => Form::of(base),
            _ => Form::Raw,
        };
        FieldType { form }
    }

    /// Reads a field of binary COPY.
    pub fn decode_binary<'a>(&self, bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<Value<'a>, Malformed> {
        binary::decode(self.form, bytes, scratch)
    }

    /// Reads a field of text COPY, its escapes already taken out.
    pub fn decode_text<'a>(&self, bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<Value<'a>, Malformed> {
        text::decode(self.form, bytes, scratch)
    }

    /// Writes a field of binary COPY after what is in the buffer; false: NULL, nothing was written.
    pub fn encode_binary(&self, output: &Output, to: &mut Vec<u8>) -> Result<bool, Malformed> {
        binary::encode(self.form, output, to)
    }

    /// Writes a field of text COPY, without escapes, after what is in the buffer; false: NULL, nothing was written.
    pub fn encode_text(&self, output: &Output, to: &mut Vec<u8>) -> Result<bool, Malformed> {
        text::encode(self.form, output, to)
    }
}

impl Form {
    fn of(base: BaseType) -> Self {
        match base {
            BaseType::Text | BaseType::Varchar | BaseType::Name | BaseType::Citext | BaseType::Xml => Form::Text,
            BaseType::Bpchar => Form::Padded,
            BaseType::Char => Form::Text,
            BaseType::Bool => Form::Boolean,
            BaseType::Int2 => Form::Integer(2),
            BaseType::Int4 => Form::Integer(4),
            BaseType::Int8 => Form::Integer(8),
            BaseType::Oid => Form::Oid,
            BaseType::Float4 => Form::Float4,
            BaseType::Float8 => Form::Float8,
            BaseType::Numeric => Form::Numeric,
            BaseType::Money => Form::Money,
            BaseType::Date => Form::Date,
            BaseType::Time => Form::Time,
            BaseType::Timetz => Form::ZonedTime,
            BaseType::Timestamp => Form::Timestamp(false),
            BaseType::Timestamptz => Form::Timestamp(true),
            BaseType::Interval => Form::Interval,
            BaseType::Uuid => Form::Uuid,
            BaseType::Inet => Form::Network(false),
            BaseType::Cidr => Form::Network(true),
            BaseType::Macaddr => Form::Mac(6),
            BaseType::Macaddr8 => Form::Mac(8),
            BaseType::Json => Form::Json,
            BaseType::Jsonb => Form::Jsonb,
            BaseType::Bytea => Form::Bytea,
            BaseType::Bit | BaseType::Varbit => Form::Bits,
            BaseType::Tsvector
            | BaseType::Tsquery
            | BaseType::Geometric
            | BaseType::System
            | BaseType::Hstore
            | BaseType::Ltree => Form::Raw,
        }
    }
}

/// Text if it is UTF-8, else bytes.
pub(super) fn text_or_bytes(bytes: &[u8]) -> Value<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Text(text),
        Err(_) => Value::Bytes(bytes),
    }
}

/// A text without the blanks that char(n) adds.
pub(super) fn without_padding(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1);
    &bytes[..end]
}
