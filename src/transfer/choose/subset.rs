//! The subset: down from the roots to all that follows, then up to all that is required, less what must go.

use super::read::{Pair, Reader, Way};
use super::set::{Row, Rowset};
use super::walk::{Frontier, Walk};
use crate::plan::rows::choose::{BEYOND, DELETED, Follow, OUTSIDE, Role, STAYS};
use crate::words::diagnostic::Diagnostic;
use crate::words::error::Result;

/// How the rows of a unit entered the subset: by one reference alone, all of their parents there are known.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Through {
    Nothing,
    Link(usize),
    Several,
}

/// What one root takes.
struct Root {
    unit: usize,
    words: String,
    rows: Rowset,
    /// Those of them that refer to a row of a table outside of the choice that is removed.
    outside: Rowset,
}

/// One pass over the subset.
struct Pass {
    /// It is the second one, without what is gone.
    again: bool,
    /// Rows whose references are to be followed.
    open: Frontier,
    /// Rows that go because of what was found on the way.
    lost: Frontier,
    through: Vec<Through>,
}

impl Walk<'_> {
    /// The subset: what the roots bring along, less what must go, and then once more without it.
    pub(super) async fn subset(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let plan = self.plan;
        let mut roots = self.roots(reader).await?;
        self.cover(reader, &roots).await?;
        roots.retain(|root| self.roles[root.unit] == Role::Reached);
        let mut lost = self.gather(reader, &roots, false).await?;
        self.reached = self.kept.clone();
        for unit in (0..plan.units.len()).filter(|unit| self.explicit(*unit)).collect::<Vec<_>>() {
            let gone = self.gone[unit].common(&self.reached[unit]).without(&self.forgotten[unit]);
            lost.0[unit].unite(&gone);
            self.gone[unit] = self.gone[unit].common(&self.reached[unit]);
        }
        while let Some((unit, rows)) = lost.next(plan) {
            for at in self.links_from(unit) {
                let link = &plan.links[at];
                let each = |row, _| {
                    if self.reached[link.child].contains(row) {
                        self.act(at, row, link.other, &mut lost);
                    }
                };
                reader.children(at, Some(&rows), each).await?;
            }
        }
        let any = (0..plan.units.len()).any(|unit| self.explicit(unit) && !self.gone[unit].is_empty());
        if any {
            self.gather(reader, &roots, true).await?;
        }
        Ok(())
    }

    /// What each root takes of its table.
    async fn roots(&mut self, reader: &mut Reader<'_>) -> Result<Vec<Root>> {
        let mut roots = Vec::new();
        for (unit, planned) in self.plan.units.iter().enumerate().filter(|(unit, _)| self.roles[*unit] == Role::Reached)
        {
            for draw in &planned.roots {
                let (mut rows, mut outside) = (self.empty(unit), self.empty(unit));
                let each = |row, state| {
                    if !self.sampled_out(unit, row) {
                        rows.insert(row);
                        if state == OUTSIDE {
                            outside.insert(row);
                        }
                    }
                };
                reader.draw(unit, draw, each).await?;
                reader.hold(unit, rows.len())?;
                if rows.is_empty() {
                    let message = format!("a root of the subset ({}) takes no row of it", draw.words);
                    self.warnings.push(Diagnostic::warning("root-empty", &planned.table, message));
                }
                roots.push(Root { unit, words: format!("root: {}", draw.words), rows, outside });
            }
        }
        Ok(roots)
    }

    /// Notes the tables that come whole because their roots take every row: neither they nor what always follows them
    /// is looked at any further.
    async fn cover(&mut self, reader: &mut Reader<'_>, roots: &[Root]) -> Result<()> {
        let cover = &self.plan.cover;
        let mut all: Vec<bool> = self.roles.iter().map(|role| *role == Role::Whole).collect();
        for (unit, all) in all.iter_mut().enumerate() {
            let mut taken = self.empty(unit);
            roots.iter().filter(|root| root.unit == unit).for_each(|root| taken.unite(&root.rows));
            if cover.may(unit) && !taken.is_empty() {
                *all = reader.counts(unit).await?.iter().map(|[source, ..]| source).sum::<u64>() == taken.len();
            }
        }
        let whole = cover.whole(&all);
        self.roles.iter_mut().zip(whole).filter(|(_, whole)| *whole).for_each(|(role, _)| *role = Role::Whole);
        Ok(())
    }

    /// Goes down from the roots to all that follows, then up to all that is required; `again`: without what is gone.
    ///
    /// Gives the rows that go because of what was found on the way.
    async fn gather(&mut self, reader: &mut Reader<'_>, roots: &[Root], again: bool) -> Result<Frontier> {
        self.why.iter_mut().for_each(Vec::clear);
        self.kept = Frontier::new(self.plan).0;
        let mut pass = Pass {
            again,
            open: Frontier::new(self.plan),
            lost: Frontier::new(self.plan),
            through: vec![Through::Nothing; self.plan.units.len()],
        };
        for root in roots {
            let state = |row| if root.outside.contains(row) { OUTSIDE } else { STAYS };
            let entered = root.rows.rows().filter(|row| self.enter(root.unit, *row, state(*row), &mut pass)).count();
            self.explain(root.unit, &root.words, entered as u64);
            pass.through[root.unit] = Through::Several;
        }
        let roots = self.kept.clone();
        self.descend(reader, &mut pass).await?;
        if !again {
            self.ban(reader, roots).await?;
        }
        self.require(reader, &mut pass).await?;
        Ok(pass.lost)
    }

    /// Adds a row to what comes; false if it is there already, or cannot be.
    fn enter(&mut self, unit: usize, row: Row, state: i16, pass: &mut Pass) -> bool {
        let barred = self.sampled_out(unit, row) || (pass.again && self.gone[unit].contains(row));
        if barred || !self.kept[unit].insert(row) {
            return false;
        }
        pass.open.0[unit].insert(row);
        if state & OUTSIDE == OUTSIDE && self.gone[unit].insert(row) {
            pass.lost.0[unit].insert(row);
        }
        true
    }

    /// Notes why rows came.
    fn explain(&mut self, unit: usize, words: &str, added: u64) {
        if added > 0 {
            self.why[unit].push((words.to_owned(), added));
        }
    }

    /// Children of what is in the subset follow, as far as they may.
    async fn descend(&mut self, reader: &mut Reader<'_>, pass: &mut Pass) -> Result<()> {
        let plan = self.plan;
        let follows = |walk: &Self, at: usize| {
            walk.roles[plan.links[at].child] == Role::Reached && plan.links[at].follow != Follow::None
        };
        for (at, link) in plan.links.iter().enumerate() {
            if self.roles[link.parent] == Role::Whole && follows(self, at) {
                self.follow(reader, at, None, pass).await?;
            }
        }
        while let Some((unit, rows)) = pass.open.next(plan) {
            for at in self.links_from(unit) {
                if follows(self, at) {
                    self.follow(reader, at, Some(&rows), pass).await?;
                }
            }
        }
        Ok(())
    }

    async fn follow(
        &mut self,
        reader: &mut Reader<'_>,
        at: usize,
        parents: Option<&Rowset>,
        pass: &mut Pass,
    ) -> Result<()> {
        let link = &self.plan.links[at];
        let child = link.child;
        let mut added = 0;
        let each = |row: Row, state: i16| match state & BEYOND {
            BEYOND if pass.again => {}
            BEYOND => drop(self.banned[child].insert(row)),
            _ => added += u64::from(self.enter(child, row, state, pass)),
        };
        reader.children(at, parents, each).await?;
        self.explain(child, &format!("follows through {}", link.words), added);
        reader.hold(child, added)?;
        if added > 0 {
            pass.through[child] = match pass.through[child] {
                Through::Nothing if parents.is_some() => Through::Link(at),
                Through::Link(same) if same == at => Through::Link(at),
                _ => Through::Several,
            };
        }
        Ok(())
    }

    /// Rows beyond a cap may not come, unless they follow otherwise or a root requires them.
    async fn ban(&mut self, reader: &mut Reader<'_>, roots: Vec<Rowset>) -> Result<()> {
        if self.banned.iter().all(Rowset::is_empty) {
            return Ok(());
        }
        let mut required = roots.clone();
        let mut open = Frontier(roots);
        while let Some((unit, rows)) = open.next(self.plan) {
            for at in self.links_to(unit) {
                let link = &self.plan.links[at];
                let required = &mut required[link.parent];
                let each = |pair: Pair| {
                    if matches!(pair.state, STAYS | OUTSIDE) && required.insert(pair.parent) {
                        open.0[link.parent].insert(pair.parent);
                    }
                };
                reader.pairs(at, Way::Up, Some(&rows), each).await?;
            }
        }
        for (unit, banned) in self.banned.iter_mut().enumerate() {
            *banned = banned.without(&self.kept[unit]).without(&required[unit]);
        }
        Ok(())
    }

    /// Parents of what comes, at any depth; what refers to a row that does not come goes, or loses its reference.
    async fn require(&mut self, reader: &mut Reader<'_>, pass: &mut Pass) -> Result<()> {
        let plan = self.plan;
        pass.open = Frontier(self.kept.clone());
        let mut done = vec![false; plan.units.len()];
        while let Some((unit, rows)) = pass.open.last(plan) {
            for at in self.links_to(unit) {
                let (link, parent) = (&plan.links[at], plan.links[at].parent);
                let known = !done[unit] && pass.through[unit] == Through::Link(at);
                if known || self.roles[parent] == Role::Whole {
                    continue;
                }
                let explicit = self.explicit(parent);
                let mut added = 0;
                let each = |pair: Pair| {
                    let row = pair.parent;
                    let action = match pair.state {
                        DELETED => link.deleted,
                        STAYS | OUTSIDE if self.sampled_out(parent, row) || self.banned[parent].contains(row) => {
                            link.other
                        }
                        STAYS | OUTSIDE if explicit => {
                            added += u64::from(self.enter(parent, row, pair.state, pass));
                            return;
                        }
                        STAYS if self.forgotten[parent].contains(row) => return,
                        STAYS if !self.gone[parent].contains(row) => return,
                        _ => link.other,
                    };
                    if !pass.again {
                        self.act(at, pair.child, action, &mut pass.lost);
                    }
                };
                reader.pairs(at, Way::Up, Some(&rows), each).await?;
                self.explain(parent, &format!("required by {}", link.words), added);
                reader.hold(parent, added)?;
                if added > 0 {
                    pass.through[parent] = Through::Several;
                }
            }
            done[unit] = true;
        }
        Ok(())
    }
}
