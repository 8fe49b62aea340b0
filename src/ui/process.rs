//! What the process as a whole must not do: dump core, or show a panic's payload.

use std::io::Write as _;

/// Forbids core files: the memory holds the key and rows. Failure is no reason to stop.
pub fn forbid_core_dumps() {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}

/// A panic tells where it happened and no more: its payload may quote a row.
pub fn redact_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        let _ = writeln!(
            std::io::stderr(),
            "error[bug]: standin {} stopped{place}, which is a bug: please report this line",
            env!("CARGO_PKG_VERSION")
        );
    }));
}
