//! `standin plan`: open, read, plan, show; nothing is written, and no row is read but to be counted.

use super::open::{self, Opened, Purpose};
use super::reported::{Reported, reported};
use super::{Context, flags, ready};
use crate::pg::database::Maintenance;
use crate::pg::session::Source;
use crate::plan::{Plan, Rows};
use crate::transfer::record::Counts;
use crate::transfer::stop::Stop;
use crate::transfer::watch::Watch;
use crate::ui;
use crate::ui::plan::Counted;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::Result;

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
}

/// Shows the plan, or every refusal at once.
pub fn run(args: Args, context: &Context) -> Result<()> {
    reported(context, "plan", &args.flags.report, |reported| {
        reported.report.done = "planned";
        let opened = open::open(context, &args.ends, &args.flags, Purpose::Show, reported)?;
        if reported.report.key.is_none() {
            context.screen.diagnostics(&[no_key(&opened)]);
        }
        let noted = reported.report.record.warnings.len();
        let (plan, counted) = open::runtime()?.block_on(read(&opened, args.exact, reported))?;
        context.screen.diagnostics(&reported.report.record.warnings[noted..]);
        reported.text = ui::plan::text(&plan, &counted, &opened.rules, &reported.report);
        reported.report.more = ui::plan::json(&plan, &counted);
        Ok(())
    })
}

async fn read(opened: &Opened, exact: bool, reported: &mut Reported) -> Result<(Plan, Counted)> {
    let stop = Stop::default();
    tokio::spawn(stop.clone().listen());
    let watch = Watch::start(&opened.source, &opened.run, &opened.from().limits, &stop)?;
    let read = stop.guard(async {
        let source = Source::open(&opened.source, &opened.run, None).await?;
        let catalog = ready::catalog(&source).await?;
        let maintenance = Maintenance::open(&opened.target, &opened.run, &opened.maintenance).await?;
        let facts = ready::facts(&opened.target, &opened.run, &maintenance).await?;
        let plan = ready::plan(opened, &catalog, &facts, &source, reported).await?;
        let counted = if exact { count(&plan, &source).await? } else { Counted::new() };
        Ok((plan, counted))
    });
    let read = read.await;
    watch.done();
    read
}

/// Counts the rows of each table, and asks what a refresh would ask of them.
async fn count(plan: &Plan, source: &Source) -> Result<Counted> {
    ready::ask(source, plan.checks()).await?;
    let mut counted = Counted::new();
    for table in plan.tables() {
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
        counted.insert(table.name.clone(), counts);
    }
    Ok(counted)
}

fn no_key(opened: &Opened) -> Diagnostic {
    let place = Place::from(&opened.to().name.place);
    Diagnostic::note("no-key", place, "there is no masking key; a refresh needs one")
        .help("`standin key` makes one; put it into STANDIN_KEY, or into a file named by STANDIN_KEY_FILE")
}
