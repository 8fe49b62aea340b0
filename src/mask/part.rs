//! A mask for a part of a value (a document's field, a row's, an hstore's), with a domain of its own.

use super::context::{Buffers, Context, Domain, Domains};
use super::{ColumnShape, MaskFn, MaskRef, Neighbour, Output, Refusal, Sees, Unmaskable};
use crate::pg::value::FieldType;

/// A mask for parts of one type.
pub(super) struct Part {
    domain: Domain,
    function: MaskFn,
    field: FieldType,
}

/// What parts write into on the way, and what their masks see of the row.
#[derive(Default)]
pub(super) struct PartBuffers<'r> {
    row: &'r [Neighbour],
    scratch: Vec<u8>,
    output: Output,
    mask: Buffers,
}

impl<'r> PartBuffers<'r> {
    /// Buffers for masks that see the row.
    pub fn of(row: &'r [Neighbour]) -> Self {
        PartBuffers { row, ..PartBuffers::default() }
    }
}

impl Part {
    /// Makes the mask that stands at a path, for parts of a type.
    pub fn compile(path: &str, rule: &MaskRef, shape: &ColumnShape, domains: &Domains) -> Result<Part, Refusal> {
        drawn_from_itself(path, rule)?;
        let function = super::function(rule, shape, domains)
            .map_err(|why| Refusal { message: format!("`{path}`: {}", why.message), ..why })?;
        Ok(Part { domain: domains.of(rule), function, field: FieldType::of(&shape.ty) })
    }

    /// Masks a part as PostgreSQL prints it, after what is in the buffer; false: NULL.
    pub fn write(&self, text: &[u8], buffers: &mut PartBuffers<'_>, to: &mut Vec<u8>) -> Result<bool, Unmaskable> {
        let PartBuffers { row, scratch, output, mask } = buffers;
        let value = self.field.decode_text(text, scratch).map_err(|_| Unmaskable::Malformed)?;
        let mut context = Context { row, buffers: std::mem::take(mask), ..Context::new(&self.domain, None) };
        let done = (self.function)(value, &mut context, output);
        *mask = context.buffers;
        done?;
        self.field.encode_text(output, to).map_err(|_| Unmaskable::Malformed)
    }
}

/// Refuses `by:` and templates inside a value: there is no column to draw from.
pub(super) fn drawn_from_itself(path: &str, rule: &MaskRef) -> Result<(), Refusal> {
    match (&rule.by, rule.sees()) {
        (None, Sees::Field | Sees::MaskedTexts) => Ok(()),
        (None, Sees::Columns(_)) => Err(Refusal::new(
            format!("`{path}`: inside a document a mask does not see the row"),
            "use a mask that is drawn from its own value",
        )),
        (Some(_), _) => Err(Refusal::new(
            format!("`{path}`: inside a document a mask is drawn from its own value"),
            "leave `by:` out, or mask the whole document by other means",
        )),
    }
}
