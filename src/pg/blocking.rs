//! Who waits for us at the source: a session beside the others sees it, and ends ours where that is the way out.

use super::connect::{Connected, Server};
use super::fault::Fault;
use super::session::{Run, prepare};
use crate::words::diagnostic::Place;
use crate::words::error::{Error, Result};
use crate::words::name::TableName;
use std::time::Duration;

/// A session at the source that looks on.
pub struct Watcher {
    connected: Connected,
    application: String,
}

/// A session of somebody else that waits for a lock of ours.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Our sessions that it waits for.
    pub ours: Vec<i32>,
    /// How long it has waited.
    pub waited: Duration,
    /// True if it waits for a table, which one of ours may let go; else for a snapshot or the like.
    pub for_relation: bool,
    /// What it waits for, if it has a name here.
    pub relation: Option<TableName>,
}

impl Watcher {
    /// Connects.
    pub async fn open(server: &Server, run: &Run) -> Result<Self> {
        let connected = server.connect(&run.application).await?;
        prepare(&connected, run, true).await?;
        Ok(Watcher { connected, application: run.application.clone() })
    }

    /// Everybody who waits for us at this moment.
    pub async fn waiting(&self) -> Result<Vec<Waiting>> {
        let rows = self.connected.query(include_str!("blocking.sql"), &[&self.application]).await.map_err(fault)?;
        let waiting = |row: &tokio_postgres::Row| {
            let schema: Option<String> = row.get("schema");
            Waiting {
                ours: row.get("ours"),
                waited: Duration::from_secs_f64(row.get::<_, f64>("waited").max(0.0)),
                for_relation: row.get("for_relation"),
                relation: schema
                    .zip(row.get("relation"))
                    .map(|(schema, name): (_, String)| TableName::new(schema, name)),
            }
        };
        Ok(rows.iter().map(waiting).collect())
    }

    /// How far a replica is behind, as far as the server says.
    pub async fn lag(&self) -> Result<Option<Duration>> {
        let row = self.connected.query_one(include_str!("lag.sql"), &[]).await.map_err(fault)?;
        Ok(row.get::<_, Option<f64>>(0).map(|seconds| Duration::from_secs_f64(seconds.max(0.0))))
    }

    /// Ends sessions of ours, so that their locks go at once.
    pub async fn end(&self, sessions: &[i32]) -> Result<()> {
        let sql = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.unnest($1::int[]) pid";
        self.connected.query(sql, &[&sessions]).await.map(drop).map_err(fault)
    }
}

fn fault(error: tokio_postgres::Error) -> Error {
    Fault::schema(error).into_error("watch", Place::Run, "cannot look after production")
}
