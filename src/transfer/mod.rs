//! Executes a plan: copies rows, builds indexes, swaps the clone in.

pub mod build;
mod large_object;
pub mod publish;
mod queue;
pub mod record;
pub mod row;
pub mod stop;
pub mod table;
pub mod work;
