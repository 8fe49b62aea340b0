//! Random schemas with samples, subsets, caps and relations, against a closure written here without a thought for speed.

use super::graphs::{Answer, Dice, Follow, Gone, Reference, Row, Sample, Table, graph, own, rules, script, target};
use super::{Source, parse, plan, statement};
use standin::mask::Domains;
use standin::pg::connect::{ConnectionParams, Server};
use standin::pg::session::{Run, Source as Session};
use standin::pg::tid::Tid;
use standin::plan::Rows;
use standin::plan::rows::choose::Take;
use standin::transfer::choose::{Choices, Subjects, choose};
use standin::words::diagnostic::Place;
use standin::words::name::TableName;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const GRAPHS: usize = 170;
const ORPHANED_AT_MOST: f64 = 0.35;

/// A table and one of its rows.
type Id = (usize, usize);

/// What is to come.
struct Expected {
    kept: BTreeSet<Id>,
    /// By table: deleted, expired, sampled, unreached, orphaned.
    counts: Vec<[u64; 5]>,
    reset: BTreeMap<Id, BTreeSet<usize>>,
    refusals: BTreeSet<String>,
}

/// The closure, by trying everything again until nothing changes.
struct Oracle<'a> {
    at: usize,
    tables: &'a [Table],
    subset: bool,
    unreached_empty: bool,
    own: Vec<Vec<Option<Gone>>>,
    sampled: Vec<Vec<bool>>,
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

    fn expect(&self) -> Expected {
        let reached = if self.subset { self.reached_tables() } else { BTreeSet::new() };
        let nothing = BTreeSet::new();
        let explicit: BTreeSet<usize> = (0..self.tables.len())
            .filter(|t| reached.contains(t) || self.subset && self.unreached_empty && !self.tables[*t].empty)
            .collect();
        let apart: BTreeSet<Id> = self.all().filter(|id| !explicit.contains(&id.0)).collect();
        let mut removed = self.lost(&apart, &nothing, &nothing);
        let mut kept: BTreeSet<Id> =
            apart.iter().filter(|id| self.stays(**id) && !removed.contains(*id)).copied().collect();
        let mut orphans = removed.clone();
        let roots: BTreeSet<Id> = self
            .all()
            .filter(|id| self.subset && self.stays(*id))
            .filter(|id| self.tables[id.0].root.is_some_and(|least| self.row(*id).v.is_some_and(|v| v >= least)))
            .collect();
        let (down, beyond) = self.down(roots.clone(), &reached, &nothing);
        let required = self.up(&roots, &(0..self.tables.len()).collect(), &nothing, false);
        let banned: BTreeSet<Id> =
            beyond.into_iter().filter(|id| !down.contains(id) && !required.contains(id)).collect();
        let first = self.up(&down, &explicit, &banned, true);
        let gone = self.lost(&first, &banned, &removed);
        let not: BTreeSet<Id> = banned.iter().chain(&gone).copied().collect();
        let roots: BTreeSet<Id> = roots.difference(&gone).copied().collect();
        let (down, _) = self.down(roots, &reached, &gone);
        let last = self.up(&down, &explicit, &not, true);
        kept.extend(&last);
        orphans.extend(&gone);
        removed.extend(&not);
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
            let least = table.root.filter(|_| self.subset && table.delete_below.is_some());
            let matched: Vec<Id> = (0..table.rows.len())
                .map(|row| (t, row))
                .filter(|id| least.is_some_and(|least| self.row(*id).v.is_some_and(|v| v >= least)))
                .collect();
            if !matched.is_empty() && matched.iter().all(|id| self.own[t][id.1] == Some(Gone::Deleted)) {
                refusals.insert(format!("root-removed {name}"));
            }
        }
        Expected { kept, counts, reset, refusals }
    }
}

/// What `sample` leaves out; a tree keeps what leads to a row of its sample.
fn sampled(at: usize, t: usize, tables: &[Table], own: &[Option<Gone>]) -> Vec<bool> {
    let table = &tables[t];
    let Some(sample) = table.sample else { return vec![false; table.rows.len()] };
    let key = standin::words::secret::Key::parse(crate::fixture::KEY).expect("a key");
    let domain = Domains::new(&key, 1).named(&format!("g{at}.t{t} (a, b)"));
    let mut order: Vec<usize> = (0..table.rows.len()).filter(|row| own[*row].is_none()).collect();
    order.sort_by_key(|row| std::cmp::Reverse(Oracle::rank(&table.rows[*row])));
    let drawn = |row: &usize| {
        let (a, b) = table.rows[*row].pair;
        Take::draw(&domain, &[Some(&a.to_string()), Some(&b.to_string())])
    };
    let mut taken: BTreeSet<usize> = match sample {
        Sample::Newest(rows) => order.into_iter().take(rows).collect(),
        Sample::Share(share) => {
            order.into_iter().filter(|row| Take::within(drawn(row), share as f64 / 100.0)).collect()
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

/// Adds samples, roots and caps to a graph.
fn adorn(dice: &mut Dice, tables: &mut [Table], subset: bool) {
    for table in tables.iter_mut().filter(|table| !table.empty) {
        if dice.chance(if subset { 10 } else { 30 }) {
            table.sample = Some(match dice.below(2) {
                0 => Sample::Share(20 + dice.below(70) as i64),
                _ => Sample::Newest(1 + dice.below(10)),
            });
        }
        if subset && dice.chance(35) {
            table.root = Some(dice.below(14) as i64 + 4);
        }
        for reference in table.references.iter_mut().filter(|_| subset) {
            if dice.chance(20) {
                reference.follow = if dice.chance(30) { Follow::None } else { Follow::Most(dice.below(3) as i64) };
            }
        }
    }
}

fn subset_rules(
    at: usize,
    tables: &[Table],
    roots: &mut Vec<String>,
    children: &mut Vec<String>,
    relations: &mut Vec<String>,
) {
    for (t, table) in tables.iter().enumerate() {
        roots.extend(table.root.map(|least| format!("{{ table: g{at}.t{t}, where: 'v >= {least}' }}")));
        for (r, reference) in table.references.iter().enumerate() {
            let leaf = if reference.from_leaf { "_1" } else { "" };
            let name = format!("g{at}.t{t}{leaf}.r{r}_0");
            match reference.follow {
                _ if tables[reference.to].empty || table.empty => {}
                Follow::All => {}
                Follow::None => children.push(format!("{name}: none")),
                Follow::Most(most) => children.push(format!("{name}: {{ most: {most}, newest_by: v }}")),
            }
            if let Some(when) = reference.soft {
                let columns: Vec<String> = (0..reference.nullable.len()).map(|f| format!("r{r}_{f}")).collect();
                let to = if reference.pair { "a, b" } else { "id" };
                let when = when.map_or_else(String::new, |least| format!(", when: 'v >= {least}'"));
                relations.push(format!(
                    "{{ from: {{ table: g{at}.t{t}, columns: [{}] }}, to: {{ table: g{at}.t{}, columns: [{to}] }}{when} }}",
                    columns.join(", "),
                    reference.to
                ));
            }
        }
    }
}

#[tokio::test]
async fn samples_of_random_graphs_are_closed() {
    check(false, false).await;
}

#[tokio::test]
async fn subsets_of_random_graphs_are_closed() {
    check(true, false).await;
}

#[tokio::test]
async fn subsets_without_the_rest_are_closed() {
    check(true, true).await;
}

async fn check(subset: bool, unreached_empty: bool) {
    let seed = std::env::var("STANDIN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
        now.as_nanos() as u64
    });
    println!("STANDIN_SEED={seed}");
    let mut dice = Dice(seed | 1);
    let graphs: Vec<Vec<Table>> = (0..GRAPHS)
        .map(|_| {
            let mut tables = graph(&mut dice, true);
            adorn(&mut dice, &mut tables, subset);
            tables
        })
        .collect();
    let mut sql = "SELECT now() AS anchor \\gset\n".to_owned();
    let (mut empty, mut lines) = (Vec::new(), String::new());
    let (mut roots, mut children, mut relations) = (Vec::new(), Vec::new(), Vec::new());
    for (at, tables) in graphs.iter().enumerate() {
        sql.push_str(&script(at, tables));
        rules(at, tables, &mut empty, &mut lines);
        subset_rules(at, tables, &mut roots, &mut children, &mut relations);
    }
    let mut text = format!("empty: [{}]\nrelations: [{}]\n", empty.join(", "), relations.join(",\n  "));
    if subset {
        let unreached = if unreached_empty { "empty" } else { "keep" };
        let (roots, children) = (roots.join(",\n  "), children.join(",\n  "));
        let _ = writeln!(text, "subset:\n  roots: [{roots}]\n  children: {{ {children} }}\n  unreached: {unreached}");
    }
    let rules = parse(&format!("{text}tables:\n{lines}"));
    let source = Source::start(&sql).await;
    let catalog = source.catalog().await;
    let plan = plan(&rules, &catalog, ORPHANED_AT_MOST).unwrap_or_else(|faults| panic!("{faults:#?}"));
    for probe in &plan.probes {
        assert_eq!(source.ask(probe).await, 0, "{}", probe.sql);
    }
    let mut refusals: BTreeSet<String> = source.refusals(&plan.checks).await.into_iter().collect();
    let started = std::time::Instant::now();
    let choices = chosen(&source, &plan).await;
    println!("{} graphs chosen in {:?}", GRAPHS, started.elapsed());
    let spoken = |one: &standin::words::diagnostic::Diagnostic| {
        format!("{} {}", one.code, one.place.object().unwrap_or_default())
    };
    refusals.extend(choices.refusals.iter().map(spoken));
    let (mut told, mut sums) = (0, [0u64; 5]);
    for (at, tables) in graphs.iter().enumerate() {
        let own: Vec<Vec<Option<Gone>>> = tables.iter().map(own).collect();
        let sampled = (0..tables.len()).map(|t| sampled(at, t, tables, &own[t])).collect();
        let expected = Oracle { at, tables, subset, unreached_empty, own, sampled }.expect();
        let context = || {
            let (mut empty, mut lines) = (Vec::new(), String::new());
            super::graphs::rules(at, tables, &mut empty, &mut lines);
            let (mut roots, mut children, mut relations) = (Vec::new(), Vec::new(), Vec::new());
            subset_rules(at, tables, &mut roots, &mut children, &mut relations);
            format!(
                "STANDIN_SEED={seed}\n{}\nempty: {empty:?}\n{lines}\n{roots:#?}\n{children:#?}\n{relations:#?}",
                script(at, tables)
            )
        };
        for (t, table) in tables.iter().enumerate() {
            let (got, counts) = found(&source, &catalog, &plan, &choices, (at, t), table).await;
            let want = wanted(&expected, t, table);
            assert_eq!(got, want, "g{at}.t{t}\n{}", context());
            if let Some(counts) = counts {
                assert_eq!(
                    counts,
                    expected.counts[t],
                    "g{at}.t{t}: deleted, expired, sampled, unreached, orphaned\n{}",
                    context()
                );
            }
            sums.iter_mut().zip(expected.counts[t]).for_each(|(sum, count)| *sum += count);
        }
        let ours = |refusal: &&String| refusal.contains(&format!(" g{at}.t"));
        let got: BTreeSet<&String> = refusals.iter().filter(ours).collect();
        assert_eq!(got, expected.refusals.iter().collect(), "g{at}\n{}", context());
        told += got.len();
    }
    println!("deleted, expired, sampled, unreached, orphaned: {sums:?}; refusals: {told}");
    assert!(sums[2] > 50 && sums[4] > 50 && (!subset || sums[3] > 200), "{sums:?}: the graphs are too tame");
}

/// The choice that the run makes, in the snapshot of a session as the run has it.
async fn chosen(source: &Source, plan: &standin::plan::rows::RowPlan) -> Choices {
    let socket = source.server.socket_dir().display().to_string();
    let params = ConnectionParams {
        place: Place::Run,
        url: Some(standin::words::secret::Secret::new(format!(
            "host={socket} port={} user=postgres dbname=postgres",
            source.server.port()
        ))),
        fields: Vec::new(),
        password_command: None,
        base: std::path::PathBuf::from("."),
    };
    let (server, _) = Server::resolve(&params, &|_| None).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let run = Run { application: "standin/test".into(), time_zone: "UTC".into(), read_only: true };
    let session = Session::open(&server, &run, None).await.expect("a session");
    let choosing = plan.choosing.as_ref().expect("a choice");
    choose(&session, choosing, &Subjects::new()).await.unwrap_or_else(|error| panic!("{:?}", error.diagnostics()))
}

type Rowed = Vec<Vec<Option<String>>>;

/// The rows that would come of a table, and its counts where they were chosen.
async fn found(
    source: &Source,
    catalog: &standin::catalog::Catalog,
    plan: &standin::plan::rows::RowPlan,
    choices: &Choices,
    (at, t): (usize, usize),
    table: &Table,
) -> (Rowed, Option<[u64; 5]>) {
    let root = catalog.table(&TableName::new(format!("g{at}"), format!("t{t}"))).expect("a table");
    let mut columns = vec!["\"id\"".to_owned()];
    for (r, reference) in table.references.iter().enumerate() {
        columns.extend((0..reference.nullable.len()).map(|f| format!("\"r{r}_{f}\"")));
    }
    columns.push("t.ctid".to_owned());
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let (mut rows, mut counts) = (Vec::new(), None);
    for (oid, selected) in &plan.tables {
        let leaf = catalog.by_oid(*oid).expect("a table");
        if *oid != root.oid && leaf.parents.first() != Some(&root.oid) {
            continue;
        }
        let Some(sql) = statement(&leaf.name.sql(), selected, &names) else { continue };
        let choice = choices.tables.get(oid).filter(|_| matches!(selected, Rows::Chosen(_)));
        if let Some(choice) = choice {
            let counts = counts.get_or_insert([0; 5]);
            let c = &choice.counts;
            for (sum, count) in counts.iter_mut().zip([c.deleted, c.expired, c.sampled, c.unreached, c.orphaned]) {
                *sum += count;
            }
            assert_eq!(c.source, c.copied + c.deleted + c.expired + c.sampled + c.unreached + c.orphaned, "{c:?}");
        }
        for mut row in source.query(&sql).await {
            let tid = Tid::from_text(row.pop().flatten().expect("a row id").as_bytes()).expect("a row id");
            let Some(choice) = choice else {
                rows.push(row);
                continue;
            };
            if choice.takes(tid) {
                for (names, set) in choice.nulls.iter().filter(|(_, set)| choice.holds(set, tid)) {
                    let _ = set;
                    for (field, column) in row.iter_mut().zip(&columns) {
                        if names.iter().any(|name| name.as_str() == column.trim_matches('"')) {
                            *field = None;
                        }
                    }
                }
                rows.push(row);
            }
        }
    }
    rows.sort();
    (rows, counts)
}

fn wanted(expected: &Expected, t: usize, table: &Table) -> Rowed {
    let mut rows = Vec::new();
    for (at, row) in table.rows.iter().enumerate().filter(|(at, _)| expected.kept.contains(&(t, *at))) {
        let mut fields = vec![Some(row.id.to_string())];
        for (r, reference) in table.references.iter().enumerate() {
            let reset = expected.reset.get(&(t, at)).is_some_and(|set| set.contains(&r));
            let kept = |(field, can): (&Option<i64>, &bool)| field.filter(|_| !(reset && *can)).map(|f| f.to_string());
            fields.extend(row.fields[r].iter().zip(&reference.nullable).map(kept));
        }
        rows.push(fields);
    }
    rows.sort();
    rows
}
