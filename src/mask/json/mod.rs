//! `json`: what is listed survives or is masked, everything else is dropped.

pub(super) mod paths;
mod rest;
mod scan;

use super::looks::Looks;
use super::part::drawn_from_itself;
use super::{
    Accepts, Arg, Args, By, COMMON, Class, ColumnShape, Context, Domain, Domains, Example, Family, MaskFn, MaskRef,
    Neighbour, Output, Param, ParamKind, Refusal, Sees, Spec, Unmaskable, Value, masks_for,
};
use crate::pg::types::BaseType;
use crate::pg::value::print_output;
use paths::Node;
use scan::{Cursor, Kind, NotJson};

/// The mask.
pub const JSON: Spec = Spec {
    name: "json",
    summary: "Keeps the listed parts of a document, masks others, and drops everything else.",
    docs: "Paths are `theme`, `flags.*` (every key), `contacts[*].email` (every element), `\"odd.key\".name`. What is kept comes \
           out letter by letter. A mask under `fields` gives the same output as in a column of its own; an array there is masked \
           element by element, an object becomes null unless the mask is `json` again. In text, whatever is not JSON becomes \
           null, and so does a document that is a single value. `unlisted: erase` leaves the keys and makes their values null, \
           `unlisted: mask` masks them by type and looks (`email`, `phone`, `ip`, `uuid`, `card`, `digits`, else `text`; true \
           becomes false); keys that do not look like a programmer's names are dropped with all below them. Where keys are data, \
           use `drop`.",
    params: &[
        Param {
            name: "keep",
            kind: ParamKind::Texts,
            required: false,
            default: "[]",
            help: "Paths that stay as they are, with all below them.",
        },
        Param {
            name: "fields",
            kind: ParamKind::Masks,
            required: false,
            default: "{}",
            help: "Paths and their masks or domains.",
        },
        UNLISTED,
    ],
    accepts: Accepts::Families(&[Family::Json, Family::Text]),
    by: By::Never,
    sees: Sees::inside,
    class: Class::Sensitive,
    equal_at_most: 1.0,
    output: "documents of the listed parts",
    examples: &[
        Example {
            column: "jsonb",
            params: "{ keep: [theme, \"flags.*\"], fields: { \"contacts[*].email\": email } }",
            input: r#"{"ssn": "078-05-1120", "theme": "dark", "flags": {"beta": 1.50}, "contacts": [{"email": "maria@shop.test"}]}"#,
            output: r#"{"theme":"dark","flags":{"beta":1.50},"contacts":[{"email":"jeanie.gorsenma.2d9vexpxk6181r9s@example.com"}]}"#,
        },
        Example { column: "text", params: "[theme]", input: "Maria said: {", output: "null" },
    ],
    compile,
    ..COMMON
};

/// What happens to what no line lists; `hstore` has it too.
pub(super) const UNLISTED: Param = Param {
    name: "unlisted",
    kind: ParamKind::Word(&["drop", "erase", "mask"]),
    required: false,
    default: "drop",
    help: "What happens to everything else.",
};

/// `unlisted:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlisted {
    Drop,
    Erase,
    Mask,
}

impl Unlisted {
    /// As it is written.
    pub fn of(args: &Args) -> Self {
        match args.text("unlisted") {
            Some("erase") => Unlisted::Erase,
            Some("mask") => Unlisted::Mask,
            _ => Unlisted::Drop,
        }
    }
}

/// A mask for one field of a document: one function for each kind of value.
struct Field {
    domain: Domain,
    text: Option<MaskFn>,
    integer: Option<MaskFn>,
    decimal: Option<MaskFn>,
    float: Option<MaskFn>,
    boolean: Option<MaskFn>,
    document: Option<MaskFn>,
}

/// What a document becomes.
struct Rewrite {
    root: Node,
    fields: Vec<Field>,
    unlisted: Unlisted,
    looks: Looks,
    /// For numbers that no line lists.
    digits: Field,
}

/// What a document's masks see of the row, and what they write into.
struct Buffers<'r> {
    row: &'r [Neighbour],
    own: Box<Scratch>,
}

/// What the masks of a document write into on the way, reused from document to document.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    key: String,
    text: String,
    printed: Vec<u8>,
    output: Output,
    mask: super::context::Buffers,
}

fn compile(args: &Args, shape: &ColumnShape, domains: &Domains) -> Result<MaskFn, Refusal> {
    let masks: &[(String, MaskRef)] = match args.get("fields") {
        Some(Arg::Masks(masks)) => masks,
        _ => &[],
    };
    let grows = !masks.is_empty() || Unlisted::of(args) != Unlisted::Drop;
    if let Some(length) = shape.max_length.filter(|length| grows || *length < 4) {
        return Err(Refusal::new(
            format!("a document of masked fields may outgrow the {length} characters of the column"),
            "`erase`, or a column of type text",
        ));
    }
    let keep = args.texts("keep").unwrap_or_default();
    let root = Node::build(keep.iter().map(String::as_str), masks.iter().map(|(path, _)| path.as_str()))?;
    let fields = masks.iter().map(|(path, mask)| Field::compile(path, mask, domains)).collect::<Result<_, _>>()?;
    let digits = Field::compile("unlisted", &MaskRef::bare(&super::digits::DIGITS, Args::default()), domains)?;
    let rewrite = Rewrite { root, fields, unlisted: Unlisted::of(args), looks: Looks::new(domains)?, digits };
    let longest = shape.max_length.unwrap_or(usize::MAX);
    Ok(Box::new(move |value, context, output| {
        let (Value::Json(text) | Value::Text(text)) = value else {
            output.text().extend_from_slice(b"null");
            return Ok(());
        };
        let to = output.text();
        let own = context.buffers.document.take().unwrap_or_default();
        let mut buffers = Buffers { row: context.row, own };
        let done = rewrite.document(text, &mut buffers, to);
        context.buffers.document = Some(buffers.own);
        if done.is_err() || (to.len() > longest && to.len() > text.len()) {
            to.clear();
            to.extend_from_slice(b"null");
        }
        Ok(())
    }))
}

impl Field {
    fn compile(path: &str, rule: &MaskRef, domains: &Domains) -> Result<Field, Refusal> {
        drawn_from_itself(path, rule)?;
        let mut refusal = None;
        let mut function = |base| match super::function(rule, &ColumnShape::unbounded(base), domains) {
            Ok(function) => Some(function),
            Err(why) => {
                refusal.get_or_insert(why);
                None
            }
        };
        let field = Field {
            domain: domains.of(rule),
            text: function(BaseType::Text),
            integer: function(BaseType::Int8),
            decimal: function(BaseType::Numeric),
            float: function(BaseType::Float8),
            boolean: function(BaseType::Bool),
            document: function(BaseType::Json),
        };
        let made = [&field.text, &field.integer, &field.decimal, &field.float, &field.boolean, &field.document];
        if made.iter().any(|function| function.is_some()) {
            return Ok(field);
        }
        let mut why = refusal.unwrap_or(Refusal { message: String::new(), help: None });
        if !rule.spec.accepts.family(Some(Family::Text)) {
            why.message = format!("the mask `{}` does not fit the values of a document", rule.spec.name);
            why.help = Some(format!("masks that fit a string: {}", masks_for(Family::Text).join(", ")));
        }
        why.message = format!("`{path}`: {}", why.message);
        Err(why)
    }

    /// The function for a value, and the value as it takes it. What has no function of its own is masked as text.
    fn of<'a>(&self, kind: Kind, text: &'a str) -> Option<(&MaskFn, Value<'a>)> {
        let typed = match kind {
            Kind::Boolean => self.boolean.as_ref().map(|function| (function, Value::Boolean(text == "true"))),
            Kind::Number => match text.parse() {
                Ok(number) => self.integer.as_ref().map(|function| (function, Value::Integer(number))),
                Err(_) if text.contains(['e', 'E']) => {
                    let number = text.parse().ok().map(Value::Float);
                    self.float.as_ref().zip(number)
                }
                Err(_) => self.decimal.as_ref().map(|function| (function, Value::Decimal(text))),
            },
            _ => None,
        };
        typed.or_else(|| self.text.as_ref().map(|function| (function, Value::Text(text))))
    }
}

impl Rewrite {
    fn document(&self, text: &str, buffers: &mut Buffers<'_>, to: &mut Vec<u8>) -> Result<(), NotJson> {
        let mut cursor = Cursor::new(text);
        if !self.value(&self.root, false, &mut cursor, buffers, to)? {
            to.extend_from_slice(match cursor_kind(text)? {
                Kind::Object => b"{}",
                Kind::Array => b"[]",
                _ => b"null",
            });
        }
        if cursor.ended() { Ok(()) } else { Err(NotJson) }
    }

    /// Writes what becomes of the next value; false if it is dropped.
    fn value(
        &self,
        node: &Node,
        kept: bool,
        cursor: &mut Cursor<'_>,
        buffers: &mut Buffers<'_>,
        to: &mut Vec<u8>,
    ) -> Result<bool, NotJson> {
        let kept = kept || node.keep;
        let kind = cursor.kind()?;
        let descend = match kind {
            Kind::Object => node.is_inner(),
            Kind::Array => node.elements().is_some(),
            _ => false,
        };
        if descend {
            self.container(kind, node, kept, cursor, buffers, to)?;
            return Ok(true);
        }
        if let Some(number) = node.mask {
            self.masked(&self.fields[number], cursor, buffers, to)?;
            return Ok(true);
        }
        if !kept {
            return self.rest(cursor, buffers, to);
        }
        to.extend_from_slice(cursor.value()?.as_bytes());
        Ok(true)
    }

    /// Writes an object or array of which parts are known.
    fn container(
        &self,
        kind: Kind,
        node: &Node,
        kept: bool,
        cursor: &mut Cursor<'_>,
        buffers: &mut Buffers<'_>,
        to: &mut Vec<u8>,
    ) -> Result<(), NotJson> {
        let (open, close) = if kind == Kind::Object { (b'{', b'}') } else { (b'[', b']') };
        cursor.expect(open)?;
        to.push(open);
        let first = to.len();
        let mut more = !cursor.take(close);
        while more {
            let start = to.len();
            if start > first {
                to.push(b',');
            }
            let below = if kind == Kind::Object {
                let key = cursor.string()?;
                cursor.expect(b':')?;
                to.push(b'"');
                to.extend_from_slice(key.as_bytes());
                to.extend_from_slice(b"\":");
                let mut decoded = std::mem::take(&mut buffers.own.key);
                let name = scan::unescaped(key, &mut decoded);
                let below = node.key(name);
                let stays =
                    kept || below.is_some() || self.unlisted != Unlisted::Drop && Looks::is_name(name.as_bytes());
                buffers.own.key = decoded;
                if !stays {
                    cursor.value()?;
                    to.truncate(start);
                    more = cursor.take(b',');
                    if !more {
                        cursor.expect(close)?;
                    }
                    continue;
                }
                below
            } else {
                node.elements()
            };
            let written = match below {
                Some(below) => self.value(below, kept, cursor, buffers, to)?,
                None if kept => {
                    to.extend_from_slice(cursor.value()?.as_bytes());
                    true
                }
                None => self.rest(cursor, buffers, to)?,
            };
            match written {
                true => {}
                // An element leaves its place, a member leaves nothing.
                false if kind == Kind::Array => to.extend_from_slice(b"null"),
                false => to.truncate(start),
            }
            more = cursor.take(b',');
            if !more {
                cursor.expect(close)?;
            }
        }
        to.push(close);
        Ok(())
    }

    /// Writes the masked form of a value; an array's elements are masked one by one.
    fn masked(
        &self,
        field: &Field,
        cursor: &mut Cursor<'_>,
        buffers: &mut Buffers<'_>,
        to: &mut Vec<u8>,
    ) -> Result<(), NotJson> {
        if cursor.kind()? != Kind::Array {
            return field.write(cursor, buffers, to);
        }
        cursor.expect(b'[')?;
        to.push(b'[');
        let mut more = !cursor.take(b']');
        while more {
            field.write(cursor, buffers, to)?;
            more = cursor.take(b',');
            if more {
                to.push(b',');
            } else {
                cursor.expect(b']')?;
            }
        }
        to.push(b']');
        Ok(())
    }
}

impl Field {
    /// Masks the next value; what the mask cannot take becomes null.
    fn write(&self, cursor: &mut Cursor<'_>, buffers: &mut Buffers<'_>, to: &mut Vec<u8>) -> Result<(), NotJson> {
        let kind = cursor.kind()?;
        let raw = match kind {
            Kind::String => cursor.string()?,
            _ => cursor.value()?,
        };
        let Scratch { text, printed, output, mask, .. } = &mut *buffers.own;
        let used = match kind {
            Kind::Null => None,
            Kind::Object => self.document.as_ref().map(|function| (function, Value::Json(raw))),
            Kind::Array => None,
            Kind::String => {
                let value = Value::Text(scan::unescaped(raw, text));
                self.text.as_ref().map(|function| (function, value))
            }
            _ => self.of(kind, raw),
        };
        let Some((function, value)) = used else {
            to.extend_from_slice(b"null");
            return Ok(());
        };
        let mut context =
            Context { row: buffers.row, buffers: std::mem::take(mask), ..Context::new(&self.domain, None) };
        let masked: Result<(), Unmaskable> = function(value, &mut context, output);
        *mask = context.buffers;
        // The text that the output prints as; NULL prints nothing.
        printed.clear();
        let made = masked.is_ok() && print_output(output, printed);
        let bare = match kind {
            Kind::Number => scan::is_json_number(printed),
            Kind::Boolean => matches!(printed.as_slice(), b"true" | b"false"),
            Kind::Object => true,
            _ => false,
        };
        match made && std::str::from_utf8(printed).is_ok() {
            false => to.extend_from_slice(b"null"),
            true if bare => to.extend_from_slice(printed),
            true => scan::write_string(printed, to),
        }
        Ok(())
    }
}

fn cursor_kind(text: &str) -> Result<Kind, NotJson> {
    Cursor::new(text).kind()
}
