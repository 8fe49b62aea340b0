//! What a command needs that works on one environment and never contacts the one that it came from.

use super::flags::Ends;
use super::reported::Reported;
use super::{Context, open, ready};
use crate::branch::Branch;
use crate::pg::connect::Server;
use crate::pg::database::Maintenance;
use crate::pg::hook::Hook;
use crate::pg::publish::Published;
use crate::pg::session::Run;
use crate::rules::{self, Environment, Rules, Tier, Variables};
use crate::transfer::record::To;
use crate::transfer::stop::Stop;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use std::path::Path;

/// An environment that is written to, opened as far as files and variables go.
pub struct One {
    /// The rules.
    pub rules: Rules,
    at: usize,
    variables: Variables,
    /// The server, with the published database's name.
    pub server: Server,
    /// What all sessions have in common.
    pub run: Run,
    /// The run.
    pub id: String,
}

/// Reads the rules, picks the environment (`--to`, else the only one of tier staging), and resolves what it needs.
pub fn open(context: &Context, file: &Path, to: Option<&str>, reported: &mut Reported) -> Result<One> {
    let mut rules = rules::read(file).map_err(Error::Usage)?;
    reported.rules(&rules);
    let at = open::target(&rules, &Ends { from: None, to: to.map(str::to_owned) })?;
    let variables = Variables::read(file).map_err(Error::Usage)?;
    rules.environments[at] = rules::resolve(&rules.environments[at], &variables).map_err(Error::Usage)?;
    let environment = &rules.environments[at];
    if environment.tier == Tier::Production {
        let place = Place::from(&environment.name.place);
        return Err(Error::refused(
            Diagnostic::error("target-production", place, "production is only ever read")
                .help("name an environment of tier staging or dev"),
        ));
    }
    let (server, notes) = open::server(&rules, environment, &variables).map_err(Error::Usage)?;
    context.screen.diagnostics(&notes);
    reported.report.record.warnings.extend(notes);
    let id = reported.report.run.to_string();
    let run = Run { application: format!("standin/{id}"), time_zone: rules.time_zone.clone(), read_only: false };
    tracing::info!(run = %id, target = %server.describe(), "opened");
    Ok(One { rules, at, variables, server, run, id })
}

impl One {
    /// The environment.
    pub fn environment(&self) -> &Environment {
        &self.rules.environments[self.at]
    }

    /// What is done in a built database before it is published.
    pub fn after(&self) -> Result<Vec<Hook>> {
        rules::hooks(&self.rules, self.environment(), &self.variables).map_err(Error::Usage)
    }

    /// A session in its maintenance database.
    pub async fn maintenance(&self) -> Result<Maintenance> {
        Maintenance::open(&self.server, &self.run, open::maintenance(self.environment(), &self.server)?).await
    }

    /// Its database's names.
    pub fn target<'a>(&'a self, maintenance: &'a Maintenance) -> Published<'a> {
        Published {
            maintenance,
            environment: &self.environment().name.value,
            database: self.server.database(),
            run: &self.id,
        }
    }

    /// Its database, its baselines and what is made of them.
    pub fn branch<'a>(&'a self, maintenance: &'a Maintenance) -> Branch<'a> {
        Branch { target: self.target(maintenance), server: &self.server, run: &self.run }
    }

    /// Does work under the run lock; what it leaves unfinished when it fails is removed.
    pub async fn locked<T>(&self, work: impl AsyncFnOnce(&Branch<'_>, &Stop) -> Result<T>) -> Result<T> {
        let stop = Stop::default();
        tokio::spawn(stop.clone().listen());
        let maintenance = stop.guard(self.maintenance()).await?;
        let branch = self.branch(&maintenance);
        stop.guard(maintenance.lock(branch.target.database)).await?;
        let result = work(&branch, &stop).await;
        if let Err(error) = &result {
            if matches!(error, Error::Interrupted(_)) {
                // A whole database may be half copied.
                let _ = maintenance.session().connected().canceller().cancel().await;
            }
            let name = open::maintenance(self.environment(), &self.server)?;
            ready::remove(&self.server, &self.run, name, &branch.target).await;
        }
        result
    }

    /// It as reports have it.
    pub fn to(&self, previous: Option<String>) -> To {
        To {
            environment: self.environment().name.value.clone(),
            database: self.server.database().to_owned(),
            previous,
            ..To::default()
        }
    }
}
