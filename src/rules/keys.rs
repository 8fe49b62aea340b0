//! The keys of a rules file, declared once: the decoder knows the allowed ones from here, the JSON Schema all the rest.

use super::words::of;
use super::{LargeObjects, Orphan, Tier, UnlistedColumns, UnlistedTables, Verify};
use crate::mask::Normal;

/// One key.
#[derive(Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes, for the JSON Schema.
    pub shape: Shape,
    /// It must be there.
    pub required: bool,
    /// One sentence for editors.
    pub help: &'static str,
}

/// What a value looks like.
#[derive(Clone, Copy)]
pub enum Shape {
    /// A text, or a number or word that is read as one.
    Text,
    /// The same, or nothing.
    TextOrNull,
    /// true or false.
    Boolean,
    /// A whole number within bounds, both included.
    Integer(i64, i64),
    /// A text of this regular expression.
    Like(&'static str),
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// A mapping with these keys.
    Keys(&'static [&'static [Key]]),
    /// A mapping with keys of the user's own.
    Map(&'static Shape),
    /// A list.
    List(&'static Shape),
    /// One of these.
    Either(&'static [Shape]),
    /// A mask by name, or `{ mask: parameters }`, perhaps with further keys beside it.
    Mask(&'static [Key]),
}

pub(super) const fn key(name: &'static str, shape: Shape, help: &'static str) -> Key {
    Key { name, shape, required: false, help }
}

pub(super) const fn required(name: &'static str, shape: Shape, help: &'static str) -> Key {
    Key { name, shape, required: true, help }
}

/// What a period looks like.
pub const PERIOD_PATTERN: &str = "^[0-9]+(s|m|h|d|w|mo|y)$";
/// What a rate looks like.
pub const RATE_PATTERN: &str = "^[0-9]+([kKMG]i?)?B/s$";
const PERIOD: Shape = Shape::Like(PERIOD_PATTERN);
const TEXTS: Shape = Shape::List(&Shape::Text);

/// The file.
pub static FILE: &[Key] = &[
    required("version", Shape::Integer(1, 1), "The version of the rules file's form."),
    key("mapping", Shape::Integer(1, 1), "Pins name lists and algorithms across upgrades of standin."),
    key("locale", Shape::Word(|| crate::synth::CODES.to_vec()), "The language of names and places; en by default."),
    key("include", Shape::Either(&[Shape::Text, TEXTS]), "Files that say more; paths are relative to this one."),
    key("time_zone", Shape::Text, "For retain, predicates and date masks; UTC by default."),
    key("environments", Shape::Map(&Shape::Keys(&[ENVIRONMENT, CONNECTION])), "The databases, by name."),
    key("policy", Shape::Keys(&[POLICY]), "What happens to what no rule names."),
    key("domains", Shape::Map(&Shape::Mask(DOMAIN)), "Named mappings: one input, one output, wherever they are used."),
    key("patterns", Shape::Map(&Shape::Mask(TYPES)), "Rules for columns by pattern, as in `*.email`."),
    key("empty", TEXTS, "Tables that arrive without rows."),
    key("tables", Shape::Map(&Shape::Keys(&[TABLE])), "Rules of tables."),
    key("relations", Shape::List(&Shape::Keys(&[RELATION])), "References that the catalog does not know."),
    key("subset", Shape::Keys(&[SUBSET]), "Rows that come: those of the roots, and what belongs to them."),
    key("forget", Shape::List(&Shape::Keys(&[FORGET])), "Subjects that a clone must not hold."),
    key("pending", Shape::List(&Shape::Keys(&[PENDING])), "Columns whose rules run ahead of a migration."),
    key("seed", Shape::Keys(&[super::seed::keys::SEED]), "How seed-dev fills a database."),
];

/// Those of them that an included file may hold: what several files can say together.
pub const SHARED: [&str; 8] = ["version", "include", "domains", "patterns", "empty", "tables", "relations", "pending"];

/// What may stand beside the mask of a domain.
pub static DOMAIN: &[Key] = &[key(
    "normalise",
    Shape::Either(&[Shape::Word(of::<Normal>), Shape::List(&Shape::Word(of::<Normal>))]),
    "The normal form of its inputs: texts that agree in it have one output.",
)];

/// What may stand beside the mask of a pattern.
pub static TYPES: &[Key] = &[key("types", TEXTS, "Only columns of these types.")];

/// An environment, but for the keys of its connection; all but `tier` speak of a database that is written to.
pub static ENVIRONMENT: &[Key] = &[
    required("tier", Shape::Word(of::<Tier>), "What the database may be used for; production is only ever read."),
    key("from", Shape::Text, "The environment that a refresh of this one reads."),
    key("key", Shape::Either(&[Shape::Word(fresh), Shape::Keys(&[KEY])]), "Where the masking key comes from."),
    key(
        "into",
        Shape::Word(of::<super::words::Into>),
        "How a refresh writes: a new database takes the old one's name, or rows go into the present one.",
    ),
    key("keep_previous", Shape::Keys(&[KEEP_PREVIOUS]), "How many replaced databases are kept, and how long."),
    key("hold", PERIOD, "How long what `refresh --hold` built may be published; 24h by default."),
    key("roles", Shape::Map(&Shape::Text), "Owners and grants of production → here; `drop` leaves them out."),
    key(
        "extensions",
        Shape::Map(&Shape::Word(of::<super::words::ExtensionWord>)),
        "Extensions that the clone does without, with all that belongs to them.",
    ),
    key("template", Shape::Text, "The template of new databases; template0 by default."),
    key("maintenance_database", Shape::Text, "Where the run lock and the swap happen; postgres by default."),
    key(
        "after",
        Shape::List(&Shape::Keys(&[HOOK])),
        "What is done in the built database before it is published, in order.",
    ),
    key("baseline", Shape::Keys(&[BASELINE]), "What happens to the copy of a baseline before a reset swaps it in."),
    key(
        "carry",
        Shape::Map(&Shape::Either(&[Shape::Word(all), Shape::Keys(&[CARRY])])),
        "What the environment owns itself, from its present database.",
    ),
    key("sequences", Shape::Keys(&[SEQUENCES]), "Where the numbers of new rows begin."),
    key(
        "allow",
        Shape::List(&Shape::Word(of::<super::words::Allow>)),
        "`seed`: seed-dev may fill it although it is not of tier dev.",
    ),
    key("limits", Shape::Keys(&[LIMITS]), "What a run may ask of this database while it reads it."),
    key("override", Shape::Keys(&[OVERRIDE]), "What holds for this environment in the place of the file's own lines."),
    key("jobs", Shape::Integer(1, 64), "As --jobs."),
    key("max_rate", Shape::Like(RATE_PATTERN), "As --max-rate."),
    key("deadline", PERIOD, "As --deadline."),
    key("adopt", Shape::Boolean, "As --adopt."),
    key("verify", Shape::Word(of::<Verify>), "As --verify."),
    key("report", Shape::Either(&[Shape::Text, TEXTS]), "As --report."),
    key("accept_lost_grants", Shape::Boolean, "As --accept-lost-grants."),
    key("drop_replication", Shape::Boolean, "As --drop-replication."),
];

/// Where the database is.
pub static CONNECTION: &[Key] = &[
    key("url", Shape::Text, "A URL or keyword string; passwords through `${NAME}`."),
    key("host", Shape::Text, "A host name, an address or the directory of a socket."),
    key("hostaddr", Shape::Text, "An address; the host is then only checked against the certificate."),
    key("port", Shape::Text, "A port; 5432 by default."),
    key("user", Shape::Text, "The role."),
    key("database", Shape::Text, "The database."),
    key("dbname", Shape::Text, "The database, by its libpq name."),
    key("service", Shape::Text, "A section of the service file."),
    key("password_file", Shape::Text, "A file that holds the password."),
    key("password_command", TEXTS, "A program that prints the password, and its arguments."),
    key("passfile", Shape::Text, "A file in the form of ~/.pgpass."),
    key("servicefile", Shape::Text, "The service file; ~/.pg_service.conf by default."),
    key("sslmode", Shape::Text, "disable, prefer, require, verify-ca or verify-full."),
    key("sslrootcert", Shape::Text, "The certificates of trusted authorities, or `system`."),
    key("sslcert", Shape::Text, "The client's certificate."),
    key("sslkey", Shape::Text, "The client's private key."),
    key("sslsni", Shape::Text, "0 keeps the host's name out of the TLS greeting."),
    key("sslnegotiation", Shape::Text, "postgres or direct."),
    key("ssl_min_protocol_version", Shape::Text, "TLSv1.2 or TLSv1.3."),
    key("channel_binding", Shape::Text, "disable, prefer or require."),
    key("connect_timeout", Shape::Text, "Seconds."),
    key("options", Shape::Text, "Command-line options for the server."),
    key("keepalives", Shape::Text, "0 turns TCP keepalives off."),
    key("keepalives_idle", Shape::Text, "Seconds."),
    key("keepalives_interval", Shape::Text, "Seconds."),
    key("keepalives_count", Shape::Text, "Probes before a connection counts as lost."),
    key("tcp_user_timeout", Shape::Text, "Milliseconds."),
    key("target_session_attrs", Shape::Text, "any, read-write, read-only, primary or standby."),
];

/// `key:` of an environment.
pub static KEY: &[Key] = &[
    key("env", Shape::Text, "The variable that holds the key."),
    key("file", Shape::Text, "The file that holds the key."),
    key("id", Shape::Like("^k[0-9a-f]{8}$"), "The fingerprint that the key must have."),
];

/// `keep_previous:`.
pub static KEEP_PREVIOUS: &[Key] =
    &[key("count", Shape::Integer(0, 100), "How many."), key("for", PERIOD, "Until they are this old.")];

/// `baseline:`.
pub static BASELINE: &[Key] =
    &[key("shift_dates", Shape::Keys(&[SHIFT_DATES]), "Dates that move by whole days, so that the newest is today's.")];

/// `shift_dates:`.
pub static SHIFT_DATES: &[Key] = &[
    required("columns", TEXTS, "Columns of dates and timestamps, by name or pattern, as in `*.created_at`."),
    key("anchor", Shape::Word(of::<super::words::ShiftAnchor>), "The date that becomes today's: the newest of all."),
];

/// A table of `carry:`.
pub static CARRY: &[Key] = &[
    key("where", Shape::Text, "An SQL expression: rows for which it is true are carried."),
    key("columns", Shape::Either(&[Shape::Text, TEXTS]), "Columns whose values are carried."),
    key("key", Shape::Either(&[Shape::Text, TEXTS]), "The unique key that finds the rows of carried columns."),
    key(
        "conflict",
        Shape::Word(of::<crate::pg::carry::Conflict>),
        "Who wins where a row of the clone has the key of a carried one.",
    ),
    key(
        "missing_parent",
        Shape::Word(of::<super::words::MissingParent>),
        "What becomes of a carried row whose parent is absent.",
    ),
];

/// `sequences:`.
pub static SEQUENCES: &[Key] =
    &[key("start", Shape::Integer(1, i64::MAX), "The first number of new rows, for every sequence that goes so high.")];

/// `limits:`.
pub static LIMITS: &[Key] = &[
    key("jobs", Shape::Integer(1, 64), "The most streams at once."),
    key("max_rate", Shape::Like(RATE_PATTERN), "The most that all streams together read in a second."),
    key("snapshot_age", PERIOD, "How long a run may hold one snapshot."),
    key("replica_lag", PERIOD, "How far a replica may fall behind while a run reads."),
    key("ddl_wait", PERIOD, "How long a statement may wait for a lock of ours; 2s by default."),
    key("prefer", Shape::Word(of::<super::words::Prefer>), "What is better read than a primary."),
];

/// One item of `after:`.
pub static HOOK: &[Key] = &[
    key("sql", Shape::Text, "A file of SQL, run in one transaction."),
    key("run", TEXTS, "A program and its arguments; it gets DATABASE_URL."),
    key("timeout", PERIOD, "How long it may take; 10m by default."),
];

/// `policy:`.
pub static POLICY: &[Key] = &[
    key("unlisted_columns", Shape::Word(of::<UnlistedColumns>), "Columns that no rule decides."),
    key("unlisted_tables", Shape::Word(of::<UnlistedTables>), "Tables that no rule names."),
    key("large_objects", Shape::Word(of::<LargeObjects>), "Large objects."),
    key("comments", Shape::Word(of::<super::words::Comments>), "Comments on objects."),
    key("exemptions", Shape::Word(of::<super::words::Exemptions>), "Rows that `exempt` leaves as they are."),
    key(
        "orphaned_at_most",
        Shape::Like("^[0-9]+(\\.[0-9]+)?%$"),
        "A table that loses more through others' policies is refused.",
    ),
];

/// A table.
pub static TABLE: &[Key] = &[
    key("keep", Shape::Either(&[Shape::Word(rest), TEXTS]), "Columns that are copied as they are."),
    key("mask", Shape::Map(&Shape::Mask(&[])), "Columns and what masks them."),
    key("delete", Shape::Text, "`all`, or an SQL expression: rows for which it is true are not copied."),
    key("retain", Shape::Keys(&[RETAIN]), "Rows that are too old are not copied."),
    key(
        "orphans",
        Shape::Map(&Shape::Word(of::<Orphan>)),
        "What becomes of rows that refer to removed rows, per reference.",
    ),
    key("sample", Shape::Either(&[SHARE, Shape::Keys(&[SAMPLE])]), "Only a part of this table's rows comes."),
    key("exempt", Shape::Keys(&[EXEMPT]), "Rows that stay as they are."),
    key("expect", Shape::Keys(&[EXPECT]), "What the clone's table must hold to be published."),
];

/// `override:`.
pub static OVERRIDE: &[Key] = &[
    key("policy", Shape::Keys(&[POLICY, OVERRIDE_POLICY]), "What happens to what no rule names, key by key."),
    key("subset", Shape::Keys(&[SUBSET]), "Rows that come, in the place of the file's subset."),
    key(
        "tables",
        Shape::Map(&Shape::Keys(&[TABLE, OVERRIDE_TABLE])),
        "Rules of tables, column by column and key by key.",
    ),
    key("seed", Shape::Keys(&[super::seed::keys::SEED]), "How seed-dev fills it, table by table and key by key."),
];

/// What may stand in `policy:` of `override:`.
pub static OVERRIDE_POLICY: &[Key] = &[key("reason", Shape::Text, "Why more is kept than by the file itself.")];

/// What may stand in a table of `override:`.
pub static OVERRIDE_TABLE: &[Key] = &[key("reason", Shape::Text, "Why more comes than by the file itself.")];

/// A line of `pending:`.
pub static PENDING: &[Key] = &[
    required("column", Shape::Text, "The column that is to come, as in users.email_v2."),
    required("until", Shape::Like("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), "The last day on which it may be absent."),
];

const SHARE: Shape = Shape::Like("^[0-9]+(\\.[0-9]+)?%$");
const ROWS: Shape = Shape::Integer(0, i64::MAX);

/// `sample:`.
pub static SAMPLE: &[Key] = &[
    key("of", SHARE, "A share of the rows, by a keyed draw of their key: the same rows next week."),
    key("rows", ROWS, "So many rows."),
    key("by", Shape::Text, "The column that is drawn instead: rows of one value come together."),
    key("as", Shape::Text, "The column whose draw is shared, as in accounts.id."),
    key("newest_by", Shape::Text, "The newest rows by this column, instead of a draw."),
];

/// `exempt:`.
pub static EXEMPT: &[Key] = &[
    required("where", Shape::Text, "An SQL expression: rows for which it is true are not masked."),
    required("reason", Shape::Text, "Why, for whoever reviews the rules."),
];

/// `expect:`.
pub static EXPECT: &[Key] = &[required("at_least", ROWS, "The least number of rows.")];

/// `subset:`.
pub static SUBSET: &[Key] = &[
    required("roots", Shape::List(&Shape::Keys(&[ROOT])), "Where the subset begins."),
    key(
        "children",
        Shape::Map(&Shape::Either(&[Shape::Word(none), Shape::Keys(&[CHILDREN])])),
        "Which children follow, by table or reference; all of them by default.",
    ),
    key(
        "unreached",
        Shape::Word(of::<super::words::Unreached>),
        "Tables that no root reaches; they stay whole by default.",
    ),
];

/// A root of `subset:`.
pub static ROOT: &[Key] = &[
    required("table", Shape::Text, "The table."),
    key("where", Shape::Text, "An SQL expression: rows for which it is true."),
    key("sample", SHARE, "A share of those rows, by a keyed draw of their key: the same rows next week."),
    key("rows", ROWS, "So many of those rows, by a keyed draw of their key."),
];

/// `children:` of `subset:`.
pub static CHILDREN: &[Key] = &[
    required("most", ROWS, "At most so many rows for each row that they refer to."),
    required("newest_by", Shape::Text, "The newest by this column."),
];

/// A relation.
pub static RELATION: &[Key] = &[
    required("from", Shape::Keys(&[FROM]), "What refers."),
    required("to", Shape::Keys(&[TO]), "What it refers to."),
    key("when", Shape::Text, "An SQL expression over the referencing row: the relation holds where it is true."),
];

/// `from:` of a relation.
pub static FROM: &[Key] = &[
    required("table", Shape::Text, "The referencing table."),
    key("columns", TEXTS, "Its referencing columns."),
    key("path", Shape::Text, "Or a path into a JSON column, as in payload.user_id."),
];

/// `to:` of a relation.
pub static TO: &[Key] = &[
    required("table", Shape::Text, "The referenced table."),
    required("columns", TEXTS, "Its columns, in the same order."),
];

/// A line of `forget:`.
pub static FORGET: &[Key] = &[
    required("table", Shape::Text, "The table of the subjects."),
    required("file", Shape::Text, "A file with one primary key a line, relative to the rules file."),
];

/// `retain:`.
pub static RETAIN: &[Key] = &[
    required("by", Shape::Text, "The column of the row's age."),
    required("last", PERIOD, "How old a row may be."),
    key("nulls", Shape::Word(of::<super::words::Nulls>), "Rows without an age; they stay by default."),
    key("anchor", Shape::Word(of::<super::words::Anchor>), "What age is counted from."),
];

fn fresh() -> Vec<&'static str> {
    vec!["fresh"]
}

fn all() -> Vec<&'static str> {
    vec!["all"]
}

fn none() -> Vec<&'static str> {
    of::<super::words::ChildrenWord>()
}

fn rest() -> Vec<&'static str> {
    vec!["rest"]
}
