//! One test binary: a module per subject, real servers.
#![allow(clippy::unwrap_used)]

mod connections;
mod demo;
mod laws;
mod plan;
mod rules;
mod samples;
mod shipped;
