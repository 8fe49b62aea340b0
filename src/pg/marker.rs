//! The marker: one line of JSON at the head of a database's comment says that standin made it, and from what.
//!
//! A comment may be written by the owner of a database, who may not set unknown parameters: hence its place.

use super::types::Oid;
use serde::{Deserialize, Serialize};

/// What a database that standin made says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// The format, 1.
    pub standin: u32,
    /// The tool's version.
    pub version: String,
    /// The environment's name.
    pub environment: String,
    /// The name under which it is, was or will be published.
    pub database: String,
    /// Where it stands.
    pub state: State,
    /// The run that made it.
    pub run: String,
    /// When this state began, RFC 3339.
    pub at: String,
    /// SHA-256 of the rules file.
    pub rules: String,
    /// SHA-256 of the report as it was when the names were swapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// The key's fingerprint.
    pub key: String,
    /// The snapshot's time, RFC 3339.
    pub snapshot_at: String,
    /// The baseline's name, of a baseline and of what was made from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// The oid of the database that a baseline was saved from, that a prepared copy was made from, or beside which a held
    /// one was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Oid>,
    /// Tables that `seed-dev` filled, as they are quoted in SQL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeded: Vec<String>,
    /// Files of `--migrations` that `seed-dev` applied, each with the SHA-256 of its text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub migrations: Vec<(String, String)>,
    /// Until when a held database may be published, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// A keyed fingerprint of the files of subjects that it was built without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgot: Option<String>,
}

/// Where a database of standin's stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A run fills it.
    #[default]
    Building,
    /// It is built and proven, and waits to be published.
    Held,
    /// It is the environment's database.
    Published,
    /// It was, and is kept.
    Previous,
    /// It is a template that the environment's database can be put back to.
    Baseline,
    /// It is a copy of a baseline, made ahead of time.
    Prepared,
    /// It is a developer's, with generated rows.
    Seeded,
}

impl Marker {
    /// Reads the marker of a comment, and the comment that stands after it.
    pub fn read(comment: &str) -> (Option<Marker>, &str) {
        let (line, rest) = comment.split_once('\n').unwrap_or((comment, ""));
        if !line.starts_with("{\"standin\":") {
            return (None, comment);
        }
        match serde_json::from_str(line) {
            Ok(marker) => (Some(marker), rest),
            Err(_) => (None, comment),
        }
    }

    /// The comment with this marker, and what a person wrote after it.
    pub fn comment(&self, rest: &str) -> String {
        let line = serde_json::to_string(self).unwrap_or_default();
        if rest.is_empty() { line } else { format!("{line}\n{rest}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_survives_its_marker() {
        let marker = Marker {
            standin: 1,
            version: "0.1.0".into(),
            environment: "staging".into(),
            database: "shop".into(),
            state: State::Building,
            run: "r".into(),
            at: "2026-01-01T00:00:00Z".into(),
            key: "k".into(),
            ..Marker::default()
        };
        let comment = marker.comment("our\nstaging");
        assert_eq!(Marker::read(&comment), (Some(marker), "our\nstaging"));
        assert_eq!(Marker::read("our staging"), (None, "our staging"));
    }
}
