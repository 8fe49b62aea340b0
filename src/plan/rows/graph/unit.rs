//! Tables as foreign keys see them: a partitioned table with all its partitions is one.

use crate::catalog::{Catalog, Oid, Table, TableKind};
use crate::plan::Check;
use crate::plan::rows::policy::{self, Own, Policies};
use crate::rules::{Root, Sample};
use crate::words::diagnostic::{Diagnostic, FilePlace, Spanned};
use crate::words::name::Name;
use std::collections::HashMap;

/// A table, or a partitioned table with all its partitions: what a foreign key sees as one.
pub(in crate::plan::rows) struct Unit<'a> {
    pub table: &'a Table,
    /// The root of its tree, where its rule stands.
    pub root: &'a Table,
    pub own: Own,
    /// The line that removes rows, for messages.
    pub place: Option<FilePlace>,
    /// Tables with rows of their own, foreign ones included.
    pub leaves: Vec<&'a Table>,
    /// The columns that references into it use.
    pub keys: Vec<Name>,
    /// Its place in `Graph::groups`.
    pub group: usize,
    /// It can lose rows for another reason than `delete` and `empty`.
    pub expires: bool,
    /// Only a part of it comes.
    pub sample: Option<&'a Spanned<Sample>>,
    /// The subset begins here.
    pub roots: Vec<&'a Root>,
    /// So many subjects of it are forgotten.
    pub forgets: u64,
    /// What a subset makes of it.
    pub reach: Reach,
    /// Its rows are chosen one by one, by the run: what SQL alone says of them is not all.
    pub chosen: bool,
}

/// What a subset makes of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::plan::rows) enum Reach {
    /// Nothing: no root reaches it.
    #[default]
    Apart,
    /// All of its rows belong to the subset.
    Whole,
    /// Those rows come that a root brings along.
    Reached,
    /// Those rows come that others require.
    Required,
}

impl Unit<'_> {
    /// It can lose rows by its own policy.
    pub fn deletes(&self) -> bool {
        self.own.delete.is_some() || self.own.empty.is_some()
    }
}

pub(super) type Units<'a> = (Vec<Unit<'a>>, HashMap<Oid, usize>, Vec<Check>);

/// Every table with rows, partitions under their root, and where each oid went.
pub(super) fn units<'a>(policies: &Policies<'a>) -> Result<Units<'a>, Vec<Diagnostic>> {
    let catalog = policies.catalog;
    let (mut units, mut at, mut probes, mut faults) = (Vec::<Unit<'a>>::new(), HashMap::new(), Vec::new(), Vec::new());
    let mut members: Vec<(&Table, &Table)> = catalog
        .tables
        .iter()
        .filter(|table| table.kind != TableKind::MaterializedView)
        .map(|table| (top(catalog, table), table))
        .collect();
    members.sort_by_key(|(top, table)| (top.oid, table.oid));
    let descendants = descendants(catalog);
    for (top, table) in members {
        if units.last().is_none_or(|unit| unit.table.oid != top.oid) {
            let root = catalog.root(top);
            let from = tree(root, descendants.get(&root.oid).map_or(&[][..], Vec::as_slice));
            let own = policy::own(policies, top, root, &from, &mut probes).unwrap_or_else(|more| {
                faults.extend(more);
                Own::default()
            });
            let rule = policies.tables.get(&root.oid).and_then(|policy| policy.rule);
            let place = rule.and_then(|rule| {
                rule.delete.as_ref().map(|delete| &delete.place).or(rule.retain.as_ref().map(|retain| &retain.place))
            });
            let sample = rule.and_then(|rule| rule.sample.as_ref());
            let roots = policies.subset.iter().flat_map(|subset| &subset.roots);
            let roots = roots.filter(|part| part.table.value == root.name).collect();
            let forgets =
                policies.forget.iter().filter(|(table, _)| *table == root.oid).map(|(_, subjects)| subjects).sum();
            units.push(Unit {
                table: top,
                root,
                place: place.cloned(),
                leaves: Vec::new(),
                keys: Vec::new(),
                group: 0,
                expires: own.age.is_some() || sample.is_some() || forgets > 0,
                own,
                sample,
                roots,
                forgets,
                reach: Reach::Apart,
                chosen: sample.is_some() || forgets > 0,
            });
        }
        at.insert(table.oid, units.len() - 1);
        if table.kind != TableKind::Partitioned
            && let Some(unit) = units.last_mut()
        {
            unit.leaves.push(table);
        }
    }
    if faults.is_empty() { Ok((units, at, probes)) } else { Err(faults) }
}

/// The root of a table's partition tree; inheritance is no such tree.
fn top<'a>(catalog: &'a Catalog, table: &'a Table) -> &'a Table {
    let mut top = table;
    while let Some(parent) = top.parents.first().filter(|_| top.partition).and_then(|oid| catalog.by_oid(*oid)) {
        top = parent;
    }
    top
}

/// Every table below each root.
fn descendants(catalog: &Catalog) -> HashMap<Oid, Vec<&Table>> {
    let mut below: HashMap<Oid, Vec<&Table>> = HashMap::new();
    for table in catalog.tables.iter().filter(|table| !table.parents.is_empty()) {
        below.entry(catalog.root(table).oid).or_default().push(table);
    }
    below
}

/// All rows of a tree that can be read: foreign tables below it are left out.
fn tree(root: &Table, below: &[&Table]) -> String {
    if below.iter().all(|table| table.kind != TableKind::Foreign) {
        return root.name.sql();
    }
    let columns: Vec<String> = root.columns.iter().map(|column| column.name.sql()).collect();
    let readable = std::iter::once(&root).chain(below).filter(|table| table.kind != TableKind::Foreign);
    let parts: Vec<String> =
        readable.map(|table| format!("SELECT {} FROM ONLY {}", columns.join(", "), table.name.sql())).collect();
    format!("({})", parts.join(" UNION ALL "))
}
