//! The columns that masks of a row look at, made before the row is written. Tables without such masks pay nothing.

use super::choose::Choice;
use super::field::{Buffers, Masked, Read};
use super::row::RowFault;
use crate::mask::{Neighbour, Output, Value};
use crate::pg::value::FieldType;
use crate::plan::select::{Origin, Reading};
use crate::plan::{Action, TablePlan};
use roaring::RoaringTreemap;

/// The columns, and what they hold in the present row.
pub struct Neighbours<'p> {
    sources: Vec<Source<'p>>,
    row: Vec<Neighbour>,
    scratch: (Vec<u8>, Vec<u8>),
}

/// Where a column's field comes from.
struct Source<'p> {
    made: Made<'p>,
    /// Its place in the plan.
    column: usize,
    /// The field of the real value, if it is looked at.
    real: Option<(usize, FieldType)>,
    /// Rows in which it is NULL.
    resets: Vec<&'p RoaringTreemap>,
}

enum Made<'p> {
    Null,
    Read(usize, FieldType),
    Masked(Masked<'p>),
}

impl<'p> Neighbours<'p> {
    /// Prepares the columns that a plan lists, in its order.
    pub fn new(table: &'p TablePlan, reading: &Reading, choice: Option<&'p Choice>) -> Self {
        let (mut sources, mut row) = (Vec::new(), Vec::new());
        for seen in &table.neighbours {
            let (column, origin) = (&table.columns[seen.column], &reading.fields[seen.column]);
            let ty = FieldType::of(&column.ty);
            let (mut real, mut is_name) = (None, false);
            let made = match (origin, &column.action) {
                (Origin::Masked { value, by }, Action::Mask(rule)) => {
                    real = seen.real.then_some((*value, ty));
                    is_name = rule.rule.spec.part_of == Some("person");
                    Made::Masked(Masked::new(seen.column, *value, *by, ty, rule))
                }
                (Origin::Read(value) | Origin::Computed { value, .. }, _) => Made::Read(*value, ty),
                (Origin::Null | Origin::Masked { .. }, _) => Made::Null,
            };
            let resets = choice.map_or_else(Vec::new, |choice| choice.resets(&column.name));
            sources.push(Source { made, column: seen.column, real, resets });
            row.push(Neighbour { name: column.name.clone(), output: Output::default(), real: None, is_name });
        }
        Neighbours { sources, row, scratch: Default::default() }
    }

    /// True if no mask looks at its row.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// What the columns hold in the present row.
    pub fn row(&self) -> &[Neighbour] {
        &self.row
    }

    /// Makes the columns of a row.
    pub fn fill(
        &mut self,
        read: Read<'_>,
        buffers: &mut Buffers,
        is_reset: impl Fn(&[&RoaringTreemap]) -> bool,
    ) -> Result<(), RowFault> {
        for (at, source) in self.sources.iter().enumerate() {
            let (before, rest) = self.row.split_at_mut(at);
            let Some(neighbour) = rest.first_mut() else { break };
            let malformed = |_| RowFault::Mask(source.column, crate::mask::Unmaskable::Malformed);
            let (raw, scratch) = (&mut self.scratch.0, &mut self.scratch.1);
            neighbour.real = None;
            neighbour.output.null();
            if is_reset(&source.resets) {
                continue;
            }
            match &source.made {
                Made::Null => {}
                Made::Read(field, ty) => {
                    if let Some(value) = read.value(*field, ty, raw, scratch).map_err(malformed)? {
                        neighbour.output.carry(value);
                    }
                }
                // Of a NULL nothing is made, and the output stays NULL.
                Made::Masked(masked) => {
                    masked.make(read, before, buffers, &mut neighbour.output)?;
                }
            }
            if let Some((field, ty)) = &source.real
                && let Some(Value::Text(text)) = read.value(*field, ty, raw, scratch).map_err(malformed)?
            {
                neighbour.real = Some(text.to_owned());
            }
        }
        Ok(())
    }
}
