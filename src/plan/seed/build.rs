//! All tables, in the order that they are filled: parents first, cycles together.

use super::{Filled, Rows, SeedPlan, TableSeed, checks, profiled, table};
use crate::catalog::seeding::{SeedFacts, SequenceFacts, TableFacts};
use crate::catalog::{Catalog, Check, Column, ForeignKey, Oid, Table, TableKind};
use crate::plan::migrations;
use crate::rules::seed::{Profile, ProfiledTable, Seed, SeedColumn, SeedTable};
use crate::synth::{Spread, locale};
use crate::words::diagnostic::{Diagnostic, Place, Severity, nearest};
use crate::words::name::{Name, TableName};
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// From this level on tables are no larger than their parents.
const DEEP: usize = 5;

/// What a seed plan is made from.
pub struct SeedInput<'a> {
    /// The database's catalog.
    pub catalog: &'a Catalog,
    /// What filling needs beside it.
    pub facts: &'a SeedFacts,
    /// Tables that have rows: they are used as they are.
    pub filled: &'a HashSet<Oid>,
    /// The seed of every stream.
    pub seed: u64,
    /// What dates are relative to: microseconds since 2000-01-01, UTC.
    pub as_of: i64,
    /// Multiplies numbers of rows, but for those of the command line.
    pub scale: f64,
    /// Numbers of rows by table, of the command line.
    pub rows: &'a [(TableName, u64)],
    /// What the rules say.
    pub rules: &'a Seed,
    /// The statistics of the database that this one is to be like.
    pub profile: Option<&'a Profile>,
    /// Tables that `seed-dev` filled before, as they are quoted in SQL.
    pub made: &'a [String],
}

impl<'a> SeedInput<'a> {
    /// The rule of a table.
    pub(super) fn rule(&self, table: &TableName) -> Option<&'a SeedTable> {
        self.rules.tables.iter().find(|rule| rule.name.value == *table)
    }

    /// The rule of a column.
    pub(super) fn column(&self, table: &TableName, column: &Name) -> Option<&'a SeedColumn> {
        self.rule(table)?.columns.iter().find(|ruled| ruled.name.value == *column)
    }

    /// The statistics of a table elsewhere.
    pub(super) fn profiled(&self, table: &TableName) -> Option<&'a ProfiledTable> {
        self.profile?.table(table)
    }

    /// How many rows of a table are asked for: on the command line, else by the rules.
    pub(super) fn wanted(&self, table: &TableName) -> Option<u64> {
        let flag = self.rows.iter().find(|(name, _)| name == table).map(|(_, rows)| *rows);
        flag.or_else(|| self.rule(table)?.rows.map(|rows| self.scaled(rows)))
    }

    /// A number of rows, multiplied; some stay some.
    pub(super) fn scaled(&self, rows: u64) -> u64 {
        ((rows as f64 * self.scale).round() as u64).max(rows.min(1))
    }

    /// How many rows a table without parents gets, or one that is a short list.
    pub(super) fn rows_of_default(&self, few: bool) -> u64 {
        let rows = self.rules.rows.unwrap_or(100);
        if few { rows.min(10) } else { rows }
    }

    /// How many rows each row of a parent gets, which is so far from tables without parents: down a long chain they would be millions.
    pub(super) fn per_parent(&self, depth: usize) -> Spread {
        let usual = if depth < DEEP { Spread::uniform(1.0, 5.0) } else { Spread::uniform(0.0, 2.0) };
        self.rules.per_parent.clone().unwrap_or(usual)
    }

    /// Where somebody speaks of a table; `None`: nobody does.
    fn place(&self, table: &TableName) -> Option<Place> {
        if self.rows.iter().any(|(name, _)| name == table) {
            return Some(Place::from(table));
        }
        let login = self.rules.login.as_ref().map(|login| &login.table).filter(|login| login.value == *table);
        let named = self.rule(table).map(|rule| &rule.name).or(login)?;
        Some(Place::ObjectInFile(table.to_string(), named.place.clone()))
    }

    /// Every table that somebody speaks of and wants rows of.
    fn named(&self) -> Vec<&'a TableName> {
        let ruled = self.rules.tables.iter().map(|rule| &rule.name.value);
        let login = self.rules.login.iter().map(|login| &login.table.value);
        let mut all: Vec<&TableName> = self.rows.iter().map(|(name, _)| name).chain(ruled).chain(login).collect();
        all.retain(|name| self.wanted(name) != Some(0));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The tables that will be filled, and what they hang on.
pub(super) struct World<'a> {
    pub input: &'a SeedInput<'a>,
    /// The group of each table that will be filled, and its place in it.
    groups: HashMap<Oid, (usize, usize)>,
    depths: HashMap<Oid, usize>,
}

impl SeedPlan {
    /// Plans every empty table, or says everything that stands in the way.
    pub fn build(input: &SeedInput<'_>) -> Result<SeedPlan, Vec<Diagnostic>> {
        let (mut found, mut warnings) = (Vec::new(), Vec::new());
        let chosen = chosen(input, &mut found, &mut warnings);
        asked(input, &chosen, &mut found, &mut warnings);
        profiled::check(input, &mut found);
        let world = World::new(input, &chosen);
        let count = world.groups.values().map(|(group, _)| group + 1).max().unwrap_or(0);
        let mut groups: Vec<Vec<(usize, TableSeed)>> = (0..count).map(|_| Vec::new()).collect();
        for table in &chosen {
            if let Some(mut seed) = table::plan(&world, table, &mut found) {
                let (group, place) = world.groups[&table.oid];
                seed.forced = table.row_security_active;
                groups[group].push((place, seed));
            }
        }
        if found.iter().any(|one| one.severity == Severity::Error) {
            return Err(found);
        }
        warnings.append(&mut found);
        expect(input, &mut groups);
        let groups = groups.into_iter().map(|mut group| {
            group.sort_by_key(|(place, _)| *place);
            group.into_iter().map(|(_, seed)| Arc::new(seed)).collect::<Vec<_>>()
        });
        let locale = locale(input.rules.locale.as_deref().unwrap_or("en"));
        let mut plan =
            SeedPlan { groups: groups.collect(), sequences: Vec::new(), warnings, as_of: input.as_of, locale };
        plan.sequences = restarted(&world, &chosen);
        Ok(plan)
    }
}

/// Says about how many rows each table will have: those of its parent are known by then, or counted long ago.
fn expect(input: &SeedInput<'_>, groups: &mut [Vec<(usize, TableSeed)>]) {
    let mut known: HashMap<TableName, f64> = HashMap::new();
    for seed in groups.iter_mut().flatten().map(|(_, seed)| seed) {
        let there = |name: &TableName| input.catalog.table(name).map_or(0.0, |table| table.estimated_rows.max(0.0));
        let rows = match &seed.rows {
            Rows::Fixed(rows) | Rows::Shared(rows, _) => *rows as f64,
            Rows::Per(at, count) => {
                let parent = &seed.references[*at].parent;
                known.get(parent).copied().unwrap_or_else(|| there(parent)) * count.mean()
            }
        };
        seed.expected = rows as u64;
        known.insert(seed.name.clone(), rows);
    }
}

/// Sequences of the chosen tables that we may restart: rolled back with everything else, and every run begins alike.
fn restarted(world: &World<'_>, chosen: &[&Table]) -> Vec<(TableName, i64)> {
    let mut found: Vec<(TableName, i64)> = Vec::new();
    for table in chosen {
        for column in &table.columns {
            if let Some((facts, name)) = world.sequence(table, column)
                && facts.owned
                && !found.iter().any(|(known, _)| known == name)
            {
                found.push((name.clone(), facts.start));
            }
        }
    }
    found
}

/// The tables that are to be filled: empty ones that can have rows, whose parents do or will.
fn chosen<'a>(input: &'a SeedInput<'a>, found: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) -> Vec<&'a Table> {
    let catalog = input.catalog;
    let mut chosen: Vec<&Table> = Vec::new();
    for table in catalog.tables.iter() {
        let kind = matches!(table.kind, TableKind::Plain | TableKind::Partitioned) && !table.partition;
        let wanted = input.wanted(&table.name);
        let used = input.filled.contains(&table.oid);
        if !kind || table.extension.is_some() || migrations::tool(table).is_some() || used || wanted == Some(0) {
            continue;
        }
        let facts = input.facts.tables.get(&table.oid).cloned().unwrap_or_default();
        if let Some((code, why, remedy)) = closed(table, &facts) {
            match input.place(&table.name) {
                Some(place) => {
                    let help = format!("{remedy}, or take the table's rule away");
                    found.push(Diagnostic::error(code, place, why).help(help));
                }
                None => {
                    let why = format!("{why}: it stays empty");
                    warnings.push(Diagnostic::warning(code, Place::from(&table.name), why).help(remedy));
                }
            }
            continue;
        }
        if !facts.insertable {
            let message = "the role may not insert rows";
            found.push(
                Diagnostic::error("seed-right", Place::from(&table.name), message)
                    .help(format!("GRANT INSERT ON {} TO the role that seeds", table.name.sql())),
            );
        }
        if table.row_security_active && !(facts.owned && facts.forced) {
            let message = "row security applies to the role that seeds";
            found.push(
                Diagnostic::error("seed-row-security", Place::from(&table.name), message)
                    .help("seed as the table's owner, or as a role with BYPASSRLS"),
            );
        }
        chosen.push(table);
    }
    without_orphans(input, chosen, warnings)
}

/// Why no row can be stored in a table, whatever it holds, and what to do about it.
fn closed(table: &Table, facts: &TableFacts) -> Option<(&'static str, String, &'static str)> {
    if table.kind == TableKind::Partitioned && facts.bounds.is_empty() {
        let why = "the partitioned table has no partition that could store rows";
        return Some(("seed-no-partition", why.to_owned(), "create a partition"));
    }
    let never = |check: &&Check| checks::read(&check.expression, &|_| None).is_empty();
    let check = table.checks.iter().find(never)?;
    let why = format!("the check {} lets no row in", check.name);
    Some(("seed-closed", why, "fill the tables that inherit from it, or drop the check"))
}

/// Says of every table that somebody speaks of why it gets no rows.
fn asked(input: &SeedInput<'_>, chosen: &[&Table], found: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
    for name in input.named() {
        let Some(place) = input.place(name) else { continue };
        let table = input.catalog.table(name);
        if table.is_some_and(|table| input.filled.contains(&table.oid)) {
            // What an earlier run made by the same rules is no news.
            if matches!(place, Place::ObjectInFile(..)) && input.made.contains(&name.sql()) {
                continue;
            }
            let message = "the table has rows already and is used as it is";
            let help = "--truncate empties what an earlier seed-dev filled";
            warnings.push(Diagnostic::warning("seed-used", place, message).help(help));
        } else if table.is_none() {
            let names: Vec<String> = input.catalog.tables.iter().map(|table| table.name.to_string()).collect();
            let near = nearest(&name.to_string(), names.iter().map(String::as_str));
            let help =
                near.map_or("rows go into tables, not into views".to_owned(), |near| format!("did you mean `{near}`?"));
            found.push(Diagnostic::error("seed-table", place, "there is no such table").help(help));
        } else if !chosen.iter().any(|chosen| chosen.name == *name) && !names(found, name) {
            let message = "seed-dev fills no rows of this table";
            let help = "rows go into tables and the roots of partitioned ones, not into partitions, views and the \
                        tables of extensions and migration tools, nor where a parent has no rows";
            found.push(Diagnostic::error("seed-table", place, message).help(help));
        }
    }
}

fn names(found: &[Diagnostic], table: &TableName) -> bool {
    found.iter().any(|one| one.place.object() == Place::from(table).object())
}

/// Leaves out what needs a parent row that will not be there.
fn without_orphans<'a>(
    input: &SeedInput<'_>,
    mut chosen: Vec<&'a Table>,
    warnings: &mut Vec<Diagnostic>,
) -> Vec<&'a Table> {
    loop {
        let has_rows = |oid: Oid| {
            let root = input.catalog.by_oid(oid).map(|table| partition_root(input.catalog, table).oid);
            input.filled.contains(&oid) || root.is_some_and(|root| chosen.iter().any(|table| table.oid == root))
        };
        let lacking = |table: &&Table| {
            let mut keys = input.catalog.foreign_keys.iter().filter(|key| key.table == table.oid);
            let all_required = |key: &ForeignKey| {
                let required = |number: &i16| table.by_number(*number).is_some_and(|column| column.not_null);
                if key.match_full { key.columns.iter().any(required) } else { key.columns.iter().all(required) }
            };
            keys.find(|key| all_required(key) && !has_rows(key.references)).map(|key| key.references)
        };
        let orphan = chosen.iter().position(|table| lacking(table).is_some());
        let Some(at) = orphan else { return chosen };
        let parent = lacking(&chosen[at]).and_then(|oid| input.catalog.by_oid(oid)).map(|table| table.name.to_string());
        let message = format!("it needs rows of {}, which has none: it stays empty", parent.unwrap_or_default());
        warnings.push(Diagnostic::warning("seed-no-parent", Place::from(&chosen[at].name), message));
        chosen.remove(at);
    }
}

/// The topmost partitioned table above a partition; inheritance is no partition.
fn partition_root<'a>(catalog: &'a Catalog, table: &'a Table) -> &'a Table {
    let mut root = table;
    while root.partition {
        match root.parents.first().and_then(|oid| catalog.by_oid(*oid)) {
            Some(parent) => root = parent,
            None => break,
        }
    }
    root
}

impl<'a> World<'a> {
    fn new(input: &'a SeedInput<'a>, chosen: &[&Table]) -> Self {
        let mut graph: DiGraphMap<Oid, ()> = DiGraphMap::new();
        for table in chosen {
            graph.add_node(table.oid);
        }
        let root = |oid: Oid| input.catalog.by_oid(oid).map(|table| partition_root(input.catalog, table).oid);
        for key in &input.catalog.foreign_keys {
            if let (Some(child), Some(parent)) = (root(key.table), root(key.references))
                && child != parent
                && graph.contains_node(child)
                && graph.contains_node(parent)
            {
                graph.add_edge(child, parent, ());
            }
        }
        let mut world = World { input, groups: HashMap::new(), depths: HashMap::new() };
        for (at, mut members) in tarjan_scc(&graph).into_iter().enumerate() {
            members.sort_by_key(|oid| input.catalog.by_oid(*oid).map(|table| table.name.clone()));
            let above = |oid: &Oid| {
                graph.neighbors(*oid).filter_map(|parent| world.depths.get(&parent)).max().map_or(0, |depth| depth + 1)
            };
            let depth = members.iter().map(above).max().unwrap_or(0);
            for (place, oid) in members.iter().enumerate() {
                world.groups.insert(*oid, (at, place));
                world.depths.insert(*oid, depth);
            }
        }
        world
    }

    /// Where a reference's parent is filled; `None`: it has no rows and gets none.
    pub fn filled(&self, child: &Table, parent: &Table) -> Option<Filled> {
        let root = partition_root(self.input.catalog, parent);
        let mine = self.groups.get(&child.oid);
        match self.groups.get(&root.oid) {
            // A partition that a key names gets its rows through the root: which ones is not known before.
            Some(_) if root.oid == child.oid && root.oid == parent.oid => Some(Filled::Itself),
            Some((group, place)) if mine.is_some_and(|(known, _)| known == group) && root.oid == parent.oid => {
                Some(Filled::Together(*place))
            }
            Some((group, _)) if mine.is_some_and(|(known, _)| known == group) => None,
            Some(_) => Some(Filled::Before),
            None => self.input.filled.contains(&parent.oid).then_some(Filled::Before),
        }
    }

    /// How far a table is from tables without parents.
    pub fn depth(&self, name: &TableName) -> usize {
        let table = self.input.catalog.table(name).map(|table| partition_root(self.input.catalog, table));
        table.and_then(|table| self.depths.get(&table.oid)).copied().unwrap_or(0)
    }

    /// Does another table refer to it.
    pub fn is_referenced(&self, table: &Table) -> bool {
        self.input.catalog.foreign_keys.iter().any(|key| key.references == table.oid && key.table != table.oid)
    }

    /// The table and its partitions.
    pub fn with_partitions(&self, table: &'a Table) -> Vec<&'a Table> {
        let mut all = vec![table];
        let mut at = 0;
        while at < all.len() {
            let parent = all[at].oid;
            all.extend(
                self.input.catalog.tables.iter().filter(|child| child.partition && child.parents.contains(&parent)),
            );
            at += 1;
        }
        all
    }

    /// Foreign keys of a table and its partitions.
    pub fn keys_of(&self, table: &Table) -> impl Iterator<Item = &'a ForeignKey> {
        let catalog = self.input.catalog;
        let oid = table.oid;
        catalog
            .foreign_keys
            .iter()
            .filter(move |key| catalog.by_oid(key.table).is_some_and(|owner| partition_root(catalog, owner).oid == oid))
    }

    /// Is a column part of a foreign key.
    pub fn is_reference(&self, table: &Table, number: i16) -> bool {
        self.input.catalog.foreign_keys.iter().any(|key| key.table == table.oid && key.columns.contains(&number))
    }

    /// The bounds of a partitioned table's leaves, the default one only if there is no other.
    pub fn bounds(&self, table: &Table) -> Vec<String> {
        let all = self.input.facts.tables.get(&table.oid).map(|facts| facts.bounds.clone()).unwrap_or_default();
        let bounded: Vec<String> = all.iter().filter(|sql| !sql.starts_with("(NOT ")).cloned().collect();
        if bounded.is_empty() { all } else { bounded }
    }

    /// The sequence that fills a column: its own, or the one that its default names.
    pub fn sequence(&self, table: &Table, column: &Column) -> Option<(SequenceFacts, &'a TableName)> {
        let catalog = self.input.catalog;
        let named = |sequence: &&crate::catalog::Sequence| {
            let Some(default) = column.default.as_deref().filter(|sql| sql.contains("nextval(")) else { return false };
            let spelled =
                default.split('\'').nth(1).and_then(|text| TableName::parse(&text.replace("\\\\", "\\")).ok());
            spelled.is_some_and(|spelled| spelled == sequence.name)
        };
        let owned = |sequence: &&crate::catalog::Sequence| {
            column.identity && sequence.owned_by == Some((table.oid, column.number))
        };
        let sequence = catalog.sequences.iter().find(|sequence| owned(sequence) || named(sequence))?;
        let facts = self.input.facts.sequences.get(&sequence.oid)?;
        Some((*facts, &sequence.name))
    }
}
