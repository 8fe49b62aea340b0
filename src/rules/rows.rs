//! `sample:`, `exempt:`, `expect:`, `subset:`, `relations:`, `forget:`: which rows come, beyond a table's own age and condition.

use super::decode::Fields;
use super::fault::{Faults, shown};
use super::keys::{CHILDREN, EXEMPT, EXPECT, FORGET, FROM, RELATION, ROOT, SAMPLE, SUBSET, TO};
use super::node::{Entry, Node};
use super::scalar;
use super::words::{ChildrenWord, Unreached};
use crate::words::diagnostic::{FilePlace, Spanned};
use crate::words::name::{ColumnName, Name, TableName};
use std::collections::HashMap;

/// How much of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// A share, 0 to 1, of its rows.
    Share(f64),
    /// So many rows.
    Rows(u64),
}

/// `sample:` of a table: rows that come, of those that its other policies leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// How much.
    pub amount: Amount,
    /// The column whose value is drawn instead of the row's key: rows of one value come together.
    pub by: Option<Spanned<Name>>,
    /// The column whose draw it shares, so that both samples agree.
    pub like: Option<Spanned<ColumnName>>,
    /// The newest rows by this column, instead of a draw.
    pub newest_by: Option<Spanned<Name>>,
}

/// `exempt:` of a table: rows that stay as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Exempt {
    /// Those for which this SQL expression is TRUE.
    pub condition: Spanned<String>,
    /// Why.
    pub reason: String,
}

/// `subset:`.
#[derive(Debug, Clone)]
pub struct Subset {
    /// Where it begins.
    pub roots: Vec<Root>,
    /// Which children follow, by table or reference, as written.
    pub children: Vec<(Spanned<String>, Children)>,
    /// `unreached: empty`: tables that no root reaches hold nothing but what is required.
    pub unreached_empty: bool,
}

/// One root of a subset: the rows of a table that satisfy all that is said.
#[derive(Debug, Clone)]
pub struct Root {
    /// The table.
    pub table: Spanned<TableName>,
    /// A condition.
    pub condition: Option<Spanned<String>>,
    /// How many of those rows, by a keyed draw.
    pub amount: Option<Amount>,
}

/// Which rows follow the row that they refer to.
#[derive(Debug, Clone, PartialEq)]
pub enum Children {
    /// None for this reason: they come where something else brings them.
    None,
    /// The newest of each parent, and no other.
    Newest {
        /// At most so many.
        most: u64,
        /// By this column.
        newest_by: Spanned<Name>,
    },
}

/// A reference that the catalog does not know.
#[derive(Debug, Clone)]
pub struct Relation {
    /// Where it stands.
    pub place: FilePlace,
    /// The referencing table.
    pub from: Spanned<TableName>,
    /// What refers.
    pub through: Through,
    /// The referenced table.
    pub to: Spanned<TableName>,
    /// Its columns, in the same order.
    pub columns: Vec<Spanned<Name>>,
    /// It holds for rows of the referencing table for which this is TRUE.
    pub when: Option<Spanned<String>>,
}

/// What of a row refers to another.
#[derive(Debug, Clone)]
pub enum Through {
    /// Columns.
    Columns(Vec<Spanned<Name>>),
    /// A value inside a JSON column: the column, then the keys.
    Path(Spanned<Name>, Vec<String>),
}

/// `forget:`: a file of subjects that a clone must not hold.
#[derive(Debug, Clone)]
pub struct Forget {
    /// The table of the subjects.
    pub table: Spanned<TableName>,
    /// The file: one key a line.
    pub file: Spanned<String>,
}

const AMOUNT: &str = "a share as in 5%, or a number of rows";

/// Reads `sample:` of a table.
pub fn sample(node: &Node, faults: &mut Faults) -> Option<Spanned<Sample>> {
    let place = faults.place(&node.span());
    if let Node::Scalar(_) = node {
        let amount = Amount::Share(share(node, "`sample`", faults)?);
        return Some(Spanned::new(Sample { amount, by: None, like: None, newest_by: None }, place));
    }
    let fields = faults.fields(node, "`sample`", &[SAMPLE])?;
    let amount = amount(&fields, "of", "`sample`", faults);
    let by = fields.get("by").and_then(|node| faults.name_node(node, "a column"));
    let like = fields.get("as").and_then(|node| column(node, faults));
    let newest_by = fields.get("newest_by").and_then(|node| faults.name_node(node, "a column"));
    let refused = match (&by, &like, &newest_by, amount) {
        (_, _, Some(_), Some(Amount::Share(_))) => Some(("newest_by", "`newest_by` goes with `rows`, not with `of`")),
        (Some(_), _, Some(_), _) => Some(("by", "`by` and `newest_by` stand together")),
        (Some(_), _, _, Some(Amount::Rows(_))) => Some(("by", "`by` goes with `of`, not with `rows`")),
        (None, Some(_), ..) => Some(("as", "`as` says what `by` stands for, and there is no `by`")),
        _ => None,
    };
    if let Some((key, message)) = refused {
        let span = fields.entry(key).map_or(node.span(), |entry| entry.key.span.clone());
        faults.add(
            "conflict",
            &span,
            message,
            "as in `{ of: 2%, by: account_id, as: accounts.id }` or `{ rows: 1000, newest_by: created_at }`",
        );
        return None;
    }
    Some(Spanned::new(Sample { amount: amount?, by, like, newest_by }, place))
}

/// Reads `exempt:` of a table.
pub fn exempt(node: &Node, faults: &mut Faults) -> Option<Exempt> {
    let fields = faults.fields(node, "`exempt`", &[EXEMPT])?;
    let condition = fields.get("where").and_then(|node| condition(node, "`where`", faults));
    let reason = faults.scalar(fields.get("reason")?, "`reason`", "a sentence, as in \"staff test accounts\"")?;
    if reason.text.trim().is_empty() {
        faults.add("wrong-type", &reason.span, "`reason` is empty", "say why these rows may stay as they are");
        return None;
    }
    Some(Exempt { condition: condition?, reason: reason.text.trim().to_owned() })
}

/// Reads `expect:` of a table: the least number of rows.
pub fn expect(node: &Node, faults: &mut Faults) -> Option<Spanned<u64>> {
    let fields = faults.fields(node, "`expect`", &[EXPECT])?;
    let least = faults.integer(fields.get("at_least")?, "`at_least`", 0..=i64::MAX)?;
    Some(Spanned::new(least as u64, faults.place(&node.span())))
}

/// Reads `subset:`.
pub fn subset(node: &Node, faults: &mut Faults) -> Option<Subset> {
    let fields = faults.fields(node, "`subset`", &[SUBSET])?;
    let wanted = "a list of roots, as in `[ { table: users, sample: 5% } ]`";
    let items = fields.get("roots").and_then(|node| faults.items(node, "`roots`", wanted)).unwrap_or_default();
    if let (true, Some(Node::List(_, span))) = (items.is_empty(), fields.get("roots")) {
        faults.add("wrong-type", span, "`roots` is an empty list", format!("it takes {wanted}"));
    }
    let roots = items.iter().filter_map(|item| root(item, faults)).collect();
    let children = fields.get("children").map(|node| children(node, faults)).unwrap_or_default();
    let unreached = fields.get("unreached").and_then(|node| faults.word(node, "`unreached`"));
    Some(Subset { roots, children, unreached_empty: unreached == Some(Unreached::Empty) })
}

fn root(node: &Node, faults: &mut Faults) -> Option<Root> {
    let fields = faults.fields(node, "a root", &[ROOT])?;
    let table = fields.get("table").and_then(|node| table(node, faults));
    let condition = fields.get("where").and_then(|node| condition(node, "`where`", faults));
    let amount = match (fields.get("sample"), fields.get("rows")) {
        (None, None) => None,
        _ => Some(self::amount(&fields, "sample", "a root", faults)?),
    };
    if condition.is_none() && amount.is_none() && fields.get("where").is_none() {
        let help =
            "as in `{ table: users, sample: 5% }`, `{ table: users, rows: 200 }` or `{ table: users, where: \"…\" }`";
        faults.add("missing-key", &node.span(), "a root lacks `where`, `sample` or `rows`", help);
        return None;
    }
    Some(Root { table: table?, condition, amount })
}

fn children(node: &Node, faults: &mut Faults) -> Vec<(Spanned<String>, Children)> {
    let mut seen = HashMap::new();
    let mut all = Vec::new();
    for Entry { key, value } in faults.entries(node, "`children`").unwrap_or_default() {
        let what = format!("{} of `children`", shown(&key.text));
        if let Some(first) = seen.insert(key.text.clone(), key.span.clone()) {
            faults.twice("duplicate-key", &what, &first, &key.span);
        }
        let follow = match value {
            Node::Scalar(_) => faults.word::<ChildrenWord>(value, &what).map(|ChildrenWord::None| Children::None),
            _ => capped(value, &what, faults),
        };
        all.extend(follow.map(|follow| (Spanned::new(key.text.clone(), faults.place(&key.span)), follow)));
    }
    all
}

fn capped(node: &Node, what: &str, faults: &mut Faults) -> Option<Children> {
    let fields = faults.fields(node, what, &[CHILDREN])?;
    let most = fields.get("most").and_then(|node| faults.integer(node, "`most`", 0..=i64::MAX));
    let newest_by = fields.get("newest_by").and_then(|node| faults.name_node(node, "a column"));
    Some(Children::Newest { most: most? as u64, newest_by: newest_by? })
}

/// Reads `relations:`.
pub fn relations(node: &Node, faults: &mut Faults) -> Vec<Relation> {
    let wanted =
        "a list, as in `[ { from: { table: logs, columns: [user_id] }, to: { table: users, columns: [id] } } ]`";
    let items = faults.items(node, "`relations`", wanted).unwrap_or_default();
    items.iter().filter_map(|item| relation(item, faults)).collect()
}

fn relation(node: &Node, faults: &mut Faults) -> Option<Relation> {
    let fields = faults.fields(node, "a relation", &[RELATION])?;
    let from = fields.get("from").and_then(|node| faults.fields(node, "`from`", &[FROM]));
    let to = fields.get("to").and_then(|node| faults.fields(node, "`to`", &[TO]));
    let when = fields.get("when").and_then(|node| condition(node, "`when`", faults));
    let (from, to) = (from?, to?);
    let through = match (from.get("columns"), from.entry("path")) {
        (Some(node), None) => columns(node, faults).map(Through::Columns),
        (None, Some(entry)) => path(&entry.value, faults),
        (Some(_), Some(entry)) => {
            faults.add("conflict", &entry.key.span, "`columns` and `path` stand together", "keep one of the two");
            None
        }
        (None, None) => {
            faults.add("missing-key", from.span(), "`from` lacks `columns` or `path`", "as in `columns: [user_id]`");
            None
        }
    };
    let from_table = from.get("table").and_then(|node| table(node, faults));
    let to_table = to.get("table").and_then(|node| table(node, faults));
    let columns = to.get("columns").and_then(|node| columns(node, faults));
    let (through, columns) = (through?, columns?);
    let width = match &through {
        Through::Columns(columns) => columns.len(),
        Through::Path(..) => 1,
    };
    if width != columns.len() {
        let message = format!("`from` has {width} columns and `to` has {}", columns.len());
        faults.add("wrong-type", to.span(), message, "each column refers to the one in the same place");
        return None;
    }
    Some(Relation { place: faults.place(&node.span()), from: from_table?, through, to: to_table?, columns, when })
}

/// `payload.user_id`: a column and the keys inside it.
fn path(node: &Node, faults: &mut Faults) -> Option<Through> {
    let text = faults.text(node, "`path`")?;
    match crate::words::name::split(&text.value) {
        Ok(parts) if parts.iter().any(|part| part == "*" || part.ends_with(']')) => {
            let message = format!("{} leads to several values, and a relation to one", shown(&text.value));
            let help = "an element of a list is a key of its own: `payload.items.0.user_id`";
            faults.add("bad-name", &text.place.span, message, help);
            None
        }
        Ok(mut parts) if parts.len() > 1 => {
            let column = Spanned::new(Name::from(parts.remove(0)), text.place);
            Some(Through::Path(column, parts))
        }
        _ => {
            let message = format!("{} is no path into a JSON column", shown(&text.value));
            faults.add("bad-name", &text.place.span, message, "a column, then keys: `payload.user_id`");
            None
        }
    }
}

/// Reads `forget:`.
pub fn forget(node: &Node, faults: &mut Faults) -> Vec<Forget> {
    let items = faults.items(node, "`forget`", "a list, as in `[ { table: users, file: ids.csv } ]`");
    let one = |node: &Node, faults: &mut Faults| {
        let fields = faults.fields(node, "a line of `forget`", &[FORGET])?;
        let table = fields.get("table").and_then(|node| table(node, faults));
        let file = fields.get("file").and_then(|node| faults.text(node, "`file`"));
        Some(Forget { table: table?, file: file? })
    };
    items.unwrap_or_default().iter().filter_map(|item| one(item, faults)).collect()
}

fn table(node: &Node, faults: &mut Faults) -> Option<Spanned<TableName>> {
    match node {
        Node::Scalar(scalar) => faults.table(scalar),
        _ => {
            faults.wrong(node, "the name of a table", "a text");
            None
        }
    }
}

fn columns(node: &Node, faults: &mut Faults) -> Option<Vec<Spanned<Name>>> {
    let items = faults.items(node, "`columns`", "a list of columns, as in `[id]`")?;
    if items.is_empty() {
        faults.add(
            "wrong-type",
            &node.span(),
            "`columns` is an empty list",
            "it takes a list of columns, as in `[id]`",
        );
    }
    let names: Vec<_> = items.iter().filter_map(|item| faults.name_node(item, "a column")).collect();
    (!names.is_empty() && names.len() == items.len()).then_some(names)
}

fn column(node: &Node, faults: &mut Faults) -> Option<Spanned<ColumnName>> {
    let scalar = faults.scalar(node, "`as`", "a column, as in `accounts.id`")?;
    match ColumnName::parse(&scalar.text) {
        Ok(column) => Some(Spanned::new(column, faults.place(&scalar.span))),
        Err(reason) => {
            let message = format!("{} is no column of a table: {reason}", shown(&scalar.text));
            faults.add("bad-name", &scalar.span, message, "as in `accounts.id`");
            None
        }
    }
}

/// An SQL condition; words that YAML takes for something else are none.
fn condition(node: &Node, what: &str, faults: &mut Faults) -> Option<Spanned<String>> {
    let scalar = faults.scalar(node, what, "an SQL expression in quotes, as in \"plan = 'team'\"")?;
    if scalar.text.trim().is_empty() || scalar::is_decimal(scalar.text.trim()) {
        let message = format!("{what} cannot be {}", shown(&scalar.text));
        faults.add("wrong-type", &scalar.span, message, "it takes an SQL expression in quotes");
        return None;
    }
    Some(Spanned::new(scalar.text.clone(), faults.place(&scalar.span)))
}

/// A share under one key, or `rows`; one of the two.
fn amount(fields: &Fields<'_>, share_key: &str, what: &str, faults: &mut Faults) -> Option<Amount> {
    match (fields.get(share_key), fields.entry("rows")) {
        (Some(node), None) => share(node, &format!("`{share_key}`"), faults).map(Amount::Share),
        (None, Some(entry)) => {
            faults.integer(&entry.value, "`rows`", 0..=i64::MAX).map(|rows| Amount::Rows(rows as u64))
        }
        (Some(_), Some(entry)) => {
            let message = format!("`{share_key}` and `rows` stand together");
            faults.add("conflict", &entry.key.span, message, "keep one of the two");
            None
        }
        (None, None) => {
            faults.add(
                "missing-key",
                fields.span(),
                format!("{what} does not say how much"),
                format!("it takes {AMOUNT}"),
            );
            None
        }
    }
}

fn share(node: &Node, what: &str, faults: &mut Faults) -> Option<f64> {
    faults.read(node, what, "a share from 0% to 100%, as in 5%", |scalar| scalar::percent(&scalar.text))
}
