//! Rows on their way into a table: COPY inside a savepoint, or one statement for tables that refer to each other.

use super::row::Row;
use crate::mask::{Family, Output};
use crate::pg::copy::Format;
use crate::pg::fault::Fault;
use crate::pg::session::Target;
use crate::pg::{copy_binary, copy_text};
use crate::plan::seed::TableSeed;
use crate::words::name::literal;
use bytes::Bytes;
use futures_util::SinkExt as _;

/// Rows as a statement takes them.
pub enum Encoded {
    /// So many rows of a table without columns.
    Bare(usize),
    /// The bytes of COPY.
    Copy(Format, Vec<u8>),
}

/// Writes rows as COPY takes them.
pub fn encode<'r>(seed: &TableSeed, rows: impl IntoIterator<Item = &'r Row, IntoIter: Clone>) -> Encoded {
    let rows = rows.into_iter();
    if seed.columns.is_empty() {
        return Encoded::Bare(rows.count());
    }
    match binary(seed, rows.clone()) {
        Some(bytes) => Encoded::Copy(Format::Binary, bytes),
        None => Encoded::Copy(Format::Text, text(rows)),
    }
}

/// Stores rows, all or none; says how many the table took.
pub async fn copy(target: &Target, seed: &TableSeed, rows: Encoded) -> Result<u64, Fault> {
    let (format, bytes) = match rows {
        Encoded::Copy(format, bytes) => (format, bytes),
        Encoded::Bare(count) => {
            // COPY takes no empty list of columns.
            let rows = format!("SELECT FROM pg_catalog.generate_series(1, {count})");
            let statement = format!("INSERT INTO {} {rows}", seed.name.sql());
            return within(target, async { target.client().execute(&statement, &[]).await.map_err(Fault::rows) }).await;
        }
    };
    let statement = format!("COPY {} ({}) FROM STDIN (FORMAT {})", seed.name.sql(), columns(seed), format.word());
    within(target, async {
        let sink = target.client().copy_in::<_, Bytes>(&statement).await.map_err(Fault::rows)?;
        let mut sink = std::pin::pin!(sink);
        sink.send(Bytes::from(bytes)).await.map_err(Fault::rows)?;
        sink.finish().await.map_err(Fault::rows)
    })
    .await
}

/// Stores the rows of several tables in one statement, at whose end their references are looked at.
pub async fn together(target: &Target, tables: &[(&TableSeed, &[Row])]) -> Result<u64, Fault> {
    let insert = |(at, (seed, rows)): (usize, &(&TableSeed, &[Row]))| {
        let values: Vec<String> = rows
            .iter()
            .map(|row| {
                let fields = row.iter().map(|field| field.as_deref().map_or_else(|| "NULL".to_owned(), literal));
                format!("({})", fields.collect::<Vec<_>>().join(", "))
            })
            .collect();
        let (table, columns) = (seed.name.sql(), columns(seed));
        format!("t{at} AS (INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE VALUES {})", values.join(", "))
    };
    let filled = tables.iter().filter(|(_, rows)| !rows.is_empty()).enumerate();
    let inserts: Vec<String> = filled.map(insert).collect();
    if inserts.is_empty() {
        return Ok(0);
    }
    let statement = format!("WITH {} SELECT 1", inserts.join(", "));
    within(target, async { target.client().batch_execute(&statement).await.map(|()| 0).map_err(Fault::rows) }).await
}

fn columns(seed: &TableSeed) -> String {
    seed.columns.iter().map(|column| column.name.sql()).collect::<Vec<_>>().join(", ")
}

async fn within(target: &Target, work: impl Future<Output = Result<u64, Fault>>) -> Result<u64, Fault> {
    target.client().batch_execute("SAVEPOINT seed").await.map_err(Fault::rows)?;
    let result = work.await;
    let end =
        if result.is_ok() { "RELEASE SAVEPOINT seed" } else { "ROLLBACK TO SAVEPOINT seed; RELEASE SAVEPOINT seed" };
    let ended = target.client().batch_execute(end).await;
    let count = result?;
    ended.map_err(Fault::rows)?;
    Ok(count)
}

fn text<'r>(rows: impl Iterator<Item = &'r Row>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in rows {
        for (at, field) in row.iter().enumerate() {
            if at > 0 {
                bytes.push(b'\t');
            }
            match field {
                Some(field) => copy_text::escape(field.as_bytes(), &mut bytes),
                None => copy_text::null(&mut bytes),
            }
        }
        bytes.push(b'\n');
    }
    bytes
}

/// The rows in binary, if every type of theirs has a form that is known.
fn binary<'r>(seed: &TableSeed, rows: impl Iterator<Item = &'r Row>) -> Option<Vec<u8>> {
    let known = |family| {
        use Family::{Bit, Composite, Hstore, Xml};
        !matches!(family, Bit | Composite | Hstore | Xml)
    };
    if !seed.binary || !seed.columns.iter().all(|column| column.family.is_some_and(known)) {
        return None;
    }
    let mut bytes = copy_binary::HEADER.to_vec();
    let (mut output, mut scratch) = (Output::default(), Vec::new());
    for row in rows {
        copy_binary::begin(row.len(), &mut bytes);
        for (column, field) in seed.columns.iter().zip(row.iter()) {
            let Some(field) = field else {
                copy_binary::null(&mut bytes);
                continue;
            };
            output.carry(column.field.decode_text(field.as_bytes(), &mut scratch).ok()?);
            copy_binary::field(&mut bytes, |to| column.field.encode_binary(&output, to)).ok()?;
        }
    }
    bytes.extend_from_slice(copy_binary::TRAILER);
    Some(bytes)
}
