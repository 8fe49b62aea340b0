//! The rows that each table loses, as common table expressions.

use super::graph::{Cause, Edge, Graph};
use crate::catalog::{Oid, Table, TableKind};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The removed sets that one statement needs; asking for a condition adds what the condition reads.
pub(super) struct Removed<'g, 'a> {
    graph: &'g Graph<'a>,
    units: BTreeSet<usize>,
    circles: BTreeSet<usize>,
}

impl<'g, 'a> Removed<'g, 'a> {
    /// None yet.
    pub fn new(graph: &'g Graph<'a>) -> Self {
        Removed { graph, units: BTreeSet::new(), circles: BTreeSet::new() }
    }

    /// `WITH …` with a space after it, or nothing.
    pub fn with(&self) -> String {
        let mut parts = Vec::new();
        for (at, group) in self.graph.groups.iter().enumerate() {
            if self.circles.contains(&at) {
                parts.extend(self.circle(at));
            }
            parts.extend(group.units.iter().filter(|unit| self.units.contains(unit)).map(|unit| self.set(*unit)));
        }
        match (parts.is_empty(), self.circles.is_empty()) {
            (true, _) => String::new(),
            (false, true) => format!("WITH {} ", parts.join(", ")),
            (false, false) => format!("WITH RECURSIVE {} ", parts.join(", ")),
        }
    }

    /// Conditions under which a row `t` of a unit stays; `leaf`: of that leaf alone.
    pub fn kept(&mut self, unit: usize, leaf: Option<Oid>) -> Vec<String> {
        let own = self.graph.units[unit].own.kept();
        own.into_iter().chain(self.outside(unit, leaf)).collect()
    }

    /// The same without the unit's own policy: no row that `t` refers to is removed, as far as SQL can tell.
    pub fn outside(&mut self, unit: usize, leaf: Option<Oid>) -> Vec<String> {
        let graph = self.graph;
        let mut kept = Vec::new();
        for (_, edge) in graph.cascades_into(unit) {
            let Some(within) = within(edge, leaf) else { continue };
            kept.push(format!("NOT {}", self.refers(edge, &within)));
        }
        if let Some(circle) = graph.circle(unit) {
            self.need_circle(circle);
            kept.push(format!("NOT {}", reached(circle)));
        }
        kept
    }

    /// TRUE if a row `t` refers to a removed row; `within` is a further condition on `t`.
    pub fn refers(&mut self, edge: &Edge<'_>, within: &str) -> String {
        if self.graph.units[edge.parent].own.empty.is_some() {
            return format!("({}{within})", refers_at_all(edge));
        }
        self.need(edge.parent);
        format!("EXISTS (SELECT 1 FROM {} AS p WHERE {}{within})", set_name(edge.parent), self.matches(edge))
    }

    /// A join that gives each row `t` the column `standin_hit` of the returned alias: TRUE if it refers to a removed row.
    pub fn join(&mut self, at: usize, edge: &Edge<'_>) -> (String, String) {
        if self.graph.units[edge.parent].own.empty.is_some() {
            return (String::new(), format!("({})", refers_at_all(edge)));
        }
        self.need(edge.parent);
        let keys: Vec<String> = edge.pairs.iter().map(|pair| format!("p.{}", key_name(pair.parent))).collect();
        let which = which(edge);
        let which = if which.is_empty() { String::new() } else { format!(" WHERE {}", which.join(" AND ")) };
        let alias = format!("standin_n{at}");
        let on: Vec<String> = edge.pairs.iter().map(|pair| pair.sql(&alias)).chain(edge.when()).collect();
        let join = format!(
            " LEFT JOIN (SELECT DISTINCT {}, true AS standin_hit FROM {} AS p{which}) AS {alias} ON {}",
            keys.join(", "),
            set_name(edge.parent),
            on.join(" AND ")
        );
        (join, format!("{alias}.standin_hit"))
    }

    fn need(&mut self, unit: usize) {
        if self.graph.units[unit].own.empty.is_some() || !self.units.insert(unit) {
            return;
        }
        self.need_parents(unit);
        if let Some(circle) = self.graph.circle(unit) {
            self.need_circle(circle);
        }
    }

    fn need_circle(&mut self, circle: usize) {
        if self.circles.insert(circle) {
            self.graph.groups[circle].units.iter().for_each(|unit| self.need_parents(*unit));
        }
    }

    fn need_parents(&mut self, unit: usize) {
        let parents: BTreeSet<usize> = self.graph.cascades_into(unit).map(|(_, edge)| edge.parent).collect();
        parents.into_iter().for_each(|parent| self.need(parent));
    }

    /// The removed rows of a unit: the columns that references into it compare, and what tells causes and leaves apart.
    fn set(&self, at: usize) -> String {
        let unit = &self.graph.units[at];
        let mut columns: Vec<String> =
            unit.keys.iter().enumerate().map(|(key, name)| format!("t.{} AS {}", name.sql(), key_name(key))).collect();
        let out = || self.graph.edges.iter().filter(|edge| edge.parent == at);
        if out().any(|edge| edge.cause != Cause::Any) {
            columns.push(format!("{} AS standin_d", unit.own.deleted()));
        }
        if out().any(|edge| edge.parent_leaves.is_some()) {
            columns.push("t.tableoid AS standin_o".into());
        }
        let mut parts = self.direct(at, &columns.join(", "));
        if let Some(circle) = self.graph.circle(at) {
            parts.push(format!(
                "SELECT {} FROM {} AS t WHERE {}",
                columns.join(", "),
                from(unit.table),
                reached(circle)
            ));
        }
        format!("{} AS ({})", set_name(at), parts.join(" UNION ALL "))
    }

    /// SELECTs of the rows of a unit that go without a circle's doing: a row may come more than once.
    fn direct(&self, at: usize, columns: &str) -> Vec<String> {
        let unit = &self.graph.units[at];
        let own = unit.own.removed().map(|own| format!("SELECT {columns} FROM {} AS t WHERE {own}", from(unit.table)));
        let edges = self.graph.cascades_into(at).map(|(_, edge)| {
            let refers = if self.graph.units[edge.parent].own.empty.is_some() {
                refers_at_all(edge)
            } else {
                format!("EXISTS (SELECT 1 FROM {} AS p WHERE {})", set_name(edge.parent), self.matches(edge))
            };
            let conditions: Vec<String> = unit.own.ours().into_iter().chain([refers]).collect();
            format!("SELECT {columns} FROM {} AS t WHERE {}", from_child(self.graph, edge), conditions.join(" AND "))
        });
        own.into_iter().chain(edges).collect()
    }

    /// A circle: its edges, the rows that go first, and the rows that these take along.
    ///
    /// The edges are numbered by their parent, so that the edges that follow on one are a range: two arrays hold both
    /// ends of it, 8 bytes an edge, and each step of the recursion is an array lookup. A join in its place scans all
    /// edges at each step whenever the planner believes that few rows go, and a list of n rows takes n steps.
    fn circle(&self, at: usize) -> [String; 5] {
        let units = &self.graph.groups[at].units;
        let within =
            self.graph.edges.iter().filter(|edge| self.graph.within_circle(edge) && units.contains(&edge.child));
        let edges: Vec<String> = within.map(|edge| self.edge_list(edge)).collect();
        let first: Vec<String> =
            units.iter().flat_map(|unit| self.direct(*unit, "t.tableoid AS o, t.ctid AS c")).collect();
        let (e, f, a, y) =
            (format!("standin_e{at}"), format!("standin_f{at}"), format!("standin_a{at}"), format!("standin_y{at}"));
        [
            format!(
                "{e} AS (SELECT (pg_catalog.row_number() OVER (ORDER BY u.po, u.pc))::int4 AS n, u.* FROM ({}) AS u)",
                edges.join(" UNION ALL ")
            ),
            format!("{f} AS ({})", first.join(" UNION ALL ")),
            format!(
                "{a} AS (SELECT pg_catalog.array_agg(coalesce(s.low, 1) ORDER BY e.n) AS low, \
                 pg_catalog.array_agg(coalesce(s.high, 0) ORDER BY e.n) AS high FROM {e} AS e LEFT JOIN \
                 (SELECT e.po, e.pc, pg_catalog.min(e.n) AS low, pg_catalog.max(e.n) AS high FROM {e} AS e GROUP BY e.po, e.pc) AS s \
                 ON s.po = e.co AND s.pc = e.cc)"
            ),
            format!(
                "{y}(n) AS (SELECT e.n FROM {e} AS e JOIN {f} AS f ON f.o = e.po AND f.c = e.pc \
                 UNION SELECT g.n FROM {y} AS y, \
                 LATERAL pg_catalog.generate_series((SELECT a.low FROM {a} AS a)[y.n], (SELECT a.high FROM {a} AS a)[y.n]) AS g(n))"
            ),
            format!("standin_x{at} AS (SELECT DISTINCT e.co AS o, e.cc AS c FROM {e} AS e JOIN {y} AS y ON y.n = e.n)"),
        ]
    }

    /// Who refers to whom through one reference: children that their own policy keeps, parents of the edge's cause.
    fn edge_list(&self, edge: &Edge<'_>) -> String {
        let (child, parent) = (&self.graph.units[edge.child], &self.graph.units[edge.parent]);
        let mut child_columns = String::new();
        let mut parent_columns = String::new();
        for (at, pair) in edge.pairs.iter().enumerate() {
            let _ = write!(child_columns, ", {} AS f{at}", pair.value);
            let _ = write!(parent_columns, ", t.{} AS {}", parent.keys[pair.parent].sql(), key_name(pair.parent));
        }
        let kept: Vec<String> = child.own.kept().into_iter().chain(edge.when()).collect();
        let kept = if kept.is_empty() { String::new() } else { format!(" WHERE {}", kept.join(" AND ")) };
        let cause = match edge.cause {
            Cause::Any => String::new(),
            Cause::Deleted => format!(" WHERE {}", parent.own.deleted()),
            Cause::Other => format!(" WHERE NOT {}", parent.own.deleted()),
        };
        let on: Vec<String> =
            edge.pairs.iter().enumerate().map(|(at, pair)| pair.compare("p", &format!("c.f{at}"))).collect();
        format!(
            "SELECT c.o AS co, c.c AS cc, p.o AS po, p.c AS pc \
             FROM (SELECT t.tableoid AS o, t.ctid AS c{child_columns} FROM {} AS t{kept}) AS c \
             JOIN (SELECT t.tableoid AS o, t.ctid AS c{parent_columns} FROM {} AS t{cause}) AS p ON {}",
            from_child(self.graph, edge),
            self.parent_rows(edge),
            on.join(" AND ")
        )
    }

    fn parent_rows(&self, edge: &Edge<'_>) -> String {
        from(end(self.graph, edge.parent, edge.key.references))
    }

    /// The condition that a row `p` of the parent's removed set is the one that `t` refers to.
    fn matches(&self, edge: &Edge<'_>) -> String {
        let pairs = edge.pairs.iter().map(|pair| pair.sql("p"));
        pairs.chain(which(edge)).chain(edge.when()).collect::<Vec<_>>().join(" AND ")
    }
}

impl super::graph::Pair<'_> {
    /// TRUE if the row `t` of the child refers to the row of that alias.
    pub(super) fn sql(&self, parent: &str) -> String {
        self.compare(parent, &self.value)
    }

    /// TRUE if a value of the child refers to the row of that alias.
    pub(super) fn compare(&self, parent: &str, child: &str) -> String {
        if let Some(text) = self.as_text {
            let key = text.sql(&format!("{parent}.{}", key_name(self.parent)));
            return format!("{key} = {} COLLATE pg_catalog.\"C\"", text.sql(child));
        }
        let collate = self.collation.map_or_else(String::new, |collation| format!(" COLLATE {collation}"));
        format!("{parent}.{} {} {child}{collate}", key_name(self.parent), self.operator)
    }
}

impl Edge<'_> {
    /// The condition on `t` under which the reference is one.
    pub(super) fn when(&self) -> Option<String> {
        self.when.map(|when| format!("(({when}) IS TRUE)"))
    }
}

/// What tells the removed rows `p` of an edge's cause and leaves from the others.
fn which(edge: &Edge<'_>) -> Vec<String> {
    let cause = match edge.cause {
        Cause::Any => None,
        Cause::Deleted => Some("p.standin_d".to_owned()),
        Cause::Other => Some("NOT p.standin_d".to_owned()),
    };
    let leaves = edge.parent_leaves.as_ref().map(|leaves| among("p.standin_o", leaves));
    cause.into_iter().chain(leaves).collect()
}

/// The further condition on `t` that an edge of some partitions needs; `None`: it does not concern this leaf.
pub(super) fn within(edge: &Edge<'_>, leaf: Option<Oid>) -> Option<String> {
    match (&edge.child_leaves, leaf) {
        (None, _) => Some(String::new()),
        (Some(leaves), Some(leaf)) => leaves.contains(&leaf).then(String::new),
        (Some(leaves), None) => Some(format!(" AND {}", among("t.tableoid", leaves))),
    }
}

pub(super) fn among(column: &str, leaves: &[Oid]) -> String {
    if leaves.is_empty() {
        return "false".into();
    }
    let oids: Vec<String> = leaves.iter().map(u32::to_string).collect();
    format!("{column} IN ({})", oids.join(", "))
}

/// TRUE for a row `t` that refers to any row: MATCH SIMPLE and MATCH FULL alike, since the key holds.
pub(super) fn refers_at_all(edge: &Edge<'_>) -> String {
    let pairs = edge.pairs.iter().map(|pair| format!("{} IS NOT NULL", pair.value));
    pairs.chain(edge.when()).collect::<Vec<_>>().join(" AND ")
}

/// All rows of a table and its partitions, and of no inheritance child.
pub(super) fn from(table: &Table) -> String {
    if table.kind == TableKind::Partitioned { table.name.sql() } else { format!("ONLY {}", table.name.sql()) }
}

/// The rows that an edge's key constrains.
pub(super) fn from_child(graph: &Graph<'_>, edge: &Edge<'_>) -> String {
    from(end(graph, edge.child, edge.key.table))
}

/// The table at one end of a key.
pub(super) fn end<'a>(graph: &Graph<'a>, unit: usize, oid: Oid) -> &'a Table {
    let unit = &graph.units[unit];
    graph.ends.get(&oid).copied().unwrap_or(unit.table)
}

fn reached(circle: usize) -> String {
    format!("EXISTS (SELECT 1 FROM standin_x{circle} AS x WHERE x.o = t.tableoid AND x.c = t.ctid)")
}

fn set_name(unit: usize) -> String {
    format!("standin_r{unit}")
}

pub(super) fn key_name(key: usize) -> String {
    format!("standin_k{key}")
}
