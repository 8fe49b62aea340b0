//! The words every room shares: names, diagnostics, events, errors, secrets.

pub mod diagnostic;
pub mod error;
pub mod event;
pub mod name;
pub mod secret;
