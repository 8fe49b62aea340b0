//! Two throw-away servers for the whole test binary, a pair of databases for each test, and the real binary.
//!
//! Servers end with the test process, however it ends: a shell beside each waits for its standard input to close.

use standin::pg::local::{LocalServer, Options};
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The key of every run in the tests.
pub const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeefe";

/// Roles that the tests' schemas name, on both servers.
const ROLES: &str = "
    CREATE ROLE standin_reader LOGIN NOINHERIT;
    CREATE ROLE standin_writer LOGIN CREATEDB; GRANT pg_signal_backend TO standin_writer;
    CREATE ROLE app_owner LOGIN; CREATE ROLE app_reader LOGIN; CREATE ROLE \"Odd \"\"Role\" NOLOGIN;
    GRANT app_owner TO standin_writer;";

/// The source's and the target's server.
pub struct Servers {
    pub source: Server,
    pub target: Server,
}

/// Starts both servers at the first call.
pub fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(|| {
        let servers = Servers { source: Server::start(&[]), target: Server::start(&[]) };
        for server in [&servers.source, &servers.target] {
            server.psql("postgres", ROLES);
        }
        servers
    })
}

/// A throw-away server that ends with the test process.
pub struct Server(LocalServer);

impl Server {
    /// Starts a server on a Unix socket and a port of 127.0.0.1, with lines of `postgresql.conf`.
    pub fn start(config: &[&str]) -> Self {
        let always = [
            "wal_level = logical",
            "max_prepared_transactions = 4",
            "max_locks_per_transaction = 128",
            "wal_compression = off",
            "autovacuum = off",
        ];
        let config = always.iter().chain(config).map(|line| (*line).to_owned()).collect();
        let server = LocalServer::start(Options { tcp: true, config, ..Options::default() });
        let server = server.unwrap_or_else(|error| panic!("{:?}", error.diagnostics()));
        watch(&server);
        Server(server)
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.0.data_dir()
    }

    /// The directory of its Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.0.socket_dir()
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.0.port()
    }

    /// The URL of a database for a role, over TCP.
    pub fn url(&self, database: &str, role: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}?sslmode=disable", self.port())
    }

    /// A client program that connects to a database as the superuser, with settings that beat the database's.
    pub fn client(&self, name: &str, database: &str) -> Command {
        let mut command = self.0.program(name, database);
        command.env("PGCLIENTENCODING", "UTF8").env("PGOPTIONS", SETTINGS);
        command
    }

    /// Runs SQL as the superuser and returns unaligned, tuples-only output; panics on an error.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        self.try_psql(database, sql).unwrap_or_else(|error| panic!("{database}: {error}\n{sql}"))
    }

    /// Runs SQL as the superuser.
    pub fn try_psql(&self, database: &str, sql: impl AsRef<[u8]>) -> Result<String, String> {
        let mut script = tempfile::Builder::new().suffix(".sql").tempfile().expect("a script");
        script.write_all(sql.as_ref()).expect("a script");
        self.file(database, script.path()).map(|text| text.trim_end_matches('\n').to_owned())
    }

    /// Runs a file of SQL as the superuser; `.gz` is unpacked.
    pub fn file(&self, database: &str, file: &Path) -> Result<String, String> {
        let mut psql = self.client("psql", database);
        psql.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-f"]);
        if file.extension() == Some(OsStr::new("gz")) {
            let packed = std::fs::File::open(file).expect("a packed file");
            let text = Command::new("gzip").arg("-dc").stdin(packed).output().expect("gzip").stdout;
            let mut script = tempfile::tempfile().expect("a script");
            script.write_all(&text).expect("a script");
            std::io::Seek::rewind(&mut script).expect("a script");
            psql.arg("-").stdin(script);
        } else {
            psql.arg(file).stdin(Stdio::null());
        }
        let output = psql.output().expect("psql");
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Makes an empty database from `template0`, in place of one of that name.
    pub fn create(&self, database: &str) {
        self.psql("postgres", &format!("DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE)"));
        self.psql("postgres", &format!("CREATE DATABASE \"{database}\" TEMPLATE template0"));
    }

    /// The output of pg_dump.
    pub fn dump(&self, database: &str, arguments: &[&str]) -> Vec<u8> {
        let output = self.client("pg_dump", database).args(arguments).output().expect("pg_dump");
        assert!(output.status.success(), "pg_dump {database}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Copies a database as `pg_dump | psql` does.
    pub fn restore_from(&self, source: &Server, from: &str, to: &str) {
        self.create(to);
        let restored = self.try_psql(to, source.dump(from, &[]));
        restored.unwrap_or_else(|error| panic!("pg_dump {from} | psql {to}: {error}"));
    }

    /// Databases whose name begins so, sorted.
    pub fn databases(&self, prefix: &str) -> Vec<String> {
        let sql = "SELECT datname FROM pg_catalog.pg_database ORDER BY 1";
        self.psql("postgres", sql).lines().filter(|name| name.starts_with(prefix)).map(str::to_owned).collect()
    }

    /// Sessions of standin on databases whose name begins so.
    pub fn sessions(&self, prefix: &str) -> Vec<String> {
        let sql = format!(
            "SELECT concat_ws(' ', datname, pid, application_name, state) FROM pg_catalog.pg_stat_activity
             WHERE application_name LIKE 'standin%' AND starts_with(datname, '{prefix}') ORDER BY 1"
        );
        self.psql("postgres", &sql).lines().map(str::to_owned).collect()
    }
}

/// Leaves a shell behind, which nobody waits for, that stops a server and removes its files once this process is gone, however it ended.
#[allow(clippy::zombie_processes)]
fn watch(server: &LocalServer) {
    let script = "cat >/dev/null; kill -QUIT \"$1\"; sleep 1; rm -rf \"$2\"";
    let directory = server.data_dir();
    let mut watchdog = Command::new("sh")
        .args(["-c", script, "watchdog", &server.pid().expect("a server").to_string()])
        .arg(directory.parent().expect("a directory"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell");
    std::mem::forget(watchdog.stdin.take());
}

/// What every client of the tests sets, whatever the database's own settings are.
const SETTINGS: &str = "-c search_path= -c DateStyle=ISO -c IntervalStyle=iso_8601 -c extra_float_digits=3 -c bytea_output=hex \
    -c TimeZone=UTC -c statement_timeout=0 -c lock_timeout=0 -c row_security=off -c default_transaction_isolation=read\\ committed \
    -c default_transaction_read_only=off -c client_min_messages=warning -c quote_all_identifiers=off -c standard_conforming_strings=on -c backslash_quote=safe_encoding -c array_nulls=on -c xmlbinary=base64 -c xmloption=content";

/// A source and a target database of one test, and a directory for its files.
pub struct Pair {
    /// The source database.
    pub source: String,
    /// The target database.
    pub target: String,
    /// Where the rules file and reports are.
    pub directory: tempfile::TempDir,
    /// The source's server.
    pub source_server: &'static Server,
    /// The target's server.
    pub target_server: &'static Server,
    source_role: &'static str,
    target_role: &'static str,
}

impl Pair {
    /// Makes an empty source; the target does not exist yet.
    pub fn new(name: &str) -> Self {
        Pair::between(&servers().source, &servers().target, name)
    }

    /// Makes an empty source on servers of one's own.
    pub fn between(source_server: &'static Server, target_server: &'static Server, name: &str) -> Self {
        let pair = Pair {
            source_server,
            target_server,
            source: format!("{name}_src"),
            target: format!("{name}_dst"),
            directory: tempfile::Builder::new().prefix("standin-test-").tempdir().expect("a directory"),
            source_role: "postgres",
            target_role: "postgres",
        };
        source_server.create(&pair.source);
        pair
    }

    /// Connects as roles without superuser: `standin_reader` at the source, `standin_writer` at the target.
    pub fn plain_roles(mut self) -> Self {
        (self.source_role, self.target_role) = ("standin_reader", "standin_writer");
        self
    }

    /// A source with SQL run in it.
    pub fn with(name: &str, sql: &str) -> Self {
        let pair = Pair::new(name);
        pair.at_source(sql);
        pair
    }

    /// A source with a dataset, as in `pagila/pagila.sql.gz`.
    pub fn with_dataset(name: &str, file: &str) -> Self {
        let pair = Pair::new(name);
        pair.load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/datasets").join(file));
        pair
    }

    /// Loads a file into the source.
    pub fn load(&self, file: &Path) {
        self.source_server.file(&self.source, file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Runs SQL at the source, in the schema `public`.
    pub fn at_source(&self, sql: &str) -> String {
        self.source_server.psql(&self.source, &format!("SET search_path = public;\n{sql}"))
    }

    /// Runs SQL at the target, in the schema `public`.
    pub fn at_target(&self, sql: &str) -> String {
        self.target_server.psql(&self.target, &format!("SET search_path = public;\n{sql}"))
    }

    /// Writes the rules file: environments, then what follows.
    pub fn rules(&self, body: &str) -> &Self {
        self.rules_for("", body)
    }

    /// Writes the rules file, with lines of its own under `staging`.
    pub fn rules_for(&self, staging: &str, body: &str) -> &Self {
        let head = "version: 1\nenvironments:\n  production: { tier: production, url: \"${PRODUCTION_URL}\" }\n  \
                    staging:\n    tier: staging\n    from: production\n    url: \"${STAGING_URL}\"\n";
        let staging: String = staging.lines().map(|line| format!("    {line}\n")).collect();
        fs::write(self.directory.path().join("standin.yaml"), format!("{head}{staging}{body}")).expect("a rules file");
        self
    }

    /// The command, not yet started: environment and directory set, nothing inherited.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = standin(self.directory.path(), arguments);
        command
            .env("PRODUCTION_URL", self.source_server.url(&self.source, self.source_role))
            .env("STAGING_URL", self.target_server.url(&self.target, self.target_role))
            .env("STANDIN_KEY", KEY);
        command
    }

    /// Starts the binary.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.start(arguments).wait(Duration::from_secs(240))
    }

    /// Runs a refresh that must succeed.
    pub fn refresh(&self) -> Run {
        self.run(&["refresh", "--yes"]).expect(0)
    }

    /// Databases that standin left beside the target, sorted.
    pub fn beside_target(&self) -> Vec<String> {
        let prefix = format!("{}__", self.target);
        self.target_server.databases(&prefix)
    }

    /// Demands that within some seconds no session of ours is left on either server, and so no lock.
    pub fn expect_no_sessions(&self, limit: Duration) {
        let start = Instant::now();
        loop {
            let (source, target) =
                (self.source_server.sessions(&self.source), self.target_server.sessions(&self.target));
            if source.is_empty() && target.is_empty() {
                return;
            }
            assert!(start.elapsed() < limit, "still there: {source:?} {target:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The digest of the target's rows.
    pub fn digest(&self) -> String {
        crate::compare::digest(self.target_server, &self.target)
    }
}

/// The binary with an environment of its own.
pub fn standin(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    command
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", directory)
        .env("RUST_BACKTRACE", "1");
    for name in ["STANDIN_PG_BIN", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// A run of the binary that has not ended.
pub struct Running {
    child: Child,
    output: tempfile::TempDir,
    /// When it was started.
    pub since: Instant,
}

impl Running {
    /// Starts a command with its outputs in files.
    pub fn start(mut command: Command) -> Self {
        let output = tempfile::Builder::new().prefix("standin-test-").tempdir().expect("a directory");
        let file = |name: &str| fs::File::create(output.path().join(name)).expect("a file");
        let child = command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err")).spawn().expect("the binary");
        Running { child, output, since: Instant::now() }
    }

    /// Sends a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("the process is there until it is waited for");
    }

    /// True once it ended.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// What it wrote to standard error so far.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.output.path().join("err")).expect("a file")).into_owned()
    }

    /// Waits for its end; kills it and panics when that takes too long.
    pub fn wait(mut self, limit: Duration) -> Run {
        let start = Instant::now();
        while !self.ended() {
            if start.elapsed() > limit {
                self.child.kill().expect("a child");
                panic!("still running after {limit:?}:\n{}", self.stderr());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let status = self.child.wait().expect("a child");
        let stdout = fs::read(self.output.path().join("out")).expect("a file");
        Run {
            status,
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: self.stderr(),
            seconds: self.since.elapsed(),
        }
    }
}

/// A run of the binary that ended.
#[derive(Debug)]
pub struct Run {
    /// How it ended.
    pub status: ExitStatus,
    /// Its results.
    pub stdout: String,
    /// Its messages.
    pub stderr: String,
    /// How long it took.
    pub seconds: Duration,
}

impl Run {
    /// The exit code, if no signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Demands an exit code, and that nothing panicked.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "exit code\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self.no_panic()
    }

    /// Demands that nothing panicked.
    pub fn no_panic(self) -> Self {
        assert!(!self.stderr.contains("panicked at"), "{}", self.stderr);
        self
    }

    /// Demands words on standard output or error.
    pub fn says(self, words: &str) -> Self {
        assert!(
            self.text().contains(words),
            "{words:?} is not in\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Demands that words are nowhere.
    pub fn never_says(self, words: &str) -> Self {
        assert!(
            !self.text().contains(words),
            "{words:?} is in\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Both outputs.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// The rules that keep every column of a database by name, comments and large objects included.
pub fn keep_everything(server: &Server, database: &str) -> String {
    let sql = "WITH RECURSIVE root(relid, root) AS (
            SELECT c.oid, c.oid FROM pg_class c WHERE NOT EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhrelid = c.oid)
            UNION ALL
            SELECT i.inhrelid, r.root FROM pg_inherits i JOIN root r ON r.relid = i.inhparent AND i.inhseqno = 1)
        SELECT jsonb_build_array(n.nspname, c.relname, coalesce(jsonb_agg(DISTINCT a.attname) FILTER (WHERE a.attname IS NOT NULL), '[]'))
        FROM root r JOIN pg_class c ON c.oid = r.root JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = r.relid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema$)'
          AND NOT EXISTS (SELECT 1 FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND NOT c.oid = ANY (coalesce(e.extconfig, '{}'))
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname";
    let mut rules = String::from("policy: { comments: keep, large_objects: keep }\ntables:\n");
    for line in server.psql(database, sql).lines() {
        let (schema, table, columns): (String, String, Vec<String>) = serde_json::from_str(line).expect("three fields");
        let name = yaml(&format!("{}.{}", part(&schema), part(&table)));
        let columns: Vec<String> = columns.iter().map(|column| yaml(&part(column))).collect();
        rules.push_str(&format!("  {name}: {{ keep: [{}] }}\n", columns.join(", ")));
    }
    rules
}

/// A part of a name as a rules file has it.
fn part(name: &str) -> String {
    if name.contains(['.', '"']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

/// A text as YAML's double quotes have it.
fn yaml(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}
