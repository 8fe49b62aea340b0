//! `seed:` of one environment, laid over that of the file: table by table, column by column, key by key.

use super::{Seed, SeedColumn, SeedTable};

impl Seed {
    /// This one, under what an environment has of its own.
    pub fn under(&self, own: Seed) -> Seed {
        let base = self.clone();
        let named = |table: &SeedTable| own.tables.iter().any(|mine| mine.name.value == table.name.value);
        let mut tables: Vec<SeedTable> = base.tables.iter().filter(|table| !named(table)).cloned().collect();
        for mine in &own.tables {
            let table = base.tables.iter().find(|table| table.name.value == mine.name.value);
            tables.push(table.map_or_else(|| mine.clone(), |table| over(table, mine)));
        }
        Seed {
            locale: own.locale.or(base.locale),
            as_of: own.as_of.or(base.as_of),
            profile: own.profile.or(base.profile),
            rows: own.rows.or(base.rows),
            per_parent: own.per_parent.or(base.per_parent),
            tables,
            login: own.login.or(base.login),
        }
    }
}

/// A table of an environment over that of the file: how many rows it has is said by one of the two alone.
fn over(base: &SeedTable, own: &SeedTable) -> SeedTable {
    let counted = if own.rows.is_some() || own.per.is_some() { own } else { base };
    let named = |column: &&SeedColumn| own.columns.iter().all(|mine| mine.name.value != column.name.value);
    SeedTable {
        name: own.name.clone(),
        rows: counted.rows,
        per: counted.per.clone(),
        count: counted.count.clone(),
        fixed: if own.fixed.is_empty() { base.fixed.clone() } else { own.fixed.clone() },
        columns: base.columns.iter().filter(named).chain(&own.columns).cloned().collect(),
    }
}
