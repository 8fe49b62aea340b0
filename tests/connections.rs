//! Connections to a real server: each TLS level against certificates of our own, and every source of a password.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use standin::pg::connect::{ConnectionParams, Server};
use standin::pg::local::{LocalServer, Options};
use standin::words::diagnostic::Diagnostic;
use standin::words::error::Error;
use standin::words::secret::Secret;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const PASSWORD: &str = "CNRY-right";

/// A server with TLS, the authority that made its certificate, and one that did not.
struct Bench {
    server: LocalServer,
    directory: tempfile::TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Bench {
    /// `plain`: whether pg_hba.conf lets plain connections in.
    fn start(access: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let authority = authority("standin test authority");
        let (certificate, key) = leaf(&authority, &["localhost"], "localhost", false);
        let server = LocalServer::start(Options {
            tcp: true,
            password: Some(Secret::new(PASSWORD)),
            config: ["ssl = on", "ssl_ca_file = 'root.crt'"].map(String::from).to_vec(),
            access: access.iter().map(|line| (*line).to_owned()).collect(),
            files: vec![
                ("server.crt".into(), certificate.into_bytes()),
                ("server.key".into(), key.into_bytes()),
                ("root.crt".into(), authority.pem().into_bytes()),
            ],
            ..Default::default()
        })
        .unwrap();
        let bench = Bench { server, directory, authority };
        bench.write("root.crt", &bench.authority.pem());
        bench.write("other.crt", &self::authority("somebody else").pem());
        bench
    }

    /// Gives the server another certificate.
    fn present(&self, (certificate, key): (String, String)) {
        self.server.install("server.crt", certificate.as_bytes()).unwrap();
        self.server.install("server.key", key.as_bytes()).unwrap();
        let loaded = || self.server.psql("postgres", "SELECT pg_conf_load_time()").unwrap();
        let before = loaded();
        self.server.psql("postgres", "SELECT pg_reload_conf()").unwrap();
        while loaded() == before {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        // The postmaster itself may be a moment later than its children.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Connects with these parameters; says how the session is encrypted, or how it ended.
    fn try_with(&self, fields: &[(&str, &str)]) -> Outcome {
        let mut all =
            vec![("host", "localhost"), ("hostaddr", "127.0.0.1"), ("database", "postgres"), ("user", "postgres")];
        all.retain(|(name, _)| !fields.iter().any(|(other, _)| other == name));
        all.extend_from_slice(fields);
        let port = self.server.port().to_string();
        all.push(("port", &port));
        if !fields.iter().any(|(name, _)| name.starts_with("pass") || *name == "sslcert") {
            all.push(("password", PASSWORD));
        }
        self.outcome(&params(&all, self.directory.path()))
    }

    fn outcome(&self, params: &ConnectionParams) -> Outcome {
        let home = self.directory.path().join("home").display().to_string();
        let env = |name: &str| (name == "HOME").then(|| home.clone());
        let outcome = match Server::resolve(params, &env) {
            Err(faults) => Err((2, text(&faults))),
            Ok((server, _)) => runtime().block_on(session(&server)),
        };
        assert!(!format!("{outcome:?}").contains("CNRY"), "a password is shown: {outcome:?}");
        outcome
    }
}

/// `plain` or `tls`, or exit code and messages.
type Outcome = Result<&'static str, (u8, String)>;

async fn session(server: &Server) -> Outcome {
    let failed = |error: Error| (error.exit_code(), text(error.diagnostics()));
    let connected = server.connect("standin/test").await.map_err(failed)?;
    let sql = "SELECT ssl, current_setting('application_name') FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = connected.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(1), "standin/test");
    let encrypted: bool = row.get(0);
    connected.close().await;
    Ok(if encrypted { "tls" } else { "plain" })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn params(fields: &[(&str, &str)], base: &Path) -> ConnectionParams {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
    ConnectionParams { fields, base: base.to_owned(), ..Default::default() }
}

fn text(list: &[Diagnostic]) -> String {
    list.iter().map(|one| format!("{} | {}\n", one.message, one.help.as_deref().unwrap_or("-"))).collect()
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key, in PEM.
fn leaf(authority: &CertifiedIssuer<'_, KeyPair>, names: &[&str], common: &str, expired: bool) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, common);
    if expired {
        params.not_after = date_time_ymd(2020, 1, 1);
    }
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

/// A certificate that vouches for itself and calls itself an authority, as `openssl req -x509` makes them.
fn self_signed(name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn refusal(outcome: Outcome, code: u8, expected: &str) {
    let (found, text) = outcome.expect_err(expected);
    assert!(found == code && text.contains(expected), "{found}: {text}, not {code}: {expected}");
}

#[test]
fn each_tls_level_means_what_libpq_means() {
    let bench = Bench::start(&[]);
    let level = |level, root: Option<&str>| {
        let mut fields = vec![("sslmode", level)];
        fields.extend(root.map(|root| ("sslrootcert", root)));
        bench.try_with(&fields)
    };
    let tls = || Ok("tls");
    assert_eq!(level("disable", None), Ok("plain"));
    assert_eq!(level("allow", None), Ok("plain"));
    assert_eq!(level("prefer", None), tls());
    assert_eq!(level("require", None), tls());
    for strict in ["verify-ca", "verify-full"] {
        assert_eq!(level(strict, Some("root.crt")), tls());
        refusal(level(strict, Some("other.crt")), 3, "UnknownIssuer");
        refusal(level(strict, None), 3, "name the file of the server's own authority as sslrootcert");
        refusal(level(strict, Some("none.crt")), 2, "none.crt: No such file");
    }
    // A file of authorities makes `require` look at the certificate, and `prefer` fall back to plain text.
    refusal(level("require", Some("other.crt")), 3, "UnknownIssuer");
    assert_eq!(level("prefer", Some("other.crt")), Ok("plain"));

    bench.present(leaf(&bench.authority, &["elsewhere.example"], "elsewhere", false));
    refusal(level("verify-full", Some("root.crt")), 3, "connect by a name that the certificate has");
    assert_eq!(level("verify-ca", Some("root.crt")), tls());

    bench.present(leaf(&bench.authority, &["localhost"], "localhost", true));
    refusal(level("verify-full", Some("root.crt")), 3, "must be renewed");
    refusal(level("verify-ca", Some("root.crt")), 3, "expired");
    assert_eq!(level("require", None), tls());

    let own = self_signed("localhost");
    bench.write("own.crt", &own.0);
    bench.present(own);
    assert_eq!(level("verify-full", Some("own.crt")), tls());
    refusal(
        bench.try_with(&[("host", "127.0.0.1"), ("sslmode", "verify-full"), ("sslrootcert", "own.crt")]),
        3,
        "not valid for name",
    );
    refusal(level("verify-full", Some("root.crt")), 3, "cannot connect");
}

#[test]
fn the_server_decides_between_plain_and_encrypted() {
    let bench = Bench::start(&["hostssl all all 127.0.0.1/32 scram-sha-256", "hostnossl all all 127.0.0.1/32 reject"]);
    assert_eq!(bench.try_with(&[("sslmode", "allow")]), Ok("tls"));
    refusal(bench.try_with(&[("sslmode", "disable")]), 3, "pg_hba.conf");
    let bench = Bench::start(&["hostssl all all 127.0.0.1/32 reject"]);
    assert_eq!(bench.try_with(&[("sslmode", "prefer")]), Ok("plain"));
    refusal(bench.try_with(&[("sslmode", "require")]), 3, "pg_hba.conf");
}

#[test]
fn certificates_and_channel_binding_prove_who_we_are() {
    let bench = Bench::start(&["hostssl all bob 127.0.0.1/32 cert", "hostssl all alice 127.0.0.1/32 md5"]);
    bench.server.psql("postgres", "CREATE ROLE bob LOGIN; CREATE ROLE alice LOGIN").unwrap();
    let (certificate, key) = leaf(&bench.authority, &[], "bob", false);
    bench.write("bob.crt", &certificate);
    let key = bench.write("bob.key", &key);
    let full = [("sslmode", "verify-full"), ("sslrootcert", "root.crt")];
    let bob = [&full[..], &[("user", "bob"), ("sslcert", "bob.crt"), ("sslkey", "bob.key")]].concat();
    assert_eq!(bench.try_with(&bob), Ok("tls"));
    refusal(bench.try_with(&[&full[..], &[("user", "bob")]].concat()), 3, "certificate");
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o644)).unwrap();
    refusal(bench.try_with(&bob), 2, "chmod 0600");

    for (binding, level, expected) in
        [("require", "require", "tls"), ("prefer", "require", "tls"), ("disable", "require", "tls")]
    {
        assert_eq!(bench.try_with(&[("channel_binding", binding), ("sslmode", level)]), Ok(expected), "{binding}");
    }
    refusal(bench.try_with(&[("channel_binding", "require"), ("sslmode", "disable")]), 3, "channel binding");
}

#[test]
fn every_source_of_a_password_works_and_none_is_shown() {
    let bench = Bench::start(&[]);
    bench.write("good", &format!("{PASSWORD}\n"));
    bench.write("bad", "CNRY-wrong\n");
    assert_eq!(bench.try_with(&[("password_file", "good")]), Ok("tls"));
    refusal(bench.try_with(&[("password_file", "bad")]), 3, "28P01");
    refusal(bench.try_with(&[("password", "CNRY-wrong")]), 3, "28P01");
    refusal(bench.try_with(&[("passfile", "/nowhere")]), 3, "password_file, password_command, PGPASSWORD");

    let line = format!("*:*:*:postgres:{PASSWORD}\n");
    bench.write("pgpass", &line);
    assert_eq!(bench.try_with(&[("passfile", "pgpass")]), Ok("tls"));

    let command = |script: &str| {
        let port = bench.server.port().to_string();
        let fields = [("host", "127.0.0.1"), ("port", &port), ("database", "postgres"), ("user", "postgres")];
        let argv = ["sh", "-c", script].map(String::from).to_vec();
        bench.outcome(&ConnectionParams { password_command: Some(argv), ..params(&fields, bench.directory.path()) })
    };
    assert_eq!(command("cat good"), Ok("tls"));
    refusal(command("cat good; cat good >&2; exit 4"), 3, "password_command sh: ended with exit status 4");
    refusal(command("cat bad"), 3, "28P01");
    refusal(bench.try_with(&[("database", "no such")]), 3, "never falls back");
}

#[test]
fn sessions_end_are_cancelled_and_are_their_own() {
    let bench = Bench::start(&[]);
    let port = bench.server.port().to_string();
    let fields = [
        ("host", "localhost"),
        ("port", &port),
        ("database", "postgres"),
        ("user", "postgres"),
        ("password", PASSWORD),
    ];
    let fields = [&fields[..], &[("sslmode", "verify-full"), ("sslrootcert", "root.crt")]].concat();
    let (server, _) = Server::resolve(&params(&fields, bench.directory.path()), &|_| None).unwrap();
    runtime().block_on(async {
        let session = server.connect("standin/test").await.unwrap();
        let canceller = session.canceller();
        let (slept, cancelled) = tokio::join!(session.batch_execute("SELECT pg_sleep(30)"), async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            canceller.cancel().await
        });
        assert_eq!(slept.unwrap_err().code().map(|code| code.code()), Some("57014"));
        cancelled.unwrap();

        assert_eq!(session.ended(), None);
        bench.server.psql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_ssl WHERE ssl").unwrap();
        session.batch_execute("SELECT 1").await.unwrap_err();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let fault = session.ended().unwrap();
        assert!(fault.is_connection_lost() && fault.is_temporary(), "{fault}");
    });
}

#[test]
fn a_child_of_libpq_reaches_the_same_database() {
    let bench = Bench::start(&[]);
    bench.server.psql("postgres", "CREATE DATABASE child").unwrap();
    let port = bench.server.port().to_string();
    let fields = [
        ("host", "localhost"),
        ("port", &port),
        ("database", "postgres"),
        ("user", "postgres"),
        ("password", PASSWORD),
    ];
    let fields = [&fields[..], &[("sslmode", "verify-full"), ("sslrootcert", "root.crt")]].concat();
    let (server, _) = Server::resolve(&params(&fields, bench.directory.path()), &|_| None).unwrap();
    let variables = runtime().block_on(server.with_database("child").libpq_environment("standin/child")).unwrap();
    let mut command = std::process::Command::new(bench.server.programs().join("psql"));
    standin::pg::connect::clear_libpq_environment(&mut command);
    let sql = "SELECT current_database(), current_setting('application_name'), ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let output = command.envs(variables).args(["-XAtc", sql]).output().unwrap();
    let (shown, faults) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(shown.trim(), "child|standin/child|t", "{faults}");
}
