//! The rules file as domain types: every fault of a file is found in one reading, each with its place.
//!
//! Nothing here has seen a catalog: whether a table or column exists is the plan's question.

mod baseline;
mod carry;
mod connection;
mod decode;
mod document;
mod environment;
mod fault;
mod file;
pub mod glob;
mod hook;
mod include;
mod interpolate;
mod key;
mod keys;
mod masks;
mod node;
mod overrides;
mod pending;
mod rows;
pub mod scalar;
pub mod schema;
pub mod seed;
mod tables;
mod variables;
mod words;

pub use carry::{CarryRule, CarryWhat};
pub use connection::{ResolvedConnection, connection, resolve};
pub use file::{parse, read};
pub use hook::hooks;
pub use key::{KeySource, from_variables, key};
pub use overrides::Override;
pub use pending::Pending;
pub use rows::{Amount, Children, Exempt, Forget, Relation, Root, Sample, Subset, Through};
pub use variables::Variables;

use crate::mask::{MaskRef, args::Period};
use crate::words::diagnostic::{FilePlace, SourceFile, Spanned};
use crate::words::name::{Name, TableName};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use std::sync::Arc;
use std::time::Duration;

/// A rules file that is right in itself.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The file.
    pub file: Arc<SourceFile>,
    /// SHA-256 of the file's bytes, in hex; with what it includes, one over all files.
    pub sha256: String,
    /// Pins lists and algorithms.
    pub mapping: u32,
    /// For predicates, retention and date masks; `UTC` by default.
    pub time_zone: String,
    /// Environments, in the file's order.
    pub environments: Vec<Environment>,
    /// What happens to what no rule names.
    pub policy: Policy,
    /// Named mappings.
    pub domains: Vec<Domain>,
    /// Rules for columns by pattern.
    pub patterns: Vec<Pattern>,
    /// Tables that arrive without rows.
    pub empty: Vec<TablePattern>,
    /// Rules of tables.
    pub tables: Vec<TableRule>,
    /// References that the catalog does not know.
    pub relations: Vec<Relation>,
    /// Where the rows come from, if not all of them come.
    pub subset: Option<Subset>,
    /// Columns that are still to come.
    pub pending: Vec<Pending>,
    /// Subjects that a clone must not hold.
    pub forget: Vec<Forget>,
    /// How `seed-dev` fills a database.
    pub seed: seed::Seed,
}

/// What an environment may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// A developer's database.
    Dev,
    /// A clone.
    Staging,
    /// Only ever read.
    Production,
}

/// A database that the file names.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its name.
    pub name: Spanned<String>,
    /// What it may be used for.
    pub tier: Tier,
    /// The environment that a refresh of this one reads, if it says so.
    pub from: Option<Spanned<String>>,
    /// How to reach it; `${NAME}` not yet resolved.
    pub connection: Connection,
    /// The masking key.
    pub key: Option<KeyRule>,
    /// What happens to the database that a refresh replaces.
    pub keep_previous: KeepPrevious,
    /// How long what `refresh --hold` built may be published.
    pub hold: Period,
    /// Owners and grants of production → here.
    pub roles: Vec<RoleRule>,
    /// Extensions that the clone does without.
    pub skip_extensions: Vec<Spanned<Name>>,
    /// The template of new databases; `template0` by default.
    pub template: Option<Spanned<String>>,
    /// Where the run lock and the swap happen; `postgres` by default.
    pub maintenance_database: Option<Spanned<String>>,
    /// What is done in the built database before it is published.
    pub after: Vec<Hook>,
    /// `baseline: { shift_dates: … }`: dates of a baseline's copy that move to the present.
    pub shift_dates: Option<ShiftDates>,
    /// What the environment owns itself.
    pub carry: Vec<CarryRule>,
    /// Where the numbers of new rows begin.
    pub sequences_start: Option<i64>,
    /// `allow: [seed]`: `seed-dev` may fill it although it is not of tier dev.
    pub allow_seed: bool,
    /// What a run may ask of this database while it reads it.
    pub limits: Limits,
    /// What its clones do otherwise than the file says.
    pub overrides: Option<Override>,
    /// Command-line flags of `refresh` and `plan` that stand in the file.
    pub options: Options,
}

/// How to reach a database: a URL or keyword string, or fields; each text may hold `${NAME}` or `${NAME:-default}`.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// `url:`, a URL or a keyword string.
    pub url: Option<Spanned<String>>,
    /// Any other libpq keyword, as in `host`, `port`, `user`, `database`, `sslmode`, `sslrootcert`, `password_file`.
    pub fields: Vec<(Spanned<String>, Spanned<String>)>,
    /// `password_command:`, program and arguments.
    pub password_command: Option<Spanned<Vec<String>>>,
}

/// Where the masking key comes from.
#[derive(Debug, Clone)]
pub enum KeyRule {
    /// `key: { env: NAME, id: … }`.
    Env {
        /// The variable.
        name: Spanned<String>,
        /// The fingerprint that it must have.
        id: Option<Spanned<String>>,
    },
    /// `key: { file: PATH, id: … }`.
    File {
        /// The file, relative to the rules file.
        path: Spanned<String>,
        /// The fingerprint that it must have.
        id: Option<Spanned<String>>,
    },
    /// `key: { id: … }`: from `STANDIN_KEY` or `STANDIN_KEY_FILE`, with a fingerprint.
    Default {
        /// The fingerprint that it must have.
        id: Spanned<String>,
    },
    /// `key: fresh`: drawn for this run and forgotten.
    Fresh(FilePlace),
}

/// How many previous databases are kept, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepPrevious {
    /// How many.
    pub count: u32,
    /// Until they are this old; `None`: no limit.
    pub for_: Option<Period>,
}

impl Default for KeepPrevious {
    fn default() -> Self {
        KeepPrevious { count: 1, for_: None }
    }
}

impl KeepPrevious {
    /// What began before this is too old at that time; `None`: nothing is.
    pub fn oldest(&self, now: Timestamp) -> Option<Timestamp> {
        now.to_zoned_datetime(TimeZone::UTC).checked_sub(span(self.for_?)).ok().map(|oldest| oldest.timestamp())
    }
}

impl Environment {
    /// When a database that is held from that time on expires.
    pub fn held_until(&self, now: Timestamp) -> Timestamp {
        let end = now.to_zoned_datetime(TimeZone::UTC).checked_add(span(self.hold));
        end.map_or(Timestamp::MAX, |end| end.timestamp())
    }
}

fn span(period: Period) -> jiff::Span {
    period.months.months().days(period.days).seconds(period.seconds)
}

/// What becomes of a role of production.
#[derive(Debug, Clone)]
pub struct RoleRule {
    /// The role; `None` for `"*"`.
    pub role: Option<Spanned<Name>>,
    /// The role here; `None` for `drop`.
    pub becomes: Option<Name>,
    /// Where the rule stands.
    pub place: FilePlace,
}

/// `limits:`, what a run may ask of the database that it reads; flags may only tighten them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most streams at once.
    pub jobs: Option<usize>,
    /// The most bytes that all streams together read in a second.
    pub max_rate: Option<u64>,
    /// How long a run may hold one snapshot.
    pub snapshot_age: Option<Duration>,
    /// How far a replica may fall behind while a run reads.
    pub replica_lag: Option<Duration>,
    /// How long a statement may wait for a lock of ours.
    pub ddl_wait: Duration,
    /// `prefer: standby`.
    pub prefer_standby: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            jobs: None,
            max_rate: None,
            snapshot_age: None,
            replica_lag: None,
            ddl_wait: Duration::from_secs(2),
            prefer_standby: false,
        }
    }
}

/// One item of `after:`; `${NAME}` not yet resolved.
#[derive(Debug, Clone)]
pub struct Hook {
    /// What it does.
    pub step: HookStep,
    /// How long it may take.
    pub timeout: Period,
}

/// What a hook does.
#[derive(Debug, Clone)]
pub enum HookStep {
    /// `sql:`, a file relative to the rules file.
    Sql(Spanned<String>),
    /// `run:`, a program and its arguments.
    Run(Spanned<Vec<String>>),
}

/// `shift_dates:`; the newest of all these dates becomes today's.
#[derive(Debug, Clone)]
pub struct ShiftDates {
    /// The columns.
    pub columns: Vec<ColumnPattern>,
    /// Where it stands.
    pub place: FilePlace,
}

/// Columns by pattern: `"*.created_at"`.
#[derive(Debug, Clone)]
pub struct ColumnPattern {
    /// As written.
    pub text: Spanned<String>,
    /// Its parts: schema (if there are three), table, column; each a glob of `*` and `?`.
    pub parts: Vec<String>,
}

/// Flags that may stand in the file under an environment; the command line beats them.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `into:`; true for `existing`.
    pub existing: Option<bool>,
    /// `jobs:`.
    pub jobs: Option<usize>,
    /// `max_rate:`, in bytes a second.
    pub max_rate: Option<u64>,
    /// `deadline:`.
    pub deadline: Option<Duration>,
    /// `adopt:`.
    pub adopt: Option<bool>,
    /// `verify:`.
    pub verify: Option<Verify>,
    /// `report:`, paths relative to the working directory.
    pub report: Vec<Spanned<String>>,
    /// `accept_lost_grants:`.
    pub accept_lost_grants: Option<bool>,
    /// `drop_replication:`.
    pub drop_replication: Option<bool>,
}

/// How hard a clone is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    /// Counts, constraints, sequences, unchanged shares.
    #[default]
    Fast,
    /// And a digest of every kept column read back.
    Full,
}

/// What happens to what no rule names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Columns.
    pub unlisted_columns: UnlistedColumns,
    /// Tables.
    pub unlisted_tables: UnlistedTables,
    /// Large objects.
    pub large_objects: LargeObjects,
    /// Keep comments; dropped by default.
    pub keep_comments: bool,
    /// Refuse every `exempt`; allowed by default.
    pub refuse_exemptions: bool,
    /// The greatest share of a table's rows, 0 to 1, that other tables' policies may take along.
    pub orphaned_at_most: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            unlisted_columns: UnlistedColumns::Refuse,
            unlisted_tables: UnlistedTables::Refuse,
            large_objects: LargeObjects::Refuse,
            keep_comments: false,
            refuse_exemptions: false,
            orphaned_at_most: 0.2,
        }
    }
}

/// `policy: unlisted_columns`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlistedColumns {
    /// The plan is refused.
    Refuse,
    /// NULL (or the mask `constant`'s empty value) takes its place.
    Erase,
}

/// `policy: unlisted_tables`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlistedTables {
    /// The plan is refused.
    Refuse,
    /// The table arrives without rows.
    Empty,
    /// The table is not created.
    Skip,
}

/// `policy: large_objects`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LargeObjects {
    /// The plan is refused if there are any.
    Refuse,
    /// They are left out.
    Skip,
    /// They are copied as they are.
    Keep,
}

/// A named mapping.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Its name, never that of a mask.
    pub name: Spanned<String>,
    /// What it does.
    pub mask: MaskRef,
}

/// A rule for columns by pattern: `"*.email"`, `"sales.*.*_ip"`; two parts match any schema.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The pattern as written.
    pub text: Spanned<String>,
    /// Its parts: schema (if there are three), table, column; each a glob of `*` and `?`.
    pub parts: Vec<String>,
    /// What it does.
    pub rule: ColumnRule,
    /// Only columns of these types, by SQL name, as in `inet`.
    pub types: Option<Vec<Spanned<String>>>,
}

/// A table by name or glob: `sessions`, `"job_*"`, `audit.*`.
#[derive(Debug, Clone)]
pub struct TablePattern {
    /// As written.
    pub text: Spanned<String>,
    /// Glob of the schema; `public` if there was one part.
    pub schema: String,
    /// Glob of the table.
    pub table: String,
}

/// What happens to one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnRule {
    /// Where it stands.
    pub place: FilePlace,
    /// The mask.
    pub mask: MaskRef,
}

/// The rule of a table.
#[derive(Debug, Clone)]
pub struct TableRule {
    /// The table.
    pub name: Spanned<TableName>,
    /// Columns kept by name.
    pub keep: Vec<Spanned<Name>>,
    /// `keep: rest`, and where it stands.
    pub keep_rest: Option<FilePlace>,
    /// Columns masked by name.
    pub mask: Vec<(Spanned<Name>, ColumnRule)>,
    /// Rows that are not copied.
    pub delete: Option<Spanned<Delete>>,
    /// Rows that are too old.
    pub retain: Option<Spanned<Retain>>,
    /// What happens to rows elsewhere that refer to removed rows of this table.
    pub orphans: Orphans,
    /// A part of the rows.
    pub sample: Option<Spanned<Sample>>,
    /// Rows that stay as they are.
    pub exempt: Option<Exempt>,
    /// The least number of rows of the clone's table.
    pub at_least: Option<Spanned<u64>>,
    /// Of an `override`: why more is kept than by the file itself.
    pub reason: Option<Spanned<String>>,
}

/// `delete:`.
#[derive(Debug, Clone, PartialEq)]
pub enum Delete {
    /// The table arrives empty.
    All,
    /// Rows for which this SQL expression is TRUE.
    Where(String),
}

/// `retain:`.
#[derive(Debug, Clone, PartialEq)]
pub struct Retain {
    /// The column of the row's age.
    pub by: Spanned<Name>,
    /// How old a row may be.
    pub last: Period,
    /// `nulls: drop`; NULL stays otherwise.
    pub drop_nulls: bool,
    /// `anchor: newest`: age is counted from the newest row instead of the snapshot's time.
    pub from_newest: bool,
}

/// `orphans:`.
#[derive(Debug, Clone, Default)]
pub struct Orphans {
    /// For references without a line of their own.
    pub default: Option<Spanned<Orphan>>,
    /// Per reference: the referencing table and one of its columns.
    pub references: Vec<(Spanned<crate::words::name::ColumnName>, Orphan)>,
}

/// What happens to a row whose parent is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orphan {
    /// It is removed too.
    Cascade,
    /// Its reference becomes NULL.
    SetNull,
    /// The run is refused if there is one.
    Refuse,
}
