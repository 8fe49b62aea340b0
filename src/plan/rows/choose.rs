//! Choosing rows one by one: what the run must ask and decide where SQL alone cannot say which rows come.
//!
//! A draw by the key must not be in any statement, a subset follows references in both directions, and a cap counts:
//! such tables are chosen by the run. It holds sets of `(tableoid, ctid)` and no value of a row; the statements here
//! take such a set as their parameter, or none, and give pairs of rows that refer to each other.

use super::drawn;
use super::graph::{self, Graph, Reach};
use super::policy::Policies;
use super::removed::{Removed, among, end, from, key_name, refers_at_all};
use super::select;
use super::whole::Cover;
use crate::catalog::{BaseType, Oid, Table};
use crate::plan::Check;
use crate::rules::Orphan;
use crate::words::diagnostic::Diagnostic;
use crate::words::name::{Name, TableName};

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
    /// Finds the rows of subjects: as many text arrays as the key has columns; gives `tableoid, ctid, place in the arrays`.
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

/// Rows that are taken from a table.
#[derive(Debug, Clone)]
pub struct Draw {
    /// Gives `tableoid, ctid, state` and the texts of the key.
    pub sql: String,
    /// How many texts the key has.
    pub width: usize,
    /// Which of them are taken.
    pub take: Take,
    /// How many at most, if SQL says so.
    pub most: Option<u64>,
    /// In words, for `plan --why`.
    pub words: String,
}

impl Draw {
    /// Which share of so many rows it takes, about.
    pub fn share(&self, rows: f64) -> f64 {
        match (&self.take, self.most) {
            (Take::Share(_, share), _) => *share,
            (Take::Rows(_, most), _) => (*most as f64 / rows.max(1.0)).min(1.0),
            (Take::All, most) => most.map_or(1.0, |most| (most as f64 / rows.max(1.0)).min(1.0)),
        }
    }
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
            match unit(&mut writer, *at) {
                Ok(unit) => units.push(unit),
                Err(more) => faults.extend(more),
            }
        }
        let place = |unit: usize| chosen.binary_search(&unit).ok();
        let links = graph.links.iter().filter_map(|link| {
            let (parent, child) = (place(link.edge.parent)?, place(link.edge.child)?);
            Some(self::link(graph, link, parent, child))
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
        };
        if faults.is_empty() { Ok((Some(choosing), probes, checks)) } else { Err(faults) }
    }
}

/// Rows that stay, as far as SQL can tell, and refer to a table that arrives empty.
fn bare(graph: &Graph<'_>, edge: &graph::Edge<'_>, child: usize) -> Bare {
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

fn unit(writer: &mut drawn::Writer<'_, '_>, at: usize) -> Result<Unit, Vec<Diagnostic>> {
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
    let orphaned = if outside.is_empty() { "false".into() } else { format!("({kept}) AND NOT ({})", all(&outside)) };
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
        subjects: if unit.forgets { Some(drawn::subjects(unit.table)?) } else { None },
        key: drawn::key(unit.table),
        unread: Vec::new(),
        counting,
        estimated_rows: unit.leaves.iter().map(|leaf| leaf.estimated_rows.max(0.0)).sum(),
        order: unit.group,
        conditional: own.removed().is_some() || !outside.is_empty(),
        orphaned: select::orphaned_words(graph, at, writer.policies.orphaned_at_most),
    })
}

fn link(graph: &Graph<'_>, link: &graph::Link<'_>, parent: usize, child: usize) -> Link {
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
    let own_kept = all(&over.own.kept());
    let state = format!(
        "CASE WHEN {} THEN {DELETED} WHEN ({own_kept}) IS NOT TRUE THEN {EXPIRED} WHEN ({}) IS NOT TRUE THEN {OUTSIDE} ELSE {STAYS} END::int2",
        over.own.deleted(),
        all(&parent_outside)
    );
    let plain = over.own.removed().is_none() && over.own.ours().is_none() && parent_outside.is_empty();
    if let Some(leaves) = &edge.child_leaves {
        child_kept.push(among("t.tableoid", leaves));
    }
    let rank = match link.follow {
        graph::Follow::Newest(most, by) => {
            let key = drawn::key(under.table);
            let columns: String =
                key.iter().enumerate().map(|(at, name)| format!(", t.{} AS i{at}", name.sql())).collect();
            let ties: String = (0..key.len()).map(|at| format!("c.i{at} DESC, ")).collect();
            Some((
                format!(", t.{} AS standin_by{columns}", by.sql()),
                format!(
                    " + CASE WHEN pg_catalog.row_number() OVER (PARTITION BY p.o, p.c ORDER BY c.standin_by DESC NULLS LAST, {ties}c.o, c.c) > {most} \
                     THEN {BEYOND} ELSE 0 END"
                ),
            ))
        }
        _ => None,
    };
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
        parent_state: if plain { format!("{STAYS}::int2") } else { state },
        when: edge.when().map_or_else(String::new, |when| format!(" AND {when}")),
        rank,
    }
}

/// The key and the column that refers to it, in SQL, where both are whole numbers and there is no other.
fn numbers(edge: &graph::Edge<'_>, over: &graph::Unit<'_>, under: &graph::Unit<'_>) -> Option<(String, String)> {
    let [pair] = edge.pairs.as_slice() else { return None };
    let key = over.keys.get(pair.parent)?;
    let whole = |table: &Table, name: &Name| {
        let ty = table.column(name).and_then(|column| column.ty.base_type());
        matches!(ty, Some(BaseType::Int2 | BaseType::Int4 | BaseType::Int8))
    };
    let plain = !pair.as_text && pair.value == format!("t.{}", pair.child.sql());
    (plain && whole(over.table, key) && whole(under.table, pair.child)).then(|| (key.sql(), pair.child.sql()))
}

impl Unit {
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

impl Link {
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
