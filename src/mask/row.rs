//! What a mask sees of its row beside its own field: what the clone has in other columns, and masked texts as they were.

use super::{Arg, Args, MaskRef, Output};
use crate::words::name::Name;

/// What a mask looks at in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sees {
    /// Its own field, and `by:`.
    Field,
    /// What the clone has in these columns.
    Columns(Vec<Name>),
    /// The row's masked texts, as they were and as they are, because its own text may repeat them.
    MaskedTexts,
}

/// A column that a mask looks at.
#[derive(Debug)]
pub struct Neighbour {
    /// The column.
    pub name: Name,
    /// What the clone has there.
    pub output: Output,
    /// What that stands in for; `None` where it is not to be seen, or is no text.
    pub real: Option<String>,
    /// True if it is somebody's name, of which a text may repeat one word.
    pub is_name: bool,
}

impl Sees {
    /// What the masks under `fields:` look at: the row's masked texts, if one of them does.
    pub(super) fn inside(args: &Args) -> Sees {
        match args.get("fields") {
            Some(Arg::Masks(masks)) if masks.iter().any(|(_, rule)| rule.sees() == Sees::MaskedTexts) => {
                Sees::MaskedTexts
            }
            _ => Sees::Field,
        }
    }
}

impl MaskRef {
    /// What this use of a mask looks at.
    pub fn sees(&self) -> Sees {
        (self.spec.sees)(&self.args)
    }
}
