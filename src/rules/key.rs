//! Where the masking key comes from, and which keys are refused.

use super::interpolate::fill;
use super::variables::{Variables, directory};
use super::{Environment, KeyRule};
use crate::words::diagnostic::{Diagnostic, Place, Spanned};
use crate::words::error::{Error, Result};
use crate::words::secret::{Key, Secret};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Where a key came from, as the report says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// A variable.
    Env,
    /// A file.
    File,
    /// Drawn for this run and forgotten.
    Fresh,
}

impl KeySource {
    /// The report's word for it.
    pub fn word(self) -> &'static str {
        match self {
            KeySource::Env => "env",
            KeySource::File => "file",
            KeySource::Fresh => "fresh",
        }
    }
}

/// The masking key of an environment: its `key:`, else STANDIN_KEY, else the file that STANDIN_KEY_FILE names.
pub fn key(environment: &Environment, variables: &Variables, fresh: bool) -> Result<(Key, KeySource)> {
    let place = Place::from(&environment.name.place);
    let (found, id) = match &environment.key {
        _ if fresh => (random()?, None),
        Some(KeyRule::Fresh(_)) => (random()?, None),
        Some(KeyRule::Env { name, id }) => {
            let text = variables.get(&name.value).filter(|text| !text.expose().trim().is_empty());
            let text =
                text.ok_or_else(|| missing(format!("the variable {} is not set", name.value), (&name.place).into()))?;
            ((parse(text, &name.value, (&name.place).into())?, KeySource::Env), id.as_ref())
        }
        Some(KeyRule::File { path, id }) => {
            let filled = fill(path, variables).map_err(Error::usage)?;
            let file = directory(Path::new(&path.place.file.path)).join(filled.expose());
            ((from_file(file, (&path.place).into())?, KeySource::File), id.as_ref())
        }
        Some(KeyRule::Default { id }) => (from_variables(variables, (&id.place).into())?, Some(id)),
        None => (from_variables(variables, place)?, None),
    };
    if let Some(id) = id {
        same_id(&found.0, id)?;
    }
    Ok(found)
}

/// The key in STANDIN_KEY or STANDIN_KEY_FILE, without any environment: for `standin key --id`.
pub fn from_variables(variables: &Variables, place: Place) -> Result<(Key, KeySource)> {
    let given = |name| variables.get(name).filter(|text| !text.expose().trim().is_empty());
    match (given("STANDIN_KEY"), given("STANDIN_KEY_FILE")) {
        (Some(text), _) => Ok((parse(text, "STANDIN_KEY", place)?, KeySource::Env)),
        (None, Some(path)) => Ok((from_file(PathBuf::from(path.expose()), place)?, KeySource::File)),
        (None, None) => Err(missing("there is no masking key".to_owned(), place)),
    }
}

fn random() -> Result<(Key, KeySource)> {
    let unreadable = |error: std::io::Error| {
        Diagnostic::error("no-randomness", Place::Run, format!("/dev/urandom cannot be read: {}", error.kind()))
    };
    Ok((Key::random().map_err(|error| Error::failed(unreadable(error)))?, KeySource::Fresh))
}

/// Keys are a few dozen characters; anything longer is another file.
const LONGEST: u64 = 1024;

fn from_file(path: PathBuf, place: Place) -> Result<Key> {
    let shown = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        missing(format!("the key file {shown} cannot be read: {}", error.kind()), place.clone())
    };
    let file = std::fs::File::open(&path).map_err(unreadable)?;
    let facts = file.metadata().map_err(unreadable)?;
    let mode = facts.permissions().mode() & 0o777;
    if facts.is_file() && mode & 0o007 != 0 {
        let message = format!("the key file {shown} is open to every user of this machine (mode {mode:04o})");
        let help = format!("run `chmod 600 {shown}`; if others had access, make a new key with `standin key`");
        return Err(Error::refused(Diagnostic::error("key-file-open", place, message).help(help)));
    }
    let mut text = zeroize::Zeroizing::new(String::new());
    file.take(LONGEST).read_to_string(&mut text).map_err(unreadable)?;
    parse(&Secret::new(text.as_str()), &shown, place)
}

fn parse(text: &Secret, whose: &str, place: Place) -> Result<Key> {
    Key::parse(text.expose()).map_err(|reason| {
        let diagnostic = Diagnostic::error("key-malformed", place, format!("{whose} holds no usable key: {reason}"));
        Error::usage(diagnostic.help("`standin key` prints a new one: 64 hex digits"))
    })
}

fn missing(message: String, place: Place) -> Error {
    let help = "`standin key` makes one; put it into STANDIN_KEY, or into a file named by STANDIN_KEY_FILE. \
                `--fresh-key` masks with a key that is forgotten after the run";
    Error::usage(Diagnostic::error("no-key", place, message).help(help))
}

fn same_id(key: &Key, id: &Spanned<String>) -> Result<()> {
    if key.id() == id.value {
        return Ok(());
    }
    let message = format!("the key is {}, and the rules file asks for {}", key.id(), id.value);
    let help = "with another key every pseudonym changes; use the right key, or change `id` on purpose";
    Err(Error::refused(Diagnostic::error("key-id", &id.place, message).help(help)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::diagnostic::SourceFile;
    use std::sync::Arc;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    /// The fingerprint and source of the key, or the exit code and first message.
    fn found(
        path: &Path,
        line: &str,
        variables: &Variables,
        fresh: bool,
    ) -> std::result::Result<(String, KeySource), (u8, String)> {
        let text = format!("version: 1\nenvironments:\n  e:\n    tier: staging\n    url: x\n{line}");
        let file = SourceFile { path: path.display().to_string(), text };
        let rules = crate::rules::parse(Arc::new(file)).expect("rules");
        let found = key(&rules.environments[0], variables, fresh).map(|(key, source)| (key.id(), source));
        found.map_err(|error| (error.exit_code(), error.diagnostics()[0].message.clone()))
    }

    #[test]
    fn the_key_comes_from_the_first_place_that_has_one() {
        let nowhere = Path::new("r.yaml");
        let id = Key::parse(HEX).expect("a key").id();
        let set = Variables::of([("STANDIN_KEY", HEX), ("OTHER", HEX)]);
        assert_eq!(found(nowhere, "", &set, false), Ok((id.clone(), KeySource::Env)));
        assert_eq!(found(nowhere, "    key: { env: OTHER }\n", &set, false), Ok((id.clone(), KeySource::Env)));
        assert_eq!(found(nowhere, &format!("    key: {{ id: {id} }}\n"), &set, false), Ok((id, KeySource::Env)));
        assert_eq!(found(nowhere, "    key: fresh\n", &set, false).map(|found| found.1), Ok(KeySource::Fresh));
        assert_eq!(found(nowhere, "", &Variables::default(), true).map(|found| found.1), Ok(KeySource::Fresh));
        let wrong = found(nowhere, "    key: { id: k00000000 }\n", &set, false).expect_err("another key");
        assert_eq!(wrong.0, 3);
        for (variables, line) in [
            (Variables::default(), ""),
            (Variables::of([("STANDIN_KEY", " ")]), ""),
            (Variables::of([("STANDIN_KEY", &HEX[..32])]), ""),
            (Variables::of([("STANDIN_KEY", &HEX[1..])]), ""),
            (Variables::of([("STANDIN_KEY", "0".repeat(64).as_str())]), ""),
            (Variables::of([("STANDIN_KEY_FILE", "/nonexistent")]), ""),
            (set, "    key: { env: MISSING }\n"),
        ] {
            let (code, message) = found(nowhere, line, &variables, false).expect_err("no key");
            assert_eq!(code, 2, "{message}");
            assert!(!message.contains(&HEX[1..32]) && !message.contains("0000"), "{message}");
        }
    }

    #[test]
    fn a_key_file_is_beside_the_rules_and_closed_to_others() {
        let directory = tempfile::tempdir().expect("a directory");
        let rules = directory.path().join("r.yaml");
        let file = directory.path().join("k");
        std::fs::write(&file, format!("{HEX}\n")).expect("write");
        let ask = |mode| {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("chmod");
            found(&rules, "    key: { file: k }\n", &Variables::default(), false)
        };
        assert_eq!(ask(0o600).map(|found| found.1), Ok(KeySource::File));
        assert_eq!(ask(0o440).map(|found| found.1), Ok(KeySource::File));
        assert_eq!(ask(0o644).map_err(|fault| fault.0), Err(3));
        std::fs::write(&file, "x".repeat(5000)).expect("write");
        let (code, message) = ask(0o600).expect_err("not a key");
        assert_eq!(code, 2);
        assert!(!message.contains("xx"));
    }
}
