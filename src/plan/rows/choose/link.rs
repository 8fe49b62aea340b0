//! References between chosen tables: the statements that give pairs of rows, in both directions.

use super::{BEYOND, all, state_of};
use crate::catalog::{BaseType, Oid, Table};
use crate::plan::rows::graph::{self, Graph};
use crate::plan::rows::removed::{Removed, among, end, from, key_name};
use crate::plan::rows::{drawn, select};
use crate::rules::Orphan;
use crate::words::diagnostic::Diagnostic;
use crate::words::name::{Name, TableName};

/// A reference between two chosen tables.
#[derive(Debug, Clone)]
pub struct Link {
    /// The referenced table's place.
    pub parent: usize,
    /// The referencing table's place.
    pub child: usize,
    /// As in `public.orders.user_id`.
    pub words: String,
    /// What the removal of a parent does: it was deleted, forgotten, or is gone for another reason.
    pub deleted: Orphan,
    /// A forgotten parent.
    pub forgotten: Orphan,
    /// A parent that is gone otherwise.
    pub other: Orphan,
    /// Children follow a parent in the subset.
    pub follow: Follow,
    /// Where one whole number refers to another: what gives `tableoid, ctid, number` of the parents, and
    /// `tableoid, ctid, state, number` of the children that their own policy keeps.
    pub numbers: Option<[String; 2]>,
    /// The columns that `set_null` resets.
    pub reset: Vec<Name>,
    /// What is said when `refuse` finds a row.
    pub refused: Diagnostic,
    /// Leaves of the parent and the child that the reference is about; `None`: all.
    pub parent_leaves: Option<Vec<usize>>,
    /// Of the child.
    pub child_leaves: Option<Vec<usize>>,
    with: String,
    parent_columns: String,
    child_columns: String,
    on: String,
    parent_from: String,
    child_from: String,
    child_kept: String,
    child_outside: String,
    child_state: String,
    parent_state: String,
    when: String,
    rank: Option<(String, String)>,
}

/// Which children follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// All of them.
    All,
    /// None for this reason.
    None,
    /// Some of each parent; the others may not come.
    Capped,
}

impl Link {
    /// Writes the statements of a reference.
    pub(super) fn new(graph: &Graph<'_>, link: &graph::Link<'_>, parent: usize, child: usize) -> Self {
        let edge = &link.edge;
        let (over, under) = (&graph.units[edge.parent], &graph.units[edge.child]);
        let mut removed = Removed::new(graph);
        let child_outside = removed.outside(edge.child, None);
        let parent_outside = removed.outside(edge.parent, None);
        let mut child_kept = under.own.kept();
        child_kept.extend(edge.when());
        let mut pairs: Vec<usize> = edge.pairs.iter().map(|pair| pair.parent).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let columns = |number: &usize| format!(", t.{} AS {}", over.keys[*number].sql(), key_name(*number));
        let values = edge.pairs.iter().enumerate().map(|(at, pair)| format!(", {} AS f{at}", pair.value));
        let on: Vec<String> =
            edge.pairs.iter().enumerate().map(|(at, pair)| pair.compare("p", &format!("c.f{at}"))).collect();
        let column = edge.pairs.first().map(|pair| under.table.name.column(pair.child).to_string()).unwrap_or_default();
        let leaves = |unit: &graph::Unit<'_>, part: &Option<Vec<Oid>>| {
            let place = |oid: &Oid| unit.leaves.iter().position(|leaf| leaf.oid == *oid);
            part.as_ref().map(|part| part.iter().filter_map(place).collect::<Vec<_>>())
        };
        if let Some(leaves) = &edge.child_leaves {
            child_kept.push(among("t.tableoid", leaves));
        }
        let rank = rank(link.follow, under.table);
        let (with, child_state, child_kept) = (removed.with(), state_of(&child_outside), all(&child_kept));
        let (parent_from, child_from) =
            (from(end(graph, edge.parent, edge.key.references)), from(end(graph, edge.child, edge.key.table)));
        let numbers = numbers(edge, over, under).filter(|_| rank.is_none()).map(|(key, reference)| {
            [
                format!("SELECT t.tableoid, t.ctid, t.{key}::pg_catalog.int8 FROM {parent_from} AS t"),
                format!(
                    "{with}SELECT t.tableoid, t.ctid, {child_state}, t.{reference}::pg_catalog.int8 FROM {child_from} AS t WHERE {child_kept}"
                ),
            ]
        });
        Link {
            parent,
            child,
            words: column,
            deleted: link.deleted,
            forgotten: link.forgotten,
            other: edge.action,
            follow: match link.follow {
                graph::Follow::All => Follow::All,
                graph::Follow::None => Follow::None,
                graph::Follow::Newest(..) => Follow::Capped,
            },
            numbers,
            reset: edge.reset.clone(),
            refused: select::refused_words(graph, edge),
            parent_leaves: leaves(over, &edge.parent_leaves),
            child_leaves: leaves(under, &edge.child_leaves),
            with,
            parent_columns: pairs.iter().map(columns).collect(),
            child_columns: values.collect(),
            on: on.join(" AND "),
            parent_from,
            child_from,
            child_kept,
            child_state,
            child_outside: all(&child_outside),
            parent_state: over.state(&parent_outside),
            when: edge.when().map_or_else(String::new, |when| format!(" AND {when}")),
            rank,
        }
    }

    /// Pairs `child's tableoid, ctid, parent's tableoid, ctid, child's state` of the children, kept by their own policy, of some parents.
    ///
    /// The parents are those of these leaves in as many arrays of row ids, or all where there are none.
    pub fn down(&self, leaves: Option<&[&TableName]>) -> String {
        let parents = match leaves {
            Some(leaves) => given(leaves, &self.parent_columns, ""),
            None => {
                format!("SELECT t.tableoid AS o, t.ctid AS c{} FROM {} AS t", self.parent_columns, self.parent_from)
            }
        };
        let (order, rank) = self.rank.as_ref().map_or(("", ""), |(order, rank)| (order, rank));
        format!(
            "{}SELECT c.o, c.c, p.o, p.c, (c.s{rank})::int2 FROM ({parents}) AS p JOIN \
             (SELECT t.tableoid AS o, t.ctid AS c, {} AS s{}{order} FROM {} AS t WHERE {}) AS c ON {}",
            self.with, self.child_state, self.child_columns, self.child_from, self.child_kept, self.on
        )
    }

    /// The same pairs with the parent's state, of some children, or of all that stay as far as SQL can tell.
    pub fn up(&self, leaves: Option<&[&TableName]>) -> String {
        let children = match leaves {
            Some(leaves) => given(leaves, &self.child_columns, &self.when),
            None => format!(
                "SELECT t.tableoid AS o, t.ctid AS c{} FROM {} AS t WHERE {} AND {}",
                self.child_columns, self.child_from, self.child_kept, self.child_outside
            ),
        };
        format!(
            "{}SELECT c.o, c.c, p.o, p.c, p.s FROM ({children}) AS c JOIN \
             (SELECT t.tableoid AS o, t.ctid AS c, {} AS s{} FROM {} AS t) AS p ON {}",
            self.with, self.parent_state, self.parent_columns, self.parent_from, self.on
        )
    }
}

/// What a cap needs of each child, and what it adds to the state of those beyond it.
fn rank(follow: graph::Follow<'_>, under: &Table) -> Option<(String, String)> {
    let graph::Follow::Newest(most, by) = follow else { return None };
    let key = drawn::key(under);
    let columns: String = key.iter().enumerate().map(|(at, name)| format!(", t.{} AS i{at}", name.sql())).collect();
    let ties: String = (0..key.len()).map(|at| format!("c.i{at} DESC, ")).collect();
    Some((
        format!(", t.{} AS standin_by{columns}", by.sql()),
        format!(
            " + CASE WHEN pg_catalog.row_number() OVER (PARTITION BY p.o, p.c ORDER BY c.standin_by DESC NULLS LAST, {ties}c.o, c.c) > {most} \
             THEN {BEYOND} ELSE 0 END"
        ),
    ))
}

/// The key and the column that refers to it, in SQL, where both are whole numbers and there is no other.
fn numbers(edge: &graph::Edge<'_>, over: &graph::Unit<'_>, under: &graph::Unit<'_>) -> Option<(String, String)> {
    let [pair] = edge.pairs.as_slice() else { return None };
    let key = over.keys.get(pair.parent)?;
    let whole = |table: &Table, name: &Name| {
        let ty = table.column(name).and_then(|column| column.ty.base_type());
        matches!(ty, Some(BaseType::Int2 | BaseType::Int4 | BaseType::Int8))
    };
    let plain = pair.as_text.is_none() && pair.value == format!("t.{}", pair.child.sql());
    (plain && whole(over.table, key) && whole(under.table, pair.child)).then(|| (key.sql(), pair.child.sql()))
}

/// Rows of leaves by their ids, one parameter for each leaf.
///
/// OFFSET 0 keeps each id a visit to its row: the planner takes one such visit for a random read, and would rather read
/// the whole table, but the ids come in the order of the pages.
fn given(leaves: &[&TableName], columns: &str, when: &str) -> String {
    let leaf = |(at, leaf): (usize, &&TableName)| {
        format!(
            "SELECT r.* FROM pg_catalog.unnest(${}) AS g(id), LATERAL \
             (SELECT t.tableoid AS o, t.ctid AS c{columns} FROM ONLY {} AS t WHERE t.ctid = g.id{when} OFFSET 0) AS r",
            at + 1,
            leaf.sql()
        )
    };
    leaves.iter().enumerate().map(leaf).collect::<Vec<_>>().join(" UNION ALL ")
}
