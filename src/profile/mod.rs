//! Reads the statistics of a database, table by table, in one snapshot; what could point to somebody stays there.

mod hide;

use crate::pg::session::Source;
use crate::plan::profile::{FEW, LEAST, Scale, Survey, TableSurvey, ValueSurvey};
use crate::rules::seed::{Profile, ProfiledColumn, ProfiledReference, ProfiledTable, Seen};
use crate::synth::Histogram;
use crate::words::diagnostic::Place;
use crate::words::error::Result;
use crate::words::event::{Event, Observer};
use crate::words::name::TableName;
use std::sync::Arc;

/// Seconds from 1970 to 2000.
const EPOCH: f64 = 946_684_800.0;

/// The statistics of every table of the survey.
pub async fn measure(source: &Source, survey: &Survey, observer: &dyn Observer) -> Result<Profile> {
    let mut tables = Vec::new();
    for asked in &survey.tables {
        observer.on(Event::TableStarted { table: asked.table.clone(), rows: 0 });
        let started = std::time::Instant::now();
        // Its lock goes when it has been read.
        let table = source.passing(measured(source, asked)).await?;
        let (name, rows, seconds) = (asked.table.clone(), table.rows, started.elapsed().as_secs_f64());
        observer.on(Event::TableFinished { table: name, rows, bytes: 0, seconds });
        tables.push(table);
    }
    Ok(Profile { tables, place: Place::Run })
}

async fn measured(source: &Source, asked: &TableSurvey) -> Result<ProfiledTable> {
    let counts = source.statistics(&asked.counts, &asked.table).await?;
    let counted = |at: usize| counts.first().map_or(0, |row| row.get::<_, i64>(at).max(0) as u64);
    let rows = counted(0);
    let mut columns = Vec::new();
    for (at, column) in asked.columns.iter().enumerate() {
        let present = counted(at + 1);
        let values = match &column.values {
            Some(values) if present >= LEAST => seen(source, values, &asked.table).await?,
            _ => (None, None),
        };
        columns.push(ProfiledColumn {
            name: column.name.clone(),
            nulls: hide::share(rows - present.min(rows), rows),
            distinct: values.0,
            seen: values.1,
            place: Place::Run,
        });
    }
    let mut references = Vec::new();
    for reference in &asked.references {
        let steps = source.statistics(&reference.steps, &asked.table).await?;
        let Some(children) = histogram(&steps, Scale::Whole) else { continue };
        let (columns, to) = (reference.columns.clone(), reference.to.clone());
        references.push(ProfiledReference { columns, to, children, place: Place::Run });
    }
    Ok(ProfiledTable { name: asked.table.clone(), rows, columns, references, place: Place::Run })
}

/// How many distinct values a column has, and which, or in which steps they lie.
async fn seen(source: &Source, asked: &ValueSurvey, table: &TableName) -> Result<(Option<u64>, Option<Seen>)> {
    let one = source.statistics(&asked.distinct, table).await?;
    let distinct = one.first().map_or(0, |row| row.get::<_, i64>(0).max(0) as u64);
    if distinct <= FEW {
        let values = source.frequencies(&asked.values, table).await?;
        let values: Vec<(String, u64)> = values.into_iter().filter(|(value, _)| hide::is_plain(value)).collect();
        return Ok((Some(distinct), (!values.is_empty()).then_some(Seen::Values(values))));
    }
    let Some((sql, scale)) = &asked.steps else { return Ok((Some(distinct), None)) };
    let steps = histogram(&source.statistics(sql, table).await?, *scale);
    let of = if scale.is_time() { Seen::Moments } else { Seen::Numbers };
    Ok((Some(distinct), steps.map(of)))
}

fn histogram(rows: &[tokio_postgres::Row], scale: Scale) -> Option<Arc<Histogram>> {
    let number = |number: f64| if scale.is_time() { (number - EPOCH) * 1e6 } else { number };
    let raw = |row: &tokio_postgres::Row| {
        let count = |at| row.get::<_, i64>(at).max(0) as u64;
        let end = |at| row.get::<_, Option<f64>>(at).map(number);
        hide::Raw { from: end(0), to: end(1), rows: count(2), distinct: count(3) }
    };
    hide::steps(&rows.iter().map(raw).collect::<Vec<_>>(), scale)
}
