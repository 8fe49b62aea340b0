//! `include:`, files that several rules files share: each is read once, before the file that includes it.
//!
//! What two files both say is a fault of the one that is read later.

use super::fault::{Faults, shown};
use super::file::{Text, load};
use super::keys::{FILE, Key, SHARED};
use super::node::{self, Node, Scalar};
use crate::words::diagnostic::{Diagnostic, FilePlace, SourceFile};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More files than any rules need, and none of them nests deeper.
const MOST: usize = 64;

/// One file as a tree, with the faults found in it so far.
pub struct Part {
    /// The file.
    pub file: Arc<SourceFile>,
    /// What it says; `None` if it is not YAML.
    pub root: Option<Node>,
    /// Its faults.
    pub faults: Faults,
}

/// A rules file with all that it includes.
pub struct Parts {
    /// Included files before those that include them; the rules file itself is the last.
    pub all: Vec<Part>,
    /// Files that could not be read, beyond the faults of the parts.
    pub unread: Vec<Diagnostic>,
    /// SHA-256 of the file's bytes; of several files one over all of theirs, in hex.
    pub sha256: String,
    /// Every file that is named could be read.
    pub complete: bool,
}

/// Reads what a rules file includes.
pub fn parts(text: Text) -> Parts {
    let whole = Parts { all: Vec::new(), unread: Vec::new(), sha256: String::new(), complete: true };
    let mut reading = Reading { parts: whole, hashes: Vec::new(), done: Vec::new(), open: Vec::new() };
    let path = canonical(Path::new(&text.file.path));
    reading.file(text, path);
    let Reading { mut parts, mut hashes, .. } = reading;
    parts.sha256 = match hashes.len() {
        1 => hashes.remove(0),
        _ => hex(&Sha256::digest(hashes.join("\n"))),
    };
    parts
}

/// What an included file may say.
pub fn shared() -> Vec<Key> {
    let shared = FILE.iter().filter(|key| SHARED.contains(&key.name));
    shared.map(|key| Key { required: false, ..*key }).collect()
}

/// Adds what one more file says to what those before it said; `named` gives a thing's name and place.
pub fn join<T>(
    all: &mut Vec<T>,
    more: Vec<T>,
    kind: &str,
    named: impl Fn(&T) -> (String, &FilePlace),
    faults: &mut Faults,
) {
    let known: HashMap<String, &FilePlace> = all.iter().map(&named).collect();
    for one in &more {
        let (name, place) = named(one);
        if let Some(first) = known.get(&name) {
            faults.elsewhere(&format!("{kind} {}", shown(&name)), first, &place.span);
        }
    }
    all.extend(more);
}

/// Bytes in hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Reading {
    parts: Parts,
    hashes: Vec<String>,
    /// Files that were read.
    done: Vec<PathBuf>,
    /// Files that are being read, each included by the one before it.
    open: Vec<PathBuf>,
}

impl Reading {
    fn file(&mut self, Text { file, sha256 }: Text, path: PathBuf) {
        let mut faults = Faults::new(file.clone());
        let root = node::tree(&file.text, &mut faults);
        self.open.push(path);
        for name in root.as_ref().map(|root| includes(root, &mut faults)).unwrap_or_default() {
            self.include(&file, name, &mut faults);
        }
        self.done.extend(self.open.pop());
        self.hashes.push(sha256);
        self.parts.all.push(Part { file, root, faults });
    }

    fn include(&mut self, by: &SourceFile, name: &Scalar, faults: &mut Faults) {
        let mut refuse = |message: String, help: &str| {
            self.parts.complete = false;
            faults.add("include", &name.span, message, help);
        };
        if name.text.contains("${") {
            return refuse("`${…}` does not work in `include`".to_owned(), "write the path itself");
        }
        // Any other file could show in a snippet what nobody should see.
        if !matches!(Path::new(&name.text).extension().and_then(|end| end.to_str()), Some("yaml" | "yml")) {
            return refuse(
                format!("{} is not a YAML file by its name", shown(&name.text)),
                "name a file *.yaml or *.yml",
            );
        }
        let written = Path::new(&by.path).parent().unwrap_or(Path::new("")).join(&name.text);
        let path = canonical(&written);
        if self.open.contains(&path) {
            let message = format!("{} leads back to itself", shown(&name.text));
            return refuse(message, "take one of the lines out: what both need goes into a third file");
        }
        if self.done.contains(&path) {
            return;
        }
        if self.done.len() + self.open.len() >= MOST {
            return refuse(format!("more than {MOST} files are included"), "");
        }
        if path.exists() && !path.is_file() {
            return refuse(format!("{} is not a file", shown(&name.text)), "name a file *.yaml or *.yml");
        }
        match load(&written) {
            Ok(text) => self.file(text, path),
            Err(fault) if fault.place.file().is_some() => {
                self.parts.complete = false;
                self.parts.unread.push(fault);
            }
            Err(fault) => refuse(fault.message, "its path is relative to the file that includes it"),
        }
    }
}

/// The files that a file names.
fn includes<'n>(root: &'n Node, faults: &mut Faults) -> Vec<&'n Scalar> {
    let Node::Map(entries, _) = root else { return Vec::new() };
    let Some(node) = entries.iter().find(|entry| entry.key.text == "include").map(|entry| &entry.value) else {
        return Vec::new();
    };
    const WANTED: &str = "a list of files, as in `[shared/domains.yaml]`";
    let items = match node {
        Node::Scalar(_) => std::slice::from_ref(node),
        other => faults.items(other, "`include`", WANTED).unwrap_or_default(),
    };
    items.iter().filter_map(|item| faults.scalar(item, "`include`", WANTED)).collect()
}

/// The same for every way to write a path; of what is not there, the path as it is.
fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
