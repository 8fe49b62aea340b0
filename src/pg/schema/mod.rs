//! The schema through pg_dump and pg_restore.
//!
//! pg_dump reads the source in the run's snapshot; pg_restore only turns its archive into statements, entry by entry
//! (`script.rs`). They are run over standin's own connection, so that errors pass through `pg/fault.rs` and each index
//! can be built when its table is full. What a clone must not carry is left out here, and owners and grants become
//! those of the target (`roles.rs`).

mod lexer;
mod program;
pub mod roles;
mod script;

use crate::pg::types::Oid;
use crate::words::error::Result;
use crate::words::name::Name;
pub use program::{Dump, Wish};
pub use script::Entry;
use std::collections::{HashMap, HashSet};

/// The schema of a database as statements, by when they are to be run.
#[derive(Debug, Default)]
pub struct Schema {
    /// Everything that stands before the rows, in order.
    pub before: Vec<Entry>,
    /// Indexes, and constraints that own one, by the oid of the index or constraint at the source.
    pub indexes: HashMap<Oid, Entry>,
    /// Partitions' indexes become parts of their parents', in order.
    pub attach: Vec<Entry>,
    /// Foreign keys.
    pub foreign_keys: Vec<Entry>,
    /// Everything else that stands after the rows: checks, statistics, rules, triggers, policies, comments, in order.
    pub after: Vec<Entry>,
    /// Grants and default grants, in order.
    pub grants: Vec<Entry>,
}

/// Extensions that are not created.
#[derive(Debug, Default)]
pub struct Without<'a> {
    /// Their names.
    pub names: HashSet<&'a Name>,
    /// Their objects that may have grants, as a GRANT names them, functions without their arguments.
    pub granted: HashSet<&'a str>,
}

impl Without<'_> {
    /// True for an entry that makes such an extension, or speaks of it or of what belongs to it.
    fn has(&self, entry: &Entry) -> bool {
        match entry.kind.as_str() {
            "EXTENSION" => self.names.iter().any(|name| name.as_str() == entry.name),
            "COMMENT" => self.names.iter().any(|name| entry.name == format!("EXTENSION {}", name.sql())),
            "ACL" => roles::object(&entry.sql).is_some_and(|object| self.granted.contains(object)),
            _ => false,
        }
    }
}

/// Turns an archive into a schema for a target.
pub async fn read(dump: &Dump, roles: &roles::Map<'_>, without: &Without<'_>) -> Result<Schema> {
    let (list, before, after) = dump.scripts().await?;
    let known = script::listed(&list);
    let comes = |entry: &Entry| !without.has(entry);
    let mut schema = Schema::default();
    for entry in script::entries(&before, &known)?.into_iter().filter(comes) {
        if let Some(entry) = roles.apply(entry)? {
            match entry.kind.as_str() {
                "ACL" | "DEFAULT ACL" => schema.grants.push(entry),
                _ => schema.before.push(entry),
            }
        }
    }
    for entry in script::entries(&after, &known)?.into_iter().filter(comes) {
        let Some(entry) = roles.apply(entry)? else { continue };
        match entry.kind.as_str() {
            "ACL" | "DEFAULT ACL" => schema.grants.push(entry),
            "INDEX" | "CONSTRAINT" => drop(schema.indexes.insert(entry.oid, entry)),
            "INDEX ATTACH" => schema.attach.push(entry),
            "FK CONSTRAINT" => schema.foreign_keys.push(entry),
            _ => schema.after.push(entry),
        }
    }
    Ok(schema)
}
