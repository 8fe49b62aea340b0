//! Rules × catalog → a checked plan, or every refusal at once. Pure: no socket, no file, no clock.

pub mod bind;
mod build;
mod carry;
pub mod clock;
pub mod columns;
mod definitions;
mod exempt;
pub mod existing;
pub mod explain;
pub mod expression;
mod extensions;
mod fit;
mod forget;
mod frequency;
pub mod guard;
mod inside;
mod masked;
mod migrations;
pub mod neighbours;
mod pending;
mod polymorphic;
pub mod privileges;
mod probe;
pub mod profile;
mod references;
pub mod rights;
pub mod rows;
pub mod seed;
pub mod select;
mod server;
pub mod shift;
mod shuffle;
mod skip;
mod suggest;
mod unique;
pub mod vanishing;
mod yaml;

pub use crate::catalog::target::{AvailableExtension, TargetFacts};
use crate::catalog::{Catalog, Extension, Oid, PgType, Sequence};
use crate::mask::{MaskFn, MaskRef};
use crate::pg::carry::Carry;
pub use crate::pg::marker::Marker;
use crate::rules::{LargeObjects, Rules, Verify};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::{Name, TableName};
pub use exempt::Exempt;
pub use forget::Forget;
pub use shuffle::Shuffle;
use std::sync::Arc;

/// Work that was found to be right. Its fields are private to the room and it has one constructor, `Plan::build`.
pub struct Plan {
    pub(crate) tables: Vec<TablePlan>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) left_out: Vec<crate::catalog::LeftOut>,
    pub(crate) large_objects: LargeObjects,
    pub(crate) keep_comments: bool,
    pub(crate) skipped: Vec<TableName>,
    pub(crate) without: Vec<Extension>,
    pub(crate) masked_before: Option<String>,
    pub(crate) roles: RoleMap,
    pub(crate) carry: Vec<Carry>,
    pub(crate) replaced: Vec<TableName>,
    pub(crate) target_bytes: u64,
    pub(crate) probes: Vec<Check>,
    pub(crate) checks: Vec<Check>,
    pub(crate) aged: Vec<(Oid, String)>,
    pub(crate) choosing: Option<rows::Choosing>,
    pub(crate) estimate: rows::Estimate,
    pub(crate) expected: Vec<Expected>,
}

/// One SELECT at the source that gives one bigint; anything but 0, or a server error, refuses the run (exit 3) with these words.
#[derive(Debug, Clone)]
pub struct Check {
    /// The statement, ready to be run in the run's snapshot under [`rows::SESSION`].
    pub sql: String,
    /// The words.
    pub diagnostic: Diagnostic,
    /// SQL of the rules, evaluated for every row: asked once a statement over rows has failed, to find out whose fault it is.
    pub every_row: Option<String>,
}

impl Check {
    /// A question whose answer refuses with these words.
    pub fn new(sql: String, diagnostic: Diagnostic) -> Self {
        Check { sql, diagnostic, every_row: None }
    }
}

/// What the clone's tables must hold to be published; a partitioned table with its parts.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The table.
    pub table: TableName,
    /// Tables with rows of their own.
    pub leaves: Vec<Oid>,
    /// `expect: { at_least }`, and where it stands.
    pub at_least: Option<crate::words::diagnostic::Spanned<u64>>,
    /// A policy of its own removes rows: it may arrive empty.
    pub may_be_empty: bool,
}

/// What becomes of each role of the source: complete for every role that the schema names.
pub type RoleMap = std::collections::BTreeMap<Name, Option<Name>>;

/// What the plan is made from.
pub struct Input<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// The environment that is read.
    pub from: &'a crate::rules::Environment,
    /// What flags and file ask for.
    pub wanted: &'a Wanted,
    /// The environment that is refreshed.
    pub to: &'a crate::rules::Environment,
    /// The source's catalog.
    pub source: &'a Catalog,
    /// What the target's server offers; `None` if it was not asked (`standin explain`).
    pub target: Option<&'a TargetFacts>,
    /// The masking key; a plan without one is for showing only.
    pub key: &'a crate::words::secret::Key,
}

/// What happens to one table that has rows of its own (or could): plain tables, leaf partitions, foreign tables, extension configuration.
pub struct TablePlan {
    /// Its oid at the source.
    pub oid: Oid,
    /// Its name.
    pub name: TableName,
    /// `pg_class.relfilenode` as the snapshot saw it.
    pub file_node: u32,
    /// Its columns but generated ones, in attribute order: what `COPY … (columns)` lists at the target.
    pub columns: Vec<ColumnPlan>,
    /// Generated columns, for `explain` and the report.
    pub generated: Vec<Name>,
    /// Columns that masks of the row look at, each after those that it looks at itself.
    pub neighbours: Vec<neighbours::Seen>,
    /// Of an extension's table: the condition of rows that are the database's own; all others came with the extension.
    pub scope: Option<String>,
    /// Which rows come.
    pub rows: Rows,
    /// Rows that stay as they are.
    pub exempt: Option<Exempt>,
    /// Binary COPY, or text.
    pub binary: bool,
    /// Rows, by the planner's statistics.
    pub estimated_rows: u64,
    /// Bytes of heap and TOAST at the source.
    pub bytes: u64,
    /// Pages of the heap.
    pub pages: u32,
    /// The line that decided the table.
    pub decided_by: Decision,
}

/// Which rows of a table come, and how they are counted.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// All of them.
    All,
    /// None: `empty`, `delete: all`, a foreign table, a partition that `retain` excludes. It is not read, not even counted.
    None(&'static str),
    /// Those that a query selects.
    Selected(Selection),
    /// Those of a query that the run chooses one by one before it writes.
    Chosen(Selection),
}

/// A selection, ready to be read in the run's snapshot under [`rows::SESSION`].
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// `WITH …` before the SELECT, or empty. Names are qualified, `now()` is already the snapshot's time.
    pub with: String,
    /// Joins right after `FROM ONLY table AS t`, with a space before, or empty; none of them drops or repeats a row.
    pub joins: String,
    /// The condition that keeps a row; the table's alias is `t`.
    pub condition: String,
    /// Columns whose value becomes NULL where the condition is TRUE (orphans: set_null); the expression replaces the column in the SELECT.
    pub replaced: Vec<(Name, String)>,
    /// One SELECT that gives `source, deleted, expired` of this table as three bigints; orphaned = source − deleted − expired − copied.
    pub count: String,
}

/// The line that decided, for `plan` and `explain`.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// In words: `keep`, `pattern "*.email"`, `policy: unlisted_columns`, `follows users.id`, `foreign table`.
    pub words: String,
    /// The line of the rules file, if there is one.
    pub place: Place,
}

/// What happens to one column.
pub struct ColumnPlan {
    /// Its name.
    pub name: Name,
    /// Its attribute number at the source.
    pub number: i16,
    /// Its type.
    pub ty: Arc<PgType>,
    /// What happens to it.
    pub action: Action,
    /// The line that decided.
    pub decided_by: Decision,
    /// `--verify full` may compare it: kept, and its text form is the same on both servers.
    pub comparable: bool,
}

/// What happens to a column's fields.
pub enum Action {
    /// Copied as they are.
    Keep,
    /// NULL; not read.
    Erase,
    /// One text for all, as PostgreSQL reads it for the type; not read. NULL becomes it too.
    Constant(String),
    /// The result of an SQL expression at the source (alias `t`); the column itself does not leave it.
    Sql {
        /// The mask that says so: `sql` or `default`.
        mask: &'static str,
        /// The expression, cast to the column's type.
        expression: String,
    },
    /// The column's own values, moved to other rows at the source.
    Shuffle(Shuffle),
    /// Masked by a function.
    Mask(Box<MaskUse>),
}

/// A mask, compiled for a column.
pub struct MaskUse {
    /// The rule.
    pub rule: MaskRef,
    /// The function.
    pub mask: MaskFn,
    /// The pseudo-random function of its domain.
    pub domain: crate::mask::context::Domain,
    /// The column that it is drawn from: attribute number, name, type.
    pub by: Option<(i16, Name, Arc<PgType>)>,
    /// The share of unchanged fields that verification accepts.
    pub equal_at_most: f64,
    /// The column's own values, if the mask draws from them.
    pub frequencies: Option<Arc<crate::mask::resample::Frequencies>>,
}

/// What a user asks of a refresh, from flags and the environment's options.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Streams.
    pub jobs: usize,
    /// There is no key: what is not masked already cannot be refreshed.
    pub keyless: bool,
    /// `--adopt`.
    pub adopt: bool,
    /// `--verify`.
    pub verify: Verify,
    /// `--drop-replication`.
    pub drop_replication: bool,
    /// The most bytes that all streams together read in a second.
    pub max_rate: Option<u64>,
    /// `--accept-lost-grants`.
    pub accept_lost_grants: bool,
    /// `into: existing`: rows go into the present database.
    pub existing: bool,
    /// `--only`: these tables, and those that foreign keys tie to them.
    pub only: Vec<TableName>,
    /// How long the run may take.
    pub deadline: Option<std::time::Duration>,
    /// Subjects that the clone must not hold.
    pub forget: Vec<Forget>,
}

impl Selection {
    /// True if SQL takes every row as it is.
    fn is_all(&self) -> bool {
        self.condition == "true" && self.replaced.is_empty()
    }
}

impl Plan {
    /// The tables, largest first.
    pub fn tables(&self) -> &[TablePlan] {
        &self.tables
    }

    /// What somebody should look at.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// What a clone does not have.
    pub fn left_out(&self) -> &[crate::catalog::LeftOut] {
        &self.left_out
    }

    /// What happens to large objects.
    pub fn large_objects(&self) -> LargeObjects {
        self.large_objects
    }

    /// True if comments come along.
    pub fn keep_comments(&self) -> bool {
        self.keep_comments
    }

    /// Tables that are not created (`unlisted_tables: skip`, or those of an extension that is left out).
    pub fn skipped(&self) -> &[TableName] {
        &self.skipped
    }

    /// The fingerprint of the key that the source was masked with, if it is a clone that is copied as it is.
    pub fn masked_before(&self) -> Option<&str> {
        self.masked_before.as_deref()
    }

    /// Extensions that the clone does without.
    pub fn without(&self) -> &[Extension] {
        &self.without
    }

    /// True if a sequence of the source has one in the clone that it sets.
    pub fn sets(&self, sequence: &Sequence, catalog: &Catalog) -> bool {
        let table = sequence.owned_by.and_then(|(table, _)| catalog.by_oid(table));
        let gone = |name: &Name| self.without.iter().any(|extension| extension.name == *name);
        sequence.is_readable(&catalog.database)
            && !table.is_some_and(|table| self.skipped.contains(&table.name))
            && !sequence.extension.as_ref().is_some_and(gone)
    }

    /// What the present target owns itself.
    pub fn carry(&self) -> &[Carry] {
        &self.carry
    }

    /// Tables of the present database whose rows are replaced (`into: existing`), topmost of partitioned ones.
    pub fn replaced(&self) -> &[TableName] {
        &self.replaced
    }

    /// What becomes of each role that the schema names; `None`: dropped.
    pub fn roles(&self) -> &RoleMap {
        &self.roles
    }

    /// What is asked of the source's catalog before anything else: predicates that do not hold there, volatile functions. No row is read.
    pub fn probes(&self) -> &[Check] {
        &self.probes
    }

    /// What is asked of the source's rows before the first of them is copied: references that `orphans: refuse` forbids, `orphaned_at_most`.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Partitions that `retain` may exclude as a whole: the SELECT of the rows of each that stay, for the source's planner.
    pub fn aged(&self) -> &[(Oid, String)] {
        &self.aged
    }

    /// Notes partitions of which the source's planner knows that no row stays: they are not read, not even counted.
    pub fn exclude(&mut self, partitions: &[Oid]) {
        for table in self.tables.iter_mut().filter(|table| partitions.contains(&table.oid)) {
            table.rows = Rows::None("expired");
        }
        for unit in self.choosing.iter_mut().flat_map(|choosing| &mut choosing.units) {
            let unread = unit.leaves.iter().enumerate().filter(|(_, (oid, _))| partitions.contains(oid));
            unit.unread = unread.map(|(at, _)| at).collect();
        }
    }

    /// Notes tables of which every row was chosen: they are copied like tables without a policy.
    pub fn entire(&mut self, tables: &[Oid]) {
        for table in self.tables.iter_mut().filter(|table| tables.contains(&table.oid)) {
            if matches!(&table.rows, Rows::Chosen(selection) if selection.is_all()) {
                table.rows = Rows::All;
            }
        }
    }

    /// What the clone's tables must hold.
    pub fn expected(&self) -> &[Expected] {
        &self.expected
    }

    /// True if rows of the table come because a root of the subset brings them along.
    pub fn is_reached(&self, table: &TableName) -> bool {
        let mut units = self.choosing.iter().flat_map(|choosing| &choosing.units);
        let reached = |role| matches!(role, rows::choose::Role::Whole | rows::choose::Role::Reached);
        units.any(|unit| unit.table == *table && reached(unit.role))
    }

    /// What statistics say of the rows that come.
    pub fn estimate(&self) -> &rows::Estimate {
        &self.estimate
    }

    /// What the run chooses row by row before it writes.
    pub fn choosing(&self) -> Option<&rows::Choosing> {
        self.choosing.as_ref()
    }

    /// Bytes that the new database needs, about.
    pub fn target_bytes(&self) -> u64 {
        self.target_bytes
    }
}
