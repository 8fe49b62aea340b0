//! Which tables can lose rows, and through which references: rules × foreign keys → a graph.

use super::orphans;
use super::policy::{self, Own, Policies};
use super::reach;
use super::relations::Soft;
use super::whole::Cover;
use crate::catalog::{BaseType, Catalog, Column, ForeignKey, Oid, Table, TableKind};
use crate::plan::Check;
use crate::rules::{Orphan, Root, Sample};
use crate::words::diagnostic::{Diagnostic, FilePlace, Spanned};
use crate::words::name::Name;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::HashMap;

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

/// A table, or a partitioned table with all its partitions: what a foreign key sees as one.
pub(super) struct Unit<'a> {
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
    /// Subjects of it are forgotten.
    pub forgets: bool,
    /// What a subset makes of it.
    pub reach: Reach,
    /// Its rows are chosen one by one, by the run: what SQL alone says of them is not all.
    pub chosen: bool,
}

/// What a subset makes of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Reach {
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

/// One reference between two units whose rows are chosen.
pub(super) struct Link<'a> {
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
pub(super) enum Follow<'a> {
    All,
    None,
    Newest(u64, &'a Name),
}

/// Units in a circle of cascades, or one alone.
pub(super) struct Group {
    pub units: Vec<usize>,
    /// True for a circle, also of one unit with itself.
    pub circle: bool,
}

/// What one kind of removal in the parent does to rows of the child.
#[derive(Clone)]
pub(super) struct Edge<'a> {
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

/// One pair of columns of a reference.
#[derive(Clone)]
pub(super) struct Pair<'a> {
    pub child: &'a Name,
    /// What of a row `t` of the child refers.
    pub value: String,
    /// The place in the parent's `keys`.
    pub parent: usize,
    pub operator: &'a str,
    /// Texts of different collations could not be compared otherwise.
    pub bytewise: bool,
    /// Both are compared as texts.
    pub as_text: bool,
}

/// Which removed rows of the parent an edge is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Any,
    /// Those that `delete` removes.
    Deleted,
    /// Those that `delete` does not remove.
    Other,
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

impl Unit<'_> {
    /// It can lose rows by its own policy.
    pub fn deletes(&self) -> bool {
        self.own.delete.is_some() || self.own.empty.is_some()
    }
}

type Units<'a> = (Vec<Unit<'a>>, HashMap<Oid, usize>, Vec<Check>);

/// Every table with rows, partitions under their root, and where each oid went.
fn units<'a>(policies: &Policies<'a>) -> Result<Units<'a>, Vec<Diagnostic>> {
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
            let forgets = policies.forget.contains(&root.oid);
            units.push(Unit {
                table: top,
                root,
                place: place.cloned(),
                leaves: Vec::new(),
                keys: Vec::new(),
                group: 0,
                expires: own.age.is_some() || sample.is_some() || forgets,
                own,
                sample,
                roots,
                forgets,
                reach: Reach::Apart,
                chosen: sample.is_some() || forgets,
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

/// The leaves under one end of a key, if that is less than the whole unit.
fn part(catalog: &Catalog, unit: &Unit<'_>, end: Oid) -> Option<Vec<Oid>> {
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
fn pairs<'a>(catalog: &'a Catalog, key: &'a ForeignKey, soft: Option<&Soft>, keys: &mut Vec<Name>) -> Vec<Pair<'a>> {
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
                bytewise: is_text(child) && is_text(parent),
                as_text: soft.is_some_and(|soft| soft.as_text[pair]),
            })
        })
        .collect()
}

/// A text whose equality is that of its bytes, whatever the collation.
fn is_text(column: &Column) -> bool {
    !column.nondeterministic
        && matches!(column.ty.base_type(), Some(BaseType::Text | BaseType::Varchar | BaseType::Bpchar))
}

/// What each kind of removal in the parent does; without a line of its own `delete` refuses and all else cascades.
fn causes(parent: &Own, answer: Option<&Orphan>) -> Vec<(Cause, Orphan)> {
    match answer {
        Some(answer) => vec![(Cause::Any, *answer)],
        None if parent.empty.is_some() => vec![(Cause::Any, Orphan::Refuse)],
        None if parent.delete.is_some() => vec![(Cause::Deleted, Orphan::Refuse), (Cause::Other, Orphan::Cascade)],
        None => vec![(Cause::Any, Orphan::Cascade)],
    }
}

/// Finds who can lose rows through others, and drops edges that no removal can take.
fn spread(units: &mut [Unit<'_>], edges: &mut Vec<Edge<'_>>) {
    let active = |units: &[Unit<'_>], edge: &Edge<'_>| {
        let parent = &units[edge.parent];
        match edge.cause {
            Cause::Any => parent.deletes() || parent.expires,
            Cause::Deleted => parent.deletes(),
            Cause::Other => parent.expires,
        }
    };
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

/// Circles of cascades, and the order in which removed sets build on each other.
fn groups(units: &mut [Unit<'_>], edges: &[Edge<'_>]) -> Vec<Group> {
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
