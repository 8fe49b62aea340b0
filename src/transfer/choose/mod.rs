//! Chooses rows one by one, before anything is written: samples, subsets, subjects to forget, and what refers to them.
//!
//! What is held is sets of row ids of the run's snapshot: no value of a row, at most 16 bytes each, usually two.

mod count;
mod pool;
mod read;
mod set;
mod stream;
mod subset;
mod walk;

pub use pool::Pool;
pub use set::{Packing, Row, Rowset};
pub use walk::Subjects;

use super::record::Counts;
use crate::catalog::Oid;
use crate::pg::tid::Tid;
use crate::plan::rows::Choosing;
use crate::plan::rows::choose::Role;
use crate::words::diagnostic::Diagnostic;
use crate::words::error::Result;
use crate::words::name::{Name, TableName};
use count::count;
use read::Reader;
use roaring::RoaringTreemap;
use std::collections::HashMap;
use walk::Walk;

/// The rows of one table with rows of its own.
#[derive(Debug, Clone)]
pub struct Choice {
    packing: Packing,
    /// Those that come, or those that do not.
    rows: RoaringTreemap,
    /// True if exactly these rows come; false if all but these do.
    only: bool,
    /// Columns that become NULL in these rows.
    pub nulls: Vec<(Vec<Name>, RoaringTreemap)>,
    /// What becomes of the table's rows.
    pub counts: Counts,
}

/// Everything that was chosen.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// By the oid of the table.
    pub tables: HashMap<Oid, Choice>,
    /// Tables of which every row comes as it is.
    pub whole: Vec<Oid>,
    /// Why rows come, of each table that a subset reaches.
    pub why: HashMap<TableName, Vec<(String, u64)>>,
    /// Per table of subjects: how many keys were given, how many are there, how many rows of all tables go with them.
    pub forgotten: HashMap<TableName, (u64, u64, u64)>,
    /// What somebody should look at.
    pub warnings: Vec<Diagnostic>,
    /// Why it cannot be done so, all reasons at once.
    pub refusals: Vec<Diagnostic>,
}

impl Choice {
    /// Does the row come, as far as the choice can tell.
    pub fn takes(&self, tid: Tid) -> bool {
        self.rows.contains(self.packing.pack(tid)) == self.only
    }

    /// Does every row of the table come as it is; one without rows is not told apart.
    fn is_whole(&self) -> bool {
        self.counts.source > 0 && self.counts.copied == self.counts.source && self.nulls.is_empty()
    }

    /// The rows that come, where they are few enough to be named, and no more than so many.
    pub fn named(&self, pages: u32, most: u64) -> Option<impl Iterator<Item = Tid>> {
        // Above a few rows a page, one pass over the table is cheaper than a visit to each row.
        let few = self.only && self.rows.len() < most.min(u64::from(pages) * FEW);
        few.then(|| self.rows.iter().map(|at| self.packing.unpack(at)))
    }

    /// The rows in which a column becomes NULL, one set for each reference.
    pub fn resets(&self, column: &Name) -> Vec<&RoaringTreemap> {
        self.nulls.iter().filter(|(names, _)| names.contains(column)).map(|(_, rows)| rows).collect()
    }

    /// Is the row in a set of this choice, as in [`Choice::nulls`].
    pub fn holds(&self, set: &RoaringTreemap, tid: Tid) -> bool {
        set.contains(self.packing.pack(tid))
    }
}

/// Rows a page up to which they are read by their ids.
const FEW: u64 = 16;

/// Chooses the rows of every table of a plan.
///
/// Which session answers first decides nothing: what is chosen, and what is said of it, is the same with any pool.
pub async fn choose(pool: Pool<'_>, plan: &Choosing, subjects: &Subjects) -> Result<Choices> {
    let choices = chosen(&pool, plan, subjects).await;
    pool.end(choices.is_err()).await;
    choices
}

async fn chosen(pool: &Pool<'_>, plan: &Choosing, subjects: &Subjects) -> Result<Choices> {
    let mut reader = Reader::new(pool, plan).await?;
    let mut walk = Walk::new(plan);
    walk.draw(&mut reader).await?;
    let mut counted = count(pool, plan, walk.may_be_whole()).await?;
    walk.cover(&counted);
    let partly = |unit: &usize| walk.roles[*unit] != Role::Whole && !counted.contains_key(unit);
    let partly = (0..plan.units.len()).filter(partly).collect();
    let (others, ()) = tokio::try_join!(count(pool, plan, partly), walk.run(&mut reader, subjects))?;
    counted.extend(others);
    let mut refusals = walk.refusals(&reader).await?;
    let mut choices = Choices::default();
    let forgotten = walk.forgotten();
    for unit in 0..plan.units.len() {
        let leaves = plan.units[unit].leaves.iter().map(|(oid, _)| *oid);
        if walk.roles[unit] == Role::Whole {
            choices.whole.extend(leaves);
            continue;
        }
        let counts = counted.remove(&unit).unwrap_or_default();
        let mut sum = Counts::default();
        for (leaf, (oid, counted)) in leaves.zip(counts).enumerate() {
            let choice = choice(&mut walk, reader.packing(), unit, leaf, counted);
            sum.add(&choice.counts);
            if choice.is_whole() {
                choices.whole.push(oid);
            }
            choices.tables.insert(oid, choice);
        }
        if sum.orphaned as f64 > sum.source as f64 * plan.orphaned_at_most {
            refusals.push(plan.units[unit].orphaned.clone());
        }
        let name = &plan.units[unit].table;
        choices.why.insert(name.clone(), std::mem::take(&mut walk.why[unit]));
        if let Some(keys) = subjects.get(&unit) {
            let given = keys.first().map_or(0, Vec::len) as u64;
            choices.forgotten.insert(name.clone(), (given, walk.found[unit].len() as u64, forgotten));
        }
    }
    choices.warnings = walk.warnings;
    refusals.sort_by_key(|refusal| refusal.place.to_string());
    refusals.dedup();
    choices.refusals = refusals;
    Ok(choices)
}

/// The rows of one leaf, and what becomes of all of them.
fn choice(
    walk: &mut Walk<'_>,
    packing: Packing,
    unit: usize,
    leaf: usize,
    [source, deleted, expired, outside]: [u64; 4],
) -> Choice {
    let own = source - deleted - expired;
    let gone = walk.gone[unit].take_leaf(leaf);
    let subjects = walk.subjects[unit].take_leaf(leaf);
    let sample = walk.samples[unit].as_mut().map(|sample| sample.take_leaf(leaf));
    let forgotten = subjects.len().min(own);
    let sampled = sample.as_ref().map_or(0, |sample| own - (sample | &subjects).len());
    let mut counts = Counts { source, deleted: deleted + forgotten, expired, sampled, ..Counts::default() };
    let orphans = (&gone - &subjects).len();
    let only = walk.explicit(unit);
    let rows = if only {
        let kept = walk.kept[unit].take_leaf(leaf);
        counts.orphaned = orphans;
        counts.copied = kept.len();
        counts.unreached = (own - forgotten).saturating_sub(sampled + counts.orphaned + counts.copied);
        kept
    } else {
        // What SQL can tell of a sample is in the set already; rows outside of the sample are not orphans.
        let twice = walk.outside[unit].take_leaf(leaf).len();
        counts.orphaned = orphans + if sample.is_some() { 0 } else { outside.saturating_sub(twice) };
        counts.copied = (own - forgotten).saturating_sub(sampled + counts.orphaned);
        gone
    };
    let (only, rows) = match sample {
        Some(sample) if !only => (true, sample - rows),
        _ => (only, rows),
    };
    let nulls = walk.resets(unit, leaf);
    Choice { packing, rows, only, nulls, counts }
}

impl Walk<'_> {
    /// The columns that become NULL in rows of a leaf.
    fn resets(&mut self, unit: usize, leaf: usize) -> Vec<(Vec<Name>, RoaringTreemap)> {
        let links = self.plan.links.iter().enumerate().filter(|(_, link)| link.child == unit && !link.reset.is_empty());
        let links: Vec<(usize, Vec<Name>)> = links.map(|(at, link)| (at, link.reset.clone())).collect();
        let rows = links.into_iter().map(|(at, reset)| (reset, self.nulls[at].take_leaf(leaf)));
        rows.filter(|(_, rows)| !rows.is_empty()).collect()
    }
}
