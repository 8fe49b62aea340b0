//! Counts the values of the columns whose masks draw from them, before anything is written.

use crate::mask::resample::MOST;
use crate::pg::session::Source;
use crate::plan::{Action, ColumnPlan, MaskUse, Plan, TablePlan};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::Error;

/// Hands each such mask its column's values; every column that has too many, or none that enough rows have, refuses.
pub async fn count(plan: &Plan, source: &Source) -> Result<(), Error> {
    let mut refusals = Vec::new();
    for table in plan.tables() {
        for column in &table.columns {
            let Action::Mask(mask) = &column.action else { continue };
            let Some(frequencies) = &mask.frequencies else { continue };
            let Some(sql) = table.frequencies(&column.name, MOST + 1) else { continue };
            let values = source.frequencies(&sql, &table.name).await?;
            match drawn(values, mask) {
                Ok(values) => frequencies.fill(values),
                Err((what, help)) => refusals.push(refusal(table, column, &what, help)),
            }
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
}

/// The values that may be drawn, or why there are none, and what helps.
fn drawn(values: Vec<(String, u64)>, mask: &MaskUse) -> Result<Vec<(String, u64)>, (String, &'static str)> {
    if values.len() > MOST {
        let help = "`resample` is for columns of few values: use another mask";
        return Err((format!("it has more than {MOST} distinct values"), help));
    }
    let least = mask.rule.args.integer("at_least").unwrap_or(5);
    let (distinct, empty) = (values.len(), values.is_empty());
    let common: Vec<_> = values.into_iter().filter(|(_, rows)| *rows >= least.unsigned_abs()).collect();
    if common.is_empty() && !empty {
        let help = "use another mask; `at_least: 1` draws rare values too, which may point to somebody";
        return Err((format!("of its {distinct} values none is that of {least} rows"), help));
    }
    Ok(common)
}

fn refusal(table: &TablePlan, column: &ColumnPlan, what: &str, help: &str) -> Diagnostic {
    let object = table.name.column(&column.name).to_string();
    let place = match column.decided_by.place.file() {
        Some(line) => Place::ObjectInFile(object, line.clone()),
        None => Place::Object(object),
    };
    Diagnostic::error("resample", place, format!("{what}: `resample` has nothing to draw from")).help(help)
}
