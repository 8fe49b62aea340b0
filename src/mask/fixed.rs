//! `constant`, `empty`, `erase` and `default`: the value is not looked at at all.

use super::{
    Accepts, Acts, Args, By, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, Param, ParamKind, Refusal,
    Spec, Uniqueness,
};
use crate::pg::value::FieldType;

/// One value for all.
pub const CONSTANT: Spec = Spec {
    name: "constant",
    also: &["literal", "fixed", "static", "value", "none"],
    summary: "One value for every row, NULL included; the column is not read.",
    docs: "The text is what PostgreSQL reads for the type. The whole column becomes it, also where it was NULL.",
    params: &[Param {
        name: "value",
        kind: ParamKind::Scalar,
        required: true,
        default: "",
        help: "The value, as PostgreSQL reads it.",
    }],
    accepts: Accepts::Anything,
    by: By::Never,
    class: Class::Secret,
    acts: Acts::Constant,
    uniqueness: |_, _| Uniqueness::Lossy,
    equal_at_most: 1.0,
    keyed: false,
    reads: false,
    output: "the value that is given",
    examples: &[
        Example { column: "text", params: "\"!\"", input: "$2b$12$abc", output: "!" },
        Example { column: "int4", params: "{ value: 0 }", input: "17", output: "0" },
    ],
    compile: compile_constant,
    ..COMMON
};

/// Nothing, but not NULL.
pub const EMPTY: Spec = Spec {
    name: "empty",
    also: &["empty_string", "blank", "clear"],
    summary: "An empty text, bytea or hstore for every row, NULL included; the column is not read.",
    docs: "For columns that are NOT NULL and whose content nobody needs; where NULL is allowed, `erase` says more.",
    params: &[],
    accepts: Accepts::Families(&[Family::Text, Family::Bytes, Family::Hstore]),
    by: By::Never,
    class: Class::Secret,
    acts: Acts::Constant,
    uniqueness: |_, _| Uniqueness::Lossy,
    equal_at_most: 1.0,
    keyed: false,
    reads: false,
    output: "empty values",
    examples: &[
        Example { column: "text", params: "", input: "called twice, angry", output: "" },
        Example { column: "bytea", params: "", input: "\\x00ff", output: "\\x" },
    ],
    compile: |_, shape, _| {
        let bytes = shape.family() == Some(Family::Bytes);
        Ok(Box::new(move |_, _, output| {
            if bytes {
                output.bytes()
            } else {
                output.text()
            };
            Ok(())
        }))
    },
    ..COMMON
};

/// NULL.
pub const ERASE: Spec = Spec {
    name: "erase",
    also: &["null", "set_null", "nullify", "nil", "delete"],
    summary: "NULL; the column is not read.",
    docs: "Refused where NULL is not allowed: `constant` does there.",
    params: &[],
    accepts: Accepts::Anything,
    by: By::Never,
    class: Class::Secret,
    acts: Acts::Erase,
    uniqueness: |_, _| Uniqueness::Preserved,
    equal_at_most: 0.0,
    keyed: false,
    reads: false,
    output: "NULL",
    examples: &[Example { column: "text", params: "", input: "called twice, angry", output: "NULL" }],
    compile: compile_erase,
    ..COMMON
};

/// The column's default.
pub const DEFAULT: Spec = Spec {
    name: "default",
    also: &["column_default", "set_default", "reset"],
    summary: "The column's own default for every row, NULL included; NULL if it has none.",
    docs: "The default's expression is evaluated at the source, in the run's snapshot: a clock stands still there. One that is \
           volatile, such as the next number of a sequence, is refused.",
    params: &[],
    accepts: Accepts::Anything,
    by: By::Never,
    class: Class::Secret,
    acts: Acts::Default,
    uniqueness: |_, _| Uniqueness::Lossy,
    equal_at_most: 1.0,
    keyed: false,
    reads: false,
    output: "the column's default",
    examples: &[],
    compile: |_, _, _| {
        Err(Refusal::new(
            "`default` stands for a column and cannot stand inside another mask",
            "use another mask there",
        ))
    },
    ..COMMON
};

fn compile_constant(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let text = args.text("value").unwrap_or_default().to_owned();
    shape.needs(text.chars().count(), "the constant", "a shorter constant")?;
    check(&text, shape)?;
    Ok(Box::new(move |_, _, output| {
        output.text().extend_from_slice(text.as_bytes());
        Ok(())
    }))
}

/// Refuses a text that cannot be a value of the column.
pub(super) fn check(text: &str, shape: &ColumnShape) -> Result<(), Refusal> {
    if let Some(labels) = shape.labels() {
        if labels.iter().any(|label| label == text) {
            return Ok(());
        }
        let message = format!("`{text}` is not a label of the enum {}", shape.ty.name.name);
        return Err(Refusal::new(message, format!("its labels: {}", labels.join(", "))));
    }
    let (mut written, mut scratch, mut bytes) = (super::Output::default(), Vec::new(), Vec::new());
    let readable = match shape.family() {
        // PostgreSQL reads more forms of these than we do; it has the last word.
        Some(Family::Integer | Family::Boolean | Family::Uuid | Family::Network | Family::Decimal | Family::Float) => {
            let field = FieldType::of(&shape.ty);
            let value = field.decode_text(text.as_bytes(), &mut scratch);
            value.and_then(|value| {
                written.carry(value);
                field.encode_binary(&written, &mut bytes)
            })
        }
        Some(Family::Json) => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => Ok(true),
            Err(_) => Err(crate::pg::value::Malformed),
        },
        _ => Ok(true),
    };
    match readable {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::new(
            format!("`{text}` is not a value of the type {}", shape.ty.name.name),
            "write it as PostgreSQL prints it",
        )),
    }
}

/// The same for a text that is written row by row, which we have to read ourselves.
pub(super) fn check_option(text: &str, shape: &ColumnShape) -> Result<(), Refusal> {
    check(text, shape)?;
    match FieldType::of(&shape.ty).decode_text(text.as_bytes(), &mut Vec::new()) {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::new(
            format!("`{text}` is not a value of the type {}", shape.ty.name.name),
            "write it as PostgreSQL prints it",
        )),
    }
}

fn compile_erase(_: &Args, _: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    Ok(Box::new(|_, _, output| {
        output.null();
        Ok(())
    }))
}
