//! The file as a whole: its keys, `policy:`, `patterns:`.

use super::decode::Fields;
use super::environment::environments;
use super::fault::{Faults, shown};
use super::include::{self, Part, Parts, join};
use super::interpolate::{Piece, pieces};
use super::keys::{FILE, Key, POLICY, TYPES};
use super::masks::{Known, types};
use super::node::{Entry, Node};
use super::overrides::Base;
use super::pending::pending;
use super::tables::{empty, tables};
use super::words::{Comments, Exemptions};
use super::{ColumnRule, Domain, Pattern, Pending, Policy, Relation, Rules, TablePattern, TableRule};
use super::{baseline, rows, scalar, seed};
use crate::mask::Spec;
use crate::words::diagnostic::{Diagnostic, Spanned, nearest};
use std::collections::HashMap;

/// Decodes a file, and those that it includes, with the masks that there are.
pub fn decode(parts: Parts, specs: &'static [&'static Spec]) -> Result<Rules, Vec<Diagnostic>> {
    let Parts { mut all, unread, sha256, complete } = parts;
    let others = all.iter_mut().filter_map(|part| of_another_version(part).then_some(())).count();
    let readable = complete && others == 0 && all.iter().all(|part| part.root.is_some());
    let rules = if readable { document(&mut all, sha256, specs) } else { None };
    match rules {
        Some(rules) if !all.iter().any(|part| part.faults.any()) => Ok(rules),
        _ => Err(all.into_iter().rev().flat_map(|part| part.faults.finish()).chain(unread).collect()),
    }
}

/// A file of another version is not judged further: its other keys may be right there.
fn of_another_version(part: &mut Part) -> bool {
    let Some(Node::Map(entries, _)) = &part.root else { return false };
    let version = entries.iter().find(|entry| entry.key.text == "version").and_then(|entry| entry.value.scalar());
    let other = version.filter(|scalar| scalar::integer(&scalar.text).is_some_and(|number| number != 1));
    if let Some(scalar) = other {
        let message = format!("this is a rules file of version {}", scalar.text);
        part.faults.add("version", &scalar.span, message, "this standin reads version 1");
    }
    other.is_some()
}

/// What the rules file and those that it includes say together.
#[derive(Default)]
struct Shared {
    domains: Vec<Domain>,
    patterns: Vec<Pattern>,
    empty: Vec<TablePattern>,
    tables: Vec<TableRule>,
    relations: Vec<Relation>,
    pending: Vec<Pending>,
}

impl Shared {
    fn domains(&mut self, fields: &Fields<'_>, known: &mut Known, faults: &mut Faults) {
        let domains = fields.get("domains").map(|node| known.domains(node, faults)).unwrap_or_default();
        join(&mut self.domains, domains, "domain", |one| (one.name.value.clone(), &one.name.place), faults);
    }

    fn others(&mut self, fields: &Fields<'_>, known: &Known, faults: &mut Faults) {
        let more = fields.get("patterns").map(|node| patterns(node, known, faults)).unwrap_or_default();
        join(&mut self.patterns, more, "pattern", |one| (one.parts.join("."), &one.text.place), faults);
        let more = fields.get("empty").map(|node| empty(node, faults)).unwrap_or_default();
        join(&mut self.empty, more, "table", |one| (format!("{}.{}", one.schema, one.table), &one.text.place), faults);
        let more = fields.get("tables").map(|node| tables(node, &[], known, faults)).unwrap_or_default();
        join(&mut self.tables, more, "table", |one| (one.name.value.to_string(), &one.name.place), faults);
        let more = fields.get("pending").map(|node| pending(node, faults)).unwrap_or_default();
        join(&mut self.pending, more, "column", |one| (one.column.value.to_string(), &one.column.place), faults);
        self.relations.extend(fields.get("relations").map(|node| rows::relations(node, faults)).unwrap_or_default());
    }
}

fn document(parts: &mut [Part], sha256: String, specs: &'static [&'static Spec]) -> Option<Rules> {
    let (main, included) = parts.split_last_mut()?;
    let Part { file, root, faults } = main;
    let fields = faults.fields(root.as_ref()?, "the rules file", &[FILE])?;
    let locale = fields.get("locale").and_then(|node| faults.locale(node));
    let mut known = Known::new(specs, locale.clone());
    let keys = include::shared();
    let mut files = Vec::new();
    for Part { root, faults, .. } in included {
        files.push((faults.fields(root.as_ref()?, "an included file", &[&keys])?, faults));
    }
    files.push((fields, faults));
    let mut shared = Shared::default();
    for (fields, faults) in &mut files {
        if let Some(node) = fields.get("version") {
            faults.integer(node, "`version`", 1..=1);
        }
        shared.domains(fields, &mut known, faults);
        // A template of `seed` may hold such braces; it looks at the rest itself, as `include` did.
        let elsewhere = FILE.iter().filter(|key| !matches!(key.name, "environments" | "seed" | "include"));
        no_variables(elsewhere.filter_map(|key| fields.get(key.name)).collect(), NO_VARIABLES, faults);
    }
    for (fields, faults) in &mut files {
        shared.others(fields, &known, faults);
    }
    let (fields, faults) = files.pop()?;
    let mapping = fields.get("mapping").and_then(|node| faults.integer(node, "`mapping`", 1..=1));
    let mut seed = fields.get("seed").and_then(|node| seed::seed(node, &known, faults)).unwrap_or_default();
    seed.locale = seed.locale.or(locale);
    let standard = Policy::default();
    let policy = fields.get("policy").map_or(standard, |node| policy(node, &[], standard, faults));
    let subset = fields.get("subset").and_then(|node| rows::subset(node, faults));
    let base = Base { known: &known, policy, tables: &shared.tables, subset: subset.as_ref(), seed: &seed };
    let environments = fields.get("environments").map(|node| environments(node, &base, faults)).unwrap_or_default();
    Some(Rules {
        file: file.clone(),
        sha256,
        mapping: mapping.map_or(1, |mapping| mapping as u32),
        time_zone: fields.get("time_zone").and_then(|node| time_zone(node, faults)).unwrap_or_else(|| "UTC".to_owned()),
        environments,
        policy,
        domains: shared.domains,
        patterns: shared.patterns,
        empty: shared.empty,
        tables: shared.tables,
        relations: shared.relations,
        subset,
        pending: shared.pending,
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
