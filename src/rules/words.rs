//! The words that a rules file chooses from, each list written once.

use super::{LargeObjects, Orphan, Tier, UnlistedColumns, UnlistedTables, Verify};
use crate::mask::Normal;
use crate::pg::carry::Conflict;

/// A choice between words.
pub trait Words: Copy + 'static {
    /// Every word and what it means, in the order of the docs.
    const WORDS: &'static [(&'static str, Self)];
}

/// The words of a choice.
pub fn of<T: Words>() -> Vec<&'static str> {
    T::WORDS.iter().map(|(word, _)| *word).collect()
}

/// `comments:`.
#[derive(Clone, Copy, PartialEq)]
pub enum Comments {
    /// They are left out.
    Drop,
    /// They are copied.
    Keep,
}

/// `exemptions:`.
#[derive(Clone, Copy, PartialEq)]
pub enum Exemptions {
    /// A table's `exempt` holds.
    Allow,
    /// It is refused.
    Refuse,
}

/// `nulls:` of `retain:`.
#[derive(Clone, Copy, PartialEq)]
pub enum Nulls {
    /// The row stays.
    Keep,
    /// The row is not copied.
    Drop,
}

/// `anchor:` of `retain:`.
#[derive(Clone, Copy, PartialEq)]
pub enum Anchor {
    /// The snapshot's time.
    Snapshot,
    /// The newest row.
    Newest,
}

/// `anchor:` of `shift_dates:`.
#[derive(Clone, Copy, PartialEq)]
pub enum ShiftAnchor {
    /// The newest of all the dates.
    Newest,
}

/// `prefer:` of `limits:`.
#[derive(Clone, Copy, PartialEq)]
pub enum Prefer {
    /// A hot standby.
    Standby,
}

/// What stands beside a name of `extensions:`.
#[derive(Clone, Copy, PartialEq)]
pub enum ExtensionWord {
    /// The clone does without it.
    Skip,
}

/// `missing_parent:` of `carry:`.
#[derive(Clone, Copy, PartialEq)]
pub enum MissingParent {
    /// The row is left out.
    Drop,
    /// The run ends.
    Refuse,
}

/// `unreached:` of `subset:`.
#[derive(Clone, Copy, PartialEq)]
pub enum Unreached {
    /// They come whole.
    Keep,
    /// They hold only what is required.
    Empty,
}

/// The word that may stand for a line of `children:`.
#[derive(Clone, Copy, PartialEq)]
pub enum ChildrenWord {
    /// They do not follow.
    None,
}

/// `allow:`.
#[derive(Clone, Copy, PartialEq)]
pub enum Allow {
    /// `seed-dev` may fill the database.
    Seed,
}

/// `into:`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Into {
    /// A new database takes the old one's name.
    Swap,
    /// Rows go into the present database.
    Existing,
}

macro_rules! words {
    ($($choice:ty: $($word:literal => $meaning:ident),+;)+) => {$(
        impl Words for $choice {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, <$choice>::$meaning)),+];
        }
    )+};
}

words! {
    Tier: "dev" => Dev, "staging" => Staging, "production" => Production;
    Verify: "fast" => Fast, "full" => Full;
    UnlistedColumns: "refuse" => Refuse, "erase" => Erase;
    UnlistedTables: "refuse" => Refuse, "empty" => Empty, "skip" => Skip;
    LargeObjects: "refuse" => Refuse, "skip" => Skip, "keep" => Keep;
    Orphan: "cascade" => Cascade, "set_null" => SetNull, "refuse" => Refuse;
    Comments: "drop" => Drop, "keep" => Keep;
    Exemptions: "allow" => Allow, "refuse" => Refuse;
    Nulls: "keep" => Keep, "drop" => Drop;
    Anchor: "snapshot" => Snapshot, "newest" => Newest;
    ShiftAnchor: "newest" => Newest;
    Prefer: "standby" => Standby;
    Conflict: "refuse" => Refuse, "carried" => Carried, "clone" => Clone;
    ExtensionWord: "skip" => Skip;
    MissingParent: "drop" => Drop, "refuse" => Refuse;
    Unreached: "keep" => Keep, "empty" => Empty;
    ChildrenWord: "none" => None;
    Normal: "lower" => Lower, "trim" => Trim, "nfc" => Nfc, "e164" => E164, "digits" => Digits;
    Allow: "seed" => Seed;
    Into: "swap" => Swap, "existing" => Existing;
}
