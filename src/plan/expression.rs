//! One SQL expression of the rules file: parsed, never searched; clock functions replaced, volatile ones refused.
//!
//! The text is edited in place where the parse says so and is otherwise sent as it was written, so that the parser's
//! idea of how to print SQL never decides what the server runs.

use super::Check;
use super::clock::Clock;
use crate::catalog::{BaseType, Catalog, Table, TableKind};
use crate::words::diagnostic::{Diagnostic, FilePlace, Place, nearest};
use crate::words::name::{Name, TableName, literal};
use sqlparser::ast::{
    Expr, Function, FunctionArguments, Ident, ObjectName, Query, SetExpr, TableFactor, TableWithJoins, Value,
    ValueWithSpan, Visit, Visitor,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};
use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};

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

/// Functions that read the clock, and which literal stands for them.
const CLOCK: &[(&str, fn(&Clock) -> String)] = &[
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
        let mut probes = vec![Check {
            sql: format!(
                "SELECT pg_catalog.count(*) FROM (SELECT 1 FROM {from} AS t WHERE ({}) IS TRUE LIMIT 0) AS nothing",
                self.sql
            ),
            diagnostic: Diagnostic::error("predicate", place.clone(), "the source does not take this SQL as a condition")
                .help("it must be a boolean over the columns of this table; functions and types of extensions need their schema"),
        }];
        if !self.functions.is_empty() {
            let names: Vec<String> = self
                .functions
                .iter()
                .map(|name| format!("({}, {})", literal(name.schema.as_str()), literal(name.name.as_str())))
                .collect();
            probes.push(Check {
                sql: format!(
                    "SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc p \
                     JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
                     WHERE p.provolatile = 'v' AND (n.nspname, p.proname) IN ({})",
                    names.join(", ")
                ),
                diagnostic: Diagnostic::error("predicate", place, "this SQL calls a volatile function")
                    .help("a condition must give the same answer in every session of the run: use functions that are STABLE or IMMUTABLE"),
            });
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

/// Walks the parsed expression and notes what must change in its text.
struct Reader<'a> {
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

#[derive(Default)]
struct Names {
    tables: BTreeSet<String>,
    ctes: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, tokens: &'a [TokenWithSpan], scope: &'a Scope<'a>) -> Self {
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

    fn finish(mut self) -> Result<Expression, Vec<Diagnostic>> {
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

    fn names(&self, query: &Query) -> Names {
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables).map(|cte| folded(&cte.alias.name)).collect();
        let mut names = Names { tables: BTreeSet::new(), ctes };
        from_names(&query.body, &mut names.tables);
        names
    }
}

impl Visitor for Reader<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let names = self.names(query);
        self.around.push(names);
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

/// An identifier as PostgreSQL understands it: folded unless it is quoted.
fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

fn idents(name: &ObjectName) -> Option<Vec<&Ident>> {
    name.0.iter().map(|part| part.as_ident()).collect()
}

fn one_argument(args: &FunctionArguments) -> bool {
    matches!(args, FunctionArguments::List(list) if list.args.len() == 1)
}

/// What the FROM of a query's own SELECTs defines.
fn from_names(body: &SetExpr, names: &mut BTreeSet<String>) {
    match body {
        SetExpr::Select(select) => select.from.iter().for_each(|from| join_names(from, names)),
        SetExpr::SetOperation { left, right, .. } => {
            from_names(left, names);
            from_names(right, names);
        }
        _ => {}
    }
}

fn join_names(from: &TableWithJoins, names: &mut BTreeSet<String>) {
    for factor in std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)) {
        match factor {
            TableFactor::Table { alias: None, name, .. } | TableFactor::Function { alias: None, name, .. } => {
                names.extend(idents(name).and_then(|parts| parts.last().map(|last| folded(last))));
            }
            TableFactor::Table { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::Derived { alias, .. }
            | TableFactor::UNNEST { alias, .. } => names.extend(alias.iter().map(|alias| folded(&alias.name))),
            TableFactor::NestedJoin { table_with_joins, alias: None } => join_names(table_with_joins, names),
            TableFactor::NestedJoin { alias, .. } => names.extend(alias.iter().map(|alias| folded(&alias.name))),
            _ => {}
        }
    }
}

fn only_reads(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Values(_) | SetExpr::Query(_) => true,
        SetExpr::SetOperation { left, right, .. } => only_reads(left) && only_reads(right),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, PgType, TypeKind};
    use crate::words::diagnostic::SourceFile;
    use std::sync::Arc;

    fn column(number: i16, name: &str, base: BaseType) -> Column {
        Column {
            number,
            name: name.into(),
            ty: Arc::new(PgType { oid: 0, name: TableName::new("pg_catalog", "x"), kind: TypeKind::Base(base) }),
            typmod: -1,
            type_sql: "x".into(),
            not_null: false,
            default: None,
            identity: false,
            generated: false,
            nondeterministic: false,
        }
    }

    fn table(name: &str, columns: Vec<Column>) -> Table {
        Table {
            oid: 1,
            name: TableName::parse(name).expect("a name"),
            kind: TableKind::Plain,
            unlogged: false,
            parents: Vec::new(),
            partition: false,
            partition_key: Vec::new(),
            extension: None,
            columns,
            unique_indexes: Vec::new(),
            indexes: Vec::new(),
            checks: Vec::new(),
            estimated_rows: 0.0,
            heap_bytes: 0,
            index_bytes: 0,
            pages: 0,
            file_node: 0,
            row_security_active: false,
            selectable: true,
            owner: "o".into(),
            populated: true,
        }
    }

    fn parse(text: &str) -> Result<String, String> {
        let users = table(
            "users",
            vec![
                column(1, "id", BaseType::Int4),
                column(2, "email", BaseType::Text),
                column(3, "handle", BaseType::Citext),
            ],
        );
        let catalog = Catalog {
            tables: vec![users.clone(), table("vip", vec![column(1, "user_id", BaseType::Int4)])].into(),
            ..Catalog::default()
        };
        let clock = Clock::new("2026-03-01T12:00:00Z", "UTC").expect("a clock");
        let file = Arc::new(SourceFile { path: "r.yaml".into(), text: String::new() });
        let place = FilePlace { file, span: 0..0 };
        Expression::parse(text, &Scope { catalog: &catalog, table: &users, clock: &clock, place: &place })
            .map(|expression| expression.sql)
            .map_err(|faults| faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn the_clock_stands_still() {
        let at = "('2026-03-01 12:00:00+00:00:00'::pg_catalog.timestamptz)";
        assert_eq!(
            parse("created_at > now() - interval '7 days'"),
            Ok(format!("created_at > {at} - interval '7 days'"))
        );
        assert_eq!(parse("ß <> 'ü' AND x > pg_catalog.NOW( )\n  OR y"), Ok(format!("ß <> 'ü' AND x > {at}\n  OR y")));
        assert_eq!(parse("day = current_date"), Ok("day = ('2026-03-01'::pg_catalog.date)".into()));
        assert_eq!(
            parse("x < CURRENT_TIMESTAMP(3)"),
            Ok("x < ('2026-03-01 12:00:00+00:00:00'::pg_catalog.timestamptz(3))".into())
        );
        assert_eq!(parse("\"now\" = 1"), Ok("\"now\" = 1".into()));
        assert!(parse("x > 'yesterday'").is_err());
        assert!(parse("x > date 'today'").is_err());
        assert!(parse("word = 'today'::text").is_ok());
        assert!(parse("age(created_at) > interval '1 year'").is_err());
    }

    #[test]
    fn names_of_the_table_become_the_alias() {
        assert_eq!(
            parse("users.email LIKE '%@x' AND public.users.id > 1"),
            Ok("t.email LIKE '%@x' AND t.id > 1".into())
        );
        assert_eq!(
            parse("EXISTS (SELECT 1 FROM vip v WHERE v.user_id = users.id)"),
            Ok("EXISTS (SELECT 1 FROM \"public\".\"vip\" v WHERE v.user_id = t.id)".into())
        );
        assert_eq!(
            parse("id IN (SELECT users.id FROM users)"),
            Ok("id IN (SELECT users.id FROM \"public\".\"users\")".into())
        );
        assert_eq!(
            parse("id IN (WITH v AS (SELECT user_id FROM vip) SELECT user_id FROM v)"),
            Ok("id IN (WITH v AS (SELECT user_id FROM \"public\".\"vip\") SELECT user_id FROM v)".into())
        );
        assert!(parse("EXISTS (SELECT 1 FROM vip t WHERE t.user_id = users.id)").is_err());
        assert!(parse("users IS NOT NULL").is_ok_and(|sql| sql == "t IS NOT NULL"));
    }

    #[test]
    fn what_is_not_one_harmless_expression_is_refused() {
        for bad in [
            "",
            "id = 1; DROP TABLE users",
            "id = 1;",
            "id = 1 -- x",
            "id = /* x */ 1",
            "id = 'x",
            "(id = 1",
            "id = 1)",
            "id = 1 OR",
            "id = 1 SELECT 2",
            "id = $1",
            "random() < 0.5",
            "id = nextval('s')",
            "pg_sleep(1) IS NULL",
            "public.dblink('x','y') IS NULL",
            "id IN (SELECT id FROM nowhere)",
            "id IN (SELECT oid FROM pg_class)",
            "id IN (SELECT id FROM pg_catalog.pg_authid)",
            "id IN (SELECT id FROM vip TABLESAMPLE system (1))",
            "id IN (SELECT user_id FROM vip FOR UPDATE)",
            "id IN (TABLE vip)",
            "id IN (SELECT * FROM pg_ls_dir('x'))",
            "id IN (WITH x AS (DELETE FROM vip RETURNING user_id) SELECT user_id FROM x)",
            "handle = 'x'",
            "users.handle = 'x'",
        ] {
            assert!(parse(bad).is_err(), "{bad}: {:?}", parse(bad));
        }
        for good in [
            "true",
            "handle::text = 'x'",
            "handle IS NULL",
            "email ~ '^[a-z]'",
            "id = ANY (ARRAY[1, 2])",
            "email LIKE 'a\\_%'",
            "CASE WHEN id > 3 THEN true ELSE false END",
            "data->>'plan' = 'free'",
            "data @> '{\"a\": 1}'::jsonb",
            "extract(year FROM created_at) < 2020",
            "app.is_test(email)",
            "email = 'it''s; -- not a comment'",
            "lower(email) LIKE '%@shop.example' OR id BETWEEN 1 AND 10",
            "email = $$x;y$$",
            "(id, email) = (1, 'x')",
        ] {
            assert!(parse(good).is_ok(), "{good}: {:?}", parse(good));
        }
    }
}
