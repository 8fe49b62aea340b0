//! `standin explain`: the line that decided a column, and what will happen to it.

use super::flags::Ends;
use super::open::{self, Purpose};
use super::{Context, ready};
use crate::catalog::{Catalog, Column, Table};
use crate::pg::session::{Run, Source};
use crate::plan::{Input, Plan, Wanted, explain};
use crate::rules::{self, Variables};
use crate::transfer::stop::Stop;
use crate::ui;
use crate::words::diagnostic::{Diagnostic, Place, nearest};
use crate::words::error::{Error, Result};
use crate::words::name::ColumnName;

/// Say which line decided a column, and what will happen to it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The column, as in users.email or sales.orders.note
    #[arg(value_name = "TABLE.COLUMN")]
    column: String,
    #[command(flatten)]
    ends: Ends,
}

/// Reads the rules and the source's catalog; the target is not contacted, and no row is read.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let column = ColumnName::parse(&args.column).map_err(|reason| {
        let place = Place::Object(args.column.clone());
        let fault = Diagnostic::error("column-name", place, reason.to_string());
        Error::usage(
            fault.help("write table.column, or schema.table.column; a part with a dot goes into double quotes"),
        )
    })?;
    let mut rules = rules::read(&context.rules).map_err(Error::Usage)?;
    let to = open::target(&rules, &args.ends)?;
    let from = open::source(&rules, &args.ends, to)?;
    let variables = Variables::read(&context.rules).map_err(Error::Usage)?;
    rules.override_for(to, &variables).map_err(Error::Usage)?;
    let [from, to] = [from, to].map(|at| &rules.environments[at]);
    let (server, notes) = open::server(&rules, from, &variables).map_err(Error::Usage)?;
    context.screen.diagnostics(&notes);
    let (key, _) = open::key(to, &variables, false, Purpose::Show)?;
    let run = Run {
        application: format!("standin/{}", uuid::Uuid::new_v4()),
        time_zone: rules.time_zone.clone(),
        read_only: true,
    };
    let catalog = open::runtime()?.block_on(async {
        let stop = Stop::default();
        tokio::spawn(stop.clone().listen());
        stop.guard(async { ready::catalog(&Source::open(&server, &run, None).await?).await }).await
    })?;
    let (table, found) = find(&catalog, &column)?;
    let wanted = Wanted::default();
    let input = Input { rules: &rules, from, wanted: &wanted, to, source: &catalog, target: None, key: &key };
    let explained = explain::explain(&input, table, found);
    let said = match Plan::build(&input) {
        Ok(plan) => plan.warnings().to_vec(),
        Err(refusals) => refusals,
    };
    let said = about(said, &column, explained.action == "undecided");
    context.screen.text(&ui::explain::text(&column, found, &explained))?;
    context.screen.object(&ui::explain::json(&column, found, &explained, &said))?;
    // The command did what it was asked; that a refresh would be refused is news for people and in the object.
    context.screen.diagnostics(&said);
    Ok(())
}

fn find<'a>(catalog: &'a Catalog, name: &ColumnName) -> Result<(&'a Table, &'a Column)> {
    let unknown = |place: Place, message: String, known: Vec<String>, wanted: String| {
        let fault = Diagnostic::error("column-unknown", place, message);
        Error::refused(match nearest(&wanted, known.iter().map(String::as_str)) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault,
        })
    };
    let Some(table) = catalog.table(&name.table) else {
        let known = catalog.tables.iter().map(|table| table.name.to_string()).collect();
        let message = "the source has no such table".to_owned();
        return Err(unknown(Place::from(&name.table), message, known, name.table.to_string()));
    };
    let column = table.column(&name.column).ok_or_else(|| {
        let known = table.columns.iter().map(|column| column.name.to_string()).collect();
        let message = format!("{} has no such column", table.name);
        unknown(Place::from(name), message, known, name.column.to_string())
    })?;
    Ok((table, column))
}

/// What the plan says of this column, and of its table where nobody decides the table.
fn about(said: Vec<Diagnostic>, column: &ColumnName, undecided: bool) -> Vec<Diagnostic> {
    let names = [column.to_string(), column.table.to_string()];
    let wanted = if undecided { &names[..] } else { &names[..1] };
    let spoken = |one: &Diagnostic| one.place.object().is_some_and(|object| wanted.iter().any(|name| name == object));
    said.into_iter().filter(spoken).collect()
}
