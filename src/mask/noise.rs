//! `noise`: numbers near the true ones.

use super::{
    Accepts, Arg, Args, COMMON, Class, ColumnShape, Context, Domains, Example, Family, MaskFn, Output, Param,
    ParamKind, Refusal, Spec, Unmaskable, Value,
};
use crate::pg::types::BaseType;
use crate::synth::Draw;

/// The mask.
pub const NOISE: Spec = Spec {
    name: "noise",
    also: &["noise_int", "noise_float", "noise_numeric", "dnoise", "add_noise", "jitter"],
    summary: "Moves a number by up to a share of itself, or by up to an amount.",
    docs: "The sign, the scale and the type's bounds are kept; a number moves by at least one unit of its last place, so that no \
           number but 0 under `ratio`, NaN and the infinities stays. Totals and averages stay about right.",
    params: &[
        Param {
            name: "ratio",
            kind: ParamKind::Number,
            required: false,
            default: "0.1",
            help: "The greatest share, above 0 and up to 1.",
        },
        Param {
            name: "amount",
            kind: ParamKind::Number,
            required: false,
            default: "",
            help: "The greatest amount, instead of `ratio`.",
        },
        Param {
            name: "between",
            kind: ParamKind::Range,
            required: false,
            default: "",
            help: "Bounds of the output, as in `0..100`; a value outside comes out as the bound that is next to it.",
        },
    ],
    accepts: Accepts::Families(&[Family::Integer, Family::Decimal, Family::Float]),
    class: Class::Sensitive,
    equal_at_most: 0.0,
    output: "numbers near the true ones",
    examples: &[
        Example { column: "int4", params: "{ ratio: 0.2 }", input: "4200", output: "4236" },
        Example { column: "numeric", params: "0.1", input: "19.90", output: "20.98" },
        Example { column: "float8", params: "{ amount: 5 }", input: "36.6", output: "37.222615733805554" },
    ],
    compile,
    ..COMMON
};

/// The most digits that a numeric has before its point.
const WHOLE: u32 = 131_072;

/// Where a number may move to.
#[derive(Clone, Copy)]
struct Limits {
    low: i64,
    high: i64,
    /// The most digits of a decimal.
    digits: u32,
    /// True if the rule gives the bounds: a number outside moves from the one that is next to it.
    given: bool,
    /// True for `real`, whose numbers are further apart.
    real: bool,
}

/// How far a number may move.
#[derive(Clone, Copy)]
enum Reach {
    Ratio(f64),
    Amount(f64),
}

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let number = |name: &'static str| match args.get(name) {
        Some(Arg::Text(text)) => {
            text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0).ok_or(name)
        }
        Some(Arg::Integer(number)) if *number > 0 => Ok(*number as f64),
        _ => Err(name),
    };
    let reach = match (args.get("ratio"), args.get("amount")) {
        (Some(_), Some(_)) => return Err(Refusal::new("`ratio` and `amount` exclude each other", "leave one out")),
        (None, None) => Ok(Reach::Ratio(0.1)),
        (Some(_), None) => number("ratio").map(Reach::Ratio),
        (None, Some(_)) => number("amount").map(Reach::Amount),
    };
    let reach = match reach {
        Ok(Reach::Ratio(ratio)) if ratio > 1.0 => Err("ratio"),
        other => other,
    };
    let reach = reach.map_err(|name| {
        let help = if name == "ratio" { "`ratio: 0.1` moves by up to a tenth" } else { "`amount: 5`" };
        Refusal::new(format!("`{name}` is not a number that noise can have"), help)
    })?;
    let bounds = match shape.ty.base_type() {
        Some(BaseType::Int2) => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Some(BaseType::Int4) => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let digits = match (shape.numeric, shape.ty.base_type()) {
        (Some((precision, _)), _) => u32::from(precision),
        (None, Some(BaseType::Money)) => 18,
        _ => u32::MAX,
    };
    let between = args.range("between");
    if between.is_some_and(|(low, high)| low >= high || low < bounds.0 || high > bounds.1) {
        return Err(Refusal::new("`between` holds no two numbers of this column", "`between: 0..100`"));
    }
    let (low, high) = between.unwrap_or(bounds);
    let limits =
        Limits { low, high, digits, given: between.is_some(), real: shape.ty.base_type() == Some(BaseType::Float4) };
    Ok(Box::new(move |value, context, output| match value {
        Value::Integer(number) => {
            let from = i128::from(number.clamp(low, high));
            let moved = moved(from, 0, reach, &mut context.draw(value), low.into(), high.into());
            match moved {
                // What lay outside of the bounds is at the nearer one.
                None if from == i128::from(number) => output.carry(value),
                moved => output.integer(moved.unwrap_or(from) as i64),
            }
            Ok(())
        }
        Value::Decimal(text) => decimal(text, value, context, output, reach, limits),
        Value::Float(number) => {
            float(number, value, context, output, reach, limits);
            Ok(())
        }
        _ => Err(Unmaskable::Form),
    }))
}

/// Moves a whole number of units of 10⁻ˢᶜᵃˡᵉ: by at least one, without a change of sign, within bounds. `None`: it is 0 and
/// moves by a share of itself.
fn moved(number: i128, scale: i32, reach: Reach, draw: &mut Draw, least: i128, most: i128) -> Option<i128> {
    let furthest = match reach {
        Reach::Ratio(_) if number == 0 => return None,
        Reach::Ratio(ratio) => number.unsigned_abs() as f64 * ratio,
        Reach::Amount(amount) => amount * 10f64.powi(scale),
    };
    let unit = draw.bits();
    // 53 bits are uniform in 0..1; one more is the direction.
    let size = ((unit >> 11) as f64 / (1u64 << 53) as f64 * furthest).round() as i128;
    let by = size.max(1) * if unit & 1 == 0 { 1 } else { -1 };
    let same_sign = |moved: &i128| (*moved >= 0) == (number >= 0) || *moved == 0;
    let within = |moved: &i128| (least..=most).contains(moved) && same_sign(moved);
    let ways = [number.checked_add(by), number.checked_sub(by), number.checked_add(1), number.checked_sub(1)];
    ways.into_iter().flatten().find(within)
}

fn decimal(
    text: &str,
    value: Value<'_>,
    context: &mut Context<'_>,
    output: &mut Output,
    reach: Reach,
    limits: Limits,
) -> Result<(), Unmaskable> {
    let (negative, size) = match text.strip_prefix('-') {
        Some(size) => (true, size),
        None => (false, text),
    };
    let (mut whole, mut fraction) = size.split_once('.').unwrap_or((size, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || whole.is_empty() {
        output.carry(value);
        return Ok(());
    }
    let nearest;
    // What is beyond every bound is at the nearer one, whatever its other digits are.
    if limits.given && whole.trim_start_matches('0').len() > 19 {
        nearest = if negative { limits.low } else { limits.high }.unsigned_abs().to_string();
        (whole, fraction) = (&nearest, "");
    }
    // Digits beyond the first thirty are drawn: they say nothing at this distance.
    let digits = || whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0');
    let count = digits().count();
    let head = count.min(30);
    let number = digits().take(head).fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    let number = if negative { -number } else { number };
    let dropped = count - head;
    let places = (fraction.len() as u32).saturating_sub(dropped as u32);
    let digits_allowed = limits.digits.min(WHOLE + fraction.len() as u32).saturating_sub(dropped as u32).min(36);
    let most = 10i128.pow(digits_allowed) - 1;
    let (mut least, mut most) = (-most, most);
    if limits.given {
        let unit = 10i128.checked_pow(places).unwrap_or(i128::MAX);
        let bound = |bound: i64| i128::from(bound).saturating_mul(unit);
        // Drawn digits go away from zero.
        let drawn = i128::from(dropped > 0);
        (least, most) = (least.max(bound(limits.low) + drawn), most.min(bound(limits.high) - drawn));
    }
    let within = number.clamp(least.min(most), most);
    let mut draw = context.draw(value);
    let scale = fraction.len() as i32 - dropped as i32;
    let moved = match moved(within, scale, reach, &mut draw, least, most) {
        None if within == number => {
            output.carry(value);
            return Ok(());
        }
        moved => moved.unwrap_or(within),
    };
    let to = output.text();
    print_decimal(moved, dropped, fraction.len(), &mut draw, to);
    Ok(())
}

/// Prints a number of units, followed by drawn digits, of which the last ones are the fraction.
fn print_decimal(number: i128, drawn: usize, places: usize, draw: &mut Draw, to: &mut Vec<u8>) {
    if number < 0 {
        to.push(b'-');
    }
    let start = to.len();
    to.extend_from_slice(number.unsigned_abs().to_string().as_bytes());
    draw.digits(drawn, to);
    let missing = (places + 1).saturating_sub(to.len() - start);
    to.splice(start..start, std::iter::repeat_n(b'0', missing));
    if places > 0 {
        to.insert(to.len() - places, b'.');
    }
}

fn float(number: f64, value: Value<'_>, context: &mut Context<'_>, output: &mut Output, reach: Reach, limits: Limits) {
    let (low, high) = if limits.given { (limits.low as f64, limits.high as f64) } else { (f64::MIN, f64::MAX) };
    let number = if number.is_finite() { number.clamp(low, high) } else { number };
    if !number.is_finite() || (number == 0.0 && matches!(reach, Reach::Ratio(_))) {
        // One from outside of the bounds is at the nearer one.
        output.carry(if number.is_finite() { Value::Float(number) } else { value });
        return;
    }
    let furthest = match reach {
        Reach::Ratio(ratio) => number.abs() * ratio,
        Reach::Amount(amount) => amount,
    };
    let unit = context.draw(value).bits();
    let size = ((unit >> 11) + 1) as f64 / (1u64 << 53) as f64 * furthest;
    let by = if unit & 1 == 0 { size } else { -size };
    let fits = |moved: &f64| {
        let differs = match limits.real {
            true => *moved as f32 != number as f32 && (*moved as f32).is_finite(),
            false => moved.to_bits() != number.to_bits(),
        };
        differs && moved.is_finite() && (low..=high).contains(moved) && (*moved >= 0.0) == (number >= 0.0)
    };
    let (down, up) = match limits.real {
        true => ((number as f32).next_down().into(), (number as f32).next_up().into()),
        false => (number.next_down(), number.next_up()),
    };
    let ways = [number + by, number - by, down, up];
    output.float(ways.into_iter().find(fits).unwrap_or(0.0));
}
