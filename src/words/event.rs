//! Progress as data: the doing rooms tell, `ui` shows.

use super::diagnostic::Diagnostic;
use super::name::TableName;

/// The parts of a run, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Connecting, reading the catalog, planning.
    Plan,
    /// Creating the database and everything before the rows.
    Schema,
    /// Copying rows; indexes of finished tables are built meanwhile.
    Copy,
    /// Building the indexes that are left.
    Indexes,
    /// Foreign keys, and everything after the rows.
    Constraints,
    /// Running what the rules want done in the clone.
    After,
    /// Proving the clone.
    Verify,
    /// Swapping the names.
    Swap,
    /// Everything done.
    Done,
}

impl Phase {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Plan => "plan",
            Phase::Schema => "schema",
            Phase::Copy => "copy",
            Phase::Indexes => "indexes",
            Phase::Constraints => "constraints",
            Phase::After => "after",
            Phase::Verify => "verify",
            Phase::Swap => "swap",
            Phase::Done => "done",
        }
    }
}

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A part of the run begins.
    Phase(Phase),
    /// A line for people, without data: `waiting for 3 sessions to end`.
    Note(String),
    /// Something that somebody should look at.
    Warning(Diagnostic),
    /// All tables are known; estimates of what is to come.
    Planned {
        /// How many tables will be copied.
        tables: usize,
        /// Rows, by the planner's statistics.
        rows: u64,
        /// Bytes on the source's disk.
        bytes: u64,
    },
    /// A table's rows begin to flow.
    TableStarted {
        /// The table.
        table: TableName,
        /// Rows, by the planner's statistics.
        rows: u64,
    },
    /// Rows and bytes since the last event of this table.
    Progress {
        /// The table.
        table: TableName,
        /// Rows sent.
        rows: u64,
        /// Bytes sent.
        bytes: u64,
    },
    /// A table's rows are in.
    TableFinished {
        /// The table.
        table: TableName,
        /// Rows stored.
        rows: u64,
        /// Bytes sent.
        bytes: u64,
        /// Seconds it took.
        seconds: f64,
    },
}

/// Who wants to know.
pub trait Observer: Send + Sync {
    /// Takes an event; must return at once.
    fn on(&self, event: Event);
}
