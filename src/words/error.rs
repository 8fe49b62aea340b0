//! How a command ends: a variant for each thing that the caller, a script or cron, does differently.

use super::diagnostic::Diagnostic;

/// Why a command did not do what it was asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Running it again will not help; the target is exactly as it was. Exit 1.
    #[error("failed")]
    Failed(Vec<Diagnostic>),
    /// The command line or the rules file is wrong in itself; no server was contacted. Exit 2.
    #[error("usage")]
    Usage(Vec<Diagnostic>),
    /// Rules against catalog, a guard, a missing right; nothing was written, no row was read. Exit 3.
    #[error("refused")]
    Refused(Vec<Diagnostic>),
    /// Verification, leak, drift, stale: the clone was built, not published, dropped. Exit 4.
    #[error("findings")]
    Findings(Vec<Diagnostic>),
    /// Worth another try: lock held, connection lost, recovery conflict, a limit reached. Exit 75.
    #[error("temporary")]
    Temporary(Vec<Diagnostic>),
    /// A signal ended the run. Exit 130 or 143.
    #[error("interrupted")]
    Interrupted(Signal),
}

/// The signals that end a run in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C: exit 130.
    Interrupt,
    /// SIGTERM or SIGHUP: exit 143.
    Terminate,
}

/// What every room returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Failed(_) => 1,
            Error::Usage(_) => 2,
            Error::Refused(_) => 3,
            Error::Findings(_) => 4,
            Error::Temporary(_) => 75,
            Error::Interrupted(Signal::Interrupt) => 130,
            Error::Interrupted(Signal::Terminate) => 143,
        }
    }

    /// The report's word for it: `refused`, `rejected`, `failed`, `interrupted`, `temporary`.
    pub fn result(&self) -> &'static str {
        match self {
            Error::Failed(_) => "failed",
            Error::Usage(_) | Error::Refused(_) => "refused",
            Error::Findings(_) => "rejected",
            Error::Temporary(_) => "temporary",
            Error::Interrupted(_) => "interrupted",
        }
    }

    /// What there is to say.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Error::Failed(list)
            | Error::Usage(list)
            | Error::Refused(list)
            | Error::Findings(list)
            | Error::Temporary(list) => list,
            Error::Interrupted(_) => &[],
        }
    }

    /// The same, with other words on what to do next.
    pub fn with_help(mut self, help: &str) -> Self {
        if let Error::Failed(list)
        | Error::Usage(list)
        | Error::Refused(list)
        | Error::Findings(list)
        | Error::Temporary(list) = &mut self
        {
            for diagnostic in list {
                diagnostic.help = Some(help.to_owned());
            }
        }
        self
    }

    /// One diagnostic that running again will not cure.
    pub fn failed(diagnostic: Diagnostic) -> Self {
        Error::Failed(vec![diagnostic])
    }

    /// One fault of the command line or rules file.
    pub fn usage(diagnostic: Diagnostic) -> Self {
        Error::Usage(vec![diagnostic])
    }

    /// One refusal.
    pub fn refused(diagnostic: Diagnostic) -> Self {
        Error::Refused(vec![diagnostic])
    }

    /// One reason to try again later.
    pub fn temporary(diagnostic: Diagnostic) -> Self {
        Error::Temporary(vec![diagnostic])
    }
}
