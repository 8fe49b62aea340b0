//! Cuts the script of `pg_restore --verbose` into entries.
//!
//! Each entry begins with a comment that names its number in the archive, its class and its oid. A body that imitates
//! such a comment is not taken for one unless it names an entry of the archive's list that has not come yet; a name
//! that imitates the rest of the comment is not believed: the list begins with the kind.

use crate::pg::types::Oid;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::{Name, literal, printable};
use std::collections::HashMap;

/// One entry of an archive: statements that make one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number in the archive.
    pub number: u32,
    /// The oid at the source of what it makes.
    pub oid: Oid,
    /// What it makes, as in `TABLE` or `FK CONSTRAINT`.
    pub kind: String,
    /// What it is called, for messages.
    pub name: String,
    /// The statements.
    pub sql: String,
    /// The tablespace that it asks for.
    pub tablespace: Option<Name>,
    /// The table access method that it asks for, if it is not heap.
    pub method: Option<Name>,
}

impl Entry {
    /// The statements with the settings that they need, which are taken back after them.
    pub fn statements(&self) -> String {
        let mut sql = self.sql.clone();
        for (setting, value, usual) in
            [("default_tablespace", &self.tablespace, ""), ("default_table_access_method", &self.method, "heap")]
        {
            if let Some(value) = value {
                sql = format!("SET {setting} = {};\n{sql}\nSET {setting} = '{usual}';", literal(value.as_str()));
            }
        }
        sql
    }
}

/// What identifies an entry: number, class, oid.
type Id = (u32, Oid, Oid);

const MARK: &str = "--\n-- TOC entry ";

/// The entries of `pg_restore --list`, each with what its line says after the oid: kind, schema, name, owner.
pub(super) fn listed(list: &str) -> HashMap<Id, &str> {
    list.lines()
        .filter(|line| !line.starts_with(';'))
        .filter_map(|line| {
            let (number, rest) = line.split_once("; ")?;
            let (class, rest) = rest.split_once(' ')?;
            let (oid, rest) = rest.split_once(' ')?;
            Some(((number.parse().ok()?, class.parse().ok()?, oid.parse().ok()?), rest))
        })
        .collect()
}

/// The entries of a script, in its order.
pub(super) fn entries(script: &str, listed: &HashMap<Id, &str>) -> Result<Vec<Entry>> {
    let end = script.rfind("\n-- Completed on ").unwrap_or(script.len());
    let script = &script[..end];
    let mut left = listed.clone();
    let mut starts = Vec::new();
    for (at, _) in script.match_indices(MARK) {
        let at_line_start = at == 0 || script[..at].ends_with('\n');
        let Some(id) = identity(&script[at..]).filter(|id| at_line_start && left.contains_key(id)) else { continue };
        if let Some(header) = header(&script[at..], left[&id]) {
            left.remove(&id);
            starts.push((at, id, header));
        }
    }
    let mut settings = Settings::default();
    settings.take(&script[..starts.first().map_or(0, |(at, ..)| *at)]);
    let mut entries = Vec::with_capacity(starts.len());
    for (index, (at, id, header)) in starts.iter().enumerate() {
        let until = starts.get(index + 1).map_or(script.len(), |(next, ..)| *next);
        let body = &script[at + header.length..until];
        let (tablespace, method) = (settings.tablespace.clone(), settings.method.clone());
        let sql = settings.take(body).to_owned();
        let (kind, name) = (header.kind.to_owned(), printable(header.name));
        entries.push(Entry { number: id.0, oid: id.2, kind, name, sql, tablespace, method });
    }
    if entries.iter().any(|entry| entry.sql.contains('\0')) {
        return Err(Error::failed(Diagnostic::error("schema-read", Place::Run, "the schema holds a NUL byte")));
    }
    Ok(entries)
}

struct Header<'a> {
    kind: &'a str,
    name: &'a str,
    /// Bytes up to the first statement.
    length: usize,
}

/// Reads `-- TOC entry 12 (class 1259 OID 16386)`.
fn identity(text: &str) -> Option<Id> {
    let rest = text.strip_prefix(MARK)?;
    let (number, rest) = rest.split_once(" (class ")?;
    let (class, rest) = rest.split_once(" OID ")?;
    let (oid, _) = rest.split_once(')')?;
    Some((number.parse().ok()?, class.parse().ok()?, oid.parse().ok()?))
}

/// Reads the lines after it, as `-- Name: t; Type: TABLE; Schema: public; Owner: o`, where each name may hold anything.
fn header<'a>(text: &'a str, listed: &str) -> Option<Header<'a>> {
    let line = text.lines().find(|line| line.starts_with("-- Name: "))?;
    let (at_kind, kind) = line
        .match_indices("; Type: ")
        .filter_map(|(at, sign)| Some((at, line[at + sign.len()..].split("; Schema: ").next()?)))
        .find(|(_, kind)| listed.strip_prefix(kind).is_some_and(|rest| rest.starts_with(' ')))?;
    let length = text.find("\n--\n\n")? + 5;
    Some(Header { kind, name: line[9..at_kind].trim(), length })
}

/// The settings that pg_restore writes between entries; they hold until the next ones.
#[derive(Default)]
struct Settings {
    tablespace: Option<Name>,
    method: Option<Name>,
}

impl Settings {
    /// Takes settings from the end of a body, where they stand for the next entry; returns the body without them.
    fn take<'a>(&mut self, body: &'a str) -> &'a str {
        let mut body = body.trim_end();
        let mut lines = Vec::new();
        loop {
            let at = body.rfind('\n').map_or(0, |at| at + 1);
            let Some(setting) = body[at..].strip_prefix("SET default_table") else { break };
            lines.push(setting);
            body = body[..at].trim_end();
        }
        for line in lines.into_iter().rev() {
            if let Some(value) = line.strip_prefix("space = ") {
                self.tablespace = setting(value).filter(|name| !name.as_str().is_empty());
            } else if let Some(value) = line.strip_prefix("_access_method = ") {
                self.method = setting(value).filter(|name| name.as_str() != "heap");
            }
        }
        body
    }
}

/// The name in `"a""b";`, `'';` or `name;`.
fn setting(value: &str) -> Option<Name> {
    let value = value.strip_suffix(';')?;
    let bare = value.trim_matches(|quote| quote == '"' || quote == '\'').replace("\"\"", "\"");
    Some(Name::from(bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_imitates_a_comment_is_not_believed() {
        let list = "; Archive\n7; 1259 16386 TABLE s; Type: ACL; Schema: z t; Type: SUBSCRIPTION; Schema: y o; Type: EVENT TRIGGER; Schema: x\n";
        let script = "--\n-- TOC entry 7 (class 1259 OID 16386)\n\
             -- Name: t; Type: SUBSCRIPTION; Schema: y; Type: TABLE; Schema: s; Type: ACL; Schema: z; Owner: o; Type: EVENT TRIGGER; Schema: x\n\
             --\n\nCREATE TABLE t ();\n\n\n-- Completed on x\n";
        let entries = entries(script, &listed(list)).expect("entries");
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].kind.as_str(), entries[0].sql.as_str()), ("TABLE", "CREATE TABLE t ();"));
    }
}
