//! What CHECK expressions ask of documents: their kind, and keys that they have.

use super::checks::{Alternatives, Demand, Reader, arguments, bare, elements, literal, name, one};
use sqlparser::ast::{BinaryOperator, Expr};

/// What a document must be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// What `jsonb_typeof` says of it.
    pub kind: Option<String>,
    /// Keys that it has.
    pub keys: Vec<String>,
}

impl Document {
    /// Both; false if nothing can be both.
    pub fn and(&mut self, other: &Document) -> bool {
        let same = self.kind.is_none() || other.kind.is_none() || self.kind == other.kind;
        self.kind = self.kind.take().or_else(|| other.kind.clone());
        for key in &other.keys {
            if !self.keys.contains(key) {
                self.keys.push(key.clone());
            }
        }
        same && (self.keys.is_empty() || self.kind.as_deref().is_none_or(|kind| kind == "object"))
    }
}

impl Reader<'_> {
    /// `jsonb_typeof(settings) = 'object'`.
    pub(super) fn kinds(&self, expression: &Expr, kinds: &[String]) -> Option<Alternatives> {
        let Expr::Function(function) = bare(expression) else { return None };
        if !["jsonb_typeof", "json_typeof"].contains(&name(function).as_str()) {
            return None;
        }
        let at = self.place(arguments(function)?.first()?)?;
        let demand =
            |kind: &String| vec![Demand::Document(at, Document { kind: Some(kind.clone()), keys: Vec::new() })];
        Some(kinds.iter().map(demand).collect())
    }

    /// `settings ? 'theme'`, `settings ?& ARRAY['theme', 'size']`, and `settings -> 'theme'`, which is to be there.
    pub(super) fn keys(&self, expression: &Expr) -> Option<Alternatives> {
        let Expr::BinaryOp { left, op, right } = bare(expression) else { return None };
        let keys = match op {
            BinaryOperator::Question | BinaryOperator::Arrow | BinaryOperator::LongArrow => vec![literal(right)?],
            BinaryOperator::QuestionAnd => elements(right)?,
            _ => return None,
        };
        Some(one(Demand::Document(self.place(left)?, Document { kind: None, keys })))
    }
}
