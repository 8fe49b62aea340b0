//! Sets of rows of one table and its partitions: compressed bitmaps over row ids, about two bytes a row or less.

use crate::pg::tid::Tid;
use roaring::RoaringTreemap;

/// A row: the place of its leaf, and its row id as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row {
    /// The leaf's place in its unit.
    pub leaf: usize,
    /// The row id, packed.
    pub at: u64,
}

/// Rows of one table and its partitions.
#[derive(Debug, Clone, Default)]
pub struct Rowset {
    leaves: Vec<RoaringTreemap>,
}

/// How row ids are packed into numbers: no more places a block than a block can hold.
#[derive(Debug, Clone, Copy)]
pub struct Packing(u64);

impl Packing {
    /// For blocks of so many bytes; a row takes 28 at least.
    pub fn new(block_bytes: u32) -> Self {
        Packing(u64::from(block_bytes / 28 + 2))
    }

    /// The number of a row id.
    pub fn pack(self, tid: Tid) -> u64 {
        u64::from(tid.block) * self.0 + u64::from(tid.offset)
    }

    /// The row id of a number.
    pub fn unpack(self, at: u64) -> Tid {
        Tid { block: (at / self.0) as u32, offset: (at % self.0) as u16 }
    }
}

impl Rowset {
    /// No rows, of so many leaves.
    pub fn new(leaves: usize) -> Self {
        Rowset { leaves: vec![RoaringTreemap::new(); leaves] }
    }

    /// Adds a row; false if it was there.
    pub fn insert(&mut self, row: Row) -> bool {
        self.leaves[row.leaf].insert(row.at)
    }

    /// Is the row there.
    pub fn contains(&self, row: Row) -> bool {
        self.leaves[row.leaf].contains(row.at)
    }

    /// How many rows.
    pub fn len(&self) -> u64 {
        self.leaves.iter().map(RoaringTreemap::len).sum()
    }

    /// Are there none.
    pub fn is_empty(&self) -> bool {
        self.leaves.iter().all(RoaringTreemap::is_empty)
    }

    /// Rows of either.
    pub fn unite(&mut self, other: &Rowset) {
        self.leaves.iter_mut().zip(&other.leaves).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Rows of both.
    pub fn common(&self, other: &Rowset) -> Rowset {
        Rowset { leaves: self.leaves.iter().zip(&other.leaves).map(|(mine, theirs)| mine & theirs).collect() }
    }

    /// Rows of this one alone.
    pub fn without(&self, other: &Rowset) -> Rowset {
        Rowset { leaves: self.leaves.iter().zip(&other.leaves).map(|(mine, theirs)| mine - theirs).collect() }
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.leaves.iter().enumerate().flat_map(|(leaf, rows)| rows.iter().map(move |at| Row { leaf, at }))
    }

    /// Takes the rows of one leaf out.
    pub fn take_leaf(&mut self, leaf: usize) -> RoaringTreemap {
        std::mem::take(&mut self.leaves[leaf])
    }

    /// Pieces of at most so many rows: leaves with their rows.
    pub fn pieces(&self, most: usize) -> Vec<Vec<(usize, Vec<u64>)>> {
        let mut pieces = Vec::new();
        let mut piece: Vec<(usize, Vec<u64>)> = Vec::new();
        let mut room = most;
        for (leaf, rows) in self.leaves.iter().enumerate() {
            let mut rows = rows.iter();
            loop {
                let some: Vec<u64> = rows.by_ref().take(room).collect();
                if some.is_empty() {
                    break;
                }
                room -= some.len();
                piece.push((leaf, some));
                if room == 0 {
                    pieces.push(std::mem::take(&mut piece));
                    room = most;
                }
            }
        }
        if !piece.is_empty() {
            pieces.push(piece);
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_ids_come_back_and_pieces_are_whole() {
        let packing = Packing::new(8192);
        for tid in [Tid { block: 0, offset: 1 }, Tid { block: u32::MAX - 1, offset: 291 }] {
            assert_eq!(packing.unpack(packing.pack(tid)), tid);
        }
        let mut set = Rowset::new(3);
        (0..10).for_each(|at| assert!(set.insert(Row { leaf: at as usize % 3, at })));
        assert!(!set.insert(Row { leaf: 0, at: 0 }));
        let pieces = set.pieces(4);
        assert!(pieces.iter().all(|piece| piece.iter().map(|(_, rows)| rows.len()).sum::<usize>() <= 4));
        assert_eq!(pieces.iter().flatten().map(|(_, rows)| rows.len() as u64).sum::<u64>(), set.len());
    }
}
