//! The subset: down from the roots to all that follows, then up to all that is required, less what must go.

use super::count::Counted;
use super::read::{Pair, Reader, Way};
use super::set::{Row, Rowset};
use super::walk::{Frontier, Walk};
use crate::plan::rows::choose::{BEYOND, DELETED, Draw, Follow, Link, OUTSIDE, Role, STAYS};
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
pub(super) struct Root {
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
        let mut roots = std::mem::take(&mut self.roots);
        roots.retain(|root| self.roles[root.unit] == Role::Reached);
        let mut lost = self.gather(reader, &roots, false).await?;
        self.reached = self.kept.clone();
        for unit in (0..plan.units.len()).filter(|unit| self.explicit(*unit)).collect::<Vec<_>>() {
            let gone = self.gone[unit].common(&self.reached[unit]).without(&self.forgotten[unit]);
            lost.0[unit].unite(&gone);
            self.gone[unit] = self.gone[unit].common(&self.reached[unit]);
        }
        while let Some((unit, rows)) = lost.next(plan) {
            let each = |at: usize, row, _| {
                let link = &plan.links[at];
                if self.reached[link.child].contains(row) {
                    self.act(at, row, link.other, &mut lost);
                }
            };
            reader.children(&plan.links_from(unit), Some(&rows), each).await?;
        }
        let any = (0..plan.units.len()).any(|unit| self.explicit(unit) && !self.gone[unit].is_empty());
        if any {
            self.gather(reader, &roots, true).await?;
        }
        Ok(())
    }

    /// Draws what each root takes of its table.
    pub(super) async fn roots(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let units = self.plan.units.iter().enumerate().filter(|(unit, _)| self.roles[*unit] == Role::Reached);
        let drawn: Vec<(usize, &Draw)> =
            units.flat_map(|(unit, planned)| planned.roots.iter().map(move |draw| (unit, draw))).collect();
        let root = |(unit, draw): &(usize, &Draw)| {
            let (words, rows, outside) = (draw.words.clone(), self.empty(*unit), self.empty(*unit));
            Root { unit: *unit, words, rows, outside }
        };
        let mut roots: Vec<Root> = drawn.iter().map(root).collect();
        let each = |at: usize, row, state| {
            let root: &mut Root = &mut roots[at];
            if !self.sampled_out(root.unit, row) {
                root.rows.insert(row);
                if state == OUTSIDE {
                    root.outside.insert(row);
                }
            }
        };
        reader.draws(&drawn, each).await?;
        for Root { unit, words, rows, .. } in &roots {
            reader.hold(*unit, rows.len())?;
            if rows.is_empty() {
                let message = format!("a root of the subset ({words}) takes no row of it");
                self.warnings.push(Diagnostic::warning("root-empty", &self.plan.units[*unit].table, message));
            }
        }
        self.roots = roots;
        Ok(())
    }

    /// Tables of which every row may be a root's.
    pub fn may_be_whole(&self) -> Vec<usize> {
        let taken = |unit: &usize| self.roots.iter().any(|root| root.unit == *unit && !root.rows.is_empty());
        (0..self.plan.units.len()).filter(|unit| taken(unit) && self.plan.cover.may(*unit)).collect()
    }

    /// Notes the tables that come whole because their roots take every row: neither they nor what always follows them
    /// is looked at any further.
    pub fn cover(&mut self, counted: &Counted) {
        let mut all: Vec<bool> = self.roles.iter().map(|role| *role == Role::Whole).collect();
        for (unit, counts) in counted {
            let mut taken = self.empty(*unit);
            self.roots.iter().filter(|root| root.unit == *unit).for_each(|root| taken.unite(&root.rows));
            all[*unit] = counts.iter().map(|[source, ..]| source).sum::<u64>() == taken.len();
        }
        let whole = self.plan.cover.whole(&all);
        self.roles.iter_mut().zip(whole).filter(|(_, whole)| *whole).for_each(|(role, _)| *role = Role::Whole);
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
            self.explain(root.unit, &format!("root: {}", root.words), entered as u64);
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
        let follows = |roles: &[Role], link: &Link| roles[link.child] == Role::Reached && link.follow != Follow::None;
        let whole = |at: &usize| {
            let link = &plan.links[*at];
            self.roles[link.parent] == Role::Whole && follows(&self.roles, link)
        };
        let links: Vec<usize> = (0..plan.links.len()).filter(whole).collect();
        self.follow(reader, links, None, pass).await?;
        while let Some((unit, rows)) = pass.open.next(plan) {
            let links = plan.links_from(unit).into_iter().filter(|at| follows(&self.roles, &plan.links[*at]));
            self.follow(reader, links.collect(), Some(&rows), pass).await?;
        }
        Ok(())
    }

    async fn follow(
        &mut self,
        reader: &mut Reader<'_>,
        links: Vec<usize>,
        parents: Option<&Rowset>,
        pass: &mut Pass,
    ) -> Result<()> {
        let plan = self.plan;
        for links in rounds(links, |at| plan.links[at].child) {
            let mut added = vec![0; plan.links.len()];
            let each = |at: usize, row: Row, state: i16| {
                let child = plan.links[at].child;
                match state & BEYOND {
                    BEYOND if pass.again => {}
                    BEYOND => drop(self.banned[child].insert(row)),
                    _ => added[at] += u64::from(self.enter(child, row, state, pass)),
                }
            };
            reader.children(&links, parents, each).await?;
            for at in links.into_iter().filter(|at| added[*at] > 0) {
                let link = &plan.links[at];
                self.explain(link.child, &format!("follows through {}", link.words), added[at]);
                reader.hold(link.child, added[at])?;
                pass.through[link.child] = match pass.through[link.child] {
                    Through::Nothing if parents.is_some() => Through::Link(at),
                    Through::Link(same) if same == at => Through::Link(at),
                    _ => Through::Several,
                };
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
            let each = |at: usize, pair: Pair| {
                let parent = self.plan.links[at].parent;
                if matches!(pair.state, STAYS | OUTSIDE) && required[parent].insert(pair.parent) {
                    open.0[parent].insert(pair.parent);
                }
            };
            reader.pairs(&self.plan.links_to(unit), Way::Up, Some(&rows), each).await?;
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
            let known = |at: usize| !done[unit] && pass.through[unit] == Through::Link(at);
            let asked = |at: &usize| !known(*at) && self.roles[plan.links[*at].parent] != Role::Whole;
            let links = plan.links_to(unit).into_iter().filter(asked).collect();
            for links in rounds(links, |at| plan.links[at].parent) {
                let mut added = vec![0; plan.links.len()];
                let each = |at: usize, pair: Pair| added[at] += u64::from(self.asked(at, &pair, pass));
                reader.pairs(&links, Way::Up, Some(&rows), each).await?;
                for at in links.into_iter().filter(|at| added[*at] > 0) {
                    let link = &plan.links[at];
                    self.explain(link.parent, &format!("required by {}", link.words), added[at]);
                    reader.hold(link.parent, added[at])?;
                    pass.through[link.parent] = Through::Several;
                }
            }
            done[unit] = true;
        }
        Ok(())
    }

    /// A row that comes asks for its parent: true if that comes now, too.
    fn asked(&mut self, at: usize, pair: &Pair, pass: &mut Pass) -> bool {
        let link = &self.plan.links[at];
        let (parent, row) = (link.parent, pair.parent);
        let action = match pair.state {
            DELETED => link.deleted,
            STAYS | OUTSIDE if self.sampled_out(parent, row) || self.banned[parent].contains(row) => link.other,
            STAYS | OUTSIDE if self.explicit(parent) => return self.enter(parent, row, pair.state, pass),
            STAYS if self.forgotten[parent].contains(row) => return false,
            STAYS if !self.gone[parent].contains(row) => return false,
            _ => link.other,
        };
        if !pass.again {
            self.act(at, pair.child, action, &mut pass.lost);
        }
        false
    }
}

/// References in rounds: of each round, no two lead to the same table, so whichever answers first decides nothing.
fn rounds(links: Vec<usize>, to: impl Fn(usize) -> usize) -> Vec<Vec<usize>> {
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    for link in links {
        match rounds.iter_mut().find(|round| round.iter().all(|other| to(*other) != to(link))) {
            Some(round) => round.push(link),
            None => rounds.push(vec![link]),
        }
    }
    rounds
}
