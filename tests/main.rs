//! One test binary: a module per subject, real servers.

mod connections;
mod laws;
mod samples;
