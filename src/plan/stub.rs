//! Stands in until the plan is written: delete this file when `Plan::build` is there.

use super::{Input, Plan};
use crate::words::diagnostic::{Diagnostic, Place};

impl Plan {
    /// Refuses everything.
    pub fn build(_: &Input<'_>) -> Result<Plan, Vec<Diagnostic>> {
        Err(vec![Diagnostic::error("bug", Place::Run, "the plan is not written yet")])
    }
}
