//! `name`, `first_name`, `last_name`, `username`: people who do not exist.

use super::{
    Args, COMMON, ColumnShape, Context, Domains, Example, MaskFn, Output, Param, ParamKind, Refusal, Spec, Uniqueness,
    Unmaskable, Value, draw_text, email,
};
use crate::synth::{Draw, FIRST_LONGEST, LAST_LONGEST, Person, person_bits};

/// Letters of the first name in a username.
const HANDLE: usize = 8;

/// Digits of a username's short form.
const SHORT: usize = 4;

/// Someone else has one of the 1,500 and more first names by chance, if `by:` decides.
const SAME_FIRST: f64 = 1e-3;

/// Both names.
pub const NAME: Spec = Spec {
    name: "name",
    summary: "First and last name of a person who does not exist.",
    docs: "First names are real ones, last names are invented, so that no output is somebody's full name. With `by:` one \
           person stays one person: `name`, `first_name`, `last_name`, `username` and `email` by the same identity agree.",
    person: true,
    uniqueness: |_, _| Uniqueness::Lossy,
    equal_at_most: 1e-5,
    output: "invented people",
    examples: &[Example { column: "text", params: "", input: "Maria Lopez", output: "Vilma Lindenflute" }],
    compile: |_, shape, _| {
        shape.needs(FIRST_LONGEST + 1 + LAST_LONGEST, "a name", "a longer column, or `partial`, `hash`, `text`")?;
        Ok(drawn(|person, to| person.full(to)))
    },
    ..COMMON
};

/// The first name.
pub const FIRST_NAME: Spec = Spec {
    name: "first_name",
    summary: "A first name.",
    docs: "One of a list. With `by:` it agrees with `name` and `last_name` by the same identity.",
    person: true,
    equal_at_most: SAME_FIRST,
    output: "first names",
    examples: &[Example { column: "text", params: "", input: "Maria", output: "Darius" }],
    compile: |_, shape, _| {
        shape.needs(FIRST_LONGEST, "a first name", "a longer column, or `partial`, `hash`, `text`")?;
        Ok(drawn(|person, to| person.first(to)))
    },
    ..COMMON
};

/// The last name.
pub const LAST_NAME: Spec = Spec {
    name: "last_name",
    summary: "A last name that nobody has.",
    docs: "Composed of two words. With `by:` it agrees with `name` and `first_name` by the same identity.",
    person: true,
    equal_at_most: SAME_FIRST,
    output: "invented last names",
    examples: &[Example { column: "text", params: "", input: "Lopez", output: "Duskenbolt" }],
    compile: |_, shape, _| {
        shape.needs(LAST_LONGEST, "a last name", "a longer column, or `partial`, `hash`, `text`")?;
        Ok(drawn(|person, to| person.last(to)))
    },
    ..COMMON
};

/// A login.
pub const USERNAME: Spec = Spec {
    name: "username",
    summary: "A login: a first name and 80 bits of the key's function.",
    docs: "Lower-case letters, digits and one underscore; unique columns stay unique, case-insensitive ones too.",
    person: true,
    params: &[Param {
        name: "unique",
        kind: ParamKind::Boolean,
        required: false,
        default: "true",
        help: "false gives a shorter login with four digits instead of the 80 bits.",
    }],
    uniqueness: |args, _| match unique(args) {
        true => Uniqueness::Preserved,
        false => Uniqueness::Probable { bits: person_bits() + 13.0 - 2.0 },
    },
    output: "invented logins",
    examples: &[
        Example { column: "text", params: "", input: "mlopez", output: "jane_adg18xgmajxc27k4" },
        Example { column: "text", params: "{ unique: false }", input: "mlopez", output: "jane_zephyrfe1732" },
    ],
    compile: compile_username,
    ..COMMON
};

fn unique(args: &Args) -> bool {
    args.boolean("unique").unwrap_or(true)
}

fn compile_username(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let unique = unique(args);
    let needed = if unique { HANDLE + 1 + email::TAIL } else { 2 * HANDLE + 1 + SHORT };
    let help =
        if unique { "`username: { unique: false }` is shorter, but not unique" } else { "`hash: { length: … }`" };
    shape.needs(needed, "a username", help)?;
    Ok(Box::new(move |value, context, output| {
        draw_text(value, context, output, |draw, to| {
            let person = Person::draw(draw);
            person.first_handle(HANDLE, to);
            to.push(b'_');
            if unique {
                email::tail(draw, to);
            } else {
                person.last_handle(HANDLE, to);
                draw.digits(SHORT, to);
            }
        })
    }))
}

/// A mask that writes a part of the drawn person.
fn drawn(part: fn(&Person, &mut Vec<u8>)) -> MaskFn {
    Box::new(move |value: Value<'_>, context: &mut Context<'_>, output: &mut Output| -> Result<(), Unmaskable> {
        draw_text(value, context, output, |draw: &mut Draw, to| part(&Person::draw(draw), to))
    })
}
