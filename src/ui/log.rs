//! Logs on standard error: this crate's own, never those of the driver or of TLS, which quote queries and rows.

use super::screen::Screen;
use std::io::{self, Write};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

/// Starts logging at `-v` (info), `-vv` (debug) or `-vvv` (trace); `RUST_LOG` is not read.
pub fn start(screen: &Screen, verbosity: u8) {
    let level = match verbosity {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(Lines(screen.clone()))
        .with_ansi(screen.colored_errors())
        .log_internal_errors(false);
    let only_ours = Targets::new().with_target("standin", level);
    // A second subscriber cannot be set; that happens in tests alone.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(only_ours).with(lines));
}

/// Writes log lines between progress bars.
struct Lines(Screen);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

/// One line of the log.
struct Line<'a>(&'a Screen);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.bars().suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
