//! The JSON Schema of the rules file (draft 2020-12), made from the same declarations that the decoder reads by.
//!
//! It is for editors: it knows every key and word, and leaves to the decoder what one line says of another.

use super::keys::{FILE, Key, Shape};
use crate::mask::{Param, ParamKind, Spec};
use serde_json::{Map, Value, json};

/// The whole schema.
pub fn json_schema() -> Value {
    of_masks(crate::mask::ALL)
}

fn of_masks(specs: &[&Spec]) -> Value {
    let mut schema = keys(&[FILE]);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("standin rules file");
    schema["$defs"] = json!({ "mask": mask(specs) });
    schema
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Text => text(),
        Shape::TextOrNull => json!({ "type": ["string", "number", "boolean", "null"] }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Integer(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Shape::Like(pattern) => json!({ "type": "string", "pattern": pattern }),
        Shape::Word(words) => json!({ "enum": words() }),
        Shape::Keys(tables) => keys(tables),
        Shape::Map(value) => json!({ "type": "object", "additionalProperties": self::shape(value) }),
        Shape::List(item) => json!({ "type": "array", "items": self::shape(item) }),
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(self::shape).collect::<Vec<_>>() }),
        Shape::Mask([]) => json!({ "$ref": "#/$defs/mask" }),
        Shape::Mask(beside) => mask_beside(beside),
    }
}

/// A text, also one that YAML takes for a number or a boolean.
fn text() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

fn keys(tables: &[&[Key]]) -> Value {
    let all = || tables.iter().flat_map(|table| table.iter());
    let property = |key: &Key| (key.name.to_owned(), described(shape(&key.shape), key.help));
    let required: Vec<&str> = all().filter(|key| key.required).map(|key| key.name).collect();
    object(all().map(property).collect(), &required)
}

fn object(properties: Map<String, Value>, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn described(mut schema: Value, help: &str) -> Value {
    schema["description"] = json!(help);
    schema
}

/// A use of a mask: a name, or one mask or domain with its parameters.
fn mask(specs: &[&Spec]) -> Value {
    let needy: Vec<&str> =
        specs.iter().filter(|spec| spec.params.iter().any(|param| param.required)).map(|spec| spec.name).collect();
    let masks: Map<String, Value> =
        specs.iter().map(|spec| (spec.name.to_owned(), described(params(spec), spec.summary))).collect();
    let domain = object(Map::from_iter(["by", "as"].map(|key| (key.to_owned(), text()))), &[]);
    json!({ "anyOf": [
        { "type": "string", "not": { "enum": needy } },
        { "type": "object", "minProperties": 1, "maxProperties": 1, "properties": masks, "additionalProperties": domain },
    ] })
}

/// A use of a mask with further keys beside it.
fn mask_beside(beside: &[Key]) -> Value {
    let names: Vec<&str> = beside.iter().map(|key| key.name).collect();
    let without: Map<String, Value> = beside.iter().map(|key| (key.name.to_owned(), shape(&key.shape))).collect();
    // A schema cannot take the keys of another away, so the mask's is written as a check of the other keys.
    json!({ "if": { "type": "object", "anyOf": names.iter().map(|name| json!({ "required": [name] })).collect::<Vec<_>>() },
            "then": { "properties": without, "minProperties": 2, "maxProperties": 1 + names.len() },
            "else": { "$ref": "#/$defs/mask" } })
}

fn params(spec: &Spec) -> Value {
    let mut properties: Map<String, Value> = spec
        .params
        .iter()
        .map(|param| (param.name.to_owned(), described(param_shape(param.kind), param.help)))
        .collect();
    if super::masks::takes_by(spec) {
        properties.insert("by".to_owned(), described(text(), "The column that it is drawn from."));
        let whose = "Whose that column's values are, as in `users.id`: equal in every table and database that says so.";
        properties.insert("as".to_owned(), described(text(), whose));
    }
    let required: Vec<&str> = spec.params.iter().filter(|param| param.required).map(|param| param.name).collect();
    let named = object(properties, &required);
    match spec.params.first() {
        Some(main) => json!({ "anyOf": [named, alone(main, spec)] }),
        None => named,
    }
}

/// The main parameter without its name; a mapping is it only if it has no parameter's name among its keys.
fn alone(main: &Param, spec: &Spec) -> Value {
    let names: Vec<&str> = spec.params.iter().map(|param| param.name).chain(["by", "as"]).collect();
    json!({ "allOf": [param_shape(main.kind), { "propertyNames": { "not": { "enum": names } } }] })
}

fn param_shape(kind: ParamKind) -> Value {
    match kind {
        ParamKind::Text | ParamKind::Expression | ParamKind::Scalar => text(),
        ParamKind::Word(words) => json!({ "enum": words }),
        ParamKind::Integer(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        ParamKind::Number => json!({ "type": ["number", "string"], "pattern": "^-?[0-9]+(\\.[0-9]+)?$" }),
        ParamKind::Boolean => json!({ "type": "boolean" }),
        ParamKind::Period => json!({ "type": "string", "pattern": super::keys::PERIOD_PATTERN }),
        ParamKind::Range => json!({ "type": "string", "pattern": "^-?[0-9]+ *\\.\\. *-?[0-9]+$" }),
        ParamKind::Texts => json!({ "type": "array", "items": text() }),
        ParamKind::Choices => json!({ "anyOf": [
            { "type": "array", "items": text(), "minItems": 1 },
            { "type": "object", "additionalProperties": { "type": "number", "minimum": 0 }, "minProperties": 1 },
        ] }),
        ParamKind::Masks => json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/mask" } }),
    }
}
