//! Runs pg_dump and pg_restore; the archive stays in memory, because it may hold secrets of the schema.

use crate::pg::connect::{Server, clear_libpq_environment};
use crate::pg::programs;
use crate::pg::session::{MOVED, Run, Snapshot};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::{TableName, printable};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// What of the schema is wanted.
#[derive(Debug, Default)]
pub struct Wish {
    /// The source's major version.
    pub major: u32,
    /// Comments come along.
    pub comments: bool,
    /// Tables that are not created.
    pub without: Vec<TableName>,
}

/// An archive of pg_dump, and the pg_restore that reads it.
pub struct Dump {
    archive: Vec<u8>,
    pg_restore: PathBuf,
}

impl Dump {
    /// Reads the schema in the run's snapshot.
    pub async fn read(server: &Server, run: &Run, snapshot: &Snapshot, wish: &Wish) -> Result<Self> {
        let pg_dump = programs::at_least("pg_dump", wish.major).map_err(Error::refused)?.path;
        let pg_restore = pg_dump.with_file_name("pg_restore");
        let mut command = Command::new(&pg_dump);
        clear_libpq_environment(command.as_std_mut());
        let mut environment = server.libpq_environment(&run.application).await?;
        // pg_dump writes strings as the database's own setting has them; the script is read under the standard. A timeout of
        // the role would end its first statement, before it can take the timeout back.
        let options = environment.iter().position(|(name, _)| name == "PGOPTIONS").map(|at| environment.remove(at).1);
        let mut options = options.unwrap_or_default();
        options.push(" -c standard_conforming_strings=on -c statement_timeout=0 -c lock_timeout=0");
        environment.push(("PGOPTIONS".to_owned(), options));
        command.envs(environment);
        command.args(["--format=custom", "--compress=0", "--schema-only", "--no-password", "--quote-all-identifiers"]);
        command.args(["--no-security-labels", "--no-publications", "--no-subscriptions", "--lock-wait-timeout=2000"]);
        // A database may set a client encoding of its own, which cannot hold every name.
        command.arg("--encoding=UTF8").arg(format!("--snapshot={}", snapshot.id));
        if !wish.comments {
            command.arg("--no-comments");
        }
        for table in &wish.without {
            command.arg(format!("--exclude-table={}", pattern(table)));
        }
        let archive = output(command, "pg_dump", &[]).await?;
        Ok(Dump { archive, pg_restore })
    }

    /// The list of entries, the script before the rows, and the script after them.
    pub(super) async fn scripts(&self) -> Result<(String, String, String)> {
        let run = |arguments: &'static [&'static str]| {
            let mut command = Command::new(&self.pg_restore);
            command.args(arguments);
            output(command, "pg_restore", &self.archive)
        };
        let (list, before, after) = tokio::try_join!(
            run(&["--list"]),
            run(&["--verbose", "--section=pre-data", "--file=-"]),
            run(&["--verbose", "--section=post-data", "--file=-"]),
        )?;
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
        };
        Ok((text(list), text(before), text(after)))
    }
}

/// A name as pg_dump's patterns have it: quoted, so that nothing in it is special.
fn pattern(table: &TableName) -> String {
    table.sql()
}

/// Runs a program, feeds it, and returns what it wrote; its complaints name objects of the schema only.
async fn output(mut command: Command, name: &str, input: &[u8]) -> Result<Vec<u8>> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let failed = |message: String| Error::failed(Diagnostic::error("schema-read", Place::Run, message));
    let mut child = command.spawn().map_err(|error| failed(format!("cannot start {name}: {error}")))?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(mut stdout), Some(mut stderr)) = pipes else {
        return Err(failed(format!("{name} has no pipes")));
    };
    let (mut written, mut complaints) = (Vec::new(), Vec::new());
    let feed = async {
        // A program that ends early closes its input; its exit status tells why.
        let _ = stdin.write_all(input).await;
        drop(stdin);
        Ok::<_, std::io::Error>(())
    };
    tokio::try_join!(feed, stdout.read_to_end(&mut written), stderr.read_to_end(&mut complaints))
        .map_err(|error| failed(format!("cannot talk to {name}: {error}")))?;
    let status = child.wait().await.map_err(|error| failed(format!("cannot wait for {name}: {error}")))?;
    if status.success() {
        return Ok(written);
    }
    Err(complaint(name, &String::from_utf8_lossy(&complaints)))
}

/// The first error line of a program, as an error of ours.
fn complaint(name: &str, text: &str) -> Error {
    let first = text.lines().find(|line| line.contains("error:")).or_else(|| text.lines().next()).unwrap_or_default();
    let message = first.split_once("error:").map_or(first, |(_, message)| message).trim();
    let detail = text.split_once("detail:").and_then(|(_, rest)| rest.lines().next()).unwrap_or_default();
    // The only statement of pg_dump that has a timeout takes the locks.
    if ["lock timeout", "statement timeout"].iter().any(|sign| message.contains(sign) || detail.contains(sign)) {
        let message = "another session at the source changes a table, or waits to, and the run gave way to it";
        return Error::temporary(
            Diagnostic::error(MOVED, Place::Run, message).help("run it again when the DDL there has ended"),
        );
    }
    let diagnostic = Diagnostic::error("schema-read", Place::Run, format!("{name} failed: {}", printable(message)));
    if message.contains("unsupported startup parameter") {
        let help = "a pooler is in between: give the direct URL, or PgBouncer `ignore_startup_parameters = options`";
        return Error::refused(diagnostic.help(help));
    }
    let temporary = [
        "could not connect",
        "connection to server",
        "server closed",
        "canceling statement",
        "terminating connection",
        // The session that holds the snapshot was ended, by a standby's replay for one.
        "invalid snapshot identifier",
        "could not import the requested snapshot",
    ];
    if temporary.iter().any(|sign| message.contains(sign) || detail.contains(sign)) {
        Error::temporary(diagnostic)
    } else {
        Error::failed(diagnostic)
    }
}
