//! The closure of samples and subsets, row by row, without a thought for speed.

use super::graphs::Gone;
use super::random::{Answer, Follow, Reference, Root, Row, Sample, Table, target};
use super::subsets::ORPHANED_AT_MOST;
use standin::mask::Domains;
use standin::plan::rows::choose::Take;
use std::collections::{BTreeMap, BTreeSet};

/// A table and one of its rows.
type Id = (usize, usize);

/// What is to come.
pub(super) struct Expected {
    pub(super) kept: BTreeSet<Id>,
    /// By table: deleted, expired, sampled, unreached, orphaned.
    pub(super) counts: Vec<[u64; 5]>,
    pub(super) reset: BTreeMap<Id, BTreeSet<usize>>,
    pub(super) refusals: BTreeSet<String>,
}

/// The closure, by trying everything again until nothing changes.
pub(super) struct Oracle<'a> {
    pub(super) at: usize,
    pub(super) tables: &'a [Table],
    pub(super) subset: bool,
    pub(super) unreached_empty: bool,
    pub(super) own: Vec<Vec<Option<Gone>>>,
    pub(super) sampled: Vec<Vec<bool>>,
}

/// Rows that go because of subjects, themselves included.
struct Forgotten {
    rows: BTreeSet<Id>,
    subjects: BTreeSet<Id>,
}

impl Oracle<'_> {
    fn all(&self) -> impl Iterator<Item = Id> {
        self.tables.iter().enumerate().flat_map(|(t, table)| (0..table.rows.len()).map(move |row| (t, row)))
    }

    fn row(&self, (t, row): Id) -> &Row {
        &self.tables[t].rows[row]
    }

    /// Does the reference say anything of this row.
    fn refers(&self, (t, row): Id, r: usize) -> bool {
        let (reference, row) = (&self.tables[t].references[r], &self.tables[t].rows[row]);
        let when = reference.soft.flatten().is_none_or(|least| row.v.is_some_and(|v| v >= least));
        when && (!reference.from_leaf || row.leaf == 1) && row.fields[r].iter().all(Option::is_some)
    }

    fn parent(&self, child: Id, r: usize) -> Option<Id> {
        let reference = &self.tables[child.0].references[r];
        let found = target(self.tables, reference, &self.row(child).fields[r]).filter(|_| self.refers(child, r))?;
        Some((reference.to, found))
    }

    /// Every reference of a row.
    fn references(&self, child: Id) -> impl Iterator<Item = (usize, &Reference)> {
        self.tables[child.0].references.iter().enumerate().filter(move |(r, _)| self.refers(child, *r))
    }

    fn stays(&self, id: Id) -> bool {
        self.own[id.0][id.1].is_none() && !self.sampled[id.0][id.1]
    }

    /// Ranks rows as `newest_by: v` does.
    fn rank(row: &Row) -> (Option<i64>, (i64, i64)) {
        (row.v, row.pair)
    }

    /// The children that follow through a reference, and those beyond its cap.
    fn children(&self, parent: Id, child: usize, r: usize) -> (Vec<Id>, Vec<Id>) {
        let rows = (0..self.tables[child].rows.len()).map(|row| (child, row));
        let mut rows: Vec<Id> =
            rows.filter(|id| self.own[id.0][id.1].is_none() && self.parent(*id, r) == Some(parent)).collect();
        rows.sort_by_key(|id| std::cmp::Reverse(Self::rank(self.row(*id))));
        let most = match self.tables[child].references[r].follow {
            Follow::All => rows.len(),
            Follow::None => return (Vec::new(), Vec::new()),
            Follow::Most(most) => (most as usize).min(rows.len()),
        };
        let beyond = rows.split_off(most);
        (rows, beyond)
    }

    /// Tables that a root reaches: from parents to their children.
    fn reached_tables(&self) -> BTreeSet<usize> {
        let mut reached: BTreeSet<usize> = (0..self.tables.len()).filter(|t| self.tables[*t].root.is_some()).collect();
        loop {
            let more: Vec<usize> = (0..self.tables.len())
                .filter(|t| !self.tables[*t].empty && !reached.contains(t))
                .filter(|t| {
                    self.tables[*t].references.iter().any(|r| reached.contains(&r.to) && !self.tables[r.to].empty)
                })
                .collect();
            if more.is_empty() {
                return reached;
            }
            reached.extend(more);
        }
    }

    /// Rows that follow from others, downwards.
    fn down(&self, start: BTreeSet<Id>, reached: &BTreeSet<usize>, not: &BTreeSet<Id>) -> (BTreeSet<Id>, BTreeSet<Id>) {
        let (mut rows, mut beyond) = (start, BTreeSet::new());
        loop {
            let mut more = BTreeSet::new();
            for parent in &rows {
                for child in reached {
                    for r in 0..self.tables[*child].references.len() {
                        let (followed, capped) = self.children(*parent, *child, r);
                        more.extend(followed.into_iter().filter(|id| self.stays(*id) && !not.contains(id)));
                        beyond.extend(capped);
                    }
                }
            }
            let before = rows.len();
            rows.extend(more);
            if rows.len() == before {
                return (rows, beyond);
            }
        }
    }

    /// Rows that others require, upwards, within some tables.
    fn up(&self, start: &BTreeSet<Id>, within: &BTreeSet<usize>, not: &BTreeSet<Id>, reset: bool) -> BTreeSet<Id> {
        let mut rows = start.clone();
        loop {
            let mut more = BTreeSet::new();
            for child in &rows {
                for (r, _) in self.references(*child) {
                    let parent = self.parent(*child, r);
                    more.extend(parent.filter(|id| {
                        within.contains(&id.0)
                            && (self.stays(*id) || !reset && self.own[id.0][id.1].is_none())
                            && !not.contains(id)
                    }));
                }
            }
            let before = rows.len();
            rows.extend(more);
            if rows.len() == before {
                return rows;
            }
        }
    }

    /// What happens to a row because of a reference: its parent is gone, by its own policy or because of others.
    fn effect(&self, child: Id, r: usize, removed: &BTreeSet<Id>) -> Option<Answer> {
        let reference = &self.tables[child.0].references[r];
        if self.tables[reference.to].empty {
            return Some(reference.answer.unwrap_or(Answer::Refuse));
        }
        let parent = self.parent(child, r)?;
        let own = self.own[parent.0][parent.1];
        let gone = own.is_some() || self.sampled[parent.0][parent.1] || removed.contains(&parent);
        let default = if own == Some(Gone::Deleted) { Answer::Refuse } else { Answer::Cascade };
        gone.then(|| reference.answer.unwrap_or(default))
    }

    /// Subjects, and all that refers to them but what is reset.
    fn forgotten(&self) -> Forgotten {
        let all = self.tables.iter().enumerate();
        let mut rows: BTreeSet<Id> = all.flat_map(|(t, table)| table.forget.iter().map(move |row| (t, *row))).collect();
        let subjects = rows.clone();
        loop {
            let more: Vec<Id> = self
                .all()
                .filter(|id| self.own[id.0][id.1].is_none() && !rows.contains(id))
                .filter(|id| {
                    let mut references = self.references(*id);
                    references.any(|(r, reference)| {
                        reference.answer != Some(Answer::SetNull)
                            && self.parent(*id, r).is_some_and(|parent| rows.contains(&parent))
                    })
                })
                .collect();
            if more.is_empty() {
                return Forgotten { rows, subjects };
            }
            rows.extend(more);
        }
    }

    /// Rows of a set that go because of others.
    fn lost(&self, among: &BTreeSet<Id>, banned: &BTreeSet<Id>, already: &BTreeSet<Id>) -> BTreeSet<Id> {
        let mut gone = BTreeSet::new();
        loop {
            let removed: BTreeSet<Id> = gone.iter().chain(banned).chain(already).copied().collect();
            let more: Vec<Id> = among
                .iter()
                .filter(|id| !gone.contains(*id) && self.stays(**id))
                .filter(|id| {
                    self.references(**id).any(|(r, _)| self.effect(**id, r, &removed) == Some(Answer::Cascade))
                })
                .copied()
                .collect();
            if more.is_empty() {
                return gone;
            }
            gone.extend(more);
        }
    }

    pub(super) fn expect(&self) -> Expected {
        let reached = if self.subset { self.reached_tables() } else { BTreeSet::new() };
        let nothing = BTreeSet::new();
        let explicit: BTreeSet<usize> = (0..self.tables.len())
            .filter(|t| reached.contains(t) || self.subset && self.unreached_empty && !self.tables[*t].empty)
            .collect();
        let apart: BTreeSet<Id> = self.all().filter(|id| !explicit.contains(&id.0)).collect();
        let forgotten = self.forgotten();
        let own = |id: &Id| self.own[id.0][id.1].is_none();
        let forgot: BTreeSet<Id> = forgotten.rows.iter().filter(|id| self.stays(**id)).copied().collect();
        let mut removed = self.lost(&apart, &nothing, &forgotten.rows);
        removed.extend(forgot.iter().filter(|id| apart.contains(*id)));
        let mut kept: BTreeSet<Id> =
            apart.iter().filter(|id| self.stays(**id) && !removed.contains(*id)).copied().collect();
        let mut orphans = removed.clone();
        let roots: BTreeSet<Id> = self
            .all()
            .filter(|id| self.subset && self.stays(*id))
            .filter(|id| self.tables[id.0].root.is_some_and(|root| root.takes(self.row(*id))))
            .collect();
        let (down, beyond) = self.down(roots.clone(), &reached, &nothing);
        let required = self.up(&roots, &(0..self.tables.len()).collect(), &nothing, false);
        let banned: BTreeSet<Id> =
            beyond.into_iter().filter(|id| !down.contains(id) && !required.contains(id)).collect();
        let first = self.up(&down, &explicit, &banned, true);
        let before: BTreeSet<Id> = removed.iter().chain(&forgotten.rows).copied().collect();
        let mut gone = self.lost(&first, &banned, &before);
        gone.extend(first.intersection(&forgot));
        let not: BTreeSet<Id> = banned.iter().chain(&gone).copied().collect();
        let roots: BTreeSet<Id> = roots.difference(&gone).copied().collect();
        let (down, _) = self.down(roots, &reached, &gone);
        let last = self.up(&down, &explicit, &not, true);
        kept.extend(&last);
        orphans.extend(&gone);
        removed.extend(&not);
        removed.extend(&forgotten.rows);
        // For the rest, a row that no root brings along is as good as removed.
        removed.extend(self.all().filter(|id| explicit.contains(&id.0) && !last.contains(id)));
        let (mut reset, mut refusals) = (BTreeMap::<Id, BTreeSet<usize>>::new(), BTreeSet::new());
        for id in &kept {
            for (r, _) in self.references(*id) {
                match self.effect(*id, r, &removed) {
                    Some(Answer::SetNull) => reset.entry(*id).or_default().extend([r]),
                    Some(Answer::Refuse) => refusals.extend([format!("orphans-refused g{}.t{}.r{r}_0", self.at, id.0)]),
                    _ => {}
                }
            }
        }
        let mut counts = vec![[0; 5]; self.tables.len()];
        for id in self.all().filter(|id| !kept.contains(id)) {
            let why = match self.own[id.0][id.1] {
                Some(Gone::Deleted) => 0,
                Some(_) => 1,
                None if own(&id) && forgotten.subjects.contains(&id) => 0,
                None if self.sampled[id.0][id.1] => 2,
                None if orphans.contains(&id) => 4,
                None => 3,
            };
            counts[id.0][why] += 1;
        }
        for (t, table) in self.tables.iter().enumerate() {
            let name = format!("g{}.t{t}", self.at);
            if counts[t][4] as f64 > ORPHANED_AT_MOST * table.rows.len() as f64 && !table.empty {
                refusals.insert(format!("orphaned-at-most {name}"));
            }
            let whole = Some(Root::All { condition: false });
            let root = table.root.filter(|_| self.subset && table.delete_below.is_some() && table.root != whole);
            let matched: Vec<Id> = (0..table.rows.len())
                .map(|row| (t, row))
                .filter(|id| root.is_some_and(|root| root.takes(self.row(*id))))
                .collect();
            if !matched.is_empty() && matched.iter().all(|id| self.own[t][id.1] == Some(Gone::Deleted)) {
                refusals.insert(format!("root-removed {name}"));
            }
        }
        Expected { kept, counts, reset, refusals }
    }
}

fn key_of_all() -> standin::words::secret::Key {
    standin::words::secret::Key::parse(crate::fixture::KEY).expect("a key")
}

/// What `sample` leaves out; a tree keeps what leads to a row of its sample.
pub(super) fn sampled(at: usize, t: usize, tables: &[Table], own: &[Option<Gone>]) -> Vec<bool> {
    let table = &tables[t];
    let Some(sample) = table.sample else { return vec![false; table.rows.len()] };
    let domain = Domains::new(&key_of_all(), 1).named(&format!("g{at}.t{t} (a, b)"));
    let mut order: Vec<usize> = (0..table.rows.len()).filter(|row| own[*row].is_none()).collect();
    order.sort_by_key(|row| std::cmp::Reverse(Oracle::rank(&table.rows[*row])));
    let drawn = |row: &usize| {
        let (a, b) = table.rows[*row].pair;
        Take::draw(&domain, &[Some(&a.to_string()), Some(&b.to_string())])
    };
    let drawn_by = |row: &usize, r: usize, like: bool| {
        let reference = &table.references[r];
        let key = like || reference.soft.is_none() && !reference.from_leaf;
        let identity = if key { format!("g{at}.t{}.id", reference.to) } else { format!("g{at}.t{t}.r{r}_0") };
        let text = table.rows[*row].fields[r][0].map(|field| tables[reference.to].kind.text(field));
        Take::draw(&Domains::new(&key_of_all(), 1).named(&identity), &[text.as_deref()])
    };
    let mut taken: BTreeSet<usize> = match sample {
        Sample::Newest(rows) => order.into_iter().take(rows).collect(),
        Sample::Share(share) => {
            order.into_iter().filter(|row| Take::within(drawn(row), share as f64 / 100.0)).collect()
        }
        Sample::By { reference, share, like } => {
            let within = |row: &usize| Take::within(drawn_by(row, reference, like), share as f64 / 100.0);
            order.into_iter().filter(within).collect()
        }
    };
    loop {
        let mut more = BTreeSet::new();
        for row in &taken {
            for (r, reference) in table.references.iter().enumerate() {
                let when = reference.soft.flatten().is_none_or(|least| table.rows[*row].v.is_some_and(|v| v >= least));
                let cascades = reference.to == t && matches!(reference.answer, None | Some(Answer::Cascade));
                let fields = &table.rows[*row].fields[r];
                if cascades && when && !reference.from_leaf && fields.iter().all(Option::is_some) {
                    more.extend(target(tables, reference, fields).filter(|row| own[*row].is_none()));
                }
            }
        }
        let before = taken.len();
        taken.extend(more);
        if taken.len() == before {
            return (0..table.rows.len()).map(|row| own[row].is_none() && !taken.contains(&row)).collect();
        }
    }
}
