//! The connection service file of libpq: named sections of parameters.

use crate::words::secret::Secret;
use std::path::{Path, PathBuf};

/// Why a service gives no parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ServiceFault {
    /// No file has the section.
    #[error("no service of this name is defined in {0}")]
    Unknown(String),
    /// A line of the section is not `keyword=value`.
    #[error("{0}:{1}: not keyword=value, or a kind of line that standin does not read")]
    Line(String, usize),
}

/// The parameters of a service, from the first of the files that has it.
pub(super) fn lookup(name: &str, files: &[PathBuf]) -> Result<Vec<(String, Secret)>, ServiceFault> {
    for path in files {
        if let Ok(text) = std::fs::read_to_string(path)
            && let Some(found) = section(name, &text, path)?
        {
            return Ok(found);
        }
    }
    let places: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
    Err(ServiceFault::Unknown(places.join(", ")))
}

/// Where libpq looks: the file that is named, else the user's; then the system's.
pub(super) fn files(named: Option<PathBuf>, env: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let users = named.or_else(|| env("HOME").map(|home| Path::new(&home).join(".pg_service.conf")));
    let system = env("PGSYSCONFDIR").unwrap_or_else(|| "/etc/postgresql-common".into());
    users.into_iter().chain([Path::new(&system).join("pg_service.conf")]).collect()
}

fn section(name: &str, text: &str, path: &Path) -> Result<Option<Vec<(String, Secret)>>, ServiceFault> {
    let mut found: Option<Vec<(String, Secret)>> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') {
            if found.is_some() {
                break;
            }
            if line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) == Some(name) {
                found = Some(Vec::new());
            }
        } else if let Some(found) = &mut found {
            match line.split_once('=') {
                Some((key, value)) if !key.is_empty() && key != "service" && !line.starts_with("ldap") => {
                    found.push((key.trim().to_owned(), Secret::new(value.trim())));
                }
                _ => return Err(ServiceFault::Line(path.display().to_string(), number + 1)),
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_a_section() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("pg_service.conf");
        std::fs::write(&file, "# c\n[a]\nhost=ha\n\n[b]\nhost=hb\nport = 5433\n[c]\nnonsense\n").expect("written");
        let files = [directory.path().join("none"), file];
        let found = lookup("b", &files).expect("a service");
        let shown: Vec<_> = found.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect();
        assert_eq!(shown, ["host=hb", "port=5433"]);
        assert!(matches!(lookup("c", &files), Err(ServiceFault::Line(_, 9))));
        assert!(matches!(lookup("d", &files), Err(ServiceFault::Unknown(_))));
    }
}
