//! The same server for a child that speaks through libpq: pg_dump, pg_restore, a user's migration.

use super::tls::{Authorities, TlsLevel, system_bundle};
use super::{Server, Target};
use crate::words::diagnostic::Diagnostic;
use crate::words::error::{Error, Result};
use crate::words::secret::Secret;
use std::ffi::OsString;
use std::path::Path;

impl Server {
    /// The variables that make libpq connect as we do, to the same address; the password is fetched anew.
    ///
    /// The child must have no other `PG*` variable: see [`clear_libpq_environment`].
    pub async fn libpq_environment(&self, application_name: &str) -> Result<Vec<(String, OsString)>> {
        let endpoint = &self.endpoint;
        let mut variables = Vec::new();
        let mut set = |name: &str, value: OsString| variables.push((name.to_owned(), value));
        match &endpoint.target {
            Target::Socket(directory) => set("PGHOST", directory.into()),
            Target::Host { name, .. } => {
                set("PGHOST", name.into());
                set("PGHOSTADDR", self.address().await?.to_string().into());
            }
        }
        set("PGPORT", endpoint.port.to_string().into());
        set("PGUSER", (&endpoint.user).into());
        set("PGDATABASE", (&self.database).into());
        if let Some(password) = self.password().await? {
            set("PGPASSWORD", password.expose().into());
        }
        // Neither the user's password file nor the service file has anything to add.
        set("PGPASSFILE", "/dev/null".into());
        set("PGAPPNAME", application_name.into());
        set("PGGSSENCMODE", "disable".into());
        if let Some(options) = &endpoint.options {
            set("PGOPTIONS", options.into());
        }
        // libpq counts per address and has no limit at 0, as we do.
        let limit = endpoint.timeouts.connect.map_or(0, |limit| limit.as_secs());
        set("PGCONNECT_TIMEOUT", limit.to_string().into());
        for (name, value) in self.libpq_tls()? {
            set(name, value);
        }
        Ok(variables)
    }

    /// The URL of the database, password included, for a user's own program.
    pub async fn url(&self, application_name: &str) -> Result<Secret> {
        let endpoint = &self.endpoint;
        let mut login = encoded(&endpoint.user);
        if let Some(password) = self.password().await? {
            login = format!("{login}:{}", encoded(password.expose()));
        }
        let mut parameters = vec![("application_name", application_name.to_owned())];
        let host = match &endpoint.target {
            Target::Socket(directory) => {
                parameters.insert(0, ("host", directory.display().to_string()));
                parameters.insert(1, ("port", endpoint.port.to_string()));
                String::new()
            }
            Target::Host { name, .. } if name.contains(':') => format!("[{name}]:{}", endpoint.port),
            Target::Host { name, .. } => format!("{}:{}", encoded(name), endpoint.port),
        };
        parameters.push(("sslmode", endpoint.tls.level.word().to_owned()));
        if let Some((_, file)) = self.libpq_tls()?.into_iter().find(|(name, _)| *name == "PGSSLROOTCERT") {
            parameters.push(("sslrootcert", file.to_string_lossy().into_owned()));
        }
        let parameters: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let database = encoded(&self.database);
        Ok(Secret::new(format!("postgresql://{login}@{host}/{database}?{}", parameters.join("&"))))
    }

    fn libpq_tls(&self) -> Result<Vec<(&'static str, OsString)>> {
        use tokio_postgres::config::ChannelBinding;
        let tls = &self.endpoint.tls;
        let mut variables = vec![("PGSSLMODE", tls.level.word().into())];
        if tls.level == TlsLevel::Disable {
            return Ok(variables);
        }
        match &tls.authorities {
            Authorities::Nobody => {}
            Authorities::File(path) => variables.push(("PGSSLROOTCERT", absolute(path))),
            Authorities::System => {
                let bundle = system_bundle().ok_or_else(|| {
                    let message = "no file with the operating system's certificate authorities was found for pg_dump";
                    Error::refused(
                        Diagnostic::error("tls", self.endpoint.place.clone(), message)
                            .help("install ca-certificates, or name a file with sslrootcert or SSL_CERT_FILE"),
                    )
                })?;
                variables.push(("PGSSLROOTCERT", bundle.into()));
            }
        }
        if let Some((certificate, key)) = &tls.client {
            variables.push(("PGSSLCERT", absolute(certificate)));
            variables.push(("PGSSLKEY", absolute(key)));
        }
        if !tls.send_name {
            variables.push(("PGSSLSNI", "0".into()));
        }
        if tls.direct {
            variables.push(("PGSSLNEGOTIATION", "direct".into()));
        }
        if tls.newest_only {
            variables.push(("PGSSLMINPROTOCOLVERSION", "TLSv1.3".into()));
        }
        match self.endpoint.channel_binding {
            ChannelBinding::Require => variables.push(("PGCHANNELBINDING", "require".into())),
            ChannelBinding::Disable => variables.push(("PGCHANNELBINDING", "disable".into())),
            _ => {}
        }
        Ok(variables)
    }
}

/// A text as a part of a URL.
fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let byte = |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(byte).collect()
}

fn absolute(path: &Path) -> OsString {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).into()
}

/// Takes every `PG*` variable of ours out of a child's environment.
pub fn clear_libpq_environment(command: &mut std::process::Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(&name);
        }
    }
}
