//! Masks on types that hold others: a mask that fits an array's element fits the array, one by one; a mask that fits both
//! bounds of a range, and keeps an order among them, fits the range.

use super::context::{Context, Domains};
use super::{By, ColumnShape, Family, MaskFn, MaskRef, Output, Refusal, Sees, Spec, Uniqueness, Unmaskable, Value};
use crate::pg::types::{PgType, TypeKind};
use crate::pg::value::{FieldType, Malformed, nested};
use std::cmp::Ordering;

/// True if a mask fits a type, or what the type holds.
pub(super) fn fits(spec: &Spec, ty: &PgType) -> bool {
    spec.accepts.family(Family::of(ty))
        || match &ty.base().kind {
            TypeKind::Array(element) => fits(spec, element),
            TypeKind::Range(bound) => is_ordered(bound) && fits(spec, subtype(bound)),
            _ => false,
        }
}

/// The function of a mask for what the type holds.
pub(super) fn function(rule: &MaskRef, shape: &ColumnShape, domains: &Domains) -> Result<MaskFn, Refusal> {
    match &shape.ty.kind {
        TypeKind::Array(element) if fits(rule.spec, element) => {
            if rule.by.is_some() && rule.spec.by != By::Must {
                let message = "drawn `by:` another column, every element of the array would become the same";
                return Err(Refusal::new(message, "leave `by:` out: each element is drawn from its own value"));
            }
            if let Sees::Columns(_) = rule.sees() {
                let message = "made of the row, every element of the array would become the same";
                return Err(Refusal::new(message, "use a mask that draws each element from its own value"));
            }
            array(super::function(rule, &ColumnShape::of(element, shape.typmod, false, false), domains)?, element)
        }
        TypeKind::Range(bound) if fits(rule.spec, &shape.ty) => {
            let bound = subtype(bound);
            let shape = ColumnShape::of(&bound.clone().into(), -1, true, false);
            range(super::function(rule, &shape, domains)?, bound)
        }
        _ => Err(shape.does_not_fit(rule.spec)),
    }
}

/// What a mask does to uniqueness: an array is as unique as its elements, bounds may trade places.
pub(super) fn uniqueness(rule: &MaskRef, shape: &ColumnShape) -> Uniqueness {
    match &shape.ty.kind {
        // The source is not asked for arrays whose elements agree in a normal form.
        TypeKind::Array(_) if !rule.normalise.is_empty() && !rule.spec.accepts.family(shape.family()) => {
            Uniqueness::Lossy
        }
        TypeKind::Array(element) if !rule.spec.accepts.family(shape.family()) => {
            match uniqueness(rule, &ColumnShape::of(element, shape.typmod, false, shape.unique)) {
                // Of few elements there are many arrays.
                Uniqueness::Few { .. } => Uniqueness::Lossy,
                of_element => of_element,
            }
        }
        TypeKind::Range(_) if !rule.spec.accepts.family(shape.family()) => Uniqueness::Lossy,
        _ => (rule.spec.uniqueness)(&rule.args, shape),
    }
}

fn array(mask: MaskFn, element: &PgType) -> Result<MaskFn, Refusal> {
    let field = FieldType::of(element);
    Ok(Box::new(move |value, context, output| {
        let (mut scratch, mut inner, mut any) = (Vec::new(), Output::default(), false);
        let to = output.text();
        nested::array(printed(value)?, to, &mut |text, to| {
            let value = field.decode_text(text, &mut scratch)?;
            mask(value, context, &mut inner)?;
            any |= !inner.carried();
            Ok::<_, Unmaskable>(field.encode_text(&inner, to)?)
        })?;
        if !any {
            output.carry(value);
        }
        Ok(())
    }))
}

/// A range whose masked bounds are in the wrong order has them the other way round.
fn range(mask: MaskFn, bound: &PgType) -> Result<MaskFn, Refusal> {
    let field = FieldType::of(bound);
    Ok(Box::new(move |value, context, output| {
        let mut any = false;
        let to = output.text();
        nested::range(printed(value)?, to, &mut |range| {
            for bound in range.bounds.iter_mut().flatten() {
                any |= masked(&mask, field, bound, context)?;
            }
            if let [Some(lower), Some(upper)] = &range.bounds
                && order(field, lower, upper)? == Ordering::Greater
            {
                range.bounds.swap(0, 1);
            }
            Ok::<_, Unmaskable>(())
        })?;
        if !any {
            output.carry(value);
        }
        Ok(())
    }))
}

/// Masks a bound in its place; false if it carried nothing.
fn masked(mask: &MaskFn, field: FieldType, bound: &mut Vec<u8>, context: &mut Context<'_>) -> Result<bool, Unmaskable> {
    let (mut scratch, mut output) = (Vec::new(), Output::default());
    mask(field.decode_text(bound, &mut scratch)?, context, &mut output)?;
    let mut text = Vec::new();
    if !field.encode_text(&output, &mut text)? {
        return Err(Unmaskable::Form);
    }
    *bound = text;
    Ok(!output.carried())
}

fn order(field: FieldType, lower: &[u8], upper: &[u8]) -> Result<Ordering, Malformed> {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    Ok(match (field.decode_text(lower, &mut first)?, field.decode_text(upper, &mut second)?) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(&b),
        (Value::Date(a), Value::Date(b)) => a.cmp(&b),
        (Value::Timestamp(a) | Value::Time(a), Value::Timestamp(b) | Value::Time(b)) => a.cmp(&b),
        (Value::Float(a), Value::Float(b)) => a.total_cmp(&b),
        (Value::Decimal(a), Value::Decimal(b)) => decimals(a, b),
        _ => return Err(Malformed),
    })
}

/// Compares decimal texts: the infinities and NaN, which is the greatest, by their names, others by sign, length and digits.
fn decimals(a: &str, b: &str) -> Ordering {
    let rank = |text: &str| match text {
        "-Infinity" => 0,
        "Infinity" => 2,
        "NaN" => 3,
        _ => 1,
    };
    if rank(a) != 1 || rank(b) != 1 {
        return rank(a).cmp(&rank(b));
    }
    let parts = |text: &str| {
        let (negative, size) = match text.strip_prefix('-') {
            Some(size) => (true, size.to_owned()),
            None => (false, text.to_owned()),
        };
        let (whole, fraction) = size.split_once('.').unwrap_or((&size, ""));
        let whole = whole.trim_start_matches('0');
        (negative, (whole.len(), whole.to_owned(), fraction.trim_end_matches('0').to_owned()))
    };
    match (parts(a), parts(b)) {
        ((false, a), (false, b)) => a.cmp(&b),
        ((true, a), (true, b)) => b.cmp(&a),
        ((negative, _), _) => {
            if negative {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
    }
}

fn printed<'v>(value: Value<'v>) -> Result<&'v [u8], Unmaskable> {
    match value {
        Value::Text(text) => Ok(text.as_bytes()),
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err(Unmaskable::Malformed),
    }
}

/// The type of the bounds; a multirange is a range of ranges for some servers' catalogs.
fn subtype(bound: &PgType) -> &PgType {
    match &bound.base().kind {
        TypeKind::Range(inner) => subtype(inner),
        _ => bound.base(),
    }
}

/// True if bounds of the type can be compared as the server compares them.
fn is_ordered(bound: &PgType) -> bool {
    use Family::{Date, Decimal, Float, Integer, Timestamp};
    let family = Family::of(subtype(bound));
    family.is_some_and(|family| matches!(family, Integer | Decimal | Float | Date | Timestamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_compared_as_numbers() {
        for (a, b) in [
            ("12345678901", "Infinity"),
            ("-Infinity", "-12345678901"),
            ("Infinity", "NaN"),
            ("-2", "-1.5"),
            ("-1", "0.5"),
            ("0.10", "0.2"),
            ("9.9", "10"),
            ("1.09", "1.1"),
            ("-0.1", "0"),
        ] {
            assert_eq!(decimals(a, b), Ordering::Less, "{a} {b}");
            assert_eq!(decimals(b, a), Ordering::Greater, "{b} {a}");
        }
        assert_eq!(decimals("1.0", "01"), Ordering::Equal);
    }
}
