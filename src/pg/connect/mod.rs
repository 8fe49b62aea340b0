//! A connection from what users have: URL, keyword string, fields, `PG*` variables, pgpass, service file, TLS levels.
//!
//! [`Server::resolve`] reads all of it without touching the network; [`Server::connect`] opens sessions, all of them on
//! the one address that the host's name meant at first use. Nothing here can be printed: it holds passwords.

mod build;
mod gather;
mod keyword;
mod libpq;
mod open;
mod passfile;
mod password;
mod pooler;
mod service;
mod settings;
mod socket;
#[cfg(test)]
mod tests;
mod text;
mod tls;

pub use libpq::clear_libpq_environment;
pub use open::{Canceller, Connected};
pub use tls::TlsLevel;

use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::secret::Secret;
use password::PasswordSource;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tls::TlsSettings;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What a user wrote about one connection, with its `${…}` filled in.
#[derive(Clone, Default)]
pub struct ConnectionParams {
    /// Where it stands, for messages; never a place whose text holds a password.
    pub place: Place,
    /// A URL or a keyword string.
    pub url: Option<Secret>,
    /// libpq's parameters by name, `database`, `password_file`.
    pub fields: Vec<(String, Secret)>,
    /// Program and arguments that print the password.
    pub password_command: Option<Vec<String>>,
    /// What relative paths are relative to: the rules file's directory.
    pub base: PathBuf,
}

/// The process environment, or a test's.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// One database of one server, with all that is needed to connect; cheap to clone, and every clone keeps the address.
#[derive(Clone)]
pub struct Server {
    endpoint: Arc<Endpoint>,
    database: String,
}

/// What all databases of a server share.
struct Endpoint {
    place: Place,
    target: Target,
    port: u16,
    user: String,
    password: PasswordSource,
    tls: TlsSettings,
    connector: MakeRustlsConnect,
    channel_binding: tokio_postgres::config::ChannelBinding,
    options: Option<String>,
    session: SessionNeed,
    timeouts: Timeouts,
    /// The address that the name stood for at first use.
    address: tokio::sync::OnceCell<IpAddr>,
    /// Set once it is known that sessions do not share backends.
    direct: tokio::sync::OnceCell<()>,
}

/// How a server is reached.
enum Target {
    /// A directory with a Unix socket in it.
    Socket(PathBuf),
    /// A name or address, and an address that takes the place of looking the name up.
    Host { name: String, address: Option<IpAddr> },
}

/// `target_session_attrs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SessionNeed {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
}

/// Limits of the network.
struct Timeouts {
    /// For a whole connection attempt; `None`: no limit.
    connect: Option<Duration>,
    /// How long sent data may stay unacknowledged.
    unacknowledged: Duration,
    /// Whether idle connections are probed.
    keepalives: bool,
    /// Silence before the first probe.
    idle: Duration,
    /// Between probes.
    interval: Duration,
    /// Probes before giving up.
    count: u32,
}

impl Server {
    /// Reads the settings, their files and the variables, without touching the network.
    ///
    /// Notes and warnings come with the server; otherwise every fault comes at once, for exit 2.
    pub fn resolve(params: &ConnectionParams, env: Env<'_>) -> Result<(Server, Vec<Diagnostic>), Vec<Diagnostic>> {
        build::build(params, env)
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        &self.endpoint.user
    }

    /// `host:port/database`, without anything secret.
    pub fn describe(&self) -> String {
        let text = match &self.endpoint.target {
            Target::Socket(directory) => format!("{}:{}/{}", directory.display(), self.endpoint.port, self.database),
            Target::Host { name, .. } if name.contains(':') => {
                format!("[{name}]:{}/{}", self.endpoint.port, self.database)
            }
            Target::Host { name, .. } => format!("{name}:{}/{}", self.endpoint.port, self.database),
        };
        crate::words::name::printable(&text)
    }

    /// Is it reached without leaving this machine: a socket, or an address of its own.
    pub fn is_local(&self) -> bool {
        match &self.endpoint.target {
            Target::Socket(_) => true,
            Target::Host { name, address } => {
                let address = address.or_else(|| name.parse().ok());
                address.map_or(name.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
            }
        }
    }

    /// Another database of the same server, at the same address.
    pub fn with_database(&self, name: &str) -> Server {
        Server { endpoint: Arc::clone(&self.endpoint), database: name.to_owned() }
    }

    /// How TLS is used.
    pub fn tls_level(&self) -> TlsLevel {
        self.endpoint.tls.level
    }
}

/// True if a URL or keyword string, before its `${…}` are filled in, has a password written out.
pub fn has_literal_password(text: &str) -> bool {
    text::has_literal_password(text)
}

/// The parameters that may stand beside or instead of a URL, for whoever checks names.
pub fn field_names() -> impl Iterator<Item = &'static str> {
    ["database"].into_iter().chain(keyword::KEYWORDS.iter().map(|keyword| keyword.name))
}
