//! `hash`: a keyed hash in hex or base 32.

use super::{
    Accepts, Arg, Args, By, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, Param, ParamKind, Refusal,
    Spec, Uniqueness, Value,
};

/// The mask.
pub const HASH: Spec = Spec {
    name: "hash",
    also: &["sha256hash", "sha256", "md5", "digest", "sha1hash"],
    summary: "A keyed hash of the value, for tokens, fingerprints and ids in text.",
    docs: "Nothing of the value is left but whether two are equal. 20 characters of hex or 16 of base32 carry 80 bits, which \
           is what a unique column needs. On bytea `length` counts bytes.",
    params: &[
        Param {
            name: "length",
            kind: ParamKind::Integer(1, 64),
            required: false,
            default: "32",
            help: "Characters of the hash; bytes on bytea, 32 at most there.",
        },
        Param {
            name: "encoding",
            kind: ParamKind::Word(&["hex", "base32"]),
            required: false,
            default: "hex",
            help: "How the hash is written in text: 4 bits a character, or 5.",
        },
    ],
    accepts: Accepts::Families(&[Family::Text, Family::Bytes]),
    by: By::May,
    class: Class::Secret,
    uniqueness,
    equal_at_most: 0.0,
    output: "hex or base32 digits, or bytes",
    examples: &[
        Example { column: "text", params: "", input: "tok_4242", output: "10ae5a98a7cb36875e855a08f5a50e36" },
        Example {
            column: "text",
            params: "{ length: 16, encoding: base32 }",
            input: "tok_4242",
            output: "ccxfvgfhzm3ioxuf",
        },
        Example { column: "bytea", params: "{ length: 8 }", input: "\\x00ff", output: "\\xcba2eda01e6ec89e" },
    ],
    compile,
    ..COMMON
};

/// How a hash is written.
#[derive(Clone, Copy)]
enum Form {
    Hex,
    Base32,
    Bytes,
}

impl Form {
    fn of(args: &Args, shape: &ColumnShape) -> Self {
        match args.get("encoding") {
            _ if shape.family() == Some(Family::Bytes) => Form::Bytes,
            Some(Arg::Text(word)) if word == "base32" => Form::Base32,
            _ => Form::Hex,
        }
    }

    fn bits(self) -> usize {
        match self {
            Form::Hex => 4,
            Form::Base32 => 5,
            Form::Bytes => 8,
        }
    }
}

fn length(args: &Args) -> usize {
    args.integer("length").and_then(|length| usize::try_from(length).ok()).unwrap_or(32)
}

fn uniqueness(args: &Args, shape: &ColumnShape) -> Uniqueness {
    let bits = length(args) * Form::of(args, shape).bits();
    if bits >= 80 { Uniqueness::Preserved } else { Uniqueness::Probable { bits: bits as f64 } }
}

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let (length, form) = (length(args), Form::of(args, shape));
    let longest = 256 / form.bits();
    if length == 0 || length > longest {
        let message = format!("a hash of this form has 1 to {longest} characters or bytes, not {length}");
        return Err(Refusal::new(message, format!("`hash: {{ length: {longest} }}`")));
    }
    if !matches!(form, Form::Bytes) {
        let fits = shape.max_length.unwrap_or(length);
        shape.needs(length, "the hash", &format!("`hash: {{ length: {fits} }}`"))?;
    }
    Ok(Box::new(move |value: Value<'_>, context, output| {
        let mut draw = context.draw(value);
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&draw.bits().to_le_bytes());
        }
        match form {
            Form::Bytes => output.bytes().extend_from_slice(&bytes[..length]),
            Form::Hex => write(&bytes, 4, b"0123456789abcdef", length, output.text()),
            Form::Base32 => write(&bytes, 5, b"abcdefghijklmnopqrstuvwxyz234567", length, output.text()),
        }
        Ok(())
    }))
}

/// Writes the first characters of some bytes in an alphabet of 2ⁿ characters.
fn write(bytes: &[u8; 32], width: u32, alphabet: &[u8], length: usize, to: &mut Vec<u8>) {
    let (mut bits, mut left, mut next) = (0u32, 0, bytes.iter());
    for _ in 0..length {
        if left < width {
            bits = bits << 8 | u32::from(*next.next().unwrap_or(&0));
            left += 8;
        }
        left -= width;
        to.push(alphabet[(bits >> left) as usize & ((1 << width) - 1)]);
    }
}
