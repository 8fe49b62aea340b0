//! The statements of a choice, run at the source in the run's snapshot: draws, pairs of rows, counts.

use super::pool::Pool;
use super::set::{Packing, Row, Rowset};
use super::stream::{Fields, fault, stream};
use crate::catalog::Oid;
use crate::pg::copy::Malformed;
use crate::pg::fault::Fault;
use crate::pg::tid::{Tid, Tids};
use crate::plan::rows::choose::{Bare, Choosing, Draw, Link, STAYS, Take};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::TableName;
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use roaring::RoaringTreemap;
use std::cell::RefCell;
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

/// Asks the source, in as many sessions at once as the pool has.
pub struct Reader<'a> {
    pool: &'a Pool<'a>,
    plan: &'a Choosing,
    packing: Packing,
    steps: HashMap<(usize, Way), u32>,
    /// All pairs of a reference by their given end, where steps were too many.
    held: HashMap<(usize, Way), Vec<(u64, u64)>>,
    rows: u64,
}

impl<'a> Reader<'a> {
    /// Learns how the source numbers its rows.
    pub async fn new(pool: &'a Pool<'a>, plan: &'a Choosing) -> Result<Self> {
        let session = pool.take().await?;
        let row = session.client().query_one("SELECT pg_catalog.current_setting('block_size')::int4", &[]).await;
        let bytes: i32 = row.map_err(|error| fault(error, Place::Run))?.get(0);
        let packing = Packing::new(bytes as u32);
        Ok(Reader { pool, plan, packing, steps: HashMap::new(), held: HashMap::new(), rows: 0 })
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

    /// The rows that each of some draws takes, with their states: all draws at once.
    pub async fn draws(&self, draws: &[(usize, &Draw)], each: impl FnMut(usize, Row, i16)) -> Result<()> {
        let each = &RefCell::new(each);
        let one = draws.iter().enumerate().map(|(at, &(unit, draw))| async move {
            self.draw(unit, draw, |row, state| each.borrow_mut()(at, row, state)).await
        });
        try_join_all(one).await.map(drop)
    }

    async fn draw(&self, unit: usize, draw: &Draw, each: impl Fn(Row, i16)) -> Result<()> {
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
        let session = self.pool.take().await?;
        let stream = session.client().query_typed_raw(sql, parameters).await.map_err(refused)?;
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

    /// The children through some references, of some parents or of all, with what the statements can tell of each: all
    /// references at once.
    pub async fn children(
        &mut self,
        links: &[usize],
        parents: Option<&Rowset>,
        each: impl FnMut(usize, Row, i16),
    ) -> Result<()> {
        let keys = |link: &usize| self.keys(*link, parents);
        let (numbered, paired): (Vec<usize>, Vec<usize>) = links.iter().partition(|link| keys(link).is_some());
        // References to the same key: it is read once for all of them.
        let several: Vec<&[usize]> = numbered.chunk_by(|one, other| keys(one) == keys(other)).collect();
        self.hold_pairs(&paired, Way::Down, parents).await?;
        let (reader, each) = (&*self, &RefCell::new(each));
        let one = |&link: &usize| async move {
            reader.some(link, Way::Down, parents, &|pair| each.borrow_mut()(link, pair.child, pair.state)).await
        };
        let numbered = several.into_iter().map(|links| async move {
            reader.numbered(links, parents, &|link, row, state| each.borrow_mut()(link, row, state)).await
        });
        tokio::try_join!(try_join_all(paired.iter().map(one)), try_join_all(numbered)).map(drop)
    }

    /// What gives the numbers of a reference's parents, where many are given.
    fn keys(&self, link: usize, parents: Option<&Rowset>) -> Option<&'a str> {
        let reference = &self.plan.links[link];
        let rows = self.plan.units[reference.parent].estimated_rows + self.plan.units[reference.child].estimated_rows;
        let many = parents.is_some_and(|parents| parents.len() > FEW.max((rows / VISIT) as u64));
        reference.numbers.as_ref().filter(|_| many).map(|[keys, _]| keys.as_str())
    }

    /// The children through references to one key: a join at the source costs five times as much as both tables' numbers,
    /// held against each other here.
    async fn numbered(&self, links: &[usize], parents: Option<&Rowset>, each: &impl Fn(usize, Row, i16)) -> Result<()> {
        let (Some(first), Some(parents)) = (links.first().map(|link| &self.plan.links[*link]), parents) else {
            return Ok(());
        };
        let Some([keys, _]) = &first.numbers else { return Ok(()) };
        let mut known = RoaringTreemap::new();
        let some = |fields: Fields<'_>| {
            let (row, key) = (self.row(first.parent, fields.oid(0)?, fields.tid(1)?), fields.wide(2)?);
            if let (Some(row), Some(key)) = (row, key)
                && parents.contains(row)
            {
                known.insert(key as u64);
            }
            Ok(())
        };
        self.stream(first.parent, keys, 3, some).await?;
        let known = &known;
        let children = links.iter().map(|&link| async move {
            let reference = &self.plan.links[link];
            let some = |fields: Fields<'_>| {
                if fields.wide(3)?.is_some_and(|key| known.contains(key as u64))
                    && let Some(row) = self.row(reference.child, fields.oid(0)?, fields.tid(1)?)
                {
                    each(link, row, fields.number(2)?);
                }
                Ok(())
            };
            let Some([_, references]) = &reference.numbers else { return Ok(()) };
            self.stream(reference.child, references, 4, some).await
        });
        try_join_all(children).await.map(drop)
    }

    /// The pairs of some references of which one end is given, or all of them: all references at once.
    pub async fn pairs(
        &mut self,
        links: &[usize],
        way: Way,
        given: Option<&Rowset>,
        each: impl FnMut(usize, Pair),
    ) -> Result<()> {
        self.hold_pairs(links, way, given).await?;
        let (reader, each) = (&*self, &RefCell::new(each));
        let one =
            |&link: &usize| async move { reader.some(link, way, given, &|pair| each.borrow_mut()(link, pair)).await };
        try_join_all(links.iter().map(one)).await.map(drop)
    }

    async fn some(&self, link: usize, way: Way, given: Option<&Rowset>, each: &impl Fn(Pair)) -> Result<()> {
        let plan = self.plan;
        let reference = &plan.links[link];
        let Some(given) = given else {
            return self.all(reference, way, each).await;
        };
        if let Some(all) = self.held.get(&(link, way)) {
            step(all, way, given, each);
            return Ok(());
        }
        let (unit, only) = match way {
            Way::Down => (reference.parent, &reference.parent_leaves),
            Way::Up => (reference.child, &reference.child_leaves),
        };
        let few = if way == Way::Down { FEW } else { PIECE as u64 };
        if given.len() > few && given.len() as f64 > plan.units[unit].estimated_rows / 4.0 {
            // Much of the table: one pass over all pairs is cheaper than to name the rows.
            let wanted = |pair: &Pair| given.contains(if way == Way::Down { pair.parent } else { pair.child });
            let some = |pair: Pair| {
                if wanted(&pair) {
                    each(pair)
                }
            };
            return self.all(reference, way, &some).await;
        }
        let jobs = self.pool.jobs();
        let most = (given.len() as usize).div_ceil(jobs).clamp(FEW as usize, (PIECE / jobs).max(FEW as usize));
        let pieces = given.pieces(most).into_iter().map(|mut piece| {
            piece.retain(|(leaf, _)| only.as_ref().is_none_or(|only| only.contains(leaf)));
            piece
        });
        let asked = pieces.filter(|piece| !piece.is_empty()).map(|piece| async move {
            let leaves: Vec<&TableName> = piece.iter().map(|(leaf, _)| &plan.units[unit].leaves[*leaf].1).collect();
            self.ask(reference, &statement(reference, way, Some(&leaves)), &piece, each).await
        });
        try_join_all(asked).await.map(drop)
    }

    /// Reads all pairs of references that were followed too often.
    async fn hold_pairs(&mut self, links: &[usize], way: Way, given: Option<&Rowset>) -> Result<()> {
        for link in links.iter().filter(|_| given.is_some()) {
            let steps = self.steps.entry((*link, way)).or_default();
            *steps += 1;
            if *steps <= STEPS || self.held.contains_key(&(*link, way)) {
                continue;
            }
            let (reference, most, all) = (&self.plan.links[*link], self.plan.most, RefCell::new(Vec::new()));
            let add = |pair: Pair| {
                let (from, to) = if way == Way::Down { (pair.parent, pair.child) } else { (pair.child, pair.parent) };
                let mut all = all.borrow_mut();
                // What is beyond the limit is refused below: it need not be held.
                if all.len() as u64 <= most {
                    all.push((number(from, STAYS), number(to, pair.state)));
                }
            };
            self.all(reference, way, &add).await?;
            let mut all = all.into_inner();
            self.hold(reference.child, all.len() as u64)?;
            all.sort_unstable();
            self.held.insert((*link, way), all);
        }
        Ok(())
    }

    /// Every pair of a reference.
    async fn all(&self, link: &Link, way: Way, each: &impl Fn(Pair)) -> Result<()> {
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
    async fn ask(&self, link: &Link, sql: &str, piece: &[(usize, Vec<u64>)], each: &impl Fn(Pair)) -> Result<()> {
        let session = self.pool.take().await?;
        let tids = |(_, rows): &(usize, Vec<u64>)| Tids(rows.iter().map(|at| self.packing.unpack(*at)).collect());
        let ids: Vec<Tids> = piece.iter().map(tids).collect();
        let parameters = ids.iter().map(|ids| (ids as &(dyn ToSql + Sync), Type::TID_ARRAY));
        let stream = session.client().query_typed_raw(sql, parameters).await;
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
        stream(&*self.pool.take().await?, &self.plan.units[unit].table, (sql, width), each).await
    }

    fn row(&self, unit: usize, leaf: Oid, tid: Tid) -> Option<Row> {
        Some(Row { leaf: self.plan.units[unit].leaf(leaf)?, at: self.packing.pack(tid) })
    }

    fn fault(&self, error: tokio_postgres::Error, unit: usize) -> Error {
        fault(error, Place::from(&self.plan.units[unit].table))
    }
}

/// A step along pairs that are held.
fn step(all: &[(u64, u64)], way: Way, given: &Rowset, each: &impl Fn(Pair)) {
    for row in given.rows() {
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
