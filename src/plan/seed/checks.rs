//! CHECK expressions, as far as they can be satisfied by construction: as alternatives of simple demands on columns.
//!
//! What cannot be read becomes [`Demand::Opaque`]: rows are generated, and the server is asked.

use super::documents::Document;
use super::formula::Formula;
use super::moments::Unit;
pub(super) use super::op::Op;
use super::sums::Sum;
use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// More alternatives than this are too many to be tried in turn.
const MOST: usize = 64;

/// A demand on one column (by its place), or on two.
#[derive(Debug, Clone, PartialEq)]
pub enum Demand {
    /// The column is NULL, or is not.
    Null(usize, bool),
    /// It is one of these texts.
    In(usize, Vec<String>),
    /// It is none of these texts.
    NotIn(usize, Vec<String>),
    /// It is at least this, or more.
    Low(usize, Bound),
    /// It is at most this, or less.
    High(usize, Bound),
    /// The first column is at least the second, or more.
    Above(usize, usize, bool),
    /// The column is what others make.
    Equal(usize, Formula),
    /// The text has at least and at most so many characters.
    Length(usize, usize, usize),
    /// The text matches this regular expression.
    Regex(usize, String),
    /// The text does not match this regular expression.
    Avoid(usize, String),
    /// The text has no capital (false) or no small letters (true).
    Case(usize, bool),
    /// The document is of a kind, or has keys.
    Document(usize, Document),
    /// The sum of columns is at most 0, or less.
    AtMost(Sum, bool),
    /// The elements of the array are among these.
    Parts(usize, Vec<String>),
    /// The moment is the beginning of an hour, a day, a month or a year.
    Begins(usize, Unit),
    /// Nothing that can be read.
    Opaque,
}

/// One end of a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The value as text; `now` stands for the clock.
    pub text: String,
    /// The end itself does not belong to it.
    pub strict: bool,
}

/// Alternatives: one of them, wholly, is enough.
pub type Alternatives = Vec<Vec<Demand>>;

/// Reads a CHECK expression; `column` finds a column's place by name.
pub fn read(sql: &str, column: &dyn Fn(&str) -> Option<usize>) -> Alternatives {
    let dialect = PostgreSqlDialect {};
    // The server prints the standard's form, which names nothing to trim.
    let sql = [("BOTH", "btrim("), ("LEADING", "ltrim("), ("TRAILING", "rtrim(")]
        .iter()
        .fold(sql.to_owned(), |sql, (side, name)| sql.replace(&format!("TRIM({side} FROM "), name));
    let parsed = Parser::new(&dialect).try_with_sql(&sql).and_then(|mut parser| parser.parse_expr());
    match parsed {
        Ok(expression) => Reader { column }.read(&expression, false),
        Err(_) => opaque(),
    }
}

pub(super) fn opaque() -> Alternatives {
    vec![vec![Demand::Opaque]]
}

pub(super) fn one(demand: Demand) -> Alternatives {
    vec![vec![demand]]
}

fn both(left: Alternatives, right: Alternatives) -> Alternatives {
    if left.len() * right.len() > MOST {
        return if left.len() < right.len() { left } else { right };
    }
    left.iter().flat_map(|a| right.iter().map(move |b| a.iter().chain(b).cloned().collect())).collect()
}

fn either(mut left: Alternatives, right: Alternatives) -> Alternatives {
    left.extend(right);
    left.truncate(MOST);
    left
}

/// Reads expressions over the columns of a table.
pub(super) struct Reader<'a> {
    column: &'a dyn Fn(&str) -> Option<usize>,
}

impl Reader<'_> {
    fn read(&self, expression: &Expr, negated: bool) -> Alternatives {
        match expression {
            Expr::Nested(inner) => self.read(inner, negated),
            Expr::Cast { expr, .. } => self.read(expr, negated),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => self.read(expr, !negated),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, negated),
            Expr::IsNull(inner) => self.null(inner, !negated),
            Expr::IsNotNull(inner) => self.null(inner, negated),
            Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => self.read(inner, negated),
            Expr::IsFalse(inner) | Expr::IsNotTrue(inner) => self.read(inner, !negated),
            Expr::Between { expr, negated: not, low, high } => {
                let inside = |negated| {
                    let low = self.compare(expr, &BinaryOperator::GtEq, low, negated);
                    let high = self.compare(expr, &BinaryOperator::LtEq, high, negated);
                    if negated { either(low, high) } else { both(low, high) }
                };
                inside(negated != *not)
            }
            Expr::InList { expr, list, negated: not } => {
                let texts: Option<Vec<String>> = list.iter().map(literal).collect();
                self.among(expr, texts, negated != *not)
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                self.among(left, elements(right), negated)
            }
            Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => {
                self.among(left, elements(right), !negated)
            }
            Expr::IsDistinctFrom(left, right) => self.compare(left, &BinaryOperator::NotEq, right, negated),
            Expr::IsNotDistinctFrom(left, right) => self.compare(left, &BinaryOperator::Eq, right, negated),
            Expr::Value(value) => match value.value {
                Value::Boolean(true) => {
                    if negated {
                        Vec::new()
                    } else {
                        vec![Vec::new()]
                    }
                }
                Value::Boolean(false) => {
                    if negated {
                        vec![Vec::new()]
                    } else {
                        Vec::new()
                    }
                }
                _ => opaque(),
            },
            Expr::Case { operand: None, conditions, else_result, .. } => {
                let rest = else_result.as_ref().map_or_else(|| vec![Vec::new()], |rest| self.read(rest, negated));
                conditions.iter().rev().fold(rest, |rest, case| {
                    let then = both(self.read(&case.condition, false), self.read(&case.result, negated));
                    either(then, both(self.read(&case.condition, true), rest))
                })
            }
            Expr::Function(_) if !negated => self.begins(expression).unwrap_or_else(opaque),
            Expr::Identifier(_) => match self.place(expression) {
                Some(at) => one(Demand::In(at, vec![if negated { "false" } else { "true" }.to_owned()])),
                None => opaque(),
            },
            _ => opaque(),
        }
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr, negated: bool) -> Alternatives {
        match (op, negated) {
            (BinaryOperator::And, false) => both(self.read(left, false), self.read(right, false)),
            (BinaryOperator::And, true) => either(self.read(left, true), self.read(right, true)),
            (BinaryOperator::Or, false) => either(self.read(left, false), self.read(right, false)),
            (BinaryOperator::Or, true) => both(self.read(left, true), self.read(right, true)),
            _ => self.compare(left, op, right, negated),
        }
    }

    fn null(&self, inner: &Expr, null: bool) -> Alternatives {
        match self.place(inner) {
            Some(at) => one(Demand::Null(at, null)),
            None if null => opaque(),
            None => self.keys(inner).unwrap_or_else(opaque),
        }
    }

    fn among(&self, expr: &Expr, texts: Option<Vec<String>>, negated: bool) -> Alternatives {
        match (self.place(expr), texts) {
            (Some(at), Some(texts)) if negated => one(Demand::NotIn(at, texts)),
            (Some(at), Some(texts)) => one(Demand::In(at, texts)),
            (None, Some(texts)) if !negated => self.made_of(expr, texts).unwrap_or_else(opaque),
            _ => opaque(),
        }
    }

    /// `lower(code) = 'a'` and `jsonb_typeof(settings) = 'object'`.
    fn made_of(&self, expression: &Expr, texts: Vec<String>) -> Option<Alternatives> {
        let unchanged = |at| one(Demand::In(at, texts.clone()));
        let edge = || self.edge(expression, &texts);
        self.kinds(expression, &texts).or_else(|| self.unchanged(expression, &texts).map(unchanged)).or_else(edge)
    }

    fn compare(&self, left: &Expr, op: &BinaryOperator, right: &Expr, negated: bool) -> Alternatives {
        if let Some(found) = self.truths(left, op, right, negated).or_else(|| self.counted(left, op, right, negated)) {
            return found;
        }
        let Some(op) = Op::of(op).map(|op| if negated { op.negated() } else { op }) else {
            return self.matched(left, op, right, negated);
        };
        if let Some((at, least)) = self.length(left).zip(literal(right)) {
            return length(at, op, &least);
        }
        if let Some(found) = self.position(left, op, right) {
            return found;
        }
        match (self.place(left), self.place(right)) {
            (Some(a), Some(b)) => return columns(a, op, b),
            (Some(at), None) => {
                literal(right).map(|text| valued(at, op, text)).or_else(|| self.computed(at, op, right))
            }
            (None, Some(at)) => {
                literal(left).map(|text| valued(at, op.turned(), text)).or_else(|| self.computed(at, op, left))
            }
            (None, None) => None,
        }
        .or_else(|| self.cased(left, op, right))
        .or_else(|| self.made_of(left, vec![literal(right).filter(|_| op == Op::Equal)?]))
        .or_else(|| self.beginning(left, op, right))
        .or_else(|| self.around(left, op, right))
        .or_else(|| self.sums(left, op, right))
        .unwrap_or_else(opaque)
    }

    /// `(a IS NULL) = (b IS NULL)` and the like: both are tried each way.
    fn truths(&self, left: &Expr, op: &BinaryOperator, right: &Expr, negated: bool) -> Option<Alternatives> {
        let equal = match op {
            BinaryOperator::Eq => !negated,
            BinaryOperator::NotEq => negated,
            _ => return None,
        };
        if let (true, Some(value)) = (is_condition(left), boolean(right)) {
            return Some(self.read(left, equal != value));
        }
        if !is_condition(left) || !is_condition(right) {
            return None;
        }
        let way = |truth: bool| both(self.read(left, !truth), self.read(right, truth != equal));
        Some(either(way(true), way(false)))
    }

    /// `num_nonnulls(a, b) = 1`.
    fn counted(&self, left: &Expr, op: &BinaryOperator, right: &Expr, negated: bool) -> Option<Alternatives> {
        let Expr::Function(function) = bare(left) else { return None };
        let name = name(function);
        let nulls = match name.as_str() {
            "num_nonnulls" => false,
            "num_nulls" => true,
            _ => return None,
        };
        let places: Vec<usize> = arguments(function)?.into_iter().map(|e| self.place(e)).collect::<Option<_>>()?;
        let wanted: usize = literal(right)?.parse().ok()?;
        let op = Op::of(op).map(|op| if negated { op.negated() } else { op })?;
        if places.len() > 6 {
            return None;
        }
        let mut found = Vec::new();
        for bits in 0u32..1 << places.len() {
            let count = bits.count_ones() as usize;
            if op.holds(count.cmp(&wanted)) {
                found.push(
                    places
                        .iter()
                        .enumerate()
                        .map(|(at, place)| Demand::Null(*place, (bits >> at & 1 == 1) == nulls))
                        .collect(),
                );
            }
        }
        Some(found)
    }

    /// The place of a column that stands alone, casts and collations aside.
    pub(super) fn place(&self, expression: &Expr) -> Option<usize> {
        match bare(expression) {
            Expr::Identifier(ident) => (self.column)(&ident.value),
            _ => None,
        }
    }
}

fn valued(at: usize, op: Op, text: String) -> Alternatives {
    let bound = |strict| Bound { text: text.clone(), strict };
    one(match op {
        Op::Equal => Demand::In(at, vec![text]),
        Op::Different => Demand::NotIn(at, vec![text]),
        Op::Less => Demand::High(at, bound(true)),
        Op::AtMost => Demand::High(at, bound(false)),
        Op::More => Demand::Low(at, bound(true)),
        Op::AtLeast => Demand::Low(at, bound(false)),
    })
}

fn columns(a: usize, op: Op, b: usize) -> Alternatives {
    match op {
        Op::Less => one(Demand::Above(b, a, true)),
        Op::AtMost => one(Demand::Above(b, a, false)),
        Op::More => one(Demand::Above(a, b, true)),
        Op::AtLeast => one(Demand::Above(a, b, false)),
        Op::Equal => one(Demand::Equal(a.max(b), Formula::Column(a.min(b)))),
        Op::Different => opaque(),
    }
}

fn length(at: usize, op: Op, text: &str) -> Alternatives {
    let Ok(count) = text.parse::<usize>() else { return opaque() };
    let (low, high) = match op {
        Op::Equal => (count, count),
        Op::Different if count == 0 => (1, usize::MAX),
        Op::Different => {
            return vec![
                vec![Demand::Length(at, count + 1, usize::MAX)],
                vec![Demand::Length(at, 0, count.saturating_sub(1))],
            ];
        }
        Op::Less if count == 0 => return Vec::new(),
        Op::Less => (0, count - 1),
        Op::AtMost => (0, count),
        Op::More => (count + 1, usize::MAX),
        Op::AtLeast => (count, usize::MAX),
    };
    one(Demand::Length(at, low, high))
}

/// An expression without parentheses, casts and collations.
pub(super) fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } | Expr::Collate { expr: inner, .. } => bare(inner),
        other => other,
    }
}

fn boolean(expression: &Expr) -> Option<bool> {
    match bare(expression) {
        Expr::Value(value) => match value.value {
            Value::Boolean(truth) => Some(truth),
            _ => None,
        },
        _ => None,
    }
}

/// Is it a condition by its looks.
fn is_condition(expression: &Expr) -> bool {
    match bare(expression) {
        Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::InList { .. } | Expr::AnyOp { .. } | Expr::Between { .. } => true,
        Expr::UnaryOp { op: UnaryOperator::Not, .. } => true,
        Expr::BinaryOp { op, .. } => Op::of(op).is_some() || matches!(op, BinaryOperator::And | BinaryOperator::Or),
        _ => false,
    }
}

/// The text of a literal, casts aside; the clock's functions give `now`.
pub(super) fn literal(expression: &Expr) -> Option<String> {
    match bare(expression) {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) | Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => {
                Some(text.clone())
            }
            Value::Boolean(truth) => Some(truth.to_string()),
            _ => None,
        },
        Expr::TypedString(typed) => match &typed.value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => literal(expr).map(|text| format!("-{text}")),
        Expr::Function(function) => {
            let clock = [
                "now",
                "current_timestamp",
                "current_date",
                "localtimestamp",
                "clock_timestamp",
                "transaction_timestamp",
                "statement_timestamp",
            ];
            clock.contains(&name(function).as_str()).then(|| "now".to_owned())
        }
        _ => None,
    }
}

/// The elements of `ARRAY[…]`, or of `'{a,b}'`.
pub(super) fn elements(expression: &Expr) -> Option<Vec<String>> {
    match bare(expression) {
        Expr::Array(array) => array.elem.iter().map(literal).collect(),
        other => {
            let text = literal(other)?;
            let inner = text.strip_prefix('{')?.strip_suffix('}')?;
            (!inner.contains(['"', '\\', '{'])).then(|| inner.split(',').map(str::to_owned).collect())
        }
    }
}

/// The last part of a function's name, in lower case.
pub(super) fn name(function: &Function) -> String {
    let last = function.name.0.last().and_then(|part| part.as_ident());
    last.map(|ident| ident.value.to_lowercase()).unwrap_or_default()
}

pub(super) fn arguments(function: &Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    list.args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

impl Demand {
    /// The column that it is about.
    pub fn column(&self) -> Option<usize> {
        match self {
            Demand::Null(at, _)
            | Demand::In(at, _)
            | Demand::NotIn(at, _)
            | Demand::Low(at, _)
            | Demand::High(at, _)
            | Demand::Above(at, ..)
            | Demand::Equal(at, _)
            | Demand::Length(at, ..)
            | Demand::Regex(at, _)
            | Demand::Avoid(at, _)
            | Demand::Document(at, _)
            | Demand::Parts(at, _)
            | Demand::Begins(at, _)
            | Demand::Case(at, _) => Some(*at),
            Demand::AtMost(sum, _) => sum.column(),
            Demand::Opaque => None,
        }
    }
}
