//! standin: a stand-in for a production database.
//!
//! The architecture in one page. A *mask* turns one field into another. A *plan* is rules × catalog → checked work. A
//! *transfer* does the work. Everything that can be wrong is found in the plan, before a byte moves.
//!
//! A file uses its own folder and the rooms above it; the doing rooms never use each other (`tests/layers.rs`).
#![forbid(unsafe_code)]

// words
pub mod words;

// knowing
pub mod pg;

pub mod catalog;

pub mod synth;

pub mod mask;

pub mod rules;

// deciding
pub mod plan;

// doing
pub mod branch;
pub mod transfer;
pub mod verify;

pub mod seed;

pub mod profile;

// speaking
pub mod ui;

pub mod command;

pub mod cli;
