//! All tables of the source locked at once, in the weakest mode, before a snapshot is taken.

use super::connect::{Connected, Server};
use super::fault::Fault;
use super::session::{Run, fault, number, prepare};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::TableName;

/// How often all locks are tried.
const LOCK_TRIES: usize = 12;

/// How long a session that holds many locks waits for the next one: whoever waits for the others waits as long.
const MANY_LOCKS_WAIT: &str = "SET lock_timeout = '400ms'";

/// A session that holds ACCESS SHARE on many tables, and nothing else.
pub struct Locker {
    connected: Connected,
    /// The server's number of the session.
    pub number: i32,
}

impl Locker {
    /// Locks every table that a plain role may read, or gives way (exit 75) when one stays locked by others.
    pub async fn lock_all(server: &Server, run: &Run) -> Result<Self> {
        let connected = server.connect(&run.application).await?;
        prepare(&connected, run, true).await?;
        connected.batch_execute(MANY_LOCKS_WAIT).await.map_err(|error| fault(error, "setting up a session"))?;
        let number = number(&connected).await?;
        let locker = Locker { connected, number };
        let mut blocked = None;
        for _ in 0..LOCK_TRIES {
            match locker.try_all().await? {
                None => return Ok(locker),
                some => blocked = some,
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        let table = blocked.unwrap_or_else(|| "a table".to_owned());
        Err(Error::temporary(
            Diagnostic::error(
                "source-locked",
                Place::Object(table),
                "another session at the source holds a lock on it",
            )
            .help("wait for the DDL at the source to end and run it again"),
        ))
    }

    /// Tries once; all locks are released again if one cannot be had within the wait.
    async fn try_all(&self) -> Result<Option<String>> {
        let client = &*self.connected;
        client.batch_execute("BEGIN READ ONLY").await.map_err(|error| fault(error, "locking tables at the source"))?;
        let rows = client
            .query(include_str!("lockable.sql"), &[])
            .await
            .map_err(|error| fault(error, "listing tables at the source"))?;
        let names: Vec<String> =
            rows.iter().map(|row| TableName::new(row.get::<_, String>(0), row.get::<_, String>(1)).sql()).collect();
        for some in names.chunks(200) {
            let lock = format!("LOCK TABLE ONLY {} IN ACCESS SHARE MODE", some.join(", ONLY "));
            let Err(error) = client.batch_execute(&lock).await else { continue };
            let fault = Fault::schema(error);
            let gone = matches!(fault.sqlstate.as_deref(), Some("55P03" | "42P01" | "40P01"));
            client
                .batch_execute("ROLLBACK")
                .await
                .map_err(|error| super::session::fault(error, "locking tables at the source"))?;
            if fault.is("53200") {
                return Err(fault
                    .into_refusal("source-lock", Place::Run, "the source cannot lock so many tables at once")
                    .with_help(
                        "raise max_locks_per_transaction at the source: every table that is copied needs one lock",
                    ));
            }
            if !gone {
                return Err(fault.into_error("source-lock", Place::Run, "locking tables at the source"));
            }
            return Ok(Some(fault.relation.map(|name| name.to_string()).unwrap_or_else(|| "a table".into())));
        }
        Ok(None)
    }

    /// Lets every lock go.
    pub async fn release(self) {
        self.connected.close().await;
    }
}
