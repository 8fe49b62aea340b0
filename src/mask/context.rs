//! What a mask may draw from: the keyed pseudo-random function of its domain, and the row.
//!
//! `PRF(key, mapping, domain, input)` is BLAKE3 in keyed mode (<https://github.com/BLAKE3-team/BLAKE3-specs>): a subkey
//! per domain, made from the key over length-prefixed (mapping, domain), then one keyed hash per input.

use super::args::MaskRef;
use super::canonical::canonical;
use super::permutation::Kept;
use super::row::Neighbour;
use crate::pg::value::Value;
use crate::synth::Draw;
use crate::words::secret::Key;

/// A domain's pseudo-random function.
#[derive(Clone)]
pub struct Domain {
    subkey: [u8; 32],
    kept: Kept,
}

impl Domain {
    /// Derives the domain's subkey.
    pub fn new(key: &Key, mapping: u32, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key.bytes());
        hasher.update(b"standin domain");
        hasher.update(&mapping.to_le_bytes());
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        Domain { subkey: *hasher.finalize().as_bytes(), kept: Kept::default() }
    }

    /// 256 pseudo-random bits for an input.
    pub fn draw(&self, input: &[u8]) -> [u8; 32] {
        *blake3::keyed_hash(&self.subkey, input).as_bytes()
    }

    /// The function's state for an input that comes piece by piece: in the end it gives what [`Domain::draw`] gives of all.
    pub(super) fn pieces(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(&self.subkey)
    }

    /// The number that takes the place of one below the size, in a permutation of this name; those of few names are kept.
    pub(super) fn permuted(&self, name: &[u8], size: u128, number: u128) -> u128 {
        self.kept.apply(self, name, size, number)
    }
}

/// The domains of a key and a mapping version: what masks are compiled with.
#[derive(Clone)]
pub struct Domains {
    key: Key,
    mapping: u32,
}

impl Domains {
    /// The domains of a key, under the rules file's `mapping:`.
    pub fn new(key: &Key, mapping: u32) -> Self {
        Domains { key: key.clone(), mapping }
    }

    /// The function that rows of an identity are drawn by; its name is none that a mask's domain can have.
    pub fn named(&self, identity: &str) -> Domain {
        Domain::new(&self.key, self.mapping, &format!("rows of {identity}"))
    }

    /// The function that a use of a mask draws from. Bare masks that make parts of one person or place share a domain when
    /// they are drawn `by:` a column, so that the first name agrees with the full name and the email; so do all masks
    /// whose `as:` names one subject.
    pub fn of(&self, rule: &MaskRef) -> Domain {
        let bare = rule.domain == rule.spec.name;
        let name = match (&rule.subject, rule.spec.part_of) {
            (Some(subject), _) if rule.by.is_some() => &format!("as {subject}"),
            (_, Some(whole)) if bare && rule.by.is_some() => whole,
            _ => &*rule.domain,
        };
        Domain::new(&self.key, self.mapping, name)
    }
}

/// What one call of a mask sees beside the value.
pub struct Context<'a> {
    /// The domain's function.
    pub domain: &'a Domain,
    /// The value of the `by:` column; `None` if the rule has none, or it is NULL in this row.
    pub by: Option<Value<'a>>,
    /// The columns that masks of the row look at, as far as they are made; empty where none does.
    pub row: &'a [Neighbour],
    /// Buffers, reused from row to row.
    pub buffers: Buffers,
}

/// What masks write into on the way, reused from row to row.
#[derive(Debug, Default)]
pub struct Buffers {
    /// Canonical bytes.
    pub canonical: Vec<u8>,
    /// The value in its domain's normal form.
    pub(super) normal: String,
    /// Of a document.
    pub(super) document: Option<Box<super::json::Scratch>>,
}

impl<'a> Context<'a> {
    /// A context with an empty buffer and nothing of the row.
    pub fn new(domain: &'a Domain, by: Option<Value<'a>>) -> Self {
        Context { domain, by, row: &[], buffers: Buffers::default() }
    }

    /// The draw of the `by:` value if there is one, else of the value.
    pub fn draw(&mut self, value: Value<'_>) -> Draw {
        let drawn = match self.by {
            Some(by) => self.bits(by),
            None => self.bits(value),
        };
        Draw::new(drawn)
    }

    /// True if outputs follow another column, so that they cannot avoid the value.
    pub fn is_by(&self) -> bool {
        self.by.is_some()
    }

    /// The function's bits for the canonical form of a value.
    fn bits(&mut self, value: Value<'_>) -> [u8; 32] {
        match value {
            Value::Text(text) => self.domain.draw(text.as_bytes()),
            Value::Bytes(bytes) => self.domain.draw(bytes),
            _ => {
                self.buffers.canonical.clear();
                canonical(value, &mut self.buffers.canonical);
                self.domain.draw(&self.buffers.canonical)
            }
        }
    }
}
