//! Tables whose rows are chosen: their draws, and what is counted of them.

use super::{Draw, all};
use crate::catalog::Oid;
use crate::plan::rows::graph::Reach;
use crate::plan::rows::removed::Removed;
use crate::plan::rows::{drawn, select};
use crate::words::diagnostic::Diagnostic;
use crate::words::name::{Name, TableName};

/// A table, or a partitioned table with its partitions, whose rows are chosen.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The table.
    pub table: TableName,
    /// Tables with rows of their own, by oid.
    pub leaves: Vec<(Oid, TableName)>,
    /// What a subset makes of it.
    pub role: Role,
    /// `sample:`: rows outside of it do not come.
    pub sample: Option<Draw>,
    /// Where the subset begins.
    pub roots: Vec<Draw>,
    /// Finds the rows of subjects: as many text arrays as the key has columns; gives `tableoid, ctid, place in the arrays, state`.
    pub subjects: Option<String>,
    /// The columns by which subjects are named.
    pub key: Vec<Name>,
    /// Leaves that `retain` excludes as a whole: they are not read, by their places.
    pub unread: Vec<usize>,
    /// `WITH …`, what is counted, and the condition that makes rows ours.
    counting: [String; 3],
    /// Rows, by the planner's statistics.
    pub estimated_rows: f64,
    /// Parents come before their children, as far as there is such an order.
    pub order: usize,
    /// It can lose rows through conditions that SQL tells: a parent's state must be read.
    pub conditional: bool,
    /// What is said when others' policies take too much of it.
    pub orphaned: Diagnostic,
}

/// What a subset makes of a table whose rows are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// No root reaches it: what is not removed comes.
    Apart,
    /// Every row belongs to the subset.
    Whole,
    /// Rows come that a root brings along.
    Reached,
    /// Rows come that others require.
    Required,
}

impl Unit {
    /// Writes the draws and the count of a table.
    pub(super) fn new(writer: &mut drawn::Writer<'_, '_>, at: usize) -> Result<Self, Vec<Diagnostic>> {
        let graph = writer.graph;
        let unit = &graph.units[at];
        let mut removed = Removed::new(graph);
        let outside = removed.outside(at, None);
        let own = &unit.own;
        let kept = all(&own.kept());
        let ours = own.ours().map_or_else(String::new, |ours| format!(" WHERE {ours}"));
        let filter = |condition: &str| match condition {
            "false" => "0::int8".to_owned(),
            condition => format!("pg_catalog.count(*) FILTER (WHERE {condition})"),
        };
        let orphaned =
            if outside.is_empty() { "false".into() } else { format!("({kept}) AND NOT ({})", all(&outside)) };
        let counts = [filter(&own.deleted()), filter(&own.expired()), filter(&orphaned)].join(", ");
        let counting = [removed.with(), format!("pg_catalog.count(*), {counts}"), ours];
        let (sample, roots) = (writer.sample(at), writer.roots(at));
        let (sample, roots) = match (sample, roots) {
            (Ok(sample), Ok(roots)) => (sample, roots),
            (sample, roots) => return Err([sample.err(), roots.err()].into_iter().flatten().flatten().collect()),
        };
        Ok(Unit {
            table: unit.table.name.clone(),
            leaves: unit.leaves.iter().map(|leaf| (leaf.oid, leaf.name.clone())).collect(),
            role: match unit.reach {
                Reach::Apart => Role::Apart,
                Reach::Whole => Role::Whole,
                Reach::Reached => Role::Reached,
                Reach::Required => Role::Required,
            },
            sample,
            roots,
            subjects: if unit.forgets > 0 { Some(drawn::subjects(graph, at)?) } else { None },
            key: drawn::key(unit.table),
            unread: Vec::new(),
            counting,
            estimated_rows: unit.leaves.iter().map(|leaf| leaf.estimated_rows.max(0.0)).sum(),
            order: unit.group,
            conditional: own.removed().is_some() || !outside.is_empty(),
            orphaned: select::orphaned_words(graph, at, writer.policies.orphaned_at_most),
        })
    }

    /// The place of a leaf.
    pub fn leaf(&self, oid: Oid) -> Option<usize> {
        self.leaves.binary_search_by_key(&oid, |(oid, _)| *oid).ok()
    }

    /// Gives per leaf that is read: its oid, rows at the source, deleted, expired, and orphaned as far as SQL can tell.
    pub fn count(&self) -> Option<String> {
        let [with, counts, ours] = &self.counting;
        let read = self.leaves.iter().enumerate().filter(|(at, _)| !self.unread.contains(at));
        let count = |(oid, leaf): &(Oid, TableName)| {
            format!("SELECT {oid}::pg_catalog.oid, {counts} FROM ONLY {} AS t{ours}", leaf.sql())
        };
        let counts: Vec<String> = read.map(|(_, leaf)| count(leaf)).collect();
        (!counts.is_empty()).then(|| format!("{with}{}", counts.join(" UNION ALL ")))
    }
}
