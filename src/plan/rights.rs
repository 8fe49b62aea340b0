//! What our roles may not do, with the statements that would let them.

use super::bind::{Bindings, Fate};
use super::{Input, TargetFacts};
use crate::catalog::{Catalog, Sequence, Table, TableKind};
use crate::rules::LargeObjects;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::{Name, TableName, literal, printable};
use std::collections::{BTreeMap, BTreeSet};

/// More tables than this of one schema are granted together, if none of the schema's tables may be read.
const MANY: usize = 20;

/// Finds what the source's reader lacks.
pub fn source(input: &Input<'_>, bindings: &Bindings<'_>, found: &mut Vec<Diagnostic>) {
    let catalog = input.source;
    let user = Name::from(catalog.database.user.as_str());
    let statements = grants(catalog, bindings, &user);
    if !statements.is_empty() {
        let message = format!("{user} may not read everything that a clone needs at the source");
        let help = format!("as the owner of the tables or a superuser, run:\n{}", statements.join("\n"));
        found.push(Diagnostic::error("rights-source", Place::Object(user.to_string()), message).help(help));
    }
    if catalog.locked_large_objects > 0 && input.rules.policy.large_objects == LargeObjects::Keep {
        let message = format!("{user} may not read {} of the large objects", catalog.locked_large_objects);
        let help = format!(
            "as a superuser, run: DO $$ DECLARE o oid; BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata LOOP \
             EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO %I', o, {}); END LOOP; END $$;\nor write policy: {{ large_objects: skip }}",
            literal(user.as_str())
        );
        found.push(Diagnostic::error("rights-large-objects", Place::Object(user.to_string()), message).help(help));
    }
    let secured: Vec<&TableName> =
        read(catalog, bindings).filter(|table| table.row_security_active).map(|table| &table.name).collect();
    if let Some(first) = secured.first() {
        let others = if secured.len() > 1 { format!(" and {} other tables", secured.len() - 1) } else { String::new() };
        let message = format!("row security hides rows of {first}{others} from {user}");
        let names: Vec<String> = secured.iter().map(ToString::to_string).collect();
        let help = format!(
            "as a superuser, run: ALTER ROLE {} BYPASSRLS;\nor put into empty: {}",
            user.sql(),
            names.join(", ")
        );
        found.push(Diagnostic::error("row-security", Place::from(*first), message).help(help));
    }
    if catalog.database.in_recovery {
        for table in read(catalog, bindings).filter(|table| table.unlogged) {
            let message = "the table is unlogged: a standby does not have its rows";
            found.push(
                Diagnostic::error("unlogged-on-standby", Place::from(&table.name), message)
                    .help("read the primary, or put the table into empty:"),
            );
        }
        let unlogged = |(table, _)| catalog.by_oid(table).is_some_and(|table| table.unlogged);
        let lost =
            |sequence: &&Sequence| !sequence.is_readable(&catalog.database) && !sequence.owned_by.is_some_and(unlogged);
        for sequence in catalog.sequences.iter().filter(lost) {
            let message = "the sequence is unlogged: a standby does not know where it stands";
            found.push(
                Diagnostic::warning("unlogged-on-standby", Place::from(&sequence.name), message)
                    .help("it begins anew in the clone; read the primary if that matters"),
            );
        }
    }
}

/// Tables whose rows are read.
fn read<'a>(catalog: &'a Catalog, bindings: &'a Bindings<'_>) -> impl Iterator<Item = &'a Table> {
    catalog.tables.iter().filter(|table| {
        table.kind == TableKind::Plain
            && bindings.get(table.oid).is_some_and(|bound| matches!(bound.fate, Fate::Ruled | Fate::Copied(_)))
    })
}

/// The GRANTs that the source's reader needs: pg_dump locks every table, emptied ones too.
fn grants(catalog: &Catalog, bindings: &Bindings<'_>, user: &Name) -> Vec<String> {
    let role = user.sql();
    let needed = |table: &&Table| {
        matches!(table.kind, TableKind::Plain | TableKind::Partitioned)
            && bindings.get(table.oid).is_some_and(|bound| !matches!(bound.fate, Fate::Extension | Fate::Skipped(_)))
    };
    let mut statements = Vec::new();
    let locked: BTreeSet<&Name> =
        catalog.schemas.iter().filter(|schema| !schema.usable).map(|schema| &schema.name).collect();
    let used: BTreeSet<&Name> = (catalog.tables.iter().filter(needed).map(|table| &table.name.schema))
        .chain(catalog.sequences.iter().map(|sequence| &sequence.name.schema))
        .filter(|schema| locked.contains(schema))
        .collect();
    if !used.is_empty() {
        let names: Vec<String> = used.iter().map(|schema| schema.sql()).collect();
        statements.push(format!("GRANT USAGE ON SCHEMA {} TO {role};", names.join(", ")));
    }
    let tables = catalog.tables.iter().filter(needed).map(|table| (&table.name, table.selectable));
    statements.extend(select("TABLE", "TABLES", tables, &role));
    let sequences = catalog.sequences.iter().map(|sequence| (&sequence.name, sequence.selectable));
    statements.extend(select("SEQUENCE", "SEQUENCES", sequences, &role));
    if catalog.database.system_identifier.is_empty() {
        statements.push(format!("GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO {role};"));
    }
    statements
}

/// GRANT SELECT, by name, or by schema where many and all are missing.
fn select<'a>(
    kind: &str,
    kinds: &str,
    objects: impl Iterator<Item = (&'a TableName, bool)>,
    role: &str,
) -> Vec<String> {
    let mut schemas: BTreeMap<&Name, (Vec<&TableName>, usize)> = BTreeMap::new();
    for (name, selectable) in objects {
        let (missing, all) = schemas.entry(&name.schema).or_default();
        *all += 1;
        if !selectable {
            missing.push(name);
        }
    }
    let mut statements = Vec::new();
    for (schema, (missing, all)) in schemas {
        if missing.len() > MANY && missing.len() == all {
            statements.push(format!("GRANT SELECT ON ALL {kinds} IN SCHEMA {} TO {role};", schema.sql()));
        } else if !missing.is_empty() {
            let names: Vec<String> = missing.iter().map(|name| name.sql()).collect();
            statements.push(format!("GRANT SELECT ON {kind} {} TO {role};", names.join(", ")));
        }
    }
    statements
}

/// Finds what the target's role lacks.
pub fn target(facts: &TargetFacts, found: &mut Vec<Diagnostic>) {
    if facts.superuser {
        return;
    }
    let (user, database) = (Name::from(facts.user.as_str()), Name::from(facts.database.as_str()));
    let mut statements = Vec::new();
    if !facts.create_database {
        statements.push(format!("ALTER ROLE {} CREATEDB;", user.sql()));
    }
    if facts.oid.is_some() {
        if let (false, Some(owner)) = (facts.owns_database, &facts.owner) {
            statements.push(format!("GRANT {} TO {};", owner.sql(), user.sql()));
        }
        if !facts.signal_backend {
            statements.push(format!("GRANT pg_signal_backend TO {};", user.sql()));
        }
    }
    if facts.system_identifier.is_empty() {
        statements.push(format!("GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO {};", user.sql()));
    }
    if !statements.is_empty() {
        let message = format!("{user} lacks rights to replace {database} at the target's server");
        let help = format!("as a superuser there, run:\n{}", statements.join("\n"));
        found.push(Diagnostic::error("rights-target", Place::Object(user.to_string()), message).help(help));
    }
}

/// Finds settings of the present database that the clone could not take over.
pub fn settings(facts: &TargetFacts, found: &mut Vec<Diagnostic>) {
    if facts.fixed_settings.is_empty() {
        return;
    }
    let user = Name::from(facts.user.as_str());
    let named = |(setting, role): &(String, Option<Name>)| match role {
        Some(role) => format!("{} of the role {role}", printable(setting)),
        None => printable(setting),
    };
    let names: Vec<String> = facts.fixed_settings.iter().map(named).collect();
    let message = format!("{user} may not give the clone what the present database has set: {}", names.join(", "));
    let place = Place::from(&Name::from(facts.database.as_str()));
    found.push(Diagnostic::error("takeover", place, message).help(format!(
        "as a superuser, run: ALTER ROLE {} CREATEROLE (and GRANT each role to it WITH ADMIN OPTION, from PostgreSQL 16 on);\n\
         or set it for the role in all databases, or for the database alone, and RESET it here",
        user.sql()
    )));
}
