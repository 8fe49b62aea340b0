//! The only room that prints: results to standard output, everything else to standard error.

pub mod baseline;
pub mod diagnostics;
pub mod docs;
pub mod explain;
pub mod file;
pub mod html;
pub mod log;
pub mod masks;
pub mod metrics;
pub mod plan;
pub mod process;
pub mod profile;
pub mod progress;
pub mod redact;
pub mod report;
pub mod screen;
pub mod summary;
pub mod table;
pub mod why;

pub use screen::{Color, Format, Screen};
