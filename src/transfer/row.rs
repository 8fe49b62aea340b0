//! Row in, row out, no I/O: untouched runs of bytes are copied, masked fields replaced, and both counted.

use super::choose::Choice;
use super::field::{Buffers, Masked, Read};
use super::neighbours::Neighbours;
use crate::mask::{Output, Unmaskable};
use crate::pg::copy::{Field, Format, Malformed};
use crate::pg::digest::Digest;
use crate::pg::tid::Tid;
use crate::pg::value::FieldType;
use crate::pg::{copy_binary, copy_text};
use crate::plan::select::{Origin, Reading};
use crate::plan::{Action, TablePlan};
use roaring::RoaringTreemap;
use std::ops::Range;

/// Turns rows of one table as they are read into rows as they are written.
pub struct RowMask<'p> {
    format: Format,
    steps: Vec<Step<'p>>,
    /// Fields of a written row.
    width: usize,
    /// Per column of the clone.
    tallies: Vec<Tally>,
    /// Per column of the clone, if it is to be digested.
    digests: Vec<Option<Digest>>,
    /// The field of the SELECT behind each digest.
    digested: Vec<(usize, usize)>,
    /// Where it stands in the SELECT whether the row stays as it is, and how many did.
    exempt: Option<(usize, u64)>,
    /// Where the row's id stands in the SELECT, and the rows that come.
    chosen: Option<(usize, &'p Choice)>,
    /// What masks look at beside their own fields.
    neighbours: Neighbours<'p>,
    buffers: Buffers,
    output: Output,
}

/// What was counted of a masked column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Fields that were not NULL.
    pub masked: u64,
    /// Those whose output equals the input.
    pub unchanged: u64,
}

/// Why a row could not be turned: the column's place in the plan, and what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFault {
    /// The stream is broken.
    Stream,
    /// A mask could not do a field.
    Mask(usize, Unmaskable),
}

impl From<Malformed> for RowFault {
    fn from(_: Malformed) -> Self {
        RowFault::Stream
    }
}

enum Step<'p> {
    /// Fields of the SELECT from the first to the last, both included.
    Copy(usize, usize),
    Null,
    Mask(Box<Masked<'p>>),
    /// NULL in some rows.
    Reset(Vec<&'p RoaringTreemap>, Box<Step<'p>>),
    /// Written as it was read; another field says whether it equals the real value.
    Computed {
        column: usize,
        value: usize,
        unchanged: usize,
    },
}

impl<'p> RowMask<'p> {
    /// Prepares the work for a table.
    pub fn new(
        table: &'p TablePlan,
        reading: &Reading,
        choice: Option<&'p Choice>,
        format: Format,
        digest: bool,
    ) -> Self {
        let chosen = reading.row_id.zip(choice);
        let mut steps: Vec<Step<'p>> = Vec::new();
        let mut digested = Vec::new();
        for (at, (origin, column)) in reading.fields.iter().zip(&table.columns).enumerate() {
            let resets = choice.map_or_else(Vec::new, |choice| choice.resets(&column.name));
            let before = steps.len();
            match (origin, &column.action) {
                (Origin::Read(value), action) => {
                    if digest && column.comparable && matches!(action, Action::Keep) {
                        digested.push((at, *value));
                    }
                    match steps.last_mut() {
                        Some(Step::Copy(_, last)) if *last + 1 == *value && resets.is_empty() => *last = *value,
                        _ => steps.push(Step::Copy(*value, *value)),
                    }
                }
                (Origin::Masked { value, by }, Action::Mask(rule)) => {
                    steps.push(Step::Mask(Box::new(Masked::new(at, *value, *by, FieldType::of(&column.ty), rule))));
                }
                (Origin::Computed { value, unchanged }, _) => {
                    steps.push(Step::Computed { column: at, value: *value, unchanged: *unchanged });
                }
                (Origin::Null | Origin::Masked { .. }, _) => steps.push(Step::Null),
            }
            if !resets.is_empty()
                && steps.len() > before
                && let Some(step) = steps.pop()
            {
                steps.push(Step::Reset(resets, Box::new(step)));
            }
        }
        let width = table.columns.len();
        let mut digests = vec![None; width];
        for (column, _) in &digested {
            digests[*column] = Some(Digest::default());
        }
        RowMask {
            format,
            steps,
            width,
            tallies: vec![Tally::default(); width],
            digests,
            digested,
            exempt: reading.exempt.map(|field| (field, 0)),
            chosen,
            neighbours: Neighbours::new(table, reading, choice),
            buffers: Buffers::default(),
            output: Output::default(),
        }
    }

    /// What was counted, per column of the clone.
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// Rows that stayed as they are by the table's `exempt`.
    pub fn exempt(&self) -> u64 {
        self.exempt.map_or(0, |(_, count)| count)
    }

    /// What was digested, per column of the clone.
    pub fn digests(&self) -> &[Option<Digest>] {
        &self.digests
    }

    /// True if every row stays as it is, and nothing of it is to be known.
    pub fn is_copy(&self) -> bool {
        let whole = |step: &Step<'_>| matches!(step, Step::Copy(0, last) if *last + 1 == self.width);
        self.chosen.is_none()
            && self.exempt.is_none()
            && self.format == Format::Binary
            && self.digested.is_empty()
            && matches!(&self.steps[..], [step] if whole(step))
    }

    /// Appends the row that this one becomes; false if it is not among those that come.
    pub fn row(
        &mut self,
        bytes: &[u8],
        row: Range<usize>,
        fields: &[Field],
        to: &mut Vec<u8>,
    ) -> Result<bool, RowFault> {
        let mut id = None;
        if let Some((field, choice)) = self.chosen {
            let field = fields[field].range().map(|range| &bytes[range]).ok_or(RowFault::Stream)?;
            let tid = match self.format {
                Format::Binary => Tid::from_bytes(field),
                Format::Text => Tid::from_text(field),
            }
            .ok_or(RowFault::Stream)?;
            if !choice.takes(tid) {
                return Ok(false);
            }
            id = Some((choice, tid));
        }
        let is_exempt = match &mut self.exempt {
            Some((field, count)) => {
                let stays = is_true(bytes, fields[*field]);
                *count += u64::from(stays);
                stays
            }
            None => false,
        };
        let is_reset =
            |sets: &[&RoaringTreemap]| id.is_some_and(|(choice, tid)| sets.iter().any(|set| choice.holds(set, tid)));
        for (column, field) in &self.digested {
            if let Some(digest) = &mut self.digests[*column] {
                let reset = self.steps.iter().any(|step| match step {
                    Step::Reset(sets, step) => {
                        matches!(**step, Step::Copy(value, _) if value == *field) && is_reset(sets)
                    }
                    _ => false,
                });
                digest.add(fields[*field].range().filter(|_| !reset).map(|range| &bytes[range]));
            }
        }
        let read = Read { format: self.format, bytes, fields };
        if !self.neighbours.is_empty() && !is_exempt {
            self.neighbours.fill(read, &mut self.buffers, is_reset)?;
        }
        match self.format {
            Format::Binary => copy_binary::begin(self.width, to),
            Format::Text => {}
        }
        for (at, step) in self.steps.iter().enumerate() {
            if self.format == Format::Text && at > 0 {
                to.push(b'\t');
            }
            let step = match step {
                Step::Reset(sets, _) if is_reset(sets) => &Step::Null,
                Step::Reset(_, step) => step,
                step => step,
            };
            match step {
                Step::Reset(..) => {}
                Step::Copy(first, last) if *first == 0 && *last + 1 == fields.len() => {
                    to.extend_from_slice(&bytes[row.clone()]);
                }
                Step::Copy(first, last) => copy(self.format, bytes, fields, *first, *last, to),
                Step::Null => null(self.format, to),
                Step::Computed { column, value, unchanged } => {
                    copy(self.format, bytes, fields, *value, *value, to);
                    if !is_exempt && fields[*value].range().is_some() {
                        self.tallies[*column].masked += 1;
                        self.tallies[*column].unchanged += u64::from(is_true(bytes, fields[*unchanged]));
                    }
                }
                Step::Mask(masked) if is_exempt => {
                    copy(self.format, bytes, fields, masked.value, masked.value, to);
                }
                Step::Mask(masked) => {
                    let made = masked.make(read, self.neighbours.row(), &mut self.buffers, &mut self.output)?;
                    match made {
                        true => {
                            let tally = &mut self.tallies[masked.column];
                            masked.write(read, &self.output, &mut self.buffers, tally, to)?;
                        }
                        false => null(self.format, to),
                    }
                }
            }
        }
        if self.format == Format::Text {
            to.push(b'\n');
        }
        Ok(true)
    }
}

/// Is it a boolean field that holds true.
fn is_true(bytes: &[u8], field: Field) -> bool {
    field.range().is_some_and(|range| matches!(&bytes[range], [1] | b"t"))
}

fn null(format: Format, to: &mut Vec<u8>) {
    match format {
        Format::Binary => copy_binary::null(to),
        Format::Text => copy_text::null(to),
    }
}

/// Copies a run of fields with what stands between them.
fn copy(format: Format, bytes: &[u8], fields: &[Field], first: usize, last: usize, to: &mut Vec<u8>) {
    let end = |field: Field| field.range().map(|range| range.end);
    match format {
        Format::Binary => {
            let start = fields[first].start() - 4;
            to.extend_from_slice(&bytes[start..end(fields[last]).unwrap_or(fields[last].start())]);
        }
        Format::Text => {
            let start = fields[first].start();
            to.extend_from_slice(&bytes[start..end(fields[last]).unwrap_or(fields[last].start() + 2)]);
        }
    }
}
