//! The marker: one line of JSON at the head of a database's comment says that standin made it, and from what.
//!
//! A comment may be written by the owner of a database, who may not set unknown parameters: hence its place.

use super::types::Oid;
use jiff::Timestamp;
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
    /// True if rows were replaced in a database that was there (`into: existing`): what else it holds, nobody has seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub existing: bool,
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
    /// The snapshot's time of the newest clone of the environment that was built without subjects, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgot_at: Option<String>,
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

    /// Takes over what the database in whose place it comes knows of subjects that were forgotten.
    pub fn after(mut self, live: Option<&Marker>) -> Marker {
        let known = live.and_then(|live| live.forgot_at.clone());
        if time(known.as_deref()) > time(self.forgot_at.as_deref()) {
            self.forgot_at = known;
        }
        self
    }

    /// True if going back to this database may bring subjects back that the live one was, or came after one that was, built without.
    pub fn brings_back(&self, live: &Marker) -> bool {
        let older = time(Some(self.snapshot_at.as_str())) < time(live.forgot_at.as_deref());
        older && (self.forgot.is_none() || self.forgot != live.forgot)
    }

    /// The comment with this marker, and what a person wrote after it.
    pub fn comment(&self, rest: &str) -> String {
        let line = serde_json::to_string(self).unwrap_or_default();
        if rest.is_empty() { line } else { format!("{line}\n{rest}") }
    }
}

/// A time that can be compared; what is none comes before all.
fn time(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
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

    #[test]
    fn an_erasure_is_remembered_by_all_that_comes_after() {
        let made = |at: &str, forgot: Option<&str>| Marker {
            snapshot_at: at.into(),
            forgot: forgot.map(str::to_owned),
            forgot_at: forgot.map(|_| at.to_owned()),
            ..Marker::default()
        };
        let (before, erased) = (made("2026-01-01T00:00:00.5Z", None), made("2026-01-08T00:00:00Z", Some("x")));
        let next = made("2026-01-15T00:00:00Z", None).after(Some(&erased));
        assert_eq!(next.forgot_at, erased.forgot_at);
        assert!(before.brings_back(&erased) && before.brings_back(&next) && Marker::default().brings_back(&next));
        assert!(!erased.brings_back(&next) && !next.brings_back(&erased) && !erased.brings_back(&before));
        // Gone back to on purpose, it still knows.
        let back = before.clone().after(Some(&next));
        assert!(before.brings_back(&back) && !next.brings_back(&back));
        let longer = made("2026-01-22T00:00:00Z", Some("y"));
        assert!(erased.brings_back(&longer) && !made("2026-01-21T00:00:00Z", Some("y")).brings_back(&longer));
    }
}
