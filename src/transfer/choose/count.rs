//! Counts of the tables whose rows are chosen.

use super::pool::Pool;
use super::stream::fault;
use crate::catalog::Oid;
use crate::plan::rows::choose::Choosing;
use crate::words::diagnostic::Place;
use crate::words::error::Result;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::HashMap;

/// By table, of each leaf that is read: rows at the source, deleted, expired, orphaned as far as SQL can tell.
pub type Counted = HashMap<usize, Vec<[u64; 4]>>;

/// Counts some tables; half of the sessions are left to whoever chooses rows meanwhile.
pub async fn count(pool: &Pool<'_>, plan: &Choosing, units: Vec<usize>) -> Result<Counted> {
    let counts = units.into_iter().map(async |unit| Ok((unit, one(pool, plan, unit).await?)));
    stream::iter(counts).buffer_unordered(pool.jobs().div_ceil(2)).try_collect().await
}

async fn one(pool: &Pool<'_>, plan: &Choosing, unit: usize) -> Result<Vec<[u64; 4]>> {
    let unit = &plan.units[unit];
    let mut counts = vec![[0; 4]; unit.leaves.len()];
    let Some(sql) = unit.count() else { return Ok(counts) };
    let session = pool.take().await?;
    let rows = session.client().query_typed(&sql, &[]).await;
    for row in rows.map_err(|error| fault(error, Place::from(&unit.table)))? {
        if let Some(leaf) = unit.leaf(row.get::<_, Oid>(0)) {
            counts[leaf] = std::array::from_fn(|at| row.get::<_, i64>(at + 1) as u64);
        }
    }
    Ok(counts)
}
