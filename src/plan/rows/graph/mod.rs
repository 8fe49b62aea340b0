//! Which tables can lose rows, and through which references: rules × foreign keys → a graph.

mod edge;
mod spread;
mod unit;

pub(super) use edge::{Cause, Edge, Follow, Link, Pair};
pub(super) use spread::Group;
pub(super) use unit::{Reach, Unit};

use super::orphans;
use super::policy::Policies;
use super::reach;
use super::relations::Soft;
use super::whole::Cover;
use crate::catalog::{Oid, Table};
use crate::plan::Check;
use crate::rules::Orphan;
use crate::words::diagnostic::Diagnostic;
use edge::{causes, pairs, part};
use spread::{groups, spread};
use std::collections::HashMap;
use unit::units;

/// Tables, references, and the order in which removal spreads.
pub(super) struct Graph<'a> {
    pub units: Vec<Unit<'a>>,
    /// References through which a removal has an effect.
    pub edges: Vec<Edge<'a>>,
    /// Units that remove each other's rows, parents before children.
    pub groups: Vec<Group>,
    /// References between units whose rows are chosen row by row.
    pub links: Vec<Link<'a>>,
    /// Which tables of a subset come whole.
    pub cover: Cover,
    /// Tables at the ends of keys.
    pub ends: HashMap<Oid, &'a Table>,
}

impl<'a> Graph<'a> {
    /// Binds policies and `orphans` to the catalog.
    pub fn build(policies: &Policies<'a>, soft: &'a [Soft]) -> Result<(Self, Vec<Check>), Vec<Diagnostic>> {
        let (mut units, at, probes) = units(policies)?;
        let answers = orphans::answers(policies, soft)?;
        let mut edges = Vec::new();
        let declared = policies.catalog.foreign_keys.iter().map(|key| (key, None));
        for (key, soft) in declared.chain(soft.iter().map(|soft| (&soft.key, Some(soft)))) {
            let (Some(&child), Some(&parent)) = (at.get(&key.table), at.get(&key.references)) else { continue };
            let gone = |unit: usize| units[unit].own.absent;
            if gone(child) || gone(parent) || units[child].own.empty.is_some() {
                continue;
            }
            let pairs = pairs(policies.catalog, key, soft, &mut units[parent].keys);
            for (cause, action) in causes(&units[parent].own, answers.get(&key.oid)) {
                edges.push(Edge {
                    key,
                    parent,
                    child,
                    action,
                    cause,
                    child_leaves: part(policies.catalog, &units[child], key.table),
                    parent_leaves: part(policies.catalog, &units[parent], key.references),
                    pairs: pairs.clone(),
                    reset: Vec::new(),
                    when: soft.and_then(|soft| soft.when.as_deref()),
                });
            }
        }
        let (mut links, cover) = reach::links(policies, &mut units, &at, &edges, &answers)?;
        spread(&mut units, &mut edges);
        orphans::reset(policies, &units, &mut edges)?;
        reach::choose(&mut units, &edges, &mut links);
        let groups = groups(&mut units, &edges);
        let ends = edges.iter().flat_map(|edge| [edge.key.table, edge.key.references]);
        let ends = ends.filter_map(|oid| Some((oid, policies.catalog.by_oid(oid)?))).collect();
        Ok((Graph { units, edges, groups, links, cover, ends }, probes))
    }

    /// References that remove rows of a unit, circles left out.
    pub fn cascades_into(&self, unit: usize) -> impl Iterator<Item = (usize, &Edge<'a>)> {
        self.edges_into(unit, Orphan::Cascade).filter(move |(_, edge)| !self.within_circle(edge))
    }

    /// References of a unit with an answer, of those that SQL alone can tell.
    pub fn edges_into(&self, unit: usize, action: Orphan) -> impl Iterator<Item = (usize, &Edge<'a>)> {
        let known = |edge: &Edge<'_>| !self.units[edge.parent].chosen;
        self.edges
            .iter()
            .enumerate()
            .filter(move |(_, edge)| edge.child == unit && edge.action == action && known(edge))
    }

    /// True if both ends are in one circle, and the edge is part of it.
    pub fn within_circle(&self, edge: &Edge<'_>) -> bool {
        let group = self.units[edge.parent].group;
        edge.action == Orphan::Cascade && group == self.units[edge.child].group && self.groups[group].circle
    }

    /// The circle that a unit is in.
    pub fn circle(&self, unit: usize) -> Option<usize> {
        Some(self.units[unit].group).filter(|group| self.groups[*group].circle && !self.units[unit].chosen)
    }
}
