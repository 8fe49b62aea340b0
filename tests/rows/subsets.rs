//! Random schemas with samples, subsets, caps and relations, against a closure written here without a thought for speed.

use super::graphs::{Gone, count, own};
use super::oracle::{Expected, Oracle, sampled};
use super::random::{Dice, Follow, Form, HEAD, Kind, Root, Sample, Table, graph, key_of, rules, script};
use super::{Source, parse, plan_without, statement};
use standin::pg::connect::{ConnectionParams, Server};
use standin::pg::session::{Run, Source as Session};
use standin::pg::tid::Tid;
use standin::plan::Rows;
use standin::transfer::choose::{Choices, Pool, Subjects, choose};
use standin::words::diagnostic::Place;
use standin::words::name::TableName;
use std::collections::BTreeSet;
use std::fmt::Write as _;

pub(super) const ORPHANED_AT_MOST: f64 = 0.35;

/// Adds samples, roots and caps to a graph.
fn adorn(dice: &mut Dice, tables: &mut [Table], subset: bool) {
    let kinds: Vec<Kind> = tables.iter().map(|table| table.kind).collect();
    for table in tables.iter_mut().filter(|table| !table.empty) {
        if !table.keyless && dice.chance(12) {
            table.forget = (0..table.rows.len()).filter(|_| dice.chance(15)).collect();
        }
        if dice.chance(if subset { 10 } else { 30 }) {
            table.sample = sample(dice, table, &kinds);
        }
        if subset && dice.chance(35) {
            table.root = Some(match dice.below(3) {
                0 => Root::All { condition: dice.chance(50) },
                _ => Root::From(dice.below(14) as i64 + 4),
            });
        }
        for reference in table.references.iter_mut().filter(|_| subset) {
            if dice.chance(20) {
                reference.follow =
                    if table.keyless || dice.chance(30) { Follow::None } else { Follow::Most(dice.below(3) as i64) };
            }
        }
    }
}

fn sample(dice: &mut Dice, table: &Table, kinds: &[Kind]) -> Option<Sample> {
    let by = |r: &usize| {
        let reference = &table.references[*r];
        !reference.pair && reference.form == Form::Plain && kinds[reference.to] != Kind::Nocase
    };
    let by: Vec<usize> = (0..table.references.len()).filter(by).collect();
    let share = 20 + dice.below(70) as i64;
    match dice.below(3) {
        0 if !by.is_empty() => Some(Sample::By { reference: by[dice.below(by.len())], share, like: dice.chance(50) }),
        _ if table.keyless => None,
        1 => Some(Sample::Newest(1 + dice.below(10))),
        _ => Some(Sample::Share(share)),
    }
}

fn subset_rules(
    at: usize,
    tables: &[Table],
    roots: &mut Vec<String>,
    children: &mut Vec<String>,
    relations: &mut Vec<String>,
) {
    for (t, table) in tables.iter().enumerate() {
        roots.extend(table.root.map(|root| format!("{{ table: g{at}.t{t}, {} }}", root.words())));
        for (r, reference) in table.references.iter().enumerate() {
            let leaf = if reference.from_leaf { "_1" } else { "" };
            let name = format!("g{at}.t{t}{leaf}.r{r}_0");
            match reference.follow {
                _ if tables[reference.to].empty || table.empty => {}
                Follow::All => {}
                Follow::None => children.push(format!("{name}: none")),
                Follow::Most(most) => children.push(format!("{name}: {{ most: {most}, newest_by: v }}")),
            }
            if let Some(when) = reference.soft {
                let columns: Vec<String> = (0..reference.nullable.len()).map(|f| format!("r{r}_{f}")).collect();
                let from = match reference.form {
                    Form::Json => format!("path: r{r}_0.k"),
                    _ => format!("columns: [{}]", columns.join(", ")),
                };
                let to = if reference.pair { "a, b" } else { "id" };
                let when = when.map_or_else(String::new, |least| format!(", when: 'v >= {least}'"));
                relations.push(format!(
                    "{{ from: {{ table: g{at}.t{t}, {from} }}, to: {{ table: g{at}.t{}, columns: [{to}] }}{when} }}",
                    reference.to
                ));
            }
        }
    }
}

#[tokio::test]
async fn samples_of_random_graphs_are_closed() {
    check(false, false).await;
}

#[tokio::test]
async fn subsets_of_random_graphs_are_closed() {
    check(true, false).await;
}

#[tokio::test]
async fn subsets_without_the_rest_are_closed() {
    check(true, true).await;
}

async fn check(subset: bool, unreached_empty: bool) {
    let seed = std::env::var("STANDIN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
        now.as_nanos() as u64
    });
    println!("STANDIN_SEED={seed}");
    let mut dice = Dice(seed | 1);
    let graphs: Vec<Vec<Table>> = (0..count())
        .map(|_| {
            let mut tables = graph(&mut dice, true);
            adorn(&mut dice, &mut tables, subset);
            tables
        })
        .collect();
    let mut sql = format!("{HEAD}SELECT now() AS anchor \\gset\n");
    let (mut empty, mut lines) = (Vec::new(), String::new());
    let (mut roots, mut children, mut relations) = (Vec::new(), Vec::new(), Vec::new());
    for (at, tables) in graphs.iter().enumerate() {
        sql.push_str(&script(at, tables));
        rules(at, tables, &mut empty, &mut lines);
        subset_rules(at, tables, &mut roots, &mut children, &mut relations);
    }
    let mut text = format!("empty: [{}]\nrelations: [{}]\n", empty.join(", "), relations.join(",\n  "));
    if subset {
        let unreached = if unreached_empty { "empty" } else { "keep" };
        let (roots, children) = (roots.join(",\n  "), children.join(",\n  "));
        let _ = writeln!(text, "subset:\n  roots: [{roots}]\n  children: {{ {children} }}\n  unreached: {unreached}");
    }
    let rules = parse(&format!("{text}tables:\n{lines}"));
    // Without statistics a hash join takes megabytes for a table of ten rows.
    sql.push_str("ANALYZE;");
    let source = Source::start(&sql).await;
    let catalog = source.catalog().await;
    let named = |(at, t): &(usize, usize)| TableName::new(format!("g{at}"), format!("t{t}"));
    let all = graphs.iter().enumerate();
    let forget: Vec<(usize, usize)> = all
        .flat_map(|(at, tables)| (0..tables.len()).map(move |t| (at, t)))
        .filter(|(at, t)| !graphs[*at][*t].forget.is_empty())
        .collect();
    let oids = forget.iter().map(|one| catalog.table(&named(one)).expect("a table").oid).collect();
    let plan = plan_without(&rules, &catalog, ORPHANED_AT_MOST, oids).unwrap_or_else(|faults| panic!("{faults:#?}"));
    for probe in &plan.probes {
        assert_eq!(source.ask(probe).await, 0, "{}", probe.sql);
    }
    let mut refusals: BTreeSet<String> = source.refusals(&plan.checks).await.into_iter().collect();
    let started = std::time::Instant::now();
    let mut subjects = Subjects::new();
    for (at, t) in &forget {
        let units = &plan.choosing.as_ref().expect("a choice").units;
        let unit = units.iter().position(|unit| unit.table == named(&(*at, *t))).expect("a chosen table");
        let table = &graphs[*at][*t];
        let keys =
            |of: fn((i64, i64)) -> i64| table.forget.iter().map(|row| of(table.rows[*row].pair).to_string()).collect();
        subjects.insert(unit, vec![keys(|pair| pair.0), keys(|pair| pair.1)]);
    }
    let choices = chosen(&source, &plan, &subjects, 3).await;
    let choices = choices.unwrap_or_else(|error| panic!("{:?}", error.diagnostics()));
    println!("{} graphs chosen in {:?}", graphs.len(), started.elapsed());
    // Whichever session answers first: the same rows come, for the same reasons.
    let alone = chosen(&source, &plan, &subjects, 1).await.expect("the same choice");
    let told = |choices: &Choices| {
        let tables = choices.tables.iter().map(|(oid, choice)| format!("{oid} {choice:?}"));
        choices.why.iter().map(|why| format!("{why:?}")).chain(tables).collect::<BTreeSet<_>>()
    };
    assert_eq!(told(&choices), told(&alone));
    let spoken = |one: &standin::words::diagnostic::Diagnostic| {
        format!("{} {}", one.code, one.place.object().unwrap_or_default())
    };
    refusals.extend(choices.refusals.iter().map(spoken));
    let (mut told, mut sums) = (0, [0u64; 5]);
    for (at, tables) in graphs.iter().enumerate() {
        let own: Vec<Vec<Option<Gone>>> = tables.iter().map(own).collect();
        let sampled = (0..tables.len()).map(|t| sampled(at, t, tables, &own[t])).collect();
        let expected = Oracle { at, tables, subset, unreached_empty, own, sampled }.expect();
        let context = || {
            let (mut empty, mut lines) = (Vec::new(), String::new());
            super::random::rules(at, tables, &mut empty, &mut lines);
            let (mut roots, mut children, mut relations) = (Vec::new(), Vec::new(), Vec::new());
            subset_rules(at, tables, &mut roots, &mut children, &mut relations);
            format!(
                "STANDIN_SEED={seed}\n{}\nempty: {empty:?}\n{lines}\n{roots:#?}\n{children:#?}\n{relations:#?}",
                script(at, tables)
            )
        };
        for (t, table) in tables.iter().enumerate() {
            let (got, counts) = found(&source, &catalog, &plan, &choices, (at, t), table).await;
            let want = wanted(&expected, t, table);
            assert_eq!(got, want, "g{at}.t{t}\n{}", context());
            if let Some(counts) = counts {
                assert_eq!(
                    counts,
                    expected.counts[t],
                    "g{at}.t{t}: deleted, expired, sampled, unreached, orphaned\n{}",
                    context()
                );
            }
            sums.iter_mut().zip(expected.counts[t]).for_each(|(sum, count)| *sum += count);
        }
        let ours = |refusal: &&String| refusal.contains(&format!(" g{at}.t"));
        let got: BTreeSet<&String> = refusals.iter().filter(ours).collect();
        assert_eq!(got, expected.refusals.iter().collect(), "g{at}\n{}", context());
        told += got.len();
    }
    println!("deleted, expired, sampled, unreached, orphaned: {sums:?}; refusals: {told}");
    assert!(sums[2] > 50 && sums[4] > 50 && (!subset || sums[3] > 200), "{sums:?}: the graphs are too tame");
}

/// The choice that the run makes, in the snapshot of a session as the run has it.
pub(super) async fn chosen(
    source: &Source,
    plan: &standin::plan::rows::RowPlan,
    subjects: &Subjects,
    jobs: usize,
) -> standin::words::error::Result<Choices> {
    let socket = source.server.socket_dir().display().to_string();
    let params = ConnectionParams {
        place: Place::Run,
        url: Some(standin::words::secret::Secret::new(format!(
            "host={socket} port={} user=postgres dbname=postgres",
            source.server.port()
        ))),
        fields: Vec::new(),
        password_command: None,
        base: std::path::PathBuf::from("."),
    };
    let (server, _) = Server::resolve(&params, &|_| None).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let run = Run { application: "standin/test".into(), time_zone: "UTC".into(), read_only: true };
    let session = Session::open(&server, &run, None).await.expect("a session");
    let choosing = plan.choosing.as_ref().expect("a choice");
    let snapshot = session.export().await.expect("a snapshot");
    choose(Pool::new(&server, &run, &snapshot, jobs), choosing, subjects).await
}

type Rowed = Vec<Vec<Option<String>>>;

/// The rows that would come of a table, and its counts where they were chosen.
async fn found(
    source: &Source,
    catalog: &standin::catalog::Catalog,
    plan: &standin::plan::rows::RowPlan,
    choices: &Choices,
    (at, t): (usize, usize),
    table: &Table,
) -> (Rowed, Option<[u64; 5]>) {
    let root = catalog.table(&TableName::new(format!("g{at}"), format!("t{t}"))).expect("a table");
    let mut columns = vec!["\"id\"".to_owned()];
    for (r, reference) in table.references.iter().enumerate() {
        columns.extend((0..reference.nullable.len()).map(|f| format!("\"r{r}_{f}\"")));
    }
    columns.push("t.ctid".to_owned());
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let (mut rows, mut counts) = (Vec::new(), None);
    for (oid, selected) in &plan.tables {
        let leaf = catalog.by_oid(*oid).expect("a table");
        if *oid != root.oid && leaf.parents.first() != Some(&root.oid) {
            continue;
        }
        let Some(sql) = statement(&leaf.name.sql(), selected, &names) else { continue };
        let choice = choices.tables.get(oid).filter(|_| matches!(selected, Rows::Chosen(_)));
        if let Some(choice) = choice {
            let counts = counts.get_or_insert([0; 5]);
            let c = &choice.counts;
            for (sum, count) in counts.iter_mut().zip([c.deleted, c.expired, c.sampled, c.unreached, c.orphaned]) {
                *sum += count;
            }
            assert_eq!(c.source, c.copied + c.deleted + c.expired + c.sampled + c.unreached + c.orphaned, "{c:?}");
        }
        for mut row in source.query(&sql).await {
            let tid = Tid::from_text(row.pop().flatten().expect("a row id").as_bytes()).expect("a row id");
            let Some(choice) = choice else {
                rows.push(row);
                continue;
            };
            if choice.takes(tid) {
                for (names, set) in choice.nulls.iter().filter(|(_, set)| choice.holds(set, tid)) {
                    let _ = set;
                    for (field, column) in row.iter_mut().zip(&columns) {
                        if names.iter().any(|name| name.as_str() == column.trim_matches('"')) {
                            *field = None;
                        }
                    }
                }
                rows.push(row);
            }
        }
    }
    rows.iter_mut().flatten().flatten().for_each(|field| *field = key_of(field));
    rows.sort();
    (rows, counts)
}

fn wanted(expected: &Expected, t: usize, table: &Table) -> Rowed {
    let mut rows = Vec::new();
    for (at, row) in table.rows.iter().enumerate().filter(|(at, _)| expected.kept.contains(&(t, *at))) {
        let mut fields = vec![Some(row.id.to_string())];
        for (r, reference) in table.references.iter().enumerate() {
            let reset = expected.reset.get(&(t, at)).is_some_and(|set| set.contains(&r));
            let kept = |(field, can): (&Option<i64>, &bool)| field.filter(|_| !(reset && *can)).map(|f| f.to_string());
            fields.extend(row.fields[r].iter().zip(&reference.nullable).map(kept));
        }
        rows.push(fields);
    }
    rows.sort();
    rows
}
