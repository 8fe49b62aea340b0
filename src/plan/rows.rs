//! Which rows come: policies → SELECT.

/// Settings of every session that runs a selection or a check.
///
/// Estimates of removed rows are guesses; a nested loop that believes them is quadratic, hash joins never are. A leaf
/// partition that retention excludes is not read with `constraint_exclusion`.
pub const SESSION: &str = "SET enable_nestloop = off; SET enable_hashjoin = on; SET enable_mergejoin = on; \
    SET enable_hashagg = on; SET constraint_exclusion = on; SET enable_partition_pruning = on; SET jit = off";
