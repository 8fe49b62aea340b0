//! Executes a plan: copies rows, builds indexes, adds what stands after them.

pub mod build;
pub mod choose;
mod field;
pub mod frequencies;
mod large_object;
mod neighbours;
pub mod pace;
mod queue;
pub mod record;
pub mod row;
pub mod stop;
pub mod table;
mod thread;
pub mod watch;
pub mod work;
