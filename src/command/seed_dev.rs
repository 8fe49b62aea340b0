//! `standin seed-dev`: the empty tables of a migrated schema filled with generated rows, in one transaction.

use super::open::{self, runtime};
use super::reported::{Reported, reported};
use super::{Context, migrations, seed_guard};
use crate::catalog::seeding::{self as facts, SeedFacts};
use crate::catalog::{self, Catalog};
use crate::pg::connect::{ConnectionParams, Server};
use crate::pg::fault::Fault;
use crate::pg::marker::{Marker, State};
use crate::pg::seeding::{self, Migration};
use crate::pg::session::{Run, Target};
use crate::plan::seed::{SeedInput, SeedPlan};
use crate::rules::seed::{Profile, Seed};
use crate::rules::{self, Rules, Tier, Variables};
use crate::seed::Seeded;
use crate::transfer::record::{TableRecord, To};
use crate::transfer::stop::Stop;
use crate::ui::progress::Progress;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Observer, Phase};
use crate::words::name::TableName;
use crate::words::secret::Secret;
use std::path::PathBuf;

/// What dates are relative to: 2026-01-01, in microseconds since 2000-01-01.
const AS_OF: i64 = 9_497 * 86_400_000_000;

/// The most rows of one table.
const MOST: u64 = 1_000_000_000;

/// Fill the empty tables of a development database with synthetic rows, from its schema alone
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment of tier dev to fill
    #[arg(long, value_name = "ENVIRONMENT", conflicts_with = "url")]
    to: Option<String>,
    /// Database to fill [default: $DATABASE_URL]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The number that all values are drawn from: same number and schema, same rows
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Rows of a table, as in users=1000; repeatable
    #[arg(long, value_name = "TABLE=N", value_parser = rows)]
    rows: Vec<(TableName, u64)>,
    /// Multiplies the rows of every table that --rows does not name
    #[arg(long, value_name = "FACTOR", value_parser = scale, default_value = "1")]
    scale: f64,
    /// Threads that make rows, 1 to 64; the rows are the same [default: cores, at most 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: Option<u8>,
    /// First empty the tables that an earlier seed-dev filled, and no others
    #[arg(long)]
    truncate: bool,
    /// First apply the .sql files of a directory, in the order of their names
    #[arg(long, value_name = "DIR")]
    migrations: Option<PathBuf>,
    /// Fill a database that is not local, or that has a table of more than 10,000 rows
    #[arg(long)]
    adopt: bool,
    /// Write the report to FILE.json or FILE.html; repeatable
    #[arg(long, value_name = "FILE")]
    report: Vec<PathBuf>,
}

/// The database to fill.
pub struct Opened {
    /// The rules, where there are some.
    pub rules: Option<(Rules, Variables)>,
    /// The environment's name, where it is one.
    pub environment: Option<String>,
    /// The database.
    pub server: Server,
    /// What its sessions have in common.
    pub run: Run,
    /// The statistics that `seed:` names.
    profile: Option<Profile>,
    /// The files of `--migrations`.
    migrations: Vec<Migration>,
}

/// Fills the empty tables of a development database.
pub fn run(args: Args, context: &Context) -> Result<()> {
    reported(context, "seed-dev", &args.report, |reported| seed(&args, context, reported))
}

/// Fills an environment anew, as `seed-dev --truncate` does.
pub fn again(environment: &str, context: &Context, reported: &mut Reported) -> Result<()> {
    let args = Args {
        to: Some(environment.to_owned()),
        url: None,
        seed: 1,
        rows: Vec::new(),
        scale: 1.0,
        jobs: None,
        truncate: true,
        migrations: None,
        adopt: false,
        report: Vec::new(),
    };
    seed(&args, context, reported)
}

fn seed(args: &Args, context: &Context, reported: &mut Reported) -> Result<()> {
    let opened = open(args, context, reported)?;
    let observer = Progress::new(&context.screen);
    let noted = reported.report.record.warnings.len();
    let result = runtime()?.block_on(fill(args, &opened, &observer, reported));
    observer.on(Event::Phase(Phase::Done));
    context.screen.diagnostics(&reported.report.record.warnings[noted..]);
    let seeded = result?;
    reported.text = summary(&seeded);
    if let Some(login) = opened.rules.as_ref().and_then(|(rules, _)| rules.seed.login.as_ref())
        && seeded.iter().any(|table| table.table == login.table.value)
    {
        reported.text.push_str(&format!("log in as {} with the password {}\n", login.email.value, login.password));
    }
    Ok(())
}

fn summary(seeded: &[Seeded]) -> String {
    if seeded.is_empty() {
        return "nothing to do: every table has rows already, or can have none".to_owned();
    }
    let rows: u64 = seeded.iter().map(|table| table.rows).sum();
    let width = seeded.iter().map(|table| table.table.to_string().chars().count()).max().unwrap_or(0);
    let lines = seeded.iter().map(|table| format!("  {:width$}  {:>8}\n", table.table.to_string(), table.rows));
    format!("seeded {} tables with {rows} rows\n{}", seeded.len(), lines.collect::<String>())
}

/// Finds the database: `--to` of the rules, `--url`, else `DATABASE_URL`.
fn open(args: &Args, context: &Context, reported: &mut Reported) -> Result<Opened> {
    let mut known = if args.to.is_some() || context.rules.exists() {
        let rules = rules::read(&context.rules).map_err(Error::Usage)?;
        reported.rules(&rules);
        let variables = Variables::read(&context.rules).map_err(Error::Usage)?;
        Some((rules, variables))
    } else {
        None
    };
    let (server, notes) = match (&args.to, &mut known) {
        (Some(name), Some((rules, variables))) => {
            let at = open::target(rules, &super::flags::Ends { from: None, to: Some(name.clone()) })?;
            rules.override_for(at, variables).map_err(Error::Usage)?;
            let environment = &rules.environments[at];
            if environment.tier == Tier::Production || environment.tier == Tier::Staging && !environment.allow_seed {
                let word = if environment.tier == Tier::Production { "production" } else { "staging" };
                let place = Place::from(&environment.name.place);
                let message = format!("the environment is of tier {word}: only tier dev is seeded");
                let help = match environment.tier {
                    Tier::Production => "name an environment of tier dev with --to",
                    _ => "name an environment of tier dev with --to, or write `allow: [seed]` under this one",
                };
                return Err(Error::refused(Diagnostic::error("seed-tier", place, message).help(help)));
            }
            let environment = rules::resolve(environment, variables).map_err(Error::Usage)?;
            open::server(rules, &environment, variables).map_err(Error::Usage)?
        }
        _ => {
            let (place, url) = match (&args.url, std::env::var("DATABASE_URL")) {
                (Some(url), _) => ("--url", url.clone()),
                (None, Ok(url)) if !url.is_empty() => ("DATABASE_URL", url),
                _ => {
                    let message = "nothing says which database is to be filled";
                    let help = "name an environment with --to, or give --url or DATABASE_URL";
                    return Err(Error::usage(Diagnostic::error("seed-where", Place::Run, message).help(help)));
                }
            };
            let params = ConnectionParams {
                place: Place::Object(place.to_owned()),
                url: Some(Secret::new(url)),
                ..ConnectionParams::default()
            };
            Server::resolve(&params, &|name| std::env::var(name).ok()).map_err(Error::Usage)?
        }
    };
    context.screen.diagnostics(&notes);
    reported.report.record.warnings.extend(notes);
    let run =
        Run { application: format!("standin/{}", reported.report.run), time_zone: "UTC".to_owned(), read_only: false };
    let migrations = args.migrations.as_deref().map(migrations::read).transpose()?.unwrap_or_default();
    let profile = known.as_ref().map(|(rules, _)| rules.seed.profile()).transpose();
    let profile = profile.map_err(Error::Usage)?.flatten();
    Ok(Opened { rules: known, environment: args.to.clone(), server, run, profile, migrations })
}

async fn fill(args: &Args, opened: &Opened, observer: &dyn Observer, reported: &mut Reported) -> Result<Vec<Seeded>> {
    let stop = Stop::default();
    tokio::spawn(stop.clone().listen());
    observer.on(Event::Phase(Phase::Plan));
    let target = stop.guard(Target::open(&opened.server, &opened.run)).await?;
    target.execute("BEGIN", Place::Run, "cannot begin").await?;
    let result = stop.guard(within(args, opened, &target, observer, reported)).await;
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    if matches!(result, Err(Error::Interrupted(_))) {
        // The server rolls back when the session ends; a statement that is under way ends first.
        let _ = target.connected().canceller().cancel().await;
    } else {
        let ended = target.build(end, Place::Run, "cannot keep the generated rows").await;
        if result.is_ok() {
            ended?;
        }
    }
    let record = &mut reported.report.record;
    if let Ok(seeded) = &result {
        record.phase = Some(Phase::Done);
        for table in seeded {
            let mut one = TableRecord::carried(&table.table);
            one.rows.copied = table.rows;
            record.tables.push(one);
        }
    }
    result
}

/// What happens inside the transaction.
async fn within(
    args: &Args,
    opened: &Opened,
    target: &Target,
    observer: &dyn Observer,
    reported: &mut Reported,
) -> Result<Vec<Seeded>> {
    let mut catalog = read(target).await?;
    reported.report.record.to = Some(To {
        environment: opened.environment.clone().unwrap_or_default(),
        database: catalog.database.name.clone(),
        server_version: catalog.database.server_version.clone(),
        ..To::default()
    });
    let comment = seeding::comment(target).await?;
    let (mut filled, large) = seed_guard::filled(target, &catalog).await?;
    let mut found = seed_guard::guard(opened, args.adopt, &catalog.database, large, comment.marker.as_ref()).await?;
    let lacking = migrations::lacking(&opened.migrations, comment.marker.as_ref(), !catalog.tables.is_empty())?;
    if args.truncate {
        let emptied = seed_guard::emptied(&catalog, &filled, comment.marker.as_ref(), &mut found);
        refuse(std::mem::take(&mut found))?;
        seeding::truncate(target, &emptied).await?;
        filled = seed_guard::filled(target, &catalog).await?.0;
    }
    if !lacking.is_empty() {
        refuse(std::mem::take(&mut found))?;
        for migration in &lacking {
            observer.on(Event::Note(format!("applies {}", migration.file)));
            migration.apply(target).await?;
        }
        catalog = read(target).await?;
        filled = seed_guard::filled(target, &catalog).await?.0;
    }
    let facts = facts::seed_facts(target.client()).await.map_err(unreadable)?;
    let nothing = Seed::default();
    let rules = opened.rules.as_ref().map_or(&nothing, |(rules, _)| &rules.seed);
    let made = comment.marker.as_ref().map(|marker| &marker.seeded[..]).unwrap_or_default();
    let input = SeedInput {
        profile: opened.profile.as_ref(),
        catalog: &catalog,
        facts: &facts,
        filled: &filled,
        seed: args.seed,
        as_of: rules.as_of.unwrap_or(AS_OF),
        scale: args.scale,
        rows: &args.rows,
        rules,
        made,
    };
    let plan = match SeedPlan::build(&input) {
        Ok(plan) => plan,
        Err(more) => return Err(Error::Refused(found.into_iter().chain(more).collect())),
    };
    refuse(found)?;
    reported.report.record.warnings.extend(plan.warnings().iter().cloned());
    tell_triggers(&catalog, &facts, &plan, observer);
    observer.on(Event::Phase(Phase::Copy));
    observer.on(Event::Planned { tables: plan.tables(), rows: plan.rows(), bytes: 0 });
    let jobs =
        args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(2, usize::from).min(8), usize::from);
    let seeded = crate::seed::fill(target, &plan, jobs, observer).await?;
    let marker = marker(opened, &catalog.database.name, comment.marker.as_ref(), &seeded, &lacking, reported);
    if comment.owned {
        seeding::mark(target, &catalog.database.name, &marker, &comment.rest).await?;
    } else {
        let message = "only the database's owner may mark it: --truncate will not know what was filled";
        let place = Place::Object(opened.server.describe());
        reported.report.record.warnings.push(Diagnostic::warning("seed-unmarked", place, message));
    }
    Ok(seeded)
}

async fn read(target: &Target) -> Result<Catalog> {
    catalog::read(target.client()).await.map_err(unreadable)
}

fn unreadable(fault: Fault) -> Error {
    fault.into_refusal("catalog", Place::Run, "cannot read the database's catalog")
}

fn refuse(found: Vec<Diagnostic>) -> Result<()> {
    if found.is_empty() { Ok(()) } else { Err(Error::Refused(found)) }
}

/// Says which rows the promise of equal rows does not cover.
fn tell_triggers(catalog: &Catalog, facts: &SeedFacts, plan: &SeedPlan, observer: &dyn Observer) {
    let fires = |table: &&catalog::Table| {
        plan.fills(table.oid) && facts.tables.get(&table.oid).is_some_and(|facts| !facts.triggers.is_empty())
    };
    let fired: Vec<String> = catalog.tables.iter().filter(fires).map(|table| table.name.to_string()).collect();
    if !fired.is_empty() {
        let message = format!("the same seed gives the same rows but for what triggers write: {}", fired.join(", "));
        observer.on(Event::Note(message));
    }
}

/// The marker as it is after this run; that of an environment's clone stays what it is beside it.
fn marker(
    opened: &Opened,
    database: &str,
    before: Option<&Marker>,
    seeded: &[Seeded],
    applied: &[&Migration],
    reported: &Reported,
) -> Marker {
    let mut marker = before.cloned().unwrap_or_else(|| Marker {
        standin: 1,
        environment: opened.environment.clone().unwrap_or_default(),
        database: database.to_owned(),
        state: State::Seeded,
        ..Marker::default()
    });
    if marker.state == State::Seeded {
        marker.version = env!("CARGO_PKG_VERSION").to_owned();
        marker.run = reported.report.run.to_string();
        marker.at = jiff::Timestamp::now().to_string();
        marker.rules = opened.rules.as_ref().map(|(rules, _)| rules.sha256.clone()).unwrap_or_default();
    }
    marker.seeded.extend(seeded.iter().map(|table| table.table.sql()));
    marker.seeded.sort_unstable();
    marker.seeded.dedup();
    marker.migrations.extend(applied.iter().map(|one| (one.file.clone(), one.sha256.clone())));
    marker
}

/// Reads `users=1000`.
fn rows(text: &str) -> std::result::Result<(TableName, u64), String> {
    let form = || "it takes a table and a number of rows, as in users=1000".to_owned();
    let (table, rows) = text.rsplit_once('=').ok_or_else(form)?;
    let table = TableName::parse(table).map_err(|reason| reason.to_string())?;
    let rows = rows.parse().ok().filter(|rows| *rows <= MOST).ok_or_else(form)?;
    Ok((table, rows))
}

/// Reads a factor above 0.
fn scale(text: &str) -> std::result::Result<f64, String> {
    let factor = text.parse().ok().filter(|factor: &f64| *factor > 0.0 && *factor <= 1e6);
    factor.ok_or_else(|| "it takes a number above 0, at most 1000000".to_owned())
}
