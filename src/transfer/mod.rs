//! Executes a plan: copies rows, builds indexes, adds what stands after them.

pub mod build;
mod large_object;
mod queue;
pub mod record;
pub mod row;
pub mod stop;
pub mod table;
pub mod work;
