//! `standin demo`: the whole job in one go, on servers that are thrown away, with people who do not exist.

mod show;
mod stage;

use super::{Context, flags, refresh};
use crate::words::error::{Error, Result, Signal};
use stage::Stage;
use std::sync::OnceLock;
use std::time::Instant;

/// Show the whole job on throw-away servers with invented people
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Leave both servers running and print their URLs
    #[arg(long)]
    keep: bool,
}

/// Starts `production` and `staging`, refreshes one from the other, shows both, leaves nothing behind.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let signals = Signals::watch();
    let began = Instant::now();
    context.screen.line("demo: starting two throw-away PostgreSQL servers, production and staging");
    let stage = signals.or(Stage::start())?;
    context.screen.line("demo: filling production with 3,000 invented customers and their 12,000 orders");
    signals.or(stage.fill())?;
    let prepared = began.elapsed();
    context.screen.line("demo: standin refresh --from production --to staging, under rules/shop.yaml");
    let (screen, declaration) = (context.screen.clone(), context.declaration);
    let here = Context { screen, rules: stage.rules(), more_rules: Vec::new(), declaration };
    let report = stage.report();
    let flags = flags::Flags { report: vec![report.clone()], ..flags::Flags::default() };
    signals.or(refresh::run(refresh::Args::new(flags::Ends::default(), flags), &here))?;
    let shown = signals.or(show::compare(&stage))?;
    context.screen.text(&shown)?;
    context.screen.text(&show::counts(&report, prepared, began.elapsed())?)?;
    if args.keep {
        let kept = stage.keep()?;
        context.screen.text(&kept)?;
        // With --format json standard output holds the report of the refresh alone.
        if context.screen.json() {
            context.screen.line(&kept);
        }
        return Ok(());
    }
    drop(stage);
    context.screen.text(show::NEXT)
}

/// The signals that end the demo in order: the step at hand ends, then the servers do.
struct Signals;

/// The first that came.
static CAUGHT: OnceLock<Signal> = OnceLock::new();

impl Signals {
    /// Takes the signals over for the rest of the process; the refresh watches them as well.
    fn watch() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let (ready, watching) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async move {
                use tokio::signal::unix::{SignalKind, signal};
                let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
                let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else { return };
                let _ = ready.send(());
                let caught = tokio::select! {
                    _ = interrupt.recv() => Signal::Interrupt,
                    _ = terminate.recv() => Signal::Terminate,
                    _ = hangup.recv() => Signal::Terminate,
                };
                let _ = CAUGHT.set(caught);
            });
        });
        let _ = watching.recv();
        Signals
    }

    /// The result of a step, unless a signal came meanwhile: whatever it broke is its doing.
    fn or<T>(&self, result: Result<T>) -> Result<T> {
        match CAUGHT.get() {
            Some(signal) => Err(Error::Interrupted(*signal)),
            None => result,
        }
    }
}
