//! `relations:` bound to the catalog: soft references in the form of foreign keys.

use super::drawn::equals;
use super::policy::Policies;
use crate::catalog::{BaseType, Column, ForeignKey, Oid, Table, TableKind, TypeKind};
use crate::plan::Check;
use crate::plan::bind::{unknown_column, unknown_table};
use crate::plan::expression::{Expression, Scope};
use crate::rules::{Relation, Through};
use crate::words::diagnostic::{Diagnostic, FilePlace, Place, Spanned};
use crate::words::name::{Name, literal};

/// A reference that only the rules know.
pub(super) struct Soft {
    /// The reference as a foreign key that nothing has validated; its oid is none of the catalog's.
    pub key: ForeignKey,
    /// It holds for rows `t` of the referencing table for which this is TRUE.
    pub when: Option<String>,
    /// What of a row `t` refers, if it is not the columns themselves.
    pub path: Option<String>,
    /// Per pair: how the two are compared where that is as texts.
    pub as_text: Vec<Option<Text>>,
}

/// How the texts of a key and of what refers to it are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// As they are.
    Same,
    /// Without case: to the key's type it is all the same.
    Caseless,
}

impl Text {
    fn of(key: &Column) -> Self {
        match key.ty.base_type() {
            Some(BaseType::Uuid | BaseType::Citext) => Text::Caseless,
            _ => Text::Same,
        }
    }

    /// The text of a value.
    pub fn sql(self, value: &str) -> String {
        match self {
            Text::Same => format!("({value})::pg_catalog.text"),
            Text::Caseless => format!("pg_catalog.lower(({value})::pg_catalog.text)"),
        }
    }
}

/// Binds every relation, or says why not.
pub(super) fn bind(policies: &Policies<'_>) -> Result<(Vec<Soft>, Vec<Check>), Vec<Diagnostic>> {
    let (mut bound, mut probes, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (at, relation) in policies.relations.iter().enumerate() {
        match soft(policies, relation, Oid::MAX - at as Oid, &mut probes) {
            Ok(soft) => bound.push(soft),
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() { Ok((bound, probes)) } else { Err(faults) }
}

fn soft(
    policies: &Policies<'_>,
    relation: &Relation,
    oid: Oid,
    probes: &mut Vec<Check>,
) -> Result<Soft, Vec<Diagnostic>> {
    let table = |name: &Spanned<crate::words::name::TableName>| {
        let known = policies.catalog.table(&name.value).filter(|table| table.kind != TableKind::MaterializedView);
        known.ok_or_else(|| unknown_table(policies.catalog, &name.value, &name.place))
    };
    let (from, to) = match (table(&relation.from), table(&relation.to)) {
        (Ok(from), Ok(to)) => (from, to),
        (from, to) => return Err([from.err(), to.err()].into_iter().flatten().collect()),
    };
    let mut faults = Vec::new();
    let (columns, path) = match &relation.through {
        Through::Columns(names) => (columns(from, names, &mut faults), None),
        Through::Path(name, keys) => {
            let column = columns(from, std::slice::from_ref(name), &mut faults);
            let json = |column: &&Column| matches!(column.ty.base_type(), Some(BaseType::Json | BaseType::Jsonb));
            if let Some(other) = column.iter().find(|column| !json(column)) {
                let place = Place::ObjectInFile(from.name.column(&other.name).to_string(), name.place.clone());
                let message = format!("a path leads into json or jsonb; the column is {}", other.type_sql);
                faults.push(Diagnostic::error("relation-type", place, message));
            }
            let keys: Vec<String> = keys.iter().map(|key| literal(key)).collect();
            let path = format!("(t.{} #>> ARRAY[{}]::pg_catalog.text[])", name.value.sql(), keys.join(", "));
            (column, Some(path))
        }
    };
    let referenced = self::columns(to, &relation.columns, &mut faults);
    faults.extend(columns.iter().zip(&referenced).filter_map(|(one, other)| list(from, one, other, &relation.place)));
    let mut when = None;
    if let Some(Spanned { value, place }) = &relation.when {
        let scope = Scope { catalog: policies.catalog, table: from, clock: &policies.clock, place };
        match Expression::parse(value, &scope) {
            Ok(expression) => {
                probes.extend(expression.probes(&super::removed::from(from), &scope));
                when = Some(expression.sql);
            }
            Err(more) => faults.extend(more),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let ends = columns.iter().zip(&referenced);
    let operators: Vec<Option<String>> = ends.map(|(from, to)| operator(from, to).filter(|_| path.is_none())).collect();
    let texts = operators.iter().zip(&referenced).map(|(operator, to)| operator.is_none().then(|| Text::of(to)));
    let as_text = texts.collect();
    let key = ForeignKey {
        oid,
        name: Name::from("relation"),
        table: from.oid,
        columns: columns.iter().map(|column| column.number).collect(),
        references: to.oid,
        referenced_columns: referenced.iter().map(|column| column.number).collect(),
        operators: operators.into_iter().map(Option::unwrap_or_default).collect(),
        match_full: false,
        deferrable: true,
        validated: false,
        not_null: path.is_none() && columns.iter().any(|column| column.not_null),
    };
    Ok(Soft { key, when, path, as_text })
}

fn columns<'t>(table: &'t Table, names: &[Spanned<Name>], faults: &mut Vec<Diagnostic>) -> Vec<&'t Column> {
    let mut columns = Vec::new();
    for name in names {
        match table.column(&name.value) {
            Some(column) => columns.push(column),
            None => {
                let known = table.columns.iter().map(|column| &column.name);
                faults.push(unknown_column(&table.name, name, known));
            }
        }
    }
    columns
}

/// A list refers by its elements, which nothing here follows.
fn list(table: &Table, from: &Column, to: &Column, place: &FilePlace) -> Option<Diagnostic> {
    let list = |column: &Column| matches!(column.ty.base().kind, TypeKind::Array(_));
    let place = Place::ObjectInFile(table.name.column(&from.name).to_string(), place.clone());
    let message = format!("a relation leads from one value to one row; the column is {}", from.type_sql);
    (list(from) && !list(to)).then(|| Diagnostic::error("relation-type", place, message))
}

/// The operator that compares the two as they are, if there is one.
fn operator(from: &Column, to: &Column) -> Option<String> {
    use BaseType::{Bool, Bytea, Macaddr, Oid, Time, Timestamp, Timestamptz, Uuid, Varchar};
    use BaseType::{
        Bpchar, Cidr, Citext, Date, Float4, Float8, Inet, Int2, Int4, Int8, Interval, Jsonb, Numeric, Text,
    };
    let family = |column: &Column| match column.ty.base_type() {
        Some(Int2 | Int4 | Int8 | Numeric) => Some(Numeric),
        Some(Float4 | Float8) => Some(Float8),
        Some(Varchar | Text) => Some(Text),
        Some(Inet | Cidr) => Some(Inet),
        same @ Some(Bool | Bpchar | Bytea | Citext | Date | Interval | Jsonb | Macaddr | Oid) => same,
        same @ Some(Time | Timestamp | Timestamptz | Uuid) => same,
        _ => None,
    };
    (family(from).is_some() && family(from) == family(to)).then(|| equals(to))
}
