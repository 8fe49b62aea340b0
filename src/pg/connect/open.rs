//! Opening sessions: one address, the attempts that each TLS level allows, the driver's task, cancelling.

use super::passfile::Login;
use super::socket::{self, Address, Socket};
use super::tls::TlsLevel;
use super::{Server, SessionNeed, Target};
use crate::pg::fault::{Fault, FaultKind};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::secret::Secret;
use std::net::{IpAddr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How often two sessions say which backend is theirs: those of a busy pool are not the same ones three times by chance.
const ROUNDS: usize = 3;

/// The TLS of one session.
type Tls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;

/// A session, with its driver on the runtime that opened it.
pub struct Connected {
    /// The driver's client.
    pub client: Client,
    server: Server,
    address: Address,
    /// What the driver was told of TLS.
    mode: SslMode,
    driver: tokio::task::JoinHandle<()>,
    ended: Arc<Mutex<Option<Fault>>>,
}

/// Ends whatever a session is doing; may be sent to another thread and outlive the session.
#[derive(Clone)]
pub struct Canceller {
    token: CancelToken,
    server: Server,
    address: Address,
    mode: SslMode,
}

impl Connected {
    /// The server and database of the session.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Why the session ended, if it did.
    pub fn ended(&self) -> Option<Fault> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ended.or_else(|| self.client.is_closed().then(Fault::lost))
    }

    /// What ends the session's statement from outside.
    pub fn canceller(&self) -> Canceller {
        let (server, address) = (self.server.clone(), self.address.clone());
        Canceller { token: self.client.cancel_token(), server, address, mode: self.mode }
    }

    /// Says goodbye to the server and waits until it is said.
    pub async fn close(self) {
        drop(self.client);
        let _ = self.driver.await;
    }
}

impl Deref for Connected {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Connected {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl Canceller {
    /// Asks the server to cancel, over TLS if the session has it. Whether it did is not known; the session tells.
    pub async fn cancel(&self) -> Result<()> {
        let limit = self.server.endpoint.timeouts.connect.unwrap_or(Duration::from_secs(10));
        let ask = async {
            let (socket, tls) = self.server.socket(&self.address, self.mode).await?;
            self.token.cancel_query_raw(socket, tls).await.map_err(Fault::schema)
        };
        let asked = within(Some(limit), ask).await;
        asked.map_err(|fault| fault.into_error("cancel", self.server.place(), "cannot cancel a statement"))
    }
}

impl Server {
    /// Opens a session on the current runtime; a pooler in transaction mode is refused before anything is set in it.
    pub async fn connect(&self, application_name: &str) -> Result<Connected> {
        let session = self.open(application_name).await?;
        self.endpoint.direct.get_or_try_init(|| self.refuse_pooler(&session, application_name)).await?;
        Ok(session)
    }

    async fn open(&self, application_name: &str) -> Result<Connected> {
        let password = self.password().await?;
        let address = self.socket_address().await?;
        let config = self.config(application_name, password.as_ref());
        let limit = self.endpoint.timeouts.connect;
        let opened = within(limit, self.attempt_levels(config, &address)).await;
        let connected = opened.map_err(|fault| self.explain(fault))?;
        match within(limit, self.check_session(&connected)).await {
            Ok(None) => Ok(connected),
            Ok(Some(message)) => Err(Error::refused(Diagnostic::error("connection", self.place(), message))),
            Err(fault) => Err(self.explain(fault)),
        }
    }

    /// Two sessions must be two backends, and stay so: in a pool of transactions a setting or a lock would be left to
    /// whoever comes next, the application included.
    async fn refuse_pooler(&self, first: &Connected, application_name: &str) -> Result<()> {
        let second = self.open(application_name).await?;
        let mut backends = Vec::new();
        for session in [first, &second].repeat(ROUNDS) {
            let row = session.query_typed_one("SELECT pg_catalog.pg_backend_pid()", &[]).await;
            backends.push(row.map_err(|error| self.explain(Fault::schema(error)))?.get::<_, i32>(0));
        }
        second.close().await;
        if backends[0] != backends[1] && backends.chunks(2).all(|pair| pair == &backends[..2]) {
            return Ok(());
        }
        let message = format!("{} is a pooler in transaction mode: sessions share backends", self.describe());
        let help = "give the direct URL of the database, or a pool in session mode";
        Err(Error::refused(Diagnostic::error("pooler", self.place(), message).help(help)))
    }

    /// The password, read anew.
    pub(super) async fn password(&self) -> Result<Option<Secret>> {
        let endpoint = &self.endpoint;
        let host = match &endpoint.target {
            // libpq's password files call the default socket so.
            Target::Socket(directory) if directory.as_os_str() == "/var/run/postgresql" => "localhost".into(),
            Target::Socket(directory) => directory.to_string_lossy(),
            Target::Host { name, .. } => name.into(),
        };
        let login = Login { host: &host, port: endpoint.port, database: &self.database, user: &endpoint.user };
        endpoint.password.fetch(login, &endpoint.place).await
    }

    /// The server's address: the one that is written, else the first of the name's that answers, for good.
    pub(super) async fn address(&self) -> Result<IpAddr> {
        let Target::Host { name, address } = &self.endpoint.target else {
            let message = "a Unix socket has no address";
            return Err(Error::failed(Diagnostic::error("connection", self.place(), message)));
        };
        if let Some(address) = address {
            return Ok(*address);
        }
        let found = self.endpoint.address.get_or_try_init(|| self.look_up(name)).await;
        found.copied().map_err(|fault| self.explain(fault))
    }

    async fn look_up(&self, name: &str) -> std::result::Result<IpAddr, Fault> {
        let limit = self.endpoint.timeouts.connect;
        let port = self.endpoint.port;
        let found = within(limit, async {
            tokio::net::lookup_host((name, port))
                .await
                .map(Vec::from_iter)
                .map_err(|cause| Fault::unreachable(format!("the host name cannot be resolved: {cause}")))
        });
        let addresses: Vec<SocketAddr> = found.await?;
        if let [only] = addresses[..] {
            return Ok(only.ip());
        }
        let mut last = Fault::unreachable("the host name stands for no address".into());
        for address in addresses {
            let probe = within(limit, async {
                let stream = tokio::net::TcpStream::connect(address).await;
                stream.map(drop).map_err(|cause| Fault::unreachable(format!("cannot connect: {cause}")))
            });
            match probe.await {
                Ok(()) => return Ok(address.ip()),
                Err(fault) => last = fault,
            }
        }
        Err(last)
    }

    fn config(&self, application_name: &str, password: Option<&Secret>) -> Config {
        let endpoint = &self.endpoint;
        let mut config = Config::new();
        match &endpoint.target {
            Target::Socket(directory) => {
                config.host_path(directory);
            }
            Target::Host { name, .. } => {
                config.host(name);
            }
        }
        config.port(endpoint.port).user(&endpoint.user).dbname(&self.database).application_name(application_name);
        config.channel_binding(endpoint.channel_binding);
        if let Some(password) = password {
            config.password(password.expose());
        }
        if let Some(options) = &endpoint.options {
            config.options(options);
        }
        if endpoint.tls.direct {
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        config
    }

    /// Tries what the level allows, the preferred way first.
    async fn attempt_levels(&self, mut config: Config, address: &Address) -> std::result::Result<Connected, Fault> {
        let (first, second) = match self.endpoint.tls.level {
            TlsLevel::Disable => (SslMode::Disable, None),
            TlsLevel::Allow => (SslMode::Disable, Some(SslMode::Require)),
            TlsLevel::Prefer => (SslMode::Prefer, Some(SslMode::Disable)),
            TlsLevel::Require | TlsLevel::VerifyCa | TlsLevel::VerifyFull => (SslMode::Require, None),
        };
        config.ssl_mode(first);
        match (self.attempt(&config, address).await, second) {
            // 28000: pg_hba.conf has no line for a connection of this kind.
            (Err(fault), Some(second)) if fault.kind == FaultKind::Tls || fault.is("28000") => {
                config.ssl_mode(second);
                self.attempt(&config, address)
                    .await
                    .map_err(|other| if other.kind == FaultKind::Tls { fault } else { other })
            }
            (result, _) => result,
        }
    }

    async fn attempt(&self, config: &Config, address: &Address) -> std::result::Result<Connected, Fault> {
        let mode = config.get_ssl_mode();
        let (socket, tls) = self.socket(address, mode).await?;
        let (client, mut connection) = config.connect_raw(socket, tls).await.map_err(Fault::schema)?;
        let ended = Arc::new(Mutex::new(None));
        let driver = tokio::spawn({
            let ended = Arc::clone(&ended);
            async move {
                // Notices are dropped here: they may quote rows, and the driver would log them.
                while let Some(message) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                    if let Err(error) = message {
                        let fault = Fault::schema(error);
                        *ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
                        break;
                    }
                }
            }
        });
        Ok(Connected { client, server: self.clone(), address: address.clone(), mode, driver, ended })
    }

    /// A socket, and the TLS that may be spoken on it.
    async fn socket(&self, address: &Address, mode: SslMode) -> std::result::Result<(Socket, Tls), Fault> {
        let endpoint = &self.endpoint;
        let negotiation = if endpoint.tls.direct { SslNegotiation::Direct } else { SslNegotiation::Postgres };
        let name = match &endpoint.target {
            Target::Socket(_) => "",
            Target::Host { name, .. } => name,
        };
        let tls = MakeTlsConnect::<Socket>::make_tls_connect(&mut endpoint.connector.clone(), name);
        let tls = tls.unwrap_or_else(|never| match never {});
        Ok((socket::open(address, &endpoint.timeouts, (mode, negotiation)).await?, tls))
    }

    /// Holds the session against `target_session_attrs`.
    async fn check_session(&self, session: &Connected) -> std::result::Result<Option<String>, Fault> {
        let need = self.endpoint.session;
        if need == SessionNeed::Any {
            return Ok(None);
        }
        let sql = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only') = 'on'";
        let row = session.query_typed_one(sql, &[]).await.map_err(Fault::schema)?;
        let (standby, read_only) = (row.get::<_, bool>(0), row.get::<_, bool>(1));
        let unmet = match need {
            SessionNeed::Any => None,
            SessionNeed::ReadWrite => (standby || read_only).then_some("read-write"),
            SessionNeed::ReadOnly => (!standby && !read_only).then_some("read-only"),
            SessionNeed::Primary => standby.then_some("primary"),
            SessionNeed::Standby => (!standby).then_some("standby"),
        };
        Ok(unmet.map(|need| format!("{} is not what target_session_attrs={need} asks for", self.describe())))
    }

    fn place(&self) -> Place {
        self.endpoint.place.clone()
    }

    /// The end of a command for a session that could not be opened: temporary, else refused, with what to do.
    fn explain(&self, fault: Fault) -> Error {
        let doing = format!("cannot connect to {}", self.describe());
        let help = self.advice(&fault);
        let mut diagnostic = fault.diagnostic("connection", self.place(), &doing);
        diagnostic.help = help.or(diagnostic.help);
        if fault.is_temporary() { Error::temporary(diagnostic) } else { Error::refused(diagnostic) }
    }

    fn advice(&self, fault: &Fault) -> Option<String> {
        let host = match &self.endpoint.target {
            Target::Host { name, .. } => name.as_str(),
            Target::Socket(_) => "",
        };
        let text = match (fault.kind, fault.sqlstate.as_deref()) {
            (FaultKind::Tls, _) => tls_advice(host, &fault.summary),
            (FaultKind::Authentication, _) if fault.summary.contains("password missing") => {
                "the server wants a password: give password_file, password_command, PGPASSWORD or a ~/.pgpass line"
            }
            (_, Some("28P01")) => "check the user, and where the password comes from",
            (_, Some("28000")) => "pg_hba.conf of the server has no line that lets this user in from here, in this way",
            (_, Some("3D000")) => "check the database's name; standin never falls back to another one",
            (_, Some("42501")) => "the user needs GRANT CONNECT ON DATABASE",
            (FaultKind::Unreachable, _) => "is the server up, and does a firewall let this machine in?",
            _ => return None,
        };
        Some(text.into())
    }
}

fn tls_advice(host: &str, summary: &str) -> &'static str {
    let host = host.to_ascii_lowercase();
    if summary.contains("does not support TLS") {
        "if the network in between is trusted, write sslmode=disable"
    } else if summary.contains("not valid for name") || summary.contains("NotValidForName") {
        "connect by a name that the certificate has, or write sslmode=verify-ca to leave the name unchecked"
    } else if summary.contains("expired") {
        "the server's certificate must be renewed"
    } else if host.ends_with(".rds.amazonaws.com") {
        "download https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem and name it as sslrootcert"
    } else if host.contains(".supabase.") {
        "download the certificate from the project's database settings and name it as sslrootcert"
    } else {
        "name the file of the server's own authority as sslrootcert; weaker levels must be written out, as sslmode=require"
    }
}

/// Runs a step of connecting within its limit.
async fn within<T>(
    limit: Option<Duration>,
    step: impl Future<Output = std::result::Result<T, Fault>>,
) -> std::result::Result<T, Fault> {
    match limit {
        None => step.await,
        Some(limit) => tokio::time::timeout(limit, step).await.unwrap_or_else(|_| {
            Err(Fault::unreachable(format!("the server did not answer within {} s", limit.as_secs())))
        }),
    }
}
