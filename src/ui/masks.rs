//! What `standin masks` and the README say of masks, all of it read from their `Spec`.

use super::table;
use crate::mask::{Accepts, Acts, Args, By, Class, ColumnShape, Example, Family, Param, ParamKind, Spec, Uniqueness};
use crate::pg::types::BaseType;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A line per mask.
pub fn list(masks: &[&Spec], terminal: bool) -> String {
    let rows = masks.iter().map(|spec| {
        let name = spec.name.to_owned();
        [name, spec.summary.to_owned(), types(spec), uniqueness(spec).to_owned(), class(spec).0.to_owned()]
    });
    let table = table::plain(["mask", "what it makes", "types", "unique", "class"], rows, terminal);
    format!("{table}\n`standin masks NAME` describes one: parameters, examples, what it gives away.\n")
}

/// Everything there is to know of one mask.
pub fn details(spec: &Spec) -> String {
    let mut text = format!("{}: {}\n\n{}\n", spec.name, spec.summary, table::wrap(spec.docs, 100));
    let facts = [
        ("types", types(spec)),
        ("unique", uniqueness_in_words(spec)),
        ("class", format!("{}: {}", class(spec).0, class(spec).1)),
        ("output", spec.output.to_owned()),
        ("key", key(spec).to_owned()),
        ("reads", reads(spec).to_owned()),
        ("equal", equal(spec)),
    ];
    text.push('\n');
    for (name, fact) in facts {
        let _ = writeln!(text, "  {name:<8}{fact}");
    }
    if !spec.params.is_empty() || spec.by != By::Never {
        text.push_str("\nparameters\n");
    }
    for param in spec.params {
        let _ = writeln!(text, "  {}: {}{}\n      {}", param.name, kind(param), default(param), param.help);
    }
    if spec.by != By::Never {
        let must = if spec.by == By::Must { ", required" } else { "" };
        let _ = writeln!(
            text,
            "  by: a column of the same table{must}\n      Drawn from that column instead of the value."
        );
        let whose =
            "Whose that column's values are, as in users.id: what says the same agrees, in every table and database.";
        let _ = writeln!(text, "  as: a name\n      {whose}");
        if let Some(whole) = spec.part_of {
            let _ = writeln!(text, "      Bare masks by one identity agree as one {whole} without it.");
        }
    }
    if !spec.examples.is_empty() {
        text.push_str("\nexamples (under a key made for this page)\n");
    }
    for example in spec.examples {
        let rule = rule(spec, example);
        let _ = writeln!(text, "  {rule:<36} {}: {} → {}", example.column, example.input, example.output);
    }
    text
}

/// Every mask, or one of them, for scripts.
pub fn json(spec: &Spec) -> Value {
    let param = |param: &Param| {
        json!({ "name": param.name, "kind": kind(param), "required": param.required, "default": param.default,
                "help": param.help })
    };
    let example = |example: &Example| json!({ "rule": rule(spec, example), "type": example.column, "input": example.input, "output": example.output });
    json!({
        "name": spec.name, "summary": spec.summary, "docs": spec.docs, "types": types(spec),
        "unique": uniqueness(spec), "class": class(spec).0, "output": spec.output, "reads": spec.reads,
        "equal_at_most": spec.equal_at_most, "by": by(spec), "keyed": spec.keyed, "reversible": spec.reversible,
        "agrees_as": spec.part_of, "also": spec.also,
        "parameters": spec.params.iter().map(param).collect::<Value>(),
        "examples": spec.examples.iter().map(example).collect::<Value>(),
    })
}

/// The README's table.
pub fn markdown(masks: &[&Spec]) -> String {
    let mut text = String::from("| mask | what it makes | types | unique | example |\n|---|---|---|---|---|\n");
    for spec in masks {
        let example = spec.examples.first().map_or_else(String::new, |example| {
            let cell = |text: &str| match text {
                "" => "nothing".to_owned(),
                text => format!("`{}`", text.replace('|', "\\|")),
            };
            format!("{} → {}", cell(example.input), cell(example.output))
        });
        let (summary, types) = (spec.summary.replace('|', "\\|"), types(spec));
        let _ = writeln!(text, "| `{}` | {summary} | {types} | {} | {example} |", spec.name, uniqueness(spec));
    }
    text
}

fn types(spec: &Spec) -> String {
    match spec.accepts {
        Accepts::Anything => "any".to_owned(),
        Accepts::Families(families) => families.iter().map(|family| family.label()).collect::<Vec<_>>().join(", "),
    }
}

/// What the mask does to uniqueness where nothing but its name is written.
fn documented(spec: &Spec) -> Uniqueness {
    let base = match spec.accepts {
        Accepts::Anything => BaseType::Text,
        Accepts::Families(families) => families.first().map_or(BaseType::Text, |family| base(*family)),
    };
    (spec.uniqueness)(&Args::default(), &ColumnShape::unbounded(base))
}

/// The plainest type of a family.
fn base(family: Family) -> BaseType {
    match family {
        Family::Text | Family::Enum | Family::Composite => BaseType::Text,
        Family::Integer => BaseType::Int8,
        Family::Decimal => BaseType::Numeric,
        Family::Float => BaseType::Float8,
        Family::Boolean => BaseType::Bool,
        Family::Date => BaseType::Date,
        Family::Timestamp => BaseType::Timestamptz,
        Family::Time => BaseType::Time,
        Family::Interval => BaseType::Interval,
        Family::Uuid => BaseType::Uuid,
        Family::Network => BaseType::Inet,
        Family::Mac => BaseType::Macaddr,
        Family::Json => BaseType::Jsonb,
        Family::Hstore => BaseType::Hstore,
        Family::Xml => BaseType::Xml,
        Family::Bytes => BaseType::Bytea,
        Family::Bit => BaseType::Bit,
    }
}

fn uniqueness(spec: &Spec) -> &'static str {
    match documented(spec) {
        Uniqueness::Preserved => "stays",
        Uniqueness::Probable { .. } => "mostly",
        Uniqueness::Lossy | Uniqueness::Few { .. } => "no",
        Uniqueness::Unknown => "seen",
    }
}

fn uniqueness_in_words(spec: &Spec) -> String {
    match documented(spec) {
        Uniqueness::Preserved => "distinct values stay distinct, so that unique columns stay unique".to_owned(),
        Uniqueness::Probable { bits } => {
            format!("distinct values stay distinct unless {bits:.0} bits collide; refused for unique columns")
        }
        Uniqueness::Lossy | Uniqueness::Few { .. } => {
            "distinct values may become one; refused for unique columns".to_owned()
        }
        Uniqueness::Unknown => "whether values stay distinct shows when the clone's unique index is built".to_owned(),
    }
}

fn class(spec: &Spec) -> (&'static str, &'static str) {
    match spec.class {
        Class::Secret => ("secret", "nothing of the value is left"),
        Class::Direct => ("direct", "for what points to one person"),
        Class::Quasi => ("quasi", "for what points to a person together with other facts"),
        Class::Sensitive => ("sensitive", "for what is nobody's business"),
    }
}

fn reads(spec: &Spec) -> &'static str {
    match (spec.acts, spec.reads) {
        (Acts::Default, _) => "nothing: the default's value is in the SELECT instead of the column's",
        (Acts::Shuffle, _) => "the values, which the source has moved to other rows",
        (Acts::Sql, _) => "the value stays at the source; the expression's result is read",
        (_, true) => "the value, and replaces it before it reaches the target",
        (_, false) => "nothing: the column is not in the SELECT",
    }
}

/// Whether the same value gives the same output, and who can go back.
fn key(spec: &Spec) -> &'static str {
    match (spec.keyed, spec.reversible) {
        (true, true) => {
            "the same value gives the same output under one key; who has the key can compute the value from it"
        }
        (true, false) => {
            "the same value gives the same output under one key; not even the key leads back, but who has it can try values"
        }
        (false, _) => "the same value gives the same output, whatever the key",
    }
}

fn equal(spec: &Spec) -> String {
    match spec.equal_at_most {
        share if share >= 1.0 => "counted, not limited: outputs may equal their input".to_owned(),
        0.0 => "an output never equals its input, but for chance; counted in every run".to_owned(),
        share => format!("at most {share} of outputs equal their input; counted in every run"),
    }
}

fn by(spec: &Spec) -> &'static str {
    match spec.by {
        By::Never => "never",
        By::May => "may",
        By::Must => "must",
    }
}

fn kind(param: &Param) -> String {
    match param.kind {
        ParamKind::Text => "text".to_owned(),
        ParamKind::Word(words) => words.join(" | "),
        ParamKind::Integer(i64::MIN, i64::MAX) => "whole number".to_owned(),
        ParamKind::Integer(least, most) => format!("whole number, {least} to {most}"),
        ParamKind::Number => "number".to_owned(),
        ParamKind::Boolean => "true | false".to_owned(),
        ParamKind::Period => "period, as in 30d or 18mo".to_owned(),
        ParamKind::Range => "range, as in 1..5".to_owned(),
        ParamKind::Texts => "list of texts".to_owned(),
        ParamKind::Choices => "list, or map from value to weight".to_owned(),
        ParamKind::Scalar => "value".to_owned(),
        ParamKind::Masks => "map from path to mask or domain".to_owned(),
        ParamKind::Expression => "SQL expression".to_owned(),
    }
}

fn default(param: &Param) -> String {
    match (param.required, param.default) {
        (true, _) => ", required".to_owned(),
        (false, "") => String::new(),
        (false, default) => format!(", default {default}"),
    }
}

/// The mask as it stands in a rules file.
fn rule(spec: &Spec, example: &Example) -> String {
    match example.params {
        "" => spec.name.to_owned(),
        params => format!("{{ {}: {params} }}", spec.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::ALL;

    #[test]
    fn every_mask_is_described() {
        for spec in ALL {
            let text = details(spec);
            assert!(text.contains(spec.summary) && !text.contains("\n\n\n"), "{text}");
            assert_eq!(json(spec)["name"], spec.name);
            // What the README's table shows, a script can read.
            let (row, known) = (markdown(&[spec]), json(spec));
            let cells: Vec<&str> = row.lines().nth(2).unwrap_or_default().split(" | ").collect();
            for (cell, key) in cells[1..].iter().zip(["summary", "types", "unique"]) {
                assert_eq!(Some(cell.replace("\\|", "|").as_str()), known[key].as_str(), "{key}");
            }
            if let Some(example) = spec.examples.first() {
                assert_eq!(known["examples"][0]["input"], example.input);
                assert_eq!(known["examples"][0]["output"], example.output);
            }
        }
        assert_eq!(list(ALL, false).lines().filter(|line| line.starts_with(' ')).count(), 0);
        assert_eq!(markdown(ALL).lines().count(), ALL.len() + 2);
    }
}
