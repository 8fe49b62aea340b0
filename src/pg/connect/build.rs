//! From gathered settings to a server: defaults, bounds, what is refused, what is warned about.

use super::password::PasswordSource;
use super::pooler::known_pooler;
use super::settings::Settings;
use super::tls::{Authorities, TlsLevel, TlsSettings};
use super::{ConnectionParams, Endpoint, Env, Server, SessionNeed, Target, Timeouts, passfile};
use crate::words::diagnostic::Diagnostic;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::config::ChannelBinding;

/// Builds the server, or says everything that is wrong.
pub(super) fn build(params: &ConnectionParams, env: Env<'_>) -> Result<(Server, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut settings = Settings::gather(params, env);
    if !settings.faults.is_empty() {
        // What is missing from half-read settings is not the user's fault.
        return Err(settings.faults);
    }
    let port = port(&mut settings);
    let target = target(&mut settings, port);
    let database = database(&mut settings);
    let user = user(&mut settings);
    let password = password(&mut settings, params);
    let tls = tls(&mut settings, &target);
    let channel_binding = match settings.word("channel_binding", &["disable", "prefer", "require"]) {
        Some("disable") => ChannelBinding::Disable,
        Some("require") => ChannelBinding::Require,
        _ => ChannelBinding::Prefer,
    };
    let options = settings.text("options").map(str::to_owned);
    let session = session_need(&mut settings);
    let timeouts = timeouts(&mut settings);
    // Files are read only for settings that make sense.
    let connector = if settings.faults.is_empty() { connector(&mut settings, &tls) } else { None };
    let Some(connector) = connector.filter(|_| settings.faults.is_empty()) else { return Err(settings.faults) };
    let endpoint = Endpoint {
        place: settings.place(),
        target,
        port,
        user,
        password,
        tls,
        connector,
        channel_binding,
        options,
        session,
        timeouts,
        address: tokio::sync::OnceCell::new(),
        direct: tokio::sync::OnceCell::new(),
    };
    Ok((Server { endpoint: Arc::new(endpoint), database }, settings.notes))
}

fn connector(settings: &mut Settings<'_>, tls: &TlsSettings) -> Option<tokio_postgres_rustls::MakeRustlsConnect> {
    tls.connector()
        .map_err(|fault| {
            settings.faults.push(Diagnostic::error(
                "connection",
                settings.place(),
                crate::words::name::printable(&fault.to_string()),
            ));
        })
        .ok()
}

fn port(settings: &mut Settings<'_>) -> u16 {
    if settings.text("port").is_some_and(|port| port.contains(',')) {
        several(settings, "port");
        return 5432;
    }
    settings.number("port", 1..=65535).map_or(5432, |port| port as u16)
}

fn several(settings: &mut Settings<'_>, name: &str) {
    let help = "name the one server that is meant: a clone must come from one server, and go to one";
    settings.fault(name, "names several hosts", Some(help));
}

fn target(settings: &mut Settings<'_>, port: u16) -> Target {
    let address = settings.text("hostaddr").map(str::to_owned);
    let address = address.and_then(|text| match text.parse::<IpAddr>() {
        Ok(address) => Some(address),
        Err(_) if text.contains(',') => {
            several(settings, "hostaddr");
            None
        }
        Err(_) => {
            settings.fault("hostaddr", "is not an IP address", None);
            None
        }
    });
    let Some(host) = settings.text("host").map(str::to_owned) else {
        return match address {
            Some(address) => Target::Host { name: address.to_string(), address: Some(address) },
            None => Target::Socket(default_socket(port)),
        };
    };
    if host.starts_with('/') && !host.contains(',') {
        return Target::Socket(PathBuf::from(host));
    }
    if host.contains(',') {
        several(settings, "host");
    } else if host.starts_with('@') {
        settings.fault("host", "is an abstract socket, which standin does not open", None);
    } else if !is_host(&host) {
        let help = "in a URL's user name and password, @ : / ? # & % are written %40 %3A %2F %3F %23 %26 %25";
        settings.fault("host", "is neither a host name, an IP address nor the directory of a socket", Some(help));
    } else if let Some((reason, help)) = known_pooler(&host, port) {
        settings.fault("host", &format!("is not usable: {reason}"), Some(help));
    }
    Target::Host { name: host, address }
}

fn is_host(text: &str) -> bool {
    let is_name = text.len() <= 253 && text.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    is_name || text.parse::<IpAddr>().is_ok()
}

/// Where Debian's libpq looks, then where upstream's does.
fn default_socket(port: u16) -> PathBuf {
    let directories = ["/var/run/postgresql", "/tmp"];
    let socket = format!(".s.PGSQL.{port}");
    let found = directories.iter().find(|directory| Path::new(directory).join(&socket).exists());
    PathBuf::from(found.unwrap_or(&directories[0]))
}

fn database(settings: &mut Settings<'_>) -> String {
    let name = settings.text("dbname").unwrap_or_default().to_owned();
    if name.is_empty() {
        settings.fault("database", "is missing: standin never falls back to a default database", None);
    } else if name.contains("://") || name.contains("password=") {
        // It may hold a password, and the name is shown in many places.
        settings.fault("database", "is a URL or keyword string; write it as `url`", None);
    }
    name
}

fn user(settings: &mut Settings<'_>) -> String {
    if let Some(user) = settings.text("user") {
        return user.to_owned();
    }
    let found = passwd_name().or_else(|| (settings.env)("USER")).or_else(|| (settings.env)("LOGNAME"));
    match found.filter(|user| !user.is_empty()) {
        Some(user) => user,
        None => {
            settings.fault("user", "is missing, and the operating system has no name for this process", None);
            String::new()
        }
    }
}

/// The name of the effective user, where `/etc/passwd` has it.
fn passwd_name() -> Option<String> {
    let own = rustix::process::geteuid().as_raw().to_string();
    let text = std::fs::read_to_string("/etc/passwd").ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(own.as_str())).then(|| name.to_owned())
    })
}

fn password(settings: &mut Settings<'_>, params: &ConnectionParams) -> PasswordSource {
    let given = settings.get("password").map(|setting| setting.secret());
    let file = settings.path("password_file");
    let sources = usize::from(given.is_some()) + usize::from(file.is_some());
    if sources + usize::from(params.password_command.is_some()) > 1 {
        settings.fault("password", "is given in more than one way: password, password_file, password_command", None);
    }
    if let Some(argv) = &params.password_command {
        if argv.first().is_none_or(String::is_empty) {
            settings.fault(
                "password_command",
                "names no program",
                Some("for example password_command: [pass, show, db]"),
            );
        }
        return PasswordSource::Command { argv: argv.clone(), base: base(params) };
    }
    if let Some(file) = file {
        if let Err(cause) = std::fs::File::open(&file) {
            settings.fault("password_file", &format!("{} cannot be read: {cause}", file.display()), None);
        }
        return PasswordSource::File(file);
    }
    if let Some(given) = given {
        return PasswordSource::Given(given);
    }
    let passfile = settings.path("passfile").or_else(|| settings.home_file(".pgpass"));
    match passfile {
        Some(path) => {
            if let Some(objection) = passfile::objection(&path) {
                let message = format!("password file {} is not used: {objection}", path.display());
                settings.notes.push(Diagnostic::note("connection", settings.place(), message));
            }
            PasswordSource::Passfile(path)
        }
        None => PasswordSource::Nothing,
    }
}

fn base(params: &ConnectionParams) -> PathBuf {
    if params.base.as_os_str().is_empty() { PathBuf::from(".") } else { params.base.clone() }
}

/// The TLS settings; weaker than `verify-full` for a host that is not local comes with a warning.
fn tls(settings: &mut Settings<'_>, target: &Target) -> TlsSettings {
    let is_local = match target {
        // There is no TLS over sockets, whatever is written.
        Target::Socket(_) => return TlsSettings::disabled(),
        Target::Host { name, address } => is_local(name) && address.is_none_or(|address| address.is_loopback()),
    };
    let root = settings.path("sslrootcert").or_else(|| settings.home_file(".postgresql/root.crt"));
    let system_asked = settings.text("sslrootcert") == Some("system");
    let level =
        level(settings).unwrap_or(if is_local && !system_asked { TlsLevel::Prefer } else { TlsLevel::VerifyFull });
    if system_asked && level < TlsLevel::VerifyFull {
        settings.fault("sslmode", "must be verify-full with sslrootcert=system", None);
    }
    let authorities = match root {
        _ if system_asked => Authorities::System,
        Some(path) => Authorities::File(path),
        None if level >= TlsLevel::VerifyCa => Authorities::System,
        None => Authorities::Nobody,
    };
    // As in libpq, a file of authorities turns `require` into `verify-ca`.
    let level =
        if level == TlsLevel::Require && authorities != Authorities::Nobody { TlsLevel::VerifyCa } else { level };
    if level < TlsLevel::VerifyFull && !is_local {
        warn_of_weakness(settings, level);
    }
    TlsSettings {
        level,
        authorities: if level == TlsLevel::Disable { Authorities::Nobody } else { authorities },
        client: if level == TlsLevel::Disable { None } else { client_certificate(settings) },
        send_name: settings.word("sslsni", &["0", "1"]) != Some("0"),
        direct: direct(settings, level),
        newest_only: settings.word("ssl_min_protocol_version", &["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"])
            == Some("TLSv1.3"),
    }
}

/// The level that is written: `sslmode`, or what JDBC, Node and Prisma call it.
fn level(settings: &mut Settings<'_>) -> Option<TlsLevel> {
    if let Some(mode) = settings.text("sslmode") {
        let level = TlsLevel::parse(mode);
        if level.is_none() {
            let words = TlsLevel::ALL.map(TlsLevel::word).join(", ");
            settings.fault("sslmode", &format!("is none of {words}"), None);
        }
        return level;
    }
    match settings.word("ssl", &["true", "1", "false", "0", "no-verify", "require"]) {
        Some("true" | "1") => return Some(TlsLevel::VerifyFull),
        Some("false" | "0") => return Some(TlsLevel::Disable),
        Some(_) => return Some(TlsLevel::Require),
        None => {}
    }
    match settings.word("sslaccept", &["strict", "accept_invalid_certs"]) {
        Some("strict") => Some(TlsLevel::VerifyFull),
        Some(_) => Some(TlsLevel::Require),
        None => None,
    }
}

fn warn_of_weakness(settings: &mut Settings<'_>, level: TlsLevel) {
    let what = match level {
        TlsLevel::Disable => "everything is sent in plain text",
        TlsLevel::Allow | TlsLevel::Prefer => "whoever is in between can turn TLS off and read everything",
        TlsLevel::Require => "the server's certificate is not checked, so whoever is in between can read everything",
        TlsLevel::VerifyCa | TlsLevel::VerifyFull => "any certificate of the authority will do, whatever its name",
    };
    let name =
        ["sslmode", "ssl", "sslaccept"].into_iter().find(|name| settings.get(name).is_some()).unwrap_or("sslmode");
    let message = format!("{} amounts to {}: {what}", settings.label(name), level.word());
    let warning = Diagnostic::warning("weak-tls", settings.place(), message)
        .help("leave sslmode out for verify-full, with sslrootcert if the authority is your own");
    settings.notes.push(warning);
}

fn direct(settings: &mut Settings<'_>, level: TlsLevel) -> bool {
    let direct = settings.word("sslnegotiation", &["postgres", "direct"]) == Some("direct");
    if direct && level < TlsLevel::Require {
        settings.fault("sslnegotiation", "direct needs sslmode=require or stronger", None);
    }
    direct
}

/// What is written, else libpq's files in the home directory.
fn client_certificate(settings: &mut Settings<'_>) -> Option<(PathBuf, PathBuf)> {
    let certificate = settings.path("sslcert").or_else(|| settings.home_file(".postgresql/postgresql.crt"));
    let key = settings.path("sslkey").or_else(|| settings.home_file(".postgresql/postgresql.key"));
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (Some(_), None) if settings.get("sslcert").is_some() => {
            settings.fault("sslcert", "comes without sslkey", None);
            None
        }
        (None, Some(_)) if settings.get("sslkey").is_some() => {
            settings.fault("sslkey", "comes without sslcert", None);
            None
        }
        _ => None,
    }
}

fn is_local(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn session_need(settings: &mut Settings<'_>) -> SessionNeed {
    let words = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"];
    match settings.word("target_session_attrs", &words) {
        Some("read-write") => SessionNeed::ReadWrite,
        Some("read-only") => SessionNeed::ReadOnly,
        Some("primary") => SessionNeed::Primary,
        Some("standby") => SessionNeed::Standby,
        _ => SessionNeed::Any,
    }
}

/// A day, the longest that makes sense for any of them.
const LONGEST: u32 = 86_400;

fn timeouts(settings: &mut Settings<'_>) -> Timeouts {
    let seconds =
        |value: Option<u32>, default: u32| Duration::from_secs(value.filter(|v| *v > 0).unwrap_or(default).into());
    let connect = match settings.number("connect_timeout", 0..=LONGEST) {
        Some(0) => None,
        // As in libpq, one second is taken as two.
        Some(limit) => Some(Duration::from_secs(limit.max(2).into())),
        None => Some(Duration::from_secs(10)),
    };
    let unacknowledged = settings.number("tcp_user_timeout", 0..=LONGEST * 1000).filter(|value| *value > 0);
    Timeouts {
        connect,
        unacknowledged: Duration::from_millis(unacknowledged.unwrap_or(60_000).into()),
        keepalives: settings.number("keepalives", 0..=1) != Some(0),
        idle: seconds(settings.number("keepalives_idle", 0..=LONGEST), 30),
        interval: seconds(settings.number("keepalives_interval", 0..=LONGEST), 10),
        count: settings.number("keepalives_count", 0..=100).filter(|count| *count > 0).unwrap_or(6),
    }
}
