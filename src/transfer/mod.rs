//! Executes a plan: copies rows, builds indexes, swaps the clone in.

pub mod record;
