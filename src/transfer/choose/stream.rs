//! The results of long statements: as COPY, which costs both ends less a row than a query does.

use crate::catalog::Oid;
use crate::pg::copy::{Field, Format, Malformed, Rows};
use crate::pg::fault::Fault;
use crate::pg::session::Source;
use crate::pg::tid::Tid;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::TableName;
use futures_util::StreamExt;

type Parsed<T> = std::result::Result<T, Malformed>;

/// Runs a statement without parameters and hands over its rows of so many fields.
pub async fn stream(
    source: &Source,
    table: &TableName,
    (sql, width): (&str, usize),
    mut each: impl FnMut(Fields<'_>) -> Parsed<()>,
) -> Result<()> {
    let place = || Place::from(table);
    let malformed = |_| {
        let message = "the source sent a row that breaks the format of COPY";
        Error::failed(Diagnostic::error("source-choice", place(), message))
    };
    let copy = format!("COPY ({sql}) TO STDOUT (FORMAT binary)");
    let out = source.client().copy_out(&copy).await.map_err(|error| fault(error, place()))?;
    let mut out = std::pin::pin!(out);
    let mut rows = Rows::new(Format::Binary, width);
    while let Some(piece) = out.next().await {
        let piece = piece.map_err(|error| fault(error, place()))?;
        rows.feed(&piece, |bytes, _, fields| each(Fields { bytes, fields })).map_err(malformed)?;
    }
    rows.finish().map_err(malformed)
}

/// A statement of a choice went wrong.
pub fn fault(error: tokio_postgres::Error, place: Place) -> Error {
    Fault::rows(error).into_error("source-choice", place, "the source could not say which rows belong together")
}

/// The fields of a row of a stream.
pub struct Fields<'f> {
    bytes: &'f [u8],
    fields: &'f [Field],
}

impl<'f> Fields<'f> {
    fn field(&self, at: usize) -> Option<&'f [u8]> {
        self.fields[at].range().map(|range| &self.bytes[range])
    }

    /// An oid.
    pub fn oid(&self, at: usize) -> Parsed<Oid> {
        self.field(at).and_then(|field| field.try_into().ok()).map(u32::from_be_bytes).ok_or(Malformed)
    }

    /// A row id.
    pub fn tid(&self, at: usize) -> Parsed<Tid> {
        self.field(at).and_then(Tid::from_bytes).ok_or(Malformed)
    }

    /// A small number.
    pub fn number(&self, at: usize) -> Parsed<i16> {
        self.field(at).and_then(|field| field.try_into().ok()).map(i16::from_be_bytes).ok_or(Malformed)
    }

    /// A large number, if it is not NULL.
    pub fn wide(&self, at: usize) -> Parsed<Option<i64>> {
        let number = |field: &[u8]| field.try_into().map(i64::from_be_bytes).map_err(|_| Malformed);
        self.field(at).map(number).transpose()
    }

    /// A text, if it is not NULL.
    pub fn text(&self, at: usize) -> Parsed<Option<&'f str>> {
        self.field(at).map(|field| std::str::from_utf8(field).map_err(|_| Malformed)).transpose()
    }
}
