//! `sql`: what an expression makes of the row, at the source.

use super::{Accepts, Acts, By, COMMON, Class, Param, ParamKind, Refusal, Spec, Uniqueness};

/// An expression at the source.
pub const SQL: Spec = Spec {
    name: "sql",
    also: &["expression", "cmd", "value_expression", "javascript"],
    summary: "An SQL expression over the row, evaluated at the source; the value itself does not leave it.",
    docs: "One read-only expression, in the run's snapshot. Its result is cast to the column's type. What it lets through is \
           up to you: standin counts how many values stay as they are, and cannot judge them.",
    params: &[Param {
        name: "expression",
        kind: ParamKind::Expression,
        required: true,
        default: "",
        help: "The expression; columns by their names.",
    }],
    accepts: Accepts::Anything,
    by: By::Never,
    class: Class::Sensitive,
    acts: Acts::Sql,
    uniqueness: |_, _| Uniqueness::Lossy,
    equal_at_most: 1.0,
    keyed: false,
    reads: true,
    output: "what the expression gives",
    examples: &[],
    compile: |_, _, _| {
        Err(Refusal::new(
            "`sql` is evaluated at the source and cannot stand inside another mask",
            "use another mask there",
        ))
    },
    ..COMMON
};
