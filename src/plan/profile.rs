//! Which statistics of a database are read, and how: values of columns that the rules keep, of all others the share of NULL.

use super::bind::{Bindings, Fate};
use super::columns::{self, Verdicts, What};
use super::{Input, migrations, references, rights};
use crate::catalog::{Column, ForeignKey, Table, TableKind};
use crate::mask::Family;
use crate::words::diagnostic::{Diagnostic, Severity};
use crate::words::name::{Name, TableName};

/// A value that fewer rows have points to somebody: it is not shown.
pub const LEAST: u64 = 10;
/// A column of more values than these has steps instead of values.
pub const FEW: u64 = 100;
/// Where the steps of a histogram end, as shares of all rows: narrower towards both ends, where few rows are far apart.
const LEVELS: [f64; 46] = [
    0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.225, 0.25, 0.275, 0.3, 0.325, 0.35,
    0.375, 0.4, 0.425, 0.45, 0.475, 0.5, 0.525, 0.55, 0.575, 0.6, 0.625, 0.65, 0.675, 0.7, 0.725, 0.75, 0.775, 0.8,
    0.825, 0.85, 0.875, 0.9, 0.925, 0.95, 0.975, 0.99, 0.995, 0.999,
];

/// What is asked of the tables of a database; made by [`Survey::of`] alone.
pub struct Survey {
    /// The tables, by name.
    pub(crate) tables: Vec<TableSurvey>,
}

/// What is asked of a table.
pub struct TableSurvey {
    /// The table.
    pub table: TableName,
    /// One row: how many rows there are, and how many of them have a value in each of the columns.
    pub counts: String,
    /// Its columns.
    pub columns: Vec<ColumnSurvey>,
    /// Its foreign keys.
    pub references: Vec<ReferenceSurvey>,
}

/// What is asked of a column beside its share of NULL.
pub struct ColumnSurvey {
    /// The column.
    pub name: Name,
    /// Its values, if the rules keep them and somebody can make use of them.
    pub values: Option<ValueSurvey>,
}

/// What is asked of the values of a column.
pub struct ValueSurvey {
    /// One bigint: how many distinct values.
    pub distinct: String,
    /// Each value as text and how many rows have it, those of fewer than [`LEAST`] left out.
    pub values: String,
    /// The steps of its histogram, of numbers and moments.
    pub steps: Option<(String, Scale)>,
}

/// What is asked of a foreign key.
pub struct ReferenceSurvey {
    /// The referencing columns, in the key's order.
    pub columns: Vec<Name>,
    /// The referenced table.
    pub to: TableName,
    /// The steps of the histogram of how many children each parent has.
    pub steps: String,
}

/// What the numbers of a histogram are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Whole numbers.
    Whole,
    /// Numbers with digits behind the point.
    Decimal,
    /// Seconds since 1970, at midnight.
    Day,
    /// Seconds since 1970.
    Moment,
}

impl Scale {
    /// Are they moments.
    pub fn is_time(self) -> bool {
        matches!(self, Scale::Day | Scale::Moment)
    }
}

impl Survey {
    /// What is asked of every table that `seed-dev` could fill, or what the reader may not read.
    pub fn of(input: &Input<'_>) -> Result<Survey, Vec<Diagnostic>> {
        // What a refresh would refuse is no fault here: what no rule keeps is not shown.
        let bindings = Bindings::bind(input, &mut Vec::new());
        let verdicts = columns::decide(input, &bindings, &references::references(input), &mut Vec::new());
        let mut found = Vec::new();
        rights::source(input, &bindings, &mut found);
        found.retain(|one| one.severity == Severity::Error);
        if !found.is_empty() {
            return Err(found);
        }
        let is_table = |table: &&Table| {
            matches!(table.kind, TableKind::Plain | TableKind::Partitioned)
                && !table.partition
                && table.extension.is_none()
                && migrations::tool(table).is_none()
        };
        let comes = |table: &&Table| {
            let skipped = bindings.get(table.oid).is_some_and(|bound| matches!(bound.fate, Fate::Skipped(_)));
            table.selectable && !table.row_security_active && !skipped
        };
        let tables = input.source.tables.iter().filter(is_table).filter(comes);
        Ok(Survey { tables: tables.map(|table| survey(input, table, &verdicts)).collect() })
    }
}

fn survey(input: &Input<'_>, table: &Table, verdicts: &Verdicts) -> TableSurvey {
    let keys: Vec<&ForeignKey> = input.source.foreign_keys.iter().filter(|key| key.table == table.oid).collect();
    let refers = |column: &Column| keys.iter().any(|key| key.columns.contains(&column.number));
    let kept = |column: &Column| {
        let verdict = verdicts.get(table.oid, column.number);
        verdict.is_some_and(|verdict| verdict.what == What::Keep) && !refers(column) && !is_key(table, column)
    };
    let columns: Vec<ColumnSurvey> = table
        .stored_columns()
        .map(|column| ColumnSurvey {
            name: column.name.clone(),
            values: kept(column).then(|| values(table, column)).flatten(),
        })
        .collect();
    let counts: String = columns.iter().map(|column| format!(", count(t.{})", column.name.sql())).collect();
    TableSurvey {
        counts: format!("SELECT count(*){counts} FROM {}", from(table)),
        references: keys.iter().filter_map(|key| reference(input, table, key)).collect(),
        columns,
        table: table.name.clone(),
    }
}

/// Is the column unique by itself: its values are made in turn.
fn is_key(table: &Table, column: &Column) -> bool {
    table.unique_indexes.iter().any(|index| {
        !index.exclusion && !index.has_expressions && index.predicate.is_none() && index.columns == [column.number]
    })
}

fn from(table: &Table) -> String {
    let only = if table.kind == TableKind::Plain { "ONLY " } else { "" };
    format!("{only}{} AS t", table.name.sql())
}

fn values(table: &Table, column: &Column) -> Option<ValueSurvey> {
    use Family::{Boolean, Date, Decimal, Enum, Float, Integer, Interval, Mac, Network, Text, Time, Timestamp, Uuid};
    let (name, from) = (format!("t.{}", column.name.sql()), from(table));
    // Beyond these nothing is known that could be made: of numbers as many digits as are exact, of moments four of the year.
    let number = |exact: &str| {
        let within = format!("{exact} BETWEEN -1000000000000000 AND 1000000000000000");
        format!("CASE WHEN {within} THEN ({exact})::pg_catalog.float8 END")
    };
    let moment = format!(
        "CASE WHEN {name} BETWEEN '0001-01-01' AND '9999-12-31' THEN EXTRACT(epoch FROM {name})::pg_catalog.float8 END"
    );
    let steps = match Family::of(&column.ty)? {
        Integer => Some((number(&name), Scale::Whole)),
        Float => Some((number(&name), Scale::Decimal)),
        Decimal => Some((number(&format!("{name}::pg_catalog.numeric")), Scale::Decimal)),
        Date => Some((moment, Scale::Day)),
        Timestamp => Some((moment, Scale::Moment)),
        Text | Boolean | Time | Interval | Uuid | Network | Mac | Enum => None,
        _ => return None,
    };
    let grouped = |value: &str| format!("SELECT {value} AS v, count(*) AS c FROM {from} GROUP BY 1");
    Some(ValueSurvey {
        distinct: format!("SELECT count(*) FROM (SELECT FROM {from} WHERE {name} IS NOT NULL GROUP BY {name}) AS d"),
        values: format!(
            "SELECT v, c FROM ({}) AS g WHERE v IS NOT NULL AND c >= {LEAST} ORDER BY c DESC, v COLLATE \"C\"",
            grouped(&format!("{name}::pg_catalog.text"))
        ),
        steps: steps.map(|(value, scale)| (self::steps(&grouped(&value)), scale)),
    })
}

/// How many children each parent has, those without one among them.
fn reference(input: &Input<'_>, table: &Table, key: &ForeignKey) -> Option<ReferenceSurvey> {
    let parent = input.source.by_oid(key.references).filter(|parent| parent.selectable)?;
    let columns: Option<Vec<Name>> =
        key.columns.iter().map(|number| Some(table.by_number(*number)?.name.clone())).collect();
    let columns = columns?;
    let names: Vec<String> = columns.iter().map(|name| format!("t.{}", name.sql())).collect();
    let some: Vec<String> = names.iter().map(|name| format!("{name} IS NOT NULL")).collect();
    let children =
        format!("SELECT count(*) AS n FROM {} WHERE {} GROUP BY {}", from(table), some.join(" AND "), names.join(", "));
    let grouped = format!(
        "WITH f AS MATERIALIZED ({children}) SELECT n::pg_catalog.float8 AS v, count(*) AS c FROM f GROUP BY n \
         UNION ALL SELECT 0, (SELECT count(*) FROM {}) - (SELECT count(*) FROM f)",
        self::from(parent)
    );
    Some(ReferenceSurvey { columns, to: parent.name.clone(), steps: steps(&grouped) })
}

/// The steps of values and how many rows have each: least and greatest value of a step, without those of the outermost rows,
/// its rows, its values. Steps of less than [`LEAST`] rows are among them.
fn steps(grouped: &str) -> String {
    let levels: Vec<String> = LEVELS.iter().map(f64::to_string).collect();
    format!(
        "WITH g AS ({grouped}), \
         w AS (SELECT v, c, sum(c) OVER (ORDER BY v) AS upto, sum(c) OVER () AS n FROM g WHERE v IS NOT NULL AND c > 0) \
         SELECT min(v) FILTER (WHERE upto >= {LEAST}), max(v) FILTER (WHERE n - upto + c >= {LEAST}), \
         sum(c)::pg_catalog.int8, count(*) FROM w \
         GROUP BY width_bucket(((upto - c / 2.0) / n)::pg_catalog.float8, ARRAY[{}]::pg_catalog.float8[]) ORDER BY min(v)",
        levels.join(", ")
    )
}
