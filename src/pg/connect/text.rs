//! URLs and keyword strings, read as libpq reads them and as ORMs print them; no message quotes them, for they may
//! hold a password.

use crate::words::secret::Secret;

/// Parameters in the order of the text; a later one beats an earlier one of the same name.
pub(super) type Parameters = Vec<(String, Secret)>;

/// Why a text is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TextFault {
    #[error("it is empty")]
    Empty,
    #[error("it is neither a postgres:// URL nor a keyword string such as \"host=… dbname=…\"")]
    Form,
    #[error("it is the URL of a proxy that does not speak PostgreSQL's protocol")]
    Proxy,
    #[error("a % is not followed by two hex digits")]
    Percent,
    #[error("it holds a NUL byte, or bytes that are not UTF-8")]
    Bytes,
    #[error("an IPv6 address has no closing bracket, or text follows the bracket")]
    Bracket,
    #[error("the host holds a character that no host name has")]
    Host,
    #[error("the host is empty")]
    EmptyHost,
    #[error("the database name holds an unencoded \"/\" or \"@\"")]
    Database,
    #[error("a parameter has no \"=\", or no name")]
    Parameter,
    #[error("a quote is not closed")]
    Quote,
}

impl TextFault {
    /// What to do about it.
    pub(super) fn help(self) -> &'static str {
        match self {
            TextFault::Empty => "is the variable behind it set?",
            TextFault::Form => "for example postgres://user@host:5432/database",
            TextFault::Proxy => "use the direct URL of the database",
            TextFault::EmptyHost => "for a Unix socket write host=/var/run/postgresql",
            TextFault::Parameter | TextFault::Quote => {
                "a value with spaces is written in single quotes; ' and \\ in it have a \\ before them"
            }
            _ => "in user names and passwords, @ : / ? # & % are written %40 %3A %2F %3F %23 %26 %25",
        }
    }
}

/// Reads either form.
pub(super) fn parse(text: &str) -> Result<Parameters, TextFault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextFault::Empty);
    }
    if text.contains('\0') {
        return Err(TextFault::Bytes);
    }
    let text = text.strip_prefix("jdbc:").unwrap_or(text);
    match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => {
            // SQLAlchemy writes the driver after a plus sign.
            match scheme.split('+').next().unwrap_or_default() {
                "prisma" | "prisma+postgres" => Err(TextFault::Proxy),
                "postgres" | "postgresql" | "postgis" | "pgsql" | "psql" => parse_url(rest),
                _ => Err(TextFault::Form),
            }
        }
        _ if text.contains('=') => parse_keywords(text),
        _ => Err(TextFault::Form),
    }
}

/// True if the text, before its `${…}` are filled in, has a password written out.
pub(super) fn has_literal_password(text: &str) -> bool {
    parse(text).is_ok_and(|parameters| {
        parameters
            .iter()
            .any(|(name, value)| name == "password" && !value.expose().is_empty() && !value.expose().contains("${"))
    })
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Reads what follows `postgres://`.
fn parse_url(rest: &str) -> Result<Parameters, TextFault> {
    let mut found = Parameters::new();
    let mut add = |name: &str, raw: &str| -> Result<(), TextFault> {
        if !raw.is_empty() {
            found.push((name.into(), Secret::new(decode(raw)?)));
        }
        Ok(())
    };
    // As in libpq, the first @ before the first / ends the credentials; a ? before it belongs to them.
    let credentials_end = rest.find(['@', '/']).filter(|at| rest[*at..].starts_with('@'));
    let (credentials, rest) = match credentials_end {
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
        None => (None, rest),
    };
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        add("user", user)?;
        add("password", password)?;
    }
    let (location, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = location.split_once('/').unwrap_or((location, ""));
    let (host, port) = split_authority(authority)?;
    add("host", host)?;
    add("port", port)?;
    if database.contains(['/', '@']) {
        return Err(TextFault::Database);
    }
    add("dbname", database)?;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(TextFault::Parameter)?;
        found.push((parameter_name(&decode(name)?)?, Secret::new(decode(value)?)));
    }
    let written = !authority.is_empty() || credentials.is_some();
    if written && !found.iter().any(|(name, value)| is_host(name) && !value.expose().is_empty()) {
        return Err(TextFault::EmptyHost);
    }
    Ok(found)
}

fn is_host(name: &str) -> bool {
    matches!(name, "host" | "hostaddr" | "service")
}

/// Splits `host:port`, `[::1]:port`; a comma stays, for the caller to refuse several hosts.
fn split_authority(authority: &str) -> Result<(&str, &str), TextFault> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (address, after) = bracketed.split_once(']').ok_or(TextFault::Bracket)?;
            let port = match after.strip_prefix(':') {
                Some(port) => port,
                None if after.is_empty() || after.starts_with(',') => after,
                None => return Err(TextFault::Bracket),
            };
            (address, port)
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    if host.contains(['@', '#', '\\', ' ', '"', '\'', '<', '>']) { Err(TextFault::Host) } else { Ok((host, port)) }
}

/// Takes `%XX` away.
fn decode(text: &str) -> Result<String, TextFault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| (byte as char).to_digit(16)).ok_or(TextFault::Percent);
        bytes.push((digit()? * 16 + digit()?) as u8);
    }
    if bytes.contains(&0) {
        return Err(TextFault::Bytes);
    }
    String::from_utf8(bytes).map_err(|_| TextFault::Bytes)
}

/// Reads `host=… password='it''s'`: white space around `=` is allowed, a backslash takes the next character as it is.
fn parse_keywords(text: &str) -> Result<Parameters, TextFault> {
    let mut found = Parameters::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(TextFault::Parameter)?;
        let name = parameter_name(name.trim_end())?;
        let (value, after) = keyword_value(after.trim_start())?;
        if name == "host" && value.is_empty() {
            return Err(TextFault::EmptyHost);
        }
        found.push((name, Secret::new(value)));
        rest = after.trim_start();
    }
    Ok(found)
}

/// Reads one value and returns what follows it.
fn keyword_value(text: &str) -> Result<(String, &str), TextFault> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            space if !quoted && space.is_whitespace() => return Ok((value, &text[at..])),
            other => value.push(other),
        }
    }
    if quoted { Err(TextFault::Quote) } else { Ok((value, "")) }
}

/// Takes a name that may be shown: a piece of a password with an unencoded `&` in it seldom looks like one.
fn parameter_name(text: &str) -> Result<String, TextFault> {
    let fits = text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if fits { Ok(text.to_owned()) } else { Err(TextFault::Parameter) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let found = parse(text).expect("a connection");
        found.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect()
    }

    #[test]
    fn urls_are_read_as_libpq_reads_them() {
        let table: &[(&str, &[&str])] = &[
            ("postgres://u:p%40ss@h:5433/db", &["user=u", "password=p@ss", "host=h", "port=5433", "dbname=db"]),
            ("postgresql://[2001:db8::1]:5/db", &["host=2001:db8::1", "port=5", "dbname=db"]),
            ("postgresql:///db?host=/tmp/s", &["dbname=db", "host=/tmp/s"]),
            ("postgresql://%2Ftmp%2Fs/db", &["host=/tmp/s", "dbname=db"]),
            ("postgresql+psycopg2://u@h/d", &["user=u", "host=h", "dbname=d"]),
            ("jdbc:postgresql://h/d?user=u&ssl=true", &["host=h", "dbname=d", "user=u", "ssl=true"]),
            ("postgres://u:a?b#c@h/d", &["user=u", "password=a?b#c", "host=h", "dbname=d"]),
            (" postgres://h/d%2Fe\n", &["host=h", "dbname=d/e"]),
            ("postgres://h1,h2:5/d", &["host=h1,h2", "port=5", "dbname=d"]),
            ("postgres://u:p@/d?host=/cloudsql/a:b:c", &["user=u", "password=p", "dbname=d", "host=/cloudsql/a:b:c"]),
            ("postgres://h/d?options=endpoint%3Dep-x", &["host=h", "dbname=d", "options=endpoint=ep-x"]),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), *expected, "{text}");
        }
    }

    #[test]
    fn keyword_strings_are_read_as_libpq_reads_them() {
        assert_eq!(
            shown(r"host = /tmp  dbname=db password='it\'s a \\ secret' user=a\ b"),
            ["host=/tmp", "dbname=db", r"password=it's a \ secret", "user=a b"]
        );
        assert_eq!(shown("dbname='' user=x"), ["dbname=", "user=x"]);
    }

    #[test]
    fn faults_have_a_reason_and_no_text() {
        let table = [
            ("", TextFault::Empty),
            ("shop", TextFault::Form),
            ("mysql://h/d", TextFault::Form),
            ("prisma://accelerate/?api_key=x", TextFault::Proxy),
            ("postgres://u:%ZZ@h/d", TextFault::Percent),
            ("postgres://u:%4@h/d", TextFault::Percent),
            ("postgres://u:%00@h/d", TextFault::Bytes),
            ("postgres://u:%ff@h/d", TextFault::Bytes),
            ("postgres://[::1/d", TextFault::Bracket),
            ("postgres://[::1]x/d", TextFault::Bracket),
            ("postgres://u:p@ss@h/d", TextFault::Host),
            ("postgres://u:12/ss@h/d", TextFault::Database),
            ("postgres://u:p@:5432/d", TextFault::EmptyHost),
            ("postgres://u@/d", TextFault::EmptyHost),
            ("postgres://h/d?x", TextFault::Parameter),
            ("host=a b", TextFault::Parameter),
            ("host='' dbname=d", TextFault::EmptyHost),
            ("password='x", TextFault::Quote),
        ];
        for (text, fault) in table {
            assert_eq!(parse(text).err(), Some(fault), "{text}");
        }
    }

    #[test]
    fn a_password_in_the_text_itself_is_seen() {
        assert!(has_literal_password("postgres://u:secret@h/d"));
        assert!(has_literal_password("host=h password=x dbname=d"));
        assert!(!has_literal_password("postgres://u:${PASSWORD}@h/d"));
        assert!(!has_literal_password("postgres://u@h/d") && !has_literal_password("${URL}"));
    }
}
