//! What the source's statistics say of the rows that come: an estimate, made without reading one.
//!
//! Rows are taken to be independent of each other. A policy removes as many as the source's planner expects. A reference
//! leads to any row of its parent alike: a row goes with the share of its parents that go, follows with the share of them
//! that a subset reaches, and so many rows require about as many parents as so many draws hit. NULLs and the number of
//! distinct values are the statistics'. Several references of a table agree with each other, as the user of an invoice is
//! mostly that of its order: the one that takes most counts. Circles are followed a few times by a subset, and once by what is removed.

mod table;

use super::choose::{Choosing, Draw};
use super::counts::Counts;
use super::graph::{Cause, Edge, Follow, Graph, Link, Reach, Unit};
use super::policy::Newest;
use super::removed::from;
use crate::catalog::{Oid, Table};
use crate::rules::Orphan;
use crate::words::name::{Name, TableName, literal};
use table::{Estimated, Leaf, Root, Shares, part};

/// How often a subset follows a circle of references: trees are seldom deeper.
const PASSES: usize = 3;

/// The tables and references of a plan, as far as statistics know them.
#[derive(Debug, Clone, Default)]
pub struct Estimate {
    tables: Vec<Estimated>,
    losses: Vec<Loss>,
    ways: Vec<Way>,
    /// SELECTs of which the source's planner is asked how many rows they give.
    pub questions: Vec<String>,
    /// Times that stand in the questions and that no planner knows, each with the statement that gives it as a literal.
    pub times: Vec<(String, String)>,
}

/// A reference through which rows go.
#[derive(Debug, Clone)]
struct Loss {
    parent: usize,
    child: usize,
    cause: Cause,
    /// Rows go with subjects that are forgotten alone.
    refuses: bool,
    refers: Refers,
}

/// A reference along which a subset goes.
#[derive(Debug, Clone)]
struct Way {
    parent: usize,
    child: usize,
    /// Children follow: all, or at most so many of each parent.
    follow: Option<Option<u64>>,
    refers: Refers,
    /// Distinct parents that children have.
    distinct: f64,
}

/// Which share of the rows of a table has a reference.
#[derive(Debug, Clone)]
struct Refers {
    share: f64,
    when: Option<usize>,
}

impl Estimate {
    /// Notes what is known, and what is to be asked.
    pub(super) fn new(graph: &Graph<'_>, choosing: Option<&Choosing>) -> Self {
        let mut estimate = Estimate::default();
        for unit in &graph.units {
            let chosen = choosing.and_then(|choosing| choosing.units.iter().find(|one| one.table == unit.table.name));
            let estimated = estimate.table(unit, chosen.map_or(&[][..], |chosen| &chosen.roots));
            estimate.tables.push(estimated);
        }
        for edge in graph.edges.iter().filter(|edge| edge.action != Orphan::SetNull) {
            let (refers, refuses) = (estimate.refers(graph, edge), edge.action == Orphan::Refuse);
            estimate.losses.push(Loss { parent: edge.parent, child: edge.child, cause: edge.cause, refuses, refers });
        }
        for link in &graph.links {
            let way = estimate.way(graph, link);
            estimate.ways.push(way);
        }
        estimate
    }

    /// What becomes of the rows of each table with rows of its own; the answers are those to the questions.
    pub fn counts(&self, answers: &[u64]) -> Vec<(Oid, Counts)> {
        let mut shares: Vec<Shares> = self.tables.iter().map(|table| table.own(answers)).collect();
        self.forget(&mut shares, answers);
        self.descend(&mut shares, answers);
        self.require(&mut shares, answers);
        self.lose(&mut shares, answers);
        let tables = self.tables.iter().zip(&shares);
        tables
            .flat_map(|(table, shares)| table.leaves.iter().map(|leaf| (leaf.oid, leaf.counts(shares, answers))))
            .collect()
    }

    /// Children follow what the roots take.
    fn descend(&self, shares: &mut [Shares], answers: &[u64]) {
        for _ in 0..PASSES {
            for at in self.in_order() {
                let table = &self.tables[at];
                if table.reach != Reach::Reached {
                    continue;
                }
                let ways = self.ways.iter().filter(|way| way.child == at);
                let follow = ways.map(|way| self.following(way, shares, answers)).fold(0.0, f64::max);
                shares[at].down = 1.0 - (1.0 - table.roots(answers)) * (1.0 - follow);
            }
        }
        shares.iter_mut().for_each(|shares| shares.reached = shares.down);
    }

    /// The share of a table that follows its parents through one reference.
    fn following(&self, way: &Way, shares: &[Shares], answers: &[u64]) -> f64 {
        let Some(cap) = way.follow else { return 0.0 };
        let (refers, rows) = (self.share(&way.refers, way.child, answers), self.tables[way.child].rows);
        let each = (rows * refers / way.distinct).max(1.0);
        let capped = cap.map_or(1.0, |most| (most as f64 / each).min(1.0));
        refers * shares[way.parent].down * capped
    }

    /// Parents of what comes, at any depth.
    fn require(&self, shares: &mut [Shares], answers: &[u64]) {
        for _ in 0..PASSES {
            for at in self.in_order().into_iter().rev() {
                if !matches!(self.tables[at].reach, Reach::Reached | Reach::Required) {
                    continue;
                }
                let down = shares[at].down;
                let mut absent = 1.0 - down;
                for way in self.ways.iter().filter(|way| way.parent == at) {
                    let (child, others) = (&shares[way.child], (way.distinct * (1.0 - down)).max(1.0));
                    let came = if way.follow.is_some() { down } else { 0.0 };
                    let asking = self.share(&way.refers, way.child, answers) * (child.reached - came).max(0.0);
                    let asking = self.tables[way.child].rows * child.left() * asking;
                    let hit = others * (1.0 - (-asking / others).exp());
                    absent *= 1.0 - (hit / (self.tables[at].rows * (1.0 - down)).max(1.0)).min(1.0);
                }
                shares[at].reached = 1.0 - absent;
            }
        }
    }

    /// Rows go with the subjects that they refer to, even where nothing else may take them.
    fn forget(&self, shares: &mut [Shares], answers: &[u64]) {
        for at in self.in_order() {
            let losses = self.losses.iter().filter(|loss| loss.child == at);
            let with = losses.map(|loss| self.share(&loss.refers, at, answers) * shares[loss.parent].forgotten);
            let with = with.fold(0.0, f64::max);
            let own = &mut shares[at];
            own.orphaned = with;
            own.forgotten = f64::max(with, (1.0 - own.deleted - own.expired) * own.subjects);
        }
    }

    /// Rows go with what they refer to.
    fn lose(&self, shares: &mut [Shares], answers: &[u64]) {
        for at in self.in_order() {
            let mut goes = shares[at].orphaned;
            for loss in self.losses.iter().filter(|loss| loss.child == at && !loss.refuses) {
                let parent = &shares[loss.parent];
                let lost = match loss.cause {
                    _ if self.tables[loss.parent].empty => 1.0,
                    Cause::Any => parent.lost(),
                    Cause::Deleted => parent.deleted,
                    Cause::Other => parent.lost() - parent.deleted,
                };
                goes = f64::max(goes, self.share(&loss.refers, at, answers) * lost);
            }
            shares[at].orphaned = goes;
        }
    }

    fn in_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.tables.len()).collect();
        order.sort_by_key(|at| self.tables[*at].order);
        order
    }

    fn share(&self, refers: &Refers, child: usize, answers: &[u64]) -> f64 {
        refers.share * refers.when.map_or(1.0, |when| part(answers[when], self.tables[child].rows))
    }

    fn ask(&mut self, from: &str, condition: &str) -> usize {
        self.questions.push(format!("SELECT FROM {from} AS t WHERE {condition}"));
        self.questions.len() - 1
    }

    fn table(&mut self, unit: &Unit<'_>, draws: &[Draw]) -> Estimated {
        let own = &unit.own;
        if let Some(newest) = own.age.as_ref().and_then(|age| age.newest.as_ref()) {
            self.times.push(time(newest, unit));
        }
        let leaves: Vec<Leaf> = unit
            .leaves
            .iter()
            .map(|leaf| {
                let from = format!("ONLY {}", leaf.name.sql());
                let mut ask = |condition: &str| (condition != "false").then(|| self.ask(&from, condition));
                let (deleted, expired) = (ask(&own.deleted()), ask(&own.expired()));
                Leaf { oid: leaf.oid, rows: leaf.estimated_rows.max(0.0) as u64, deleted, expired }
            })
            .collect();
        let roots = unit.roots.iter().zip(draws).map(|(root, draw)| Root {
            condition: draw.condition.as_ref().map(|condition| self.ask(&from(unit.table), condition)),
            amount: root.amount,
        });
        Estimated {
            rows: leaves.iter().map(|leaf| leaf.rows).sum::<u64>() as f64,
            roots: roots.collect(),
            leaves,
            empty: own.empty.is_some(),
            reach: unit.reach,
            sample: unit.sample.map(|sample| sample.value.amount),
            forgets: unit.forgets,
            order: unit.group,
        }
    }

    fn refers(&mut self, graph: &Graph<'_>, edge: &Edge<'_>) -> Refers {
        let child = &graph.units[edge.child];
        let leaves =
            child.leaves.iter().filter(|leaf| edge.child_leaves.as_ref().is_none_or(|part| part.contains(&leaf.oid)));
        let all = rows(&child.leaves);
        let with: f64 = leaves
            .map(|leaf| rows(&[leaf]) * edge.pairs.iter().map(|pair| filled(leaf, pair.child)).product::<f64>())
            .sum();
        let when = edge.when().map(|when| self.ask(&from(child.table), &when));
        Refers { share: if all > 0.0 { with / all } else { 1.0 }, when }
    }

    fn way(&mut self, graph: &Graph<'_>, link: &Link<'_>) -> Way {
        let (parent, child) = (&graph.units[link.edge.parent], &graph.units[link.edge.child]);
        let most = rows(&parent.leaves).min(rows(&child.leaves)).max(1.0);
        let distinct = |leaf: &&Table| link.edge.pairs.iter().map(|pair| values(leaf, pair.child)).product::<f64>();
        let known: f64 = child.leaves.iter().map(distinct).sum();
        Way {
            parent: link.edge.parent,
            child: link.edge.child,
            follow: match link.follow {
                Follow::All => Some(None),
                Follow::Newest(most, _) => Some(Some(most)),
                Follow::None => None,
            },
            refers: self.refers(graph, &link.edge),
            distinct: if known >= 1.0 { known.min(most) } else { most },
        }
    }
}

/// The oldest time that stays, as the statistics of the table and its partitions have it.
fn time(newest: &Newest, unit: &Unit<'_>) -> (String, String) {
    let row = |name: &TableName| format!("({}, {})", literal(name.schema.as_str()), literal(name.name.as_str()));
    let tables: Vec<String> = unit.leaves.iter().chain([&unit.table]).map(|table| row(&table.name)).collect();
    let known = format!("{} AND (s.schemaname, s.tablename) IN ({})", newest.known, tables.join(", "));
    (newest.since.clone(), known)
}

fn rows(leaves: &[&Table]) -> f64 {
    leaves.iter().map(|leaf| leaf.estimated_rows.max(0.0)).sum()
}

/// The share of rows in which a column is not NULL.
fn filled(table: &Table, name: &Name) -> f64 {
    table.column(name).map_or(1.0, |column| 1.0 - column.nulls)
}

/// Distinct values of a column; 0 where nothing is known.
fn values(table: &Table, name: &Name) -> f64 {
    let distinct = table.column(name).map_or(0.0, |column| column.distinct);
    if distinct < 0.0 { -distinct * table.estimated_rows.max(0.0) } else { distinct }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Amount;

    fn table(oid: Oid, rows: u64, reach: Reach) -> Estimated {
        let leaves = vec![Leaf { oid, rows, deleted: None, expired: None }];
        Estimated {
            leaves,
            rows: rows as f64,
            empty: false,
            reach,
            sample: None,
            forgets: 0,
            roots: Vec::new(),
            order: oid as usize,
        }
    }

    fn always() -> Refers {
        Refers { share: 1.0, when: None }
    }

    #[test]
    fn a_tenth_of_the_parents_brings_a_tenth_of_the_children_and_what_these_require() {
        let mut users = table(0, 1_000, Reach::Reached);
        users.roots.push(Root { condition: None, amount: Some(Amount::Share(0.1)) });
        let tables = vec![users, table(1, 10_000, Reach::Reached), table(2, 50, Reach::Required)];
        let way = |parent, child, distinct| Way { parent, child, follow: Some(None), refers: always(), distinct };
        let estimate = Estimate { tables, ways: vec![way(0, 1, 1_000.0), way(2, 1, 50.0)], ..Estimate::default() };
        let fates: Vec<Counts> = estimate.counts(&[]).into_iter().map(|(_, counts)| counts).collect();
        assert_eq!((fates[0].copied, fates[0].unreached), (100, 900));
        assert_eq!((fates[1].copied, fates[1].unreached), (1_000, 9_000));
        assert_eq!(fates[2].copied, 50);
    }

    #[test]
    fn children_go_with_the_share_of_their_parents_that_goes() {
        let mut orders = table(0, 1_000, Reach::Apart);
        orders.leaves[0].expired = Some(0);
        let mut items = table(1, 4_000, Reach::Apart);
        items.sample = Some(Amount::Rows(2_000));
        let losses = vec![Loss {
            parent: 0,
            child: 1,
            cause: Cause::Any,
            refuses: false,
            refers: Refers { share: 0.5, when: None },
        }];
        let estimate = Estimate { tables: vec![orders, items], losses, ..Estimate::default() };
        let fates = estimate.counts(&[400]);
        assert_eq!(fates[0].1, Counts { source: 1_000, copied: 600, expired: 400, ..Counts::default() });
        let items = Counts { source: 4_000, copied: 1_600, sampled: 2_000, orphaned: 400, ..Counts::default() };
        assert_eq!(fates[1].1, items);
    }
}
