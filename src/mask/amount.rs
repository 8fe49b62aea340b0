//! `amount`: a number drawn from a range.

use super::{
    Accepts, Arg, Args, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, Param, ParamKind, Refusal, Spec,
    fixed,
};
use crate::pg::value::{Value, print};

/// The mask.
pub const AMOUNT: Spec = Spec {
    name: "amount",
    also: &["number", "int", "integer", "float", "numeric", "float64", "int64", "money", "price", "int_between"],
    summary: "A number drawn from a range, each as likely as another.",
    docs: "Nothing of the value is left but whether two are equal; `noise` keeps the size. Decimals are those of the column, two \
           where it does not say.",
    params: &[
        Param {
            name: "between",
            kind: ParamKind::Range,
            required: false,
            default: "1..1000",
            help: "The smallest and the greatest number.",
        },
        Param {
            name: "places",
            kind: ParamKind::Integer(0, 9),
            required: false,
            default: "those of the column, or 2",
            help: "Decimal places; whole numbers have none.",
        },
    ],
    accepts: Accepts::Families(&[Family::Decimal, Family::Integer, Family::Float, Family::Text]),
    class: Class::Sensitive,
    equal_at_most: 0.01,
    output: "numbers of the range",
    examples: &[
        Example { column: "numeric", params: "{ between: 10..5000 }", input: "77.10", output: "2782.47" },
        Example { column: "int4", params: "1..6", input: "4200", output: "2" },
    ],
    compile,
    equal: |args| {
        let (low, high) = args.range("between").unwrap_or((1, 1000));
        Some(3.0 / (i128::from(high) - i128::from(low) + 1).max(1) as f64)
    },
    ..COMMON
};

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let (low, high) = args.range("between").unwrap_or((1, 1000));
    let natural = match (shape.family(), shape.numeric) {
        (Some(Family::Integer), _) => 0,
        (_, Some((_, scale))) => scale.clamp(0, 9) as u32,
        _ => 2,
    };
    let places = match args.get("places") {
        Some(Arg::Integer(places)) => *places as u32,
        _ => natural,
    };
    if places > natural && shape.family() != Some(Family::Text) && (natural == 0 || shape.numeric.is_some()) {
        return Err(Refusal::new("the column has fewer decimal places", format!("`places: {natural}`")));
    }
    let unit = 10i128.pow(places);
    let (least, most) = (i128::from(low) * unit, i128::from(high) * unit);
    if most - least >= 1 << 63 || i64::try_from(most).is_err() || i64::try_from(least).is_err() {
        return Err(Refusal::new("`between` is too wide", "a smaller range, or fewer `places`"));
    }
    for end in [low, high] {
        fixed::check(&end.to_string(), shape)?;
        let digits = end.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
        let length = digits + usize::from(end < 0) + if places > 0 { places as usize + 1 } else { 0 };
        shape.needs(length, "a number of `between`", "a smaller range")?;
        if shape.numeric.is_some_and(|(precision, scale)| digits as i32 > i32::from(precision) - i32::from(scale)) {
            return Err(Refusal::new("the column's precision does not hold `between`", "a smaller range"));
        }
    }
    let (count, places) = ((most - least + 1) as u64, places as usize);
    Ok(Box::new(move |value, context, output| {
        let drawn = context.draw(value).below(count) as i128 + least;
        let to = output.text();
        if places == 0 {
            print(Value::Integer(drawn as i64), to);
            return Ok(());
        }
        if drawn < 0 {
            to.push(b'-');
        }
        print(Value::Integer((drawn.unsigned_abs() / unit.unsigned_abs()) as i64), to);
        to.push(b'.');
        let mut fraction = (drawn.unsigned_abs() % unit.unsigned_abs()) as u64;
        let start = to.len();
        to.resize(start + places, b'0');
        for digit in to[start..].iter_mut().rev() {
            *digit = b'0' + (fraction % 10) as u8;
            fraction /= 10;
        }
        Ok(())
    }))
}
