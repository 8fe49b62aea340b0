//! What a subset reaches: roots, what follows them, and which tables' rows must be chosen one by one.

use super::graph::{Edge, Follow, Link, Reach, Unit};
use super::orphans;
use super::policy::{Own, Policies};
use super::whole::{Cover, Tie};
use crate::catalog::{Oid, Table};
use crate::plan::bind::{unknown_column, unknown_table};
use crate::rules::{Amount, Children, Orphan, Root, Subset};
use crate::words::diagnostic::{Diagnostic, Place, Spanned};
use crate::words::name::{ColumnName, TableName};
use std::collections::HashMap;

/// Finds what the subset reaches, and every reference in the form in which a choice of rows follows it.
pub(super) fn links<'a>(
    policies: &Policies<'a>,
    units: &mut [Unit<'a>],
    at: &HashMap<Oid, usize>,
    edges: &[Edge<'a>],
    answers: &HashMap<Oid, Orphan>,
) -> Result<(Vec<Link<'a>>, Cover), Vec<Diagnostic>> {
    let mut links: Vec<Link<'a>> = Vec::new();
    for edge in edges.iter().filter(|edge| units[edge.parent].own.empty.is_none()) {
        if links.last().is_some_and(|link| link.edge.key.oid == edge.key.oid) {
            continue;
        }
        let answer = answers.get(&edge.key.oid).copied();
        let forgotten = if answer == Some(Orphan::SetNull) { Orphan::SetNull } else { Orphan::Cascade };
        let mut edge = edge.clone();
        edge.action = answer.unwrap_or(Orphan::Cascade);
        links.push(Link { edge, deleted: answer.unwrap_or(Orphan::Refuse), forgotten, follow: Follow::All });
    }
    let Some(subset) = policies.subset else { return Ok((links, Cover::default())) };
    let mut faults = Vec::new();
    for root in &subset.roots {
        faults.extend(misplaced(policies, units, at, root));
    }
    for (name, children) in &subset.children {
        if let Err(fault) = follow(policies, units, name, children, &mut links) {
            faults.push(fault);
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    reach(policies, units, &links, subset);
    let cover = cover(units, &links, edges);
    let all = |root: &&Root| root.condition.is_none() && root.amount == Some(Amount::Share(1.0));
    let roots: Vec<bool> = units.iter().map(|unit| unit.roots.iter().any(all)).collect();
    let whole = cover.whole(&roots);
    units.iter_mut().zip(whole).filter(|(_, whole)| *whole).for_each(|(unit, _)| unit.reach = Reach::Whole);
    for unit in units.iter_mut().filter(|unit| matches!(unit.reach, Reach::Reached | Reach::Required)) {
        unit.expires = true;
    }
    units.iter_mut().for_each(|unit| unit.chosen |= unit.reach != Reach::Apart);
    Ok((links, cover))
}

/// Why a root cannot be one.
fn misplaced(policies: &Policies<'_>, units: &[Unit<'_>], at: &HashMap<Oid, usize>, root: &Root) -> Option<Diagnostic> {
    let name = &root.table;
    let place = Place::ObjectInFile(name.value.to_string(), name.place.clone());
    let Some(table) = policies.catalog.table(&name.value) else {
        return Some(unknown_table(policies.catalog, &name.value, &name.place));
    };
    let top = policies.catalog.root(table);
    if top.oid != table.oid {
        let message = format!("the table is a part of {}: a root of the subset stands at the top", top.name);
        return Some(Diagnostic::error("rule-below-root", place, message).help(format!("name `{}` instead", top.name)));
    }
    let unit = at.get(&table.oid).map(|unit| &units[*unit]);
    let why = match unit {
        None => "it has no rows that could be copied",
        Some(unit) if unit.own.absent => "it is not created in the clone",
        Some(unit) => unit.own.empty?,
    };
    let message = format!("the subset begins at a table that arrives without rows ({why})");
    let help = "take the root out, or the policy that removes its rows";
    Some(Diagnostic::error("root-removed", place, message).help(help))
}

/// Notes what a line of `children:` says of the references that it names.
fn follow<'a>(
    policies: &Policies<'a>,
    units: &[Unit<'a>],
    name: &Spanned<String>,
    children: &'a Children,
    links: &mut [Link<'a>],
) -> Result<(), Diagnostic> {
    let catalog = policies.catalog;
    let table = TableName::parse(&name.value).ok().and_then(|name| catalog.table(&name));
    let column = ColumnName::parse(&name.value).ok().filter(|name| catalog.table(&name.table).is_some());
    let mut named: Vec<&mut Link<'a>> = links
        .iter_mut()
        .filter(|link| match (table, &column) {
            (Some(table), _) => {
                let child = &units[link.edge.child];
                child.root.oid == table.oid || child.table.oid == table.oid || link.edge.key.table == table.oid
            }
            (None, Some(column)) => orphans::is_named(catalog, link.edge.key, column),
            (None, None) => false,
        })
        .collect();
    if named.is_empty() {
        let place = Place::File(name.place.clone());
        let message = format!("`children` speaks of {}, which refers to no table whose rows come", name.value);
        let help = "write a table, or one of its references as in `orders.user_id`";
        return Err(Diagnostic::error("children-no-reference", place, message).help(help));
    }
    for link in &mut named {
        link.follow = match children {
            Children::None => Follow::None,
            Children::Newest { most, newest_by } => {
                let child: &Table = units[link.edge.child].table;
                let column = child.column(&newest_by.value).ok_or_else(|| {
                    unknown_column(&child.name, newest_by, child.columns.iter().map(|column| &column.name))
                })?;
                Follow::Newest(*most, &column.name)
            }
        };
    }
    Ok(())
}

fn reach(policies: &Policies<'_>, units: &mut [Unit<'_>], links: &[Link<'_>], subset: &Subset) {
    let mut open: Vec<usize> = (0..units.len()).filter(|unit| !units[*unit].roots.is_empty()).collect();
    open.iter().for_each(|unit| units[*unit].reach = Reach::Reached);
    while let Some(unit) = open.pop() {
        for link in links.iter().filter(|link| link.edge.parent == unit) {
            let child = &mut units[link.edge.child];
            if child.reach == Reach::Apart && !child.own.absent {
                child.reach = Reach::Reached;
                open.push(link.edge.child);
            }
        }
    }
    if subset.unreached_empty {
        let ruled = |unit: &Unit<'_>| policies.tables.get(&unit.root.oid).is_some_and(|policy| policy.rule.is_some());
        let rest = units.iter_mut().filter(|unit| unit.reach == Reach::Apart && !unit.own.absent);
        rest.filter(|unit| unit.own.empty.is_none() && ruled(unit)).for_each(|unit| unit.reach = Reach::Required);
    }
}

/// What decides which tables of the subset come whole.
fn cover(units: &[Unit<'_>], links: &[Link<'_>], edges: &[Edge<'_>]) -> Cover {
    let mut plain: Vec<bool> = units.iter().map(|unit| unit.own == Own::default()).collect();
    units.iter().zip(&mut plain).for_each(|(unit, plain)| *plain &= unit.sample.is_none() && unit.forgets == 0);
    // What refers to a table that arrives empty goes, or changes.
    let bare = edges.iter().filter(|edge| units[edge.parent].own.empty.is_some());
    bare.for_each(|edge| plain[edge.child] = false);
    let tie = |link: &Link<'_>| {
        let Edge { key, parent, child, .. } = link.edge;
        let not_null = |number: &i16| units[child].table.by_number(*number).is_some_and(|column| column.not_null);
        let entire = link.edge.child_leaves.is_none() && link.edge.when.is_none();
        let always = key.validated && entire && link.follow == Follow::All && key.columns.iter().all(not_null);
        Tie { parent, child, always, cascades: link.edge.action == Orphan::Cascade }
    };
    let of = |reach: Reach| units.iter().zip(&plain).map(move |(unit, plain)| *plain && unit.reach == reach).collect();
    Cover { may: of(Reach::Reached), intact: of(Reach::Apart), ties: links.iter().map(tie).collect() }
}

/// Marks what else must be chosen: what can lose rows to chosen tables, or the other way round. SQL alone tells the rest.
pub(super) fn choose<'a>(units: &mut [Unit<'a>], edges: &[Edge<'a>], links: &mut Vec<Link<'a>>) {
    let mut open: Vec<usize> = (0..units.len()).filter(|unit| units[*unit].chosen).collect();
    while let Some(unit) = open.pop() {
        for edge in edges {
            let other = match unit {
                _ if units[edge.parent].own.empty.is_some() => continue,
                _ if edge.parent == unit => edge.child,
                _ if edge.child == unit => edge.parent,
                _ => continue,
            };
            if !units[other].chosen {
                units[other].chosen = true;
                open.push(other);
            }
        }
    }
    links.retain(|link| units[link.edge.parent].chosen && units[link.edge.child].chosen);
    for link in links.iter_mut() {
        let reset = edges.iter().find(|edge| edge.key.oid == link.edge.key.oid && !edge.reset.is_empty());
        link.edge.reset = reset.map(|edge| edge.reset.clone()).unwrap_or_default();
    }
}
