//! References between tables: what they compare, and what the removal of a parent does.

use super::Unit;
use crate::catalog::{Catalog, ForeignKey, Oid, Table};
use crate::plan::rows::policy::Own;
use crate::plan::rows::relations::{Soft, Text};
use crate::rules::Orphan;
use crate::words::name::Name;

/// What one kind of removal in the parent does to rows of the child.
#[derive(Clone)]
pub(in crate::plan::rows) struct Edge<'a> {
    pub key: &'a ForeignKey,
    pub parent: usize,
    pub child: usize,
    pub action: Orphan,
    pub cause: Cause,
    /// The referencing table, when it is not the child as a whole: its leaves.
    pub child_leaves: Option<Vec<Oid>>,
    /// The referenced table, when it is not the parent as a whole: its leaves.
    pub parent_leaves: Option<Vec<Oid>>,
    pub pairs: Vec<Pair<'a>>,
    /// The columns that `set_null` resets.
    pub reset: Vec<Name>,
    /// It holds for rows `t` of the child for which this is TRUE.
    pub when: Option<&'a str>,
}

/// Which removed rows of the parent an edge is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan::rows) enum Cause {
    Any,
    /// Those that `delete` removes.
    Deleted,
    /// Those that `delete` does not remove.
    Other,
}

/// One pair of columns of a reference.
#[derive(Clone)]
pub(in crate::plan::rows) struct Pair<'a> {
    pub child: &'a Name,
    /// What of a row `t` of the child refers.
    pub value: String,
    /// The place in the parent's `keys`.
    pub parent: usize,
    pub operator: &'a str,
    /// The key's collation, where the child's is another: by it a key decides what is equal.
    pub collation: Option<&'a str>,
    /// Both are compared as texts, in this way.
    pub as_text: Option<Text>,
}

/// One reference between two units whose rows are chosen.
pub(in crate::plan::rows) struct Link<'a> {
    /// The reference; its action is that of a parent that is neither deleted nor forgotten, but gone.
    pub edge: Edge<'a>,
    /// What a deleted parent does.
    pub deleted: Orphan,
    /// What a forgotten parent does.
    pub forgotten: Orphan,
    /// Children follow their parent.
    pub follow: Follow<'a>,
}

/// Which children follow a parent that is in the subset.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::plan::rows) enum Follow<'a> {
    All,
    None,
    Newest(u64, &'a Name),
}

/// The leaves under one end of a key, if that is less than the whole unit.
pub(super) fn part(catalog: &Catalog, unit: &Unit<'_>, end: Oid) -> Option<Vec<Oid>> {
    let below = |leaf: &&&Table| {
        let mut table: &Table = leaf;
        loop {
            match table
                .parents
                .first()
                .filter(|_| table.oid != end && table.partition)
                .and_then(|oid| catalog.by_oid(*oid))
            {
                Some(parent) => table = parent,
                None => return table.oid == end,
            }
        }
    };
    (end != unit.table.oid).then(|| unit.leaves.iter().filter(below).map(|leaf| leaf.oid).collect())
}

/// The pairs of a key's columns; the parent's are added to those that its removed rows show.
pub(super) fn pairs<'a>(
    catalog: &'a Catalog,
    key: &'a ForeignKey,
    soft: Option<&Soft>,
    keys: &mut Vec<Name>,
) -> Vec<Pair<'a>> {
    let column = |table: Oid, number: i16| catalog.by_oid(table).and_then(|table| table.by_number(number));
    let ends = key.columns.iter().zip(&key.referenced_columns).zip(&key.operators);
    ends.enumerate()
        .filter_map(|(pair, ((child, parent), operator))| {
            let (child, parent) = (column(key.table, *child)?, column(key.references, *parent)?);
            let at = keys.iter().position(|known| *known == parent.name).unwrap_or_else(|| {
                keys.push(parent.name.clone());
                keys.len() - 1
            });
            let path = soft.and_then(|soft| soft.path.clone());
            Some(Pair {
                child: &child.name,
                value: path.unwrap_or_else(|| format!("t.{}", child.name.sql())),
                parent: at,
                operator,
                collation: parent
                    .collation
                    .as_deref()
                    .filter(|_| child.collation.is_some() && child.collation != parent.collation),
                as_text: soft.and_then(|soft| soft.as_text[pair]),
            })
        })
        .collect()
}

/// What each kind of removal in the parent does; without a line of its own `delete` refuses and all else cascades.
pub(super) fn causes(parent: &Own, answer: Option<&Orphan>) -> Vec<(Cause, Orphan)> {
    match answer {
        Some(answer) => vec![(Cause::Any, *answer)],
        None if parent.empty.is_some() => vec![(Cause::Any, Orphan::Refuse)],
        None if parent.delete.is_some() => vec![(Cause::Deleted, Orphan::Refuse), (Cause::Other, Orphan::Cascade)],
        None => vec![(Cause::Any, Orphan::Cascade)],
    }
}
