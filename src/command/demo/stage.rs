//! The two servers of the demo, what production holds, and the rules that go with them.

use crate::pg::local::{LocalServer, Options};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::secret::Key;
use serde_json::Value;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

const SCHEMA: &str = include_str!("../../../migrations/shop/V1__shop.sql");
const SAMPLE: &str = include_str!("sample.sql");
const RULES: &str = include_str!("../../../rules/shop.yaml");

/// Both servers, up.
pub struct Stage {
    production: LocalServer,
    staging: LocalServer,
}

impl Stage {
    /// Starts both at once and writes the rules and a key beside production's data.
    pub fn start() -> Result<Self> {
        let (production, staging) = std::thread::scope(|scope| {
            let staging = scope.spawn(|| LocalServer::start(Options::default()));
            let production = LocalServer::start(Options::default());
            (production, staging.join())
        });
        let staging = staging.unwrap_or_else(|_| {
            Err(Error::failed(Diagnostic::error("server-start", Place::Run, "the staging server did not start")))
        });
        let stage = Stage { production: production?, staging: staging? };
        let key = Key::random().map_err(|error| unwritten(&error))?;
        stage.write("key", key.to_hex().expose())?;
        let rules = demo_rules(&stage.production.url("production"), &stage.staging.url("staging"));
        stage.write("standin.yaml", &rules)?;
        Ok(stage)
    }

    /// Makes the database `production`: the schema, then invented people.
    pub fn fill(&self) -> Result<()> {
        self.production.create_database("production")?;
        self.production.psql("production", SCHEMA)?;
        self.production.psql("production", SAMPLE).map(drop)
    }

    /// The rules file.
    pub fn rules(&self) -> PathBuf {
        self.production.directory().join("standin.yaml")
    }

    /// Where the report of the refresh goes.
    pub fn report(&self) -> PathBuf {
        self.production.directory().join("report.json")
    }

    /// The rows of one query, at production and at staging: objects of text.
    pub fn both(&self, query: &str) -> Result<[Vec<Value>; 2]> {
        let script = format!("SELECT coalesce(json_agg(q), '[]') FROM ({query}) q;");
        let rows = |server: &LocalServer, database: &str| {
            let text = server.psql(database, &script)?;
            serde_json::from_str(&text)
                .map_err(|_| Error::failed(Diagnostic::error("bug", Place::Run, "the demo cannot read its own rows")))
        };
        Ok([rows(&self.production, "production")?, rows(&self.staging, "staging")?])
    }

    /// Leaves both servers running and says how to reach, use and end them.
    pub fn keep(self) -> Result<String> {
        let (rules, production, staging) =
            (self.rules(), self.production.url("production"), self.staging.url("staging"));
        let (first, second) = (self.production.keep()?, self.staging.keep()?);
        let rules = rules.display();
        Ok(format!(
            "\nBoth servers run on:\n  psql '{production}'\n  psql '{staging}'\n\n\
             standin plan --rules {rules}\nstandin refresh --rules {rules}\nstandin rollback --rules {rules}\n\n\
             To end and remove them:\n  {}\n  {}\n",
            first.stop_command(),
            second.stop_command()
        ))
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.production.directory().join(name);
        let file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| unwritten(&error))
    }
}

/// The shipped rules with this demo's servers and key in place of variables: what the user's environment holds may be a
/// real production.
fn demo_rules(production: &str, staging: &str) -> String {
    RULES
        .replace("\"${PRODUCTION_URL}\"", &format!("\"{production}\""))
        .replace("\"${STAGING_URL}\"", &format!("\"{staging}\"\n    key: {{ file: key }}"))
}

fn unwritten(error: &std::io::Error) -> Error {
    let message = format!("the demo cannot write its rules: {}", error.kind());
    Error::failed(Diagnostic::error("demo", Place::Run, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_never_looks_at_the_user_s_environment() {
        let rules = demo_rules("postgresql:///production", "postgresql:///staging");
        assert!(!rules.contains("${"), "{rules}");
        assert!(rules.contains("url: \"postgresql:///production\"\n"));
        assert!(rules.contains("url: \"postgresql:///staging\"\n    key: { file: key }  "));
    }
}
