//! What stands inside arrays, ranges and row types, and what a column's mask makes of it.

use crate::catalog::{PgType, TypeKind};
use crate::mask::{Acts, Arg, ColumnShape, Family, MaskRef};
use std::sync::Arc;

/// A part of a column's values.
pub struct Part<'p> {
    /// Its type.
    pub ty: &'p Arc<PgType>,
    /// Its length or precision, as far as it is the column's; −1 if none.
    pub typmod: i32,
    /// Its mask; `None`: it becomes NULL.
    pub rule: Option<&'p MaskRef>,
}

/// The parts of a type's values that its mask changes, those of parts too.
pub fn parts<'p>(ty: &'p Arc<PgType>, typmod: i32, rule: &'p MaskRef) -> Vec<Part<'p>> {
    let shape = ColumnShape::of(ty, typmod, false, false);
    let direct = match &ty.base().kind {
        TypeKind::Composite(fields) if rule.spec.accepts.family(Some(Family::Composite)) => fields
            .iter()
            .filter(|(name, _)| !rule.args.texts("keep").unwrap_or_default().iter().any(|kept| kept == name.as_str()))
            .map(|(name, ty)| Part { ty, typmod: -1, rule: of_field(name.as_str(), rule) })
            .collect(),
        TypeKind::Array(ty) | TypeKind::Range(ty) if !rule.spec.accepts.family(shape.family()) => {
            vec![Part { ty, typmod: shape.typmod, rule: Some(rule) }]
        }
        _ => Vec::new(),
    };
    let below = |part: Part<'p>| {
        let inner = part.rule.map(|rule| parts(part.ty, part.typmod, rule)).unwrap_or_default();
        std::iter::once(part).chain(inner)
    };
    direct.into_iter().flat_map(below).collect()
}

/// The mask of a row type's field.
fn of_field<'p>(field: &str, rule: &'p MaskRef) -> Option<&'p MaskRef> {
    let Some(Arg::Masks(masks)) = rule.args.get("fields") else { return None };
    let (_, mask) = masks.iter().find(|(name, _)| name == field)?;
    (mask.spec.acts != Acts::Erase).then_some(mask)
}
