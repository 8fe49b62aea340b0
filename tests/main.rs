//! One test binary: a module per subject, real servers.

mod laws;
mod samples;
