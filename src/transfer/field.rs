//! One masked field of a row: read, masked, written, counted.

use super::row::{RowFault, Tally};
use crate::mask::{Context, Neighbour, Output, Unmaskable, Value};
use crate::pg::copy::{Field, Format};
use crate::pg::value::FieldType;
use crate::pg::{copy_binary, copy_text};
use crate::plan::MaskUse;

/// A masked field.
pub struct Masked<'p> {
    /// The column's place in the plan.
    pub column: usize,
    /// The value's place in the SELECT.
    pub value: usize,
    ty: FieldType,
    by: Option<(usize, FieldType)>,
    rule: &'p MaskUse,
}

/// Reused from row to row.
#[derive(Default)]
pub struct Buffers {
    value: Vec<u8>,
    by: Vec<u8>,
    raw: Vec<u8>,
    raw_by: Vec<u8>,
    mask: crate::mask::context::Buffers,
}

/// A row as it was read.
#[derive(Clone, Copy)]
pub struct Read<'r> {
    /// How it was sent.
    pub format: Format,
    /// What was sent, this row and others.
    pub bytes: &'r [u8],
    /// Where its fields are.
    pub fields: &'r [Field],
}

impl<'r> Read<'r> {
    /// A field's bytes; `None`: NULL.
    fn bytes(&self, field: usize) -> Option<&'r [u8]> {
        self.fields[field].range().map(|range| &self.bytes[range])
    }

    /// A field's value; `raw` holds it without escapes, `scratch` what the type makes of it. `None`: NULL.
    pub fn value<'a>(
        &self,
        field: usize,
        ty: &FieldType,
        raw: &'a mut Vec<u8>,
        scratch: &'a mut Vec<u8>,
    ) -> Result<Option<Value<'a>>, crate::pg::value::Malformed>
    where
        'r: 'a,
    {
        let Some(input) = self.bytes(field) else { return Ok(None) };
        match self.format {
            Format::Binary => ty.decode_binary(input, scratch),
            Format::Text => {
                copy_text::unescape(input, raw);
                ty.decode_text(raw, scratch)
            }
        }
        .map(Some)
    }
}

impl<'p> Masked<'p> {
    /// Prepares a column's mask over fields of the SELECT.
    pub fn new(column: usize, value: usize, by: Option<usize>, ty: FieldType, rule: &'p MaskUse) -> Self {
        let by = by.and_then(|field| Some((field, FieldType::of(&rule.by.as_ref()?.2))));
        Masked { column, value, ty, by, rule }
    }

    /// Makes what takes the field's place; false: it is NULL, and stays so.
    pub fn make(
        &self,
        read: Read<'_>,
        row: &[Neighbour],
        buffers: &mut Buffers,
        output: &mut Output,
    ) -> Result<bool, RowFault> {
        let malformed = |_| RowFault::Mask(self.column, Unmaskable::Malformed);
        let Buffers { value, by, raw, raw_by, mask } = buffers;
        let Some(decoded) = read.value(self.value, &self.ty, raw, value).map_err(malformed)? else {
            return Ok(false);
        };
        let drawn = match &self.by {
            Some((field, ty)) => read.value(*field, ty, raw_by, by).map_err(malformed)?,
            None => None,
        };
        let mut context = Context { domain: &self.rule.domain, by: drawn, row, buffers: std::mem::take(mask) };
        (self.rule.mask)(decoded, &mut context, output).map_err(|error| RowFault::Mask(self.column, error))?;
        *mask = context.buffers;
        Ok(true)
    }

    /// Writes what was made, and counts it.
    pub fn write(
        &self,
        read: Read<'_>,
        output: &Output,
        buffers: &mut Buffers,
        tally: &mut Tally,
        to: &mut Vec<u8>,
    ) -> Result<(), RowFault> {
        let malformed = |_| RowFault::Mask(self.column, Unmaskable::Malformed);
        // A field that carries nothing, such as an empty text, is neither masked nor unchanged.
        let counts = u64::from(!output.carried());
        tally.masked += counts;
        let start = to.len();
        let written = match read.format {
            Format::Binary => {
                copy_binary::field(to, |to| self.ty.encode_binary(output, to)).map_err(malformed)?;
                start + 4
            }
            Format::Text => {
                let scratch = &mut buffers.value;
                scratch.clear();
                if self.ty.encode_text(output, scratch).map_err(malformed)? {
                    copy_text::escape(scratch, to);
                } else {
                    copy_text::null(to);
                }
                start
            }
        };
        tally.unchanged += counts * u64::from(Some(&to[written..]) == read.bytes(self.value));
        Ok(())
    }
}
