//! `permute`: an integer key becomes another of the same range.

use super::{
    Accepts, Args, By, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, Param, ParamKind, Refusal, Spec,
    Uniqueness, Unmaskable, Value, email, fixed,
};

/// The range that stands for integer keys.
const KEYS: (i64, i64) = (1, i32::MAX as i64);

/// The mask.
pub const PERMUTE: Spec = Spec {
    name: "permute",
    also: &["permutation", "feistel", "pseudonymize_id", "sequence", "id"],
    summary: "Another number of the same range; distinct numbers stay distinct.",
    docs: "A keyed permutation of the range (a Feistel network with cycle walking), for keys: references follow by themselves. \
           The same number becomes the same one in text, where what is no number becomes an x and 80 bits; a column of fewer \
           than 17 characters has no room for that. A number outside the range, or a text without room, stops the run: give a \
           range that holds all. A sequence behind the key goes on where production's stands.",
    params: &[Param {
        name: "range",
        kind: ParamKind::Range,
        required: false,
        default: "1..2147483647",
        help: "The numbers that there are, both ends included.",
    }],
    accepts: Accepts::Families(&[Family::Integer, Family::Text]),
    by: By::Never,
    class: Class::Direct,
    uniqueness: |_, _| Uniqueness::Preserved,
    equal_at_most: 1e-4,
    reversible: true,
    output: "numbers of the range",
    examples: &[
        Example { column: "int8", params: "", input: "4711", output: "1514284196" },
        Example { column: "int4", params: "{ range: 1..9999 }", input: "42", output: "9593" },
    ],
    compile,
    ..COMMON
};

/// Characters of what replaces a text that is no number: an x, which no number begins with, and 80 bits.
const OTHER: usize = 1 + email::TAIL;

/// A number in its plain form: others, such as 007, would join it.
fn plain(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let odd = digits.starts_with('+') || digits.starts_with('0') && text != "0";
    text.parse().ok().filter(|_| !odd)
}

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let (low, high) = args.range("range").unwrap_or(KEYS);
    if low >= high {
        return Err(Refusal::new("`range` holds no two numbers", "`permute: { range: 1..2147483647 }`"));
    }
    let integer = shape.family() == Some(Family::Integer);
    for end in [low, high] {
        let text = end.to_string();
        if integer && fixed::check(&text, shape).is_err() {
            let message = format!("the type {} does not hold `range`: {low}..{high}", shape.ty.name.name);
            return Err(Refusal::new(message, "`permute: { range: 1..32767 }` fits a smallint"));
        }
        shape.needs(text.len(), "a number of `range`", "a smaller `range`")?;
    }
    let room = shape.max_length.unwrap_or(OTHER);
    let size = (i128::from(high) - i128::from(low) + 1) as u128;
    Ok(Box::new(move |value, context, output| {
        let number = match value {
            Value::Integer(number) => number,
            Value::Text(text) if plain(text).is_some() => plain(text).unwrap_or_default(),
            _ if room < OTHER => return Err(Unmaskable::TooLong),
            _ => {
                let mut draw = context.draw(value);
                let to = output.text();
                to.push(b'x');
                email::tail(&mut draw, to);
                return Ok(());
            }
        };
        if !(low..=high).contains(&number) {
            return Err(Unmaskable::Range);
        }
        let place = (i128::from(number) - i128::from(low)) as u128;
        let masked = context.domain.permuted(b"permute", size, place) as i128 + i128::from(low);
        if integer {
            output.integer(masked as i64);
        } else {
            crate::pg::value::print(Value::Integer(masked as i64), output.text());
        }
        Ok(())
    }))
}
