//! Databases that a refresh must not touch: told by who they are, never by how they are reached.
//!
//! The run asks again right before the swap.

use super::{TargetFacts, Wanted};
use crate::catalog::Database;
use crate::rules::{Environment, Tier};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::printable;

/// Finds every reason why the target must not be replaced.
pub fn guard(source: &Database, facts: &TargetFacts, to: &Environment, wanted: &Wanted) -> Vec<Diagnostic> {
    let place = || Place::ObjectInFile(to.name.value.clone(), to.name.place.clone());
    let mut found = Vec::new();
    identity(source, facts, &place, &mut found);
    target(facts, to, wanted, &mut found);
    found
}

/// Finds what can be said against replacing the target without knowing what it is replaced by.
pub fn target(facts: &TargetFacts, to: &Environment, wanted: &Wanted, found: &mut Vec<Diagnostic>) {
    let place = || Place::ObjectInFile(to.name.value.clone(), to.name.place.clone());
    if to.tier == Tier::Production {
        let message = "the environment is production, which is only ever read";
        found.push(
            Diagnostic::error("target-production", place(), message).help("refresh another environment with --to"),
        );
    }
    content(facts, to, wanted, &place, found);
    if !wanted.existing && !wanted.drop_replication && !facts.replication.is_empty() {
        let names: Vec<String> =
            facts.replication.iter().map(|(kind, name)| format!("{kind} {}", printable(name))).collect();
        let message = format!("a swap would break what hangs on the present database: {}", names.join(", "));
        found.push(
            Diagnostic::error("target-replication", place(), message)
                .help("end them first, or say --drop-replication to lose them with the old database"),
        );
    }
}

fn identity(source: &Database, facts: &TargetFacts, place: &dyn Fn() -> Place, found: &mut Vec<Diagnostic>) {
    if source.system_identifier.is_empty() || facts.system_identifier.is_empty() {
        let message = "it cannot be told whether the target is production: a server does not say who it is";
        found.push(Diagnostic::error("identity-unknown", place(), message).help(
            "GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() to the roles that connect, on both servers",
        ));
    } else if source.system_identifier == facts.system_identifier {
        if facts.oid == Some(source.oid) {
            let message = "the target is the source, its standby or its restored snapshot: \
                           same system identifier, same database oid";
            found.push(
                Diagnostic::error("target-is-source", place(), message)
                    .help("point the environment at another server, or at another database"),
            );
        } else {
            let message = "the target is another database of production's own server";
            found.push(
                Diagnostic::warning("same-server", place(), message)
                    .help("a refresh will take disk, CPU and I/O from production"),
            );
        }
    }
}

fn content(
    facts: &TargetFacts,
    to: &Environment,
    wanted: &Wanted,
    place: &dyn Fn() -> Place,
    found: &mut Vec<Diagnostic>,
) {
    match &facts.marker {
        Some(marker) if marker.environment.is_empty() => {
            let message = format!("the database {} is one that seed-dev filled", printable(&facts.database));
            found.push(
                Diagnostic::error("target-marker", place(), message)
                    .help("correct the environment's url, or drop that database first"),
            );
        }
        Some(marker) if marker.environment != to.name.value => {
            let message = format!(
                "the database {} is the clone of another environment, `{}`",
                printable(&facts.database),
                printable(&marker.environment)
            );
            found.push(
                Diagnostic::error("target-marker", place(), message)
                    .help("correct the environment's url, or drop that database first"),
            );
        }
        Some(_) => {}
        None if facts.oid.is_some() && !wanted.adopt && !(facts.inspected && facts.user_tables == 0) => {
            let message =
                format!("the database {} is not empty, and standin did not make it", printable(&facts.database));
            found.push(Diagnostic::error("target-unmarked", place(), message).help(match wanted.existing {
                true => "if its rows may be replaced for good, say --adopt once",
                false => "if it may be replaced, say --adopt once; it is kept as the previous database",
            }));
        }
        None => {}
    }
}
