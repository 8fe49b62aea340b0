//! The SELECT that reads a table, and where each field of the clone comes from.

use super::{Action, ColumnPlan, Rows, Selection, TablePlan};
use crate::pg::copy::Format;
use crate::pg::tid::Tid;
use crate::words::name::{Name, literal};
use std::fmt::Write as _;
use std::ops::Range;

/// What is read of a table, and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The expressions of the SELECT.
    pub select: Vec<String>,
    /// For each column of the clone, in its order, where its field comes from.
    pub fields: Vec<Origin>,
    /// Where it stands whether the row stays as it is, of tables that have such rows.
    pub exempt: Option<usize>,
    /// Where the row's id stands, of tables whose rows are chosen one by one.
    pub row_id: Option<usize>,
    /// True if the SELECT is nothing but columns of the table.
    plain: bool,
    /// True if the rows must be put back into the order of the table.
    sorted: bool,
}

/// Where a field of the clone comes from; numbers are places in the SELECT.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// As it was read.
    Read(usize),
    /// NULL.
    Null,
    /// The column's mask over the field that was read, drawn from another if the rule says `by:`.
    Masked {
        /// The value.
        value: usize,
        /// The `by:` value.
        by: Option<usize>,
    },
    /// Computed at the source; the second field says whether it equals the real value, which stays there.
    Computed {
        /// The result.
        value: usize,
        /// A boolean.
        unchanged: usize,
    },
}

impl TablePlan {
    /// What is read of this table.
    pub fn reading(&self) -> Reading {
        let (select, fields) = (Vec::new(), Vec::new());
        let mut reading =
            Reading { select, fields, exempt: None, row_id: None, plain: true, sorted: self.is_shuffled() };
        let exempt = self.exempt.as_ref().map(|exempt| exempt.condition.as_str());
        // Of columns that are not read, only the fields of exempt rows leave the source.
        let or_exempt = |name: &str, other: &str| {
            exempt.map(|condition| format!("CASE WHEN {condition} THEN {name} ELSE {other} END"))
        };
        for column in &self.columns {
            let name = self.expression(&column.name);
            let origin = match &column.action {
                Action::Keep => {
                    reading.plain &= name == plain(&column.name);
                    Origin::Read(reading.add(name))
                }
                Action::Erase => match or_exempt(&name, "NULL") {
                    Some(fields) => Origin::Read(reading.add(fields)),
                    None => Origin::Null,
                },
                Action::Constant(text) => {
                    reading.plain = false;
                    let constant = format!("{}::{}", literal(text), column.ty.name.sql());
                    Origin::Read(reading.add(or_exempt(&name, &constant).unwrap_or(constant)))
                }
                Action::Sql { expression, .. } => {
                    reading.plain = false;
                    let same = format!("({expression})::text IS NOT DISTINCT FROM {}::text", plain(&column.name));
                    let value = or_exempt(&name, expression).unwrap_or_else(|| expression.clone());
                    Origin::Computed { value: reading.add(value), unchanged: reading.add(same) }
                }
                Action::Shuffle(shuffle) => {
                    reading.plain = false;
                    let moved = shuffle.moved(&name, exempt);
                    let same = format!("({moved})::text IS NOT DISTINCT FROM {name}::text");
                    let value = or_exempt(&name, &moved).unwrap_or(moved);
                    Origin::Computed { value: reading.add(value), unchanged: reading.add(same) }
                }
                Action::Mask(_) => {
                    reading.plain &= name == plain(&column.name);
                    Origin::Masked { value: reading.add(name), by: None }
                }
            };
            reading.fields.push(origin);
        }
        self.add_by(&mut reading);
        if let Some(condition) = exempt {
            reading.plain = false;
            reading.exempt = Some(reading.add(condition.to_owned()));
        }
        if matches!(self.rows, Rows::Chosen(_)) {
            reading.plain = false;
            reading.row_id = Some(reading.add("t.ctid".to_owned()));
        }
        reading
    }

    /// True if values of the table change rows, so that one SELECT must read all of it.
    pub fn is_shuffled(&self) -> bool {
        self.columns.iter().any(|column| matches!(column.action, Action::Shuffle(_)))
    }

    /// True if real values of the column leave the source.
    pub fn reads(&self, column: &ColumnPlan) -> bool {
        self.exempt.is_some() || column.is_read()
    }

    /// Adds the columns that masks are drawn from, once each, after the others.
    fn add_by(&self, reading: &mut Reading) {
        for (at, column) in self.columns.iter().enumerate() {
            let Action::Mask(mask) = &column.action else { continue };
            let Some((_, name, _)) = &mask.by else { continue };
            let expression = plain(name);
            let place = reading.select.iter().position(|known| *known == expression).unwrap_or_else(|| {
                reading.plain = false;
                reading.add(expression)
            });
            if let Origin::Masked { by, .. } = &mut reading.fields[at] {
                *by = Some(place);
            }
        }
    }

    /// The column, or what a `set_null` puts in its place.
    fn expression(&self, name: &Name) -> String {
        let replaced = match &self.rows {
            Rows::Selected(selection) | Rows::Chosen(selection) => {
                selection.replaced.iter().find(|(column, _)| column == name)
            }
            _ => None,
        };
        replaced.map_or_else(|| plain(name), |(_, expression)| expression.clone())
    }

    /// The COPY that reads the table, or those of its pages.
    pub fn copy_out(&self, reading: &Reading, format: Format, pages: Option<Range<u32>>) -> String {
        let table = self.name.sql();
        let format = format.word();
        if let (true, Rows::All, None) = (reading.plain && !reading.select.is_empty(), &self.rows, &pages) {
            let columns: Vec<&str> = reading.select.iter().map(|column| column.trim_start_matches("t.")).collect();
            return format!("COPY {table} ({}) TO STDOUT (FORMAT {format})", columns.join(", "));
        }
        let (with, joins, mut conditions) = match &self.rows {
            Rows::Selected(selection) | Rows::Chosen(selection) => {
                (selection.with.as_str(), selection.joins.as_str(), vec![format!("({})", selection.condition)])
            }
            _ => ("", "", Vec::new()),
        };
        if let Some(pages) = pages {
            conditions.push(format!("t.ctid >= '({},0)'::pg_catalog.tid", pages.start));
            if pages.end < u32::MAX {
                conditions.push(format!("t.ctid < '({},0)'::pg_catalog.tid", pages.end));
            }
        }
        let condition =
            if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
        // In the order of a shuffle each row would stand beside the one whose value it has.
        let order = if reading.sorted { " ORDER BY t.ctid" } else { "" };
        format!(
            "COPY ({with} SELECT {} FROM ONLY {table} AS t{joins}{condition}{order}) TO STDOUT (FORMAT {format})",
            reading.select.join(", ")
        )
    }

    /// The COPY that reads some rows of the table by their ids.
    pub fn copy_out_rows(&self, reading: &Reading, format: Format, rows: &[Tid]) -> String {
        let (with, joins) = match &self.rows {
            Rows::Selected(selection) | Rows::Chosen(selection) => (selection.with.as_str(), selection.joins.as_str()),
            _ => ("", ""),
        };
        let mut ids = String::with_capacity(rows.len() * 16);
        for (at, Tid { block, offset }) in rows.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(ids, "{comma}\"({block},{offset})\"");
        }
        format!(
            "COPY ({with} SELECT {} FROM ONLY {} AS t{joins} WHERE t.ctid = ANY('{{{ids}}}'::pg_catalog.tid[])) \
             TO STDOUT (FORMAT {})",
            reading.select.join(", "),
            self.name.sql(),
            format.word()
        )
    }

    /// The SELECT that counts the rows that come; `None` where none does, or SQL alone cannot tell.
    pub fn count(&self) -> Option<String> {
        let (with, joins, condition) = match &self.rows {
            Rows::None(_) | Rows::Chosen(_) => return None,
            Rows::All => ("", "", "true"),
            Rows::Selected(Selection { with, joins, condition, .. }) => (&**with, &**joins, &**condition),
        };
        Some(format!("{with} SELECT pg_catalog.count(*) FROM ONLY {} AS t{joins} WHERE ({condition})", self.name.sql()))
    }

    /// The SELECT that counts those of the rows that stay as they are; `None` where the table has none, or SQL alone cannot tell.
    pub fn count_exempt(&self) -> Option<String> {
        let exempt = self.exempt.as_ref()?;
        Some(format!("{} AND {}", self.count()?, exempt.condition))
    }

    /// The SELECT that counts each value of a column, as text, among the rows that come; those of the fewest rows last.
    pub fn frequencies(&self, column: &Name, most: usize) -> Option<String> {
        let (with, joins, condition) = match &self.rows {
            Rows::None(_) => return None,
            Rows::All => ("", "", "true"),
            Rows::Selected(selection) | Rows::Chosen(selection) => {
                (&*selection.with, &*selection.joins, &*selection.condition)
            }
        };
        let (column, table) = (plain(column), self.name.sql());
        Some(format!(
            "{with} SELECT {column}::pg_catalog.text, pg_catalog.count(*) FROM ONLY {table} AS t{joins} \
             WHERE ({condition}) AND {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC LIMIT {most}"
        ))
    }

    /// The COPY that reads columns of the clone's table back.
    pub fn read_back(&self, columns: &[&Name], format: Format) -> String {
        let columns: Vec<String> = columns.iter().map(|column| plain(column)).collect();
        let (columns, table, format) = (columns.join(", "), self.name.sql(), format.word());
        format!("COPY (SELECT {columns} FROM ONLY {table} AS t{}) TO STDOUT (FORMAT {format})", self.own())
    }

    /// The SELECT that counts the rows of the clone's table.
    pub fn present(&self) -> String {
        format!("SELECT pg_catalog.count(*) FROM ONLY {} AS t{}", self.name.sql(), self.own())
    }

    /// Leaves out what came with an extension.
    fn own(&self) -> String {
        self.scope.as_ref().map_or_else(String::new, |scope| format!(" WHERE {scope}"))
    }

    /// The COPY that fills the clone's table.
    pub fn copy_in(&self, format: Format, freeze: bool) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| column.name.sql()).collect();
        let columns = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
        let freeze = if freeze { ", FREEZE" } else { "" };
        format!("COPY {}{columns} FROM STDIN (FORMAT {}{freeze})", self.name.sql(), format.word())
    }
}

impl Reading {
    fn add(&mut self, expression: String) -> usize {
        self.select.push(expression);
        self.select.len() - 1
    }
}

fn plain(name: &Name) -> String {
    format!("t.{}", name.sql())
}
