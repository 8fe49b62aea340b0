//! Baselines: the state of an environment's database kept as a template, and the copy that puts the database back to it.
//!
//! Everything here is done under the target's run lock, and nothing touches the database that people use but the swap.

use crate::catalog::{
    self,
    shape::{Shape, shape},
};
use crate::pg::connect::Server;
use crate::pg::database::Database;
use crate::pg::fault::Fault;
use crate::pg::marker::{Marker, State};
use crate::pg::publish::{Published, Shadow, now, suffixed};
use crate::pg::session::{Run, Target};
use crate::pg::template::{Change, Copy, in_use};
use crate::plan::shift::shift;
use crate::rules::ShiftDates;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::Name;
use std::time::{Duration, Instant};

/// Differences of schemas that are listed before the rest is counted.
const LISTED: usize = 20;

/// How long sessions may take to leave by themselves.
const PATIENCE: Duration = Duration::from_millis(500);

/// The bytes of a name.
const LONGEST: usize = 63;

/// An environment's database, its baselines and what is made of them.
pub struct Branch<'a> {
    /// The names.
    pub target: Published<'a>,
    /// The server, with the published database's name.
    pub server: &'a Server,
    /// What all sessions have in common.
    pub run: &'a Run,
}

/// A state that was kept.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Its name, as the user gave it.
    pub name: String,
    /// The template.
    pub template: Database,
    /// Its marker.
    pub marker: Marker,
    /// The next copy of it, made ahead of time.
    pub prepared: Option<Database>,
}

impl Branch<'_> {
    /// Every baseline of this environment's database, by name.
    pub async fn baselines(&self) -> Result<Vec<Baseline>> {
        let databases = self.target.maintenance.databases().await?;
        let of = |state: State| {
            databases.iter().filter_map(move |database| {
                let marker = self.target.marker(database).filter(|marker| marker.state == state)?;
                Some((marker.baseline.clone()?, database, marker))
            })
        };
        let mut found: Vec<Baseline> = of(State::Baseline)
            .map(|(name, template, marker)| {
                let prepared = of(State::Prepared)
                    .find(|(of, _, copy)| *of == name && copy.origin == Some(template.oid))
                    .map(|(_, database, _)| database.clone());
                Baseline { name, template: template.clone(), marker: marker.clone(), prepared }
            })
            .collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// The baseline of that name, or a refusal that names those that there are.
    pub async fn baseline(&self, name: &str) -> Result<Baseline> {
        let mut all = self.baselines().await?;
        if let Some(at) = all.iter().position(|baseline| baseline.name == name) {
            return Ok(all.swap_remove(at));
        }
        let environment = self.target.environment;
        let others: Vec<&str> = all.iter().map(|baseline| baseline.name.as_str()).collect();
        let help = match others.is_empty() {
            true => format!("`standin baseline save --in {environment}` keeps the present state of the database"),
            false => format!("say one with --name: {}", others.join(", ")),
        };
        let message = format!("{environment} has no baseline `{name}`");
        Err(Error::refused(Diagnostic::error("no-baseline", self.place(), message).help(help)))
    }

    /// Keeps the present state under a name, in place of what was kept under it before. Returns how long nobody could connect.
    pub async fn save(&self, name: &str, live: &Database, end_sessions: bool) -> Result<Duration> {
        let maintenance = self.target.maintenance;
        if !end_sessions {
            self.nobody_connected().await?;
        }
        let before = self.baselines().await?.into_iter().find(|baseline| baseline.name == name);
        let was = self.target.marker(live).cloned().unwrap_or_default();
        let marker = self.marker(name, live.oid, &was);
        let building = self.target.shadow_name();
        let copy = Copy { from: self.target.database, to: &building, marker: &marker, end_sessions };
        let started = Instant::now();
        maintenance.copy(&copy).await?;
        let waited = started.elapsed();
        let template = self.beside("baseline", name);
        let replaced = suffixed(&building, "_old");
        let mut changes = Vec::new();
        if let Some(before) = &before {
            let marker = Marker { state: State::Building, ..before.marker.clone() };
            let from = &before.template.name;
            changes.push(Change { from, to: &replaced, marker, open: false, template: false });
        }
        let marker = Marker { state: State::Baseline, at: now(), ..marker };
        changes.push(Change { from: &building, to: &template, marker, open: false, template: true });
        maintenance.change(&changes).await?;
        if let Some(before) = before {
            maintenance.drop(&replaced).await?;
            self.forget(before.prepared).await?;
        }
        Ok(waited)
    }

    /// Refuses while others are connected; some are just about to leave.
    async fn nobody_connected(&self) -> Result<()> {
        let started = Instant::now();
        loop {
            let connected = self.target.maintenance.sessions(self.target.database).await?;
            if connected.is_empty() {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                return Err(in_use(self.target.database, &connected));
            }
            tokio::time::sleep(PATIENCE / 10).await;
        }
    }

    /// Drops a baseline and what was made ahead of time from it.
    pub async fn drop(&self, baseline: Baseline) -> Result<()> {
        self.target.maintenance.drop(&baseline.template.name).await?;
        self.forget(baseline.prepared).await
    }

    async fn forget(&self, prepared: Option<Database>) -> Result<()> {
        match prepared {
            Some(prepared) => self.target.maintenance.drop(&prepared.name).await,
            None => Ok(()),
        }
    }

    /// A copy of a baseline that nobody but us may enter; it is this run's, and what is left of it after a kill is removed by the next.
    pub async fn copy(&self, baseline: &Baseline) -> Result<Shadow> {
        let name = self.target.shadow_name();
        let marker = self.marker(&baseline.name, baseline.template.oid, &baseline.marker);
        let copy = Copy { from: &baseline.template.name, to: &name, marker: &marker, end_sessions: false };
        self.target.maintenance.copy(&copy).await?;
        self.shadow(name, marker).await
    }

    /// Keeps a copy for the next reset.
    pub async fn keep(&self, baseline: &Baseline, copy: &Shadow) -> Result<()> {
        let name = self.beside("prepared", &baseline.name);
        let marker = Marker { state: State::Prepared, at: now(), ..copy.marker.clone() };
        self.forget(baseline.prepared.clone()).await?;
        let change = Change { from: &copy.name, to: &name, marker, open: false, template: false };
        self.target.maintenance.change(&[change]).await
    }

    /// Takes the copy that was made ahead of time; from now on it is this run's.
    pub async fn take(&self, baseline: &Baseline, prepared: &Database) -> Result<Shadow> {
        let name = self.target.shadow_name();
        let marker = self.marker(&baseline.name, baseline.template.oid, &baseline.marker);
        let change = Change { from: &prepared.name, to: &name, marker: marker.clone(), open: true, template: false };
        self.target.maintenance.change(&[change]).await?;
        self.shadow(name, marker).await
    }

    async fn shadow(&self, name: String, marker: Marker) -> Result<Shadow> {
        let oid = self.target.maintenance.database(&name).await?.map(|database| database.oid).unwrap_or_default();
        Ok(Shadow { name, oid, marker })
    }

    /// Moves the dates of a copy to the present; returns by how many days.
    pub async fn shift(&self, rule: &ShiftDates, copy: &Shadow) -> Result<i64> {
        let session = Target::open(&self.server.with_database(&copy.name), self.run).await?;
        let catalog = catalog::read(session.client()).await;
        let catalog = catalog.map_err(|fault| fault.into_error("schema", self.place(), "cannot read the schema"))?;
        let moving = shift(rule, &catalog).map_err(Error::Refused)?;
        let days = session.days_behind(&moving).await?;
        if days > 0 {
            session.move_dates(&moving, days).await?;
            session.fill_views(catalog.full_views().map(|view| &view.name).collect()).await?;
        }
        session.close().await;
        Ok(days)
    }

    /// Refuses a copy whose schema is not the one of the live database: a reset would undo migrations.
    pub async fn same_schema(&self, baseline: &Baseline, copy: &Shadow) -> Result<()> {
        let (live, kept) = tokio::try_join!(self.shape(self.target.database), self.shape(&copy.name))?;
        let there = format!("the baseline `{}`", baseline.name);
        let differences = live.differences(self.target.environment, &kept, &there);
        if differences.is_empty() {
            return Ok(());
        }
        let mut listed: Vec<String> = differences.iter().take(LISTED).cloned().collect();
        if differences.len() > LISTED {
            listed.push(format!("and {} differences more", differences.len() - LISTED));
        }
        let message = format!("the schema is not the one of {there}:\n  {}", listed.join("\n  "));
        Err(Error::refused(
            Diagnostic::error("schema-differs", self.place(), message).help(
                "save the baseline anew, or let `after:` bring the copy to the live schema, as your migrations do",
            ),
        ))
    }

    async fn shape(&self, database: &str) -> Result<Shape> {
        let session = Target::open(&self.server.with_database(database), self.run).await?;
        let found = shape(session.client()).await;
        session.close().await;
        found.map_err(|fault: Fault| fault.into_error("schema", self.place(), "cannot read the schema"))
    }

    /// The marker of what is made under this run for a baseline.
    fn marker(&self, name: &str, origin: u32, was: &Marker) -> Marker {
        Marker {
            standin: 1,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            environment: self.target.environment.to_owned(),
            database: self.target.database.to_owned(),
            state: State::Building,
            run: self.target.run.to_owned(),
            at: now(),
            report: None,
            baseline: Some(name.to_owned()),
            origin: Some(origin),
            ..was.clone()
        }
    }

    /// The name of a database that is kept beside the live one, always the same.
    fn beside(&self, kind: &str, name: &str) -> String {
        let (database, suffix) = (self.target.database, format!("__{kind}_{name}"));
        if database.len() + suffix.len() <= LONGEST {
            return format!("{database}{suffix}");
        }
        // What is cut off may be all that tells two databases apart.
        let hash = blake3::hash(database.as_bytes()).to_hex();
        suffixed(database, &format!("_{}{suffix}", &hash[..8]))
    }

    fn place(&self) -> Place {
        Place::from(&Name::from(self.target.database))
    }
}
