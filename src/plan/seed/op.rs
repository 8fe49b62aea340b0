//! Comparisons.

use sqlparser::ast::BinaryOperator;

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Op {
    Equal,
    Different,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Op {
    pub(super) fn of(op: &BinaryOperator) -> Option<Op> {
        Some(match op {
            BinaryOperator::Eq => Op::Equal,
            BinaryOperator::NotEq => Op::Different,
            BinaryOperator::Lt => Op::Less,
            BinaryOperator::LtEq => Op::AtMost,
            BinaryOperator::Gt => Op::More,
            BinaryOperator::GtEq => Op::AtLeast,
            _ => return None,
        })
    }

    pub(super) fn negated(self) -> Op {
        match self {
            Op::Equal => Op::Different,
            Op::Different => Op::Equal,
            Op::Less => Op::AtLeast,
            Op::AtMost => Op::More,
            Op::More => Op::AtMost,
            Op::AtLeast => Op::Less,
        }
    }

    /// The same with its sides exchanged.
    pub(super) fn turned(self) -> Op {
        match self {
            Op::Less => Op::More,
            Op::AtMost => Op::AtLeast,
            Op::More => Op::Less,
            Op::AtLeast => Op::AtMost,
            same => same,
        }
    }

    pub(super) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Op::Equal => order.is_eq(),
            Op::Different => order.is_ne(),
            Op::Less => order.is_lt(),
            Op::AtMost => order.is_le(),
            Op::More => order.is_gt(),
            Op::AtLeast => order.is_ge(),
        }
    }
}
