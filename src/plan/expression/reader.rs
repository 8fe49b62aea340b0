//! Walks a parsed expression: what must change in its text, and what may not be there.

use super::names::{Names, folded, idents, names, only_reads};
use super::{Expression, Scope};
use crate::catalog::{BaseType, TableKind};
use crate::plan::clock::Clock;
use crate::words::diagnostic::{Diagnostic, nearest};
use crate::words::name::{Name, TableName};
use sqlparser::ast::{
    Expr, Function, FunctionArguments, Ident, ObjectName, Query, TableFactor, Value, ValueWithSpan, Visitor,
};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan};
use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};

/// Writes the snapshot's time.
type Literal = fn(&Clock) -> String;

/// Functions that read the clock, and which literal stands for them.
const CLOCK: &[(&str, Literal)] = &[
    ("now", Clock::timestamptz),
    ("current_timestamp", Clock::timestamptz),
    ("transaction_timestamp", Clock::timestamptz),
    ("statement_timestamp", Clock::timestamptz),
    ("clock_timestamp", Clock::timestamptz),
    ("current_date", Clock::date),
    ("current_time", Clock::timetz),
    ("localtimestamp", Clock::timestamp),
    ("localtime", Clock::time),
];

/// Functions that give another answer each time, act on the server, or run SQL given as text.
const VOLATILE: &[&str] = &[
    "random",
    "random_normal",
    "setseed",
    "nextval",
    "setval",
    "currval",
    "lastval",
    "timeofday",
    "set_config",
    "current_query",
    "uuidv4",
    "uuidv7",
    "ts_stat",
    "ts_rewrite",
    "lowrite",
    "loread",
    "has_sequence_privilege",
];

/// The same, by how the name begins.
const VOLATILE_PREFIXES: &[&str] = &[
    "pg_",
    "dblink",
    "lo_",
    "txid_",
    "uuid_generate",
    "gen_",
    "query_to_",
    "table_to_",
    "schema_to_",
    "database_to_",
    "cursor_to_",
    "inet_client_",
    "inet_server_",
    "binary_upgrade_",
];

/// `pg_…` functions that are none of it.
const HARMLESS: &[&str] = &["pg_typeof", "pg_column_size", "pg_size_pretty", "pg_size_bytes"];

/// Texts that a cast to a date or time reads from the clock.
const CLOCK_WORDS: &[&str] = &["now", "today", "tomorrow", "yesterday"];

/// Walks the parsed expression and notes what must change in its text.
pub(super) struct Reader<'a> {
    text: &'a str,
    tokens: &'a [TokenWithSpan],
    lines: Vec<usize>,
    scope: &'a Scope<'a>,
    /// Names that the sub-selects around the present place define, innermost last; CTEs and FROM items apart.
    around: Vec<Names>,
    edits: Vec<(Range<usize>, String)>,
    functions: BTreeSet<TableName>,
    faults: Vec<Diagnostic>,
    /// Starts of identifiers that stand under a cast or NULL test.
    cast: BTreeSet<usize>,
    /// Starts of texts that are cast to a text type.
    texts: BTreeSet<usize>,
}

impl<'a> Reader<'a> {
    /// Reads a text that was parsed from these tokens.
    pub fn new(text: &'a str, tokens: &'a [TokenWithSpan], scope: &'a Scope<'a>) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Reader {
            text,
            tokens,
            lines,
            scope,
            around: Vec::new(),
            edits: Vec::new(),
            functions: BTreeSet::new(),
            faults: Vec::new(),
            cast: BTreeSet::new(),
            texts: BTreeSet::new(),
        }
    }

    /// The edited text, or every fault.
    pub fn finish(mut self) -> Result<Expression, Vec<Diagnostic>> {
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        self.edits.sort_by_key(|(range, _)| range.start);
        let (mut sql, mut done) = (String::new(), 0);
        for (range, with) in self.edits {
            sql.push_str(&self.text[done..range.start]);
            sql.push_str(&with);
            done = range.end;
        }
        sql.push_str(&self.text[done..]);
        Ok(Expression { sql, functions: self.functions })
    }

    fn refuse(&mut self, message: impl Into<String>, help: impl Into<String>) {
        let fault = self.scope.fault(message.into());
        let help = help.into();
        self.faults.push(if help.is_empty() { fault } else { fault.help(help) });
    }

    /// The byte offset of a place; columns count characters.
    fn offset(&self, at: Location) -> usize {
        let start = self.lines.get((at.line as usize).saturating_sub(1)).copied().unwrap_or(0);
        let line = &self.text[start..];
        line.char_indices()
            .nth((at.column as usize).saturating_sub(1))
            .map_or(self.text.len(), |(byte, _)| start + byte)
    }

    fn range(&self, first: &Ident, last: &Ident) -> Range<usize> {
        self.offset(first.span.start)..self.offset(last.span.end)
    }

    /// The end of the parenthesis that opens right after a place; the place itself if none does.
    fn after_parentheses(&self, from: usize) -> usize {
        let mut depth = 0;
        for token in self.tokens.iter().filter(|token| token.span.start.line > 0) {
            if self.offset(token.span.start) < from || matches!(token.token, Token::Whitespace(_)) {
                continue;
            }
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen if depth == 1 => return self.offset(token.span.end),
                Token::RParen => depth -= 1,
                _ if depth == 0 => return from,
                _ => {}
            }
        }
        from
    }

    fn is_table_around(&self, name: &str) -> bool {
        self.around.iter().any(|names| names.tables.contains(name))
    }

    /// `users.email`, `public.users.email`: the alias of the selection hides the table's name.
    fn qualified(&mut self, parts: &[Ident]) {
        let names: Vec<String> = parts.iter().map(folded).collect();
        let table = &self.scope.table.name;
        let own = match names.as_slice() {
            [schema, name, _] => *schema == *table.schema.as_str() && *name == *table.name.as_str(),
            [name, _] => *name == *table.name.as_str() && !self.is_table_around(name),
            _ => false,
        };
        if !own {
            return;
        }
        if self.is_table_around("t") {
            self.refuse(
                format!("the sub-select's `t` hides the row of {table} that `{}` means", names.join(".")),
                "give the sub-select's table another alias than `t`",
            );
            return;
        }
        let range = self.range(&parts[0], &parts[parts.len() - 2]);
        self.edits.push((range, "t".into()));
        self.column(&names[names.len() - 1], self.offset(parts[0].span.start));
    }

    /// Refuses a column whose operators the session would not find.
    fn column(&mut self, name: &str, at: usize) {
        let column = self.scope.table.column(&Name::from(name));
        let citext = column.is_some_and(|column| column.ty.base_type() == Some(BaseType::Citext));
        if citext && !self.cast.contains(&at) {
            self.refuse(
                format!(
                    "`{name}` is citext, whose operators are not in pg_catalog: it would be compared as text, with case"
                ),
                format!("write what is meant: `lower({name}::text) = …` or `{name}::text = …`"),
            );
        }
    }

    /// A lone name: a column, or the whole row by the table's name.
    fn lone(&mut self, ident: &Ident) {
        let name = folded(ident);
        let at = self.offset(ident.span.start);
        if !self.around.is_empty() {
            return;
        }
        let table = self.scope.table;
        if table.column(&Name::from(name.as_str())).is_some() {
            self.column(&name, at);
        } else if name == table.name.name.as_str() {
            let range = self.range(ident, ident);
            self.edits.push((range, "t".into()));
        }
    }

    fn function(&mut self, function: &Function) {
        let Some(parts) = idents(&function.name) else {
            self.refuse("a function's name cannot be read", "");
            return;
        };
        let names: Vec<String> = parts.iter().map(|ident| folded(ident)).collect();
        let (schema, name) = match names.as_slice() {
            [name] => ("pg_catalog", name.as_str()),
            [schema, name] => (schema.as_str(), name.as_str()),
            _ => {
                self.refuse(format!("`{}` names another database", names.join(".")), "");
                return;
            }
        };
        if schema == "pg_catalog" {
            if let Some((_, literal)) = CLOCK.iter().find(|(known, _)| *known == name) {
                let start = self.offset(parts[0].span.start);
                let end = self.offset(parts[parts.len() - 1].span.end);
                let after = self.after_parentheses(end);
                let precision = self.text[end..after].trim().trim_matches(['(', ')']).trim().to_owned();
                let with = if precision.is_empty() {
                    format!("({})", literal(self.scope.clock))
                } else {
                    format!("({}({precision}))", literal(self.scope.clock))
                };
                if precision.bytes().all(|byte| byte.is_ascii_digit()) {
                    self.edits.push((start..after, with));
                } else {
                    self.refuse(format!("`{name}` takes no argument but a precision"), "");
                }
                return;
            }
            if name == "age" && one_argument(&function.args) {
                self.refuse(
                    "`age(x)` counts from today's midnight, which is another one in each session",
                    "write `age(current_date, x)`",
                );
                return;
            }
        }
        self.call(schema, name);
    }

    fn call(&mut self, schema: &str, name: &str) {
        let volatile = VOLATILE.contains(&name)
            || (VOLATILE_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && !HARMLESS.contains(&name));
        if volatile {
            self.refuse(
                format!(
                    "`{name}` is volatile or acts on the server: every session of the run must get the same answer"
                ),
                "only the clock's functions have a fixed meaning here: now(), current_date and their kin",
            );
        }
        self.functions.insert(TableName::new(schema, name));
    }

    fn relation(&mut self, name: &ObjectName) {
        let Some(parts) = idents(name) else {
            self.refuse("a sub-select's table cannot be read", "");
            return;
        };
        let names: Vec<String> = parts.iter().map(|ident| folded(ident)).collect();
        let table = match names.as_slice() {
            [name] if self.around.iter().any(|around| around.ctes.contains(name)) => return,
            [name] => TableName::new("public", name.as_str()),
            [schema, name] => TableName::new(schema.as_str(), name.as_str()),
            _ => {
                self.refuse(format!("the sub-select names another database: `{}`", names.join(".")), "");
                return;
            }
        };
        match self.scope.catalog.table(&table) {
            Some(found) if found.kind == TableKind::Foreign => {
                self.refuse(format!("the sub-select reads {table}, a foreign table, which is never read"), "");
            }
            Some(_) => {
                let range = self.offset(parts[0].span.start)..self.offset(parts[parts.len() - 1].span.end);
                self.edits.push((range, table.sql()));
            }
            None => {
                let known: Vec<String> = self.scope.catalog.tables.iter().map(|known| known.name.to_string()).collect();
                let help = nearest(&table.to_string(), known.iter().map(String::as_str))
                    .map_or_else(String::new, |name| format!("did you mean {name}?"));
                self.refuse(format!("the sub-select reads {table}, which is no table of the source"), help);
            }
        }
    }

    fn text_value(&mut self, value: &ValueWithSpan) {
        let Value::SingleQuotedString(text) = &value.value else { return };
        let word = text.trim().to_lowercase();
        if CLOCK_WORDS.contains(&word.as_str()) && !self.texts.contains(&self.offset(value.span.start)) {
            self.refuse(
                format!("'{word}' as a date or time is read from the clock of each session"),
                format!("write now() or current_date; where a text is meant, '{word}'::text"),
            );
        }
    }

    /// Remembers what stands right under a cast or a NULL test.
    fn under(&mut self, expr: &Expr, text_type: bool) {
        match expr {
            Expr::Identifier(ident) => {
                self.cast.insert(self.offset(ident.span.start));
            }
            Expr::CompoundIdentifier(parts) => {
                self.cast.insert(self.offset(parts[0].span.start));
            }
            Expr::Value(value) if text_type => {
                self.texts.insert(self.offset(value.span.start));
            }
            _ => {}
        }
    }
}

impl Visitor for Reader<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.around.push(names(query));
        if !query.locks.is_empty() || !only_reads(&query.body) {
            self.refuse("a sub-select may only read: SELECT or VALUES, without locks", "");
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.around.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, args: None, sample: None, .. } => self.relation(name),
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
                match idents(name).as_deref() {
                    Some([name]) => self.call("pg_catalog", &folded(name)),
                    Some([schema, name]) => self.call(&folded(schema), &folded(name)),
                    _ => self.refuse("a function's name cannot be read", ""),
                }
            }
            TableFactor::Derived { sample: None, .. } | TableFactor::NestedJoin { .. } | TableFactor::UNNEST { .. } => {
            }
            _ => self.refuse("a sub-select may read tables and functions only, and no sample of them", ""),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Cast { expr, data_type, .. } => {
                let name = data_type.to_string().to_lowercase();
                self.under(expr, ["text", "char", "citext", "name"].iter().any(|text| name.contains(text)));
            }
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => self.under(inner, false),
            Expr::Identifier(ident) => self.lone(ident),
            Expr::CompoundIdentifier(parts) => self.qualified(parts),
            Expr::Function(function) => self.function(function),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        self.text_value(value);
        ControlFlow::Continue(())
    }
}

fn one_argument(args: &FunctionArguments) -> bool {
    matches!(args, FunctionArguments::List(list) if list.args.len() == 1)
}
