//! `xml`: listed elements and attributes of a document stay or are masked, everything else is dropped.

use super::json::paths::Node;
use super::part::{Part, PartBuffers};
use super::{
    Accepts, Arg, Args, By, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, MaskRef, Param, ParamKind,
    Refusal, Sees, Spec, Unmaskable, Value,
};
use crate::pg::types::BaseType;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesStart, Event};

/// The mask.
pub const XML: Spec = Spec {
    name: "xml",
    also: &["xpath", "xml_path"],
    summary: "Keeps the listed elements and attributes of a document, masks others, and drops everything else.",
    docs: "Paths are `order.item.@sku`: elements by their names as they are written, prefix included, `*` for any one, `@` before an \
           attribute. What is kept stays with all that is in it; the text of a masked element is masked as a whole, without the \
           elements in it. Elements on the way to a listed one stay without their own texts. Comments, instructions, \
           declarations and types of documents go; declarations of namespaces stay. What is no XML, or declares entities of its own, becomes nothing.",
    params: &[
        Param { name: "keep", kind: ParamKind::Texts, required: false, default: "[]", help: "Paths that stay." },
        Param {
            name: "fields",
            kind: ParamKind::Masks,
            required: false,
            default: "{}",
            help: "Paths and the mask or domain for each.",
        },
    ],
    accepts: Accepts::Families(&[Family::Xml, Family::Text]),
    by: By::Never,
    sees: Sees::inside,
    class: Class::Sensitive,
    equal_at_most: 1.0,
    output: "the listed elements",
    examples: &[Example {
        column: "xml",
        params: "{ keep: [person.plan], fields: { person.email: email } }",
        input: "<person ssn=\"078-05-1120\"><email>maria@shop.test</email><plan>gold</plan><note>angry</note></person>",
        output: "<person><email>jeanie.gorsenma.2d9vexpxk6181r9s@example.com</email><plan>gold</plan></person>",
    }],
    compile,
    ..COMMON
};

struct Document {
    paths: Node,
    parts: Vec<Part>,
}

/// What is no XML, or a mask that gave up: nothing of the document is written then.
struct Broken;

impl<E: std::error::Error> From<E> for Broken {
    fn from(_: E) -> Self {
        Broken
    }
}

fn compile(args: &Args, shape: &ColumnShape, domains: &Domains) -> Result<MaskFn, Refusal> {
    let masks: &[(String, MaskRef)] = match args.get("fields") {
        Some(Arg::Masks(masks)) => masks,
        _ => &[],
    };
    if let Some(length) = shape.max_length.filter(|_| !masks.is_empty()) {
        return Err(Refusal::new(
            format!("a document of masked parts may outgrow the {length} characters of the column"),
            "`erase`, or a column of type text",
        ));
    }
    let longest = shape.max_length.unwrap_or(usize::MAX);
    let text = ColumnShape::unbounded(BaseType::Text);
    let paths = Node::build(
        args.texts("keep").unwrap_or_default().iter().map(String::as_str),
        masks.iter().map(|(path, _)| path.as_str()),
    )?;
    let parts = masks.iter().map(|(path, rule)| Part::compile(path, rule, &text, domains)).collect::<Result<_, _>>()?;
    let document = Document { paths, parts };
    Ok(Box::new(move |value, context, output| {
        let to = output.text();
        match value {
            Value::Text(text) => {
                let done = document.write(text, &mut PartBuffers::of(context.row), to);
                // What is kept may be written in more characters, as `&quot;` is.
                if done.is_err() || to.len() > longest && to.len() > text.len() {
                    to.clear();
                }
                Ok(())
            }
            Value::Bytes(_) => Ok(()),
            _ => Err(Unmaskable::Form),
        }
    }))
}

impl Document {
    fn write(&self, text: &str, buffers: &mut PartBuffers<'_>, to: &mut Vec<u8>) -> Result<(), Broken> {
        let mut reader = Reader::from_str(text);
        let mut open: Vec<&Node> = vec![&self.paths];
        loop {
            let start = reader.buffer_position() as usize;
            let inside = *open.last().ok_or(Broken)?;
            match reader.read_event()? {
                Event::Start(tag) => {
                    let name = tag.name().into_inner().to_owned();
                    match inside.key(&name) {
                        None if !inside.keep => {
                            reader.read_to_end(tag.name())?;
                        }
                        Some(node) if node.mask.is_none() && (!node.keep || node.is_inner()) => {
                            self.tag(&tag, node, buffers, to)?;
                            to.push(b'>');
                            open.push(node);
                        }
                        Some(node) if node.mask.is_some() => {
                            self.tag(&tag, node, buffers, to)?;
                            to.push(b'>');
                            let content = content(&mut reader)?;
                            self.part(node, &content, buffers, to)?;
                            to.extend_from_slice(format!("</{name}>").as_bytes());
                        }
                        // Kept, with everything in it.
                        _ => {
                            reader.read_to_end(tag.name())?;
                            let end = reader.buffer_position() as usize;
                            to.extend_from_slice(text.get(start..end).ok_or(Broken)?.as_bytes());
                        }
                    }
                }
                Event::Empty(tag) => match inside.key(tag.name().into_inner()) {
                    None if !inside.keep => {}
                    Some(node) if node.mask.is_some() || !node.keep || node.is_inner() => {
                        self.tag(&tag, node, buffers, to)?;
                        to.extend_from_slice(b"/>");
                    }
                    _ => {
                        let end = reader.buffer_position() as usize;
                        to.extend_from_slice(text.get(start..end).ok_or(Broken)?.as_bytes());
                    }
                },
                Event::End(tag) => {
                    open.pop();
                    to.extend_from_slice(format!("</{}>", tag.name().into_inner()).as_bytes());
                }
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if inside.keep => {
                    let end = reader.buffer_position() as usize;
                    to.extend_from_slice(text.get(start..end).ok_or(Broken)?.as_bytes());
                }
                // It may declare entities of which parts are made.
                Event::DocType(declared) if declared.contains('[') => return Err(Broken),
                Event::Eof if open.len() == 1 => return Ok(()),
                Event::Eof => return Err(Broken),
                Event::Text(_)
                | Event::CData(_)
                | Event::GeneralRef(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => {}
            }
        }
    }

    /// Writes a tag with the attributes that are listed, without its end.
    fn tag(
        &self,
        tag: &BytesStart<'_>,
        node: &Node,
        buffers: &mut PartBuffers<'_>,
        to: &mut Vec<u8>,
    ) -> Result<(), Broken> {
        to.push(b'<');
        to.extend_from_slice(tag.name().into_inner().as_bytes());
        for attribute in tag.attributes() {
            let attribute = attribute?;
            let name = attribute.key.into_inner();
            let known = node.key(&format!("@{name}")).filter(|known| known.keep || known.mask.is_some());
            if known.is_none() && !node.keep && name != "xmlns" && !name.starts_with("xmlns:") {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
            to.extend_from_slice(format!(" {name}=\"").as_bytes());
            match known.filter(|known| known.mask.is_some()) {
                Some(known) => self.part(known, &value, buffers, to)?,
                None => to.extend_from_slice(escape(&*value).as_bytes()),
            }
            to.push(b'"');
        }
        Ok(())
    }

    /// Writes what a mask makes of a text; NULL is nothing.
    fn part(&self, node: &Node, text: &str, buffers: &mut PartBuffers<'_>, to: &mut Vec<u8>) -> Result<(), Broken> {
        let part = node.mask.and_then(|number| self.parts.get(number)).ok_or(Broken)?;
        let mut made = Vec::new();
        if part.write(text.as_bytes(), buffers, &mut made)? {
            to.extend_from_slice(escape(std::str::from_utf8(&made)?).as_bytes());
        }
        Ok(())
    }
}

/// The text of an element and of all in it, up to its end.
fn content(reader: &mut Reader<&[u8]>) -> Result<String, Broken> {
    let (mut text, mut depth) = (String::new(), 0usize);
    loop {
        match reader.read_event()? {
            Event::Start(_) => depth += 1,
            Event::End(_) if depth == 0 => return Ok(text),
            Event::End(_) => depth -= 1,
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(name) => match name.resolve_char_ref()? {
                Some(letter) => text.push(letter),
                None => text.push_str(resolve_predefined_entity(&name).ok_or(Broken)?),
            },
            Event::Eof => return Err(Broken),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::mask::tests::Run;

    #[test]
    fn documents_keep_what_is_listed_and_nothing_else() {
        let run = Run::of(
            "xml",
            "{ keep: [a.k, \"a.m.@id\", \"l.*\"], fields: { a.m: { constant: \"<&>\" }, \"a.@who\": { constant: x }, \"l.s\": erase } }",
            "xml",
        );
        for (input, output) in [
            (
                "<a who=\"maria\" ssn='1'>maria<k x=\"1\">t<!-- c --><b/></k><n>maria</n></a>",
                "<a who=\"x\"><k x=\"1\">t<!-- c --><b/></k></a>",
            ),
            (
                "<a><m id='a\"&lt;' b=\"2\">maria<i>maria</i></m><m/></a>",
                "<a><m id=\"a&quot;&lt;\">&lt;&amp;&gt;</m><m/></a>",
            ),
            (
                "<?xml version=\"1.0\"?><!DOCTYPE a><!-- maria --><a xmlns:p=\"urn:x\"><p:k>maria</p:k></a>",
                "<a xmlns:p=\"urn:x\"></a>",
            ),
            ("<l>maria<x>1</x><s>maria</s><y a=\"&#65;\"/></l>", "<l><x>1</x><s></s><y a=\"&#65;\"/></l>"),
            ("maria", ""),
            ("<b>maria</b><a/>", "<a/>"),
            ("<a><k>maria</a>", ""),
            ("<a>maria", ""),
            ("<a><m>&maria;</m></a>", ""),
            ("<!DOCTYPE a [<!ENTITY m \"maria\">]><a><k>&m;</k></a>", ""),
        ] {
            assert_eq!(run.mask(input).as_deref(), Some(output), "{input}");
        }
        for (column, output) in [("varchar(15)", "<a b=\"&quot;\"/>"), ("varchar(14)", "")] {
            assert_eq!(Run::of("xml", "[a.@b]", column).mask("<a b='\"'/>").as_deref(), Some(output));
        }
        let deep = format!("{}maria{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(run.mask(&deep).as_deref(), Some("<a></a>"));
    }
}
