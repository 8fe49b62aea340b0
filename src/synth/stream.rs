//! Streams for generated rows: one per (seed, table, column, row), so that nothing that is added moves anything else.

use super::Draw;

/// Where the values of one column (or of one thought about a table) come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream(u64);

impl Stream {
    /// The stream of a column, or of anything else that has a name in a table.
    pub fn new(seed: u64, table: &str, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [&seed.to_le_bytes(), table.as_bytes(), name.as_bytes()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut bits = [0; 8];
        bits.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Stream(u64::from_le_bytes(bits))
    }

    /// The numbers of a row; `attempt` counts the tries that a constraint refused.
    pub fn row(self, row: u64, attempt: u32) -> Draw {
        let mut state = mix(self.0 ^ mix(row.wrapping_add(u64::from(attempt) << 48)));
        let mut bits = [0; 32];
        for word in bits.chunks_exact_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            word.copy_from_slice(&mix(state).to_le_bytes());
        }
        Draw::new(bits)
    }

    /// One number of a row, for decisions.
    pub fn number(self, row: u64, attempt: u32) -> u64 {
        mix(self.0 ^ mix(row.wrapping_add(u64::from(attempt) << 48)))
    }
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
