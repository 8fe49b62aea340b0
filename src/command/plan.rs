//! `standin plan`: open, read, plan, show; nothing is written, and no row is read but to be counted.

use super::open::{self, Opened, Purpose};
use super::reported::{Reported, reported};
use super::{Context, blame, flags, ready};
use crate::catalog::Oid;
use crate::pg::database::Maintenance;
use crate::pg::session::{Snapshot, Source};
use crate::plan::{Plan, Rows};
use crate::transfer::choose::Choices;
use crate::transfer::frequencies;
use crate::transfer::record::Counts;
use crate::transfer::stop::Stop;
use crate::transfer::watch::Watch;
use crate::ui;
use crate::ui::plan::Counted;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::TableName;
use std::collections::HashMap;

/// Show everything a refresh would do; write nothing
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    ends: flags::Ends,
    #[command(flatten)]
    flags: flags::Flags,
    /// Count rows instead of estimating them
    #[arg(long)]
    exact: bool,
    /// Say through which references rows of a table come and go; counts, as --exact does; repeatable
    #[arg(long, value_name = "TABLE")]
    why: Vec<String>,
}

/// Shows the plan, or every refusal at once.
pub fn run(args: Args, context: &Context) -> Result<()> {
    reported(context, "plan", &args.flags.report, |reported| {
        reported.report.done = "planned";
        let opened = open::open(context, &args.ends, &args.flags, Purpose::Show, reported)?;
        if reported.report.key.is_none() && !opened.wanted.keyless {
            context.screen.diagnostics(&[no_key(&opened)]);
        }
        let noted = reported.report.record.warnings.len();
        let wanted = why(&args.why)?;
        let exact = args.exact || !wanted.is_empty();
        let Read { plan, counted, choices, expected } = open::runtime()?.block_on(read(&opened, exact, reported))?;
        context.screen.diagnostics(&reported.report.record.warnings[noted..]);
        reported.text = ui::plan::text(&plan, (&counted, &expected), &opened.rules, &reported.report);
        reported.report.more = ui::plan::json(&plan, (&counted, &expected));
        if !wanted.is_empty() {
            let reasons = ui::why::reasons(&plan, &counted, &choices, &wanted)?;
            reported.text = ui::why::text(&reasons);
            reported.report.more.insert("why".to_owned(), ui::why::json(&reasons));
        }
        Ok(())
    })
}

/// The tables of `--why`.
fn why(names: &[String]) -> Result<Vec<TableName>> {
    let parse = |name: &String| {
        TableName::parse(name).map_err(|reason| {
            let fault = Diagnostic::error("table-name", Place::Object(name.clone()), reason.to_string());
            Error::usage(fault.help("write table, or schema.table"))
        })
    };
    names.iter().map(parse).collect()
}

/// What was found.
struct Read {
    plan: Plan,
    /// With `--exact`.
    counted: Counted,
    choices: Choices,
    /// Without it.
    expected: Counted,
}

async fn read(opened: &Opened, exact: bool, reported: &mut Reported) -> Result<Read> {
    let stop = Stop::default();
    tokio::spawn(stop.clone().listen());
    let watch = Watch::start(&opened.source, &opened.run, &opened.from().limits, &stop)?;
    let read = stop.guard(async {
        let source = Source::open(&opened.source, &opened.run, None).await?;
        let snapshot = source.export().await?;
        let catalog = ready::catalog(&source).await?;
        let maintenance = Maintenance::open(&opened.target, &opened.run, &opened.maintenance).await?;
        let facts = ready::facts(&opened.target, &opened.run, &maintenance).await?;
        let mut plan = ready::plan(opened, &catalog, &facts, &source, reported).await?;
        let (counted, choices) = match exact {
            true => {
                let counted = count(opened, &mut plan, (&source, &snapshot), reported).await;
                blame::blame(counted, &plan, &source).await?
            }
            false => Default::default(),
        };
        let expected = if exact { Counted::new() } else { expect(&plan, &source).await? };
        Ok(Read { plan, counted, choices, expected })
    });
    let read = read.await;
    watch.done();
    read
}

/// What becomes of the rows of each table, as the source's statistics have it.
async fn expect(plan: &Plan, source: &Source) -> Result<Counted> {
    let estimate = plan.estimate();
    let mut times = Vec::new();
    for (time, known) in &estimate.times {
        times.push((time, source.literal(known).await?.unwrap_or_else(|| "'-infinity'".to_owned())));
    }
    let mut answers = Vec::new();
    for question in &estimate.questions {
        let question = times.iter().fold(question.clone(), |question, (time, known)| question.replace(*time, known));
        answers.push(source.expects(&question).await?);
    }
    let mut counts: HashMap<Oid, Counts> = estimate.counts(&answers).into_iter().collect();
    let read = plan.tables().iter().filter(|table| !matches!(table.rows, Rows::None(_)));
    Ok(read.filter_map(|table| Some((table.name.clone(), counts.remove(&table.oid)?))).collect())
}

/// Counts the rows of each table, and asks what a refresh would ask of them.
async fn count(
    opened: &Opened,
    plan: &mut Plan,
    (source, snapshot): (&Source, &Snapshot),
    reported: &mut Reported,
) -> Result<(Counted, Choices)> {
    ready::ask(source, plan.checks()).await?;
    frequencies::count(plan, source).await?;
    let choices = ready::choose(opened, plan, snapshot, reported).await?;
    let mut counted = Counted::new();
    for table in plan.tables() {
        if let (Rows::Chosen(_), Some(choice)) = (&table.rows, choices.tables.get(&table.oid)) {
            counted.insert(table.name.clone(), choice.counts);
            continue;
        }
        let Some(sql) = table.count() else { continue };
        let [copied] = source.counts(&sql, &table.name).await?;
        let counts = match &table.rows {
            Rows::Selected(selection) => {
                let [all, deleted, expired] = source.counts(&selection.count, &table.name).await?;
                let orphaned = all.saturating_sub(copied + deleted + expired);
                Counts { source: all, copied, deleted, expired, orphaned, ..Counts::default() }
            }
            _ => Counts { source: copied, copied, ..Counts::default() },
        };
        let exempt = match table.count_exempt() {
            Some(sql) => source.counts::<1>(&sql, &table.name).await?[0],
            None => 0,
        };
        let counts = Counts { exempt, ..counts };
        counted.insert(table.name.clone(), counts);
    }
    Ok((counted, choices))
}

fn no_key(opened: &Opened) -> Diagnostic {
    let place = Place::from(&opened.to().name.place);
    Diagnostic::note("no-key", place, "there is no masking key; a refresh needs one")
        .help("`standin key` makes one; put it into STANDIN_KEY, or into a file named by STANDIN_KEY_FILE")
}
