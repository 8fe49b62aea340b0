//! The shape of a database as values: what the plan reads, and what a clone is compared with.
//!
//! One query per `.sql` file in this folder; `read.rs` runs them. Nothing here holds a value of a row.

pub mod proof;
mod read;
pub mod seeding;
pub mod shape;
mod tables;
pub mod target;
mod types;

pub use crate::pg::locale::Provider;
pub use crate::pg::marker::Marker;
pub use crate::pg::types::{BaseType, Oid, PgType, TypeKind};
use crate::words::name::{Name, TableName};
pub use read::read;
use std::sync::Arc;
pub use tables::Tables;
pub use target::{AvailableExtension, TargetFacts, target_facts};

/// Everything that the plan needs to know of one database, read in one snapshot.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// The server and the database.
    pub database: Database,
    /// Tables, partitioned tables, foreign tables, materialised views; system schemas left out. By schema and name.
    pub tables: Tables,
    /// Views, by name alone: they hold no rows.
    pub views: Vec<TableName>,
    /// Schemas of users.
    pub schemas: Vec<Schema>,
    /// Foreign keys, the ones of partitions that a parent's key implies left out.
    pub foreign_keys: Vec<ForeignKey>,
    /// Sequences, with the column that owns each.
    pub sequences: Vec<Sequence>,
    /// Installed extensions.
    pub extensions: Vec<Extension>,
    /// Every role that owns an object, or that a grant, policy or default grant names; with what it is needed for.
    pub roles: Vec<RoleUse>,
    /// Objects that a clone leaves out: kind and name (publication, subscription, event trigger, user mapping, security label, server options, comment, large object …).
    pub left_out: Vec<LeftOut>,
    /// What needs a table beside its own parts and foreign keys, in words, as in `view public.everyone`.
    pub dependents: Vec<(Oid, String)>,
    /// Definitions in which an address, a long number or a password may stand.
    pub definitions: Vec<Definition>,
    /// Who may do what with tables, views, sequences and schemas.
    pub grants: Vec<Granted>,
    /// How many large objects there are.
    pub large_objects: u64,
    /// How many of them we may not read.
    pub locked_large_objects: u64,
}

/// The server and the database.
#[derive(Debug, Clone, Default)]
pub struct Database {
    /// The database's name.
    pub name: String,
    /// The database's oid.
    pub oid: Oid,
    /// `pg_control_system().system_identifier`; empty if we may not ask.
    pub system_identifier: String,
    /// `server_version`, as in `15.18`.
    pub server_version: String,
    /// `server_version_num`, as in 150018.
    pub version_num: i32,
    /// The encoding's name, as in `UTF8`.
    pub encoding: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// What sorts its texts.
    pub provider: Provider,
    /// True on a hot standby.
    pub in_recovery: bool,
    /// Bytes of the whole database on disk.
    pub bytes: u64,
    /// The snapshot's time, RFC 3339.
    pub snapshot_at: String,
    /// What it says of itself, if standin made it.
    pub marker: Option<Marker>,
    /// The session's user.
    pub user: String,
    /// The superuser that `initdb` made: the schema public was its own before PostgreSQL 15.
    pub first_user: String,
    /// True for a superuser.
    pub superuser: bool,
}

/// A schema.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Its name.
    pub name: Name,
    /// Have we USAGE on it.
    pub usable: bool,
}

/// What kind of relation a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// An ordinary table or a leaf partition.
    Plain,
    /// A partitioned table: it has no rows of its own.
    Partitioned,
    /// A foreign table: its rows live elsewhere and are never read.
    Foreign,
    /// A materialised view.
    MaterializedView,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its oid at the source.
    pub oid: Oid,
    /// Its name.
    pub name: TableName,
    /// What it is.
    pub kind: TableKind,
    /// `UNLOGGED`.
    pub unlogged: bool,
    /// The oids that it is a partition or inheritance child of, in order.
    pub parents: Vec<Oid>,
    /// True if it is a partition (a foreign table may be one too).
    pub partition: bool,
    /// Attribute numbers of a partitioned table's key, those that its expressions use included.
    pub partition_key: Vec<i16>,
    /// The extension that owns it, and the condition that selects its configuration rows (`Some("")`: all of them).
    pub extension: Option<ExtensionTable>,
    /// Its columns, dropped ones left out, in attribute order.
    pub columns: Vec<Column>,
    /// Unique, primary and exclusion indexes.
    pub unique_indexes: Vec<UniqueIndex>,
    /// All indexes, by what is needed to build them.
    pub indexes: Vec<Index>,
    /// CHECK constraints of the table.
    pub checks: Vec<Check>,
    /// Rows, by the planner's statistics (−1 if never analysed, as PostgreSQL has it).
    pub estimated_rows: f64,
    /// Bytes of the heap and its TOAST, as the disk has them.
    pub heap_bytes: u64,
    /// Bytes of its indexes.
    pub index_bytes: u64,
    /// Pages of the heap, for splitting by ctid.
    pub pages: u32,
    /// `pg_class.relfilenode` as the snapshot sees it.
    pub file_node: u32,
    /// Is row security enabled, and would it apply to us.
    pub row_security_active: bool,
    /// May we SELECT every column.
    pub selectable: bool,
    /// The owner.
    pub owner: Name,
    /// True for a materialised view with data.
    pub populated: bool,
}

/// How an extension's table holds configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtensionTable {
    /// The extension.
    pub extension: Name,
    /// `Some` if rows belong to the user: those that pg_dump's filter (`WHERE …`; empty: all) lets through.
    pub configuration: Option<String>,
}

impl ExtensionTable {
    /// The filter as a condition; `None`: it lets every row through, or none.
    pub fn scope(&self) -> Option<String> {
        let filter = self.configuration.as_deref()?.trim();
        let word = filter.get(..5).filter(|word| word.eq_ignore_ascii_case("where"));
        let condition = word.map_or(filter, |word| filter[word.len()..].trim());
        (!condition.is_empty()).then(|| format!("({condition})"))
    }
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its attribute number.
    pub number: i16,
    /// Its name.
    pub name: Name,
    /// Its type, with domains, arrays and composites resolved.
    pub ty: Arc<PgType>,
    /// `atttypmod`, −1 if none.
    pub typmod: i32,
    /// The type as SQL writes it, with its length or precision.
    pub type_sql: String,
    /// NOT NULL, by the column or its domain.
    pub not_null: bool,
    /// The default's SQL, of columns that are not generated.
    pub default: Option<String>,
    /// GENERATED … AS IDENTITY.
    pub identity: bool,
    /// GENERATED ALWAYS AS (…).
    pub generated: bool,
    /// Its collation as SQL writes it, of types that have one.
    pub collation: Option<String>,
    /// How many distinct values it has, by the planner's statistics: 0 if unknown, below 0 where they grow with the table.
    pub distinct: f64,
    /// The share of NULLs, by the planner's statistics.
    pub nulls: f64,
}

/// An index or constraint that makes values unique.
#[derive(Debug, Clone)]
pub struct UniqueIndex {
    /// The index's name.
    pub name: Name,
    /// PRIMARY KEY.
    pub primary: bool,
    /// An exclusion constraint rather than a unique index.
    pub exclusion: bool,
    /// The plain columns among its keys.
    pub columns: Vec<i16>,
    /// Columns that its expressions and predicate use.
    pub expression_columns: Vec<i16>,
    /// True if a key is an expression.
    pub has_expressions: bool,
    /// The predicate of a partial index.
    pub predicate: Option<String>,
    /// NULLS NOT DISTINCT: two NULLs collide.
    pub nulls_not_distinct: bool,
    /// `pg_get_indexdef`, of exclusion constraints and where there are expressions or a predicate.
    pub definition: String,
}

/// An index.
#[derive(Debug, Clone)]
pub struct Index {
    /// Its oid at the source.
    pub oid: Oid,
    /// The constraint that owns it.
    pub constraint: Option<Oid>,
    /// Its bytes on disk.
    pub bytes: u64,
    /// False for one that failed to build.
    pub valid: bool,
}

/// A CHECK constraint.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its name.
    pub name: Name,
    /// Its expression as SQL, without `CHECK`.
    pub expression: String,
    /// The columns that it uses.
    pub columns: Vec<i16>,
    /// False for NOT VALID.
    pub validated: bool,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub struct ForeignKey {
    /// The constraint's oid.
    pub oid: Oid,
    /// The constraint's name.
    pub name: Name,
    /// The referencing table.
    pub table: Oid,
    /// The referencing columns.
    pub columns: Vec<i16>,
    /// The referenced table.
    pub references: Oid,
    /// The referenced columns, in the same order.
    pub referenced_columns: Vec<i16>,
    /// The operator of each pair (`pg_constraint.conpfeqop`), schema-qualified SQL, as in `OPERATOR(pg_catalog.=)`.
    pub operators: Vec<String>,
    /// MATCH FULL.
    pub match_full: bool,
    /// DEFERRABLE.
    pub deferrable: bool,
    /// False for NOT VALID.
    pub validated: bool,
    /// True if the referencing columns include one that is NOT NULL, so that it cannot be set to NULL.
    pub not_null: bool,
}

/// A sequence.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// Its oid.
    pub oid: Oid,
    /// Its name.
    pub name: TableName,
    /// The table and column that it fills: owned by it, or its identity.
    pub owned_by: Option<(Oid, i16)>,
    /// May we read its value.
    pub selectable: bool,
    /// Counts down.
    pub descending: bool,
    /// `UNLOGGED`, as those of unlogged tables are since PostgreSQL 15.
    pub unlogged: bool,
    /// The extension that it belongs to.
    pub extension: Option<Name>,
}

/// An extension.
#[derive(Debug, Clone)]
pub struct Extension {
    /// Its name.
    pub name: Name,
    /// Its schema.
    pub schema: Name,
    /// Its version.
    pub version: String,
    /// Other extensions that need it.
    pub extensions: Vec<Name>,
    /// What else needs it, in words, as in `index public.by_name`.
    pub dependents: Vec<String>,
    /// Those of its objects that may have grants of their own, quoted as in a GRANT; functions without their arguments.
    pub granted: Vec<String>,
}

/// A role that the clone's schema speaks of.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleUse {
    /// The role.
    pub role: Name,
    /// It owns something.
    pub owner: bool,
    /// It is named by a grant, default grant or policy.
    pub granted: bool,
    /// It is named by large objects and nothing else.
    pub large_objects_only: bool,
    /// The first few objects, for messages: `owner of public.users`.
    pub examples: Vec<String>,
}

/// A table, view, sequence or schema that grants speak of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Object {
    /// `table`, `sequence` or `schema`.
    pub kind: String,
    /// Its name; of a schema, twice.
    pub name: TableName,
}

impl std::fmt::Display for Object {
    /// Writes the name, with its kind where that is no table.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind.as_str() {
            "schema" => write!(f, "schema {}", self.name.name),
            "sequence" => write!(f, "sequence {}", self.name),
            _ => self.name.fmt(f),
        }
    }
}

/// What one role may do with one object.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The object.
    pub object: Object,
    /// The grantee owns it.
    pub owner: bool,
    /// The role; `None`: everybody.
    pub grantee: Option<Name>,
    /// As in `SELECT`.
    pub privileges: Vec<String>,
}

/// What the schema says of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// In words, as in `view public.everyone`.
    pub object: String,
    /// As PostgreSQL prints it.
    pub text: String,
}

/// Something of the source that a clone does not have.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// `publication`, `subscription`, `event trigger`, `user mapping`, `security label`, `server options`, `comment`, `large object`, `extension`.
    pub kind: &'static str,
    /// Its name; for comments and large objects, how many.
    pub name: String,
    /// Why.
    pub why: &'static str,
}

impl Sequence {
    /// True if the source knows where it stands: a standby does not have what is unlogged.
    pub fn is_readable(&self, database: &Database) -> bool {
        !(self.unlogged && database.in_recovery)
    }
}

impl Catalog {
    /// The table of that name.
    pub fn table(&self, name: &TableName) -> Option<&Table> {
        self.tables.named(name)
    }

    /// The table of that oid.
    pub fn by_oid(&self, oid: Oid) -> Option<&Table> {
        self.tables.by_oid(oid)
    }

    /// The topmost table of a partition or inheritance tree (the first parent's, if there are several).
    pub fn root<'a>(&'a self, table: &'a Table) -> &'a Table {
        let mut root = table;
        while let Some(parent) = root.parents.first().and_then(|oid| self.by_oid(*oid)) {
            root = parent;
        }
        root
    }

    /// Materialised views with data.
    pub fn full_views(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter(|table| table.kind == TableKind::MaterializedView && table.populated)
    }

    /// True if a foreign table is below this one: ANALYZE would go and ask the foreign server.
    pub fn has_foreign_descendant(&self, table: &Table) -> bool {
        // Upwards from the foreign tables, which are few: a tree may have thousands of parts.
        self.tables.iter().any(|one| one.kind == TableKind::Foreign && self.is_below(one, table))
    }

    fn is_below(&self, table: &Table, above: &Table) -> bool {
        let up = |oid: &Oid| *oid == above.oid || self.by_oid(*oid).is_some_and(|parent| self.is_below(parent, above));
        table.parents.iter().any(up)
    }
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &Name) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// The column of that attribute number.
    pub fn by_number(&self, number: i16) -> Option<&Column> {
        self.columns.binary_search_by_key(&number, |column| column.number).ok().map(|at| &self.columns[at])
    }

    /// The columns that a copy carries: all but generated ones.
    pub fn stored_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.generated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_of_an_extension_is_a_condition() {
        let read = |filter: &str| {
            ExtensionTable { extension: Name::from("x"), configuration: Some(filter.to_owned()) }.scope()
        };
        assert_eq!(read("WHERE NOT (\nsrid = 1)").as_deref(), Some("(NOT (\nsrid = 1))"));
        assert_eq!(read("\n where(a)").as_deref(), Some("((a))"));
        assert_eq!((read(""), read(" ")), (None, None));
    }
}
