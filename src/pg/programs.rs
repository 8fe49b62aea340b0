//! Finds PostgreSQL's own programs on this machine: `pg_dump`, `pg_restore`, `initdb`, `postgres`, `psql`.
//!
//! `STANDIN_PG_BIN` names one directory and nothing else is looked at. Otherwise: Debian's and Red Hat's directories,
//! Homebrew's, the one that `pg_config` names, and `PATH`.

use crate::words::diagnostic::{Diagnostic, Place};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program and the major version of PostgreSQL that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its path.
    pub path: PathBuf,
    /// As in 15.
    pub major: u32,
}

/// The newest installation that has a whole server: `initdb`, `postgres` and `psql`. The path is its directory.
pub fn server() -> Result<Program, Diagnostic> {
    let whole = |program: &Program| ["initdb", "psql"].iter().all(|name| program.path.with_file_name(name).is_file());
    let newest = installed("postgres").into_iter().rfind(whole);
    let Some(Program { path, major }) = newest else {
        return Err(missing("server programs (initdb, postgres, psql)"));
    };
    Ok(Program { path: path.parent().unwrap_or(Path::new("/")).to_owned(), major })
}

/// The program of the lowest installed major version that is at least `major`: what a dump of that server needs.
pub fn at_least(name: &str, major: u32) -> Result<Program, Diagnostic> {
    // Asking the wrappers on PATH costs more than the whole dump of a small schema.
    let usual = found(name, directories());
    if let Some(program) = usual.into_iter().find(|program| program.major >= major) {
        return Ok(program);
    }
    let installed = installed(name);
    if let Some(found) = installed.iter().find(|program| program.major >= major) {
        return Ok(found.clone());
    }
    let Some(newest) = installed.last() else { return Err(missing(name)) };
    let message = format!("the server is PostgreSQL {major}, the newest {name} here is of {}", newest.major);
    Err(Diagnostic::error("program-too-old", Place::Run, message).help(format!(
        "install the client programs of PostgreSQL {major} (Debian: postgresql-client-{major}), or set STANDIN_PG_BIN"
    )))
}

/// Every installed major version of a program, oldest first; the first directory that has a major wins.
pub fn installed(name: &str) -> Vec<Program> {
    found(name, directories().into_iter().chain(others()))
}

fn found(name: &str, directories: impl IntoIterator<Item = PathBuf>) -> Vec<Program> {
    let mut found = BTreeMap::new();
    for directory in directories {
        let path = directory.join(name);
        if let Some(major) = path.is_file().then(|| version(&path)).flatten() {
            found.entry(major).or_insert(path);
        }
    }
    found.into_iter().map(|(major, path)| Program { path, major }).collect()
}

fn missing(what: &str) -> Diagnostic {
    let message = match std::env::var_os("STANDIN_PG_BIN") {
        Some(directory) => format!("STANDIN_PG_BIN is {}, which has no PostgreSQL {what}", directory.display()),
        None => format!("PostgreSQL's {what}: not found on this machine"),
    };
    Diagnostic::error("program-missing", Place::Run, message).help(
        "run scripts/ensure-postgres, or install it (Debian, Ubuntu: apt-get install postgresql; macOS: brew install \
         postgresql@17), or set STANDIN_PG_BIN to the directory of initdb and pg_dump",
    )
}

/// The directories where packages put the programs.
fn directories() -> Vec<PathBuf> {
    if let Some(only) = std::env::var_os("STANDIN_PG_BIN") {
        return vec![only.into()];
    }
    let mut directories = Vec::new();
    directories.extend(children("/usr/lib/postgresql", "", "bin"));
    directories.extend(children("/usr", "pgsql-", "bin"));
    for homebrew in ["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"] {
        directories.extend(children(homebrew, "postgresql", "bin"));
        directories.extend(children(homebrew, "libpq", "bin"));
    }
    directories.extend(children("/Applications/Postgres.app/Contents/Versions", "", "bin"));
    directories
}

/// Other directories that may hold the programs, less to be trusted: Debian's `/usr/bin/pg_dump` is a wrapper.
fn others() -> Vec<PathBuf> {
    let mut directories = Vec::new();
    if std::env::var_os("STANDIN_PG_BIN").is_some() {
        return directories;
    }
    directories.extend(output(Command::new("pg_config").arg("--bindir")).map(|text| PathBuf::from(text.trim())));
    if let Some(path) = std::env::var_os("PATH") {
        directories.extend(std::env::split_paths(&path));
    }
    directories
}

/// `parent/prefix*/below`, sorted.
fn children(parent: &str, prefix: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    let named = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    let mut paths: Vec<PathBuf> = named.map(|entry| entry.path().join(below)).collect();
    paths.sort();
    paths
}

/// The major version in `pg_dump (PostgreSQL) 15.20 (Debian …)`.
fn version(path: &Path) -> Option<u32> {
    let text = output(Command::new(path).arg("--version"))?;
    let number = text.split("(PostgreSQL) ").nth(1)?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_of_this_machine_are_found() {
        let server = server().expect("a server");
        assert!(server.path.join("initdb").is_file());
        let dump = at_least("pg_dump", server.major).expect("pg_dump");
        assert!(dump.major >= server.major);
        assert_eq!(at_least("pg_dump", 999).expect_err("none").code, "program-too-old");
        assert_eq!(at_least("pg_nothing", 1).expect_err("none").code, "program-missing");
    }
}
