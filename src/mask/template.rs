//! `template`: a text made of what the clone's row has in other columns.

use super::row::{Neighbour, Sees};
use super::{
    Accepts, Args, By, COMMON, Class, ColumnShape, Context, Domains, Example, Family, MaskFn, Output, Param, ParamKind,
    Refusal, Spec, Uniqueness, Unmaskable,
};
use crate::pg::value::{OutputKind, print_output};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use std::collections::BTreeMap;

/// The name under which the template is kept.
const NAME: &str = "template";

/// Instructions that one row may take: a loop over a thousand letters is far below it.
const FUEL: u64 = 50_000;

/// The mask.
pub const TEMPLATE: Spec = Spec {
    name: "template",
    also: &["jinja", "jinja2", "custom", "generate_javascript", "template_record"],
    summary: "A text made of the row's other columns, as the clone has them.",
    docs: "The language is minijinja's (that of Jinja2): `{{ first_name | lower }}`, `{% if plan == 'gold' %}…{% endif %}`. A \
           variable is a column of the table: kept ones as they are, masked ones as they became, never a real value of a masked \
           column, nor the column's own. NULL is undefined, which prints nothing and which `default()` replaces. Templates may \
           use each other's columns, not in a circle. What is too long for the column stops the run. Whether a unique column \
           stays unique is up to you: put a unique column into it.",
    params: &[Param {
        name: "template",
        kind: ParamKind::Text,
        required: true,
        default: "",
        help: "The template; columns by their names.",
    }],
    accepts: Accepts::Families(&[Family::Text, Family::Json]),
    by: By::Never,
    sees: |args| Sees::Columns(columns(args)),
    class: Class::Sensitive,
    uniqueness: |_, _| Uniqueness::Unknown,
    equal_at_most: 1.0,
    keyed: false,
    output: "what the template makes of the row",
    examples: &[
        Example {
            column: "text",
            params: "\"user-{{ id }}@example.com\"",
            input: "maria@shop.test",
            output: "user-7@example.com",
        },
        Example {
            column: "jsonb",
            params: "{ template: '{\"id\": {{ id }}}' }",
            input: "{\"id\": 7, \"ssn\": \"078-05-1120\"}",
            output: "{\"id\": 7}",
        },
    ],
    compile,
    ..COMMON
};

/// Reads the template.
fn environment(args: &Args) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.add_template_owned(NAME, args.text(NAME).unwrap_or_default().to_owned())?;
    Ok(environment)
}

/// The columns that it names, in order; none if it cannot be read, which `compile` says.
fn columns(args: &Args) -> Vec<crate::words::name::Name> {
    let Ok(environment) = environment(args) else { return Vec::new() };
    let Ok(template) = environment.get_template(NAME) else { return Vec::new() };
    let is_function = |name: &str| environment.globals().any(|(global, _)| global == name);
    let mut names: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    names.retain(|name| !is_function(name));
    names.sort();
    names.into_iter().map(Into::into).collect()
}

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    const SYNTAX: &str =
        "`template: \"{{ first_name }}-{{ id }}\"`; the syntax: https://docs.rs/minijinja/latest/minijinja/syntax";
    let unreadable = |error: minijinja::Error| {
        let line = error.line().map(|line| format!(", line {line}")).unwrap_or_default();
        let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
        Refusal::new(format!("the template cannot be read ({}{line}){detail}", error.kind()), SYNTAX)
    };
    let environment = environment(args).map_err(unreadable)?;
    // Filters are looked up when they are met: a row without any value meets those outside of conditions.
    if let Err(error) = environment.get_template(NAME).and_then(|template| template.render(()))
        && matches!(
            error.kind(),
            ErrorKind::UnknownFilter | ErrorKind::UnknownFunction | ErrorKind::UnknownTest | ErrorKind::UnknownMethod
        )
    {
        return Err(unreadable(error));
    }
    let text = args.text(NAME).unwrap_or_default();
    if !text.contains("{%") {
        // What stands outside of the braces is there for every row.
        let least = text.split("}}").map(|part| part.split("{{").next().map_or(0, |fixed| fixed.chars().count())).sum();
        shape.needs(least, "the template without any value", "a shorter template")?;
    }
    let (max_length, json) = (shape.max_length, shape.family() == Some(Family::Json));
    Ok(Box::new(move |_, context, output| {
        let text = fill(&environment, context).ok_or(Unmaskable::Template)?;
        let fits = max_length.is_none_or(|most| text.chars().count() <= most) && !text.contains('\0');
        if !fits || json && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
            return Err(Unmaskable::Template);
        }
        output.text().extend_from_slice(text.as_bytes());
        Ok(())
    }))
}

/// The template filled in with a row.
fn fill(environment: &Environment<'_>, context: &Context<'_>) -> Option<String> {
    let row: BTreeMap<String, minijinja::Value> =
        context.row.iter().map(|neighbour| (neighbour.name.as_str().to_owned(), value(neighbour))).collect();
    environment.get_template(NAME).and_then(|template| template.render(minijinja::Value::from(row))).ok()
}

fn value(neighbour: &Neighbour) -> minijinja::Value {
    let printed = |output: &Output| {
        let mut text = Vec::new();
        print_output(output, &mut text);
        minijinja::Value::from(String::from_utf8_lossy(&text).into_owned())
    };
    match neighbour.output.kind {
        OutputKind::Null => minijinja::Value::UNDEFINED,
        OutputKind::Boolean(value) => value.into(),
        OutputKind::Integer(value) => value.into(),
        OutputKind::Float(value) => value.into(),
        _ => printed(&neighbour.output),
    }
}
