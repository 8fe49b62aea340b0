//! The statements of a choice, run at the source in the run's snapshot: draws, pairs of rows, counts.

use super::set::{Packing, Row, Rowset};
use super::stream::{Fields, fault, stream};
use crate::catalog::Oid;
use crate::pg::copy::Malformed;
use crate::pg::fault::Fault;
use crate::pg::session::Source;
use crate::pg::tid::{Tid, Tids};
use crate::plan::rows::choose::{Bare, Choosing, Draw, Link, STAYS, Take};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::TableName;
use futures_util::TryStreamExt;
use roaring::RoaringTreemap;
use std::collections::{BinaryHeap, HashMap};
use tokio_postgres::types::{ToSql, Type};

/// Row ids in one statement; a set beyond it takes several.
const PIECE: usize = 1 << 20;
/// Parents up to which they are named, however small their table.
const FEW: u64 = 10_000;
/// Rows that are read from front to back in the time of a visit to one by its id and an index.
const VISIT: f64 = 16.0;
/// Statements through one reference after which all of its pairs are held: a long list of rows takes as many steps.
const STEPS: u32 = 24;

/// Which end of a reference is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// From parents to their children.
    Down,
    /// From children to their parents.
    Up,
}

/// Two rows, one of which refers to the other.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// The referencing row.
    pub child: Row,
    /// The referenced row.
    pub parent: Row,
    /// What the statement can tell of the row that was not given.
    pub state: i16,
}

/// Asks the source.
pub struct Reader<'a> {
    source: &'a Source,
    plan: &'a Choosing,
    packing: Packing,
    /// Per unit that was counted, the counts of each leaf.
    counts: HashMap<usize, Vec<[u64; 4]>>,
    steps: HashMap<(usize, Way), u32>,
    /// All pairs of a reference by their given end, where steps were too many.
    held: HashMap<(usize, Way), Vec<(u64, u64)>>,
    rows: u64,
}

impl<'a> Reader<'a> {
    /// Prepares the session.
    pub async fn new(source: &'a Source, plan: &'a Choosing) -> Result<Self> {
        source.execute(crate::plan::rows::CHOOSING).await?;
        let row = source.client().query_one("SELECT pg_catalog.current_setting('block_size')::int4", &[]).await;
        let bytes: i32 = row.map_err(|error| fault(error, Place::Run))?.get(0);
        Ok(Reader {
            source,
            plan,
            packing: Packing::new(bytes as u32),
            counts: HashMap::new(),
            steps: HashMap::new(),
            held: HashMap::new(),
            rows: 0,
        })
    }

    /// How row ids are packed here.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// Counts rows that a set has taken; refuses when all of them together are too many.
    pub fn hold(&mut self, unit: usize, rows: u64) -> Result<()> {
        self.rows += rows;
        if self.rows <= self.plan.most {
            return Ok(());
        }
        let place = Place::from(&self.plan.units[unit].table);
        let message = format!("the choice of rows holds more than {} row ids, its limit", self.plan.most);
        Err(Error::refused(Diagnostic::error("rows-too-many", place, message).help("take a smaller sample or subset")))
    }

    /// The rows that a draw takes, with their states.
    pub async fn draw(&self, unit: usize, draw: &Draw, mut each: impl FnMut(Row, i16)) -> Result<()> {
        let mut smallest: BinaryHeap<(u64, u64)> = BinaryHeap::new();
        let some = |fields: Fields<'_>| {
            let (Some(row), state) = (self.row(unit, fields.oid(0)?, fields.tid(1)?), fields.number(2)?) else {
                return Ok(());
            };
            let texts = || (0..draw.width).map(|at| fields.text(3 + at)).collect::<std::result::Result<Vec<_>, _>>();
            match &draw.take {
                Take::All => each(row, state),
                Take::Share(domain, share) => {
                    if Take::within(Take::draw(domain, &texts()?), *share) {
                        each(row, state);
                    }
                }
                Take::Rows(_, 0) => {}
                Take::Rows(domain, most) => {
                    smallest.push((Take::draw(domain, &texts()?), number(row, state)));
                    if smallest.len() as u64 > (*most).min(self.plan.most + 1) {
                        smallest.pop();
                    }
                }
            }
            Ok(())
        };
        self.stream(unit, &draw.sql, 3 + draw.width, some).await?;
        smallest.into_iter().map(|(_, number)| row_of(number)).for_each(|(row, state)| each(row, state));
        Ok(())
    }

    /// The rows of subjects, which of them was found, and its state.
    pub async fn subjects(&self, unit: usize, keys: &[Vec<String>], mut each: impl FnMut(Row, i64, i16)) -> Result<()> {
        let Some(sql) = &self.plan.units[unit].subjects else { return Ok(()) };
        let parameters = keys.iter().map(|texts| (texts as &(dyn ToSql + Sync), Type::TEXT_ARRAY));
        let refused = |error| {
            let place = Place::from(&self.plan.units[unit].table);
            let fault = Fault::rows(error);
            if !fault.is_data() {
                return fault.into_error("source-choice", place, "cannot find the subjects at the source");
            }
            let message = "a line of the file of subjects is no value of the table's primary key";
            let help = "write one key a line, the columns of a composite key apart by commas";
            Error::refused(Diagnostic::error("forget-file", place, message).help(help))
        };
        let stream = self.source.client().query_typed_raw(sql, parameters).await.map_err(refused)?;
        let mut stream = std::pin::pin!(stream);
        while let Some(found) = stream.try_next().await.map_err(refused)? {
            if let Some(row) = self.row(unit, found.get(0), found.get(1)) {
                each(row, found.get(2), found.get(3));
            }
        }
        Ok(())
    }

    /// The rows, kept by their own policy or not, that have a reference to a table that arrives empty.
    pub async fn rows(&self, bare: &Bare, mut each: impl FnMut(Row)) -> Result<()> {
        let some = |fields: Fields<'_>| {
            if let Some(row) = self.row(bare.child, fields.oid(0)?, fields.tid(1)?) {
                each(row);
            }
            Ok(())
        };
        self.stream(bare.child, &bare.sql, 2, some).await
    }

    /// Rows of each leaf that is read: at the source, deleted, expired, orphaned as far as SQL can tell.
    pub async fn counts(&mut self, unit: usize) -> Result<&[[u64; 4]]> {
        if !self.counts.contains_key(&unit) {
            let mut counts = vec![[0; 4]; self.plan.units[unit].leaves.len()];
            if let Some(count) = self.plan.units[unit].count() {
                let found = self.source.client().query_typed(&count, &[]).await;
                for row in found.map_err(|error| self.fault(error, unit))? {
                    if let Some(leaf) = self.leaf(unit, row.get(0)) {
                        counts[leaf] = std::array::from_fn(|at| row.get::<_, i64>(at + 1) as u64);
                    }
                }
            }
            self.counts.insert(unit, counts);
        }
        Ok(self.counts.get(&unit).map_or(&[], Vec::as_slice))
    }

    /// The children of some parents, or of all, with what the statement can tell of each.
    pub async fn children(
        &mut self,
        link: usize,
        parents: Option<&Rowset>,
        mut each: impl FnMut(Row, i16),
    ) -> Result<()> {
        let plan = self.plan;
        let reference = &plan.links[link];
        let rows = plan.units[reference.parent].estimated_rows + plan.units[reference.child].estimated_rows;
        let (Some([keys, references]), Some(parents)) =
            (&reference.numbers, parents.filter(|parents| parents.len() > FEW.max((rows / VISIT) as u64)))
        else {
            return self.pairs(link, Way::Down, parents, |pair| each(pair.child, pair.state)).await;
        };
        // A join at the source costs five times as much as both tables' numbers, held against each other here.
        let mut known = RoaringTreemap::new();
        let some = |fields: Fields<'_>| {
            let (row, key) = (self.row(reference.parent, fields.oid(0)?, fields.tid(1)?), fields.wide(2)?);
            if let (Some(row), Some(key)) = (row, key)
                && parents.contains(row)
            {
                known.insert(key as u64);
            }
            Ok(())
        };
        self.stream(reference.parent, keys, 3, some).await?;
        let some = |fields: Fields<'_>| {
            if fields.wide(3)?.is_some_and(|key| known.contains(key as u64))
                && let Some(row) = self.row(reference.child, fields.oid(0)?, fields.tid(1)?)
            {
                each(row, fields.number(2)?);
            }
            Ok(())
        };
        self.stream(reference.child, references, 4, some).await
    }

    /// The pairs of a reference of which one end is given, or all of them.
    pub async fn pairs(
        &mut self,
        link: usize,
        way: Way,
        given: Option<&Rowset>,
        mut each: impl FnMut(Pair),
    ) -> Result<()> {
        let plan = self.plan;
        let reference = &plan.links[link];
        let Some(given) = given else {
            return self.all(reference, way, &mut each).await;
        };
        let (unit, only) = match way {
            Way::Down => (reference.parent, &reference.parent_leaves),
            Way::Up => (reference.child, &reference.child_leaves),
        };
        let steps = self.steps.entry((link, way)).or_default();
        *steps += 1;
        if *steps > STEPS {
            return self.step(link, way, given, &mut each).await;
        }
        let few = if way == Way::Down { FEW } else { PIECE as u64 };
        if given.len() > few && given.len() as f64 > plan.units[unit].estimated_rows / 4.0 {
            // Much of the table: one pass over all pairs is cheaper than to name the rows.
            let wanted = |pair: &Pair| given.contains(if way == Way::Down { pair.parent } else { pair.child });
            let mut some = |pair: Pair| {
                if wanted(&pair) {
                    each(pair)
                }
            };
            return self.all(reference, way, &mut some).await;
        }
        for mut piece in given.pieces(PIECE) {
            if let Some(only) = only {
                piece.retain(|(leaf, _)| only.contains(leaf));
            }
            if piece.is_empty() {
                continue;
            }
            let leaves: Vec<&TableName> = piece.iter().map(|(leaf, _)| &plan.units[unit].leaves[*leaf].1).collect();
            let sql = statement(reference, way, Some(&leaves));
            let tids = |rows: &Vec<u64>| Tids(rows.iter().map(|at| self.packing.unpack(*at)).collect());
            let ids: Vec<Tids> = piece.iter().map(|(_, rows)| tids(rows)).collect();
            self.ask(reference, &sql, &ids, &mut each).await?;
        }
        Ok(())
    }

    /// A step along pairs that are held.
    async fn step(&mut self, link: usize, way: Way, given: &Rowset, each: &mut impl FnMut(Pair)) -> Result<()> {
        let reference = &self.plan.links[link];
        if !self.held.contains_key(&(link, way)) {
            let (most, mut all) = (self.plan.most, Vec::<(u64, u64)>::new());
            let mut add = |pair: Pair| {
                let (from, to) = if way == Way::Down { (pair.parent, pair.child) } else { (pair.child, pair.parent) };
                // What is beyond the limit is refused below: it need not be held.
                if all.len() as u64 <= most {
                    all.push((number(from, STAYS), number(to, pair.state)));
                }
            };
            self.all(reference, way, &mut add).await?;
            self.hold(reference.child, all.len() as u64)?;
            all.sort_unstable();
            self.held.insert((link, way), all);
        }
        let Some(all) = self.held.get(&(link, way)) else { return Ok(()) };
        for (leaf, rows) in given.pieces(usize::MAX).into_iter().flatten() {
            for at in rows {
                let row = Row { leaf, at };
                let key = number(row, STAYS);
                let first = all.partition_point(|(from, _)| *from < key);
                for (_, to) in all[first..].iter().take_while(|(from, _)| *from == key) {
                    let (other, state) = row_of(*to);
                    each(match way {
                        Way::Down => Pair { child: other, parent: row, state },
                        Way::Up => Pair { child: row, parent: other, state },
                    });
                }
            }
        }
        Ok(())
    }

    /// Every pair of a reference.
    async fn all(&self, link: &Link, way: Way, each: &mut impl FnMut(Pair)) -> Result<()> {
        let some = |fields: Fields<'_>| {
            let child = self.row(link.child, fields.oid(0)?, fields.tid(1)?);
            let parent = self.row(link.parent, fields.oid(2)?, fields.tid(3)?);
            if let (Some(child), Some(parent)) = (child, parent) {
                each(Pair { child, parent, state: fields.number(4)? });
            }
            Ok(())
        };
        self.stream(link.child, &statement(link, way, None), 5, some).await
    }

    /// The pairs of which one end is among rows with these ids.
    async fn ask(&self, link: &Link, sql: &str, ids: &[Tids], each: &mut impl FnMut(Pair)) -> Result<()> {
        let parameters = ids.iter().map(|ids| (ids as &(dyn ToSql + Sync), Type::TID_ARRAY));
        let stream = self.source.client().query_typed_raw(sql, parameters).await;
        let mut stream = std::pin::pin!(stream.map_err(|error| self.fault(error, link.child))?);
        while let Some(found) = stream.try_next().await.map_err(|error| self.fault(error, link.child))? {
            let child = self.row(link.child, found.get(0), found.get(1));
            let parent = self.row(link.parent, found.get(2), found.get(3));
            if let (Some(child), Some(parent)) = (child, parent) {
                each(Pair { child, parent, state: found.get(4) });
            }
        }
        Ok(())
    }

    async fn stream(
        &self,
        unit: usize,
        sql: &str,
        width: usize,
        each: impl FnMut(Fields<'_>) -> std::result::Result<(), Malformed>,
    ) -> Result<()> {
        stream(self.source, &self.plan.units[unit].table, (sql, width), each).await
    }

    fn row(&self, unit: usize, leaf: Oid, tid: Tid) -> Option<Row> {
        Some(Row { leaf: self.leaf(unit, leaf)?, at: self.packing.pack(tid) })
    }

    fn leaf(&self, unit: usize, leaf: Oid) -> Option<usize> {
        self.plan.units[unit].leaves.binary_search_by_key(&leaf, |(oid, _)| *oid).ok()
    }

    fn fault(&self, error: tokio_postgres::Error, unit: usize) -> Error {
        fault(error, Place::from(&self.plan.units[unit].table))
    }
}

fn statement(link: &Link, way: Way, leaves: Option<&[&TableName]>) -> String {
    match way {
        Way::Down => link.down(leaves),
        Way::Up => link.up(leaves),
    }
}

/// A row and its state in one number: 44 bits of row id, 15 of leaf, 3 of state.
fn number(row: Row, state: i16) -> u64 {
    (state as u64) << 60 | (row.leaf as u64) << 44 | row.at
}

fn row_of(number: u64) -> (Row, i16) {
    let row = Row { leaf: (number >> 44 & 0xffff) as usize, at: number & ((1 << 44) - 1) };
    (row, (number >> 60) as i16)
}
