//! The names: remains of dead runs, the database that becomes the clone, the swap, previous databases, the way back.

use super::database::{Database, Like, Maintenance, Swap};
use super::marker::{Marker, State};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::Name;
use jiff::{Timestamp, Unit};

/// One target: an environment's database on its server, under the run lock.
pub struct Published<'a> {
    /// A session in the maintenance database that holds the run lock.
    pub maintenance: &'a Maintenance,
    /// The environment.
    pub environment: &'a str,
    /// The name that people connect to.
    pub database: &'a str,
    /// The run.
    pub run: &'a str,
}

/// The database that becomes the clone.
#[derive(Debug, Clone)]
pub struct Shadow {
    /// Its name.
    pub name: String,
    /// Its oid.
    pub oid: u32,
    /// Its marker.
    pub marker: Marker,
}

impl Published<'_> {
    /// Drops what dead runs left, and what was held for too long: we hold the run lock, so whatever is being built for this target is nobody's.
    pub async fn remove_remains(&self) -> Result<Vec<String>> {
        let mut removed = Vec::new();
        for database in self.maintenance.databases().await? {
            let building = self.marker(&database).is_some_and(|marker| marker.state == State::Building);
            // Between CREATE DATABASE and its marker there is a moment; the name tells then, and the absence of any comment.
            let unmarked = database.marker.is_none() && database.comment.is_empty() && database.ours;
            let expired =
                self.marker(&database).is_some_and(|marker| marker.state == State::Held && is_expired(marker));
            if building || expired || (unmarked && self.is_shadow_name(&database.name)) {
                self.maintenance.drop(&database.name).await?;
                removed.push(database.name);
            }
        }
        Ok(removed)
    }

    /// Creates the database that becomes the clone: in the place, encoding and locale of the present one.
    pub async fn create_shadow(&self, like: &Like, marker: Marker) -> Result<Shadow> {
        let name = self.shadow_name();
        self.maintenance.create(&name, like, &marker).await?;
        let oid = self.maintenance.database(&name).await?.map(|database| database.oid).unwrap_or_default();
        Ok(Shadow { name, oid, marker })
    }

    /// Swaps a finished clone in; the previous database keeps a name of its own. Returns that name.
    pub async fn publish(&self, shadow: &Shadow, report: String) -> Result<Option<String>> {
        let swap = self.publishing(shadow, report).await?;
        let previous = swap.replaces.then(|| swap.outgoing.clone());
        self.maintenance.swap(&[swap]).await?;
        Ok(previous)
    }

    /// The swap that publishes a finished clone.
    pub async fn publishing(&self, shadow: &Shadow, report: String) -> Result<Swap> {
        let marker =
            Marker { state: State::Published, at: now(), report: Some(report), until: None, ..shadow.marker.clone() };
        let incoming = self.maintenance.database(&shadow.name).await?.ok_or_else(|| self.gone(&shadow.name))?;
        if incoming.oid != shadow.oid {
            return Err(self.gone(&shadow.name));
        }
        self.swap(&incoming, &marker, "").await
    }

    /// Marks the present database as one whose rows a finished clone replaced: `commit` writes the comment together with the
    /// rows. A lost reply is settled by looking.
    pub async fn replaced(
        &self,
        shadow: &Shadow,
        report: String,
        commit: impl AsyncFnOnce(&str, &str) -> Result<()>,
    ) -> Result<()> {
        let marker = Marker { state: State::Published, at: now(), report: Some(report), ..shadow.marker.clone() };
        let live = self.maintenance.database(self.database).await?.ok_or_else(|| self.gone(self.database))?;
        let marker = marker.after(live.marker.as_ref());
        let Err(error) = commit(self.database, &marker.comment(&live.comment)).await else { return Ok(()) };
        let live = self.maintenance.database(self.database).await?;
        match live.and_then(|live| live.marker).is_some_and(|found| found.run == marker.run) {
            true => Ok(()),
            false => Err(error),
        }
    }

    /// Swaps the newest previous database back in; what was published becomes a previous one.
    ///
    /// With `forgotten` also one that may hold subjects that were forgotten since; the last that is returned says whether it may.
    pub async fn roll_back(&self, forgotten: bool) -> Result<(String, bool)> {
        let live = self.maintenance.database(self.database).await?;
        let is_ours = live.as_ref().is_none_or(|live| self.marker(live).is_some());
        let previous = self.previous().await?.into_iter().next().filter(|_| is_ours);
        let Some((database, marker)) = previous else {
            return Err(Error::refused(
                Diagnostic::error(
                    "no-previous",
                    Place::from(&Name::from(self.database)),
                    "there is no previous database to go back to",
                )
                .help("a refresh keeps one unless the rules say `keep_previous: { count: 0 }`"),
            ));
        };
        let brings_back = live.and_then(|live| live.marker).is_some_and(|live| marker.brings_back(&live));
        if brings_back && !forgotten {
            return Err(returning(&database.name));
        }
        let marker = Marker { state: State::Published, at: now(), ..marker };
        let comment = database.comment.clone();
        let swap = self.swap(&database, &marker, &comment).await?;
        let outgoing = if swap.replaces { swap.outgoing.clone() } else { String::new() };
        self.maintenance.swap(&[swap]).await?;
        Ok((outgoing, brings_back))
    }

    /// Drops previous databases beyond so many, or older than that; returns their names, and why others could not be dropped.
    pub async fn drop_previous(
        &self,
        count: usize,
        oldest: Option<Timestamp>,
    ) -> Result<(Vec<String>, Vec<Diagnostic>)> {
        let (mut dropped, mut complaints) = (Vec::new(), Vec::new());
        for (at, (database, marker)) in self.previous().await?.into_iter().enumerate() {
            let too_many = at >= count;
            let too_old = oldest.is_some_and(|oldest| marker.at.parse::<Timestamp>().is_ok_and(|at| at < oldest));
            // The newest one is the way back from the swap that has just been made.
            if !(too_many || (too_old && at > 0)) {
                continue;
            }
            match self.maintenance.drop(&database.name).await {
                Ok(()) => dropped.push(database.name),
                Err(error) => {
                    let why =
                        error.diagnostics().first().map(|diagnostic| diagnostic.message.clone()).unwrap_or_default();
                    let place = Place::from(&Name::from(database.name.as_str()));
                    let complaint = Diagnostic::warning("previous-not-dropped", place, why);
                    complaints.push(complaint.help("the next refresh tries again"));
                }
            }
        }
        Ok((dropped, complaints))
    }

    /// Databases of this target that were not built without the same subjects: previous ones, held ones, baselines,
    /// and the live one while a newer one is held.
    pub async fn built_with(&self, forgot: &str) -> Result<Vec<String>> {
        let holds = |database: &Database| match self.marker(database) {
            Some(marker) => marker.forgot.as_deref() != Some(forgot),
            None => database.name == self.database,
        };
        Ok(self.maintenance.databases().await?.into_iter().filter(holds).map(|database| database.name).collect())
    }

    async fn swap(&self, incoming: &Database, marker: &Marker, comment: &str) -> Result<Swap> {
        let live = self.maintenance.database(self.database).await?;
        let outgoing = suffixed(self.database, &format!("__previous_{}", stamp()));
        let marker = marker.clone().after(live.as_ref().and_then(|live| live.marker.as_ref()));
        let (outgoing_comment, incoming_comment) = match &live {
            None => (String::new(), marker.comment(comment)),
            Some(live) => {
                let was = live.marker.clone().unwrap_or_else(|| self.adopted(&marker));
                let was = Marker { state: State::Previous, at: now(), ..was };
                // What a person wrote about the environment's database stays with the name.
                (was.comment(&live.comment), marker.comment(&live.comment))
            }
        };
        Ok(Swap {
            live: self.database.to_owned(),
            replaces: live.is_some(),
            incoming: incoming.name.clone(),
            incoming_oid: incoming.oid,
            incoming_comment,
            outgoing,
            outgoing_comment,
        })
    }

    /// Previous databases of this target, the newest first.
    async fn previous(&self) -> Result<Vec<(Database, Marker)>> {
        self.of(State::Previous).await
    }

    /// Databases of this target in a state, the newest first.
    pub(super) async fn of(&self, state: State) -> Result<Vec<(Database, Marker)>> {
        let databases = self.maintenance.databases().await?.into_iter();
        let mut found: Vec<(Database, Marker)> = databases
            .filter_map(|database| {
                let marker = self.marker(&database).filter(|marker| marker.state == state).cloned()?;
                Some((database, marker))
            })
            .collect();
        found.sort_by(|one, other| other.1.at.cmp(&one.1.at));
        Ok(found)
    }

    /// The marker of a database, if it is of this target.
    pub fn marker<'d>(&self, database: &'d Database) -> Option<&'d Marker> {
        let marker = database.marker.as_ref();
        marker.filter(|marker| marker.environment == self.environment && marker.database == self.database)
    }

    /// The marker of a database that standin did not make and now keeps as a previous one.
    fn adopted(&self, new: &Marker) -> Marker {
        Marker {
            run: "adopted".into(),
            rules: String::new(),
            report: None,
            key: String::new(),
            snapshot_at: String::new(),
            baseline: None,
            origin: None,
            until: None,
            forgot: None,
            forgot_at: None,
            ..new.clone()
        }
    }

    /// The name of what this run builds.
    pub fn shadow_name(&self) -> String {
        suffixed(self.database, &format!("__standin_{}", &short(self.run)))
    }

    fn is_shadow_name(&self, name: &str) -> bool {
        let stem = suffixed(self.database, &format!("__standin_{}", "0".repeat(8)));
        let (stem, _) = stem.split_at(stem.len() - 8);
        name.strip_prefix(stem).is_some_and(|run| run.len() == 8 && run.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    fn gone(&self, name: &str) -> Error {
        Error::temporary(Diagnostic::error(
            "shadow-gone",
            Place::from(&Name::from(name)),
            "the database that was to become the clone is gone, or is another one now",
        ))
    }
}

/// Going back would bring subjects back.
pub fn returning(database: &str) -> Error {
    let message = "it was made before subjects were forgotten, and may still hold them";
    let help = "a refresh makes a clone without them; --with-forgotten goes back all the same";
    Error::refused(Diagnostic::error("forgotten-return", Place::from(&Name::from(database)), message).help(help))
}

/// Was a database held for too long.
pub(super) fn is_expired(held: &Marker) -> bool {
    held.until.as_ref().is_some_and(|until| until.parse::<Timestamp>().is_ok_and(|until| until < Timestamp::now()))
}

/// The time now, RFC 3339 in UTC, to the millisecond.
pub fn now() -> String {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now).to_string()
}

/// Fine enough that a rollback right after a refresh gets a name of its own.
fn stamp() -> String {
    Timestamp::now().strftime("%Y%m%d_%H%M%S_%3f").to_string()
}

/// The first 8 hex digits of a run.
fn short(run: &str) -> String {
    run.chars().filter(char::is_ascii_hexdigit).take(8).collect()
}

/// A name with a suffix, within the 63 bytes of PostgreSQL's identifiers; the front gives way.
pub fn suffixed(name: &str, suffix: &str) -> String {
    let mut end = name.len().min(63 - suffix.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}", &name[..end])
}
