//! The hooks of an environment in a database that was built: run one after another, each proven, and what each changed told.

use crate::catalog::shape::{self, Shape};
use crate::pg::connect::Server;
use crate::pg::fault::Fault;
use crate::pg::hook::{Found, Hook};
use crate::pg::session::{Run, Target};
use crate::transfer::record::{HookRecord, Record};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::Result;
use crate::words::event::{Event, Observer, Phase};
use std::time::Instant;

/// Things that are named beside a hook before the rest is counted.
const NAMED: usize = 20;

/// Runs hooks one after another; each must leave what holds as it was, and what it took away is a warning.
pub async fn run(
    hooks: &[Hook],
    database: &Server,
    run: &Run,
    observer: &dyn Observer,
    record: &mut Record,
) -> Result<()> {
    record.hooks.clear();
    if hooks.is_empty() {
        return Ok(());
    }
    observer.on(Event::Phase(Phase::After));
    let (mut schema, mut found) = look(database, run, None).await?;
    for hook in hooks {
        observer.on(Event::Note(hook.place.to_string()));
        let started = Instant::now();
        hook.run(database, run).await?;
        let seconds = started.elapsed().as_secs_f64();
        let later = look(database, run, Some((hook, &found))).await?;
        let (changes, written) = (schema.changes(&later.0), found.until(&later.1));
        record.warnings.extend(lost(hook, &changes.lost));
        record.hooks.push(HookRecord { hook: hook.place.to_string(), seconds, changes, written });
        (schema, found) = later;
    }
    Ok(())
}

/// The schema of a database; an error of the server is told as one of `doing`.
pub async fn schema(session: &Target, doing: &str) -> Result<Shape> {
    let fault = |fault: Fault| fault.into_error("after", Place::Run, doing);
    shape::shape(session.client()).await.map_err(fault)
}

/// What a hook finds; what another has left must be whole.
async fn look(database: &Server, run: &Run, after: Option<(&Hook, &Found)>) -> Result<(Shape, Found)> {
    let session = Target::open(database, run).await?;
    if let Some((hook, before)) = after {
        hook.prove(&session, before).await?;
    }
    let found = (schema(&session, "cannot read what a hook left").await?, Found::look(&session).await?);
    session.close().await;
    Ok(found)
}

/// The warning of what a hook took away or changed.
fn lost(hook: &Hook, lost: &[String]) -> Option<Diagnostic> {
    let others = lost.len().saturating_sub(NAMED);
    let named = lost.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    let more = if others > 0 { format!("; and {others} others") } else { String::new() };
    (!lost.is_empty()).then(|| Diagnostic::warning("after-lost", hook.place.clone(), format!("{named}{more}")))
}
