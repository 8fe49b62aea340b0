//! One SQL expression of the rules file: parsed, never searched; clock functions replaced, volatile ones refused.
//!
//! The text is edited in place where the parse says so and is otherwise sent as it was written, so that the parser's
//! idea of how to print SQL never decides what the server runs.

mod names;
mod reader;
#[cfg(test)]
mod tests;

use super::Check;
use super::clock::Clock;
use crate::catalog::{Catalog, Table};
use crate::words::diagnostic::{Diagnostic, FilePlace, Place};
use crate::words::name::{TableName, literal};
use reader::Reader;
use sqlparser::ast::Visit;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};
use std::collections::BTreeSet;

/// An expression that is right as far as can be told without the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// The SQL: the table's alias is `t`, tables of sub-selects are qualified, the clock stands still.
    pub sql: String,
    /// The functions that it calls, by schema and name.
    pub functions: BTreeSet<TableName>,
}

/// What an expression may speak of.
pub struct Scope<'a> {
    /// The source's catalog, for sub-selects.
    pub catalog: &'a Catalog,
    /// The table whose rows it is about.
    pub table: &'a Table,
    /// The snapshot's time.
    pub clock: &'a Clock,
    /// Where it stands.
    pub place: &'a FilePlace,
}

impl Expression {
    /// Reads one expression.
    pub fn parse(text: &str, scope: &Scope<'_>) -> Result<Self, Vec<Diagnostic>> {
        let fault = |message: String| vec![scope.fault(message)];
        let dialect = PostgreSqlDialect {};
        let tokens = Tokenizer::new(&dialect, text)
            .tokenize_with_location()
            .map_err(|error| fault(format!("the SQL cannot be read: {error}")))?;
        for token in &tokens {
            match &token.token {
                Token::SemiColon => return Err(fault("the SQL must be one expression, without `;`".into())),
                Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_)) => {
                    return Err(fault("the SQL must be one expression, without comments".into()));
                }
                Token::Placeholder(_) => return Err(fault("the SQL has a placeholder, which nothing fills".into())),
                _ => {}
            }
        }
        let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens.clone());
        let parsed = parser.parse_expr().map_err(|error| fault(format!("the SQL cannot be read: {error}")))?;
        if parser.peek_token().token != Token::EOF {
            return Err(fault(format!("the SQL goes on after the expression, at `{}`", parser.peek_token().token)));
        }
        let mut reader = Reader::new(text, &tokens, scope);
        let _ = parsed.visit(&mut reader);
        reader.finish()
    }

    /// What the server is asked before the run: is it a boolean there, and is none of its functions volatile.
    pub fn probes(&self, from: &str, scope: &Scope<'_>) -> Vec<Check> {
        let place = Place::ObjectInFile(scope.table.name.to_string(), scope.place.clone());
        let over = |limit: &str| {
            format!(
                "SELECT pg_catalog.count(*) FROM (SELECT 1 FROM {from} AS t WHERE ({}) IS TRUE{limit}) AS rows",
                self.sql
            )
        };
        let words = Diagnostic::error("predicate", place.clone(), "the source does not take this SQL as a condition")
            .help("it must be a boolean over the columns of this table; functions and types of extensions need their schema");
        let mut probes = vec![Check { every_row: Some(over("")), ..Check::new(over(" LIMIT 0"), words) }];
        if !self.functions.is_empty() {
            let names: Vec<String> = self
                .functions
                .iter()
                .map(|name| format!("({}, {})", literal(name.schema.as_str()), literal(name.name.as_str())))
                .collect();
            let sql = format!(
                "SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc p \
                 JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
                 WHERE p.provolatile = 'v' AND (n.nspname, p.proname) IN ({})",
                names.join(", ")
            );
            let help = "a condition must give the same answer in every session of the run: use functions that are STABLE or IMMUTABLE";
            let words = Diagnostic::error("predicate", place, "this SQL calls a volatile function");
            probes.push(Check::new(sql, words.help(help)));
        }
        probes
    }
}

impl Scope<'_> {
    fn fault(&self, message: String) -> Diagnostic {
        let place = Place::ObjectInFile(self.table.name.to_string(), self.place.clone());
        Diagnostic::error("predicate", place, message)
    }
}
