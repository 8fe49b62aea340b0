//! `tables:` and `empty:`.

use super::fault::{Faults, shown};
use super::keys::{Key, RETAIN, TABLE};
use super::masks::Known;
use super::node::{Entry, Node, Scalar};
use super::words::{Anchor, Nulls};
use super::{ColumnRule, Delete, Orphans, Retain, TablePattern, TableRule, glob, rows};
use crate::words::diagnostic::Spanned;
use crate::words::name::{ColumnName, Name, NameError, TableName};
use std::collections::HashMap;
use std::ops::Range;

/// Reads the rules of tables, with further keys beside their own.
pub fn tables(node: &Node, beside: &[&[Key]], known: &Known, faults: &mut Faults) -> Vec<TableRule> {
    let mut seen: HashMap<TableName, Range<usize>> = HashMap::new();
    let mut tables = Vec::new();
    for entry in faults.entries(node, "`tables`").unwrap_or_default() {
        let rule = table(entry, beside, known, faults);
        let Some(rule) = rule else { continue };
        let again = &rule.name.place.span;
        match seen.get(&rule.name.value) {
            Some(first) => faults.twice("duplicate-table", &format!("table {}", rule.name.value), first, again),
            None => {
                seen.insert(rule.name.value.clone(), again.clone());
            }
        }
        tables.push(rule);
    }
    tables
}

fn table(entry: &Entry, beside: &[&[Key]], known: &Known, faults: &mut Faults) -> Option<TableRule> {
    let name = faults.table(&entry.key);
    let fields =
        faults.fields(&entry.value, &format!("table {}", shown(&entry.key.text)), &[&[TABLE], beside].concat())?;
    let (keep, keep_rest) = fields.get("keep").map(|node| keep(node, faults)).unwrap_or_default();
    let mask = fields.get("mask").map(|node| masked(node, known, faults)).unwrap_or_default();
    let delete = fields.get("delete").and_then(|node| delete(node, faults));
    let retain = fields.get("retain").and_then(|node| retain(node, faults));
    let orphans = fields.get("orphans").map(|node| orphans(node, faults)).unwrap_or_default();
    let sample = fields.get("sample").and_then(|node| rows::sample(node, faults));
    let at_least = fields.get("expect").and_then(|node| rows::expect(node, faults));
    let exempt = fields.get("exempt").and_then(|node| rows::exempt(node, faults));
    let reason = fields.get("reason").and_then(|node| faults.text(node, "`reason`"));
    let keep_rest = keep_rest.map(|span| faults.place(&span));
    columns_once(&keep, &mask, faults);
    let mask = mask.into_iter().filter_map(|(column, rule)| Some((column, rule?))).collect();
    Some(TableRule { name: name?, keep, keep_rest, mask, delete, retain, orphans, sample, exempt, at_least, reason })
}

/// `keep:`, a list of columns or the word `rest`.
fn keep(node: &Node, faults: &mut Faults) -> (Vec<Spanned<Name>>, Option<Range<usize>>) {
    const WANTED: &str = "a list of columns, as in `[id, plan]`, or the word `rest`";
    match node {
        Node::Scalar(scalar) if scalar.text == "rest" => (Vec::new(), Some(scalar.span.clone())),
        Node::List(items, _) => (items.iter().filter_map(|item| faults.name_node(item, "a column")).collect(), None),
        Node::Scalar(scalar) if !scalar.is_null() => {
            let help = format!("it takes {WANTED}; one column: `[{}]`", scalar.text);
            faults.add("wrong-type", &scalar.span, format!("`keep` cannot be {}", shown(&scalar.text)), help);
            (Vec::new(), None)
        }
        other => {
            faults.wrong(other, "`keep`", WANTED);
            (Vec::new(), None)
        }
    }
}

/// The masked columns; without a rule where its line is at fault.
fn masked(node: &Node, known: &Known, faults: &mut Faults) -> Vec<(Spanned<Name>, Option<ColumnRule>)> {
    let entries = faults.entries(node, "`mask`").unwrap_or_default();
    let rule = |entry: &Entry, faults: &mut Faults| {
        let name = faults.name(&entry.key, "a column");
        let mask = known.mask(&entry.value, &[], faults);
        let place = faults.place(&(entry.key.span.start..entry.value.span().end));
        Some((name?, mask.map(|mask| ColumnRule { place, mask })))
    };
    entries.iter().filter_map(|entry| rule(entry, faults)).collect()
}

/// Reports columns that two lines decide.
fn columns_once(keep: &[Spanned<Name>], mask: &[(Spanned<Name>, Option<ColumnRule>)], faults: &mut Faults) {
    let mut seen: HashMap<&Name, &Range<usize>> = HashMap::new();
    let mut columns: Vec<_> = keep.iter().chain(mask.iter().map(|(name, _)| name)).collect();
    columns.sort_by_key(|column| column.place.span.start);
    for column in columns {
        match seen.get(&column.value) {
            Some(first) => {
                faults.twice("duplicate-column", &format!("column {}", column.value), first, &column.place.span);
            }
            None => {
                seen.insert(&column.value, &column.place.span);
            }
        }
    }
}

/// `delete:`, the word `all` or an SQL expression.
fn delete(node: &Node, faults: &mut Faults) -> Option<Spanned<Delete>> {
    const WANTED: &str = "the word `all`, or an SQL expression in quotes, as in \"status = 'spam'\"";
    let scalar = faults.scalar(node, "`delete`", WANTED)?;
    let expression = scalar.text.trim();
    let word = ["true", "false", "yes", "no", "on", "off", "none"].contains(&expression.to_lowercase().as_str());
    if expression.is_empty() || word || super::scalar::is_decimal(expression) {
        let message = format!("`delete` cannot be {}", shown(expression));
        faults.add("wrong-type", &scalar.span, message, format!("it takes {WANTED}"));
        return None;
    }
    let delete = if expression == "all" { Delete::All } else { Delete::Where(scalar.text.clone()) };
    Some(Spanned::new(delete, faults.place(&scalar.span)))
}

fn retain(node: &Node, faults: &mut Faults) -> Option<Spanned<Retain>> {
    let fields = faults.fields(node, "`retain`", &[RETAIN])?;
    let by = fields.get("by").and_then(|node| faults.name_node(node, "a column"));
    let last = fields.get("last").and_then(|node| faults.period(node, "`last`"));
    let nulls = fields.get("nulls").and_then(|node| faults.word(node, "`nulls`"));
    let anchor = fields.get("anchor").and_then(|node| faults.word(node, "`anchor`"));
    let retain = Retain {
        by: by?,
        last: last?,
        drop_nulls: nulls == Some(Nulls::Drop),
        from_newest: anchor == Some(Anchor::Newest),
    };
    Some(Spanned::new(retain, faults.place(&node.span())))
}

fn orphans(node: &Node, faults: &mut Faults) -> Orphans {
    let mut orphans = Orphans::default();
    let mut seen: HashMap<ColumnName, Range<usize>> = HashMap::new();
    for entry in faults.entries(node, "`orphans`").unwrap_or_default() {
        let what = format!("{} of `orphans`", shown(&entry.key.text));
        let orphan = faults.word(&entry.value, &what);
        if entry.key.text == "default" {
            orphans.default = orphan.map(|orphan| Spanned::new(orphan, faults.place(&entry.value.span())));
            continue;
        }
        let Some(column) = reference(&entry.key, faults) else { continue };
        if let Some(first) = seen.insert(column.value.clone(), column.place.span.clone()) {
            faults.twice("duplicate-key", &format!("reference {}", column.value), &first, &column.place.span);
        } else if let Some(orphan) = orphan {
            orphans.references.push((column, orphan));
        }
    }
    orphans
}

/// The referencing table and one of its columns.
fn reference(key: &Scalar, faults: &mut Faults) -> Option<Spanned<ColumnName>> {
    match ColumnName::parse(&key.text) {
        Ok(column) => Some(Spanned::new(column, faults.place(&key.span))),
        Err(_) => {
            let message = format!("{} is not a referencing column", shown(&key.text));
            let help = "write `default`, or the referencing table and its column: `invoices.payment_method_id`";
            faults.add("bad-name", &key.span, message, help);
            None
        }
    }
}

/// Reads `empty:`.
pub fn empty(node: &Node, faults: &mut Faults) -> Vec<TablePattern> {
    let mut patterns: Vec<TablePattern> = Vec::new();
    let mut seen = HashMap::new();
    for item in faults.items(node, "`empty`", "a list of tables, as in `[sessions, \"job_*\"]`").unwrap_or_default() {
        let Node::Scalar(scalar) = item else {
            faults.wrong(item, "a table of `empty`", "a name, as in `sessions`, `\"job_*\"` or `audit.log`");
            continue;
        };
        let Some((schema, table)) = faults.parts(scalar, "a table", two_parts) else { continue };
        let text = Spanned::new(scalar.text.clone(), faults.place(&scalar.span));
        let pattern = TablePattern { text, schema, table };
        if let Some(first) = seen.insert((pattern.schema.clone(), pattern.table.clone()), scalar.span.clone()) {
            faults.twice("duplicate-table", &shown(&scalar.text), &first, &scalar.span);
        }
        patterns.push(pattern);
    }
    patterns
}

fn two_parts(text: &str) -> Result<(String, String), NameError> {
    match <[String; 2]>::try_from(glob::split(text)?) {
        Ok([schema, table]) => Ok((schema, table)),
        Err(parts) => match <[String; 1]>::try_from(parts) {
            Ok([table]) => Ok(("public".to_owned(), table)),
            Err(_) => Err(NameError::Parts),
        },
    }
}
