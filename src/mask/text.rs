//! `text`: filler of the same length.

use super::{COMMON, Class, Example, Param, ParamKind, Spec, Uniqueness, Value, draw_text};
use crate::synth::{Digits, Draw, LOREM};

/// The mask.
pub const TEXT: Spec = Spec {
    name: "text",
    also: &["lorem", "lorem_ipsum", "sentence", "paragraph", "sentences", "paragraphs", "pii_text"],
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

/// A few words.
pub const WORDS: Spec = Spec {
    name: "words",
    also: &["word", "random_word", "lorem_words"],
    summary: "So many filler words.",
    docs: "Nothing of the value is left but whether two are equal, not its length either.",
    params: &[Param {
        name: "count",
        kind: ParamKind::Integer(1, 100),
        required: false,
        default: "3",
        help: "How many words.",
    }],
    class: Class::Sensitive,
    equal_at_most: 0.02,
    output: "lorem ipsum",
    examples: &[
        Example {
            column: "text",
            params: "",
            input: "Called twice, angry about the delay.",
            output: "Eaque reiciendis commodi",
        },
        Example { column: "text", params: "1", input: "angry", output: "Recusandae" },
    ],
    compile: |args, shape, _| {
        let count = args.integer("count").and_then(|count| usize::try_from(count).ok()).unwrap_or(3);
        let longest = LOREM.iter().map(|word| word.len()).max().unwrap_or(0);
        shape.needs(
            count * (longest + 1) - 1,
            "so many words",
            "a smaller `count`, or `text`, which keeps the length",
        )?;
        Ok(Box::new(move |value, context, output| {
            draw_text(value, context, output, |draw, to| {
                for at in 0..count {
                    if at > 0 {
                        to.push(b' ');
                    }
                    to.extend_from_slice(draw.pick(LOREM).as_bytes());
                }
                to[0] = to[0].to_ascii_uppercase();
            })
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
