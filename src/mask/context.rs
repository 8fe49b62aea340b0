//! What a mask may draw from: the keyed pseudo-random function of its domain, and the row.
//!
//! `PRF(key, mapping, domain, input)` is BLAKE3 in keyed mode (<https://github.com/BLAKE3-team/BLAKE3-specs>): a subkey
//! per domain, made from the key over length-prefixed (mapping, domain), then one keyed hash per input.

use crate::pg::value::Value;
use crate::words::secret::Key;

/// A domain's pseudo-random function.
#[derive(Clone)]
pub struct Domain {
    subkey: [u8; 32],
}

impl Domain {
    /// Derives the domain's subkey.
    pub fn new(key: &Key, mapping: u32, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key.bytes());
        hasher.update(b"standin domain");
        hasher.update(&mapping.to_le_bytes());
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        Domain { subkey: *hasher.finalize().as_bytes() }
    }

    /// 256 pseudo-random bits for an input.
    pub fn draw(&self, input: &[u8]) -> [u8; 32] {
        *blake3::keyed_hash(&self.subkey, input).as_bytes()
    }
}

/// What one call of a mask sees beside the value.
pub struct Context<'a> {
    /// The domain's function.
    pub domain: &'a Domain,
    /// The value of the `by:` column, if the rule has one.
    pub by: Option<Value<'a>>,
    /// A buffer for canonical bytes, reused from row to row.
    pub scratch: Vec<u8>,
}
