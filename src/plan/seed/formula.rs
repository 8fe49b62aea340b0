//! Columns that other columns of the row make, as in `CHECK (gross = net + tax)`.

use super::checks::{Alternatives, Demand, Op, Reader, arguments, bare, literal, name, one};
use sqlparser::ast::{BinaryOperator, Expr};

/// What other columns make: a copy, or a number.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// The value of a column.
    Column(usize),
    /// A number.
    Number(f64),
    /// A sum.
    Plus(Box<Formula>, Box<Formula>),
    /// A difference.
    Minus(Box<Formula>, Box<Formula>),
    /// A product.
    Times(Box<Formula>, Box<Formula>),
}

impl Formula {
    /// The columns that it is made of.
    pub fn columns(&self) -> Vec<usize> {
        match self {
            Formula::Column(at) => vec![*at],
            Formula::Number(_) => Vec::new(),
            Formula::Plus(one, other) | Formula::Minus(one, other) | Formula::Times(one, other) => {
                [one.columns(), other.columns()].concat()
            }
        }
    }

    /// The number that it makes of those of its columns.
    pub fn number(&self, of: &impl Fn(usize) -> Option<f64>) -> Option<f64> {
        Some(match self {
            Formula::Column(at) => of(*at)?,
            Formula::Number(number) => *number,
            Formula::Plus(one, other) => one.number(of)? + other.number(of)?,
            Formula::Minus(one, other) => one.number(of)? - other.number(of)?,
            Formula::Times(one, other) => one.number(of)? * other.number(of)?,
        })
    }
}

impl Reader<'_> {
    /// `gross = net + tax`.
    pub(super) fn computed(&self, at: usize, op: Op, by: &Expr) -> Option<Alternatives> {
        let formula = self.formula(by).filter(|_| op == Op::Equal)?;
        let columns = formula.columns();
        (!columns.is_empty() && !columns.contains(&at)).then(|| one(Demand::Equal(at, formula)))
    }

    fn formula(&self, expression: &Expr) -> Option<Formula> {
        if let Some(at) = self.place(expression) {
            return Some(Formula::Column(at));
        }
        match bare(expression) {
            Expr::BinaryOp { left, op, right } => {
                let sides = (Box::new(self.formula(left)?), Box::new(self.formula(right)?));
                match op {
                    BinaryOperator::Plus => Some(Formula::Plus(sides.0, sides.1)),
                    BinaryOperator::Minus => Some(Formula::Minus(sides.0, sides.1)),
                    BinaryOperator::Multiply => Some(Formula::Times(sides.0, sides.1)),
                    _ => None,
                }
            }
            // What is computed is rounded to the digits of its column.
            Expr::Function(function) if name(function) == "round" => self.formula(arguments(function)?.first()?),
            other => literal(other)?.parse().ok().map(Formula::Number),
        }
    }
}
