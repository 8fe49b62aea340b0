//! `baseline:` of an environment.

use super::fault::{Faults, shown};
use super::glob;
use super::keys::{BASELINE, SHIFT_DATES};
use super::node::{Node, Scalar};
use super::words::ShiftAnchor;
use super::{ColumnPattern, ShiftDates};
use crate::words::diagnostic::Spanned;

/// Reads what happens to a baseline's copy; its one key is `shift_dates`.
pub fn shift_dates(node: &Node, faults: &mut Faults) -> Option<ShiftDates> {
    let fields = faults.fields(node, "`baseline`", &[BASELINE])?;
    let shift = fields.get("shift_dates")?;
    let place = faults.place(&shift.span());
    let fields = faults.fields(shift, "`shift_dates`", &[SHIFT_DATES])?;
    if let Some(node) = fields.get("anchor") {
        faults.word::<ShiftAnchor>(node, "`anchor`");
    }
    let node = fields.get("columns")?;
    let items = faults.items(node, "`columns`", "a list of columns, as in `[\"*.created_at\"]`")?;
    if items.is_empty() {
        faults.add("wrong-type", &node.span(), "`columns` names no column", "for example `[\"*.created_at\"]`");
    }
    let mut columns = Vec::new();
    for item in items {
        let Some(scalar) = faults.scalar(item, "a column", "a pattern, as in `\"*.created_at\"`") else { continue };
        let Some(parts) = parts(scalar, faults) else { continue };
        columns.push(ColumnPattern { text: Spanned::new(scalar.text.clone(), faults.place(&scalar.span)), parts });
    }
    Some(ShiftDates { columns, place })
}

/// The parts of a pattern of columns.
pub fn parts(scalar: &Scalar, faults: &mut Faults) -> Option<Vec<String>> {
    let parts = faults.parts(scalar, "a pattern", glob::split)?;
    if matches!(parts.len(), 2 | 3) {
        return Some(parts);
    }
    let help = "a pattern is `table.column` or `schema.table.column`, as in `*.email`";
    faults.add("bad-name", &scalar.span, format!("{} is not a pattern of columns", shown(&scalar.text)), help);
    None
}
