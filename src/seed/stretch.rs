//! What the rows of a table are made from, a stretch after the other: parents may be more than memory holds.

use super::ages::Ages;
use super::deal::deals;
use super::keys::{Keys, Parents};
use super::row::{Maker, Row};
use super::{EPOCH, failed, last, run};
use crate::mask::Family;
use crate::pg::fault::Fault;
use crate::pg::session::Target;
use crate::plan::seed::{Filled, Generator, ReferenceSeed, Rows, SeedPlan, TableSeed};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::Name;
use futures_util::TryStreamExt as _;
use std::ops::Range;
use std::sync::{Arc, RwLock};

/// Parents of a stretch, of each reference.
const PARENTS: u64 = 1_000_000;

/// The stretches of a table: as many as its largest parent needs.
pub struct Stretches<'s> {
    target: &'s Target,
    plan: &'s SeedPlan,
    seed: &'s Arc<TableSeed>,
    /// Rows of the parent of each reference that is filled before.
    parents: Vec<u64>,
    used: Vec<u64>,
    many: u64,
    next: u64,
}

/// What is left of a stretch when the next one begins.
#[derive(Default)]
pub struct Left {
    /// Rows so far.
    pub made: u64,
    /// Those that later ones refer to.
    pub known: Vec<Option<Row>>,
}

impl<'s> Stretches<'s> {
    /// Counts the parents.
    pub async fn new(target: &'s Target, plan: &'s SeedPlan, seed: &'s Arc<TableSeed>) -> Result<Self> {
        let mut parents = Vec::new();
        for reference in &seed.references {
            parents.push(if reference.filled == Filled::Before { count(target, reference).await? } else { 0 });
        }
        let many = parents.iter().map(|parents| parents.div_ceil(PARENTS)).max().unwrap_or(1).max(1);
        Ok(Stretches { target, plan, seed, parents, used: used(target, seed).await?, many, next: 0 })
    }

    /// All there is, for rows that must be made together.
    pub async fn whole(mut self) -> Result<Maker> {
        self.many = 1;
        if let Rows::Per(at, _) = self.seed.rows
            && self.parents[at] > PARENTS
        {
            let message = format!(
                "it is filled in one statement with tables that need it, and each of {} rows of {} would have some",
                self.parents[at], self.seed.references[at].parent
            );
            let help = format!("say how many rows it is to have, as in --rows {}=1000", self.seed.name);
            return Err(Error::refused(
                Diagnostic::error("seed-rows", Place::from(&self.seed.name), message).help(help),
            ));
        }
        self.made_from(Left::default()).await
    }

    /// What the next rows are made from; `None` after the last stretch.
    pub async fn next(&mut self, left: Left) -> Result<Option<Maker>> {
        if self.next == self.many {
            return self.close().await.map(|()| None);
        }
        self.made_from(left).await.map(Some)
    }

    async fn made_from(&mut self, left: Left) -> Result<Maker> {
        let mut parents = Vec::new();
        for (at, reference) in self.seed.references.iter().enumerate() {
            parents.push(match reference.filled {
                Filled::Before => self.read(at, reference).await?,
                Filled::Itself | Filled::Together(_) => Parents::default(),
            });
        }
        let length = |all: u64| self.part(all).end - self.part(all).start;
        let (rows, most) = match &self.seed.rows {
            Rows::Fixed(rows) => (Rows::Fixed(length(*rows)), *rows),
            Rows::Shared(rows, at) => (Rows::Shared(length(*rows), *at), *rows),
            Rows::Per(at, count) => (self.seed.rows.clone(), self.parents[*at].saturating_mul(count.high as u64)),
        };
        let mut maker = Maker {
            seed: self.seed.clone(),
            as_of: self.plan.as_of as f64,
            locale: self.plan.locale,
            total: 0,
            stretch: (self.next, self.many),
            rows,
            first: left.made,
            most,
            parents,
            known: RwLock::new(left.known),
            together: self.seed.references.iter().map(|_| Keys::default()).collect(),
            draft: false,
            deals: Vec::new(),
            ages: None,
            used: self.used.clone(),
        };
        maker.total = maker.all();
        maker.deals = deals(&maker);
        maker.ages = Ages::new(&maker);
        self.next += 1;
        Ok(maker)
    }

    /// The part of so many things that belongs to this stretch.
    fn part(&self, all: u64) -> Range<u64> {
        let until = |stretch: u64| (u128::from(all) * u128::from(stretch) / u128::from(self.many)) as u64;
        until(self.next)..until(self.next + 1)
    }

    /// Reads rows that can be referred to: all of them, or those of the stretch where they are more than one has.
    async fn read(&self, at: usize, reference: &ReferenceSeed) -> Result<Parents> {
        let select = select(reference);
        if self.parents[at] <= PARENTS {
            return parents(self.target, &select, reference, 0).await;
        }
        if self.many == 1 {
            return parents(self.target, &some(&select, self.parents[at]), reference, 0).await;
        }
        if self.next == 0 {
            run(self.target, &format!("DECLARE standin_parents_{at} NO SCROLL CURSOR FOR {select}")).await?;
        }
        let part = self.part(self.parents[at]);
        let fetch = format!("FETCH FORWARD {} FROM standin_parents_{at}", part.end - part.start);
        parents(self.target, &fetch, reference, part.start).await
    }

    async fn close(&self) -> Result<()> {
        for (at, _) in self.parents.iter().enumerate().filter(|(_, parents)| **parents > PARENTS) {
            run(self.target, &format!("CLOSE standin_parents_{at}")).await?;
        }
        Ok(())
    }
}

/// The rows of a reference's parent that can be referred to.
fn from(reference: &ReferenceSeed) -> String {
    let only = if reference.parent_is_tree { "" } else { "ONLY " };
    let some: Vec<String> = reference.parent_columns.iter().map(|name| format!("{} IS NOT NULL", name.sql())).collect();
    format!("FROM {only}{} WHERE {}", reference.parent.sql(), some.join(" AND "))
}

async fn count(target: &Target, reference: &ReferenceSeed) -> Result<u64> {
    let row = target.client().query_one(&format!("SELECT pg_catalog.count(*) {}", from(reference)), &[]).await;
    let row = row.map_err(|error| failed(Fault::rows(error), &reference.parent, "cannot count the rows"))?;
    Ok(row.get::<_, i64>(0).max(0) as u64)
}

/// The referenced columns, and the times that rows come after.
fn select(reference: &ReferenceSeed) -> String {
    let names: Vec<String> = reference.parent_columns.iter().map(|name| name.sql()).collect();
    let texts: Vec<String> = names.iter().map(|name| format!("{name}::pg_catalog.text")).collect();
    let time = |name: &Name| format!("EXTRACT(epoch FROM {})::pg_catalog.float8", name.sql());
    let times: Vec<String> = reference.parent_times.iter().map(time).collect();
    format!(
        "SELECT ARRAY[{}], ARRAY[{}]::pg_catalog.float8[] {} ORDER BY {}",
        texts.join(", "),
        times.join(", "),
        from(reference),
        names.join(", "),
    )
}

/// As many of the rows as a stretch has, each as far from the next.
fn some(select: &str, all: u64) -> String {
    let step = all.div_ceil(PARENTS);
    format!(
        "SELECT s.k, s.t FROM (SELECT r.*, pg_catalog.row_number() OVER () AS n FROM ({select}) AS r (k, t)) AS s WHERE s.n % {step} = 0"
    )
}

/// Reads rows that can be referred to, the first of which has this number.
async fn parents(target: &Target, sql: &str, reference: &ReferenceSeed, first: u64) -> Result<Parents> {
    let unread = |fault| failed(fault, &reference.parent, "cannot read keys");
    let none: [&(dyn tokio_postgres::types::ToSql + Sync); 0] = [];
    let rows = target.client().query_raw(sql, none).await.map_err(|error| unread(Fault::rows(error)))?;
    let mut rows = std::pin::pin!(rows);
    let mut parents = Parents { first, keys: Keys::new(reference.parent_columns.len()), times: Vec::new() };
    while let Some(row) = rows.try_next().await.map_err(|error| unread(Fault::rows(error)))? {
        parents.keys.push(row.get::<_, Vec<&str>>(0));
        let moment =
            |time: &Option<f64>| time.filter(|time| time.is_finite()).map_or(f64::NAN, |time| (time - EPOCH) * 1e6);
        parents.times.extend(row.get::<_, Vec<Option<f64>>>(1).iter().map(moment));
    }
    Ok(parents)
}

/// Per column that counts rows: the numbers that rows have which triggers of other tables wrote.
async fn used(target: &Target, seed: &TableSeed) -> Result<Vec<u64>> {
    let mut used = vec![0; seed.columns.len()];
    for (at, column) in seed.columns.iter().enumerate() {
        if let Generator::Serial { step, start, .. } = &column.generator
            && column.family != Some(Family::Text)
            && let Some(last) = last(target, seed, at, *step).await?
        {
            let steps = last.saturating_sub(*start).checked_div(*step).and_then(|steps| steps.checked_add(1));
            used[at] = steps.and_then(|steps| u64::try_from(steps).ok()).unwrap_or(0);
        }
    }
    Ok(used)
}
