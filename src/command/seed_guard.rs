//! What `seed-dev` must not touch: the databases of others, and rows that it did not make.

use super::open;
use super::seed_dev::Opened;
use crate::catalog::{Catalog, Database, Oid, Table, TableKind};
use crate::pg::fault::Fault;
use crate::pg::marker::{Marker, State};
use crate::pg::session::{Run, Source, Target};
use crate::rules::{self, Tier};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::Result;
use crate::words::name::TableName;
use std::collections::HashSet;
use std::time::Duration;

/// A table of more rows is no toy: its database takes `--adopt`.
const TOY: i64 = 10_000;
/// How long a listed environment may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// The tables that have rows, and one that has more than a toy.
pub async fn filled(target: &Target, catalog: &Catalog) -> Result<(HashSet<Oid>, Option<String>)> {
    let (mut filled, mut large) = (HashSet::new(), None);
    for table in catalog.tables.iter() {
        if !matches!(table.kind, TableKind::Plain | TableKind::Partitioned) || !table.selectable {
            continue;
        }
        let only = if table.kind == TableKind::Plain { "ONLY " } else { "" };
        let some = format!("SELECT FROM {only}{} LIMIT {}", table.name.sql(), TOY + 1);
        let row = target.client().query_one(&format!("SELECT pg_catalog.count(*) FROM ({some}) t"), &[]).await;
        let row = row.map_err(|error| {
            Fault::rows(error).into_refusal("seed-read", Place::from(&table.name), "cannot look into the table")
        })?;
        let rows: i64 = row.get(0);
        if rows > 0 {
            filled.insert(table.oid);
        }
        if rows > TOY {
            large.get_or_insert(table.name.to_string());
        }
    }
    Ok((filled, large))
}

/// Every reason to leave the database as it is.
pub async fn guard(
    opened: &Opened,
    adopt: bool,
    here: &Database,
    large: Option<String>,
    marker: Option<&Marker>,
) -> Result<Vec<Diagnostic>> {
    let mut found = Vec::new();
    if let Some(marker) = marker {
        marked(opened, marker, &mut found);
    } else if !adopt {
        unadopted(opened, large, &mut found);
    }
    listed(opened, here, &mut found).await?;
    Ok(found)
}

/// Refuses a database that standin made for another purpose.
fn marked(opened: &Opened, marker: &Marker, found: &mut Vec<Diagnostic>) {
    let ours = opened.environment.as_ref() == Some(&marker.environment);
    // What seed-dev made without an environment is nobody else's.
    let seeded = marker.state == State::Seeded && (marker.environment.is_empty() || opened.environment.is_none());
    if ours || seeded {
        return;
    }
    let message = match crate::words::name::printable(&marker.environment) {
        name if name.is_empty() => "the database is marked as one that standin is building".to_owned(),
        name => format!("the database is marked as one of the environment `{name}`"),
    };
    let help = "seed another database, or name that environment with --to if it is of tier dev";
    found.push(Diagnostic::error("target-marker", Place::Object(opened.server.describe()), message).help(help));
}

/// Refuses what looks like more than a developer's own database.
fn unadopted(opened: &Opened, large: Option<String>, found: &mut Vec<Diagnostic>) {
    let mut refuse = |message: String| {
        let place = Place::Object(opened.server.describe());
        let help = "if it is a development database, say --adopt";
        found.push(Diagnostic::error("target-unmarked", place, message).help(help));
    };
    if !opened.server.is_local() {
        refuse("the database is not on this machine".to_owned());
    }
    if let Some(table) = large {
        refuse(format!("the table {table} has more than {TOY} rows"));
    }
}

/// Refuses a database that is one of another environment, however it is reached.
async fn listed(opened: &Opened, here: &Database, found: &mut Vec<Diagnostic>) -> Result<()> {
    let Some((rules, variables)) = &opened.rules else { return Ok(()) };
    for environment in &rules.environments {
        let name = &environment.name.value;
        let dev = environment.tier == Tier::Dev && opened.environment.is_none();
        if dev || opened.environment.as_ref() == Some(name) {
            continue;
        }
        let Ok(environment) = rules::resolve(environment, variables) else { continue };
        let Ok((server, _)) = open::server(rules, &environment, variables) else { continue };
        let same = if here.system_identifier.is_empty() {
            server.describe() == opened.server.describe()
        } else {
            let ask = async {
                let run = Run { read_only: true, ..opened.run.clone() };
                let source = Source::open(&server, &run, None).await?;
                let identity = source.identity().await;
                source.close().await;
                identity
            };
            // What cannot be reached from here cannot be asked.
            match tokio::time::timeout(PATIENCE, ask).await {
                Ok(Ok((cluster, oid))) => cluster == here.system_identifier && oid == here.oid,
                _ => server.describe() == opened.server.describe(),
            }
        };
        if same {
            let place = Place::ObjectInFile(name.clone(), environment.name.place.clone());
            let message = format!("the database to fill is that of the environment `{name}`");
            found.push(
                Diagnostic::error("target-listed", place, message)
                    .help("correct the url: a forwarded port may lead there"),
            );
        }
    }
    Ok(())
}

/// The tables that `--truncate` empties, and whether each is a whole tree: those that standin filled, and empty ones that
/// refer to them; refuses to empty a table that somebody else has filled.
pub fn emptied(
    catalog: &Catalog,
    filled: &HashSet<Oid>,
    marker: Option<&Marker>,
    found: &mut Vec<Diagnostic>,
) -> Vec<(TableName, bool)> {
    let seeded = marker.map(|marker| &marker.seeded[..]).unwrap_or_default();
    let is_table = |table: &&Table| matches!(table.kind, TableKind::Plain | TableKind::Partitioned) && !table.partition;
    let mut tables: Vec<&Table> =
        catalog.tables.iter().filter(is_table).filter(|table| seeded.contains(&table.name.sql())).collect();
    let mut at = 0;
    while let Some(table) = tables.get(at).copied() {
        at += 1;
        for key in catalog.foreign_keys.iter().filter(|key| key.references == table.oid) {
            let Some(child) = catalog.by_oid(key.table).filter(|child| !child.partition) else { continue };
            if tables.iter().any(|known| known.oid == child.oid) {
                continue;
            }
            if filled.contains(&child.oid) {
                let message = format!("its rows refer to {}, which standin filled, and are not standin's", table.name);
                let help = "empty the table yourself, or leave --truncate away";
                found.push(Diagnostic::error("seed-truncate", Place::from(&child.name), message).help(help));
            }
            tables.push(child);
        }
    }
    tables.iter().map(|table| (table.name.clone(), table.kind == TableKind::Partitioned)).collect()
}
