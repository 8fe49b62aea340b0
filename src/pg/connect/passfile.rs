//! `~/.pgpass`: the password file of libpq, with its wildcards, escapes and mode check.

use crate::words::secret::Secret;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use zeroize::Zeroizing;

/// What a line is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Login<'a> {
    /// The host name or address as written; `localhost` for the default socket.
    pub(super) host: &'a str,
    /// The port.
    pub(super) port: u16,
    /// The database.
    pub(super) database: &'a str,
    /// The user.
    pub(super) user: &'a str,
}

/// Why a file that exists is not used, as libpq would have it.
pub(super) fn objection(path: &Path) -> Option<&'static str> {
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_file() {
        Some("it is not a plain file")
    } else if metadata.permissions().mode() & 0o077 != 0 {
        Some("its group or others may read it; chmod 0600 it")
    } else {
        None
    }
}

/// The password of the first line that fits.
pub(super) fn lookup(path: &Path, login: Login<'_>) -> Option<Secret> {
    if objection(path).is_some() {
        return None;
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).ok()?);
    find(&text, login)
}

fn find(text: &str, login: Login<'_>) -> Option<Secret> {
    let port = login.port.to_string();
    let wanted = [login.host, &port, login.database, login.user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut rest = line.trim_end_matches('\r');
        for wanted in wanted {
            let (field, after) = split_field(rest)?;
            if field != "*" && unescape(field) != wanted {
                return None;
            }
            rest = after;
        }
        // A later field, if any, is not the password's.
        let password = split_field(rest).map_or(rest, |(password, _)| password);
        Some(Secret::new(unescape(password))).filter(|password| !password.expose().is_empty())
    })
}

/// Splits at the first colon without a backslash before it.
fn split_field(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            ':' if !escaped => return Some((&text[..at], &text[at + 1..])),
            _ => escaped = character == '\\' && !escaped,
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(if character == '\\' { characters.next().unwrap_or('\\') } else { character });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_gives_the_password() {
        let text = "# comment\nother:*:*:*:no\nh\\:1:5432:db:u:pa\\:ss\\\\\n*:*:*:u:wild\r\nbroken\n";
        let login = |host, database, user| Login { host, port: 5432, database, user };
        let found = |login| find(text, login).map(|password| password.expose().to_owned());
        assert_eq!(found(login("h:1", "db", "u")).as_deref(), Some("pa:ss\\"));
        assert_eq!(found(login("h:1", "db2", "u")).as_deref(), Some("wild"));
        assert_eq!(found(login("h", "db", "nobody")), None);
    }

    #[test]
    fn a_file_that_others_may_read_is_not_used() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "*:*:*:*:secret\n").expect("written");
        let login = Login { host: "h", port: 1, database: "d", user: "u" };
        assert!(lookup(file.path(), login).is_some());
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o640)).expect("chmod");
        assert!(objection(file.path()).is_some_and(|why| why.contains("0600")));
        assert!(lookup(file.path(), login).is_none());
    }
}
