//! What `seed-dev` does beside filling tables, in its transaction: the marker, emptied tables, files of SQL.

use super::fault::Fault;
use super::marker::Marker;
use super::session::Target;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::{Name, TableName, literal};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

/// The comment of the database that a session is in.
#[derive(Debug, Clone, Default)]
pub struct Comment {
    /// The marker at its head.
    pub marker: Option<Marker>,
    /// What a person wrote.
    pub rest: String,
    /// May our role change it.
    pub owned: bool,
}

/// Reads the comment of the database.
pub async fn comment(target: &Target) -> Result<Comment> {
    let sql = "SELECT pg_catalog.shobj_description(oid, 'pg_database'), pg_catalog.pg_has_role(datdba, 'USAGE') \
               FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()";
    let row = target.client().query_one(sql, &[]).await.map_err(|error| {
        Fault::schema(error).into_refusal("catalog", Place::Run, "cannot read the database's comment")
    })?;
    let text = row.get::<_, Option<String>>(0).unwrap_or_default();
    let (marker, rest) = Marker::read(&text);
    Ok(Comment { marker, rest: rest.to_owned(), owned: row.get(1) })
}

/// Writes a marker before what a person wrote.
pub async fn mark(target: &Target, database: &str, marker: &Marker, rest: &str) -> Result<()> {
    let comment = literal(&marker.comment(rest));
    let sql = format!("COMMENT ON DATABASE {} IS {comment}", Name::from(database).sql());
    target.execute(&sql, Place::Run, "cannot write the database's marker").await
}

/// Empties tables in one statement; whole trees where a table is partitioned, else without what inherits from it.
pub async fn truncate(target: &Target, tables: &[(TableName, bool)]) -> Result<()> {
    if tables.is_empty() {
        return Ok(());
    }
    let one = |(table, tree): &(TableName, bool)| format!("{}{}", if *tree { "" } else { "ONLY " }, table.sql());
    let sql = format!("TRUNCATE {}", tables.iter().map(one).collect::<Vec<_>>().join(", "));
    target.client().batch_execute(&sql).await.map_err(|error| {
        Fault::rows(error).into_refusal("seed-truncate", Place::Run, "cannot empty the tables that standin filled")
    })
}

/// One file of SQL.
#[derive(Debug, Clone)]
pub struct Migration {
    /// Its name.
    pub file: String,
    /// Its text.
    pub text: String,
    /// The SHA-256 of its text.
    pub sha256: String,
}

impl Migration {
    /// The word of a statement that would end the transaction that all files are applied in.
    pub fn ends_transaction(&self) -> Option<String> {
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, &self.text).tokenize().ok()?;
        let mut words = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_)));
        // A body in BEGIN ATOMIC … END has statements of its own.
        let atomic = tokens.iter().any(|token| word(token).as_deref() == Some("ATOMIC"));
        let ends = |token: &&Token, after: Option<String>| {
            let word = word(token)?;
            let control = match word.as_str() {
                "BEGIN" | "COMMIT" | "ABORT" => true,
                "START" | "PREPARE" => after.as_deref() == Some("TRANSACTION"),
                "ROLLBACK" => after.as_deref() != Some("TO"),
                "END" => !atomic,
                _ => false,
            };
            control.then_some(word)
        };
        let mut first = true;
        while let Some(token) = words.next() {
            if first && let Some(found) = ends(&token, words.clone().next().and_then(word)) {
                return Some(found);
            }
            first = matches!(token, Token::SemiColon);
        }
        None
    }

    /// Applies it in the transaction that the caller began.
    pub async fn apply(&self, target: &Target) -> Result<()> {
        let failed = |error| self.failed(error);
        let client = target.client();
        client.batch_execute("SET search_path TO DEFAULT").await.map_err(failed)?;
        let before = transaction(target).await?;
        client.batch_execute(&self.text).await.map_err(failed)?;
        if transaction(target).await? != before {
            let message = "the file ended the transaction that all files are applied in";
            let help = "take COMMIT and ROLLBACK out of it, and look at what is in the database now";
            let place = Place::Object(self.file.clone());
            return Err(Error::failed(Diagnostic::error("migration", place, message).help(help)));
        }
        client.batch_execute("SET search_path = ''; SET CONSTRAINTS ALL IMMEDIATE").await.map_err(failed)
    }

    fn failed(&self, error: tokio_postgres::Error) -> Error {
        let (fault, at) = Fault::written(error);
        if fault.is_connection_lost() {
            return fault.into_error("migration", Place::Object(self.file.clone()), "the connection ended");
        }
        let line = |at: u32| self.text.chars().take(at.saturating_sub(1) as usize).filter(|c| *c == '\n').count() + 1;
        let place = Place::Object(at.map_or(self.file.clone(), |at| format!("{}:{}", self.file, line(at))));
        let help = "correct the file; none of them was applied";
        Error::failed(Diagnostic::error("migration", place, format!("the file cannot be applied: {fault}")).help(help))
    }
}

fn word(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_uppercase()),
        _ => None,
    }
}

async fn transaction(target: &Target) -> Result<String> {
    let row = target.client().query_one("SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text", &[]).await;
    let row =
        row.map_err(|error| Fault::schema(error).into_error("migration", Place::Run, "cannot read its number"))?;
    Ok(row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_the_transaction_is_found() {
        let found =
            |text: &str| Migration { file: String::new(), text: text.into(), sha256: String::new() }.ends_transaction();
        for (text, word) in [
            ("create table a (); commit;", Some("COMMIT")),
            ("-- x\nbegin;", Some("BEGIN")),
            ("start transaction", Some("START")),
            ("rollback", Some("ROLLBACK")),
            ("rollback to a; savepoint a; prepare p as select 1", None),
            ("do $$ begin null; commit; end $$", None),
            (
                "create function f() returns int begin atomic select 1; end; insert into \"begin\" values ('; commit')",
                None,
            ),
        ] {
            assert_eq!(found(text).as_deref(), word, "{text}");
        }
    }
}
