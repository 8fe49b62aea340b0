//! One test binary: a module per subject, real servers.
#![allow(clippy::unwrap_used)]

mod cli;
mod connections;
mod demo;
mod docs;
mod laws;
mod layers;
mod plan;
mod rows;
mod rules;
mod samples;
mod shipped;
mod show;
mod values;
