//! Builds the clone in its own database: rows, indexes as soon as each table is full, then everything that stands after.

use super::choose::Choices;
use super::pace::Pace;
use super::stop::Stop;
use super::watch::Watch;
use super::work::{self, Built, Shared, Task};
use crate::catalog::{Catalog, Table, TableKind};
use crate::pg::connect::Server;
use crate::pg::locker::Locker;
use crate::pg::schema::{Entry, Schema};
use crate::pg::session::{Run, Snapshot, Source, Target};
use crate::plan::Plan;
use crate::words::diagnostic::Place;
use crate::words::error::Result;
use crate::words::event::{Event, Observer, Phase};
use crate::words::name::{Name, TableName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a build needs; the same for all of its threads.
#[derive(Clone)]
pub struct Job {
    /// The source.
    pub source: Server,
    /// The database that becomes the clone.
    pub shadow: Server,
    /// What all sessions have in common.
    pub run: Run,
    /// The snapshot that all readers share.
    pub snapshot: Snapshot,
    /// The work.
    pub plan: Arc<Plan>,
    /// The rows that were chosen one by one.
    pub choices: Arc<Choices>,
    /// The source's catalog, as of the snapshot.
    pub catalog: Arc<Catalog>,
    /// Streams, and as many builders of indexes.
    pub jobs: usize,
    /// Digest kept columns for `--verify full`.
    pub digest: bool,
    /// Who wants to know.
    pub observer: Arc<dyn Observer>,
    /// How fast the source is read.
    pub pace: Arc<Pace>,
    /// Sees who waits for us at the source.
    pub watch: Arc<Watch>,
    /// Ends everything.
    pub stop: Stop,
}

/// A session in the clone, and the statements that are left for later parts of the build.
pub struct Shell {
    session: Target,
    schema: Schema,
    /// The statements that take back what owners were lent.
    lent: String,
}

impl Job {
    /// Everything before the rows.
    pub async fn before_rows(&self, schema: Schema) -> Result<Shell> {
        let session = Target::open(&self.shadow, &self.run).await?;
        let (statistics, after): (Vec<Entry>, Vec<Entry>) =
            schema.after.into_iter().partition(|entry| entry.kind == "STATISTICS");
        // pg_dump writes schemas first, and their grants, which owners may need, last.
        let (schemas, before): (Vec<&Entry>, Vec<&Entry>) =
            schema.before.iter().partition(|entry| entry.kind == "SCHEMA");
        for entry in schemas {
            run(&session, entry).await?;
        }
        let lent = session.lend_schemas(&self.owners()).await?;
        for entry in before.into_iter().chain(&statistics) {
            run(&session, entry).await?;
        }
        Ok(Shell { session, schema: Schema { before: Vec::new(), after, ..schema }, lent })
    }

    /// Whom the clone's things belong to.
    fn owners(&self) -> Vec<&str> {
        let owners = self.catalog.roles.iter().filter(|role| role.owner);
        let there = owners.filter_map(|role| match self.plan.roles().get(&role.role) {
            Some(becomes) => becomes.as_ref(),
            None => Some(&role.role),
        });
        there.map(Name::as_str).collect()
    }

    /// Rows, and the indexes of full tables meanwhile. The locks go when each stream holds its first one.
    pub async fn rows(&self, shell: &mut Shell, locker: Locker) -> Result<Vec<Built>> {
        let (shared, left) = Shared::new(self.clone(), std::mem::take(&mut shell.schema.indexes));
        let built = work::run(Arc::new(shared), locker).await?;
        let attach = async {
            // Indexes of partitioned tables and materialised views, which hold no rows of their own yet.
            for entry in left.iter().chain(&shell.schema.attach) {
                run(&shell.session, entry).await?;
            }
            Ok(built)
        };
        self.stop.guard(attach).await
    }

    /// Foreign keys, sequences, and what else stands after the rows. Row security comes on here, grants come last.
    pub async fn after_rows(&self, shell: &mut Shell, source: &Source) -> Result<()> {
        self.observer.on(Event::Phase(Phase::Constraints));
        let mut tasks = self.stop.guard(self.foreign_keys(shell)).await?;
        tasks.extend(self.parents());
        work::tasks(self, tasks).await?;
        self.stop.guard(self.rest(shell, source)).await
    }

    async fn rest(&self, shell: &Shell, source: &Source) -> Result<()> {
        for entry in &shell.schema.after {
            run(&shell.session, entry).await?;
        }
        self.sequences(shell, source).await?;
        if self.plan.large_objects() == crate::rules::LargeObjects::Keep && self.catalog.large_objects > 0 {
            super::large_object::copy(source, &shell.session, self.plan.roles(), self.plan.keep_comments()).await?;
        }
        shell.session.execute(&shell.lent, Place::Run, "cannot take back what owners were lent").await?;
        for entry in &shell.schema.grants {
            run(&shell.session, entry).await?;
        }
        shell.session.fill_views(self.catalog.full_views().map(|view| &view.name).collect()).await
    }

    /// Adds foreign keys without a look at the rows where that is possible; returns the looks, which many can do at once.
    async fn foreign_keys(&self, shell: &Shell) -> Result<Vec<(u64, Task)>> {
        let known: BTreeMap<_, _> = self.catalog.foreign_keys.iter().map(|key| (key.oid, key)).collect();
        let mut looks = Vec::new();
        for entry in &shell.schema.foreign_keys {
            let key = known.get(&entry.oid);
            // Keys of and to a partitioned table have one below for each partition, which a later look would leave unproven.
            let plain = |oid| self.catalog.by_oid(oid).filter(|table| table.kind == TableKind::Plain);
            let table = key.and_then(|key| plain(key.references).and(plain(key.table)));
            match (key, table) {
                (Some(key), Some(table)) if key.validated && !entry.sql.contains("NOT VALID") => {
                    let statement = entry.sql.trim_end().trim_end_matches(';');
                    let mut unchecked = entry.clone();
                    unchecked.sql = format!("{statement} NOT VALID;");
                    run(&shell.session, &unchecked).await?;
                    looks.push((table.heap_bytes, Task::validate(&table.name, &key.name)));
                }
                _ => run(&shell.session, entry).await?,
            }
        }
        Ok(looks)
    }

    /// Statistics of partitioned tables, which gather those of their partitions too; of the partitions alone where one is foreign.
    fn parents(&self) -> impl Iterator<Item = (u64, Task)> {
        let gathered = |table: &Table| match table.kind {
            TableKind::Partitioned => !table.partition && !self.catalog.has_foreign_descendant(table),
            TableKind::Plain => table.partition && self.catalog.has_foreign_descendant(self.catalog.root(table)),
            _ => false,
        };
        self.catalog
            .tables
            .iter()
            .filter(move |table| gathered(table))
            .filter(|table| !self.plan.skipped().contains(&table.name))
            .map(|table| (0, Task::Analyze(table.name.clone())))
    }

    /// Sequences move on while we read: their values are taken after the rows, so they are never behind them.
    async fn sequences(&self, shell: &Shell, source: &Source) -> Result<()> {
        let set = self.catalog.sequences.iter().filter(|sequence| self.plan.sets(sequence, &self.catalog));
        let wanted: Vec<&TableName> = set.map(|sequence| &sequence.name).collect();
        for some in wanted.chunks(200) {
            let values = source.passing(source.sequence_values(some)).await?;
            shell.session.set_sequences(&values).await?;
        }
        Ok(())
    }
}

impl Shell {
    /// The session, for proofs.
    pub fn session(&self) -> &Target {
        &self.session
    }

    /// Says goodbye: nobody may be connected when names are swapped.
    pub async fn close(self) {
        self.session.close().await;
    }
}

/// Runs the statements of an entry.
async fn run(session: &Target, entry: &Entry) -> Result<()> {
    let place = Place::Object(entry.name.clone());
    let doing = format!("cannot create the {}", entry.kind.to_lowercase());
    let result = session.build(&entry.statements(), place, &doing).await;
    result.map_err(|error| match entry.kind == "EXTENSION" {
        true => {
            error.with_help(&format!("`extensions: {{ {}: skip }}` under the environment leaves it out", entry.name))
        }
        false => error,
    })
}
