//! The file as a whole: its keys, `policy:`, `patterns:`.

use super::decode::Fields;
use super::environment::environments;
use super::fault::{Faults, shown};
use super::interpolate::{Piece, pieces};
use super::keys::{FILE, Key, POLICY, TYPES};
use super::masks::{Known, types};
use super::node::{Entry, Node};
use super::overrides::Base;
use super::pending::pending;
use super::tables::{empty, tables};
use super::words::{Comments, Exemptions};
use super::{ColumnRule, Pattern, Policy, Rules, baseline, node, rows, scalar, seed};
use crate::mask::Spec;
use crate::words::diagnostic::{Diagnostic, SourceFile, Spanned, nearest};
use std::collections::HashMap;
use std::sync::Arc;

/// Decodes a file with the masks that there are.
pub fn decode(
    file: Arc<SourceFile>,
    sha256: String,
    specs: &'static [&'static Spec],
) -> Result<Rules, Vec<Diagnostic>> {
    let mut faults = Faults::new(file.clone());
    let rules = node::tree(&file.text, &mut faults).and_then(|root| {
        if of_another_version(&root, &mut faults) {
            return None;
        }
        document(&root, file, sha256, specs, &mut faults)
    });
    match rules {
        Some(rules) if !faults.any() => Ok(rules),
        _ => Err(faults.finish()),
    }
}

/// A file of another version is not judged further: its other keys may be right there.
fn of_another_version(root: &Node, faults: &mut Faults) -> bool {
    let Node::Map(entries, _) = root else { return false };
    let version = entries.iter().find(|entry| entry.key.text == "version").and_then(|entry| entry.value.scalar());
    let other = version.filter(|scalar| scalar::integer(&scalar.text).is_some_and(|number| number != 1));
    if let Some(scalar) = other {
        let message = format!("this is a rules file of version {}", scalar.text);
        faults.add("version", &scalar.span, message, "this standin reads version 1");
    }
    other.is_some()
}

fn document(
    root: &Node,
    file: Arc<SourceFile>,
    sha256: String,
    specs: &'static [&'static Spec],
    faults: &mut Faults,
) -> Option<Rules> {
    let fields = faults.fields(root, "the rules file", &[FILE])?;
    if let Some(node) = fields.get("version") {
        faults.integer(node, "`version`", 1..=1);
    }
    let mapping = fields.get("mapping").and_then(|node| faults.integer(node, "`mapping`", 1..=1));
    let locale = fields.get("locale").and_then(|node| faults.locale(node));
    let mut seed = fields.get("seed").and_then(|node| seed::seed(node, faults)).unwrap_or_default();
    seed.locale = seed.locale.or_else(|| locale.clone());
    let mut known = Known::new(specs, locale);
    let domains = fields.get("domains").map(|node| known.domains(node, faults)).unwrap_or_default();
    // A template of `seed` may hold such braces; it looks at the rest itself.
    let elsewhere = FILE.iter().filter(|key| !matches!(key.name, "environments" | "seed"));
    let elsewhere = elsewhere.filter_map(|key| fields.get(key.name)).collect();
    no_variables(elsewhere, NO_VARIABLES, faults);
    let standard = Policy::default();
    let policy = fields.get("policy").map_or(standard, |node| policy(node, &[], standard, faults));
    let tables = fields.get("tables").map(|node| tables(node, &[], &known, faults)).unwrap_or_default();
    let subset = fields.get("subset").and_then(|node| rows::subset(node, faults));
    let base = Base { known: &known, policy, tables: &tables, subset: subset.as_ref() };
    Some(Rules {
        file,
        sha256,
        mapping: mapping.map_or(1, |mapping| mapping as u32),
        time_zone: fields.get("time_zone").and_then(|node| time_zone(node, faults)).unwrap_or_else(|| "UTC".to_owned()),
        environments: fields.get("environments").map(|node| environments(node, &base, faults)).unwrap_or_default(),
        policy,
        domains,
        patterns: fields.get("patterns").map(|node| patterns(node, &known, faults)).unwrap_or_default(),
        empty: fields.get("empty").map(|node| empty(node, faults)).unwrap_or_default(),
        tables,
        relations: fields.get("relations").map(|node| rows::relations(node, faults)).unwrap_or_default(),
        subset,
        pending: fields.get("pending").map(|node| pending(node, faults)).unwrap_or_default(),
        forget: fields.get("forget").map(|node| rows::forget(node, faults)).unwrap_or_default(),
        seed,
    })
}

/// A time zone of the IANA database.
fn time_zone(node: &Node, faults: &mut Faults) -> Option<String> {
    let zone = faults.text(node, "`time_zone`")?;
    // A machine without the database leaves the question to the server.
    if jiff::tz::TimeZone::get(&zone.value).is_ok() || jiff::tz::db().is_definitively_empty() {
        return Some(zone.value);
    }
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    let near = nearest(&zone.value, names.iter().map(String::as_str));
    let meant = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let message = format!("there is no time zone {}", shown(&zone.value));
    faults.add(
        "unknown-time-zone",
        &zone.place.span,
        message,
        format!("{meant}it takes a name as in Europe/Berlin or UTC"),
    );
    None
}

/// Reads `policy:`, with further keys beside its own; what it does not say is as it was.
pub fn policy(node: &Node, beside: &[&[Key]], standard: Policy, faults: &mut Faults) -> Policy {
    let Some(fields) = faults.fields(node, "`policy`", &[&[POLICY], beside].concat()) else { return standard };
    let columns = fields.get("unlisted_columns").and_then(|node| faults.word(node, "`unlisted_columns`"));
    let tables = fields.get("unlisted_tables").and_then(|node| faults.word(node, "`unlisted_tables`"));
    let objects = fields.get("large_objects").and_then(|node| faults.word(node, "`large_objects`"));
    let comments: Option<Comments> = fields.get("comments").and_then(|node| faults.word(node, "`comments`"));
    let exemptions: Option<Exemptions> = fields.get("exemptions").and_then(|node| faults.word(node, "`exemptions`"));
    let share = fields.get("orphaned_at_most").and_then(|node| {
        faults.read(node, "`orphaned_at_most`", "a share from 0% to 100%, as in 20%", |scalar| {
            scalar::percent(&scalar.text)
        })
    });
    Policy {
        unlisted_columns: columns.unwrap_or(standard.unlisted_columns),
        unlisted_tables: tables.unwrap_or(standard.unlisted_tables),
        large_objects: objects.unwrap_or(standard.large_objects),
        keep_comments: comments.map_or(standard.keep_comments, |comments| matches!(comments, Comments::Keep)),
        refuse_exemptions: exemptions.map_or(standard.refuse_exemptions, |word| matches!(word, Exemptions::Refuse)),
        orphaned_at_most: share.unwrap_or(standard.orphaned_at_most),
    }
}

fn patterns(node: &Node, known: &Known, faults: &mut Faults) -> Vec<Pattern> {
    let entries = faults.entries(node, "`patterns`").unwrap_or_default();
    let patterns: Vec<Pattern> = entries.iter().filter_map(|entry| pattern(entry, known, faults)).collect();
    let mut seen = HashMap::new();
    for pattern in &patterns {
        if let Some(first) = seen.insert(&pattern.parts, &pattern.text.place.span) {
            let what = format!("pattern {}", shown(&pattern.text.value));
            faults.twice("duplicate-key", &what, first, &pattern.text.place.span);
        }
    }
    patterns
}

fn pattern(entry: &Entry, known: &Known, faults: &mut Faults) -> Option<Pattern> {
    let parts = baseline::parts(&entry.key, faults);
    let beside = match &entry.value {
        Node::Map(entries, span) => types(&Fields::of(entries, TYPES, span), faults),
        _ => None,
    };
    let mask = known.mask(&entry.value, TYPES, faults)?;
    let text = Spanned::new(entry.key.text.clone(), faults.place(&entry.key.span));
    let place = faults.place(&(entry.key.span.start..entry.value.span().end));
    Some(Pattern { text, parts: parts?, rule: ColumnRule { place, mask }, types: beside })
}

/// What is said of `${NAME}` where it would be taken literally.
pub const NO_VARIABLES: &str = "`${…}` works only under `environments`";

/// Reports `${NAME}` where it would be taken literally.
pub fn no_variables(mut waiting: Vec<&Node>, message: &str, faults: &mut Faults) {
    while let Some(node) = waiting.pop() {
        match node {
            Node::Scalar(scalar) => {
                let is_variable = |piece: &Piece<'_>| matches!(piece, Piece::Variable { .. });
                if pieces(&scalar.text).is_ok_and(|pieces| pieces.iter().any(is_variable)) {
                    let help = "write the value itself; variables are for what differs between machines";
                    faults.add("variable", &scalar.span, message, help);
                }
            }
            Node::List(items, _) => waiting.extend(items),
            Node::Map(entries, _) => waiting.extend(entries.iter().map(|entry| &entry.value)),
            Node::Broken(_) => {}
        }
    }
}
