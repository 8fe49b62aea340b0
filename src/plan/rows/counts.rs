//! What becomes of the rows of a table: expected by the plan, counted by a run.

/// source = copied + deleted + expired + sampled + unreached + orphaned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows at the source, in the snapshot.
    pub source: u64,
    /// Rows in the clone.
    pub copied: u64,
    /// Removed by `delete` or `empty`.
    pub deleted: u64,
    /// Removed by `retain`.
    pub expired: u64,
    /// Not in the table's sample.
    pub sampled: u64,
    /// Not brought along by any root of the subset.
    pub unreached: u64,
    /// Removed because a row that they refer to was.
    pub orphaned: u64,
    /// Of those copied: left as they are by the table's `exempt`.
    pub exempt: u64,
    /// Taken over from the present target, or given its columns.
    pub carried: u64,
}

impl Counts {
    /// Adds the rows of another table.
    pub fn add(&mut self, other: &Counts) {
        self.source += other.source;
        self.copied += other.copied;
        self.deleted += other.deleted;
        self.expired += other.expired;
        self.sampled += other.sampled;
        self.unreached += other.unreached;
        self.orphaned += other.orphaned;
        self.exempt += other.exempt;
    }
}
