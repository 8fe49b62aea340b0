//! Rules → tables: which rules speak of a table, and how the table as a whole is decided.

use super::{Decision, Input, extensions, masked, migrations, pending};
use crate::catalog::{Catalog, Oid, Table, TableKind};
use crate::rules::{CarryRule, CarryWhat, Delete, TablePattern, TableRule, UnlistedTables};
use crate::words::diagnostic::{Diagnostic, FilePlace, Place, Spanned, nearest};
use crate::words::name::{Name, TableName};
use std::collections::{HashMap, HashSet};

/// The rules, bound to the tables of the source.
pub struct Bindings<'a> {
    tables: HashMap<Oid, Bound<'a>>,
}

/// A table and what the rules say of it.
pub struct Bound<'a> {
    /// The table.
    pub table: &'a Table,
    /// The topmost tables of its partition or inheritance tree: itself, if it stands alone.
    pub roots: Vec<&'a Table>,
    /// The rules at its roots: one, or more for a table with several parents.
    pub rules: Vec<&'a TableRule>,
    /// How it is decided as a whole.
    pub fate: Fate,
}

/// How a table is decided as a whole.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// Its columns are decided one by one.
    Ruled,
    /// It arrives without rows; why, in a word, and the line.
    Empty(&'static str, Decision),
    /// It is copied as it is, whatever its rule says of columns: a migration tool's table, or one that is masked already.
    Copied(Decision),
    /// Its rows are made by its extension.
    Extension,
    /// It is not created (`unlisted_tables: skip`, or it belongs to an extension that the clone does without).
    Skipped(Decision),
    /// No rule speaks of it.
    Undecided,
}

impl Bound<'_> {
    /// True if the clone does not have it.
    pub fn is_skipped(&self) -> bool {
        matches!(self.fate, Fate::Skipped(_))
    }

    /// True for the topmost table of a tree, and for a table that stands alone.
    pub fn is_root(&self) -> bool {
        self.roots.iter().any(|root| root.oid == self.table.oid)
    }
}

impl<'a> Bindings<'a> {
    /// What the rules say of a table.
    pub fn get(&self, oid: Oid) -> Option<&Bound<'a>> {
        self.tables.get(&oid)
    }

    /// Every table, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Bound<'a>> {
        self.tables.values()
    }

    /// Binds every rule; what binds to nothing, or to what cannot have a rule, is found.
    pub fn bind(input: &Input<'a>, found: &mut Vec<Diagnostic>) -> Self {
        let catalog = input.source;
        let rules = table_rules(input, found);
        let mut tables = HashMap::with_capacity(catalog.tables.len());
        for table in catalog.tables.iter().filter(|table| table.kind != TableKind::MaterializedView) {
            let roots = roots(catalog, table);
            let mut own: Vec<&TableRule> = roots.iter().filter_map(|root| rules.get(&root.oid).copied()).collect();
            own.dedup_by_key(|rule| &rule.name.value);
            let fate = fate(input, table, &roots, &own);
            tables.insert(table.oid, Bound { table, roots, rules: own, fate });
        }
        let bindings = Bindings { tables };
        for pattern in &input.rules.empty {
            bindings.check_empty(catalog, pattern, found);
        }
        pending::check(input, found);
        weaker(input, found);
        let families = bindings.families();
        for rule in &input.rules.tables {
            let root = catalog.table(&rule.name.value).filter(|table| rules.contains_key(&table.oid));
            if let Some(family) = root.and_then(|root| families.get(&root.oid)) {
                Self::check_columns(input, rule, family, found);
            }
        }
        bindings
    }

    /// The tables of each tree, by the oid of its root.
    fn families(&self) -> HashMap<Oid, Vec<&'a Table>> {
        let mut families: HashMap<Oid, Vec<&Table>> = HashMap::new();
        for bound in self.tables.values() {
            for root in &bound.roots {
                families.entry(root.oid).or_default().push(bound.table);
            }
        }
        families
    }

    /// Every column that a rule names exists in its table or below.
    fn check_columns(input: &Input<'_>, rule: &TableRule, family: &[&Table], found: &mut Vec<Diagnostic>) {
        let known: HashSet<&Name> =
            family.iter().flat_map(|table| table.columns.iter().map(|column| &column.name)).collect();
        let named = rule.keep.iter().chain(rule.mask.iter().map(|(name, _)| name));
        let awaited = |name: &Name| pending::awaits(input, &rule.name.value.column(name));
        for name in named.filter(|name| !known.contains(&name.value) && !awaited(&name.value)) {
            found.push(unknown_column(&rule.name.value, name, known.iter().copied()));
        }
        for (name, _) in &rule.mask {
            if let Some(kept) = rule.keep.iter().find(|kept| kept.value == name.value) {
                let place = Place::ObjectInFile(rule.name.value.column(&name.value).to_string(), name.place.clone());
                let message = format!("the column is masked here and kept at {}", kept.place);
                found.push(Diagnostic::error("column-twice", place, message).help("take one of the two lines out"));
            }
        }
    }

    /// A pattern of `empty:` speaks of at least one table, and of no part of a tree without its root.
    fn check_empty(&self, catalog: &Catalog, pattern: &TablePattern, found: &mut Vec<Diagnostic>) {
        let matched: Vec<&Bound<'_>> =
            self.tables.values().filter(|bound| pattern.matches(&bound.table.name)).collect();
        if matched.is_empty() {
            let place = Place::File(pattern.text.place.clone());
            found.push(match pattern.exact() {
                Some(name) => unknown_table(catalog, &name, &pattern.text.place),
                None => Diagnostic::error("rule-unbound", place, format!("no table matches `{}`", pattern.text.value))
                    .help("take the line out, or correct it"),
            });
        }
        let mut loose: Vec<(&TableName, &TableName)> = matched
            .iter()
            .filter(|bound| !bound.roots.iter().any(|root| pattern.matches(&root.name)))
            .map(|bound| (&bound.table.name, &bound.roots[0].name))
            .collect();
        loose.sort();
        for (name, root) in loose.into_iter().take(1) {
            found.push(below_root(name, root, &pattern.text.place));
        }
    }
}

/// Says why an environment keeps more than the file itself, for whoever reviews the plan.
fn weaker(input: &Input<'_>, found: &mut Vec<Diagnostic>) {
    for reason in input.to.overrides.iter().flat_map(|overrides| overrides.reasons()) {
        let message = format!("{} keeps more than the file itself: {}", input.to.name.value, reason.value);
        found.push(Diagnostic::warning("weaker-override", reason.place.clone(), message));
    }
}

/// The rules of tables, by the oid of the table; what names no table, or one that cannot have a rule, is found.
fn table_rules<'a>(input: &Input<'a>, found: &mut Vec<Diagnostic>) -> HashMap<Oid, &'a TableRule> {
    let catalog = input.source;
    let mut rules = HashMap::new();
    for rule in &input.rules.tables {
        let name = &rule.name.value;
        let Some(table) = catalog.table(name) else {
            if !pending::awaits_table(input, rule) {
                found.push(unknown_table(catalog, name, &rule.name.place));
            }
            continue;
        };
        let refusal = match (table.kind, &table.extension) {
            (TableKind::MaterializedView, _) => {
                Some("it is a materialised view: the target fills it from masked tables".to_owned())
            }
            (TableKind::Foreign, _) => {
                Some("it is a foreign table: its rows live elsewhere and are never read".to_owned())
            }
            (_, Some(owner)) if owner.configuration.is_none() => {
                Some(format!("its rows are made by the extension {}", owner.extension))
            }
            _ => None,
        };
        let root = roots(catalog, table)[0];
        if root.oid != table.oid {
            found.push(below_root(name, &root.name, &rule.name.place));
        } else if let Some(message) = refusal {
            let place = Place::ObjectInFile(name.to_string(), rule.name.place.clone());
            found.push(Diagnostic::error("rule-misplaced", place, message).help("take the rule out"));
        } else {
            rules.insert(table.oid, rule);
        }
    }
    rules
}

/// The topmost tables above a table, in the order of its parents; itself, if there are none.
pub fn roots<'a>(catalog: &'a Catalog, table: &'a Table) -> Vec<&'a Table> {
    let (mut roots, mut seen, mut open) = (Vec::new(), HashSet::new(), vec![table]);
    while let Some(table) = open.pop() {
        if !seen.insert(table.oid) {
            continue;
        }
        let parents: Vec<&Table> = table.parents.iter().filter_map(|oid| catalog.by_oid(*oid)).collect();
        match parents.is_empty() {
            true => roots.push(table),
            false => open.extend(parents.into_iter().rev()),
        }
    }
    roots
}

fn fate(input: &Input<'_>, table: &Table, roots: &[&Table], rules: &[&TableRule]) -> Fate {
    let empty = |pattern: &&TablePattern| roots.iter().any(|root| pattern.matches(&root.name));
    let whole = |rule: &&TableRule| match &rule.delete {
        Some(delete) if delete.value == Delete::All => Some(delete.place.clone()),
        _ => None,
    };
    if let Some(name) = table.extension.as_ref().and_then(|owner| extensions::skipped(input, &owner.extension)) {
        return Fate::Skipped(Decision { words: "extensions: skip".into(), place: name.place.clone().into() });
    }
    if table.kind == TableKind::Foreign {
        return Fate::Empty("foreign table", Decision { words: "foreign table".into(), place: Place::Run });
    }
    // Of what the environment owns wholly, production's rows have no place in it.
    let whole_table = |rule: &&CarryRule| {
        matches!(rule.what, CarryWhat::All) && roots.iter().any(|root| root.name == rule.table.value)
    };
    if let Some(rule) = input.to.carry.iter().find(whole_table) {
        return Fate::Empty("carry", Decision { words: "carry: all".into(), place: rule.table.place.clone().into() });
    }
    if let Some(pattern) = input.rules.empty.iter().find(empty) {
        return Fate::Empty("empty", Decision { words: "empty".into(), place: pattern.text.place.clone().into() });
    }
    if let Some(place) = rules.iter().find_map(whole) {
        return Fate::Empty("delete: all", Decision { words: "delete: all".into(), place: place.into() });
    }
    let made = table.extension.as_ref().is_some_and(|extension| extension.configuration.is_none());
    if let Some(decision) = masked::decision(input).filter(|_| !made) {
        return Fate::Copied(decision);
    }
    if !rules.is_empty() {
        return Fate::Ruled;
    }
    if let Some(extension) = &table.extension {
        return match (&extension.configuration, input.rules.policy.unlisted_tables) {
            (None, _) => Fate::Extension,
            (Some(_), UnlistedTables::Refuse) => Fate::Undecided,
            // The table itself comes with its extension.
            (Some(_), _) => unlisted(),
        };
    }
    if let Some(tool) = migrations::tool(table) {
        return Fate::Copied(Decision { words: format!("migration table of {tool}"), place: Place::Run });
    }
    match input.rules.policy.unlisted_tables {
        UnlistedTables::Refuse => Fate::Undecided,
        UnlistedTables::Skip => {
            let words = "policy: unlisted_tables".to_owned();
            Fate::Skipped(Decision { words, place: Place::Run })
        }
        UnlistedTables::Empty => unlisted(),
    }
}

fn unlisted() -> Fate {
    let words = "policy: unlisted_tables";
    Fate::Empty(words, Decision { words: words.into(), place: Place::Run })
}

fn below_root(name: &TableName, root: &TableName, place: &FilePlace) -> Diagnostic {
    let message = format!("the table is a part of {root}: a rule stands at the root and covers every part");
    Diagnostic::error("rule-below-root", Place::ObjectInFile(name.to_string(), place.clone()), message)
        .help(format!("name `{root}` instead; its rule may name columns of any part"))
}

/// A table that a rule names and the source does not have.
pub fn unknown_table(catalog: &Catalog, name: &TableName, place: &FilePlace) -> Diagnostic {
    let at = Place::ObjectInFile(name.to_string(), place.clone());
    if catalog.views.contains(name) {
        let message = "it is a view: it has no rows of its own, the tables below it have";
        return Diagnostic::error("rule-misplaced", at, message).help("take the rule out");
    }
    let namesake = catalog.tables.iter().find(|table| table.name.name == name.name);
    let near = namesake.or_else(|| {
        let beside = || catalog.tables.iter().filter(|table| table.name.schema == name.schema);
        let near = nearest(name.name.as_str(), beside().map(|table| table.name.name.as_str()))?;
        beside().find(|table| table.name.name.as_str() == near)
    });
    let near = near.map(|table| table.name.to_string());
    let diagnostic = Diagnostic::error("table-unknown", at, "the source has no such table");
    diagnostic.help(near.map_or_else(
        || "names are written as the catalog has them, with their schema unless it is public".to_owned(),
        |near| format!("did you mean `{near}`?"),
    ))
}

/// A column that a rule names and its table does not have.
pub fn unknown_column<'n>(
    table: &TableName,
    column: &Spanned<Name>,
    known: impl IntoIterator<Item = &'n Name>,
) -> Diagnostic {
    let place = Place::ObjectInFile(table.column(&column.value).to_string(), column.place.clone());
    let mut known: Vec<&str> = known.into_iter().map(Name::as_str).collect();
    known.sort_unstable();
    let help = match nearest(column.value.as_str(), known.iter().copied()) {
        Some(near) => format!("did you mean `{}`?", Name::from(near)),
        None => {
            let names: Vec<String> = known.iter().take(20).map(|name| Name::from(*name).to_string()).collect();
            format!("its columns: {}{}", names.join(", "), if known.len() > 20 { ", …" } else { "" })
        }
    };
    Diagnostic::error("column-unknown", place, format!("{table} has no such column")).help(help)
}
