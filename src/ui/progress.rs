//! Progress for people: bars on a terminal, a plain line per finished table and per phase elsewhere.

use super::Screen;
use crate::words::event::{Event, Observer, Phase};
use crate::words::name::TableName;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Shows events on a screen.
pub struct Progress {
    screen: Screen,
    bars: Mutex<Bars>,
}

/// The bars that are drawn, and the counts beside them.
#[derive(Default)]
struct Bars {
    overall: Option<ProgressBar>,
    tables: HashMap<TableName, ProgressBar>,
    planned: usize,
    finished: usize,
    bytes: u64,
}

impl Progress {
    /// Shows events on that screen.
    pub fn new(screen: &Screen) -> Self {
        Progress { screen: screen.clone(), bars: Mutex::default() }
    }
}

impl Observer for Progress {
    fn on(&self, event: Event) {
        log(&event);
        // A poisoned lock is a panic elsewhere, already told; bars do no harm.
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Phase(phase) => {
                bars.phase(&self.screen, phase);
                if self.screen.bars().is_hidden() && phase != Phase::Done {
                    self.screen.line(&format!("{}: {}", phase.word(), sentence(phase)));
                }
            }
            Event::Note(note) => self.screen.line(&crate::words::name::printable(&note)),
            Event::Warning(diagnostic) => self.screen.diagnostics(&[diagnostic]),
            Event::Planned { tables, rows, bytes } => {
                bars.planned = tables;
                bars.overall(&self.screen).set_length(rows);
                if self.screen.bars().is_hidden() {
                    let tables = super::diagnostics::counted(tables, "table");
                    let bytes = if bytes > 0 { format!(", {}", size(bytes)) } else { String::new() };
                    self.screen.line(&format!("copy: {tables}, about {} rows{bytes}", number(rows)));
                }
            }
            Event::TableStarted { table, rows } => bars.start(&self.screen, table, rows),
            Event::Progress { table, rows, bytes } => bars.advance(&self.screen, &table, rows, bytes),
            Event::TableFinished { table, rows, bytes, seconds } => {
                bars.finish(&self.screen, &table);
                if self.screen.bars().is_hidden() {
                    let (rows, time) = (number(rows), time(seconds));
                    // What is counted alone is not copied.
                    self.screen.line(&match bytes {
                        0 => format!("{table}: {rows} rows, {time}"),
                        bytes => format!("copied {table}: {rows} rows, {}, {time}", size(bytes)),
                    });
                }
            }
        }
    }
}

/// Names and counts, for `-v`.
fn log(event: &Event) {
    match event {
        Event::Phase(phase) => tracing::info!(phase = phase.word(), "begins"),
        Event::Note(note) => tracing::info!("{note}"),
        Event::Warning(warning) => tracing::info!(code = warning.code, "warning"),
        Event::Planned { tables, rows, bytes } => tracing::info!(tables, rows, bytes, "planned"),
        Event::TableStarted { table, rows } => tracing::debug!(%table, rows, "copy begins"),
        Event::Progress { table, rows, bytes } => tracing::trace!(%table, rows, bytes, "copied"),
        Event::TableFinished { table, rows, bytes, seconds } => {
            tracing::info!(%table, rows, bytes, seconds, "copy ended");
        }
    }
}

impl Bars {
    fn overall(&mut self, screen: &Screen) -> &ProgressBar {
        self.overall.get_or_insert_with(|| {
            let bar = screen.bars().add(ProgressBar::new(0).with_style(overall_style()));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        })
    }

    fn phase(&mut self, screen: &Screen, phase: Phase) {
        if phase == Phase::Done {
            self.overall.take().inspect(ProgressBar::finish_and_clear);
            return;
        }
        self.overall(screen).set_prefix(phase.word());
        if phase != Phase::Copy {
            self.overall(screen).set_message(sentence(phase));
        }
    }

    fn start(&mut self, screen: &Screen, table: TableName, rows: u64) {
        let bar = ProgressBar::new(rows).with_style(table_style()).with_prefix(table.to_string());
        self.tables.insert(table, screen.bars().insert(0, bar));
    }

    fn advance(&mut self, screen: &Screen, table: &TableName, rows: u64, bytes: u64) {
        self.bytes += bytes;
        if let Some(bar) = self.tables.get(table) {
            bar.inc(rows);
            grow(bar);
        }
        self.tell(screen, rows);
    }

    fn finish(&mut self, screen: &Screen, table: &TableName) {
        self.finished += 1;
        if let Some(bar) = self.tables.remove(table) {
            bar.finish_and_clear();
            screen.bars().remove(&bar);
        }
        self.tell(screen, 0);
    }

    fn tell(&mut self, screen: &Screen, rows: u64) {
        let message = format!("{}/{} tables, {}", self.finished, self.planned, size(self.bytes));
        let bar = self.overall(screen);
        bar.inc(rows);
        bar.set_message(message);
        grow(bar);
    }
}

/// What a phase does.
fn sentence(phase: Phase) -> &'static str {
    match phase {
        Phase::Plan => "reading the catalog",
        Phase::Schema => "creating the database beside the old one",
        Phase::Copy => "copying rows into the tables",
        Phase::Indexes => "building the indexes that are left",
        Phase::Constraints => "foreign keys, triggers, statistics",
        Phase::After => "running the hooks",
        Phase::Verify => "proving the clone",
        Phase::Swap => "swapping the names",
        Phase::Done => "done",
    }
}

/// Estimates may be too low: a bar is never more than full.
fn grow(bar: &ProgressBar) {
    if bar.length().is_some_and(|length| bar.position() > length) {
        bar.set_length(bar.position());
    }
}

fn table_style() -> ProgressStyle {
    style("{prefix:32!} [{bar:24}] {human_pos:>12}/{human_len} {rate:>12} {eta:>4}")
}

fn overall_style() -> ProgressStyle {
    style("{prefix:32!} [{bar:24}] {human_pos:>12}/{human_len} {rate:>12} {eta:>4}  {elapsed}  {msg}")
}

fn style(template: &str) -> ProgressStyle {
    let rate = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
        // A bar that cannot be drawn whole is no fault.
        let _ = write!(text, "{}/s", number(state.per_sec() as u64));
    };
    let style = ProgressStyle::with_template(template).expect("the template is a constant");
    style.with_key("rate", rate).progress_chars("=> ")
}

/// `1,234,567`.
pub fn number(number: u64) -> String {
    indicatif::HumanCount(number).to_string()
}

/// `12.3 MiB`.
pub fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// `0.34 s`, `2 min 5 s`.
pub fn time(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.2} s");
    }
    let whole = seconds.round() as u64;
    format!("{} min {} s", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!((number(1_234_567), size(12_897_485)), ("1,234,567".to_owned(), "12.30 MiB".to_owned()));
        assert_eq!((time(0.337), time(125.2)), ("0.34 s".to_owned(), "2 min 5 s".to_owned()));
    }

    #[test]
    fn any_order_of_events_is_shown() {
        let wishes = super::super::screen::Wishes {
            format: super::super::Format::Json,
            color: super::super::Color::Never,
            quiet: true,
            yes: true,
        };
        let progress = Progress::new(&Screen::new(wishes));
        let table = TableName::new("public", "users");
        progress.on(Event::Progress { table: table.clone(), rows: 1, bytes: 1 });
        progress.on(Event::TableFinished { table: table.clone(), rows: 1, bytes: 1, seconds: 0.1 });
        progress.on(Event::TableStarted { table, rows: 1 });
        progress.on(Event::Phase(Phase::Done));
    }
}
