//! Keyed permutations of whole numbers: distinct inputs give distinct outputs, by construction.
//!
//! A Feistel network over a·b ≥ n with the domain's function as its rounds, and cycle walking back below n
//! (J. Black, P. Rogaway: Ciphers with Arbitrary Finite Domains, CT-RSA 2002).

use super::Domain;

/// Rounds, as in FF3 (NIST SP 800-38G).
const ROUNDS: u8 = 8;

/// Below this size a permutation's fixed points would show: they are taken out.
const SMALL: u128 = 100_000;

/// A permutation of the numbers below a bound.
pub(super) struct Permutation<'a> {
    domain: &'a Domain,
    /// What tells it from the domain's other permutations.
    tweak: &'a [u8],
    size: u128,
    /// The square root of the size, rounded up: the base of the two halves.
    base: u128,
}

impl<'a> Permutation<'a> {
    /// The domain's permutation of the numbers below `size`, which is at most 10³⁸.
    pub fn new(domain: &'a Domain, tweak: &'a [u8], size: u128) -> Self {
        let root = size.isqrt();
        Permutation { domain, tweak, size, base: if root * root < size { root + 1 } else { root } }
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

    fn forward(&self, number: u128) -> u128 {
        let (mut left, mut right) = (number / self.base, number % self.base);
        for round in 0..ROUNDS {
            (left, right) = (right, (left + self.round(round, right)) % self.base);
        }
        left * self.base + right
    }

    fn backward(&self, number: u128) -> u128 {
        let (mut left, mut right) = (number / self.base, number % self.base);
        for round in (0..ROUNDS).rev() {
            (left, right) = ((right + self.base - self.round(round, left)) % self.base, left);
        }
        left * self.base + right
    }

    fn round(&self, round: u8, half: u128) -> u128 {
        // One block of the hash: the round, the size, the half, and what fits of the tweak.
        let mut input = [0; 64];
        input[0] = round;
        input[1..17].copy_from_slice(&self.size.to_le_bytes());
        input[17..33].copy_from_slice(&half.to_le_bytes());
        let length = self.tweak.len().min(31);
        input[33..33 + length].copy_from_slice(&self.tweak[..length]);
        let bits = self.domain.draw(&input);
        let first = bits.first_chunk::<16>().expect("a draw has 32 bytes");
        u128::from_le_bytes(*first) % self.base
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
        for size in [2, 3, 9, 10, 90, 1000, 22_768] {
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
