//! What a refresh needs around its plan: the source's catalog, the target's facts, guards, the marker of what will be built.

use super::blame;
use super::open::Opened;
use super::reported::Reported;
use crate::catalog::{self, Catalog, target::target_facts};
use crate::mask::Domains;
use crate::pg::connect::Server;
use crate::pg::database::{Like, Locale, Maintenance};
use crate::pg::fault::Fault;
use crate::pg::locale::Provider;
use crate::pg::marker::{Marker, State};
use crate::pg::publish::{Published, Shadow, now};
use crate::pg::session::{MOVED, Run, Snapshot, Source, Target};
use crate::plan::{Check, Input, Plan, TargetFacts, rows};
use crate::transfer::choose::{self, Choices};
use crate::transfer::record::{Forgotten, From, TableRecord, To};
use crate::transfer::work::Built;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::Event;
use crate::words::name::Name;

/// The source's catalog, in the session's snapshot.
pub async fn catalog(source: &Source) -> Result<Catalog> {
    let refused = |fault: Fault| {
        // A migration waits for our locks, and we for it: with new locks it comes first.
        let code = if fault.is("55P03") { MOVED } else { "catalog" };
        fault.into_refusal(code, Place::Run, "cannot read the source's catalog")
    };
    source.passing(async { catalog::read(source.client()).await.map_err(refused) }).await
}

/// What the target's server offers, and what stands in the target's place now.
pub async fn facts(target: &Server, run: &Run, maintenance: &Maintenance) -> Result<TargetFacts> {
    let database = target.database();
    let refused = |fault: Fault| fault.into_refusal("target", Place::Run, "cannot read the target server's catalog");
    if maintenance.database(database).await?.is_none() {
        return target_facts(maintenance.session().client(), None, database).await.map_err(refused);
    }
    let session = Target::open(target, run).await?;
    let facts = target_facts(maintenance.session().client(), Some(session.client()), database).await.map_err(refused);
    session.close().await;
    facts
}

/// The plan, with everything asked of the source's catalog that it wants to know first; the report learns what was found.
pub async fn plan(
    opened: &Opened,
    catalog: &Catalog,
    facts: &TargetFacts,
    source: &Source,
    reported: &mut Reported,
) -> Result<Plan> {
    let record = &mut reported.report.record;
    record.from = Some(From {
        environment: opened.from().name.value.clone(),
        database: catalog.database.name.clone(),
        server_version: catalog.database.server_version.clone(),
        system_identifier: catalog.database.system_identifier.clone(),
        snapshot_at: catalog.database.snapshot_at.clone(),
    });
    record.to = Some(To {
        environment: opened.to().name.value.clone(),
        database: facts.database.clone(),
        server_version: facts.server_version.clone(),
        ..To::default()
    });
    let input = Input {
        rules: &opened.rules,
        from: opened.from(),
        to: opened.to(),
        source: catalog,
        target: Some(facts),
        wanted: &opened.wanted,
        key: &opened.key,
    };
    let mut plan = Plan::build(&input).map_err(Error::Refused)?;
    source.execute(rows::SESSION).await?;
    let mut excluded = Vec::new();
    for (partition, select) in plan.aged() {
        if source.reads_nothing(select).await? {
            excluded.push(*partition);
        }
    }
    plan.exclude(&excluded);
    record.tables = plan.tables().iter().map(TableRecord::planned).collect();
    record.left_out = plan.left_out().to_vec();
    if opened.from().limits.prefer_standby && !catalog.database.in_recovery && !record.warnings.iter().any(is_primary) {
        record.warnings.push(primary(opened));
    }
    // A second try with a new snapshot finds the same again.
    let new = plan.warnings().iter().filter(|warning| !record.warnings.contains(warning)).cloned().collect::<Vec<_>>();
    record.warnings.extend(new);
    probe(source, plan.probes()).await?;
    source.execute(blame::MARK).await?;
    Ok(plan)
}

fn is_primary(warning: &Diagnostic) -> bool {
    warning.code == "source-primary"
}

fn primary(opened: &Opened) -> Diagnostic {
    let place = Place::from(&opened.from().name.place);
    let message = "the source is a primary, and its limits prefer a standby";
    Diagnostic::warning("source-primary", place, message).help("name a standby in the environment's url")
}

/// Asks the source's catalog; whatever finds something, or is no SQL there, refuses, all together.
async fn probe(source: &Source, probes: &[Check]) -> Result<()> {
    let mut refusals = Vec::new();
    for probe in probes {
        if source.asks(&probe.sql).await?.ok() != Some(0) {
            refusals.push(probe.diagnostic.clone());
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
}

/// Asks the source's rows; whatever finds something refuses, all together.
pub async fn ask(source: &Source, checks: &[Check]) -> Result<()> {
    let mut refusals = Vec::new();
    for check in checks {
        let found = source.asks(&check.sql).await?;
        let failed =
            |fault: Fault| fault.into_error("source-check", check.diagnostic.place.clone(), "cannot ask the source");
        if found.map_err(failed)? != 0 {
            refusals.push(check.diagnostic.clone());
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
}

/// Chooses the rows that the plan leaves to the run; every refusal of the choice together.
pub async fn choose(opened: &Opened, plan: &mut Plan, snapshot: &Snapshot, reported: &mut Reported) -> Result<Choices> {
    let Some(choosing) = plan.choosing() else { return Ok(Choices::default()) };
    let mut subjects = choose::Subjects::new();
    for forget in &opened.wanted.forget {
        let Some(unit) = choosing.units.iter().position(|unit| unit.table == forget.table) else { continue };
        let known = subjects.entry(unit).or_insert_with(|| vec![Vec::new(); choosing.units[unit].key.len()]);
        let columns = forget.columns(&choosing.units[unit].key);
        known.iter_mut().zip(columns).for_each(|(known, keys)| known.extend(keys));
    }
    let pool = choose::Pool::new(&opened.source, &opened.run, snapshot, opened.wanted.jobs);
    let choices = choose::choose(pool, choosing, &subjects).await?;
    let record = &mut reported.report.record;
    // A second try with a new snapshot finds the same again.
    record
        .warnings
        .extend(choices.warnings.iter().filter(|one| !record.warnings.contains(one)).cloned().collect::<Vec<_>>());
    record.forgotten = opened
        .wanted
        .forget
        .iter()
        .map(|forget| Forgotten {
            table: forget.table.clone(),
            file: forget.file.clone(),
            sha256: forget.sha256.clone(),
            found: choices.forgotten.get(&forget.table).copied().unwrap_or_default(),
        })
        .collect();
    if !choices.refusals.is_empty() {
        return Err(Error::Refused(choices.refusals));
    }
    plan.entire(&choices.whole);
    Ok(choices)
}

/// What is to come, for progress.
pub fn planned(plan: &Plan) -> Event {
    let tables = plan.tables();
    Event::Planned {
        tables: tables.len(),
        rows: tables.iter().map(|table| table.estimated_rows).sum(),
        bytes: tables.iter().map(|table| table.bytes).sum(),
    }
}

/// Tells the report what became of each table.
pub fn record(reported: &mut Reported, plan: &Plan, built: &[Built]) {
    let records = plan.tables().iter().zip(built).map(|(table, built)| {
        let mut record = TableRecord::planned(table);
        record.built(built);
        record
    });
    reported.report.record.tables = records.collect();
}

/// What the clone's database is made like: the present target, else the source as far as the template allows.
pub async fn like(opened: &Opened, maintenance: &Maintenance, catalog: &Catalog, facts: &TargetFacts) -> Result<Like> {
    let template = opened.to().template.as_ref().map_or("template0", |template| &template.value).to_owned();
    let live = maintenance.database(opened.target.database()).await?;
    let locale = match (&live, template.as_str()) {
        (_, template) if template != "template0" => None,
        (Some(live), _) => Some(Locale {
            encoding: live.encoding.clone(),
            collate: live.collate.clone(),
            ctype: live.ctype.clone(),
            provider: live.provider.clone(),
        }),
        (None, _) => {
            let source = &catalog.database;
            // PostgreSQL 14 sorts by the system's library without saying so; a newer template may not.
            let named = facts.provider.kind.is_some() && source.provider.kind.is_none();
            Some(Locale {
                encoding: source.encoding.clone(),
                collate: source.collate.clone(),
                ctype: source.ctype.clone(),
                provider: if named { Provider::system() } else { source.provider.clone() },
            })
        }
    };
    // Naming the template's own tablespace would need a right that a plain role lacks.
    let usual = maintenance.database(&template).await?.map(|template| template.tablespace);
    let tablespace = live.map(|live| live.tablespace).filter(|tablespace| Some(tablespace) != usual.as_ref());
    Ok(Like { template, locale, tablespace })
}

/// The marker of a database that is about to be built.
pub fn marker(opened: &Opened, plan: &Plan, snapshot: &Snapshot) -> Marker {
    let forgot = forgot(opened);
    Marker {
        standin: 1,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        environment: opened.to().name.value.clone(),
        database: opened.target.database().to_owned(),
        state: State::Building,
        run: opened.id.clone(),
        at: now(),
        rules: opened.rules.sha256.clone(),
        report: None,
        // What was masked already has the key that it was masked with.
        key: plan.masked_before().map_or_else(|| opened.key.id(), str::to_owned),
        existing: opened.wanted.existing,
        snapshot_at: snapshot.at.clone(),
        forgot_at: forgot.as_ref().map(|_| snapshot.at.clone()),
        forgot,
        ..Marker::default()
    }
}

/// A fingerprint of the files of subjects; keyed, since who may read a marker could guess a short list of ids.
fn forgot(opened: &Opened) -> Option<String> {
    let mut files: Vec<String> =
        opened.wanted.forget.iter().map(|forget| format!("{} {}", forget.table, forget.sha256)).collect();
    files.sort();
    let domain = Domains::new(&opened.key, opened.rules.mapping).named("standin/forgot");
    let hex = |bits: [u8; 32]| bits[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    (!files.is_empty()).then(|| hex(domain.draw(files.join("\n").as_bytes())))
}

/// Warnings that name the databases of the environment that may still hold the subjects that a new one was built without.
pub async fn still_held(target: &Published<'_>, built: &Marker) -> Vec<Diagnostic> {
    let Some(forgot) = &built.forgot else { return Vec::new() };
    let message = "it was made before the subjects were forgotten, and may still hold them";
    let help = "drop it once nobody needs to go back to it";
    let warning = |name: &String| {
        Diagnostic::warning("forget-previous", Place::from(&Name::from(name.as_str())), message).help(help)
    };
    match target.built_with(forgot).await {
        Ok(names) => names.iter().map(warning).collect(),
        Err(error) => error.diagnostics().to_vec(),
    }
}

/// The warning that a database is live again that may hold subjects that were forgotten.
pub fn brought_back(database: &str) -> Diagnostic {
    let message = "it was made before subjects were forgotten, and may hold them again";
    let help = "a refresh makes a clone without them";
    Diagnostic::warning("forgotten-return", Place::from(&Name::from(database)), message).help(help)
}

/// The guards once more, right before the swap: the target is what it was when the plan was made, and it is not the source.
pub async fn still_ours(
    opened: &Opened,
    maintenance: &Maintenance,
    facts: &TargetFacts,
    shadow: &Shadow,
) -> Result<()> {
    let database = opened.target.database();
    let live = maintenance.database(database).await?;
    let same = live.as_ref().map(|live| live.oid) == facts.oid
        && live.as_ref().and_then(|live| live.marker.clone()) == facts.marker
        && maintenance.database(&shadow.name).await?.is_some_and(|found| found.oid == shadow.oid);
    let source = Source::open(&opened.source, &opened.run, None).await?;
    let (cluster, oid) = source.identity().await?;
    source.close().await;
    let is_source = cluster == facts.system_identifier && live.is_some_and(|live| live.oid == oid);
    if same && !is_source {
        return Ok(());
    }
    Err(Error::refused(
        Diagnostic::error(
            "target-changed",
            Place::from(&Name::from(database)),
            "the target is not the database any more that it was when the run began",
        )
        .help("find out who replaced it, then run the refresh again"),
    ))
}

/// Drops what is not to be published, over a new connection if the old one is gone; the next run removes what this one cannot.
pub async fn remove(server: &Server, run: &Run, maintenance: &str, target: &Published<'_>) {
    if target.remove_remains().await.is_ok() {
        return;
    }
    if let Ok(maintenance) = Maintenance::open(server, run, maintenance).await
        && maintenance.lock(target.database).await.is_ok()
    {
        let _ = Published { maintenance: &maintenance, ..*target }.remove_remains().await;
    }
}

/// A step that needs the clone's database came before it was created.
pub fn no_shadow() -> Error {
    Error::failed(Diagnostic::error("bug", Place::Run, "there is no database to publish"))
}
