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

    /// A stream of its own for other decisions about the same.
    pub fn beside(self) -> Stream {
        Stream(mix(self.0))
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

    /// The numbers of a row among so many, the first of which lies evenly: each row has another part of all numbers. `None`
    /// for as many rows as are left out.
    pub fn even(self, row: u64, rows: u64, left_out: f64) -> Option<Draw> {
        self.placed(row, (self.turn(row, rows), rows), left_out, (0, 1))
    }

    /// The same for a row that has its place among so many; these may be one stretch of so many as large ones, whose rows have
    /// the parts between.
    pub fn placed(self, row: u64, place: (u64, u64), left_out: f64, stretch: (u64, u64)) -> Option<Draw> {
        let (turn, some) = (place.0, (place.1 as f64 * (1.0 - left_out)).round().max(1.0) as u64);
        let [turn_of_all, all] = [(turn, stretch.0), (some, 0)].map(|(of, more)| of * stretch.1 + more);
        let part = (u128::from(2 * turn_of_all + 1) << 63) / u128::from(all);
        (turn < some).then(|| self.row(row, 0).beginning(part as u64))
    }

    /// The place of a row among so many, where every one has another.
    pub fn turn(self, row: u64, rows: u64) -> u64 {
        let bits = u64::BITS - rows.saturating_sub(1).leading_zeros();
        if bits == 0 {
            return 0;
        }
        let (mask, half) = (u64::MAX >> (u64::BITS - bits), bits.div_ceil(2));
        let mut place = row % rows;
        loop {
            // Each of these steps leads from every number of so many bits to another one.
            for round in 0..4 {
                place = place.wrapping_mul(self.number(round, 2) | 1).wrapping_add(self.number(round, 3)) & mask;
                place ^= place >> half;
            }
            if place < rows {
                return place;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn every_row_has_a_place_of_its_own() {
        let stream = Stream::new(1, "t", "c");
        for rows in [1, 2, 3, 8, 1_000] {
            let mut places: Vec<u64> = (0..rows).map(|row| stream.turn(row, rows)).collect();
            assert!(rows < 8 || places.windows(2).any(|pair| pair[1] < pair[0]), "{places:?}");
            places.sort_unstable();
            assert_eq!(places, (0..rows).collect::<Vec<_>>());
        }
        let mut parts: Vec<u64> =
            (0..1_000).map(|row| stream.even(row, 1_000, 0.0).expect("a part").below(1_000)).collect();
        parts.sort_unstable();
        assert_eq!(parts, (0..1_000).collect::<Vec<_>>());
        assert_eq!((0..1_000).filter(|row| stream.even(*row, 1_000, 0.2).is_none()).count(), 200);
        let place = |row: u64| stream.placed(row, (row % 1_000, 1_000), 0.0, (row / 1_000, 2)).expect("a part");
        let parts: std::collections::BTreeSet<u64> = (0..2_000).map(|row| place(row).below(2_000)).collect();
        assert_eq!(parts.len(), 2_000, "two stretches have every part");
    }
}
