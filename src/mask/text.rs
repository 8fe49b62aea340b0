//! `text`: filler of the same length.

use super::{COMMON, Class, Example, Spec, Uniqueness, Value, draw_text};
use crate::synth::{Digits, Draw, LOREM};

/// The mask.
pub const TEXT: Spec = Spec {
    name: "text",
    summary: "Filler words of the same number of characters.",
    docs: "Nothing of the value is left but its length and whether two are equal. Line breaks and words are not kept.",
    class: Class::Sensitive,
    uniqueness: |_, _| Uniqueness::Lossy,
    equal_at_most: 1e-5,
    output: "lorem ipsum",
    examples: &[Example {
        column: "text",
        params: "",
        input: "Called twice, angry about the delay.",
        output: "Optio labore magni voluptatem repudi",
    }],
    compile: |_, _, _| {
        Ok(Box::new(|value, context, output| {
            let length = match value {
                Value::Text(text) => text.chars().count(),
                Value::Bytes(bytes) => bytes.len(),
                _ => 0,
            };
            draw_text(value, context, output, |draw, to| fill(draw, length, to))
        }))
    },
    ..COMMON
};

/// Below this many characters letters are drawn, because few words are so short.
const SHORT: usize = 12;

/// Writes words until the length is reached; the last one is cut.
fn fill(draw: &mut Draw, length: usize, to: &mut Vec<u8>) {
    if length < SHORT {
        let mut letters = Digits::default();
        to.extend((0..length).map(|_| b'a' + letters.below(26, draw)));
        return;
    }
    while to.len() < length {
        if !to.is_empty() {
            to.push(b' ');
        }
        to.extend_from_slice(draw.pick(LOREM).as_bytes());
    }
    to.truncate(length);
    if let Some(last @ b' ') = to.last_mut() {
        *last = b'.';
    }
    to[0] = to[0].to_ascii_uppercase();
}
