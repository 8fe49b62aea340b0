//! `shuffle`: the source moves the values of a column one row on, in the order of a keyed hash of the primary key.
//!
//! One step of a secret cycle: every field leaves its row, and each row gets one back, whatever the type. The source sorts,
//! within its `work_mem` and on its disk; standin holds nothing, and a hot standby will do. What reaches standin is in the order of the
//! table again: in that of the cycle each row would stand beside the one whose value it has.

use super::bind::{Bindings, Bound};
use super::fit::Fitted;
use super::{Action, Check, ColumnPlan, Exempt, Rows};
use crate::catalog::{Column, Oid, Table};
use crate::mask::{Domains, MaskRef};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::{Name, literal};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// How the values of a column move.
#[derive(Debug, Clone, PartialEq)]
pub struct Shuffle {
    /// The mask's domain, for reports.
    pub domain: String,
    /// What rows are put in order by, in SQL; columns of `t`.
    order: String,
    /// How many rows there must be, if there are any.
    at_least: u64,
}

impl Shuffle {
    /// How the values of a column move; `None` where no primary key tells its rows apart.
    pub(super) fn new(table: &Table, column: &Column, mask: &MaskRef, domains: &Domains) -> Option<Self> {
        let key = table.unique_indexes.iter().find(|index| index.primary)?;
        let names: Option<Vec<String>> =
            key.columns.iter().map(|number| Some(format!("t.{}", table.by_number(*number)?.name.sql()))).collect();
        let group = match mask.args.text("group") {
            Some(group) => format!("group {group}"),
            None => format!("column {}", column.name),
        };
        // One way, and for this column alone: what a log of the source may show is neither the key nor of use elsewhere.
        let seed = domains.named(&format!("{}, shuffled {} {group}", table.name, mask.domain)).draw(b"seed");
        let seed = seed[..16].iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let text = format!("{} || ROW({})::pg_catalog.text", literal(&seed), names?.join(", "));
        Some(Shuffle {
            domain: mask.domain.clone(),
            order: format!("pg_catalog.sha256(pg_catalog.convert_to({text}, 'UTF8'))"),
            at_least: mask.args.integer("at_least").unwrap_or(5).unsigned_abs(),
        })
    }

    /// The value that a row gets, in SQL: that of the next one, and the last one that of the first. Exempt rows are apart.
    pub(super) fn moved(&self, value: &str, exempt: Option<&str>) -> String {
        let apart = exempt.map(|condition| format!("PARTITION BY {condition} ")).unwrap_or_default();
        let over = format!("OVER ({apart}ORDER BY {})", self.order);
        format!(
            "CASE WHEN pg_catalog.lead(true) {over} THEN pg_catalog.lead({value}) {over} \
             ELSE pg_catalog.first_value({value}) {over} END"
        )
    }
}

/// Refuses tables whose rows the run chooses one by one; asks of the others whether enough rows come.
pub fn check(
    tables: &[Table],
    (bindings, fitted): (&Bindings<'_>, &HashMap<Oid, Fitted>),
    (rows, exempted): (&BTreeMap<Oid, Rows>, &HashMap<Oid, Exempt>),
    found: &mut Vec<Diagnostic>,
) -> Vec<Check> {
    let mut checks = Vec::new();
    for table in tables {
        let (Some(bound), Some(fitted)) = (bindings.get(table.oid), fitted.get(&table.oid)) else { continue };
        for column in &fitted.columns {
            let Action::Shuffle(shuffle) = &column.action else { continue };
            let (with, joins, condition) = match rows.get(&table.oid) {
                None | Some(Rows::None(_)) => continue,
                Some(Rows::All) => ("", "", "true"),
                Some(Rows::Selected(selection)) => (&*selection.with, &*selection.joins, &*selection.condition),
                Some(Rows::Chosen(_)) => {
                    let message =
                        "its rows are chosen one by one, and `shuffle` would give them values of rows that do not come";
                    let help = "`resample: { by: … }` draws from the values that many rows have";
                    found.push(error("shuffle-chosen", bound, column, message.to_owned()).help(help));
                    continue;
                }
            };
            let least = shuffle.at_least;
            let masked =
                exempted.get(&table.oid).map_or_else(String::new, |exempt| format!(" AND NOT {}", exempt.condition));
            let sql = format!(
                "{with} SELECT CASE WHEN pg_catalog.count(*) BETWEEN 1 AND {} THEN 1 ELSE 0 END::pg_catalog.int8 FROM \
                 (SELECT 1 FROM ONLY {} AS t{joins} WHERE ({condition}){masked} LIMIT {least}) AS few",
                least - 1,
                table.name.sql()
            );
            let message =
                format!("fewer than {least} rows of {} come: it would be clear whose value moved where", table.name);
            let help = "use another mask, or say `at_least: 1`; a single row keeps its own value";
            checks.push(Check::new(sql, error("shuffle-few", bound, column, message).help(help)));
        }
    }
    checks
}

fn error(code: &'static str, bound: &Bound<'_>, column: &ColumnPlan, message: String) -> Diagnostic {
    let named = |name: &Name| bound.table.column(name);
    let place = match (named(&column.name), column.decided_by.place.file()) {
        (Some(column), Some(line)) => bound.place(column, line),
        (Some(column), None) => Place::Object(bound.object(column)),
        (None, _) => Place::from(&bound.table.name),
    };
    Diagnostic::error(code, place, message)
}
