//! A throw-away PostgreSQL server from the programs that are installed: for `standin demo` and the tests.
//!
//! Everything is in one directory, which goes away with the value. A process that is killed leaves its directory behind;
//! the lock that it held on it is gone then, and the next start clears it away. No container, no network by default: the
//! socket's directory is closed to other users, so that `trust` trusts nobody else.

mod directory;

use super::programs;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::secret::Secret;
use rustix::process::{Pid, Signal};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The superuser of every throw-away server.
pub const USER: &str = "postgres";

/// Speed instead of safety: the data is worth nothing after a crash.
const FAST: &str = "\
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 64MB
max_wal_size = 4GB
checkpoint_timeout = 30min
max_connections = 100
log_min_messages = warning
";

/// How a server is to be.
#[derive(Clone)]
pub struct Options {
    /// Listens on 127.0.0.1 as well, on a free port.
    pub tcp: bool,
    /// The superuser's password over TCP (scram-sha-256); without one TCP trusts every user of the machine.
    pub password: Option<Secret>,
    /// Lines of `postgresql.conf`; the last of a name wins.
    pub config: Vec<String>,
    /// Lines of `pg_hba.conf`, before the usual ones.
    pub access: Vec<String>,
    /// Files of the data directory that must be there before the start (certificates): name and content.
    pub files: Vec<(String, Vec<u8>)>,
    /// The databases' encoding.
    pub encoding: String,
    /// The databases' locale.
    pub locale: String,
    /// A program directory other than the newest installed.
    pub programs: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            tcp: false,
            password: None,
            config: Vec::new(),
            access: Vec::new(),
            files: Vec::new(),
            encoding: "UTF8".into(),
            locale: if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" }.into(),
            programs: None,
        }
    }
}

/// A running server; dropping it stops it and removes every trace, unless `keep` was called.
pub struct LocalServer {
    directory: PathBuf,
    programs: PathBuf,
    port: u16,
    tcp: bool,
    account: Option<directory::Account>,
    child: Option<Child>,
    kept: bool,
    /// Held as long as we live; released by the system if we are killed.
    _lock: File,
}

impl LocalServer {
    /// Makes a cluster and starts it: about a second. Blocks.
    pub fn start(options: Options) -> Result<Self> {
        directory::clear_stale(&directory::base());
        let programs = match &options.programs {
            Some(directory) => directory.clone(),
            None => programs::server().map_err(Error::failed)?.path,
        };
        let account = directory::account()?;
        let (directory, lock) =
            directory::make(account.as_ref()).map_err(|error| broken("make a directory", &error))?;
        let mut server = LocalServer {
            directory,
            programs,
            port: 5432,
            tcp: options.tcp,
            account,
            child: None,
            kept: false,
            _lock: lock,
        };
        server.initialise(&options)?;
        // Another process may take the free port before the server does.
        let mut attempts = if options.tcp { 5 } else { 1 };
        loop {
            if options.tcp {
                server.port = free_port().map_err(|error| broken("find a free port", &error))?;
            }
            attempts -= 1;
            match server.launch() {
                Err(_) if attempts > 0 => {}
                launched => return launched.map(|()| server),
            }
        }
    }

    /// The URL of a database through the Unix socket.
    pub fn url(&self, database: &str) -> String {
        let host = self.socket_dir().display().to_string();
        format!("postgresql:///{}?host={}&port={}&user={USER}", encode(database), encode(&host), self.port)
    }

    /// The URL of a database over TCP, without the password.
    pub fn tcp_url(&self, database: &str) -> String {
        format!("postgresql://{USER}@127.0.0.1:{}/{}?sslmode=disable", self.port, encode(database))
    }

    /// The directory of the Unix socket.
    pub fn socket_dir(&self) -> PathBuf {
        self.directory.join("s")
    }

    /// The port of socket and TCP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory of everything that belongs to the server; it goes away with it.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The server's log.
    pub fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// The directory of this server's programs.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// The postmaster's process id.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// One of the server's programs, as ourselves, ready to connect to `database` and blind to the `PG*` variables.
    pub fn program(&self, name: &str, database: &str) -> Command {
        let own = self.programs.join(name);
        // Some packages are a bare server: a client of any version will do.
        let other = || programs::installed(name).pop().map(|program| program.path);
        let path = if own.is_file() { own } else { other().unwrap_or(own) };
        let mut command = bare(&path);
        command.env("PGHOST", self.socket_dir()).env("PGPORT", self.port.to_string());
        command.env("PGUSER", USER).env("PGDATABASE", database);
        command
    }

    /// Runs a script of SQL and psql's own commands, `COPY … FROM stdin` included, and returns what it printed.
    ///
    /// The message of a failure quotes psql, rows included: these servers hold nothing but invented data.
    pub fn psql(&self, database: &str, script: impl AsRef<[u8]>) -> Result<String> {
        let mut command = self.program("psql", database);
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
        let (ok, out, err) = feed(&mut command, script.as_ref()).map_err(|error| broken("run psql", &error))?;
        if ok {
            return Ok(out);
        }
        Err(Error::failed(Diagnostic::error("sample", Place::Run, format!("a script failed: {}", err.trim()))))
    }

    /// Creates an empty database.
    pub fn create_database(&self, name: &str) -> Result<()> {
        let quoted = name.replace('"', "\"\"");
        self.psql("postgres", format!("CREATE DATABASE \"{quoted}\" TEMPLATE template0;")).map(drop)
    }

    /// Lets the server run on after this process; returns its directory and the command that ends and removes it.
    pub fn keep(mut self) -> Result<Kept> {
        fs::write(self.directory.join("keep"), "").map_err(|error| broken("keep the server", &error))?;
        self.kept = true;
        Ok(Kept { directory: self.directory.clone(), pid: self.pid().unwrap_or(0) })
    }

    /// Stops the server and removes its directory.
    pub fn stop(self) {
        drop(self);
    }

    /// Ends the postmaster as a crash would (SIGQUIT) or in order (SIGINT), and leaves the cluster for `restart`.
    pub fn halt(&mut self, crash: bool) {
        if let Some(mut child) = self.child.take() {
            end(&mut child, if crash { Signal::QUIT } else { Signal::INT });
        }
    }

    /// Starts the cluster again, with its data, after `halt` or with a changed configuration.
    pub fn restart(&mut self) -> Result<()> {
        self.halt(false);
        self.launch()
    }

    fn initialise(&self, options: &Options) -> Result<()> {
        let data = self.data_dir();
        let mut command = self.as_server("initdb");
        command.args(["--username", USER, "--auth=trust", "--no-sync", "--no-instructions", "--encoding"]);
        command.arg(&options.encoding).arg(format!("--locale={}", options.locale)).arg("--pgdata").arg(&data);
        let output = command.output().map_err(|error| broken("run initdb", &error))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            return Err(Error::failed(
                Diagnostic::error("initdb", Place::Run, format!("initdb failed: {}", text.trim()))
                    .help("run scripts/ensure-postgres, or set STANDIN_PG_BIN to a directory that every user may read"),
            ));
        }
        self.configure(options).map_err(|error| broken("write the configuration", &error))?;
        if let Some(password) = &options.password {
            self.set_password(password)?;
        }
        Ok(())
    }

    fn configure(&self, options: &Options) -> io::Result<()> {
        for (name, content) in &options.files {
            self.install(name, content)?;
        }
        let sockets = self.socket_dir();
        let mut config = format!("{FAST}unix_socket_directories = '{}'\n", sockets.display());
        for line in &options.config {
            config += line;
            config.push('\n');
        }
        self.append("postgresql.conf", &config)?;
        let mut access = options.access.join("\n");
        access += "\nlocal all all trust\nlocal replication all trust\n";
        let method = if options.password.is_some() { "scram-sha-256" } else { "trust" };
        access += &format!("host all all 127.0.0.1/32 {method}\nhost replication all 127.0.0.1/32 {method}\n");
        self.install("pg_hba.conf", access.as_bytes())
    }

    /// Writes a file of the data directory that only the server's user may read.
    pub fn install(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = self.data_dir().join(name);
        fs::write(&path, content)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        directory::give(&path, self.account.as_ref())
    }

    fn append(&self, name: &str, text: &str) -> io::Result<()> {
        File::options().append(true).open(self.data_dir().join(name))?.write_all(text.as_bytes())
    }

    /// Sets the superuser's password in single-user mode, so that no server ever runs without it.
    fn set_password(&self, password: &Secret) -> Result<()> {
        let mut command = self.as_server("postgres");
        command.args(["--single", "-D"]).arg(self.data_dir()).arg("postgres");
        let quoted = password.expose().replace('\'', "''");
        let statement = format!("ALTER ROLE {USER} PASSWORD '{quoted}'\n");
        match feed(&mut command, statement.as_bytes()) {
            Ok((true, ..)) => Ok(()),
            Ok(_) => Err(Error::failed(Diagnostic::error("server-start", Place::Run, "setting the password failed"))),
            Err(error) => Err(broken("set the password", &error)),
        }
    }

    fn launch(&mut self) -> Result<()> {
        let log = File::create(self.log()).map_err(|error| broken("open the server's log", &error))?;
        let also = log.try_clone().map_err(|error| broken("open the server's log", &error))?;
        let mut command = self.as_server("postgres");
        command.arg("-D").arg(self.data_dir()).arg("-p").arg(self.port.to_string());
        command.args(["-h", if self.tcp { "127.0.0.1" } else { "" }]);
        // A group of its own: Ctrl-C is for us, we stop the server in order.
        command.stdin(Stdio::null()).stdout(log).stderr(also).process_group(0);
        let child = self.child.insert(command.spawn().map_err(|error| broken("start postgres", &error))?);
        let (pid_file, started) = (self.directory.join("data/postmaster.pid"), Instant::now());
        while started.elapsed() < Duration::from_secs(60) {
            let status = fs::read_to_string(&pid_file).unwrap_or_default();
            if status.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            if !matches!(child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.halt(true);
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let last = log.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("its log is empty");
        let message = format!("PostgreSQL did not start: {last}");
        Err(Error::failed(Diagnostic::error("server-start", Place::Run, message)))
    }

    /// A program that runs as the server's user.
    fn as_server(&self, name: &str) -> Command {
        let mut command = bare(&self.programs.join(name));
        command.current_dir(&self.directory);
        if let Some(account) = &self.account {
            command.uid(account.user).gid(account.group);
        }
        command
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        if !self.kept {
            self.halt(false);
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// A server that runs on.
pub struct Kept {
    directory: PathBuf,
    pid: u32,
}

impl Kept {
    /// The shell command that ends the server and removes it.
    pub fn stop_command(&self) -> String {
        format!("kill -INT {}; sleep 1; rm -r {}", self.pid, self.directory.display())
    }
}

/// Asks a postmaster to end, then insists.
fn end(child: &mut Child, first: Signal) {
    for (signal, patience) in [(first, 10), (Signal::QUIT, 5)] {
        if let Some(pid) = Pid::from_raw(child.id() as i32) {
            let _ = rustix::process::kill_process(pid, signal);
        }
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(patience) {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// A program without our environment: it holds the masking key, and `PG*` variables that mean another server.
fn bare(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C");
    for name in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// Runs a program with an input: did it succeed, its output, its errors.
fn feed(command: &mut Command, input: &[u8]) -> io::Result<(bool, String, String)> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut pipe = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let output = std::thread::scope(|scope| {
        // A program that stops early closes the pipe; its exit status says so.
        scope.spawn(move || pipe.write_all(input).ok());
        child.wait_with_output()
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((output.status.success(), text(&output.stdout), text(&output.stderr)))
}

fn free_port() -> io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Percent-encodes what has a meaning in a URL; a slash has none in ours.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn broken(what: &str, error: &io::Error) -> Error {
    let message = format!("a throw-away PostgreSQL server: could not {what}: {error}");
    Error::failed(Diagnostic::error("server-start", Place::Run, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_starts_answers_and_leaves_nothing() {
        let server =
            LocalServer::start(Options { config: vec!["work_mem = 5MB".into()], ..Options::default() }).expect("start");
        assert!(server.socket_dir().as_os_str().len() <= directory::SOCKET_DIRECTORY_BYTES);
        server.create_database("a \"b\"").expect("create");
        assert_eq!(server.psql("a \"b\"", "SHOW work_mem; SHOW server_encoding;").expect("ask"), "5MB\nUTF8\n");
        let (directory, pid) = (server.directory.clone(), server.pid().expect("pid") as i32);
        server.stop();
        assert!(!directory.exists());
        assert!(rustix::process::test_kill_process(Pid::from_raw(pid).expect("pid")).is_err());
    }

    #[test]
    fn a_password_is_asked_for_over_tcp() {
        let options = Options { tcp: true, password: Some(Secret::new("it's me")), ..Options::default() };
        let server = LocalServer::start(options).expect("start");
        let try_with = |password: &str| {
            let mut command = server.program("psql", "postgres");
            command.env("PGHOST", "127.0.0.1").env("PGPASSWORD", password).args(["-Xqwc", "SELECT 1"]);
            command.output().expect("psql").status.success()
        };
        assert!(try_with("it's me"));
        assert!(!try_with("wrong"));
        assert!(!try_with(""));
    }

    #[test]
    fn a_dead_process_s_server_is_cleared_away() {
        let mut server = LocalServer::start(Options::default()).expect("start");
        let (directory, child) = (server.directory.clone(), server.child.take());
        server.kept = true;
        drop(server);
        assert!(directory.exists());
        directory::clear_stale(&directory::base());
        assert!(!directory.exists());
        let mut child = child.expect("running");
        assert!(child.wait().is_ok());
    }
}
