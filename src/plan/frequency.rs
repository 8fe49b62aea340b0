//! What few values give away: a mask that gives equal values equal outputs keeps how common each is.

use super::bind::Bound;
use super::columns::{Verdicts, What};
use super::fit::Fitted;
use super::{Action, MaskUse};
use crate::catalog::{Column, TypeKind};
use crate::mask::resample;
use crate::words::diagnostic::{Diagnostic, Place};

/// Columns of more distinct values tell little by how common each is.
const FEW: f64 = 100.0;

/// How many rows each value has on the average for its frequency to tell something.
const COMMON: f64 = 10.0;

/// Warns of masks that keep the frequencies of a column of few values, as the planner's statistics have them.
pub fn check(bound: &Bound<'_>, verdicts: &Verdicts, fitted: &Fitted, found: &mut Vec<Diagnostic>) {
    let table = bound.table;
    for plan in &fitted.columns {
        let (Action::Mask(mask), Some(column)) = (&plan.action, table.by_number(plan.number)) else { continue };
        let Some(verdict) = verdicts.get(table.oid, plan.number).filter(|verdict| !verdict.follows()) else { continue };
        let (values, rows) = (column.distinct, table.estimated_rows);
        let few = values > 1.0 && values <= FEW && rows >= values * COMMON;
        if !few || !keeps_frequencies(mask, column) || !matches!(verdict.what, What::Mask(_)) {
            continue;
        }
        let place = match verdict.decision.place.file() {
            Some(line) => bound.place(column, line),
            None => Place::Object(bound.object(column)),
        };
        let message = format!(
            "`{}` gives equal values equal outputs, and this column has about {values:.0} values in {rows:.0} rows: \
             how common each is tells which is which",
            mask.rule.domain
        );
        let resample = match resample::called_like(column.name.as_str()) {
            None => "`resample: { by: id }` draws each row anew from the same values; or ",
            Some(_) => "",
        };
        let help = format!("{resample}`by:` a column that differs from row to row, or `erase`");
        found.push(Diagnostic::warning("frequencies", place, message).help(help));
    }
}

/// True if one value always becomes one other, so that both are equally common.
fn keeps_frequencies(mask: &MaskUse, column: &Column) -> bool {
    let plain = matches!(column.ty.base().kind, TypeKind::Base(_) | TypeKind::Enum(_));
    let spec = mask.rule.spec;
    plain && mask.by.is_none() && spec.keyed && spec.name != "json" && spec.name != "redact"
}
