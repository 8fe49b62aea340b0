//! The directory of a throw-away server: who owns it, who holds it, and what becomes of those left behind.

use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use rustix::process::{Pid, Signal};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Every directory of ours begins so.
const PREFIX: &str = "standin-";

/// Until it is locked, so.
const NEW: &str = ".standin-";

/// The longest path of a Unix socket's directory that every system takes.
pub const SOCKET_DIRECTORY_BYTES: usize = 80;

/// The user of the system that runs the server when we are root, which PostgreSQL refuses to be.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    /// Its user id.
    pub user: u32,
    /// Its group id.
    pub group: u32,
}

/// Whom the server runs as: ourselves (`None`), or `postgres`, or `nobody`.
pub fn account() -> Result<Option<Account>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let fields: Vec<&str> = users
            .lines()
            .map(|line| line.split(':'))
            .find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.collect()))?;
        // macOS writes nobody's id as -2.
        let id = |at: usize| fields.get(at)?.parse::<i64>().ok().map(|id| id as u32);
        Some(Account { user: id(1)?, group: id(2)? })
    };
    let found = find("postgres").or_else(|| find("nobody"));
    found.map(Some).ok_or_else(|| {
        let message = "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as";
        Error::failed(Diagnostic::error("server-start", Place::Run, message).help("run standin as another user"))
    })
}

/// A new directory that the server's user may enter, locked by us.
pub fn make(account: Option<&Account>) -> io::Result<(PathBuf, File)> {
    let directory = tempfile::Builder::new().prefix(NEW).tempdir_in(base())?;
    let lock = File::create(directory.path().join("lock"))?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
    if account.is_some() {
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o711))?;
    }
    for name in ["data", "s"] {
        let path = directory.path().join(name);
        fs::create_dir(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
        give(&path, account)?;
    }
    // It gets its name only now that it is locked: nobody takes it for one that was left behind.
    let name = directory.path().file_name().unwrap_or_default().to_string_lossy().replacen(NEW, PREFIX, 1);
    let path = directory.path().with_file_name(name);
    fs::rename(directory.path(), &path)?;
    let _ = directory.keep();
    Ok((path, lock))
}

/// Makes a file the server's user's.
pub fn give(path: &Path, account: Option<&Account>) -> io::Result<()> {
    account.map_or(Ok(()), |account| std::os::unix::fs::chown(path, Some(account.user), Some(account.group)))
}

/// Where our directories are: the system's place for temporary files, unless its path is too long for a socket.
pub fn base() -> PathBuf {
    let usual = std::env::temp_dir();
    let fits = usual.is_absolute() && usual.as_os_str().len() + PREFIX.len() + 8 <= SOCKET_DIRECTORY_BYTES;
    if fits { usual } else { PathBuf::from("/tmp") }
}

/// Ends and removes servers whose process died without doing so: our user's, not kept, and nobody holds their lock.
pub fn clear_stale(base: &Path) {
    let us = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let path = entry.path();
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == us)
            && !path.join("keep").exists();
        let Some(lock) = ours.then(|| File::open(path.join("lock")).ok()).flatten() else { continue };
        if rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
            continue;
        }
        let status = fs::read_to_string(path.join("data/postmaster.pid")).unwrap_or_default();
        let mut lines = status.lines();
        let pid = lines.next().and_then(|line| Pid::from_raw(line.trim().parse().ok()?));
        // The number may belong to another process by now: a postmaster's working directory is its data directory.
        if let Some(pid) = pid.filter(|pid| is_postmaster(*pid, &path.join("data"))) {
            let _ = rustix::process::kill_process(pid, Signal::QUIT);
            let asked = Instant::now();
            while rustix::process::test_kill_process(pid).is_ok() && asked.elapsed() < Duration::from_secs(5) {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = fs::remove_dir_all(&path);
    }
}

fn is_postmaster(pid: Pid, data: &Path) -> bool {
    let pid = pid.as_raw_nonzero();
    match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(directory) => directory == data,
        // Without /proc (macOS) ps knows the command line, which names the data directory.
        Err(_) => Command::new("ps")
            .args(["-o", "command=", "-p", &pid.to_string()])
            .output()
            .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&*data.to_string_lossy())),
    }
}
