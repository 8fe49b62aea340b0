//! The file on disk: what is no rules file at all is said before anything is parsed.

use super::include::{hex, parts};
use super::{Rules, document};
use crate::words::diagnostic::{Diagnostic, FilePlace, Place, SourceFile};
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// A sort of file.
pub struct Sort {
    /// What it is called.
    name: &'static str,
    /// Larger than any of them, smaller than what would hurt.
    mebibytes: u64,
    /// What to do where it cannot be read.
    help: &'static str,
}

const RULES: Sort = Sort {
    name: "rules file",
    mebibytes: 4,
    help: "name the rules file with --rules FILE or STANDIN_RULES; otherwise it is ./standin.yaml",
};

/// What `standin profile` writes.
pub const PROFILE: Sort = Sort {
    name: "profile",
    mebibytes: 64,
    help: "its path is relative to the rules file; `standin profile` makes one",
};

/// A file's text, and SHA-256 of its bytes, in hex.
pub struct Text {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The hash.
    pub sha256: String,
}

/// Reads and decodes a rules file and what it includes; every fault of the files comes together.
pub fn read(path: &Path) -> Result<Rules, Vec<Diagnostic>> {
    decode(load(path).map_err(|fault| vec![fault])?)
}

/// Decodes a rules file that has been read.
pub fn parse(file: Arc<SourceFile>) -> Result<Rules, Vec<Diagnostic>> {
    let sha256 = hex(&Sha256::digest(file.text.as_bytes()));
    decode(Text { file, sha256 })
}

/// Reads the text of a file.
pub fn load(path: &Path) -> Result<Text, Diagnostic> {
    let bytes = bytes(path, &RULES)?;
    let sha256 = hex(&Sha256::digest(&bytes));
    let text = text(path, bytes)?;
    Ok(Text { file: Arc::new(SourceFile { path: path.display().to_string(), text }), sha256 })
}

fn decode(text: Text) -> Result<Rules, Vec<Diagnostic>> {
    document::decode(parts(text), crate::mask::ALL)
}

/// The text of a file of a sort.
pub fn contents(path: &Path, sort: &Sort) -> Result<String, Diagnostic> {
    text(path, bytes(path, sort)?)
}

fn bytes(path: &Path, sort: &Sort) -> Result<Vec<u8>, Diagnostic> {
    let Sort { name, mebibytes, help } = sort;
    let shown = crate::words::name::printable(&path.display().to_string());
    let fault =
        |message: String, help: &str| Diagnostic::error("file", Place::Object(shown.clone()), message).help(help);
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => fault(format!("there is no {name} {shown}"), help),
        kind => fault(format!("the {name} {shown} cannot be read: {kind}"), help),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(fault(format!("{shown} is a directory"), help));
    }
    let (mut bytes, largest) = (Vec::new(), mebibytes << 20);
    file.take(largest + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > largest {
        return Err(fault(format!("{shown} is larger than {mebibytes} MiB"), &format!("is this a {name}?")));
    }
    Ok(bytes)
}

/// The text of a file without its byte order mark; it must be UTF-8 without NUL.
fn text(path: &Path, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    let shown = path.display().to_string();
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let fault = Diagnostic::error("encoding", Place::Object(shown.clone()), format!("{shown} is in UTF-16"));
        return Err(fault.help("save it as UTF-8"));
    }
    let whole = |text: &str| text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let (text, at, what) = match String::from_utf8(bytes) {
        Ok(text) => match whole(&text).find('\0') {
            None => return Ok(whole(&text)),
            Some(at) => (whole(&text), at, "a NUL byte"),
        },
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let before = whole(&String::from_utf8_lossy(&bytes[..valid]));
            (before.clone(), before.len(), "a byte that is not UTF-8")
        }
    };
    let place = FilePlace { file: Arc::new(SourceFile { path: shown, text }), span: at..at };
    Err(Diagnostic::error("encoding", place, format!("here is {what}")).help("save the file as UTF-8"))
}
