//! Keyed permutations of whole numbers: distinct inputs give distinct outputs, by construction.
//!
//! A Feistel network over a·b ≥ n, and cycle walking back below n (J. Black, P. Rogaway: Ciphers with Arbitrary Finite
//! Domains, CT-RSA 2002). Its round function is AES-128, as in FF1 (NIST SP 800-38G), under a key that the domain's function
//! makes of the permutation's size and name: with the processor's own instructions a block costs a fifth of a keyed BLAKE3.

use super::Domain;
use aes::Aes128Enc;
use aes::cipher::{BlockEncrypt as _, KeyInit as _};
use std::sync::{Arc, OnceLock};

/// Rounds, as in FF1.
const ROUNDS: u64 = 10;

/// Below this size a permutation's fixed points would show: they are taken out.
const SMALL: u128 = 100_000;

/// A permutation of the numbers below a bound.
pub(super) struct Permutation {
    cipher: Aes128Enc,
    size: u128,
    /// The square root of the size, rounded up: the base of the two halves, at most 10¹⁹.
    base: u64,
}

/// Places for permutations that a domain keeps, because making one costs more than using it.
const KEPT: usize = 128;

/// Places that are tried for one.
const TRIES: usize = 4;

/// The permutations of one domain that have come by, as many as there is room for.
#[derive(Clone)]
pub(super) struct Kept(Arc<[OnceLock<Box<Named>>; KEPT]>);

/// A permutation, by what tells it from the domain's others.
struct Named {
    name: Box<[u8]>,
    permutation: Permutation,
}

impl Default for Kept {
    fn default() -> Self {
        Kept(Arc::new([const { OnceLock::new() }; KEPT]))
    }
}

impl Kept {
    /// The number that takes the place of one below the size, in the domain's permutation of that name.
    pub fn apply(&self, domain: &Domain, name: &[u8], size: u128, number: u128) -> u128 {
        let mixed =
            (size as u64 ^ (size >> 64) as u64 ^ name.iter().fold(0, |sum, byte| sum << 8 ^ u64::from(*byte)) << 40)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let first = (mixed >> 57) as usize;
        for at in first..first + TRIES {
            let named = self.0[at % KEPT].get_or_init(|| {
                Box::new(Named { name: name.into(), permutation: Permutation::new(domain, name, size) })
            });
            if *named.name == *name && named.permutation.size == size {
                return named.permutation.apply(number);
            }
        }
        Permutation::new(domain, name, size).apply(number)
    }
}

impl Permutation {
    /// The domain's permutation of that name of the numbers below `size`, which is at most 10³⁸. Making one costs a keyed hash.
    pub fn new(domain: &Domain, name: &[u8], size: u128) -> Self {
        let mut input = [0; 48];
        input[..16].copy_from_slice(&size.to_le_bytes());
        let length = name.len().min(31);
        input[16] = length as u8;
        input[17..17 + length].copy_from_slice(&name[..length]);
        let key = domain.draw(&input[..17 + length]);
        let root = size.isqrt();
        Permutation {
            cipher: Aes128Enc::new(key.first_chunk::<16>().expect("a draw has 32 bytes").into()),
            size,
            base: (if root * root < size { root + 1 } else { root }) as u64,
        }
    }

    /// The number that takes the place of a number below the size. Of few numbers none takes its own place: they form one
    /// cycle, because each moves one step in an order that the key decides.
    pub fn apply(&self, number: u128) -> u128 {
        if self.size < 2 {
            return number;
        }
        if self.size >= SMALL {
            return self.walk(number, Self::forward);
        }
        let place = self.walk(number, Self::forward);
        self.walk((place + 1) % self.size, Self::backward)
    }

    fn walk(&self, number: u128, step: impl Fn(&Self, u128) -> u128) -> u128 {
        let mut number = step(self, number);
        while number >= self.size {
            number = step(self, number);
        }
        number
    }

    /// The two halves of a number.
    fn halves(&self, number: u128) -> (u64, u64) {
        // A division of 64 bits is several times cheaper than one of 128.
        match u64::try_from(number) {
            Ok(number) => (number / self.base, number % self.base),
            Err(_) => ((number / u128::from(self.base)) as u64, (number % u128::from(self.base)) as u64),
        }
    }

    /// The number of two halves.
    fn whole(&self, left: u64, right: u64) -> u128 {
        u128::from(left) * u128::from(self.base) + u128::from(right)
    }

    fn forward(&self, number: u128) -> u128 {
        let (mut left, mut right) = self.halves(number);
        for round in 0..ROUNDS {
            // One step up is as many down from the base: the sum of two halves may be more than 64 bits hold.
            let down = self.base - self.round(round, right);
            (left, right) = (right, if left >= down { left - down } else { left + (self.base - down) });
        }
        self.whole(left, right)
    }

    fn backward(&self, number: u128) -> u128 {
        let (mut left, mut right) = self.halves(number);
        for round in (0..ROUNDS).rev() {
            let down = self.round(round, left);
            (left, right) = (if right >= down { right - down } else { right + (self.base - down) }, left);
        }
        self.whole(left, right)
    }

    /// A number below the base; its bias is below base / 2¹²⁸ of its chance.
    fn round(&self, round: u64, half: u64) -> u64 {
        // A block tells every half of every round from all others.
        let mut block = [0; 16];
        block[..8].copy_from_slice(&half.to_le_bytes());
        block[8..].copy_from_slice(&round.to_le_bytes());
        self.cipher.encrypt_block((&mut block).into());
        let bits = u128::from_le_bytes(block);
        let high = (bits >> 64) * u128::from(self.base);
        let low = u128::from(bits as u64) * u128::from(self.base);
        ((high + (low >> 64)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::secret::Key;

    #[test]
    fn every_number_has_its_place_and_of_few_none_its_own() {
        let key = Key::parse(&"01".repeat(16).chars().chain("23".repeat(16).chars()).collect::<String>()).expect("key");
        let domain = Domain::new(&key, 1, "digits");
        for size in [2u128, 3, 9, 10, 90, 1000, 22_768] {
            let permutation = Permutation::new(&domain, b"", size);
            let mut seen = vec![false; size as usize];
            for number in 0..size {
                let placed = permutation.apply(number);
                assert_ne!(placed, number, "of {size}");
                assert!(!std::mem::replace(&mut seen[placed as usize], true), "of {size}");
            }
        }
        let large = Permutation::new(&domain, b"", 10u128.pow(38));
        let number = 10u128.pow(38) - 1;
        assert_eq!(large.backward(large.forward(number)), number);
        assert!(large.apply(number) < 10u128.pow(38));
    }
}
