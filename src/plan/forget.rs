//! Subjects that a clone must not hold, bound to the source's tables.

use super::{Input, rows};
use crate::catalog::{Catalog, Oid, TableKind};
use crate::words::diagnostic::{Diagnostic, Place, nearest};
use crate::words::name::{Name, TableName};
use std::collections::BTreeSet;

/// A file of subjects.
#[derive(Clone)]
pub struct Forget {
    /// The table of the subjects.
    pub table: TableName,
    /// The file as it was named.
    pub file: String,
    /// Where it was named.
    pub place: Place,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
    /// Primary keys, each a list of its columns' texts.
    pub keys: Vec<Vec<String>>,
}

impl std::fmt::Debug for Forget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} keys of {}", self.keys.len(), self.table)
    }
}

impl Forget {
    /// The keys column by column, each once, without a first line that names the columns.
    pub fn columns(&self, names: &[Name]) -> Vec<Vec<String>> {
        let keys: BTreeSet<&Vec<String>> = self.subjects(names).iter().collect();
        (0..names.len()).map(|at| keys.iter().filter_map(|key| key.get(at).cloned()).collect()).collect()
    }

    fn subjects(&self, names: &[Name]) -> &[Vec<String>] {
        let head = self.keys.first().is_some_and(|first| first.iter().eq(names.iter().map(Name::as_str)));
        &self.keys[usize::from(head)..]
    }
}

/// The tables of the subjects, and how many of each; what is no such table, or no key of it, is found.
pub(super) fn bind(input: &Input<'_>, found: &mut Vec<Diagnostic>) -> Vec<(Oid, u64)> {
    let mut tables = Vec::new();
    for forget in &input.wanted.forget {
        match table(input.source, forget) {
            Ok(table) => tables.push(table),
            Err(fault) => found.push(fault),
        }
    }
    tables
}

fn table(catalog: &Catalog, forget: &Forget) -> Result<(Oid, u64), Diagnostic> {
    let fault = |message: String| Diagnostic::error("forget-file", forget.place.clone(), message);
    let Some(table) = catalog.table(&forget.table) else {
        let known: Vec<String> = catalog.tables.iter().map(|table| table.name.to_string()).collect();
        let near = nearest(&forget.table.to_string(), known.iter().map(String::as_str));
        let fault = fault(format!("the source has no table {}", forget.table));
        return Err(match near {
            Some(near) => fault.help(format!("did you mean {near}?")),
            None => fault,
        });
    };
    if catalog.root(table).oid != table.oid || !matches!(table.kind, TableKind::Plain | TableKind::Partitioned) {
        return Err(fault(format!("{} is a part of another table, or has no rows of its own", table.name)));
    }
    let key = rows::key(table);
    if key.is_empty() {
        return Err(fault(format!("{} has no primary key, by which subjects are named", table.name)));
    }
    if forget.keys.iter().any(|fields| fields.len() != key.len()) {
        let names: Vec<String> = key.iter().map(Name::to_string).collect();
        let fault = fault(format!("each line must hold the {} of {}'s key", names.join(", "), table.name));
        return Err(fault.help("the columns of a composite key are apart by commas"));
    }
    let subjects = forget.subjects(&key).len() as u64;
    if subjects == 0 {
        return Err(fault("it holds no key but the names of its columns".to_owned()));
    }
    Ok((table.oid, subjects))
}
