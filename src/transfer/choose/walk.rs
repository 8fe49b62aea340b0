//! The choice itself: rows that go because of others, rows that a subset reaches, rows that these require.
//!
//! Everything is a worklist over sets of rows: a row enters a set once, and each reference is followed once for it.

use super::read::{Pair, Reader, Way};
use super::set::{Row, Rowset};
use super::subset::Root;
use crate::plan::rows::choose::{Choosing, DELETED, Draw, Link, OUTSIDE, Role, STAYS, Unit};
use crate::rules::Orphan;
use crate::words::diagnostic::Diagnostic;
use crate::words::error::Result;

/// Subjects that are forgotten, by the place of their table: as many lists as the key has columns.
pub type Subjects = std::collections::HashMap<usize, Vec<Vec<String>>>;

/// The sets of one choice; each list is by unit, those that say so by link.
pub struct Walk<'a> {
    pub(super) plan: &'a Choosing,
    /// What the subset makes of each table: as planned, and as its roots turn out.
    pub(super) roles: Vec<Role>,
    /// Rows that a sample takes, where there is one.
    pub samples: Vec<Option<Rowset>>,
    /// Rows of subjects that their own policy keeps.
    pub subjects: Vec<Rowset>,
    /// Which of the subjects were found.
    pub found: Vec<std::collections::HashSet<i64>>,
    /// Rows that go because of a subject, themselves included.
    pub(super) forgotten: Vec<Rowset>,
    /// Those of them that SQL alone leaves out, too.
    pub outside: Vec<Rowset>,
    /// Rows that go because of others.
    pub gone: Vec<Rowset>,
    /// Rows that a cap leaves out.
    pub(super) banned: Vec<Rowset>,
    /// Rows that a root brings along, before any of them goes because of others.
    pub reached: Vec<Rowset>,
    /// Rows that come, of tables that a subset reaches.
    pub kept: Vec<Rowset>,
    /// Why they come: roots, then references, with how many each brought first.
    pub why: Vec<Vec<(String, u64)>>,
    /// What somebody should look at.
    pub warnings: Vec<Diagnostic>,
    /// What the roots of the subset take.
    pub(super) roots: Vec<Root>,
    /// By link: rows whose reference is reset.
    pub nulls: Vec<Rowset>,
    /// By link: rows whose reference forbids that its parent goes.
    pub(super) refused: Vec<Rowset>,
}

/// Rows to follow, by unit.
pub(super) struct Frontier(pub(super) Vec<Rowset>);

impl<'a> Walk<'a> {
    /// Nothing chosen yet.
    pub fn new(plan: &'a Choosing) -> Self {
        let empty = || plan.units.iter().map(|unit| Rowset::new(unit.leaves.len())).collect::<Vec<_>>();
        let of_links = || plan.links.iter().map(|link| Rowset::new(plan.units[link.child].leaves.len())).collect();
        Walk {
            plan,
            roles: plan.units.iter().map(|unit| unit.role).collect(),
            samples: vec![None; plan.units.len()],
            subjects: empty(),
            found: vec![Default::default(); plan.units.len()],
            forgotten: empty(),
            outside: empty(),
            gone: empty(),
            banned: empty(),
            reached: empty(),
            kept: empty(),
            why: vec![Vec::new(); plan.units.len()],
            warnings: Vec::new(),
            roots: Vec::new(),
            nulls: of_links(),
            refused: of_links(),
        }
    }

    /// Draws what samples and roots take; nobody else's rows decide that.
    pub async fn draw(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        self.sample(reader).await?;
        self.roots(reader).await
    }

    /// Chooses what follows from that.
    pub async fn run(&mut self, reader: &mut Reader<'_>, subjects: &Subjects) -> Result<()> {
        self.forget(reader, subjects).await?;
        self.lose(reader).await?;
        if self.roles.iter().any(|role| *role != Role::Apart) {
            self.subset(reader).await?;
        }
        Ok(())
    }

    /// What is said of references that `refuse` what happens, and rows that stay have.
    pub async fn refusals(&self, reader: &Reader<'_>) -> Result<Vec<Diagnostic>> {
        let stays = |unit: usize, row: Row| match self.explicit(unit) {
            true => self.kept[unit].contains(row),
            false => !self.gone[unit].contains(row) && !self.sampled_out(unit, row),
        };
        let mut refusals = Vec::new();
        for (link, rows) in self.plan.links.iter().zip(&self.refused) {
            if rows.rows().any(|row| stays(link.child, row)) {
                refusals.push(link.refused.clone());
            }
        }
        for bare in &self.plan.bare {
            let mut found = false;
            reader.rows(bare, |row| found |= stays(bare.child, row)).await?;
            if found {
                refusals.push(bare.refused.clone());
            }
        }
        Ok(refusals)
    }

    /// How many rows go because of subjects, themselves included.
    pub fn forgotten(&self) -> u64 {
        self.forgotten.iter().map(Rowset::len).sum()
    }

    /// True if exactly the rows of a set come, rather than all but those of one.
    pub fn explicit(&self, unit: usize) -> bool {
        matches!(self.roles[unit], Role::Reached | Role::Required)
    }

    pub(super) fn sampled_out(&self, unit: usize, row: Row) -> bool {
        self.samples[unit].as_ref().is_some_and(|sample| !sample.contains(row))
    }

    /// Draws the samples.
    async fn sample(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let drawn = |(unit, planned): (usize, &'a Unit)| Some((unit, planned.sample.as_ref()?));
        let drawn: Vec<(usize, &Draw)> = self.plan.units.iter().enumerate().filter_map(drawn).collect();
        let mut samples: Vec<Rowset> = drawn.iter().map(|(unit, _)| self.empty(*unit)).collect();
        let each = |at: usize, row, state| {
            samples[at].insert(row);
            if state == OUTSIDE {
                self.gone[drawn[at].0].insert(row);
            }
        };
        reader.draws(&drawn, each).await?;
        for ((unit, _), mut sample) in drawn.into_iter().zip(samples) {
            reader.hold(unit, sample.len())?;
            self.climb(reader, unit, &mut sample).await?;
            self.samples[unit] = Some(sample);
        }
        Ok(())
    }

    /// A tree keeps what leads to a row of its sample.
    async fn climb(&mut self, reader: &mut Reader<'_>, unit: usize, sample: &mut Rowset) -> Result<()> {
        let own = |link: &Link| link.child == unit && link.parent == unit && link.other == Orphan::Cascade;
        let links = self.plan.links.iter().enumerate();
        let links: Vec<usize> = links.filter(|(_, link)| own(link)).map(|(at, _)| at).collect();
        let mut open = if links.is_empty() { Rowset::default() } else { sample.clone() };
        while !open.is_empty() {
            let mut more = self.empty(unit);
            let each = |_, pair: Pair| {
                if matches!(pair.state, STAYS | OUTSIDE) && sample.insert(pair.parent) {
                    more.insert(pair.parent);
                    if pair.state == OUTSIDE {
                        self.gone[unit].insert(pair.parent);
                    }
                }
            };
            reader.pairs(&links, Way::Up, Some(&open), each).await?;
            open = more;
        }
        Ok(())
    }

    /// Subjects, and everything that refers to them.
    async fn forget(&mut self, reader: &mut Reader<'_>, subjects: &Subjects) -> Result<()> {
        let mut open = Frontier::new(self.plan);
        for (unit, keys) in subjects {
            let (rows, found) = (&mut self.subjects[*unit], &mut self.found[*unit]);
            let outside = &mut self.outside[*unit];
            let each = |row, place, state| {
                found.insert(place);
                open.0[*unit].insert(row);
                if matches!(state, STAYS | OUTSIDE) {
                    rows.insert(row);
                }
                if state == OUTSIDE {
                    outside.insert(row);
                }
            };
            reader.subjects(*unit, keys, each).await?;
            self.forgotten[*unit].unite(rows);
        }
        while let Some((unit, rows)) = open.next(self.plan) {
            reader.hold(unit, rows.len())?;
            let each = |at: usize, row, state| {
                let link = &self.plan.links[at];
                if link.forgotten == Orphan::SetNull {
                    self.nulls[at].insert(row);
                } else if self.forgotten[link.child].insert(row) {
                    open.0[link.child].insert(row);
                    if state & OUTSIDE == OUTSIDE {
                        self.outside[link.child].insert(row);
                    }
                }
            };
            reader.children(&self.plan.links_from(unit), Some(&rows), each).await?;
        }
        for ((gone, forgotten), sample) in self.gone.iter_mut().zip(&self.forgotten).zip(&self.samples) {
            match sample {
                Some(sample) => gone.unite(&forgotten.common(sample)),
                None => gone.unite(forgotten),
            }
        }
        Ok(())
    }

    /// Tables that no subset reaches: what goes because a row that it refers to does.
    async fn lose(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let plan = self.plan;
        let mut open = Frontier::new(plan);
        let loses = |link: &Link| {
            let (over, under) = (&plan.units[link.parent], &plan.units[link.child]);
            over.role == Role::Apart && under.role == Role::Apart && (over.sample.is_some() || over.conditional)
        };
        let links = plan.links.iter().enumerate().filter(|(_, link)| loses(link));
        let links: Vec<usize> = links.map(|(at, _)| at).collect();
        let each = |at: usize, pair: Pair| {
            let link = &plan.links[at];
            let action = match pair.state {
                DELETED => link.deleted,
                STAYS if self.forgotten[link.parent].contains(pair.parent) => return,
                STAYS if !self.sampled_out(link.parent, pair.parent) => return,
                _ => link.other,
            };
            self.act(at, pair.child, action, &mut open);
        };
        reader.pairs(&links, Way::Up, None, each).await?;
        while let Some((unit, rows)) = open.next(plan) {
            reader.hold(unit, rows.len())?;
            let apart = |at: &usize| plan.units[plan.links[*at].child].role == Role::Apart;
            let links: Vec<usize> = plan.links_from(unit).into_iter().filter(apart).collect();
            let each = |at: usize, row, state| {
                if state & OUTSIDE == STAYS {
                    self.act(at, row, plan.links[at].other, &mut open);
                }
            };
            reader.children(&links, Some(&rows), each).await?;
        }
        Ok(())
    }

    /// What the removal of a parent does to a row.
    pub(super) fn act(&mut self, link: usize, row: Row, action: Orphan, open: &mut Frontier) {
        let child = self.plan.links[link].child;
        match action {
            _ if self.sampled_out(child, row) => {}
            Orphan::Cascade => {
                if self.gone[child].insert(row) {
                    open.0[child].insert(row);
                }
            }
            Orphan::SetNull => drop(self.nulls[link].insert(row)),
            Orphan::Refuse => drop(self.refused[link].insert(row)),
        }
    }

    pub(super) fn empty(&self, unit: usize) -> Rowset {
        Rowset::new(self.plan.units[unit].leaves.len())
    }
}

impl Frontier {
    pub(super) fn new(plan: &Choosing) -> Self {
        Frontier(plan.units.iter().map(|unit| Rowset::new(unit.leaves.len())).collect())
    }

    /// The rows of the unit that comes first, parents before children; they are taken out.
    pub(super) fn next(&mut self, plan: &Choosing) -> Option<(usize, Rowset)> {
        let unit = self.waiting().min_by_key(|unit| plan.units[*unit].order)?;
        Some((unit, std::mem::take(&mut self.0[unit]))).map(|(unit, rows)| self.emptied(unit, rows, plan))
    }

    /// The rows of the unit that comes last, children before parents.
    pub(super) fn last(&mut self, plan: &Choosing) -> Option<(usize, Rowset)> {
        let unit = self.waiting().max_by_key(|unit| plan.units[*unit].order)?;
        Some((unit, std::mem::take(&mut self.0[unit]))).map(|(unit, rows)| self.emptied(unit, rows, plan))
    }

    fn waiting(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len()).filter(|unit| !self.0[*unit].is_empty())
    }

    fn emptied(&mut self, unit: usize, rows: Rowset, plan: &Choosing) -> (usize, Rowset) {
        self.0[unit] = Rowset::new(plan.units[unit].leaves.len());
        (unit, rows)
    }
}
