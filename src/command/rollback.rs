//! `standin rollback`: the previous database swapped back, without contacting production.

use super::Context;
use super::flags::Ends;
use super::open;
use super::reported::{Reported, reported};
use crate::pg::database::Maintenance;
use crate::pg::publish::Published;
use crate::pg::session::Run;
use crate::rules::{self, Tier, Variables};
use crate::transfer::record::To;
use crate::transfer::stop::Stop;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::Phase;
use std::path::PathBuf;

/// Swap the previous database back in, without contacting production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment to roll back [default: the only one of tier staging]
    #[arg(long, value_name = "ENVIRONMENT")]
    to: Option<String>,
    /// Write the report to FILE.json or FILE.html; repeatable
    #[arg(long, value_name = "FILE")]
    report: Vec<PathBuf>,
}

/// Swaps the previous database back; what was published becomes the previous one.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let ends = Ends { from: None, to: args.to };
    reported(context, "rollback", &args.report, |reported| {
        let rules = rules::read(&context.rules).map_err(Error::Usage)?;
        reported.rules(&rules);
        let variables = Variables::read(&context.rules).map_err(Error::Usage)?;
        let environment = &rules.environments[open::target(&rules, &ends)?];
        let environment = &rules::resolve(environment, &variables).map_err(Error::Usage)?;
        let place = || Place::from(&environment.name.place);
        if environment.tier == Tier::Production {
            return Err(Error::refused(
                Diagnostic::error("target-production", place(), "production is only ever read")
                    .help("name an environment of tier staging or dev with --to"),
            ));
        }
        let (server, notes) = open::server(&rules, environment, &variables).map_err(Error::Usage)?;
        context.screen.diagnostics(&notes);
        reported.report.record.warnings.extend(notes);
        let run = Run {
            application: format!("standin/{}", reported.report.run),
            time_zone: rules.time_zone.clone(),
            read_only: false,
        };
        open::runtime()?.block_on(roll_back(server, run, environment, reported))?;
        let to = reported.report.record.to.as_ref();
        let previous = to.and_then(|to| to.previous.clone()).unwrap_or_default();
        context.screen.text(&format!(
            "rolled back: {} is the previous database again; what it was is kept as {previous}",
            environment.name.value
        ))
    })
}

async fn roll_back(
    server: crate::pg::connect::Server,
    run: Run,
    environment: &rules::Environment,
    reported: &mut Reported,
) -> Result<()> {
    let stop = Stop::default();
    tokio::spawn(stop.clone().listen());
    let maintenance = stop.guard(Maintenance::open(&server, &run, open::maintenance(environment))).await?;
    let id = reported.report.run.to_string();
    let target = Published {
        maintenance: &maintenance,
        environment: &environment.name.value,
        database: server.database(),
        run: &id,
    };
    stop.guard(maintenance.lock(target.database)).await?;
    let record = &mut reported.report.record;
    record.phase = Some(Phase::Swap);
    let (previous, _) = target.roll_back().await?;
    record.to = Some(To {
        environment: environment.name.value.clone(),
        database: server.database().to_owned(),
        server_version: String::new(),
        previous: Some(previous),
    });
    record.published = true;
    record.phase = Some(Phase::Done);
    Ok(())
}
