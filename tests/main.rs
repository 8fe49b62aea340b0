//! One test binary: a module per subject, real servers.
#![allow(clippy::unwrap_used)]

mod connections;
mod laws;
mod rules;
mod samples;
