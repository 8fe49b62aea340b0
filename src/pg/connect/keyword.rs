//! Every connection parameter that libpq knows, and those that ORMs add: honoured, left aside, or refused.

/// What becomes of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Treatment {
    /// It means here what it means in libpq.
    Honoured,
    /// standin sets it itself, so it is dropped without a word.
    Ours,
    /// Refused unless the value is one of these, because it asks for what standin does not do.
    Refused(&'static [&'static str], &'static str),
}

/// A parameter.
#[derive(Debug)]
pub(super) struct Keyword {
    /// Its name in libpq.
    pub(super) name: &'static str,
    /// The variable that fills it in.
    pub(super) variable: Option<&'static str>,
    /// What becomes of it.
    pub(super) treatment: Treatment,
}

const fn honoured(name: &'static str, variable: &'static str) -> Keyword {
    Keyword { name, variable: Some(variable), treatment: Treatment::Honoured }
}

const fn unfilled(name: &'static str) -> Keyword {
    Keyword { name, variable: None, treatment: Treatment::Honoured }
}

const fn ours(name: &'static str) -> Keyword {
    Keyword { name, variable: None, treatment: Treatment::Ours }
}

const fn refused(
    name: &'static str,
    variable: Option<&'static str>,
    harmless: &'static [&'static str],
    reason: &'static str,
) -> Keyword {
    Keyword { name, variable, treatment: Treatment::Refused(harmless, reason) }
}

const POOLER: &str = "it says that the server is a pooler in transaction mode, where sessions share backends; \
                      give the direct URL of the database (Prisma's DIRECT_URL)";
const NO: &[&str] = &["", "0", "false", "off", "no"];

/// All of them.
pub(super) const KEYWORDS: &[Keyword] = &[
    honoured("host", "PGHOST"),
    honoured("hostaddr", "PGHOSTADDR"),
    honoured("port", "PGPORT"),
    honoured("dbname", "PGDATABASE"),
    honoured("user", "PGUSER"),
    honoured("password", "PGPASSWORD"),
    honoured("passfile", "PGPASSFILE"),
    unfilled("password_file"),
    honoured("service", "PGSERVICE"),
    honoured("servicefile", "PGSERVICEFILE"),
    honoured("options", "PGOPTIONS"),
    honoured("sslmode", "PGSSLMODE"),
    unfilled("ssl"),
    unfilled("sslaccept"),
    honoured("sslrootcert", "PGSSLROOTCERT"),
    honoured("sslcert", "PGSSLCERT"),
    honoured("sslkey", "PGSSLKEY"),
    honoured("sslsni", "PGSSLSNI"),
    honoured("sslnegotiation", "PGSSLNEGOTIATION"),
    honoured("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    honoured("channel_binding", "PGCHANNELBINDING"),
    honoured("connect_timeout", "PGCONNECT_TIMEOUT"),
    honoured("target_session_attrs", "PGTARGETSESSIONATTRS"),
    unfilled("keepalives"),
    unfilled("keepalives_idle"),
    unfilled("keepalives_interval"),
    unfilled("keepalives_count"),
    unfilled("tcp_user_timeout"),
    ours("application_name"),
    ours("fallback_application_name"),
    ours("client_encoding"),
    ours("load_balance_hosts"),
    ours("sslcompression"),
    ours("krbsrvname"),
    ours("gsslib"),
    ours("gssdelegation"),
    refused("pgbouncer", None, NO, POOLER),
    refused("replication", None, NO, "standin opens no replication connections"),
    refused("gssencmode", Some("PGGSSENCMODE"), &["disable", "prefer"], "standin does not encrypt through GSSAPI"),
    refused(
        "sslpassword",
        None,
        &[],
        "standin reads no encrypted private keys: decrypt sslkey into a file of mode 0600",
    ),
    refused("sslcrl", Some("PGSSLCRL"), &[""], "standin reads no revocation lists"),
    refused("sslcrldir", Some("PGSSLCRLDIR"), &[""], "standin reads no revocation lists"),
    refused("sslcertmode", Some("PGSSLCERTMODE"), &["", "allow"], "standin knows only sslcertmode=allow"),
    refused(
        "ssl_max_protocol_version",
        Some("PGSSLMAXPROTOCOLVERSION"),
        &["", "TLSv1.3"],
        "standin does not hold TLS back",
    ),
    refused("require_auth", Some("PGREQUIREAUTH"), &[""], "standin cannot pick a method of authentication"),
    refused("requirepeer", Some("PGREQUIREPEER"), &[""], "standin does not look up the owner of a socket"),
    refused("requiressl", None, &["", "0"], "write sslmode=require instead"),
    refused("sslkeylogfile", None, &[""], "standin never writes the keys of a TLS session"),
];

/// The parameter of a name, by its own or another program's word for it.
pub(super) fn keyword(name: &str) -> Option<&'static Keyword> {
    let name = match name {
        "database" => "dbname",
        "username" => "user",
        other => other,
    };
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}
