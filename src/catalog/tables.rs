//! The tables of a catalog, found by name and by oid without a search.

use super::{Oid, Table};
use crate::words::name::TableName;
use std::collections::HashMap;

/// Tables in the order that they were given, with an index by name and by oid.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    list: Vec<Table>,
    by_name: HashMap<TableName, usize>,
    by_oid: HashMap<Oid, usize>,
}

impl Tables {
    /// The table of that name.
    pub fn named(&self, name: &TableName) -> Option<&Table> {
        self.by_name.get(name).map(|at| &self.list[*at])
    }

    /// The table of that oid.
    pub fn by_oid(&self, oid: Oid) -> Option<&Table> {
        self.by_oid.get(&oid).map(|at| &self.list[*at])
    }
}

impl From<Vec<Table>> for Tables {
    fn from(list: Vec<Table>) -> Self {
        let by_name = list.iter().enumerate().map(|(at, table)| (table.name.clone(), at)).collect();
        let by_oid = list.iter().enumerate().map(|(at, table)| (table.oid, at)).collect();
        Tables { list, by_name, by_oid }
    }
}

impl FromIterator<Table> for Tables {
    fn from_iter<I: IntoIterator<Item = Table>>(tables: I) -> Self {
        tables.into_iter().collect::<Vec<_>>().into()
    }
}

impl std::ops::Deref for Tables {
    type Target = [Table];

    fn deref(&self) -> &[Table] {
        &self.list
    }
}

impl<'a> IntoIterator for &'a Tables {
    type Item = &'a Table;
    type IntoIter = std::slice::Iter<'a, Table>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}
