//! What a table needs once its rows are in: constraints, indexes, statistics, a last look.

use super::Shared;
use crate::catalog::TableKind;
use crate::pg::schema::Entry;
use crate::pg::session::Target;
use crate::plan::TablePlan;
use crate::words::diagnostic::Place;
use crate::words::error::Result;
use crate::words::name::{Name, TableName};

/// Indexes of less than this are built together with their table's others.
const SMALL_INDEX: u64 = 8 << 20;

/// A statement at the target that many can do at once.
pub enum Task {
    /// Constraints of a full table that own an index; its plain indexes follow.
    Constraints(usize),
    /// Plain indexes of a full table.
    Indexes(usize, Vec<Entry>),
    /// The last look at a full table: how many rows, and their statistics.
    Finish(usize),
    /// Proves a foreign key over the rows.
    Validate(TableName, Name),
    /// Gathers statistics.
    Analyze(TableName),
}

impl Task {
    /// Proves a foreign key over the rows.
    pub fn validate(table: &TableName, key: &Name) -> Self {
        Task::Validate(table.clone(), key.clone())
    }
}

impl Shared {
    /// Queues what a full table needs next.
    pub(super) fn filled(&self, at: usize) {
        let table = &self.tables[at];
        if table.constraints.is_empty() {
            self.index(at);
        } else {
            let weight = self.job.plan.tables()[at].bytes;
            self.tasks.push(weight, Task::Constraints(at));
        }
    }

    /// Queues the plain indexes of a table: large ones each, small ones together; then the last look.
    fn index(&self, at: usize) {
        let (small, large): (Vec<_>, Vec<_>) =
            self.tables[at].indexes.iter().cloned().partition(|(bytes, _)| *bytes < SMALL_INDEX);
        let mut tasks: Vec<(u64, Vec<Entry>)> = large.into_iter().map(|(bytes, entry)| (bytes, vec![entry])).collect();
        if !small.is_empty() {
            let bytes = small.iter().map(|(bytes, _)| bytes).sum();
            tasks.push((bytes, small.into_iter().map(|(_, entry)| entry).collect()));
        }
        self.tables[at].with(|state| state.tasks = tasks.len());
        if tasks.is_empty() {
            self.tasks.push(0, Task::Finish(at));
        }
        for (weight, entries) in tasks {
            self.tasks.push(weight, Task::Indexes(at, entries));
        }
    }

    /// Does tasks until there are none.
    pub(super) async fn build_all(&self) -> Result<()> {
        let target = Target::open(&self.job.shadow, &self.job.run).await?;
        let work = async {
            while let Some(task) = self.tasks.take().await {
                self.task(task, &target).await?;
                self.tasks.done();
            }
            Ok(())
        };
        let result = self.job.stop.guard(work).await;
        if result.is_err() {
            let _ = target.connected().canceller().cancel().await;
        }
        target.close().await;
        result
    }

    async fn task(&self, task: Task, target: &Target) -> Result<()> {
        match task {
            Task::Constraints(at) => {
                target.index_workers(self.tasks.waiting()).await?;
                create(target, &self.tables[at].constraints).await?;
                self.index(at);
            }
            Task::Indexes(at, entries) => {
                target.index_workers(self.tasks.waiting()).await?;
                create(target, &entries).await?;
                let last = self.tables[at].with(|state| {
                    state.tasks -= 1;
                    state.tasks == 0
                });
                if last {
                    self.tasks.push(self.job.plan.tables()[at].bytes / 16, Task::Finish(at));
                }
            }
            Task::Finish(at) => {
                let planned = &self.job.plan.tables()[at];
                if self.is_filled_here(planned) {
                    let catalog = &self.job.catalog;
                    let alone =
                        |table: &crate::catalog::Table| !table.partition && !catalog.has_foreign_descendant(table);
                    if catalog.by_oid(planned.oid).is_none_or(alone) {
                        target.analyze(&planned.name).await?;
                    }
                    // Counted last: by now an index alone may tell.
                    let present = target.count(&planned.present(), &planned.name).await?;
                    self.tables[at].with(|state| state.built.present = Some(present));
                }
                self.tables[at].with(|state| {
                    state.built.seconds = state.started.map_or(0.0, |started| started.elapsed().as_secs_f64());
                });
            }
            Task::Validate(table, key) => target.validate(&table, &key).await?,
            Task::Analyze(table) => target.analyze(&table).await?,
        }
        Ok(())
    }

    /// A foreign table's rows are elsewhere, a skipped table is nowhere.
    fn is_filled_here(&self, table: &TablePlan) -> bool {
        let foreign = |oid| self.job.catalog.by_oid(oid).is_some_and(|table| table.kind == TableKind::Foreign);
        !foreign(table.oid) && !self.job.plan.skipped().contains(&table.name)
    }
}

async fn create(target: &Target, entries: &[Entry]) -> Result<()> {
    for entry in entries {
        let place = Place::Object(entry.name.clone());
        let doing = format!("cannot build the {}", entry.kind.to_lowercase());
        target.build(&entry.statements(), place, &doing).await?;
    }
    Ok(())
}
