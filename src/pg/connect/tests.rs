//! What providers print, resolved without a network.

use super::*;
use crate::words::diagnostic::Severity;

/// A password that no message may hold.
const CANARY: &str = "CNRYsecret";

fn with(
    url: &str,
    fields: &[(&str, &str)],
    env: &[(&str, &str)],
) -> Result<(Server, Vec<Diagnostic>), Vec<Diagnostic>> {
    let params = ConnectionParams {
        url: (!url.is_empty()).then(|| Secret::new(url)),
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect(),
        base: "/nowhere".into(),
        ..Default::default()
    };
    let find = |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let result = Server::resolve(&params, &find);
    let findings = match &result {
        Ok((_, notes)) => notes,
        Err(faults) => faults,
    };
    assert!(!format!("{findings:?}").contains("CNRY"), "a password is shown: {findings:?}");
    result
}

fn resolved(url: &str) -> (Server, Vec<Diagnostic>) {
    with(url, &[], &[]).unwrap_or_else(|faults| panic!("{url}: {faults:?}"))
}

fn refused(url: &str, fields: &[(&str, &str)], env: &[(&str, &str)]) -> String {
    let faults = with(url, fields, env).err().unwrap_or_else(|| panic!("{url} {fields:?} must be refused"));
    faults.iter().map(|fault| format!("{} ({})\n", fault.message, fault.help.as_deref().unwrap_or("-"))).collect()
}

#[test]
fn a_server_goes_to_every_thread() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Server>();
    shared::<Canceller>();
}

#[test]
fn urls_of_providers_work() {
    let full = TlsLevel::VerifyFull;
    let table = [
        // RDS, Azure, DigitalOcean
        (
            "postgres://app:CNRYsecret@shop.abc.eu-central-1.rds.amazonaws.com:5432/shop",
            "shop.abc.eu-central-1.rds.amazonaws.com:5432/shop",
            full,
        ),
        (
            "host=shop.postgres.database.azure.com port=5432 dbname=shop user=app password=CNRYsecret sslmode=require",
            "shop.postgres.database.azure.com:5432/shop",
            TlsLevel::Require,
        ),
        (
            "postgresql://doadmin:CNRYsecret@db-do-user-1.b.db.ondigitalocean.com:25060/defaultdb?sslmode=require",
            "db-do-user-1.b.db.ondigitalocean.com:25060/defaultdb",
            TlsLevel::Require,
        ),
        // Neon
        (
            "postgresql://app:CNRYsecret@ep-a-1.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
            "ep-a-1.eu-central-1.aws.neon.tech:5432/neondb",
            TlsLevel::Require,
        ),
        (
            "postgresql://app:CNRYsecret@ep-a-1.aws.neon.tech/neondb?options=endpoint%3Dep-a-1",
            "ep-a-1.aws.neon.tech:5432/neondb",
            full,
        ),
        // Supabase: direct, and its pooler in session mode
        (
            "postgresql://postgres:CNRYsecret@db.abcdef.supabase.co:5432/postgres",
            "db.abcdef.supabase.co:5432/postgres",
            full,
        ),
        (
            "postgres://postgres.abcdef:CNRYsecret@aws-0-eu-central-1.pooler.supabase.com:5432/postgres",
            "aws-0-eu-central-1.pooler.supabase.com:5432/postgres",
            full,
        ),
        // Cloud SQL
        (
            "postgresql://app:CNRYsecret@/shop?host=/cloudsql/project:region:instance",
            "/cloudsql/project:region:instance:5432/shop",
            TlsLevel::Disable,
        ),
        (
            "postgresql://app:CNRYsecret@localhost/shop?host=/cloudsql/project:region:instance",
            "/cloudsql/project:region:instance:5432/shop",
            TlsLevel::Disable,
        ),
        // Heroku, Prisma, Rails, SQLAlchemy, Django, JDBC, Node
        (
            "postgres://u:CNRYsecret@ec2-1.compute-1.amazonaws.com:5432/d1?sslmode=no-verify",
            "ec2-1.compute-1.amazonaws.com:5432/d1",
            TlsLevel::Require,
        ),
        (
            "postgresql://u:CNRYsecret@h.example:5432/d?schema=public&connection_limit=5&pool_timeout=2&pgbouncer=false",
            "h.example:5432/d",
            full,
        ),
        ("postgresql+asyncpg://u:CNRYsecret@h.example/d?prepared_statement_cache_size=0", "h.example:5432/d", full),
        ("postgis://u:CNRYsecret@h.example/d?conn_max_age=600", "h.example:5432/d", full),
        (
            "jdbc:postgresql://h.example:5433/d?user=u&password=CNRYsecret&ssl=true&currentSchema=app",
            "h.example:5433/d",
            full,
        ),
        ("postgres://u:CNRYsecret@h.example/d?ssl=no-verify", "h.example:5432/d", TlsLevel::Require),
        // Local ones
        ("postgres://localhost/shop_dev", "localhost:5432/shop_dev", TlsLevel::Prefer),
        ("postgres://127.0.0.5:1/d?sslmode=disable", "127.0.0.5:1/d", TlsLevel::Disable),
        ("postgres://u:CNRYsecret@[::1]:5433/d", "[::1]:5433/d", TlsLevel::Prefer),
        ("postgres://u:CNRYsecret@[2001:db8::1]/d", "[2001:db8::1]:5432/d", full),
        (
            "postgresql://%2Fvar%2Frun%2Fpostgresql/shop?sslmode=verify-full",
            "/var/run/postgresql:5432/shop",
            TlsLevel::Disable,
        ),
        (
            "host=/tmp dbname='a b' keepalives=1 keepalives_idle=5 connect_timeout=3 gssencmode=prefer",
            "/tmp:5432/a b",
            TlsLevel::Disable,
        ),
    ];
    for (url, expected, level) in table {
        let (server, _) = resolved(url);
        assert_eq!((server.describe().as_str(), server.tls_level()), (expected, level), "{url}");
    }
}

#[test]
fn what_is_dropped_is_noted_by_name() {
    let (_, notes) =
        resolved("postgresql://u:CNRYsecret@localhost/d?schema=public&connection_limit=5&application_name=x");
    let [note] = &notes[..] else { panic!("one note: {notes:?}") };
    assert_eq!(note.severity, Severity::Note);
    assert!(note.message.ends_with("left aside: connection_limit, schema"), "{}", note.message);
}

#[test]
fn weak_tls_is_warned_of_only_where_it_matters() {
    let warnings = |url: &str| {
        let (_, notes) = resolved(url);
        notes.into_iter().filter(|note| note.severity == Severity::Warning).map(|note| note.message).collect::<Vec<_>>()
    };
    for level in ["disable", "allow", "prefer", "require"] {
        let found = warnings(&format!("postgres://u@h.example/d?sslmode={level}"));
        assert!(found[0].starts_with(&format!("sslmode amounts to {level}")), "{found:?}");
    }
    assert_eq!(warnings("postgres://u@h.example/d"), [""; 0]);
    assert_eq!(warnings("postgres://u@localhost/d?sslmode=disable"), [""; 0]);
    assert_eq!(warnings("postgres://u@%2Ftmp/d?sslmode=disable"), [""; 0]);
    let (_, notes) = with("postgres://u@h.example/d", &[], &[("PGSSLMODE", "prefer")]).expect("resolved");
    assert!(notes[0].message.starts_with("PGSSLMODE amounts to prefer"), "{notes:?}");
}

#[test]
fn what_cannot_be_meant_is_refused_without_showing_it() {
    let table = [
        ("postgres://u:CNRYsecret@h.example:70000/d", "port is not a whole number from 1 to 65535"),
        ("postgres://u:CNRYsecret@h.example:/", "database is missing"),
        ("postgres://u:CNRYsecret@h.example", "database is missing"),
        ("postgres://u:CNRYsecret%ZZ@h.example/d", "% is not followed by two hex digits"),
        ("postgres://u:CNRYsecret@h1,h2/d", "host names several hosts"),
        ("host=h1,h2 port=1,2 dbname=d", "port names several hosts"),
        ("postgres://u:p@CNRYsecret@h/d", "no host name has"),
        ("postgres://u:12/CNRYsecret@h/d", "unencoded"),
        ("postgres://u:CNRY/secret@h/d", "unencoded"),
        ("postgres://u:CNRY/d", "port is not a whole number"),
        ("postgres://u:CNRYsecret@h/d?sslmode=CNRY", "sslmode is none of disable, allow"),
        ("postgres://u:CNRYsecret@h/d?sslmode=require&sslrootcert=system", "must be verify-full"),
        ("postgres://u:CNRYsecret@h/d?pgbouncer=true", "transaction mode"),
        ("postgres://u:CNRYsecret@aws-0-x.pooler.supabase.com:6543/postgres", "use port 5432 (session mode)"),
        ("postgres://u:CNRYsecret@ep-a-pooler.eu.aws.neon.tech/d", "without \"-pooler\""),
        ("postgres://u:CNRYsecret@h/d?hostaddr=CNRY", "hostaddr is not an IP address"),
        ("postgres://u@h/d?replication=database", "no replication"),
        ("postgres://u@h/d?gssencmode=require", "GSSAPI"),
        ("postgres://u@h/d?sslcert=CNRY", "sslcert comes without sslkey"),
        ("postgres://u@h/d?sslrootcert=/no/such/file", "sslrootcert /no/such/file: No such file"),
        ("postgres://u@h/d?sslpassword=CNRYsecret", "encrypted private keys"),
        ("postgres://u@h/d?channel_binding=yes", "channel_binding is none of"),
        ("postgres://u@h/d?connect_timeout=CNRY", "connect_timeout is not a whole number"),
        ("host=h dbname=postgres://u:CNRYsecret@h/d", "write it as `url`"),
        ("host=h user=u password=CNRYsecret", "database is missing"),
        ("CNRYsecret", "neither a postgres:// URL nor a keyword string"),
        ("mysql://u:CNRYsecret@h/d", "neither a postgres:// URL"),
    ];
    for (url, expected) in table {
        let faults = refused(url, &[], &[]);
        assert!(faults.contains(expected), "{url}: {faults}");
    }
    let faults = refused("postgres://u@h1,h2:70000/?sslmode=x", &[], &[]);
    assert_eq!(faults.lines().count(), 4, "all at once: {faults}");
}

#[test]
fn fields_are_checked_by_name() {
    let (server, _) =
        with("", &[("host", "localhost"), ("database", "d"), ("user", "u"), ("port", "1")], &[]).expect("ok");
    assert_eq!((server.describe().as_str(), server.user()), ("localhost:1/d", "u"));
    assert!(refused("", &[("host", ""), ("database", "d")], &[]).contains("host is empty"));
    assert!(refused("", &[("sslmod", "disable"), ("database", "d")], &[]).contains("did you mean sslmode?"));
    assert!(refused("postgres://h/d", &[("database", "e")], &[]).contains("given twice"));
    let twice = [("password", CANARY), ("password_file", "/etc/hostname")];
    assert!(refused("postgres://h/d", &twice, &[]).contains("more than one way"));
    assert!(refused("postgres://h/d", &[("password_file", "pw")], &[]).contains("/nowhere/pw cannot be read"));
}

#[test]
fn variables_fill_gaps_and_never_redirect_a_host() {
    let env =
        [("PGHOST", "other"), ("PGHOSTADDR", "10.0.0.1"), ("PGPORT", "5433"), ("PGUSER", "me"), ("PGDATABASE", "db")];
    let (server, _) = with("", &[], &env).expect("ok");
    assert_eq!((server.describe().as_str(), server.user()), ("other:5433/db", "me"));
    let (server, _) = with("postgres://app@h.example/shop", &[], &env).expect("ok");
    assert_eq!((server.describe().as_str(), server.user()), ("h.example:5433/shop", "app"));
    assert!(matches!(server.endpoint.target, Target::Host { address: None, .. }));
    assert!(refused("postgres://h.example", &[], &[("PGPORT", "x"), ("PGDATABASE", "d")]).contains("PGPORT is not"));
}

#[test]
fn a_service_stands_between_what_is_written_and_the_variables() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "[shop]\nhost=service.example\nport=5434\ndbname=s\nsslmode=disable\n")
        .expect("written");
    let path = file.path().to_str().expect("UTF-8");
    let env = [("PGSERVICEFILE", path), ("PGPORT", "1"), ("PGHOST", "no")];
    let (server, notes) = with("postgres:///mine?service=shop", &[], &env).expect("ok");
    assert_eq!(server.describe(), "service.example:5434/mine");
    assert!(notes[0].message.starts_with("sslmode of service shop amounts to disable"), "{notes:?}");
    assert!(refused("service=none", &[], &env).contains("no service of this name"));
}

#[test]
fn a_password_file_that_others_may_read_is_noted() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("chmod");
    let path = file.path().to_str().expect("UTF-8");
    let (_, notes) = with("postgres://localhost/d", &[], &[("PGPASSFILE", path)]).expect("ok");
    assert!(notes[0].message.contains("is not used: its group or others may read it"), "{notes:?}");
}

#[tokio::test]
async fn a_child_gets_the_same_server() {
    let (server, _) = resolved("postgres://u:CNRYsecret@127.0.0.1:1/d?sslmode=disable&options=-c%20x.y%3D1");
    let variables = server.with_database("other").libpq_environment("standin/x").await.expect("variables");
    let find = |name: &str| variables.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.to_str());
    let expected = [
        ("PGHOST", "127.0.0.1"),
        ("PGHOSTADDR", "127.0.0.1"),
        ("PGPORT", "1"),
        ("PGUSER", "u"),
        ("PGDATABASE", "other"),
        ("PGPASSWORD", CANARY),
        ("PGSSLMODE", "disable"),
        ("PGOPTIONS", "-c x.y=1"),
        ("PGAPPNAME", "standin/x"),
        ("PGCONNECT_TIMEOUT", "10"),
    ];
    for (name, value) in expected {
        assert_eq!(find(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn nobody_at_the_door_is_temporary() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let silent = format!("postgres://u:CNRYsecret@127.0.0.1:{port}/d?connect_timeout=1");
    for url in [silent.as_str(), "postgres://u:CNRYsecret@127.0.0.1:1/d", "postgres://u@name.invalid/d"] {
        let (server, _) = resolved(url);
        let error = server.connect("standin/test").await.err().expect("nobody is there");
        assert_eq!(error.exit_code(), 75, "{error:?}");
        assert!(!format!("{error:?}").contains("CNRY"), "{error:?}");
    }
}
