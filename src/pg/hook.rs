//! What a user wants done in a database that standin has built: a file of SQL in one transaction, or a command.
//!
//! A hook's time is limited. It gets the database's URL and nothing else of standin's; what it prints is shown nowhere,
//! because it may print rows. Nobody else of ours is connected while it works.

use super::connect::{Server, clear_libpq_environment};
use super::fault::Fault;
use super::session::{Run, Target};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::printable;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio_postgres::Row;

/// Ends its own process group when whoever started it is gone, however it went.
const WATCH: &str = "cat >/dev/null; kill -s KILL 0";

/// One hook.
#[derive(Clone)]
pub struct Hook {
    /// Where it stands, with the words that name it.
    pub place: Place,
    /// What it does.
    pub step: Step,
    /// How long it may take.
    pub limit: Duration,
}

/// What a hook does.
#[derive(Clone)]
pub enum Step {
    /// Runs a file's statements in one transaction.
    Sql {
        /// The file, as written.
        file: String,
        /// Its text.
        text: String,
    },
    /// Runs a program, without a shell.
    Run {
        /// The program and its arguments.
        argv: Vec<String>,
        /// Where it runs, and where a program with a slash in its name is looked for.
        directory: PathBuf,
        /// Its environment but for the database's variables.
        environment: Vec<(OsString, OsString)>,
    },
}

/// What a hook finds: tables by what was ever written to them, and the constraints that are proven.
pub struct Found {
    tables: BTreeMap<u32, Table>,
    proven: Vec<String>,
}

/// A table by its size and, by the server's statistics, all that was ever written to it.
struct Table {
    name: String,
    inserted: i64,
    updated: i64,
    deleted: i64,
    bytes: i64,
}

/// What a hook wrote into one table, by the server's statistics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The table.
    pub table: String,
    /// Rows that were inserted.
    pub inserted: u64,
    /// Rows that were updated.
    pub updated: u64,
    /// Rows that were deleted.
    pub deleted: u64,
    /// All of its rows are gone at once, as by TRUNCATE.
    pub emptied: bool,
}

impl Found {
    /// Looks at a database before a hook.
    pub async fn look(session: &Target) -> Result<Self> {
        let fault = |error| Fault::schema(error).into_error("after", Place::Run, "cannot read the clone's statistics");
        let client = session.client();
        let tables = client.query(include_str!("hook_tables.sql"), &[]).await.map_err(fault)?;
        let proven = client.query(include_str!("hook_proven.sql"), &[]).await.map_err(fault)?;
        let table = |row: &Row| Table {
            name: row.get(1),
            inserted: row.get(2),
            updated: row.get(3),
            deleted: row.get(4),
            bytes: row.get(5),
        };
        Ok(Found {
            tables: tables.iter().map(|row| (row.get(0), table(row))).collect(),
            proven: proven.iter().map(|row| row.get(0)).collect(),
        })
    }

    /// What was written until a later look.
    pub fn until(&self, later: &Found) -> Vec<Written> {
        let since = |now: i64, then: Option<i64>| now.saturating_sub(then.unwrap_or_default()).max(0) as u64;
        let written = later.tables.iter().map(|(oid, now)| {
            let then = self.tables.get(oid);
            Written {
                table: now.name.clone(),
                inserted: since(now.inserted, then.map(|then| then.inserted)),
                updated: since(now.updated, then.map(|then| then.updated)),
                deleted: since(now.deleted, then.map(|then| then.deleted)),
                emptied: now.bytes == 0 && then.is_some_and(|then| then.bytes > 0),
            }
        });
        written.filter(|one| one.emptied || one.inserted + one.updated + one.deleted > 0).collect()
    }
}

impl Hook {
    /// Runs the hook in a database; a failure, and running out of time, is the end of the run (exit 1).
    pub async fn run(&self, database: &Server, run: &Run) -> Result<()> {
        match &self.step {
            Step::Sql { file, text } => self.sql(file, text, database, run).await,
            Step::Run { argv, directory, environment } => {
                let mut command = tokio::process::Command::new(match argv[0].contains('/') {
                    true => directory.join(&argv[0]),
                    false => PathBuf::from(&argv[0]),
                });
                command.args(&argv[1..]).current_dir(directory).env_clear().envs(environment.iter().cloned());
                clear_libpq_environment(command.as_std_mut());
                command.envs(database.libpq_environment(&run.application).await?);
                command.env("DATABASE_URL", database.url(&run.application).await?.expose());
                self.command(command).await
            }
        }
    }

    async fn sql(&self, file: &str, text: &str, database: &Server, run: &Run) -> Result<()> {
        let session = Target::open(database, run).await?;
        let canceller = session.connected().canceller();
        let failed = |error| {
            let (fault, at) = Fault::written(error);
            if fault.is_connection_lost() {
                return fault.into_error("after", self.place.clone(), "the hook's connection ended");
            }
            let before = |at: u32| text.chars().take(at as usize).filter(|c| *c == '\n').count() + 1;
            let line = at.map(|at| format!(":{}", before(at.saturating_sub(1)))).unwrap_or_default();
            self.error(format!("{}{line}: {fault}", printable(file)), "correct the file; nothing was published")
        };
        let work = async {
            // A user's file expects the settings that everybody has.
            let client = session.client();
            client.batch_execute("RESET ALL").await.map_err(failed)?;
            // But it ends with us; some servers do not know how.
            let _ = client.batch_execute("SET client_connection_check_interval = '500ms'").await;
            client.batch_execute("BEGIN").await.map_err(failed)?;
            client.batch_execute(text).await.map_err(failed)?;
            client.batch_execute("COMMIT").await.map_err(failed)
        };
        match tokio::time::timeout(self.limit, work).await {
            Ok(result) => {
                session.close().await;
                result
            }
            Err(_) => {
                let _ = canceller.cancel().await;
                Err(self.late())
            }
        }
    }

    /// Runs a program in a process group of its own, which ends with it, with the limit, or with us.
    async fn command(&self, mut command: tokio::process::Command) -> Result<()> {
        // Its end of the pipe closes with our process, even a killed one. It is there before the program is.
        let watch = tokio::process::Command::new("sh")
            .args(["-c", WATCH])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .ok();
        let leader = watch.as_ref().and_then(tokio::process::Child::id);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        command.process_group(leader.unwrap_or_default() as i32);
        let started = command.spawn();
        let mut child = started.map_err(|cause| self.error(format!("cannot be started: {cause}"), "check the path"))?;
        let number = leader.or(child.id()).and_then(|id| rustix::process::Pid::from_raw(id as i32));
        let _group = Group { number, _watch: watch };
        let ended = tokio::time::timeout(self.limit, child.wait()).await;
        match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(self.error(
                ended_with(status),
                "standin shows nothing that a hook prints, because it may print rows: let it write a log of its own",
            )),
            Ok(Err(cause)) => Err(self.error(format!("cannot be waited for: {cause}"), "run it again")),
            Err(_) => Err(self.late()),
        }
    }

    fn late(&self) -> Error {
        let limit = self.limit.as_secs();
        self.error(format!("was not done within {limit} s and was ended"), "make it faster, or raise its `timeout`")
    }

    fn error(&self, message: String, help: &str) -> Error {
        Error::failed(Diagnostic::error("after", self.place.clone(), message).help(help))
    }

    /// Proves that a hook left what was proven before: no invalid index, no disabled foreign key, no constraint that is
    /// proven no more, and no row without its parent in tables that the hook wrote, if its user may switch the server's
    /// own checks off.
    pub async fn prove(&self, session: &Target, before: &Found) -> Result<()> {
        let fault = |error| Fault::rows(error).into_error("after", self.place.clone(), "cannot prove what a hook left");
        let client = session.client();
        let rows = client.query(include_str!("hook_broken.sql"), &[&before.proven]).await.map_err(fault)?;
        let mut broken: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let tables: Vec<u32> = before.tables.keys().copied().collect();
        let sum = |table: &Table| table.inserted + table.updated + table.deleted;
        let counts: Vec<i64> = before.tables.values().map(sum).collect();
        let keys = client.query(include_str!("hook_keys.sql"), &[&tables, &counts]).await.map_err(fault)?;
        for key in &keys {
            let orphan = client.query_one(key.get::<_, &str>(1), &[]).await.map_err(fault)?;
            if orphan.get(0) {
                broken.push(format!("{} has rows without their parent", key.get::<_, &str>(0)));
            }
        }
        match broken.is_empty() {
            true => Ok(()),
            false => Err(self.error(
                format!("broke what the clone must keep: {}", printable(&broken.join("; "))),
                "correct the hook; nothing was published",
            )),
        }
    }
}

/// A process group that ends when this is dropped: its number is nobody else's as long as its watch is not forgotten.
struct Group {
    number: Option<rustix::process::Pid>,
    _watch: Option<tokio::process::Child>,
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.number {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

fn ended_with(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit status {code}"),
        None => "was ended by a signal".to_owned(),
    }
}
