//! Databases copied whole, by the quickest way that the server knows, and names and states changed in one transaction.

use super::database::{Maintenance, SWAP_PATIENCE, comment, end_sessions};
use super::fault::Fault;
use super::marker::Marker;
use super::session::Target;
use super::types::Oid;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::{Name, printable};
use std::time::Instant;

/// A copy of a whole database.
pub struct Copy<'a> {
    /// The database that is copied; nobody may be connected to it meanwhile.
    pub from: &'a str,
    /// The new database's name.
    pub to: &'a str,
    /// Its marker.
    pub marker: &'a Marker,
    /// End the sessions that are connected to the first one, instead of refusing.
    pub end_sessions: bool,
}

/// What becomes of a database of ours.
pub struct Change<'a> {
    /// Its name.
    pub from: &'a str,
    /// The name that it gets.
    pub to: &'a str,
    /// Its marker then.
    pub marker: Marker,
    /// May anybody connect to it then.
    pub open: bool,
    /// Is it a template then.
    pub template: bool,
}

impl Maintenance {
    /// Who is connected to a database beside us, in words: `pid 17 of app (rails)`.
    pub async fn sessions(&self, database: &str) -> Result<Vec<String>> {
        let rows = self.session().client().query(include_str!("sessions.sql"), &[&vec![database]]).await;
        let rows = rows.map_err(|error| {
            Fault::schema(error).into_error("sessions", Place::Run, "cannot see who is connected to the database")
        })?;
        Ok(rows
            .iter()
            .filter(|row| row.get::<_, &str>(2) != self.run.application)
            .map(|row| {
                let (pid, user, application): (i32, String, String) = (row.get(0), row.get(1), row.get(2));
                let application =
                    if application.is_empty() { String::new() } else { format!(" ({})", printable(&application)) };
                format!("pid {pid} of {}{application}", printable(&user))
            })
            .collect())
    }

    /// How many bytes a database has on disk, if we may know.
    pub async fn size(&self, database: Oid) -> Option<u64> {
        let sql = "SELECT pg_catalog.pg_database_size($1::pg_catalog.oid)";
        let row = self.session().client().query_one(sql, &[&database]).await.ok()?;
        row.get::<_, Option<i64>>(0).and_then(|bytes| u64::try_from(bytes).ok())
    }

    /// Copies a database; nobody but the owner may enter the copy. Whoever wants to connect to the first one meanwhile waits.
    pub async fn copy(&self, copy: &Copy<'_>) -> Result<()> {
        let (from, to) = (Name::from(copy.from), Name::from(copy.to));
        let version =
            self.session().client().query_one("SELECT current_setting('server_version_num')::int4", &[]).await;
        let version: i32 = version
            .map_err(|error| Fault::schema(error).into_error("copy", Place::Run, "cannot ask the server's version"))?
            .get(0);
        // Files are copied instead of written to the WAL block by block; older servers know no other way.
        let strategy = if version >= 150_000 { " STRATEGY FILE_COPY" } else { "" };
        let sql = format!("CREATE DATABASE {} TEMPLATE {}{strategy}", to.sql(), from.sql());
        // Some file systems share the blocks of both files until one is written; others refuse, and then it is a copy.
        let methods: &[&str] = if version >= 180_000 { &["clone", "copy"] } else { &[""] };
        for (at, method) in methods.iter().enumerate() {
            let set = format!("SET file_copy_method = '{method}'");
            if !method.is_empty() && self.session().client().batch_execute(&set).await.is_err() {
                continue;
            }
            match self.create_copy(copy, &sql).await? {
                Ok(()) => break,
                Err(fault) if at + 1 < methods.len() && !fault.is_temporary() => {}
                Err(fault) => return Err(fault.into_error("copy", Place::from(&from), "cannot copy the database")),
            }
        }
        self.mark(&to, copy.marker).await
    }

    /// Runs the statement; sessions that come in between are ended, or refuse it.
    async fn create_copy(&self, copy: &Copy<'_>, sql: &str) -> Result<std::result::Result<(), Fault>> {
        let client = self.session().client();
        if !copy.end_sessions {
            let Err(error) = client.batch_execute(sql).await else { return Ok(Ok(())) };
            let fault = Fault::schema(error);
            let sessions = if fault.is("55006") { self.sessions(copy.from).await? } else { Vec::new() };
            return if sessions.is_empty() { Ok(Err(fault)) } else { Err(in_use(copy.from, &sessions)) };
        }
        let ender = Target::open(&self.server, &self.run).await?;
        let ended = [copy.from];
        let started = Instant::now();
        loop {
            let copied = {
                let (copying, ending) = (client.batch_execute(sql), end_sessions(&ender, &ended));
                tokio::select! { biased; result = copying => result, error = ending => return Err(error) }
            };
            let Err(error) = copied else { return Ok(Ok(())) };
            let fault = Fault::schema(error);
            if !fault.is("55006") {
                return Ok(Err(fault));
            }
            if started.elapsed() > SWAP_PATIENCE {
                return Err(self.busy(&ender, &ended, fault).await);
            }
        }
    }

    /// Changes names, markers and states of databases of ours, all or none.
    pub async fn change(&self, changes: &[Change<'_>]) -> Result<()> {
        let mut sql = String::from("BEGIN; SET LOCAL lock_timeout = '15s'");
        for change in changes {
            let (from, to) = (Name::from(change.from), Name::from(change.to));
            let options = format!("ALLOW_CONNECTIONS {} IS_TEMPLATE {}", change.open, change.template);
            sql.push_str(&format!("; ALTER DATABASE {} WITH {options}", from.sql()));
            if change.from != change.to {
                sql.push_str(&format!("; ALTER DATABASE {} RENAME TO {}", from.sql(), to.sql()));
            }
            sql.push_str(&format!("; {}", comment(&to, &change.marker.comment(""))));
        }
        let client = self.session().client();
        let Err(error) = client.batch_execute(&format!("{sql}; COMMIT")).await else { return Ok(()) };
        let fault = Fault::schema(error);
        let _ = client.batch_execute("ROLLBACK").await;
        let place = changes.first().map_or(Place::Run, |change| Place::from(&Name::from(change.from)));
        Err(fault.into_error("change", place, "cannot change the name and state of the database"))
    }
}

/// The refusal of a copy while others are connected.
pub fn in_use(database: &str, sessions: &[String]) -> Error {
    let message =
        format!("sessions are connected, and a database is copied only while nobody is: {}", sessions.join(", "));
    Error::refused(
        Diagnostic::error("database-in-use", Place::from(&Name::from(database)), message)
            .help("end them, or say --end-sessions; whoever connects while it is copied waits"),
    )
}
