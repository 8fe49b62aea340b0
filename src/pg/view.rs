//! Materialised views.

use super::fault::Fault;
use super::session::Target;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::TableName;
use std::collections::VecDeque;

impl Target {
    /// Fills materialised views, each after those that it reads.
    pub async fn fill_views(&self, mut left: VecDeque<&TableName>) -> Result<()> {
        let mut waited = 0;
        while let Some(view) = left.pop_front() {
            match self.refresh_view(view).await? {
                true => waited = 0,
                false if waited < left.len() => {
                    left.push_back(view);
                    waited += 1;
                }
                false => {
                    return Err(Error::failed(Diagnostic::error(
                        "view-not-filled",
                        Place::from(view),
                        "the materialised view reads another one that has no data",
                    )));
                }
            }
        }
        Ok(())
    }

    /// Fills a materialised view; false if it reads another one that has no data yet.
    async fn refresh_view(&self, view: &TableName) -> Result<bool> {
        let sql = format!("REFRESH MATERIALIZED VIEW {}", view.sql());
        let Err(error) = self.client().batch_execute(&sql).await else { return Ok(true) };
        let fault = Fault::rows(error);
        if fault.is("55000") {
            return Ok(false);
        }
        Err(fault.into_error("target-build", Place::from(view), "cannot fill the materialised view"))
    }
}
