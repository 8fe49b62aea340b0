//! Source (read only, one exported snapshot) and Target (never production).
//!
//! Every session sets its own values first: a database may carry hostile defaults.

use super::connect::{Connected, Server};
use super::fault::Fault;
use super::types::Oid;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::{Name, TableName, literal};

/// How long a lock at the source is waited for, by any of our sessions.
///
/// A migration that waits for a lock of ours blocks everybody who comes after it, our other sessions too: the server
/// sees no deadlock there, and only a timeout ends it.
const LOCK_WAIT: &str = "2s";

/// The code of errors that new locks and a new snapshot may cure: the source changed, or somebody waits to change it, or
/// a standby gave the snapshot up.
pub const MOVED: &str = "source-moved";

/// What each session of one run has in common.
#[derive(Clone)]
pub struct Run {
    /// `application_name` of every session, children included: `standin/<run>`.
    pub application: String,
    /// `TimeZone` of every session.
    pub time_zone: String,
    /// No session may write, at the target's server either.
    pub read_only: bool,
}

/// A session at the source: in a read-only transaction from its first statement to its last.
pub struct Source {
    connected: Connected,
}

impl Source {
    /// Connects and begins a read-only transaction, in a snapshot of its own or in an exported one.
    pub async fn open(server: &Server, run: &Run, snapshot: Option<&Snapshot>) -> Result<Self> {
        let connected = server.connect(&run.application).await?;
        prepare(&connected, run, true).await?;
        let source = Source { connected };
        source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
        if let Some(snapshot) = snapshot {
            source.execute(&format!("SET TRANSACTION SNAPSHOT {}", literal(&snapshot.id))).await.map_err(|error| {
                Error::temporary(
                    Diagnostic::error("snapshot-lost", Place::Run, "the run's snapshot at the source is gone").help(
                        format!(
                            "run it again ({})",
                            error.diagnostics().iter().map(|d| &*d.message).collect::<String>()
                        ),
                    ),
                )
            })?;
        }
        Ok(source)
    }

    /// The driver's client, for reading.
    pub fn client(&self) -> &tokio_postgres::Client {
        &self.connected
    }

    /// The connection, for cancelling.
    pub fn connected(&self) -> &Connected {
        &self.connected
    }

    /// Ends the session and waits until it has ended.
    pub async fn close(self) {
        self.connected.close().await;
    }

    /// Exports this session's snapshot for others.
    pub async fn export(&self) -> Result<Snapshot> {
        let row = self
            .client()
            .query_one(
                "SELECT pg_catalog.pg_export_snapshot(), \
                 pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
                 pg_catalog.pg_is_in_recovery()",
                &[],
            )
            .await
            .map_err(|error| fault(error, "exporting a snapshot at the source"))?;
        Ok(Snapshot { id: row.get(0), at: row.get(1), standby: row.get(2) })
    }

    /// Runs statements that return nothing of interest.
    pub async fn execute(&self, sql: &str) -> Result<()> {
        self.client().batch_execute(sql).await.map_err(|error| fault(error, "preparing a session at the source"))
    }
}

/// Single tables, inside the snapshot.
impl Source {
    /// Locks a table in ACCESS SHARE mode until [`Source::release_table`].
    pub async fn lock_table(&self, table: &TableName) -> Result<Lock> {
        let lock = format!("SAVEPOINT piece; LOCK TABLE ONLY {} IN ACCESS SHARE MODE", table.sql());
        let Err(error) = self.client().batch_execute(&lock).await else { return Ok(Lock::Held) };
        let fault = Fault::schema(error);
        match fault.sqlstate.as_deref() {
            Some("42P01" | "42809") => Ok(Lock::Gone),
            Some("55P03" | "40P01" | "57014") => Ok(Lock::Busy),
            _ => Err(fault.into_error("source-lock", Place::from(table), "cannot lock the table at the source")),
        }
    }

    /// The file of a table as it is now, not as the snapshot sees it; none if the name is another table's by now.
    ///
    /// A TRUNCATE or rewrite that commits between a snapshot and a lock makes COPY return no rows and no error; it
    /// changes the file.
    pub async fn file_node(&self, table: Oid, name: &TableName) -> Result<Option<u32>> {
        let sql = "SELECT pg_catalog.pg_relation_filenode($1::pg_catalog.oid) WHERE pg_catalog.to_regclass($2) = $1::pg_catalog.oid";
        let row = self
            .client()
            .query_opt(sql, &[&table, &name.sql()])
            .await
            .map_err(|error| fault(error, "proving a table's file at the source"))?;
        Ok(row.and_then(|row| row.get(0)))
    }

    /// Lets the lock of a table go and keeps the snapshot.
    pub async fn release_table(&self) -> Result<()> {
        const RELEASE: &str = "ROLLBACK TO SAVEPOINT piece; RELEASE SAVEPOINT piece";
        match self.client().batch_execute(RELEASE).await.map_err(Fault::schema) {
            // A cancel request for the statement before may come late.
            Err(fault) if fault.is("57014") => self.execute(RELEASE).await,
            Err(fault) => Err(fault.into_error("session", Place::Run, "letting a table go at the source")),
            Ok(()) => Ok(()),
        }
    }

    /// The server's number of this session.
    pub async fn number(&self) -> Result<i32> {
        number(&self.connected).await
    }

    /// Does something whose locks are let go afterwards; the snapshot stays.
    pub async fn passing<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.execute("SAVEPOINT passing").await?;
        let done = work.await?;
        self.execute("ROLLBACK TO SAVEPOINT passing; RELEASE SAVEPOINT passing").await?;
        Ok(done)
    }
}

/// Numbers of the source.
impl Source {
    /// What a query finds that gives one bigint, or what the server says against it; a lost connection is an error.
    ///
    /// The transaction goes on either way.
    pub async fn asks(&self, sql: &str) -> Result<std::result::Result<u64, Fault>> {
        self.execute("SAVEPOINT asked").await?;
        let answer = self.client().query_one(sql, &[]).await;
        let answer = answer.map(|row| row.get::<_, i64>(0).unsigned_abs()).map_err(Fault::rows);
        if let Err(fault) = &answer
            && fault.is_temporary()
        {
            return Err(fault.clone().into_error("source-check", Place::Run, "cannot ask the source"));
        }
        self.execute("ROLLBACK TO SAVEPOINT asked; RELEASE SAVEPOINT asked").await?;
        Ok(answer)
    }

    /// True if the planner knows without a look at any row that a SELECT gives none.
    pub async fn reads_nothing(&self, select: &str) -> Result<bool> {
        let rows = self.client().query(&format!("EXPLAIN (COSTS OFF) {select}"), &[]).await;
        let rows = rows.map_err(|error| values(error, "asking the source's planner"))?;
        let mut lines = rows.iter().map(|row| row.get::<_, &str>(0).trim());
        Ok(lines.next() == Some("Result") && lines.next() == Some("One-Time Filter: false"))
    }

    /// How many rows the planner expects of a SELECT; nothing is read but statistics.
    pub async fn expects(&self, select: &str) -> Result<u64> {
        let rows = self.client().query(&format!("EXPLAIN {select}"), &[]).await;
        let rows = rows.map_err(|error| values(error, "asking the source's planner"))?;
        let line = rows.first().map(|row| row.get::<_, &str>(0)).unwrap_or_default();
        let number = line.split(" rows=").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
        Ok(number.unwrap_or_default())
    }

    /// The text that a query of the catalog gives, if it gives one.
    pub async fn literal(&self, select: &str) -> Result<Option<String>> {
        let row = self.client().query_one(select, &[]).await;
        Ok(row.map_err(|error| values(error, "reading the source's statistics"))?.get(0))
    }

    /// What identifies the database: its cluster's system identifier, and its oid there.
    pub async fn identity(&self) -> Result<(String, Oid)> {
        let sql = "SELECT s.system_identifier::text, d.oid FROM pg_catalog.pg_control_system() s, pg_catalog.pg_database d \
                   WHERE d.datname = pg_catalog.current_database()";
        let row = self.client().query_one(sql, &[]).await.map_err(|error| fault(error, "identifying the source"))?;
        Ok((row.get(0), row.get(1)))
    }

    /// Runs a query whose one row holds this many counts.
    pub async fn counts<const N: usize>(&self, sql: &str, table: &TableName) -> Result<[u64; N]> {
        let row = self.client().query_one(sql, &[]).await.map_err(|error| {
            Fault::rows(error).into_error("source-count", Place::from(table), "cannot count the rows at the source")
        })?;
        Ok(std::array::from_fn(|at| row.get::<_, i64>(at).max(0) as u64))
    }

    /// Runs a query of numbers that tell of a table's rows.
    pub async fn statistics(&self, sql: &str, table: &TableName) -> Result<Vec<tokio_postgres::Row>> {
        self.client().query(sql, &[]).await.map_err(|error| {
            Fault::rows(error).into_error("source-count", Place::from(table), "cannot count the rows at the source")
        })
    }

    /// Runs a query of texts and of how many rows have each.
    pub async fn frequencies(&self, sql: &str, table: &TableName) -> Result<Vec<(String, u64)>> {
        let rows = self.client().query(sql, &[]).await.map_err(|error| {
            Fault::rows(error).into_error("source-count", Place::from(table), "cannot count values at the source")
        })?;
        Ok(rows.iter().map(|row| (row.get(0), row.get::<_, i64>(1).max(0) as u64)).collect())
    }

    /// The present value of each sequence, and whether it was handed out; sequences stand outside every snapshot.
    pub async fn sequence_values(&self, sequences: &[&TableName]) -> Result<Vec<SequenceValue>> {
        let selects: Vec<String> = sequences
            .iter()
            .enumerate()
            .map(|(at, name)| format!("SELECT {at}, last_value, is_called FROM {}", name.sql()))
            .collect();
        let rows = self
            .client()
            .query(&selects.join(" UNION ALL "), &[])
            .await
            .map_err(|error| fault(error, "reading sequences at the source"))?;
        let value = |row: &tokio_postgres::Row| SequenceValue {
            name: sequences[row.get::<_, i32>(0) as usize].clone(),
            last: row.get(1),
            called: row.get(2),
        };
        Ok(rows.iter().map(value).collect())
    }
}

/// What came of locking a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// It is held.
    Held,
    /// Others hold it, or were asked to let it be changed first.
    Busy,
    /// There is no such table any more.
    Gone,
}

/// Where a sequence stands.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceValue {
    /// The sequence.
    pub name: TableName,
    /// Its last value, or its first if it was never called.
    pub last: i64,
    /// Was the value handed out.
    pub called: bool,
}

/// An exported snapshot.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What `SET TRANSACTION SNAPSHOT` takes.
    pub id: String,
    /// Its time, RFC 3339 in UTC, to the microsecond.
    pub at: String,
    /// True if a standby gave it, which may take it back.
    pub standby: bool,
}

/// A session at the target's server, in one database.
pub struct Target {
    connected: Connected,
}

impl Target {
    /// Connects to the database that the server's settings name.
    pub async fn open(server: &Server, run: &Run) -> Result<Self> {
        let connected = server.connect(&run.application).await?;
        prepare(&connected, run, run.read_only).await?;
        Ok(Target { connected })
    }

    /// The driver's client.
    pub fn client(&self) -> &tokio_postgres::Client {
        &self.connected
    }

    /// The connection, for cancelling.
    pub fn connected(&self) -> &Connected {
        &self.connected
    }

    /// Ends the session and waits until it has ended.
    pub async fn close(self) {
        self.connected.close().await;
    }

    /// Runs DDL or settings; `doing` is for the message.
    pub async fn execute(&self, sql: &str, place: impl Into<Place>, doing: &str) -> Result<()> {
        let place = place.into();
        self.client()
            .batch_execute(sql)
            .await
            .map_err(|error| Fault::schema(error).into_error("target-statement", place, doing))
    }
}

/// Owners of the clone's things.
impl Target {
    /// Lets roles own things in every schema for a while, which takes CREATE there; returns the statements that end it.
    pub async fn lend_schemas(&self, roles: &[&str]) -> Result<String> {
        let doing = "cannot let the owners of the clone's tables into its schemas";
        let rows = self
            .client()
            .query(include_str!("lend.sql"), &[&roles])
            .await
            .map_err(|error| Fault::schema(error).into_error("target-statement", Place::Run, doing))?;
        let all = |at| rows.iter().map(|row| row.get::<_, String>(at)).collect::<Vec<_>>().join("; ");
        self.execute(&all(0), Place::Run, doing).await?;
        Ok(all(1))
    }
}

/// Single tables of the clone.
impl Target {
    /// Begins the transaction that fills a table; one that is emptied in it takes its rows frozen.
    pub async fn begin(&self, truncate: Option<&TableName>) -> Result<()> {
        let (sql, place) = match truncate {
            Some(table) => (format!("BEGIN; TRUNCATE ONLY {}", table.sql()), Place::from(table)),
            None => ("BEGIN".to_owned(), Place::Run),
        };
        self.execute(&sql, place, "cannot begin to fill the table").await
    }

    /// Keeps what was filled in.
    pub async fn commit(&self, table: &TableName) -> Result<()> {
        self.execute("COMMIT", table, "cannot keep the table's rows").await
    }

    /// Runs a query that counts rows of a table.
    pub async fn count(&self, sql: &str, table: &TableName) -> Result<u64> {
        let row = self.client().query_one(sql, &[]).await.map_err(|error| {
            Fault::rows(error).into_error("target-count", Place::from(table), "cannot count the rows of the clone")
        })?;
        Ok(row.get::<_, i64>(0) as u64)
    }

    /// Gathers the planner's statistics.
    pub async fn analyze(&self, table: &TableName) -> Result<()> {
        let sql = format!("ANALYZE {}", table.sql());
        self.client().batch_execute(&sql).await.map_err(|error| {
            let fault = Fault::rows(error);
            let (data, doing) = (fault.is_data(), "cannot analyse the table of the clone");
            let error = fault.into_error("target-analyze", Place::from(table), doing);
            if data { error.with_help(EXPRESSION) } else { error }
        })
    }

    /// Sets sequences.
    pub async fn set_sequences(&self, values: &[SequenceValue]) -> Result<()> {
        let calls: Vec<String> = values
            .iter()
            .map(|value| {
                let name = literal(&value.name.sql());
                format!("SELECT pg_catalog.setval({name}, {}, {})", value.last, value.called)
            })
            .collect();
        self.execute(&calls.join("; "), Place::Run, "cannot set the clone's sequences").await
    }

    /// Lets the next index builds of this session use so many workers beside its own process.
    pub async fn index_workers(&self, workers: usize) -> Result<()> {
        let sql = format!("SET max_parallel_maintenance_workers = {workers}");
        self.execute(&sql, Place::Run, "cannot set up a session").await
    }

    /// Proves a foreign key that was added without a look at the rows.
    ///
    /// Both sides are mostly indexed and all-visible by now: merging two indexes costs a third of hashing (measured).
    pub async fn validate(&self, table: &TableName, key: &Name) -> Result<()> {
        let (table, place) = (table.sql(), Place::Object(format!("{table}, foreign key {key}")));
        let sql = format!("SET enable_hashjoin = off; ALTER TABLE {table} VALIDATE CONSTRAINT {}", key.sql());
        self.build(&sql, place, "the clone's rows do not satisfy the foreign key").await
    }

    /// Runs statements that read or check rows of the clone; `doing` is for the message.
    pub async fn build(&self, sql: &str, place: impl Into<Place>, doing: &str) -> Result<()> {
        let place = place.into();
        self.client().batch_execute(sql).await.map_err(|error| {
            let fault = Fault::rows(error);
            let unnamed = ["42883", "42P01", "42704"].iter().any(|code| fault.is(code));
            let error = fault.into_error("target-build", place, doing);
            if unnamed { error.with_help(UNNAMED) } else { error }
        })
    }
}

const EXPRESSION: &str = "an expression of its indexes or of CREATE STATISTICS fails on a value of the clone: \
                          use a mask whose outputs it takes, or drop the statistics at the source";

/// As `pg_restore` does, the clone is built without a search path.
const UNNAMED: &str = "a function of yours that it calls finds nothing in schemas that it does not name: \
                       ALTER FUNCTION … SET search_path = … at the source, then run again";

pub(super) async fn number(connected: &Connected) -> Result<i32> {
    let row = connected.query_one("SELECT pg_catalog.pg_backend_pid()", &[]).await;
    Ok(row.map_err(|error| fault(error, "setting up a session"))?.get(0))
}

pub(super) fn fault(error: tokio_postgres::Error, doing: &str) -> Error {
    Fault::schema(error).into_error("session", Place::Run, doing)
}

/// The same for statements with values of statistics in them, which are values of rows.
fn values(error: tokio_postgres::Error, doing: &str) -> Error {
    Fault::rows(error).into_error("session", Place::Run, doing)
}

/// Sets every setting that changes what a value looks like or how long a statement lives; those that a server does not know are left out.
pub(super) async fn prepare(connected: &Connected, run: &Run, reading: bool) -> Result<()> {
    let time_zone = literal(&run.time_zone);
    let lock_wait = literal(if reading { LOCK_WAIT } else { "0" });
    let mut settings = vec![
        ("row_security", "'off'"),
        ("search_path", "''"),
        ("datestyle", "'ISO, YMD'"),
        ("intervalstyle", "'postgres'"),
        ("extra_float_digits", "'3'"),
        ("bytea_output", "'hex'"),
        ("xmloption", "'content'"),
        ("xmlbinary", "'base64'"),
        ("lc_monetary", "'C'"),
        ("timezone", &time_zone),
        ("statement_timeout", "'0'"),
        ("lock_timeout", &lock_wait),
        ("idle_in_transaction_session_timeout", "'0'"),
        ("idle_session_timeout", "'0'"),
        ("transaction_timeout", "'0'"),
        ("synchronize_seqscans", "'off'"),
        ("jit", "'off'"),
        ("standard_conforming_strings", "'on'"),
        ("check_function_bodies", "'off'"),
        ("quote_all_identifiers", "'off'"),
        ("client_min_messages", "'error'"),
        ("default_transaction_isolation", "'read committed'"),
        ("default_transaction_deferrable", "'off'"),
    ];
    if reading {
        settings.push(("default_transaction_read_only", "'on'"));
        settings.push(("restrict_nonsystem_relation_kind", "'view, foreign-table'"));
    } else {
        settings.push(("default_transaction_read_only", "'off'"));
        settings.push(("synchronous_commit", "'off'"));
        settings.push(("default_tablespace", "''"));
        settings.push(("default_table_access_method", "'heap'"));
        settings.push(("temp_tablespaces", "''"));
        settings.push(("max_parallel_workers_per_gather", "'0'"));
    }
    let values: Vec<String> = settings.iter().map(|(name, value)| format!("('{name}', {value})")).collect();
    let sql = format!(
        "SELECT pg_catalog.count(pg_catalog.set_config(s.name, v.value, false)) \
         FROM (VALUES {}) AS v(name, value) JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) v.name",
        values.join(", ")
    );
    // A timeout of the role or database would end the longer statement before it could take the timeout back.
    for sql in ["SET statement_timeout = 0", &sql] {
        connected.batch_execute(sql).await.map_err(|error| fault(error, "setting up a session"))?;
    }
    // What a killed run has under way ends with it. Servers before 14, and some systems, do not know how.
    let _ = connected.batch_execute("SET client_connection_check_interval = '500ms'").await;
    Ok(())
}
