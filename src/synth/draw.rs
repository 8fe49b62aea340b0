//! Numbers out of pseudo-random bits.

use rand::rngs::ChaCha8Rng;
use rand::{Rng as _, SeedableRng as _};

/// A stream of pseudo-random numbers: first the 256 bits that it is made from, then ChaCha8 seeded with them.
pub struct Draw {
    seed: [u8; 32],
    used: usize,
    more: Option<ChaCha8Rng>,
}

impl Draw {
    /// The stream of these bits.
    pub fn new(bits: [u8; 32]) -> Self {
        Draw { seed: bits, used: 0, more: None }
    }

    /// The same stream with another beginning.
    pub fn beginning(mut self, bits: u64) -> Self {
        self.seed[..8].copy_from_slice(&bits.to_le_bytes());
        self
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        match self.seed[self.used..].first_chunk::<8>() {
            Some(chunk) => {
                self.used += 8;
                u64::from_le_bytes(*chunk)
            }
            None => self.more.get_or_insert_with(|| ChaCha8Rng::from_seed(self.seed)).next_u64(),
        }
    }

    /// The next number below a bound that is not zero. Its bias is below bound / 2⁶⁴.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// One of a list that is not empty.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// Appends pseudo-random decimal digits, 16 from each 64 bits.
    pub fn digits(&mut self, count: usize, to: &mut Vec<u8>) {
        let mut digits = Digits::default();
        to.extend((0..count).map(|_| b'0' + digits.below(10, self)));
    }
}

/// Small numbers out of a stream, many from each 64 bits: for texts that are replaced character by character.
#[derive(Default)]
pub struct Digits {
    bits: u64,
    left: u64,
}

impl Digits {
    /// The next number below a bound between 1 and 64.
    pub fn below(&mut self, bound: u8, draw: &mut Draw) -> u8 {
        // Keeps at least 10 bits unused, so that a number's bias is below 2⁻¹⁰ of its chance.
        if self.left < 1 << 10 {
            self.bits = draw.bits();
            self.left = u64::MAX;
        }
        let product = u128::from(self.bits) * u128::from(bound);
        self.bits = product as u64;
        self.left /= u64::from(bound);
        (product >> 64) as u8
    }
}
