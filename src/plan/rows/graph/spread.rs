//! How far removals spread, and the order in which they build on each other.

use super::{Cause, Edge, Unit};
use crate::rules::Orphan;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::HashMap;

/// Units in a circle of cascades, or one alone.
pub(in crate::plan::rows) struct Group {
    pub units: Vec<usize>,
    /// True for a circle, also of one unit with itself.
    pub circle: bool,
}

/// Finds who can lose rows through others, and drops edges that no removal can take.
pub(super) fn spread(units: &mut [Unit<'_>], edges: &mut Vec<Edge<'_>>) {
    let active = |units: &[Unit<'_>], edge: &Edge<'_>| {
        let parent = &units[edge.parent];
        match edge.cause {
            Cause::Any => parent.deletes() || parent.expires,
            Cause::Deleted => parent.deletes(),
            Cause::Other => parent.expires,
        }
    };
    forgetting(units, edges);
    let mut open: Vec<usize> = (0..units.len()).filter(|at| units[*at].deletes() || units[*at].expires).collect();
    let mut out: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, edge) in edges.iter().enumerate().filter(|(_, edge)| edge.action == Orphan::Cascade) {
        out.entry(edge.parent).or_default().push(at);
    }
    while let Some(unit) = open.pop() {
        for edge in out.get(&unit).into_iter().flatten().map(|at| &edges[*at]) {
            if active(units, edge) && !units[edge.child].expires {
                units[edge.child].expires = true;
                open.push(edge.child);
            }
        }
    }
    edges.retain(|edge| active(units, edge));
}

/// Finds who can lose rows because subjects are forgotten: what refers to them goes unless it is reset, even where its
/// parent's removal is refused otherwise.
fn forgetting(units: &mut [Unit<'_>], edges: &[Edge<'_>]) {
    let mut found: Vec<bool> = units.iter().map(|unit| unit.forgets > 0).collect();
    let mut open: Vec<usize> = (0..units.len()).filter(|at| found[*at]).collect();
    while let Some(unit) = open.pop() {
        for edge in edges.iter().filter(|edge| edge.parent == unit && edge.action != Orphan::SetNull) {
            if !std::mem::replace(&mut found[edge.child], true) {
                open.push(edge.child);
            }
        }
    }
    units.iter_mut().zip(found).for_each(|(unit, found)| unit.expires |= found);
}

/// Circles of cascades, and the order in which removed sets build on each other.
pub(super) fn groups(units: &mut [Unit<'_>], edges: &[Edge<'_>]) -> Vec<Group> {
    let mut graph = DiGraph::<(), ()>::new();
    units.iter().for_each(|_| {
        graph.add_node(());
    });
    for edge in edges.iter().filter(|edge| edge.action == Orphan::Cascade) {
        graph.update_edge(NodeIndex::new(edge.parent), NodeIndex::new(edge.child), ());
    }
    let mut groups = Vec::new();
    for component in petgraph::algo::tarjan_scc(&graph).into_iter().rev() {
        let members: Vec<usize> = component.iter().map(|node| node.index()).collect();
        members.iter().for_each(|unit| units[*unit].group = groups.len());
        let circle = members.len() > 1 || graph.contains_edge(component[0], component[0]);
        groups.push(Group { units: members, circle });
    }
    groups
}
