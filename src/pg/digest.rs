//! What `--verify full` compares: digests of columns as COPY carries them.

/// An order-free digest of a column: the sum of a 128-bit hash of each field, and how many there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest {
    sum: u128,
    count: u64,
}

impl Digest {
    /// Adds a field; NULL counts and is not the empty field.
    pub fn add(&mut self, field: Option<&[u8]>) {
        let hash = match field {
            None => u128::from_le_bytes(*b"standin null key"),
            Some(bytes) => {
                let hash = blake3::hash(bytes);
                let mut half = [0; 16];
                half.copy_from_slice(&hash.as_bytes()[..16]);
                u128::from_le_bytes(half)
            }
        };
        self.sum = self.sum.wrapping_add(hash);
        self.count += 1;
    }

    /// Adds what another worker has.
    pub fn merge(&mut self, other: &Digest) {
        self.sum = self.sum.wrapping_add(other.sum);
        self.count += other.count;
    }
}
