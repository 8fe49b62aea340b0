//! Tables of which every row belongs to the subset: they are copied without a look at their keys.

/// What decides that a table comes whole; lists are by table.
#[derive(Debug, Clone, Default)]
pub struct Cover {
    /// A root reaches it, and no policy takes any of its rows.
    pub(super) may: Vec<bool>,
    /// It is not the subset's, and no policy takes any of its rows.
    pub(super) intact: Vec<bool>,
    pub(super) ties: Vec<Tie>,
}

/// A reference, as far as whole tables are concerned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tie {
    pub parent: usize,
    pub child: usize,
    /// Each row of the child has a parent, and follows it.
    pub always: bool,
    /// A row of the child goes with its parent.
    pub cascades: bool,
}

impl Cover {
    /// True if the table comes whole once each of its rows is a root's.
    pub fn may(&self, table: usize) -> bool {
        self.may[table]
    }

    /// The tables of which every row comes, if every row of `roots` does.
    pub fn whole(&self, roots: &[bool]) -> Vec<bool> {
        let mut may = self.may.clone();
        loop {
            let mut whole: Vec<bool> = may.iter().zip(roots).map(|(may, root)| *may && *root).collect();
            let mut changed = true;
            while changed {
                changed = false;
                for tie in self.ties.iter().filter(|tie| tie.always) {
                    if whole[tie.parent] && may[tie.child] && !whole[tie.child] {
                        whole[tie.child] = true;
                        changed = true;
                    }
                }
            }
            let lossy = self.lossy(&whole);
            match self.ties.iter().find(|tie| lossy[tie.parent] && whole[tie.child]) {
                None => return whole,
                Some(tie) => may[tie.child] = false,
            }
        }
    }

    /// Tables that can lose rows, if those of the subset that are not whole do.
    fn lossy(&self, whole: &[bool]) -> Vec<bool> {
        let mut lossy: Vec<bool> = self.intact.iter().zip(whole).map(|(intact, whole)| !intact && !whole).collect();
        let mut open: Vec<usize> = (0..lossy.len()).filter(|table| lossy[*table]).collect();
        while let Some(table) = open.pop() {
            for tie in self.ties.iter().filter(|tie| tie.parent == table && tie.cascades) {
                if !lossy[tie.child] && !whole[tie.child] {
                    lossy[tie.child] = true;
                    open.push(tie.child);
                }
            }
        }
        lossy
    }

    /// The same of some of the tables, in their order; nothing of nothing.
    pub(super) fn part(&self, tables: &[usize]) -> Cover {
        let of = |list: &[bool]| tables.iter().filter_map(|table| list.get(*table).copied()).collect();
        let place = |table: usize| tables.iter().position(|known| *known == table);
        let ties = self
            .ties
            .iter()
            .filter_map(|tie| Some(Tie { parent: place(tie.parent)?, child: place(tie.child)?, ..*tie }));
        Cover { may: of(&self.may), intact: of(&self.intact), ties: ties.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_of_a_table_that_loses_rows_is_not_whole_whatever_else_it_follows() {
        let tie = |parent, always| Tie { parent, child: 2, always, cascades: true };
        // A root that takes all, a table that arrives empty, and a child of both.
        let (may, intact) = (vec![true, false, true], vec![false, false, false]);
        let cover = Cover { may, intact, ties: vec![tie(0, true), tie(1, false)] };
        assert_eq!(cover.whole(&[true, false, false]), [true, false, false]);
        let alone = Cover { ties: vec![tie(0, true)], ..cover };
        assert_eq!(alone.whole(&[true, false, false]), [true, false, true]);
    }
}
