//! Tables that refer to each other, filled in one statement.

use super::keys::Keys;
use super::row::{self, Maker, Row, Which};
use super::stretch::Stretches;
use super::{Seeded, TRIES, all_fixed, is_refusal, refused, send};
use crate::pg::session::Target;
use crate::plan::seed::{Filled, Rows, SeedPlan, TableSeed};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use std::sync::Arc;

/// How often rows are made until none hangs on a row that fell away.
const ROUNDS: usize = 6;

/// Fills tables that refer to each other: their keys first, then whole rows, in one statement.
pub async fn fill(target: &Target, plan: &SeedPlan, group: &[Arc<TableSeed>]) -> Result<Vec<Seeded>> {
    let mut makers = Vec::new();
    for seed in group {
        makers.push(Stretches::new(target, plan, seed).await?.whole().await?);
    }
    let mut last = None;
    for attempt in 0..TRIES {
        let rows = drawn(&mut makers, attempt);
        let tables: Vec<(&TableSeed, &[Row])> =
            group.iter().map(|seed| &**seed).zip(rows.iter().map(|rows| &rows[..])).collect();
        match send::together(target, &tables).await {
            Ok(_) => {
                let seeded = |(seed, rows): (&Arc<TableSeed>, Vec<Row>)| -> Result<Seeded> {
                    all_asked(seed, rows.len() as u64)?;
                    Ok(Seeded { table: seed.name.clone(), rows: rows.len() as u64 })
                };
                return group.iter().zip(rows).map(seeded).collect();
            }
            Err(fault) if is_refusal(&fault) => last = Some(fault),
            Err(fault) => return Err(refused(fault, &group[0])),
        }
    }
    match last {
        Some(fault) => Err(refused(fault, &group[0])),
        None => Ok(Vec::new()),
    }
}

/// The rows of tables that refer to each other: first what is no reference, then with the keys of the round before.
fn drawn(makers: &mut [Maker], attempt: u32) -> Vec<Vec<Row>> {
    let mut rows: Vec<Vec<Row>> = makers.iter().map(|_| Vec::new()).collect();
    for round in 0..ROUNDS {
        let mut next = Vec::new();
        let seeds: Vec<Arc<TableSeed>> = makers.iter().map(|maker| maker.seed.clone()).collect();
        for maker in makers.iter_mut() {
            let seed = maker.seed.clone();
            for (place, reference) in seed.references.iter().enumerate() {
                if let Filled::Together(other) = reference.filled {
                    let mut keys = Keys::new(reference.columns.len());
                    let all = rows[other].iter().filter_map(|row| row::key(&seeds[other], reference, row));
                    all.for_each(|key| keys.push(key));
                    maker.together[place] = keys;
                }
            }
            maker.draft = round == 0;
            maker.forget();
            let (mut made, mut which) = (Vec::new(), maker.next(None));
            while let Some(one) = which {
                let row = maker.row(Which { attempt, ..one });
                maker.remember(&row);
                made.extend(row);
                which = maker.next(Some(one));
            }
            next.push(made);
        }
        let same = next.iter().zip(&rows).all(|(one, other)| one.len() == other.len());
        rows = next;
        if same && round > 0 {
            break;
        }
    }
    rows
}

/// Refuses to go on with fewer rows than somebody asked for.
fn all_asked(seed: &TableSeed, rows: u64) -> Result<()> {
    all_fixed(seed, rows)?;
    match seed.rows {
        Rows::Fixed(asked) | Rows::Shared(asked, _) if seed.asked && rows < asked => {
            let message = format!("only {rows} of the {asked} rows that are asked for find a place");
            let help = "ask for fewer rows: its rows and those of other tables need each other";
            Err(Error::refused(Diagnostic::error("seed-rows", Place::from(&seed.name), message).help(help)))
        }
        _ => Ok(()),
    }
}
