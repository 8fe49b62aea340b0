//! Choosing rows one by one: what the run must ask and decide where SQL alone cannot say which rows come.
//!
//! A draw by the key must not be in any statement, a subset follows references in both directions, and a cap counts:
//! such tables are chosen by the run. It holds sets of `(tableoid, ctid)` and no value of a row; the statements here
//! take such a set as their parameter, or none, and give pairs of rows that refer to each other.

mod link;
mod unit;

pub use link::{Follow, Link};
pub use unit::{Role, Unit};

use super::drawn;
use super::graph::{self, Edge, Graph};
use super::policy::Policies;
use super::removed::{Removed, end, from, refers_at_all};
use super::select;
use super::whole::Cover;
use crate::plan::Check;
use crate::rules::Orphan;
use crate::words::diagnostic::Diagnostic;

/// Everything that the run chooses.
#[derive(Debug, Clone, Default)]
pub struct Choosing {
    /// The tables.
    pub units: Vec<Unit>,
    /// The references between them.
    pub links: Vec<Link>,
    /// References to tables that arrive empty, which `refuse` that a row with one stays.
    pub bare: Vec<Bare>,
    /// Which tables of a subset come whole, once its roots are known to.
    pub cover: Cover,
    /// The greatest share of a table's rows that others' policies may take.
    pub orphaned_at_most: f64,
    /// Row ids in all sets together, each at most 16 bytes: a choice of more is refused.
    pub most: u64,
}

/// A reference to a table that arrives empty: no row that stays may have it.
#[derive(Debug, Clone)]
pub struct Bare {
    /// The referencing table's place.
    pub child: usize,
    /// Gives `tableoid, ctid` of the rows that have it, less those that go by what SQL can tell.
    pub sql: String,
    /// What is said if one of them stays.
    pub refused: Diagnostic,
}

/// Rows that are taken from a table.
#[derive(Debug, Clone)]
pub struct Draw {
    /// Gives `tableoid, ctid, state` and the texts of the key.
    pub sql: String,
    /// The condition that rows `t` meet, of a root that has one.
    pub condition: Option<String>,
    /// How many texts the key has.
    pub width: usize,
    /// Which of them are taken.
    pub take: Take,
    /// In words, for `plan --why`.
    pub words: String,
}

/// Which rows of a draw are taken.
#[derive(Clone)]
pub enum Take {
    /// All.
    All,
    /// Those whose drawn number is below a share of all numbers.
    Share(crate::mask::Domain, f64),
    /// So many, those of the smallest numbers.
    Rows(crate::mask::Domain, u64),
}

impl std::fmt::Debug for Take {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Take::All => "all",
            Take::Share(..) => "a share",
            Take::Rows(..) => "rows",
        })
    }
}

/// Row ids that a choice may hold: 4 GiB of them at their largest.
const MOST: u64 = 1 << 28;

/// Of a row: it stays, as far as the statement can tell.
pub const STAYS: i16 = 0;
/// `delete` removes it.
pub const DELETED: i16 = 1;
/// Its own policy removes it otherwise.
pub const EXPIRED: i16 = 2;
/// It refers to a row of a table outside of the choice that is removed.
pub const OUTSIDE: i16 = 3;
/// Added to the others: it is beyond the cap of its parent.
pub const BEYOND: i16 = 4;

/// What is chosen, probes of the catalog, and checks of the rows.
type Built = (Option<Choosing>, Vec<Check>, Vec<Check>);

impl Choosing {
    /// Writes everything that the run will ask; `None` where nothing is chosen.
    pub(super) fn build(graph: &Graph<'_>, policies: &Policies<'_>) -> Result<Built, Vec<Diagnostic>> {
        let chosen: Vec<usize> = (0..graph.units.len()).filter(|unit| graph.units[*unit].chosen).collect();
        let (mut probes, mut checks, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        if chosen.is_empty() {
            return Ok((None, probes, checks));
        }
        let mut units = Vec::new();
        for at in &chosen {
            let mut writer = drawn::Writer { graph, policies, probes: &mut probes, checks: &mut checks };
            match Unit::new(&mut writer, *at) {
                Ok(unit) => units.push(unit),
                Err(more) => faults.extend(more),
            }
        }
        let place = |unit: usize| chosen.binary_search(&unit).ok();
        let links = graph.links.iter().filter_map(|link| {
            let (parent, child) = (place(link.edge.parent)?, place(link.edge.child)?);
            Some(Link::new(graph, link, parent, child))
        });
        let bare = chosen.iter().enumerate().flat_map(|(child, at)| {
            graph.edges_into(*at, Orphan::Refuse).map(move |(_, edge)| bare(graph, edge, child))
        });
        let choosing = Choosing {
            links: links.collect(),
            bare: bare.collect(),
            cover: graph.cover.part(&chosen),
            units,
            orphaned_at_most: policies.orphaned_at_most,
            most: MOST,
        };
        if faults.is_empty() { Ok((Some(choosing), probes, checks)) } else { Err(faults) }
    }
}

impl Choosing {
    /// References into a table.
    pub fn links_from(&self, parent: usize) -> Vec<usize> {
        (0..self.links.len()).filter(|link| self.links[*link].parent == parent).collect()
    }

    /// References of a table.
    pub fn links_to(&self, child: usize) -> Vec<usize> {
        (0..self.links.len()).filter(|link| self.links[*link].child == child).collect()
    }
}

/// Rows that stay, as far as SQL can tell, and refer to a table that arrives empty.
fn bare(graph: &Graph<'_>, edge: &Edge<'_>, child: usize) -> Bare {
    let mut removed = Removed::new(graph);
    let mut conditions = graph.units[edge.child].own.kept();
    conditions.extend(removed.outside(edge.child, None));
    conditions.push(refers_at_all(edge));
    let sql = format!(
        "{}SELECT t.tableoid, t.ctid FROM {} AS t WHERE {}",
        removed.with(),
        from(end(graph, edge.child, edge.key.table)),
        all(&conditions)
    );
    Bare { child, sql, refused: select::refused_words(graph, edge) }
}

impl graph::Unit<'_> {
    /// The state of any row of it, as far as a statement can tell.
    pub(super) fn state(&self, outside: &[String]) -> String {
        let own = &self.own;
        if own.removed().is_none() && own.ours().is_none() && outside.is_empty() {
            return format!("{STAYS}::int2");
        }
        format!(
            "CASE WHEN {} THEN {DELETED} WHEN ({}) IS NOT TRUE THEN {EXPIRED} WHEN ({}) IS NOT TRUE THEN {OUTSIDE} ELSE {STAYS} END::int2",
            own.deleted(),
            all(&own.kept()),
            all(outside)
        )
    }
}

/// The state of a row that its own policy keeps.
pub(super) fn state_of(outside: &[String]) -> String {
    if outside.is_empty() {
        return format!("{STAYS}::int2");
    }
    format!("CASE WHEN {} THEN {STAYS} ELSE {OUTSIDE} END::int2", all(outside))
}

pub(super) fn all(conditions: &[String]) -> String {
    if conditions.is_empty() { "true".into() } else { conditions.join(" AND ") }
}
