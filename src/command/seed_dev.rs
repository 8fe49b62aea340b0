//! `standin seed-dev`: the empty tables of a migrated schema filled with generated rows, in one transaction.

use super::Context;
use super::open::{self, runtime};
use super::reported::{Reported, reported};
use crate::catalog::{self, Catalog, Oid, TableKind, seeding};
use crate::pg::connect::{ConnectionParams, Server};
use crate::pg::fault::Fault;
use crate::pg::marker::Marker;
use crate::pg::session::{Run, Source, Target};
use crate::plan::seed::{SeedInput, SeedPlan};
use crate::rules::{self, Rules, Tier, Variables};
use crate::seed::{self, Seeded};
use crate::transfer::record::{TableRecord, To};
use crate::transfer::stop::Stop;
use crate::ui::progress::Progress;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Observer, Phase};
use crate::words::secret::Secret;
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

/// What dates are relative to: 2026-01-01, in microseconds since 2000-01-01.
const AS_OF: i64 = 9_497 * 86_400_000_000;
/// A table of more rows is no toy: its database takes `--adopt`.
const TOY: i64 = 10_000;
/// How long a listed environment may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(5);

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
    /// Fill a database that is not local, or that has a table of more than 10,000 rows
    #[arg(long)]
    adopt: bool,
    /// Write the report to FILE.json or FILE.html; repeatable
    #[arg(long, value_name = "FILE")]
    report: Vec<PathBuf>,
}

/// The database to fill.
struct Opened {
    /// The rules, where there are some.
    rules: Option<(Rules, Variables)>,
    /// The environment's name, where it is one.
    environment: Option<String>,
    server: Server,
    run: Run,
}

/// Fills the empty tables of a development database.
pub fn run(args: Args, context: &Context) -> Result<()> {
    reported(context, "seed-dev", &args.report, |reported| {
        let opened = open(&args, context, reported)?;
        let observer = Progress::new(&context.screen);
        let noted = reported.report.record.warnings.len();
        let result = runtime()?.block_on(fill(&args, &opened, &observer, reported));
        observer.on(Event::Phase(Phase::Done));
        context.screen.diagnostics(&reported.report.record.warnings[noted..]);
        reported.text = summary(&result?);
        Ok(())
    })
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
    let known = if args.to.is_some() || context.rules.exists() {
        let rules = rules::read(&context.rules).map_err(Error::Usage)?;
        reported.rules(&rules);
        let variables = Variables::read(&context.rules).map_err(Error::Usage)?;
        Some((rules, variables))
    } else {
        None
    };
    let (server, notes) = match (&args.to, &known) {
        (Some(name), Some((rules, variables))) => {
            let ends = super::flags::Ends { from: None, to: Some(name.clone()) };
            let environment = &rules.environments[open::target(rules, &ends)?];
            if environment.tier != Tier::Dev {
                let word = if environment.tier == Tier::Production { "production" } else { "staging" };
                let place = Place::from(&environment.name.place);
                let message = format!("the environment is of tier {word}: only tier dev is seeded");
                let help = "name an environment of tier dev with --to";
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
    Ok(Opened { rules: known, environment: args.to.clone(), server, run })
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
    let refused = |fault: Fault| fault.into_refusal("catalog", Place::Run, "cannot read the database's catalog");
    let catalog = catalog::read(target.client()).await.map_err(refused)?;
    let record = &mut reported.report.record;
    record.to = Some(To {
        environment: opened.environment.clone().unwrap_or_default(),
        database: catalog.database.name.clone(),
        server_version: catalog.database.server_version.clone(),
        ..To::default()
    });
    let facts = seeding::seed_facts(target.client()).await.map_err(refused)?;
    let mut found = Vec::new();
    let (filled, large) = filled(target, &catalog).await?;
    marked(opened, target, &mut found).await?;
    if !args.adopt {
        unadopted(opened, large, &mut found);
    }
    listed(opened, &catalog.database, &mut found).await?;
    let input = SeedInput {
        catalog: &catalog,
        facts: &facts,
        filled: &filled,
        seed: args.seed,
        as_of: AS_OF,
        scale: 1.0,
        rows: &[],
    };
    let plan = match SeedPlan::build(&input) {
        Ok(plan) if found.is_empty() => plan,
        Ok(_) => return Err(Error::Refused(found)),
        Err(more) => return Err(Error::Refused(found.into_iter().chain(more).collect())),
    };
    reported.report.record.warnings.extend(plan.warnings().iter().cloned());
    let fires = |table: &&catalog::Table| {
        plan.fills(table.oid) && facts.tables.get(&table.oid).is_some_and(|facts| !facts.triggers.is_empty())
    };
    let fired: Vec<String> = catalog.tables.iter().filter(fires).map(|table| table.name.to_string()).collect();
    if !fired.is_empty() {
        let message = format!("the same seed gives the same rows but for what triggers write: {}", fired.join(", "));
        observer.on(Event::Note(message));
    }
    observer.on(Event::Phase(Phase::Copy));
    observer.on(Event::Planned { tables: plan.tables(), rows: 0, bytes: 0 });
    seed::fill(target, &plan, observer).await
}

/// The tables that have rows, and one that has more than a toy.
async fn filled(target: &Target, catalog: &Catalog) -> Result<(HashSet<Oid>, Option<String>)> {
    let (mut filled, mut large) = (HashSet::new(), None);
    for table in catalog.tables.iter() {
        if !matches!(table.kind, TableKind::Plain | TableKind::Partitioned) || !table.selectable {
            continue;
        }
        let only = if table.kind == TableKind::Plain { "ONLY " } else { "" };
        let some = format!("SELECT FROM {only}{} LIMIT {}", table.name.sql(), TOY + 1);
        let row = target.client().query_one(&format!("SELECT pg_catalog.count(*) FROM ({some}) t"), &[]).await;
        let row = row.map_err(|error| {
            Fault::rows(error).into_refusal("seed-read", Place::from(&table.name), "cannot look into the table")
        })?;
        let rows: i64 = row.get(0);
        if rows > 0 {
            filled.insert(table.oid);
        }
        if rows > TOY {
            large.get_or_insert(table.name.to_string());
        }
    }
    Ok((filled, large))
}

/// Refuses a database that standin made for another purpose.
async fn marked(opened: &Opened, target: &Target, found: &mut Vec<Diagnostic>) -> Result<()> {
    let sql = "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database \
               WHERE datname = pg_catalog.current_database()";
    let row = target.client().query_one(sql, &[]).await;
    let row = row.map_err(|error| {
        Fault::schema(error).into_refusal("catalog", Place::Run, "cannot read the database's comment")
    })?;
    let comment: Option<String> = row.get(0);
    if let (Some(marker), _) = Marker::read(comment.as_deref().unwrap_or_default())
        && opened.environment.as_ref() != Some(&marker.environment)
    {
        let name = crate::words::name::printable(&marker.environment);
        let message = format!("the database is marked as one of the environment `{name}`");
        let help = "seed another database, or name that environment with --to if it is of tier dev";
        found.push(Diagnostic::error("target-marker", Place::Object(opened.server.describe()), message).help(help));
    }
    Ok(())
}

/// Refuses what looks like more than a developer's own database.
fn unadopted(opened: &Opened, large: Option<String>, found: &mut Vec<Diagnostic>) {
    let mut refuse = |message: String| {
        let place = Place::Object(opened.server.describe());
        let help = "if it is a development database, say --adopt";
        found.push(Diagnostic::error("target-unmarked", place, message).help(help));
    };
    if !opened.server.is_local() {
        refuse("the database is not on this machine".to_owned());
    }
    if let Some(table) = large {
        refuse(format!("the table {table} has more than {TOY} rows"));
    }
}

/// Refuses a database that is one of another environment, however it is reached.
async fn listed(opened: &Opened, here: &catalog::Database, found: &mut Vec<Diagnostic>) -> Result<()> {
    let Some((rules, variables)) = &opened.rules else { return Ok(()) };
    for environment in &rules.environments {
        let name = &environment.name.value;
        let dev = environment.tier == Tier::Dev && opened.environment.is_none();
        if dev || opened.environment.as_ref() == Some(name) {
            continue;
        }
        let Ok(environment) = rules::resolve(environment, variables) else { continue };
        let Ok((server, _)) = open::server(rules, &environment, variables) else { continue };
        let same = if here.system_identifier.is_empty() {
            server.describe() == opened.server.describe()
        } else {
            let ask = async {
                let run = Run { read_only: true, ..opened.run.clone() };
                let source = Source::open(&server, &run, None).await?;
                let identity = source.identity().await;
                source.close().await;
                identity
            };
            // What cannot be reached from here cannot be asked.
            match tokio::time::timeout(PATIENCE, ask).await {
                Ok(Ok((cluster, oid))) => cluster == here.system_identifier && oid == here.oid,
                _ => server.describe() == opened.server.describe(),
            }
        };
        if same {
            let place = Place::ObjectInFile(name.clone(), environment.name.place.clone());
            let message = format!("the database to fill is that of the environment `{name}`");
            found.push(
                Diagnostic::error("target-listed", place, message)
                    .help("correct the url: a forwarded port may lead there"),
            );
        }
    }
    Ok(())
}
