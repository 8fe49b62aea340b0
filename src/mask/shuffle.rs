//! `shuffle`: the column's own values change rows, all of them and as they are.

use super::{Accepts, Acts, By, COMMON, Class, Param, ParamKind, Refusal, Spec};

/// The mask.
pub const SHUFFLE: Spec = Spec {
    name: "shuffle",
    also: &["scramble_rows", "shuffle_column", "swap"],
    summary: "The column's own values, each moved to another row.",
    docs: "For salaries, amounts and measures: sum, mean and spread stay to the last digit, NULLs among them, and no field stays in \
           its row. The values themselves survive, so that a column that is unique, or is called like what points to one \
           person (`email`, `phone`, `password`), is refused. The source moves them, in the order of a keyed hash of the \
           primary key, which the table must have, within each partition; only values of rows that come are moved, so that a \
           table whose rows standin chooses one by one (`sample`, `subset`, `forget`) is refused. Several columns are moved \
           each for itself, those of one `group` together. The statement holds a seed, made from the key for this column \
           alone: who reads it in a log of the source can put the clone's values back into their rows, as can who has the key.",
    params: &[
        Param {
            name: "at_least",
            kind: ParamKind::Integer(1, 1_000_000),
            required: false,
            default: "5",
            help: "How many rows a table, or a partition, must have if it has any: among few it is clear whose value moved where.",
        },
        Param {
            name: "group",
            kind: ParamKind::Text,
            required: false,
            default: "the column",
            help: "Columns of one table that name the same group are moved together, so that their values stay side by side.",
        },
    ],
    accepts: Accepts::Anything,
    by: By::Never,
    class: Class::Quasi,
    acts: Acts::Shuffle,
    equal_at_most: 1.0,
    reversible: true,
    output: "the column's own values",
    compile: |_, _, _| {
        Err(Refusal::new(
            "`shuffle` stands for a column and cannot stand inside another mask",
            "use another mask there",
        ))
    },
    ..COMMON
};
