//! `hstore`: what is listed survives or is masked, everything else is dropped.

use super::json::Unlisted;
use super::looks::Looks;
use super::part::{Part, PartBuffers};
use super::{
    Accepts, Arg, Args, By, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, MaskRef, Param, ParamKind,
    Refusal, Sees, Spec, Unmaskable, Value,
};
use crate::pg::types::BaseType;
use crate::pg::value::nested::{self, Pair};
use std::collections::HashMap;

/// The mask.
pub const HSTORE: Spec = Spec {
    name: "hstore",
    summary: "Keeps the listed keys of an hstore, masks others, and drops everything else.",
    docs: "As `json`, for keys of one level. A mask under `fields` gives the same output as in a text column of its own.",
    params: &[
        Param {
            name: "keep",
            kind: ParamKind::Texts,
            required: false,
            default: "[]",
            help: "Keys whose values stay as they are.",
        },
        Param {
            name: "fields",
            kind: ParamKind::Masks,
            required: false,
            default: "{}",
            help: "Keys and their masks or domains.",
        },
        super::json::UNLISTED,
    ],
    accepts: Accepts::Families(&[Family::Hstore]),
    by: By::Never,
    sees: Sees::inside,
    class: Class::Sensitive,
    equal_at_most: 1.0,
    output: "the listed keys",
    examples: &[Example {
        column: "hstore",
        params: "{ keep: [theme], fields: { email: email } }",
        input: "\"ssn\"=>\"078-05-1120\", \"email\"=>\"maria@shop.test\", \"theme\"=>\"dark\"",
        output: "\"email\"=>\"jeanie.gorsenma.2d9vexpxk6181r9s@example.com\", \"theme\"=>\"dark\"",
    }],
    compile,
    ..COMMON
};

enum Fate {
    Keep,
    Mask(Part),
}

fn compile(args: &Args, _: &ColumnShape, domains: &Domains) -> Result<MaskFn, Refusal> {
    let masks: &[(String, MaskRef)] = match args.get("fields") {
        Some(Arg::Masks(masks)) => masks,
        _ => &[],
    };
    let text = ColumnShape::unbounded(BaseType::Text);
    let mut fates = HashMap::new();
    for (key, rule) in masks {
        fates.insert(key.clone().into_bytes(), Fate::Mask(Part::compile(key, rule, &text, domains)?));
    }
    for key in args.texts("keep").unwrap_or_default() {
        if fates.insert(key.clone().into_bytes(), Fate::Keep).is_some() {
            return Err(Refusal::new(format!("the key `{key}` is both kept and masked"), "leave one out"));
        }
    }
    let (unlisted, looks) = (Unlisted::of(args), Looks::new(domains)?);
    Ok(Box::new(move |value, context, output| {
        let text = match value {
            Value::Text(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes,
            _ => return Err(Unmaskable::Malformed),
        };
        let mut buffers = PartBuffers::of(context.row);
        nested::hstore(text, output.text(), &mut |key, value, to| {
            let Some(value) = value else {
                let known = fates.contains_key(key) || unlisted != Unlisted::Drop && Looks::is_name(key);
                return Ok(if known { Pair::Null } else { Pair::Dropped });
            };
            let written = match (fates.get(key), unlisted) {
                (Some(Fate::Keep), _) => {
                    to.extend_from_slice(value);
                    true
                }
                (Some(Fate::Mask(part)), _) => part.write(value, &mut buffers, to)?,
                (None, Unlisted::Drop) => return Ok(Pair::Dropped),
                (None, _) if !Looks::is_name(key) => return Ok(Pair::Dropped),
                (None, Unlisted::Erase) => false,
                (None, Unlisted::Mask) => match std::str::from_utf8(value) {
                    // What only looks like one is erased, as in a document.
                    Ok(text) => looks.part(text).write(value, &mut buffers, to).unwrap_or(false),
                    Err(_) => false,
                },
            };
            Ok(if written { Pair::Value } else { Pair::Null })
        })
    }))
}
