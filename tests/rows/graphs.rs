//! Random schemas, rows and policies against a closure written here, row by row, without a thought for speed.

use super::{Source, parse, plan, selected};
use standin::plan::Rows;
use standin::words::name::TableName;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const GRAPHS: usize = 120;
const ORPHANED_AT_MOST: f64 = 0.35;

/// A small generator, so that a printed seed repeats a failure.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n.max(1)
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Answer {
    Cascade,
    SetNull,
    Refuse,
}

impl Answer {
    fn word(self) -> &'static str {
        match self {
            Answer::Cascade => "cascade",
            Answer::SetNull => "set_null",
            Answer::Refuse => "refuse",
        }
    }
}

/// A reference from a table to a unique key of another.
pub(super) struct Reference {
    pub(super) to: usize,
    /// The single key, or the pair.
    pub(super) pair: bool,
    pub(super) nullable: Vec<bool>,
    pub(super) full: bool,
    pub(super) validated: bool,
    pub(super) deferrable: bool,
    /// The referencing column is wider than the key's.
    pub(super) wide: bool,
    /// Of the leaf 1 of a partitioned table alone; to the leaf 1 alone.
    pub(super) from_leaf: bool,
    pub(super) to_leaf: bool,
    pub(super) answer: Option<Answer>,
    /// The answer stands in a line of its own, not in `default`.
    pub(super) own_line: bool,
    /// It stands in `relations:`, not in the catalog; for rows whose v is at least this.
    pub(super) soft: Option<Option<i64>>,
    /// Which children follow: none, or so many of the largest v.
    pub(super) follow: Follow,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Follow {
    All,
    None,
    Most(i64),
}

pub(super) struct Table {
    pub(super) partitioned: bool,
    pub(super) references: Vec<Reference>,
    pub(super) default: Option<Answer>,
    pub(super) empty: bool,
    pub(super) delete_below: Option<i64>,
    pub(super) retain: Option<(bool, bool)>,
    pub(super) rows: Vec<Row>,
    /// `sample:`: a share in per cent, or so many rows of the largest v.
    pub(super) sample: Option<Sample>,
    /// Where the subset begins: rows whose v is at least this.
    pub(super) root: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Sample {
    Share(i64),
    Newest(usize),
}

#[derive(Clone)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) leaf: i64,
    pub(super) pair: (i64, i64),
    pub(super) v: Option<i64>,
    /// Days before the anchor.
    pub(super) age: Option<i64>,
    /// Per reference its fields.
    pub(super) fields: Vec<Vec<Option<i64>>>,
}

pub(super) fn graph(dice: &mut Dice, soft: bool) -> Vec<Table> {
    let count = 2 + dice.below(7);
    let mut tables: Vec<Table> = (0..count)
        .map(|_| {
            let own = dice.chance(45);
            Table {
                partitioned: dice.chance(20),
                references: Vec::new(),
                default: if dice.chance(35) { Some(answer(dice)) } else { None },
                empty: dice.chance(6),
                delete_below: (own && dice.chance(60)).then(|| dice.below(5) as i64),
                retain: (own && dice.chance(50)).then(|| (dice.chance(30), dice.chance(30))),
                rows: Vec::new(),
                sample: None,
                root: None,
            }
        })
        .collect();
    for at in 0..count {
        for _ in 0..dice.below(4) {
            let to = if dice.chance(20) { at } else { dice.below(count) };
            let partitioned = (tables[at].partitioned, tables[to].partitioned);
            // PostgreSQL cannot add a key from a partition to its own root.
            let from_leaf = partitioned.0 && at != to && dice.chance(25);
            // The unique keys of a partitioned table hold its partition column: the pair alone does.
            let pair = partitioned.1 || dice.chance(40);
            let full = pair && dice.chance(25);
            let nullable: Vec<bool> = (0..1 + usize::from(pair)).map(|_| dice.chance(65)).collect();
            let resettable = if full { nullable.iter().all(|can| *can) } else { nullable.contains(&true) };
            let mut answer = tables[to].default;
            let own_line = answer == Some(Answer::SetNull) && !resettable || dice.chance(40);
            if own_line {
                answer = Some(self::answer(dice));
                if answer == Some(Answer::SetNull) && !resettable {
                    answer = Some(Answer::Cascade);
                }
            }
            let soft = (soft && !from_leaf && !full && dice.chance(20))
                .then(|| dice.chance(50).then(|| dice.below(10) as i64));
            let reference = Reference {
                to,
                pair,
                nullable,
                full,
                validated: soft.is_none() && (partitioned.0 || dice.chance(85)),
                deferrable: dice.chance(30),
                wide: dice.chance(30),
                from_leaf,
                to_leaf: soft.is_none() && partitioned.1 && at != to && dice.chance(25),
                answer,
                own_line,
                soft,
                follow: Follow::All,
            };
            tables[at].references.push(reference);
        }
    }
    for table in &mut tables {
        let rows = dice.below(14);
        table.rows = (0..rows as i64)
            .map(|id| Row {
                id,
                leaf: id % 2,
                pair: (id % 2, id / 2),
                v: (!dice.chance(10)).then(|| dice.below(20) as i64),
                age: (!dice.chance(10)).then(|| dice.below(20) as i64),
                fields: Vec::new(),
            })
            .collect();
    }
    fill(dice, &mut tables);
    tables
}

fn answer(dice: &mut Dice) -> Answer {
    [Answer::Cascade, Answer::Cascade, Answer::Cascade, Answer::SetNull, Answer::SetNull, Answer::Refuse][dice.below(6)]
}

/// Draws the references of all rows; rows that cannot have one that they need are left out, until all are well.
fn fill(dice: &mut Dice, tables: &mut [Table]) {
    let keys: Vec<Vec<Row>> = tables.iter().map(|table| table.rows.clone()).collect();
    for table in tables.iter_mut() {
        let Table { references, rows, .. } = table;
        for row in rows.iter_mut() {
            for reference in references.iter() {
                let targets: Vec<&Row> =
                    keys[reference.to].iter().filter(|target| !reference.to_leaf || target.leaf == 1).collect();
                let constrained = !reference.from_leaf || row.leaf == 1;
                let mut fields = match targets.get(dice.below(targets.len())) {
                    Some(target) if reference.pair => vec![Some(target.pair.0), Some(target.pair.1)],
                    Some(target) => vec![Some(target.id)],
                    None => vec![Some(77); reference.nullable.len()],
                };
                if (!reference.validated || !constrained) && dice.chance(30) {
                    fields.iter_mut().for_each(|field| *field = Some(99));
                }
                if reference.full {
                    if reference.nullable.iter().all(|can| *can) && (dice.chance(25) || targets.is_empty()) {
                        fields.iter_mut().for_each(|field| *field = None);
                    }
                } else {
                    for (field, can) in fields.iter_mut().zip(&reference.nullable) {
                        if *can && (dice.chance(20) || targets.is_empty()) {
                            *field = None;
                        }
                    }
                }
                row.fields.push(fields);
            }
        }
    }
    while let Some((table, row)) = dangling(tables) {
        tables[table].rows.remove(row);
    }
}

fn dangling(tables: &[Table]) -> Option<(usize, usize)> {
    for (at, table) in tables.iter().enumerate() {
        for (number, row) in table.rows.iter().enumerate() {
            for (reference, fields) in table.references.iter().zip(&row.fields) {
                let constrained = (!reference.from_leaf || row.leaf == 1) && reference.validated;
                if constrained && fields.iter().all(Option::is_some) && target(tables, reference, fields).is_none() {
                    return Some((at, number));
                }
            }
        }
    }
    None
}

/// The row that a reference means.
pub(super) fn target(tables: &[Table], reference: &Reference, fields: &[Option<i64>]) -> Option<usize> {
    tables[reference.to].rows.iter().position(|row| {
        let key = if reference.pair { vec![Some(row.pair.0), Some(row.pair.1)] } else { vec![Some(row.id)] };
        key == fields && (!reference.to_leaf || row.leaf == 1)
    })
}

pub(super) fn script(at: usize, tables: &[Table]) -> String {
    let mut sql = format!("CREATE SCHEMA g{at}; SET search_path = g{at};\n");
    for (number, table) in tables.iter().enumerate() {
        let mut columns = "id int NOT NULL, a int NOT NULL, b int NOT NULL, v int, at timestamptz".to_owned();
        for (r, reference) in table.references.iter().enumerate() {
            for (f, nullable) in reference.nullable.iter().enumerate() {
                let ty = if reference.wide { "bigint" } else { "int" };
                let _ = write!(columns, ", r{r}_{f} {ty}{}", if *nullable { "" } else { " NOT NULL" });
            }
        }
        if table.partitioned {
            let _ = write!(
                sql,
                "CREATE TABLE t{number} ({columns}, UNIQUE (a, b)) PARTITION BY LIST (a);
                 CREATE TABLE t{number}_0 PARTITION OF t{number} FOR VALUES IN (0);
                 CREATE TABLE t{number}_1 PARTITION OF t{number} DEFAULT;\n"
            );
        } else {
            let _ = writeln!(sql, "CREATE TABLE t{number} ({columns}, UNIQUE (id), UNIQUE (a, b));");
        }
        for row in &table.rows {
            let mut values = format!("{}, {}, {}, {}", row.id, row.pair.0, row.pair.1, text(row.v));
            let _ = match row.age {
                Some(days) => write!(values, ", :'anchor'::timestamptz - interval '{days} days 1 hour'"),
                None => write!(values, ", NULL"),
            };
            row.fields.iter().flatten().for_each(|field| {
                let _ = write!(values, ", {}", text(*field));
            });
            let _ = writeln!(sql, "INSERT INTO t{number} VALUES ({values});");
        }
    }
    for (number, table) in tables.iter().enumerate() {
        for (r, reference) in table.references.iter().enumerate().filter(|(_, reference)| reference.soft.is_none()) {
            let columns: Vec<String> = (0..reference.nullable.len()).map(|f| format!("r{r}_{f}")).collect();
            let _ = writeln!(
                sql,
                "ALTER TABLE t{number}{} ADD FOREIGN KEY ({}) REFERENCES t{}{} ({}){}{}{};",
                if reference.from_leaf { "_1" } else { "" },
                columns.join(", "),
                reference.to,
                if reference.to_leaf { "_1" } else { "" },
                if reference.pair { "a, b" } else { "id" },
                if reference.full { " MATCH FULL" } else { "" },
                if reference.deferrable { " DEFERRABLE" } else { "" },
                if reference.validated { "" } else { " NOT VALID" },
            );
        }
    }
    sql
}

pub(super) fn text(value: Option<i64>) -> String {
    value.map_or("NULL".to_owned(), |value| value.to_string())
}

pub(super) fn rules(at: usize, tables: &[Table], empty: &mut Vec<String>, lines: &mut String) {
    for (number, table) in tables.iter().enumerate() {
        if table.empty {
            empty.push(format!("g{at}.t{number}"));
        }
        let mut parts = vec!["keep: rest".to_owned()];
        parts.extend(table.delete_below.map(|v| format!("delete: 'v < {v}'")));
        parts.extend(table.retain.map(|(drop, newest)| {
            let nulls = if drop { ", nulls: drop" } else { "" };
            let anchor = if newest { ", anchor: newest" } else { "" };
            format!("retain: {{ by: at, last: 15d{nulls}{anchor} }}")
        }));
        parts.extend(table.sample.map(|sample| match sample {
            Sample::Share(share) => format!("sample: {share}%"),
            Sample::Newest(rows) => format!("sample: {{ rows: {rows}, newest_by: v }}"),
        }));
        let mut orphans: Vec<String> =
            table.default.iter().map(|answer| format!("default: {}", answer.word())).collect();
        for (child, other) in tables.iter().enumerate() {
            for (r, reference) in other.references.iter().enumerate().filter(|(_, r)| r.to == number && r.own_line) {
                if let Some(answer) = reference.answer {
                    let leaf = if reference.from_leaf { "_1" } else { "" };
                    orphans.push(format!("g{at}.t{child}{leaf}.r{r}_0: {}", answer.word()));
                }
            }
        }
        if !orphans.is_empty() {
            parts.push(format!("orphans: {{ {} }}", orphans.join(", ")));
        }
        let _ = writeln!(lines, "  g{at}.t{number}: {{ {} }}", parts.join(", "));
    }
}

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
    let graphs: Vec<Vec<Table>> = (0..GRAPHS).map(|_| graph(&mut dice, false)).collect();
    let (mut sql, mut empty, mut lines) = ("SELECT now() AS anchor \\gset\n".to_owned(), Vec::new(), String::new());
    for (at, tables) in graphs.iter().enumerate() {
        sql.push_str(&script(at, tables));
        rules(at, tables, &mut empty, &mut lines);
    }
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
            let got = selected(&source, &catalog, &plan, root.oid, &columns).await;
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
                    self::rules(at, tables, &mut empty, &mut lines);
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
