//! One test binary: a module per subject, real servers.
#![allow(clippy::unwrap_used)]

mod connections;
mod demo;
mod laws;
mod rules;
mod samples;
mod shipped;
