//! Proves a clone before it is published: counts, unchanged shares, constraints and indexes, kept values.
//!
//! What was sent is claimed by whoever copied; here it is compared with what the clone has. Nothing here copies.

use crate::catalog::proof::{self, Thing};
use crate::catalog::{Catalog, Table};
use crate::pg::connect::Server;
use crate::pg::copy::{Format, Malformed, Rows};
use crate::pg::digest::Digest;
use crate::pg::fault::Fault;
use crate::pg::session::{Run, Source, Target};
use crate::plan::{Action, Expected, Plan, TablePlan};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::{Name, TableName};
use futures_util::StreamExt;
use std::collections::BTreeMap;

/// What is claimed of one table.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Rows that were chosen, of tables whose rows are chosen one by one.
    pub chosen: Option<u64>,
    /// Rows that the source sent.
    pub sent: u64,
    /// Rows that the target said it stored.
    pub stored: u64,
    /// Rows that the clone's table has; `None` for a foreign table.
    pub present: Option<u64>,
    /// Per column of the plan: fields that were masked, and those of them that came out as they went in.
    pub tallies: &'a [(u64, u64)],
    /// Per column of the plan, of kept ones with `--verify full`.
    pub digests: &'a [Option<Digest>],
}

/// Rows selected = sent = stored, for every table.
pub fn counts(plan: &Plan, claims: &[Claim<'_>]) -> Vec<Diagnostic> {
    plan.tables()
        .iter()
        .zip(claims)
        .filter(|(_, claim)| {
            let stored = |count: Option<u64>| count.is_none_or(|count| count == claim.stored);
            claim.sent != claim.stored || !stored(claim.present) || !stored(claim.chosen)
        })
        .map(|(table, claim)| {
            let present = claim.present.map_or_else(String::new, |present| format!(", the clone has {present}"));
            let chosen = claim.chosen.map_or_else(String::new, |chosen| format!("{chosen} rows were chosen, "));
            let message =
                format!("{chosen}the source sent {} rows, the target stored {}{present}", claim.sent, claim.stored);
            Diagnostic::error("count-differs", &table.name, message)
        })
        .collect()
}

/// Tables that hold fewer rows than `expect` demands.
pub fn expected(plan: &Plan, claims: &[Claim<'_>]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for expected in plan.expected() {
        let Some(least) = &expected.at_least else { continue };
        let rows = stored(plan, claims, expected);
        if rows < least.value {
            let place = Place::ObjectInFile(expected.table.to_string(), least.place.clone());
            let message = format!("the clone holds {rows} rows, and at least {} are expected", least.value);
            findings.push(Diagnostic::error("expect-at-least", place, message));
        }
    }
    findings
}

/// The same of the clone as it stands, once hooks ran and rows were carried.
pub async fn still_expected(plan: &Plan, target: &Target) -> Result<Vec<Diagnostic>> {
    let mut findings = Vec::new();
    for expected in plan.expected() {
        let Some(least) = &expected.at_least else { continue };
        let rows = target.rows(&expected.table).await?.unwrap_or_default();
        if rows < least.value {
            let place = Place::ObjectInFile(expected.table.to_string(), least.place.clone());
            let message = format!(
                "after hooks and carried rows the clone holds {rows} rows, and at least {} are expected",
                least.value
            );
            findings.push(Diagnostic::error("expect-at-least", place, message));
        }
    }
    Ok(findings)
}

/// Tables that arrive without rows and have no policy of their own that says so.
pub fn empty<'p>(plan: &'p Plan, claims: &[Claim<'_>]) -> Vec<&'p TableName> {
    let without = plan.expected().iter().filter(|one| !one.may_be_empty && stored(plan, claims, one) == 0);
    without.map(|one| &one.table).collect()
}

/// Those of them that have rows in the clone that is published now.
pub async fn emptied(tables: &[&TableName], live: &Target) -> Result<Vec<Diagnostic>> {
    let mut findings = Vec::new();
    for table in tables {
        if live.has_rows(table).await? {
            let message = "it arrives without rows, and the last published clone has some";
            let help = "find out why; if it may be empty, say so: `expect: { at_least: 0 }` under the table";
            findings.push(Diagnostic::error("arrives-empty", *table, message).help(help));
        }
    }
    Ok(findings)
}

/// Rows of a table and its parts in the clone.
fn stored(plan: &Plan, claims: &[Claim<'_>], expected: &Expected) -> u64 {
    let parts = plan.tables().iter().zip(claims).filter(|(table, _)| expected.leaves.contains(&table.oid));
    parts.map(|(_, claim)| claim.stored).sum()
}

/// The share of masked fields that came out as they went in, within what each mask declares.
pub fn unchanged(plan: &Plan, claims: &[Claim<'_>]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (table, claim) in plan.tables().iter().zip(claims) {
        for (column, (masked, unchanged)) in table.columns.iter().zip(claim.tallies) {
            let Some(allowed) = allowed(&column.action, *masked) else { continue };
            if *unchanged > allowed {
                let message =
                    format!("{unchanged} of {masked} masked fields equal their input, {allowed} may by chance");
                findings.push(
                    Diagnostic::error("unchanged", &table.name.column(&column.name), message)
                        .help("the column may already hold this mask's outputs; otherwise choose another mask"),
                );
            }
        }
    }
    findings
}

/// How many of so many fields a mask may leave as they are: what chance gives, four deviations, and one.
fn allowed(action: &Action, masked: u64) -> Option<u64> {
    let Action::Mask(mask) = action else { return None };
    let expected = masked as f64 * mask.equal_at_most;
    Some((expected + 4.0 * expected.sqrt()) as u64 + 1)
}

/// Constraints, indexes, triggers and row security as at the source; sequences not behind the data that they number.
pub async fn constraints(plan: &Plan, catalog: &Catalog, source: &Source, target: &Target) -> Result<Vec<Diagnostic>> {
    let asking = |error: Fault| error.into_error("verify", Place::Run, "cannot compare the clone with the source");
    let (here, there) =
        tokio::try_join!(proof::things(source.client()), proof::things(target.client())).map_err(asking)?;
    let skipped = |table: &TableName| plan.skipped().contains(table);
    let mut findings = Vec::new();
    for (thing, state) in here.iter().filter(|(thing, _)| !skipped(&thing.table)) {
        match there.get(thing) {
            // Made anew, an index that was not valid may be: its parts are all there, or none is needed.
            Some(found) if found == state || state == proof::NOT_VALID => {}
            Some(_) => findings.push(differs(thing, "is in another state than at the source")),
            None => findings.push(differs(thing, "is missing in the clone")),
        }
    }
    findings.extend(
        there.keys().filter(|thing| !here.contains_key(*thing)).map(|thing| differs(thing, "is in the clone alone")),
    );
    findings.extend(sequences(plan, catalog, target).await?);
    Ok(findings)
}

fn differs(thing: &Thing, how: &str) -> Diagnostic {
    let message = format!("the {} {} {how}", thing.kind, Name::from(thing.name.as_str()));
    Diagnostic::error("schema-differs", &thing.table, message)
}

/// Sequences that a masked column has outrun, or that could not be read: the next insert would collide.
async fn sequences(plan: &Plan, catalog: &Catalog, target: &Target) -> Result<Vec<Diagnostic>> {
    let mut findings = Vec::new();
    for sequence in catalog.sequences.iter().filter(|sequence| !sequence.descending) {
        let Some((oid, number)) = sequence.owned_by else { continue };
        let planned = plan.tables().iter().find(|table| table.oid == oid);
        let column = planned.and_then(|table| table.columns.iter().find(|column| column.number == number));
        let (Some(planned), Some(column)) = (planned, column) else { continue };
        let doubtful = !matches!(column.action, Action::Keep) || !sequence.is_readable(&catalog.database);
        if !doubtful || !catalog.by_oid(oid).is_some_and(|table| leads_an_index(table, number)) {
            continue;
        }
        if target.outruns(&planned.name, &column.name, &sequence.name).await? {
            let message = format!("the sequence {} is behind the values of this column", sequence.name);
            findings.push(Diagnostic::error("sequence-behind", &planned.name.column(&column.name), message));
        }
    }
    Ok(findings)
}

fn leads_an_index(table: &Table, number: i16) -> bool {
    table.unique_indexes.iter().any(|index| index.columns.first() == Some(&number))
}

/// Reads every kept column back and compares its digest with what the source sent.
pub async fn kept(
    plan: &Plan,
    claims: &[Claim<'_>],
    shadow: &Server,
    run: &Run,
    jobs: usize,
) -> Result<Vec<Diagnostic>> {
    let reads = plan.tables().iter().zip(claims).filter(|(_, claim)| claim.digests.iter().any(Option::is_some));
    let mut results = futures_util::stream::iter(reads.map(|(table, claim)| read_back(table, claim, shadow, run)))
        .buffer_unordered(jobs.max(1));
    let mut findings = BTreeMap::new();
    while let Some(result) = results.next().await {
        for (column, finding) in result? {
            findings.insert(column, finding);
        }
    }
    Ok(findings.into_values().collect())
}

async fn read_back(
    table: &TablePlan,
    claim: &Claim<'_>,
    shadow: &Server,
    run: &Run,
) -> Result<Vec<(String, Diagnostic)>> {
    let claimed: Vec<(&Name, Digest)> = table
        .columns
        .iter()
        .zip(claim.digests)
        .filter_map(|(column, digest)| Some((&column.name, (*digest)?)))
        .collect();
    let format = if table.binary { Format::Binary } else { Format::Text };
    let names: Vec<&Name> = claimed.iter().map(|(name, _)| *name).collect();
    let fault = |error| Fault::rows(error).into_error("verify", Place::from(&table.name), "cannot read the clone back");
    let target = Target::open(shadow, run).await?;
    let stream = target.client().copy_out(&table.read_back(&names, format)).await.map_err(fault)?;
    let mut stream = std::pin::pin!(stream);
    let mut rows = Rows::new(format, names.len());
    let mut digests = vec![Digest::default(); names.len()];
    let broken = |_: Malformed| Error::failed(Diagnostic::error("verify", &table.name, "the clone sent a broken row"));
    while let Some(piece) = stream.next().await {
        rows.feed::<Malformed>(&piece.map_err(fault)?, |bytes, _, fields| {
            for (digest, field) in digests.iter_mut().zip(fields) {
                digest.add(field.range().map(|range| &bytes[range]));
            }
            Ok(())
        })
        .map_err(broken)?;
    }
    rows.finish().map_err(broken)?;
    target.close().await;
    let differing = claimed.iter().zip(&digests).filter(|((_, sent), found)| sent != *found);
    Ok(differing
        .map(|((name, _), _)| {
            let column = table.name.column(name);
            let message = "the clone's values are not those that the source sent";
            (column.to_string(), Diagnostic::error("digest-differs", &column, message))
        })
        .collect())
}
