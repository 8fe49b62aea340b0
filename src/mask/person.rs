//! `name`, `first_name`, `last_name`, `title`, `gender`, `username`, `job`: people who do not exist.

use super::args::{LOCALE, locale};
use super::choice::OPTIONS;
use super::{
    Accepts, Args, COMMON, Class, ColumnShape, Context, Domains, Example, MaskFn, Output, Param, ParamKind, Refusal,
    Spec, Uniqueness, Unmaskable, Value, draw_text, email, fixed,
};
use crate::synth::{Draw, Gender, Locale, Person, job, job_longest};

/// Letters of the first name in a username.
const HANDLE: usize = 8;

/// Digits of a username's short form.
const SHORT: usize = 4;

/// Someone else has one of the 1,500 and more first names by chance, if `by:` decides.
const SAME_FIRST: f64 = 1e-3;

/// `gender:`, for columns whose people are all women or all men.
const GENDER_PARAM: Param = Param {
    name: "gender",
    kind: ParamKind::Word(&["any", "female", "male"]),
    required: false,
    default: "any",
    help: "Only women's or only men's first names.",
};

/// Both names.
pub const NAME: Spec = Spec {
    name: "name",
    also: &["full_name", "person", "fullname"],
    summary: "First and last name of a person who does not exist.",
    docs: "First names are real ones. English last names are invented, so that no output is somebody's full name; those of \
           other languages are real ones too. With `by:` one person stays one person: `title`, `first_name`, `last_name`, \
           `gender`, `username` and `email` by the same identity agree.",
    params: &[LOCALE, GENDER_PARAM],
    part_of: Some("person"),
    uniqueness: |_, _| Uniqueness::Lossy,
    equal_at_most: 1e-5,
    equal: |args| unlike_english(args, |locale| locale.first_names() * locale.last_names()),
    output: "invented people",
    examples: &[
        Example { column: "text", params: "", input: "Maria Lopez", output: "Vilma Lindenflute" },
        Example { column: "text", params: "{ locale: de_DE }", input: "Maria Lopez", output: "Willi Peters" },
    ],
    compile: |args, shape, _| {
        shape.needs(locale(args).name_longest(), "a name", "a longer column, or `partial`, `hash`, `text`")?;
        Ok(drawn(args, |person, to| person.full(to)))
    },
    ..COMMON
};

/// The first name.
pub const FIRST_NAME: Spec = Spec {
    name: "first_name",
    also: &["firstname", "given_name", "forename"],
    summary: "A first name.",
    docs: "One of a list. With `by:` it agrees with `name`, `title` and `gender` by the same identity.",
    params: &[LOCALE, GENDER_PARAM],
    part_of: Some("person"),
    equal_at_most: SAME_FIRST,
    equal: |args| unlike_english(args, Locale::first_names),
    output: "first names",
    examples: &[Example { column: "text", params: "", input: "Maria", output: "Darius" }],
    compile: |args, shape, _| {
        shape.needs(locale(args).first_longest, "a first name", "a longer column, or `partial`, `hash`, `text`")?;
        Ok(drawn(args, |person, to| person.first(to)))
    },
    ..COMMON
};

/// The last name.
pub const LAST_NAME: Spec = Spec {
    name: "last_name",
    also: &["lastname", "surname", "family_name"],
    summary: "A last name; in English one that nobody has.",
    docs: "In English composed of two words, in other languages one of a list. With `by:` it agrees with `name` and \
           `first_name` by the same identity.",
    params: &[LOCALE],
    part_of: Some("person"),
    equal_at_most: SAME_FIRST,
    equal: |args| unlike_english(args, Locale::last_names),
    output: "invented last names",
    examples: &[Example { column: "text", params: "", input: "Lopez", output: "Duskenbolt" }],
    compile: |args, shape, _| {
        shape.needs(locale(args).last_longest, "a last name", "a longer column, or `partial`, `hash`, `text`")?;
        Ok(drawn(args, |person, to| person.last(to)))
    },
    ..COMMON
};

/// The title.
pub const TITLE: Spec = Spec {
    name: "title",
    also: &["prefix", "salutation", "honorific", "name_prefix"],
    summary: "The title of a woman or a man, as in Ms. and Mr.",
    docs: "With `by:` it agrees with the first name and the gender by the same identity. There are two, so that many stay what \
           they were.",
    params: &[LOCALE, GENDER_PARAM],
    part_of: Some("person"),
    class: Class::Quasi,
    uniqueness: |_, _| Uniqueness::Few { outputs: 2.0 },
    equal_at_most: 1.0,
    output: "two titles",
    examples: &[Example { column: "text", params: "", input: "Mrs.", output: "Mr." }],
    compile: |args, shape, _| {
        let longest = locale(args).language.titles.iter().map(|title| title.chars().count()).max();
        shape.needs(longest.unwrap_or(0), "a title", "`constant`, or `erase`")?;
        let (locale, wanted) = (locale(args), gender(args));
        Ok(Box::new(move |value, context, output| {
            let person = Person::draw(&mut context.draw(value), locale, wanted);
            person.title(output.text());
            Ok(())
        }))
    },
    ..COMMON
};

/// The gender.
pub const GENDER: Spec = Spec {
    name: "gender",
    also: &["sex"],
    summary: "Female or male, in the column's own words.",
    docs: "With `by:` it agrees with the first name and the title by the same identity. Without, equal values get equal \
           outputs, which keeps the frequencies of the column.",
    params: &[
        Param {
            name: "forms",
            kind: ParamKind::Texts,
            required: false,
            default: "[female, male]",
            help: "What is written for a woman and for a man, as in `[F, M]` or `[2, 1]`.",
        },
        LOCALE,
        GENDER_PARAM,
    ],
    accepts: Accepts::Families(OPTIONS),
    part_of: Some("person"),
    class: Class::Quasi,
    uniqueness: |_, _| Uniqueness::Few { outputs: 2.0 },
    equal_at_most: 1.0,
    output: "the two forms",
    examples: &[
        Example { column: "text", params: "", input: "diverse", output: "female" },
        Example { column: "text", params: "{ forms: [F, M] }", input: "F", output: "M" },
    ],
    compile: compile_gender,
    ..COMMON
};

/// A login.
pub const USERNAME: Spec = Spec {
    name: "username",
    also: &["user_name", "login", "unique_login", "nickname", "handle"],
    summary: "A login: a first name and 80 bits of the key's function.",
    docs: "Lower-case letters, digits and one underscore; unique columns stay unique, case-insensitive ones too.",
    part_of: Some("person"),
    params: &[
        Param {
            name: "unique",
            kind: ParamKind::Boolean,
            required: false,
            default: "true",
            help: "false gives a shorter login with four digits instead of the 80 bits.",
        },
        LOCALE,
        GENDER_PARAM,
    ],
    uniqueness: |args, _| match unique(args) {
        true => Uniqueness::Preserved,
        // Names are cut, which joins few of them; a bit less than the whole is promised.
        false => Uniqueness::Probable { bits: locale(args).person_bits() + 13.0 - 2.0 },
    },
    output: "invented logins",
    examples: &[
        Example { column: "text", params: "", input: "mlopez", output: "jane_adg18xgmajxc27k4" },
        Example { column: "text", params: "{ unique: false }", input: "mlopez", output: "jane_zephyrfe1732" },
    ],
    compile: compile_username,
    ..COMMON
};

/// A job.
pub const JOB: Spec = Spec {
    name: "job",
    also: &["job_title", "profession", "occupation", "position"],
    summary: "A job, as in Senior Marketing Associate.",
    docs: "Of 6,600 in English.",
    params: &[LOCALE],
    part_of: Some("person"),
    class: Class::Quasi,
    equal_at_most: 0.02,
    output: "jobs of a list",
    examples: &[Example { column: "text", params: "", input: "Surgeon", output: "Principal Accounting Supervisor" }],
    compile: |args, shape, _| {
        let locale = locale(args);
        shape.needs(job_longest(locale), "a job", "a longer column, or `choice`, `text`")?;
        Ok(Box::new(move |value, context, output| draw_text(value, context, output, |draw, to| job(draw, locale, to))))
    },
    ..COMMON
};

/// The chance that a person drawn by another column has a name by chance, in lists that are shorter than the English ones.
fn unlike_english(args: &Args, count: fn(&Locale) -> usize) -> Option<f64> {
    let locale = locale(args);
    (locale.language.code != "en").then(|| 3.0 / count(locale) as f64)
}

/// The gender that is wanted.
pub(super) fn gender(args: &Args) -> Option<Gender> {
    match args.text("gender") {
        Some("female") => Some(Gender::Female),
        Some("male") => Some(Gender::Male),
        _ => None,
    }
}

fn unique(args: &Args) -> bool {
    args.boolean("unique").unwrap_or(true)
}

fn compile_gender(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let forms = match args.texts("forms") {
        None => ["female".to_owned(), "male".to_owned()],
        Some([female, male]) => [female.clone(), male.clone()],
        Some(_) => return Err(Refusal::new("`forms` are two: a woman's and a man's", "`gender: { forms: [F, M] }`")),
    };
    for form in &forms {
        shape.needs(form.chars().count(), &format!("the form `{form}`"), "`forms: [F, M]`")?;
        fixed::check_option(form, shape)?;
    }
    let (locale, wanted) = (locale(args), gender(args));
    Ok(Box::new(move |value, context, output| {
        let person = Person::draw(&mut context.draw(value), locale, wanted);
        output.text().extend_from_slice(forms[person.gender() as usize].as_bytes());
        Ok(())
    }))
}

fn compile_username(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let unique = unique(args);
    let needed = if unique { HANDLE + 1 + email::TAIL } else { 2 * HANDLE + 1 + SHORT };
    let help =
        if unique { "`username: { unique: false }` is shorter, but not unique" } else { "`hash: { length: … }`" };
    shape.needs(needed, "a username", help)?;
    let (locale, wanted) = (locale(args), gender(args));
    Ok(Box::new(move |value, context, output| {
        draw_text(value, context, output, |draw, to| {
            let person = Person::draw(draw, locale, wanted);
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
fn drawn(args: &Args, part: fn(&Person, &mut Vec<u8>)) -> MaskFn {
    let (locale, wanted) = (locale(args), gender(args));
    Box::new(move |value: Value<'_>, context: &mut Context<'_>, output: &mut Output| -> Result<(), Unmaskable> {
        draw_text(value, context, output, |draw: &mut Draw, to| part(&Person::draw(draw, locale, wanted), to))
    })
}
