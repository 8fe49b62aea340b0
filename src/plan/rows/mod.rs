//! Which rows come: policies → one SELECT per table, closed under every foreign key.
//!
//! Rows are removed by their own table's policy, or because a row that they refer to is. [`graph`] says which tables
//! can lose rows and through which references; [`removed`] writes the set of removed rows of each as SQL; [`select`]
//! puts the two together per table. A row is known by `(tableoid, ctid)` within the run's snapshot, so a table needs no
//! key; no value of a row is in any statement, and nothing is written at the source: a hot standby will do.
//!
//! Chains and diamonds become semi-joins over one common table expression per table, so the text and the work grow with
//! the number of references. Tables that refer to each other in a circle share one recursive expression over an edge
//! list that hash joins have computed once; it is linear in the edges, however deep a tree is.

pub mod choose;
mod counts;
mod drawn;
mod estimate;
mod graph;
mod orphans;
mod policy;
mod reach;
mod relations;
mod removed;
mod select;
pub mod whole;

pub use counts::Counts;
pub use drawn::{key, keyed};
pub use estimate::Estimate;
pub use policy::{Policies, Policy};

use super::{Check, Rows};
use crate::catalog::Oid;
use crate::words::diagnostic::Diagnostic;
pub use choose::Choosing;
use std::collections::BTreeMap;

/// Settings of every session that runs a selection or a check.
///
/// Estimates of removed rows are guesses: a nested loop that believes them is quadratic, a hash join never is. A leaf
/// partition that retention excludes is not read, with `constraint_exclusion`.
pub const SESSION: &str = "SET enable_nestloop = off; SET enable_hashjoin = on; SET enable_mergejoin = on; \
    SET enable_hashagg = on; SET constraint_exclusion = on; SET enable_partition_pruning = on; SET jit = off; \
    SET work_mem = '32MB'";

/// Setting of a session that reads rows by their ids: visits in the order of the pages are cheaper than the planner thinks.
pub const NAMED: &str = "SET LOCAL enable_seqscan = off";

/// Which rows come, of every table.
#[derive(Debug, Clone)]
pub struct RowPlan {
    /// By oid: every table that holds rows of its own, leaf partitions and foreign tables included.
    pub tables: BTreeMap<Oid, Rows>,
    /// What is asked of the source's catalog; no row is read.
    pub probes: Vec<Check>,
    /// What is asked of its rows before the first is copied.
    pub checks: Vec<Check>,
    /// Partitions of tables with `retain`, each with the SELECT of the rows that are young enough.
    pub aged: Vec<(Oid, String)>,
    /// What the run chooses row by row; `None`: SQL alone says which rows come.
    pub choosing: Option<Choosing>,
    /// What statistics say of all that.
    pub estimate: Estimate,
}

/// Settings of a session that chooses rows: ids of rows make estimates good, and few rows go by an index.
pub const CHOOSING: &str = "SET enable_nestloop = on; SET random_page_cost = 1.5; SET work_mem = '64MB'";

/// Finds the rows of every table, or every reason why that cannot be.
pub fn select(policies: &Policies<'_>) -> Result<RowPlan, Vec<Diagnostic>> {
    let (soft, mut probes) = relations::bind(policies)?;
    let (graph, more) = graph::Graph::build(policies, &soft)?;
    let (choosing, of_draws, contradictions) = Choosing::build(&graph, policies)?;
    probes.extend(more.into_iter().chain(of_draws));
    let mut checks = select::checks(&graph, policies.orphaned_at_most);
    checks.extend(contradictions);
    let estimate = Estimate::new(&graph, choosing.as_ref());
    Ok(RowPlan { tables: select::tables(&graph), probes, checks, aged: select::aged(&graph), choosing, estimate })
}
