//! The one constructor of a plan: every check in turn, every finding kept, one answer.

use super::bind::{Bindings, Bound, Fate};
use super::clock::Clock;
use super::fit::{self, Fitted, Fitter};
use super::rows::{Policies, Policy};
use super::{
    Action, Decision, Exempt, Expected, Input, Plan, Rows, TablePlan, carry, columns, definitions, exempt, existing,
    extensions, forget, frequency, guard, masked, polymorphic, privileges, probe, references, rights, rows, server,
    shuffle, skip, unique, vanishing,
};
use crate::catalog::{Catalog, ExtensionTable, LeftOut, Oid, Table, TableKind};
use crate::rules::LargeObjects;
use crate::words::diagnostic::{Diagnostic, Place, Severity};
use crate::words::name::{Name, TableName};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What an empty database takes, and what a little more of everything may take.
const EMPTY_DATABASE: u64 = 8 << 20;

impl Plan {
    /// Checks the rules against the source and the target's server: a plan, or every refusal at once (warnings among them).
    pub fn build(input: &Input<'_>) -> Result<Plan, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let bindings = Bindings::bind(input, &mut found);
        let references = references::references(input);
        let verdicts = columns::decide(input, &bindings, &references, &mut found);
        skip::check(input, &bindings, &mut found);
        extensions::check(input, &mut found);
        masked::check(input, &mut found);
        references::check(&bindings, &references, &verdicts, &mut found);
        references::related(input, &bindings, &verdicts, &mut found);
        let unnamed = polymorphic::undeclared(input, &bindings, &verdicts, &mut found);
        definitions::check(input, &mut found);
        let clock = clock(input, &mut found);
        let mut exempted = HashMap::new();
        let encoding = narrow(input);
        let (mut fitted, mut probes, mut agreeing) = (HashMap::new(), Vec::new(), Vec::new());
        if let Some(clock) = &clock {
            let mut fitter = Fitter::new(input, &verdicts, clock.clone());
            let against = exempt::Against { input, verdicts: &verdicts, references: &references, clock };
            for table in &input.source.tables {
                let Some(bound) = bindings.get(table.oid).filter(|bound| fit::comes(bound)) else { continue };
                let columns = fitter.table(bound);
                if table.kind == TableKind::Plain {
                    unique::check(bound, &verdicts, &columns, &mut fitter.found);
                    frequency::check(bound, &verdicts, &columns, &mut fitter.found);
                    probes.extend(probe::probes(bound, &verdicts, &columns, &fitter.domains));
                    if let Some(encoding) = encoding {
                        probes.extend(probe::letters(encoding, bound, &verdicts, &columns));
                    }
                    agreeing.extend(unique::checks(bound, &verdicts, &columns));
                    let exempt = exempt::exempt(bound, &against, &mut probes, &mut fitter.found);
                    exempted.extend(exempt.map(|exempt| (table.oid, exempt)));
                }
                fitted.insert(table.oid, columns);
            }
            found.append(&mut fitter.found);
            probes.append(&mut fitter.probes);
        }
        agreeing.extend(references::checks(input, &references, &verdicts));
        let roles = server::roles(input, &mut found);
        large_objects(input, &mut found);
        rights::source(input, &bindings, &mut found);
        let target_bytes = target_bytes(input.source, &bindings);
        let mut replaced = Vec::new();
        if let Some(facts) = input.target {
            // What is built is loaded into the present database while it is still there.
            let bytes = if input.wanted.existing { target_bytes * 2 } else { target_bytes };
            server::check(input, facts, bytes, &mut found);
            rights::target(facts, &mut found);
            match input.wanted.existing {
                true => replaced = existing::replaced(input, facts, &bindings, &mut found),
                false => {
                    rights::settings(facts, &mut found);
                    privileges::lost(input, facts, &roles, &mut found);
                    // What hooks make is known when they ran.
                    if input.to.after.is_empty() {
                        found.extend(vanishing::vanishing(input.to, facts, |table| {
                            columns(input.source, &bindings, table)
                        }));
                    }
                }
            }
            found.extend(guard::guard(&input.source.database, facts, input.to, input.wanted));
        }
        let mut carry =
            clock.as_ref().map(|clock| carry::carry(input, clock, &mut probes, &mut found)).unwrap_or_default();
        carry::forget(&mut carry, input, |table, name| is_kept(input.source, &fitted, table, name), &mut found);
        let forget = forget::bind(input, &mut found);
        let mut selected = clock.and_then(|clock| {
            rows::select(&policies(input, &bindings, clock, forget)).map_err(|faults| found.extend(faults)).ok()
        });
        if let Some(selected) = &mut selected {
            let (columns, rows) = ((&bindings, &fitted), (&selected.tables, &exempted));
            selected.checks.extend(shuffle::check(&input.source.tables, columns, rows, &mut found));
        }
        let found = once(found);
        let Some(selected) = selected.filter(|_| found.iter().all(|one| one.severity != Severity::Error)) else {
            return Err(found);
        };
        probes.extend(selected.probes);
        Ok(Plan {
            tables: only(input, &replaced, tables(input, &bindings, fitted, selected.tables, exempted)),
            warnings: found,
            left_out: left_out(input),
            large_objects: input.rules.policy.large_objects,
            keep_comments: input.rules.policy.keep_comments,
            skipped: skipped(input.source, &bindings),
            without: extensions::left(input).cloned().collect(),
            masked_before: masked::marker(input).map(|marker| marker.key.clone()),
            roles,
            carry,
            replaced: existing::names(input.source, &replaced),
            target_bytes,
            probes,
            checks: selected.checks.into_iter().chain(agreeing).chain(unnamed).collect(),
            expected: only_expected(input, &replaced, expected(input, &bindings, selected.choosing.as_ref())),
            aged: selected.aged,
            choosing: selected.choosing,
            estimate: selected.estimate,
        })
    }
}

/// The columns that the clone's table of that name has, if it comes.
fn columns<'c>(catalog: &'c Catalog, bindings: &Bindings<'_>, table: &TableName) -> Option<Vec<&'c Name>> {
    let skipped = |oid| bindings.get(oid).is_some_and(|bound| matches!(bound.fate, Fate::Skipped(_)));
    let table = catalog.table(table).filter(|table| !skipped(table.oid))?;
    Some(table.columns.iter().map(|column| &column.name).collect())
}

/// The encoding of a clone that cannot hold every letter.
fn narrow<'a>(input: &Input<'a>) -> Option<&'a str> {
    let encoding = input.source.database.encoding.as_str();
    let same = input.target.is_some_and(|facts| server::is_new(input, facts) || facts.encoding == encoding);
    (same && !matches!(encoding, "UTF8" | "SQL_ASCII")).then_some(encoding)
}

/// True if every part of a table keeps a column as it is.
fn is_kept(catalog: &Catalog, fitted: &HashMap<Oid, Fitted>, table: &Table, name: &Name) -> bool {
    let parts = catalog.tables.iter().filter(|part| catalog.root(part).oid == table.oid);
    let mut columns = parts.filter_map(|part| fitted.get(&part.oid)).map(|fitted| &fitted.columns);
    columns.all(|columns| columns.iter().any(|column| column.name == *name && matches!(column.action, Action::Keep)))
}

/// What the rules say of rows, by the root of each tree.
fn policies<'a>(input: &Input<'a>, bindings: &Bindings<'a>, clock: Clock, forget: Vec<(Oid, u64)>) -> Policies<'a> {
    let mut tables = BTreeMap::new();
    for bound in bindings.iter().filter(|bound| bound.is_root()) {
        let empty = match bound.fate {
            Fate::Empty(why, _) => Some(why),
            _ => None,
        };
        let policy = Policy { rule: bound.rules.first().copied(), empty, absent: bound.is_skipped() };
        tables.insert(bound.table.oid, policy);
    }
    Policies {
        catalog: input.source,
        clock,
        tables,
        orphaned_at_most: input.rules.policy.orphaned_at_most,
        relations: &input.rules.relations,
        subset: input.rules.subset.as_ref(),
        forget,
        domains: crate::mask::Domains::new(input.key, input.rules.mapping),
    }
}

/// What each table with a rule must hold, its parts together.
fn expected(input: &Input<'_>, bindings: &Bindings<'_>, choosing: Option<&rows::Choosing>) -> Vec<Expected> {
    let required = |table: &Table| {
        let mut units = choosing.iter().flat_map(|choosing| &choosing.units);
        units.any(|unit| unit.role == rows::choose::Role::Required && unit.table == table.name)
    };
    let mut expected: BTreeMap<Oid, Expected> = BTreeMap::new();
    for table in input.source.tables.iter().filter(|table| table.kind == TableKind::Plain) {
        let Some(bound) = bindings.get(table.oid).filter(|bound| fit::comes(bound)) else { continue };
        let (root, rule) = (bound.roots[0], bound.rules.first());
        let one = expected.entry(root.oid).or_insert_with(|| Expected {
            table: root.name.clone(),
            leaves: Vec::new(),
            at_least: rule.and_then(|rule| rule.at_least.clone()),
            may_be_empty: root.extension.is_some()
                || required(root)
                || rule.is_some_and(|rule| {
                    rule.delete.is_some() || rule.retain.is_some() || rule.sample.is_some() || rule.at_least.is_some()
                }),
        });
        one.leaves.push(table.oid);
    }
    expected.into_values().collect()
}

fn clock(input: &Input<'_>, found: &mut Vec<Diagnostic>) -> Option<Clock> {
    match Clock::new(&input.source.database.snapshot_at, &input.rules.time_zone) {
        Ok(clock) => Some(clock),
        Err(fault) => {
            found.push(
                Diagnostic::error("time-zone", Place::Run, fault.to_string())
                    .help("correct time_zone: in the rules file"),
            );
            None
        }
    }
}

fn large_objects(input: &Input<'_>, found: &mut Vec<Diagnostic>) {
    let count = input.source.large_objects;
    if count > 0 && input.rules.policy.large_objects == LargeObjects::Refuse {
        let message = format!("the source has {count} large objects, and no rule decides them");
        found.push(
            Diagnostic::error("large-objects", Place::Run, message)
                .help("write policy: { large_objects: skip } to leave them out, or keep to copy them as they are"),
        );
    }
}

/// Findings without repetition, in order: the parts of a partitioned table are spoken of by their root.
fn once(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    found
        .into_iter()
        .filter(|diagnostic| {
            seen.insert((diagnostic.code, format!("{:?}", diagnostic.place), diagnostic.message.clone()))
        })
        .collect()
}

/// Every table that has rows of its own, largest first.
fn tables(
    input: &Input<'_>,
    bindings: &Bindings<'_>,
    mut fitted: HashMap<Oid, Fitted>,
    mut selected: BTreeMap<Oid, Rows>,
    mut exempted: HashMap<Oid, Exempt>,
) -> Vec<TablePlan> {
    let mut plans: Vec<TablePlan> = input
        .source
        .tables
        .iter()
        .filter(|table| matches!(table.kind, TableKind::Plain | TableKind::Foreign))
        .filter_map(|table| {
            let bound = bindings.get(table.oid)?;
            let mut plan = table_plan(bound, fitted.remove(&table.oid), selected.remove(&table.oid))?;
            plan.exempt = exempted.remove(&table.oid);
            plan.binary = plan.columns.iter().all(|column| !plan.reads(column) || column.ty.has_portable_binary());
            Some(plan)
        })
        .collect();
    plans.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    plans
}

fn table_plan(bound: &Bound<'_>, fitted: Option<Fitted>, selected: Option<Rows>) -> Option<TablePlan> {
    let table = bound.table;
    let (rows, decided_by) = match &bound.fate {
        Fate::Empty(why, decision) => (Rows::None(why), decision.clone()),
        Fate::Copied(decision) => (selected?, decision.clone()),
        Fate::Ruled => (selected?, ruled(bound)),
        Fate::Extension | Fate::Skipped(_) | Fate::Undecided => return None,
    };
    let fitted = fitted.unwrap_or_default();
    Some(TablePlan {
        oid: table.oid,
        name: table.name.clone(),
        file_node: table.file_node,
        columns: fitted.columns,
        generated: fitted.generated,
        neighbours: fitted.neighbours,
        scope: table.extension.as_ref().and_then(ExtensionTable::scope),
        rows,
        exempt: None,
        binary: false,
        estimated_rows: table.estimated_rows.max(0.0) as u64,
        bytes: table.heap_bytes,
        pages: table.pages,
        decided_by,
    })
}

/// True if `--only` leaves this table out: no foreign key ties it to those that are replaced.
fn is_left_out(input: &Input<'_>, replaced: &[Oid], table: Oid) -> bool {
    let top = input.source.by_oid(table).map(|table| existing::topmost(input.source, table).oid);
    !input.wanted.only.is_empty() && top.is_none_or(|top| !replaced.contains(&top))
}

/// The tables, those without rows that `--only` leaves out.
fn only(input: &Input<'_>, replaced: &[Oid], mut tables: Vec<TablePlan>) -> Vec<TablePlan> {
    for table in &mut tables {
        if is_left_out(input, replaced, table.oid) {
            table.rows = Rows::None("not in --only");
        }
    }
    tables
}

/// What the tables must hold, but for those that `--only` leaves out.
fn only_expected(input: &Input<'_>, replaced: &[Oid], mut expected: Vec<Expected>) -> Vec<Expected> {
    expected.retain(|one| one.leaves.iter().all(|leaf| !is_left_out(input, replaced, *leaf)));
    expected
}

/// The line of a table's rule.
fn ruled(bound: &Bound<'_>) -> Decision {
    let place = bound.rules.first().map_or(Place::Run, |rule| rule.name.place.clone().into());
    Decision { words: format!("tables: {}", bound.roots[0].name), place }
}

/// Bytes of the clone, about: what is copied with its indexes, and a tenth.
fn target_bytes(catalog: &Catalog, bindings: &Bindings<'_>) -> u64 {
    let comes = |table: &&Table| {
        table.kind == TableKind::MaterializedView && table.populated || bindings.get(table.oid).is_some_and(fit::comes)
    };
    let bytes: u64 = catalog.tables.iter().filter(comes).map(|table| table.heap_bytes + table.index_bytes).sum();
    EMPTY_DATABASE + bytes + bytes / 10
}

fn skipped(catalog: &Catalog, bindings: &Bindings<'_>) -> Vec<TableName> {
    let skipped = |table: &&Table| bindings.get(table.oid).is_some_and(Bound::is_skipped);
    catalog.tables.iter().filter(skipped).map(|table| table.name.clone()).collect()
}

/// What the clone will not have; comments and large objects by policy.
fn left_out(input: &Input<'_>) -> Vec<LeftOut> {
    let policy = &input.rules.policy;
    let stays = |left: &&LeftOut| {
        !(left.kind == "comment" && policy.keep_comments
            || left.kind == "large object" && policy.large_objects == LargeObjects::Keep)
    };
    let why = "the rules leave it out, with all that belongs to it";
    let extensions =
        extensions::left(input).map(|extension| LeftOut { kind: "extension", name: extension.name.to_string(), why });
    input.source.left_out.iter().filter(stays).cloned().chain(extensions).collect()
}
