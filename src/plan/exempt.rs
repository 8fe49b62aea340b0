//! `exempt:`: rows that stay as they are, judged at the source; a masked key cannot have any.

use super::bind::{Bound, Fate};
use super::columns::{Verdicts, What};
use super::expression::{Expression, Scope};
use super::references::Reference;
use super::{Check, Decision, Input};
use crate::catalog::Oid;
use crate::plan::clock::Clock;
use crate::words::diagnostic::{Diagnostic, Place};
use std::collections::HashMap;

/// Rows of a table that stay as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Exempt {
    /// The condition in SQL: never NULL, columns of `t`.
    pub condition: String,
    /// Why.
    pub reason: String,
    /// The line.
    pub decided_by: Decision,
}

/// What exemptions are held against.
pub struct Against<'e, 'a> {
    /// Rules and source.
    pub input: &'e Input<'a>,
    /// What happens to each column.
    pub verdicts: &'e Verdicts,
    /// Foreign keys.
    pub references: &'e HashMap<Oid, Vec<Reference<'a>>>,
    /// The snapshot's time.
    pub clock: &'e Clock,
}

/// The exempt rows of a table, and what the source is asked about them.
pub fn exempt(
    bound: &Bound<'_>,
    against: &Against<'_, '_>,
    probes: &mut Vec<Check>,
    found: &mut Vec<Diagnostic>,
) -> Option<Exempt> {
    if matches!(bound.fate, Fate::Copied(_)) {
        return None;
    }
    let exempt = bound.rules.iter().find_map(|rule| rule.exempt.as_ref())?;
    let (table, place) = (bound.table, &exempt.condition.place);
    let at = Place::ObjectInFile(bound.roots[0].name.to_string(), place.clone());
    if bound.rules.len() > 1 {
        let message = format!("rows are exempt, and {} inherits from other tables with rules too", table.name);
        let help = "the other rules mask these rows: take `exempt` out";
        found.push(Diagnostic::error("exempt-parents", at, message).help(help));
        return None;
    }
    if against.input.rules.policy.refuse_exemptions {
        let message = "rows are exempt from masking, and `policy: { exemptions: refuse }` allows none";
        found.push(Diagnostic::error("exemptions-refused", at, message).help("take `exempt` out"));
        return None;
    }
    for column in &table.columns {
        let Some(verdict) = against.verdicts.get(table.oid, column.number) else { continue };
        let What::Mask(mask) = &verdict.what else { continue };
        if is_key(bound, column.number, against.references) {
            let message = format!("rows are exempt, and the masked column {} is part of a foreign key", column.name);
            let help = "the other end would still be masked and point nowhere: keep the key, or mask every row";
            found.push(Diagnostic::error("exempt-key", at.clone(), message).help(help));
        } else if mask.spec.reversible
            && table.unique_indexes.iter().any(|index| index.columns.contains(&column.number))
        {
            let message = format!(
                "rows are exempt, and {} is unique: `{}` may give another row the value of an exempt one",
                column.name, mask.spec.name
            );
            let help = "use a mask whose outputs live elsewhere, or mask every row";
            found.push(Diagnostic::error("exempt-unique", at.clone(), message).help(help));
        }
    }
    let scope = Scope { catalog: against.input.source, table, clock: against.clock, place };
    match Expression::parse(&exempt.condition.value, &scope) {
        Ok(parsed) => {
            probes.extend(parsed.probes(&format!("ONLY {}", table.name.sql()), &scope));
            let decided_by = Decision { words: "exempt".to_owned(), place: place.into() };
            Some(Exempt { condition: format!("(({}) IS TRUE)", parsed.sql), reason: exempt.reason.clone(), decided_by })
        }
        Err(faults) => {
            found.extend(faults);
            None
        }
    }
}

/// Is the column at either end of a foreign key.
fn is_key(bound: &Bound<'_>, number: i16, references: &HashMap<Oid, Vec<Reference<'_>>>) -> bool {
    let name = bound.table.by_number(number).map(|column| &column.name);
    let refers = references
        .get(&bound.table.oid)
        .is_some_and(|own| own.iter().any(|reference| reference.key_of(number).is_some()));
    let is_this = |oid: Oid| oid == bound.table.oid || bound.roots.iter().any(|root| root.oid == oid);
    refers
        || references
            .values()
            .flatten()
            .filter(|reference| is_this(reference.to.oid))
            .any(|reference| reference.pairs.iter().any(|(_, to)| Some(&to.name) == name))
}
