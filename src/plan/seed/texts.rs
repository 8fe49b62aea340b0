//! What CHECK expressions ask of texts: patterns, positions, cases and lengths.

use super::checks::{Alternatives, Demand, Op, Reader, arguments, bare, elements, literal, name, one, opaque};
use crate::synth::pattern::{like, similar};
use sqlparser::ast::{BinaryOperator, Expr};

impl Reader<'_> {
    /// LIKE and regular expressions.
    pub(super) fn matched(&self, left: &Expr, op: &BinaryOperator, right: &Expr, negated: bool) -> Alternatives {
        let text = literal(right).or_else(|| similar_to(right));
        let asked = || Expr::BinaryOp { left: left.clone().into(), op: op.clone(), right: right.clone().into() };
        if let (BinaryOperator::ArrowAt, false, Some(at), Some(parts)) =
            (op, negated, self.place(left), elements(right))
        {
            return one(Demand::Parts(at, parts));
        }
        let (Some(at), Some(pattern)) = (self.place(left), text) else {
            return self.keys(&asked()).filter(|_| !negated).unwrap_or_else(opaque);
        };
        match op {
            BinaryOperator::Question if !negated => self.keys(&asked()).unwrap_or_else(opaque),
            BinaryOperator::PGRegexMatch | BinaryOperator::PGRegexIMatch if !negated => one(Demand::Regex(at, pattern)),
            BinaryOperator::PGLikeMatch | BinaryOperator::PGILikeMatch if !negated => {
                one(Demand::Regex(at, like(&pattern)))
            }
            BinaryOperator::PGStartsWith if !negated => one(Demand::Regex(at, format!("^{}", regex::escape(&pattern)))),
            BinaryOperator::PGNotLikeMatch | BinaryOperator::PGNotILikeMatch if negated => {
                one(Demand::Regex(at, like(&pattern)))
            }
            BinaryOperator::PGRegexNotMatch | BinaryOperator::PGRegexNotIMatch if negated => {
                one(Demand::Regex(at, pattern))
            }
            BinaryOperator::PGRegexMatch | BinaryOperator::PGRegexNotMatch => one(Demand::Avoid(at, pattern)),
            BinaryOperator::PGLikeMatch | BinaryOperator::PGNotLikeMatch => one(Demand::Avoid(at, like(&pattern))),
            _ => opaque(),
        }
    }

    /// `position('@' in email) > 1`.
    pub(super) fn position(&self, left: &Expr, op: Op, right: &Expr) -> Option<Alternatives> {
        let (what, within) = match bare(left) {
            Expr::Position { expr, r#in } => (&**expr, &**r#in),
            Expr::Function(function) if name(function) == "strpos" => match arguments(function)?[..] {
                [within, what] => (what, within),
                _ => return None,
            },
            _ => return None,
        };
        let (at, what, bound) = (self.place(within)?, literal(what)?, literal(right)?.parse::<usize>().ok()?);
        let before = match op {
            Op::More => bound,
            Op::AtLeast => bound.saturating_sub(1),
            _ => return None,
        };
        Some(one(Demand::Regex(at, format!("(?s)^.{{{before},}}{}", regex::escape(&what)))))
    }

    /// The column below `lower` and the like, if these leave all the texts as they are.
    pub(super) fn unchanged(&self, expression: &Expr, texts: &[String]) -> Option<usize> {
        let (inner, made): (&Expr, fn(&str) -> String) = match bare(expression) {
            Expr::Trim { expr, .. } => (expr, |text| text.trim().to_owned()),
            Expr::Function(function) => {
                let made: fn(&str) -> String = match name(function).as_str() {
                    "lower" => str::to_lowercase,
                    "upper" => str::to_uppercase,
                    "btrim" | "ltrim" | "rtrim" => |text| text.trim().to_owned(),
                    _ => return None,
                };
                (arguments(function)?.first()?, made)
            }
            _ => return None,
        };
        self.place(inner).filter(|_| texts.iter().all(|text| made(text) == *text))
    }

    /// `left(code, 2) = 'AB'`: what a text begins or ends with.
    pub(super) fn edge(&self, expression: &Expr, texts: &[String]) -> Option<Alternatives> {
        let (inner, at_end) = match bare(expression) {
            Expr::Substring { expr, substring_from: Some(from), .. } if literal(from)? == "1" => (&**expr, false),
            Expr::Function(function) => match (name(function).as_str(), &arguments(function)?[..]) {
                ("left", [inner, _]) => (*inner, false),
                ("right", [inner, _]) => (*inner, true),
                ("substring" | "substr", [inner, from, _]) if literal(from)? == "1" => (*inner, false),
                _ => return None,
            },
            _ => return None,
        };
        let (at, [before, after]) = (self.place(inner)?, if at_end { ["", "$"] } else { ["^", ""] });
        let demand = |text: &String| vec![Demand::Regex(at, format!("{before}{}{after}", regex::escape(text)))];
        Some(texts.iter().map(demand).collect())
    }

    /// `starts_with(link, 'https')`.
    pub(super) fn begins(&self, expression: &Expr) -> Option<Alternatives> {
        let Expr::Function(function) = bare(expression) else { return None };
        match arguments(function)?[..] {
            [inner, text] if name(function) == "starts_with" => {
                Some(one(Demand::Regex(self.place(inner)?, format!("^{}", regex::escape(&literal(text)?)))))
            }
            _ => None,
        }
    }

    /// `lower(email) = email`.
    pub(super) fn cased(&self, left: &Expr, op: Op, right: &Expr) -> Option<Alternatives> {
        let (function, other) = match (bare(left), bare(right)) {
            (Expr::Function(function), other) | (other, Expr::Function(function)) => (function, other),
            _ => return None,
        };
        let upper = match name(function).as_str() {
            "lower" => false,
            "upper" => true,
            _ => return None,
        };
        let at = self.place(arguments(function)?.first()?)?;
        (op == Op::Equal && self.place(other) == Some(at)).then(|| one(Demand::Case(at, upper)))
    }

    /// The column whose length an expression is: a text's, or an array's.
    pub(super) fn length(&self, expression: &Expr) -> Option<usize> {
        let Expr::Function(function) = bare(expression) else { return None };
        let arguments = arguments(function)?;
        let counts = match name(function).as_str() {
            "length" | "char_length" | "character_length" | "octet_length" | "cardinality" => true,
            "array_length" => literal(arguments.get(1)?)? == "1",
            _ => false,
        };
        let argument = *arguments.first()?;
        if !counts {
            return None;
        }
        match bare(argument) {
            Expr::Trim { expr, .. } => self.place(expr),
            Expr::Function(inner) if ["btrim", "ltrim", "rtrim"].contains(&name(inner).as_str()) => {
                self.place(self::arguments(inner)?.first()?)
            }
            other => self.place(other),
        }
    }
}

/// What SIMILAR TO compares with.
fn similar_to(expression: &Expr) -> Option<String> {
    let Expr::Function(function) = bare(expression) else { return None };
    (name(function) == "similar_to_escape").then_some(())?;
    match arguments(function)?[..] {
        [pattern] => literal(pattern).map(|pattern| similar(&pattern)),
        _ => None,
    }
}
