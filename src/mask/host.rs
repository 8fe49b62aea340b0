//! `domain_name` and `url`: hosts below a name that is never in the DNS.

use super::{
    Args, COMMON, ColumnShape, Example, MaskFn, Param, ParamKind, Refusal, Spec, Uniqueness, draw_text, email,
};
use crate::synth::{Draw, host_words};

/// Characters of the longest two words.
const WORDS: usize = 14;

/// What follows the words (RFC 2606).
const END: &str = ".example";

const UNIQUE: Param = Param {
    name: "unique",
    kind: ParamKind::Boolean,
    required: false,
    default: "true",
    help: "false leaves the 80 bits out.",
};

/// A host.
pub const DOMAIN_NAME: Spec = Spec {
    name: "domain_name",
    also: &["domain", "host", "hostname", "fqdn"],
    summary: "A host name below .example (RFC 2606).",
    docs: "Two invented words and 80 bits of the key's function in lower case, so that unique columns stay unique.",
    params: &[UNIQUE],
    uniqueness,
    equal: |args| (!unique(args)).then_some(1e-3),
    output: ".example",
    examples: &[
        Example { column: "text", params: "", input: "shop.test", output: "bramblepaddle-p51147caztkb80tt.example" },
        Example { column: "text", params: "{ unique: false }", input: "shop.test", output: "bramblepaddle.example" },
    ],
    compile: |args, shape, _| compile(args, shape, "", "a host name"),
    ..COMMON
};

/// A URL.
pub const URL: Spec = Spec {
    name: "url",
    also: &["uri", "link", "website", "web_site"],
    summary: "A URL of a host below .example (RFC 2606).",
    docs: "The scheme is https, the path carries 80 bits of the key's function; nothing of the value's host, path or query is left.",
    params: &[UNIQUE],
    uniqueness,
    equal: |args| (!unique(args)).then_some(1e-3),
    output: ".example",
    examples: &[Example {
        column: "text",
        params: "",
        input: "https://shop.test/u/maria?id=7",
        output: "https://marrowcask.example/mh31qpx16jpzdby1",
    }],
    compile: |args, shape, _| compile(args, shape, "https://", "a URL"),
    ..COMMON
};

fn unique(args: &Args) -> bool {
    args.boolean("unique").unwrap_or(true)
}

fn uniqueness(args: &Args, _: &ColumnShape) -> Uniqueness {
    if unique(args) { Uniqueness::Preserved } else { Uniqueness::Probable { bits: 11.5 } }
}

fn compile(args: &Args, shape: &ColumnShape, scheme: &'static str, what: &str) -> Result<MaskFn, Refusal> {
    let unique = unique(args);
    let needed = scheme.len() + WORDS + END.len() + if unique { 1 + email::TAIL } else { 0 };
    let help = if unique { "`unique: false` is shorter, but not unique" } else { "`hash: { length: … }`" };
    shape.needs(needed, what, help)?;
    Ok(Box::new(move |value, context, output| {
        draw_text(value, context, output, |draw: &mut Draw, to| {
            to.extend_from_slice(scheme.as_bytes());
            host_words(draw, to);
            if unique && scheme.is_empty() {
                to.push(b'-');
                email::tail(draw, to);
            }
            to.extend_from_slice(END.as_bytes());
            if unique && !scheme.is_empty() {
                to.push(b'/');
                email::tail(draw, to);
            }
        })
    }))
}
