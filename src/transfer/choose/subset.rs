//! The subset: down from the roots to all that follows, then up to all that is required, less what must go.

use super::read::{Pair, Reader, Way};
use super::set::{Row, Rowset};
use super::walk::{Frontier, Walk};
use crate::plan::rows::choose::{BEYOND, DELETED, Follow, OUTSIDE, Role, STAYS};
use crate::words::error::Result;

/// How the rows of a unit entered the subset: by one reference alone, all of their parents there are known.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Through {
    Nothing,
    Link(usize),
    Several,
}

impl Walk<'_> {
    /// The subset: what the roots bring along, less what must go, and then once more without it.
    pub(super) async fn subset(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let mut lost = self.gather(reader, false).await?;
        self.reached = self.kept.clone();
        for unit in 0..self.plan.units.len() {
            if !self.explicit(unit) {
                continue;
            }
            let gone = self.gone[unit].common(&self.reached[unit]).without(&self.forgotten[unit]);
            lost.0[unit].unite(&gone);
            self.gone[unit] = self.gone[unit].common(&self.reached[unit]);
        }
        while let Some((unit, rows)) = lost.next(self.plan) {
            for at in self.links_from(unit) {
                let link = &self.plan.links[at];
                let mut found = Vec::new();
                let reached = &self.reached[link.child];
                let each = |pair: Pair| {
                    if reached.contains(pair.child) {
                        found.push(pair.child)
                    }
                };
                reader.pairs(at, Way::Down, Some(&rows), each).await?;
                found.into_iter().for_each(|child| self.act(at, child, link.other, &mut lost));
            }
        }
        let any = (0..self.plan.units.len()).any(|unit| self.explicit(unit) && !self.gone[unit].is_empty());
        if any {
            self.gather(reader, true).await?;
        }
        Ok(())
    }

    /// Goes down from the roots to all that follows, then up to all that is required; `again`: without what is gone.
    ///
    /// Gives the rows that go because of what was found on the way.
    async fn gather(&mut self, reader: &mut Reader<'_>, again: bool) -> Result<Frontier> {
        self.why.iter_mut().for_each(Vec::clear);
        self.kept = Frontier::new(self.plan).0;
        let mut lost = Frontier::new(self.plan);
        let mut through: Vec<Through> = vec![Through::Nothing; self.plan.units.len()];
        let mut open = Frontier::new(self.plan);
        for (unit, planned) in self.plan.units.iter().enumerate().filter(|(_, unit)| unit.role == Role::Reached) {
            for draw in &planned.roots {
                let mut found = Vec::new();
                reader.draw(unit, draw, |row, state| found.push((row, state))).await?;
                let words = format!("root: {}", draw.words);
                self.enter(unit, &found, again, (&words, &mut open, &mut lost));
                through[unit] = Through::Several;
            }
        }
        let roots = self.kept.clone();
        self.descend(reader, again, (&mut open, &mut lost, &mut through)).await?;
        if !again {
            self.ban(reader, roots).await?;
        }
        self.require(reader, again, (&mut lost, &mut through)).await?;
        Ok(lost)
    }

    /// Adds rows to what comes, each once; rows that cannot be there are left out.
    fn enter(
        &mut self,
        unit: usize,
        rows: &[(Row, i16)],
        again: bool,
        (words, open, lost): (&str, &mut Frontier, &mut Frontier),
    ) -> u64 {
        let mut added = 0;
        for (row, state) in rows {
            if self.sampled_out(unit, *row) || (again && self.gone[unit].contains(*row)) {
                continue;
            }
            if self.kept[unit].insert(*row) {
                added += 1;
                open.0[unit].insert(*row);
                if state & OUTSIDE == OUTSIDE && self.gone[unit].insert(*row) {
                    lost.0[unit].insert(*row);
                }
            }
        }
        if added > 0 {
            self.why[unit].push((words.to_owned(), added));
        }
        added
    }

    /// Children of what is in the subset follow, as far as they may.
    async fn descend(
        &mut self,
        reader: &mut Reader<'_>,
        again: bool,
        (open, lost, through): (&mut Frontier, &mut Frontier, &mut [Through]),
    ) -> Result<()> {
        for (at, link) in self.plan.links.iter().enumerate() {
            let (over, under) = (&self.plan.units[link.parent], &self.plan.units[link.child]);
            if over.role == Role::Whole && under.role == Role::Reached && link.follow != Follow::None {
                self.follow(reader, at, None, again, (open, lost, through)).await?;
            }
        }
        while let Some((unit, rows)) = open.next(self.plan) {
            for at in self.links_from(unit) {
                let link = &self.plan.links[at];
                if self.plan.units[link.child].role == Role::Reached && link.follow != Follow::None {
                    self.follow(reader, at, Some(&rows), again, (open, lost, through)).await?;
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
        again: bool,
        (open, lost, through): (&mut Frontier, &mut Frontier, &mut [Through]),
    ) -> Result<()> {
        let link = &self.plan.links[at];
        let (mut found, mut beyond) = (Vec::new(), Vec::new());
        let each = |pair: Pair| match pair.state & BEYOND {
            BEYOND => beyond.push(pair.child),
            _ => found.push((pair.child, pair.state)),
        };
        reader.pairs(at, Way::Down, parents, each).await?;
        let words = format!("follows through {}", link.words);
        let added = self.enter(link.child, &found, again, (&words, open, lost));
        reader.hold(link.child, added)?;
        if added > 0 {
            through[link.child] = match through[link.child] {
                Through::Nothing if parents.is_some() => Through::Link(at),
                Through::Link(same) if same == at => Through::Link(at),
                _ => Through::Several,
            };
        }
        if !again {
            for row in beyond {
                self.banned[link.child].insert(row);
            }
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
    async fn require(
        &mut self,
        reader: &mut Reader<'_>,
        again: bool,
        (lost, through): (&mut Frontier, &mut [Through]),
    ) -> Result<()> {
        let mut open = Frontier(self.kept.clone());
        let mut done = vec![false; self.plan.units.len()];
        while let Some((unit, rows)) = open.last(self.plan) {
            for at in self.links_to(unit) {
                let link = &self.plan.links[at];
                let known = !done[unit] && through[unit] == Through::Link(at);
                if known || self.plan.units[link.parent].role == Role::Whole {
                    continue;
                }
                let (mut wanted, mut hit) = (Vec::new(), Vec::new());
                let explicit = self.explicit(link.parent);
                let each = |pair: Pair| {
                    let (parent, row) = (link.parent, pair.parent);
                    match pair.state {
                        DELETED => hit.push((pair.child, link.deleted)),
                        STAYS | OUTSIDE if self.sampled_out(parent, row) || self.banned[parent].contains(row) => {
                            hit.push((pair.child, link.other));
                        }
                        STAYS | OUTSIDE if explicit => wanted.push((row, pair.state)),
                        STAYS if self.forgotten[parent].contains(row) => {}
                        STAYS if !self.gone[parent].contains(row) => {}
                        _ => hit.push((pair.child, link.other)),
                    }
                };
                reader.pairs(at, Way::Up, Some(&rows), each).await?;
                let words = format!("required by {}", link.words);
                let added = self.enter(link.parent, &wanted, again, (&words, &mut open, lost));
                reader.hold(link.parent, added)?;
                if added > 0 {
                    through[link.parent] = Through::Several;
                }
                if !again {
                    hit.into_iter().for_each(|(child, action)| self.act(at, child, action, lost));
                }
            }
            done[unit] = true;
        }
        Ok(())
    }
}
