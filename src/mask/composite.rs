//! `composite`: a row type field by field.

use super::part::{Part, PartBuffers};
use super::{
    Accepts, Acts, Arg, Args, By, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, MaskRef, Param,
    ParamKind, Refusal, Sees, Spec, Unmaskable, Value,
};
use crate::pg::types::TypeKind;
use crate::pg::value::nested;
use crate::words::diagnostic::nearest;

/// The mask.
pub const COMPOSITE: Spec = Spec {
    name: "composite",
    summary: "Masks the listed fields of a row type, keeps others, and makes the rest NULL.",
    docs: "A mask under `fields` gives the same output as in a column of its own; a field that is a row type itself takes \
           `composite` again. An array of row types is masked element by element. Every field that is neither listed under \
           `fields` nor under `keep` becomes NULL.",
    params: &[
        Param {
            name: "fields",
            kind: ParamKind::Masks,
            required: false,
            default: "{}",
            help: "Fields and their masks or domains.",
        },
        Param {
            name: "keep",
            kind: ParamKind::Texts,
            required: false,
            default: "[]",
            help: "Fields that stay as they are.",
        },
    ],
    accepts: Accepts::Families(&[Family::Composite]),
    by: By::Never,
    sees: Sees::inside,
    class: Class::Sensitive,
    equal_at_most: 1.0,
    output: "rows of the listed fields",
    examples: &[Example {
        column: "(street text, city text, country text)",
        params: "{ fields: { street: street }, keep: [country] }",
        input: "(\"4 High Street\",Sevilla,ES)",
        output: "(\"1099 Pebblequill Street\",,ES)",
    }],
    compile,
    ..COMMON
};

/// What becomes of a field.
enum Fate {
    Null,
    Keep,
    Mask(Part),
}

fn compile(args: &Args, shape: &ColumnShape, domains: &Domains) -> Result<MaskFn, Refusal> {
    let TypeKind::Composite(fields) = &shape.ty.kind else { return Err(shape.does_not_fit(&COMPOSITE)) };
    let masks: &[(String, MaskRef)] = match args.get("fields") {
        Some(Arg::Masks(masks)) => masks,
        _ => &[],
    };
    let keep = args.texts("keep").unwrap_or_default();
    let names = || fields.iter().map(|(name, _)| name.as_str());
    for named in masks.iter().map(|(name, _)| name).chain(keep) {
        if !names().any(|name| name == named) {
            let near = nearest(named, names()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let all = names().collect::<Vec<_>>().join(", ");
            let message = format!("the type {} has no field `{named}`", shape.ty.name);
            return Err(Refusal::new(message, format!("{near}its fields: {all}")));
        }
    }
    let fate = |(name, ty): &(crate::words::name::Name, std::sync::Arc<crate::pg::types::PgType>)| {
        let name = name.as_str();
        let masked = masks.iter().find(|(named, _)| named == name);
        Ok(match masked {
            Some(_) if keep.iter().any(|kept| kept == name) => {
                let message = format!("the field `{name}` is both kept and masked");
                return Err(Refusal::new(message, "leave one out"));
            }
            Some((path, rule)) if rule.spec.acts != Acts::Erase => {
                Fate::Mask(Part::compile(path, rule, &ColumnShape::of(ty, -1, false, false), domains)?)
            }
            None if keep.iter().any(|kept| kept == name) => Fate::Keep,
            _ if ty.forbids_null() => {
                let message = format!("the field `{name}` would become NULL, which its type {} forbids", ty.name);
                return Err(Refusal::new(message, format!("list `{name}` under `fields` or `keep`")));
            }
            _ => Fate::Null,
        })
    };
    let fates = fields.iter().map(fate).collect::<Result<Vec<_>, Refusal>>()?;
    Ok(Box::new(move |value, context, output| {
        let text = match value {
            Value::Text(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes,
            _ => return Err(Unmaskable::Malformed),
        };
        let mut buffers = PartBuffers::of(context.row);
        nested::row(text, fates.len(), output.text(), &mut |at, text, to| match (&fates[at], text) {
            (Fate::Null, _) | (_, None) => Ok(false),
            (Fate::Keep, Some(text)) => {
                to.extend_from_slice(text);
                Ok(true)
            }
            (Fate::Mask(part), Some(text)) => part.write(text, &mut buffers, to),
        })
    }))
}
