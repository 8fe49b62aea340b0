//! `seed: { profile: … }`: the file that `standin profile` wrote, and that people may have changed.

use super::keys::{PROFILE, PROFILED_COLUMN, PROFILED_REFERENCE, PROFILED_TABLE};
use super::values::instant;
use super::{Node, Seed};
use crate::rules::fault::Faults;
use crate::rules::node::{self, Entry};
use crate::rules::{file, scalar};
use crate::synth::{Histogram, Step};
use crate::words::diagnostic::{Diagnostic, Place, SourceFile};
use crate::words::name::{Name, TableName};
use std::path::Path;
use std::sync::Arc;

/// The most that is counted.
const MOST: i64 = 1_000_000_000_000_000;

/// The statistics of a database.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its tables.
    pub tables: Vec<ProfiledTable>,
    /// The file that says so.
    pub place: Place,
}

/// The statistics of a table.
#[derive(Debug, Clone)]
pub struct ProfiledTable {
    /// The table.
    pub name: TableName,
    /// How many rows it has.
    pub rows: u64,
    /// Its columns.
    pub columns: Vec<ProfiledColumn>,
    /// Its foreign keys.
    pub references: Vec<ProfiledReference>,
    /// The line that says so.
    pub place: Place,
}

/// The statistics of a column.
#[derive(Debug, Clone)]
pub struct ProfiledColumn {
    /// The column.
    pub name: Name,
    /// The share of NULL.
    pub nulls: f64,
    /// How many distinct values it has.
    pub distinct: Option<u64>,
    /// Which, or how they lie.
    pub seen: Option<Seen>,
    /// The line that says so.
    pub place: Place,
}

/// What is known of the values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// How many rows have each.
    Values(Vec<(String, u64)>),
    /// Numbers.
    Numbers(Arc<Histogram>),
    /// Moments, in microseconds since 2000-01-01.
    Moments(Arc<Histogram>),
}

/// The statistics of a foreign key.
#[derive(Debug, Clone)]
pub struct ProfiledReference {
    /// The referencing columns.
    pub columns: Vec<Name>,
    /// The referenced table.
    pub to: TableName,
    /// How many children its rows have.
    pub children: Arc<Histogram>,
    /// The line that says so.
    pub place: Place,
}

impl Profile {
    /// What it says of a table.
    pub fn table(&self, name: &TableName) -> Option<&ProfiledTable> {
        self.tables.iter().find(|table| table.name == *name)
    }
}

impl Seed {
    /// Reads the profile that `seed:` names, relative to the file that does; every fault of the profile comes together.
    pub fn profile(&self) -> Result<Option<Profile>, Vec<Diagnostic>> {
        let Some(path) = &self.profile else { return Ok(None) };
        let place = Place::File(path.place.clone());
        let at = Path::new(&path.place.file.path).parent().unwrap_or(Path::new("")).join(&path.value);
        let text = file::contents(&at, &file::PROFILE).map_err(|mut fault| {
            if fault.place.file().is_none() {
                fault.place = place.clone();
            }
            vec![fault]
        })?;
        let file = Arc::new(SourceFile { path: at.display().to_string(), text });
        let mut faults = Faults::new(file.clone());
        let tables = node::tree(&file.text, &mut faults).and_then(|root| tables(&root, &mut faults));
        match tables {
            Some(tables) if !faults.any() => Ok(Some(Profile { tables, place })),
            _ => Err(faults.finish()),
        }
    }
}

fn tables(root: &Node, faults: &mut Faults) -> Option<Vec<ProfiledTable>> {
    let fields = faults.fields(root, "the profile", &[PROFILE])?;
    fields.get("version").and_then(|node| faults.integer(node, "`version`", 1..=1));
    let entries = faults.entries(fields.get("tables")?, "`tables`")?;
    Some(entries.iter().filter_map(|entry| table(entry, faults)).collect())
}

fn table(entry: &Entry, faults: &mut Faults) -> Option<ProfiledTable> {
    let name = faults.table(&entry.key);
    let fields = faults.fields(&entry.value, "the table of a profile", &[PROFILED_TABLE])?;
    let rows = faults.integer(fields.get("rows")?, "`rows`", 0..=MOST)?;
    let columns = fields.get("columns").and_then(|node| faults.entries(node, "`columns`")).unwrap_or_default();
    let references = fields.get("references").and_then(|node| faults.items(node, "`references`", "a list"));
    let name = name?;
    Some(ProfiledTable {
        rows: rows as u64,
        columns: columns.iter().filter_map(|entry| column(entry, &name.value, faults)).collect(),
        references: references.unwrap_or_default().iter().filter_map(|node| reference(node, faults)).collect(),
        place: Place::ObjectInFile(name.value.to_string(), name.place),
        name: name.value,
    })
}

fn column(entry: &Entry, table: &TableName, faults: &mut Faults) -> Option<ProfiledColumn> {
    let name = faults.name(&entry.key, "a column");
    let fields = faults.fields(&entry.value, "the column of a profile", &[PROFILED_COLUMN])?;
    if let (Some(_), Some(steps)) = (fields.get("values"), fields.entry("steps")) {
        faults.add("conflict", &steps.key.span, "`values` and `steps` stand together", "keep one of the two");
    }
    let nulls = fields.get("nulls").map_or(Some(0.0), |node| {
        faults.read(node, "`nulls`", "a share from 0% to 100%, as in 20%", |scalar| scalar::percent(&scalar.text))
    });
    let distinct = fields.get("distinct").map(|node| faults.integer(node, "`distinct`", 0..=MOST));
    let values = fields.get("values").and_then(|node| values(node, faults)).map(Seen::Values);
    let steps = fields.get("steps").and_then(|node| steps(node, "`steps`", faults));
    let name = name?;
    Some(ProfiledColumn {
        nulls: nulls?,
        distinct: distinct.flatten().map(|distinct| distinct as u64),
        seen: values.or(steps),
        place: Place::ObjectInFile(table.column(&name.value).to_string(), name.place),
        name: name.value,
    })
}

fn values(node: &Node, faults: &mut Faults) -> Option<Vec<(String, u64)>> {
    const WANTED: &str = "values and how many rows have each, as in `[[paid, 120], [open, 30]]`";
    let items = faults.items(node, "`values`", WANTED)?;
    let value = |item: &Node| {
        let Node::List(pair, _) = item else { return None };
        let [value, rows] = &pair[..] else { return None };
        Some((value.scalar()?.text.clone(), count(&rows.scalar()?.text)?))
    };
    let values: Option<Vec<_>> = items.iter().map(value).collect();
    let values = values.filter(|values| !values.is_empty());
    if values.is_none() {
        faults.add("wrong-type", &node.span(), "`values` has one that is none", format!("it takes {WANTED}"));
    }
    values
}

fn reference(node: &Node, faults: &mut Faults) -> Option<ProfiledReference> {
    let fields = faults.fields(node, "the foreign key of a profile", &[PROFILED_REFERENCE])?;
    let columns = faults.items(fields.get("columns")?, "`columns`", "a list of columns, as in `[user_id]`")?;
    let columns: Vec<_> = columns.iter().filter_map(|node| faults.name_node(node, "a column")).collect();
    let to = faults.scalar(fields.get("to")?, "`to`", "the name of a table")?;
    let to = faults.table(to)?;
    let children = steps(fields.get("children")?, "`children`", faults)?;
    let Seen::Numbers(children) = children else {
        faults.add("wrong-type", &node.span(), "`children` are no numbers", "count them");
        return None;
    };
    let columns = columns.into_iter().map(|name| name.value).collect();
    Some(ProfiledReference { columns, to: to.value, children, place: Place::File(faults.place(&node.span())) })
}

/// Steps of numbers, or of moments.
fn steps(node: &Node, what: &str, faults: &mut Faults) -> Option<Seen> {
    const WANTED: &str = "steps of four numbers: from, to, rows, distinct values; two dates may begin each";
    let items = faults.items(node, what, WANTED)?;
    let (mut steps, mut moments) = (Vec::new(), 0);
    for item in items {
        let Some((step, is_moment)) = step(item) else {
            faults.add(
                "wrong-type",
                &item.span(),
                format!("{what} has a step that is none"),
                format!("it takes {WANTED}"),
            );
            return None;
        };
        moments += usize::from(is_moment);
        steps.push(step);
    }
    let known = Histogram::new(steps).filter(|_| moments == 0 || moments == items.len()).map(Arc::new);
    if known.is_none() {
        let help = "each begins where the one before it ends, or later, and has as many rows as values, or more";
        faults.add("wrong-type", &node.span(), format!("{what} do not follow each other"), help);
    }
    known.map(|known| if moments > 0 { Seen::Moments(known) } else { Seen::Numbers(known) })
}

/// How many, at least one.
fn count(text: &str) -> Option<u64> {
    scalar::integer(text).filter(|count| (1..=MOST).contains(count)).map(|count| count as u64)
}

/// One step, and whether it is one of moments.
fn step(node: &Node) -> Option<(Step, bool)> {
    let Node::List(items, _) = node else { return None };
    let texts: Option<Vec<&str>> = items.iter().map(|item| Some(item.scalar()?.text.as_str())).collect();
    let [from, to, rows, distinct] = texts?[..] else { return None };
    let number = |text: &str| text.parse().ok().filter(|_| scalar::is_decimal(text)).filter(|n: &f64| n.abs() <= 1e15);
    let moment = |text: &str| instant(text).map(|moment| moment as f64);
    let (rows, distinct) = (count(rows)?, count(distinct)?);
    match (number(from), number(to)) {
        (Some(from), Some(to)) => Some((Step { from, to, rows, distinct }, false)),
        _ => Some((Step { from: moment(from)?, to: moment(to)?, rows, distinct }, true)),
    }
}
