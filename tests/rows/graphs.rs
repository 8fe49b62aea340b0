//! Random schemas and policies against a closure written here, row by row, without a thought for speed.

use super::random::{Answer, Dice, HEAD, Row, Table, graph, key_of, rules, script, target};
use super::{Source, parse, plan, selected};
use standin::plan::Rows;
use standin::words::name::TableName;
use std::collections::BTreeSet;

/// Together with those of `subsets`, more than 500.
const GRAPHS: usize = 150;

/// How many graphs a test makes.
pub(super) fn count() -> usize {
    std::env::var("STANDIN_GRAPHS").ok().and_then(|count| count.parse().ok()).unwrap_or(GRAPHS)
}

const ORPHANED_AT_MOST: f64 = 0.35;

/// Why a row does not come.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Gone {
    Deleted,
    Expired,
    Orphaned,
}

/// What is to come, found by trying every row again until nothing changes.
struct Expected {
    gone: Vec<Vec<Option<Gone>>>,
    /// Per table and row, the references that are reset.
    reset: Vec<Vec<BTreeSet<usize>>>,
    refusals: BTreeSet<String>,
}

fn expect(at: usize, tables: &[Table]) -> Expected {
    let mut gone: Vec<Vec<Option<Gone>>> = tables.iter().map(own).collect();
    // What a removed (or emptied) parent does to a row through one reference.
    let effect = |gone: &[Vec<Option<Gone>>], table: usize, row: usize, r: usize| -> Option<Answer> {
        let (reference, row) = (&tables[table].references[r], &tables[table].rows[row]);
        let fields = &row.fields[r];
        let parent = &tables[reference.to];
        if (reference.from_leaf && row.leaf != 1) || fields.iter().any(Option::is_none) {
            return None;
        }
        let why = if parent.empty { Gone::Deleted } else { gone[reference.to][target(tables, reference, fields)?]? };
        Some(reference.answer.unwrap_or(if why == Gone::Deleted { Answer::Refuse } else { Answer::Cascade }))
    };
    loop {
        let before = gone.clone();
        for (t, table) in tables.iter().enumerate() {
            for row in 0..table.rows.len() {
                let goes = (0..table.references.len()).any(|r| effect(&gone, t, row, r) == Some(Answer::Cascade));
                if goes && gone[t][row].is_none() {
                    gone[t][row] = Some(Gone::Orphaned);
                }
            }
        }
        if gone == before {
            break;
        }
    }
    let (mut reset, mut refusals) = (Vec::new(), BTreeSet::new());
    for (t, table) in tables.iter().enumerate() {
        let mut rows = Vec::new();
        for row in 0..table.rows.len() {
            let mut set = BTreeSet::new();
            for r in 0..table.references.len() {
                match effect(&gone, t, row, r) {
                    Some(Answer::SetNull) => {
                        set.insert(r);
                    }
                    Some(Answer::Refuse) if gone[t][row].is_none() => {
                        refusals.insert(format!("orphans-refused g{at}.t{t}.r{r}_0"));
                    }
                    _ => {}
                }
            }
            rows.push(set);
        }
        reset.push(rows);
        let orphaned = gone[t].iter().filter(|why| **why == Some(Gone::Orphaned)).count();
        if orphaned as f64 > ORPHANED_AT_MOST * table.rows.len() as f64 && !table.empty {
            refusals.insert(format!("orphaned-at-most g{at}.t{t}"));
        }
    }
    Expected { gone, reset, refusals }
}

/// What a table's own policy removes.
pub(super) fn own(table: &Table) -> Vec<Option<Gone>> {
    let newest = table.rows.iter().filter_map(|row| row.age).min();
    let own = |row: &Row| {
        if table.empty || table.delete_below.is_some_and(|below| row.v.is_some_and(|v| v < below)) {
            return Some(Gone::Deleted);
        }
        let (drop_nulls, from_newest) = table.retain?;
        let expired = match row.age {
            // Each row is an hour older than its days: 15 days before now are passed at 15, before the newest after it.
            Some(age) if from_newest => age - newest.unwrap_or(0) > 15,
            Some(age) => age >= 15,
            None => drop_nulls,
        };
        expired.then_some(Gone::Expired)
    };
    table.rows.iter().map(own).collect()
}

#[tokio::test]
async fn random_graphs_lose_exactly_what_they_must() {
    let seed = std::env::var("STANDIN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
        now.as_nanos() as u64
    });
    println!("STANDIN_SEED={seed}");
    let mut dice = Dice(seed | 1);
    let graphs: Vec<Vec<Table>> = (0..count()).map(|_| graph(&mut dice, false)).collect();
    let (mut sql, mut empty, mut lines) = (format!("{HEAD}SELECT now() AS anchor \\gset\n"), Vec::new(), String::new());
    for (at, tables) in graphs.iter().enumerate() {
        sql.push_str(&script(at, tables));
        rules(at, tables, &mut empty, &mut lines);
    }
    // Without statistics a hash join takes megabytes for a table of ten rows.
    sql.push_str("ANALYZE;");
    let source = Source::start(&sql).await;
    let catalog = source.catalog().await;
    let rules = parse(&format!("empty: [{}]\ntables:\n{lines}", empty.join(", ")));
    let plan = plan(&rules, &catalog, ORPHANED_AT_MOST).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let refusals: BTreeSet<String> = source.refusals(&plan.checks).await.into_iter().collect();
    let mut all_refusals = BTreeSet::new();
    let (mut removed, mut circles) = ([0usize; 3], 0);
    for (at, tables) in graphs.iter().enumerate() {
        let expected = expect(at, tables);
        for (t, table) in tables.iter().enumerate() {
            let root = catalog.table(&TableName::new(format!("g{at}"), format!("t{t}"))).expect("a table");
            let mut columns = vec!["\"id\"".to_owned()];
            for (r, reference) in table.references.iter().enumerate() {
                columns.extend((0..reference.nullable.len()).map(|f| format!("\"r{r}_{f}\"")));
            }
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            let mut got = selected(&source, &catalog, &plan, root.oid, &columns).await;
            got.iter_mut().flatten().flatten().for_each(|field| *field = key_of(field));
            got.sort();
            let mut want = Vec::new();
            for (row, _) in table.rows.iter().zip(&expected.gone[t]).filter(|(_, gone)| gone.is_none()) {
                let number = table.rows.iter().position(|other| other.id == row.id).expect("the row");
                let mut fields = vec![Some(row.id.to_string())];
                for (r, reference) in table.references.iter().enumerate() {
                    let reset = expected.reset[t][number].contains(&r);
                    fields.extend(
                        row.fields[r]
                            .iter()
                            .zip(&reference.nullable)
                            .map(|(field, can)| field.filter(|_| !(reset && *can)).map(|field| field.to_string())),
                    );
                }
                want.push(fields);
            }
            want.sort();
            assert_eq!(
                got,
                want,
                "seed {seed}: g{at}.t{t}\n{}\n{lines}",
                script(at, tables),
                lines = {
                    let (mut empty, mut lines) = (Vec::new(), String::new());
                    super::random::rules(at, tables, &mut empty, &mut lines);
                    format!("empty: {empty:?}\n{lines}")
                }
            );
            let mut counts = [0; 3];
            for (oid, rows) in &plan.tables {
                let leaf = catalog.by_oid(*oid).expect("a table");
                let ours = *oid == root.oid || leaf.parents.first() == Some(&root.oid);
                if let (true, Rows::Selected(selection)) = (ours, rows) {
                    circles += usize::from(selection.with.starts_with("WITH RECURSIVE"));
                    for (sum, field) in counts.iter_mut().zip(&source.query(&selection.count).await[0]) {
                        *sum += field.as_ref().expect("a count").parse::<usize>().expect("a count");
                    }
                }
            }
            let of = |why| expected.gone[t].iter().filter(|gone| **gone == Some(why)).count();
            if counts[0] > 0 && !table.empty && !table.partitioned {
                assert_eq!(counts, [table.rows.len(), of(Gone::Deleted), of(Gone::Expired)], "seed {seed}: g{at}.t{t}");
            }
            removed[0] += of(Gone::Deleted);
            removed[1] += of(Gone::Expired);
            removed[2] += of(Gone::Orphaned);
        }
        all_refusals.extend(expected.refusals);
    }
    assert_eq!(refusals, all_refusals, "seed {seed}");
    println!(
        "deleted, expired, orphaned: {removed:?}; statements with circles: {circles}; refusals: {}",
        refusals.len()
    );
    assert!(removed[2] > 100 && circles > 20, "seed {seed}: the graphs are too tame");
}
