//! What somebody might write who has not decided yet, as far as names tell; and what `keep: rest` should not have decided.

use super::yaml::scalar;
use crate::catalog::{Column, Table};
use crate::mask::{Family, masks_for_type};
use crate::words::name::{self, Name};
use std::collections::BTreeMap;

/// A mask, the families of types that it is meant for, and what columns of them are called, in a few languages.
type Personal = (&'static str, &'static [Family], &'static [&'static str]);

const NUMBERS: &[Family] = &[Family::Integer, Family::Decimal];
const DAYS: &[Family] = &[Family::Date, Family::Timestamp];
const PLACES: &[Family] = &[Family::Decimal, Family::Float];
const AMOUNTS: &[Family] = &[Family::Integer, Family::Decimal, Family::Float];
const LABELS: &[Family] = &[Family::Integer, Family::Enum];

const PERSONAL: &[Personal] = &[
    ("digits", NUMBERS, &["ssn", "nino", "passport", "taxid", "taxnumber", "nationalid", "personnummer", "cpf", "bsn"]),
    ("digits", NUMBERS, &["phone", "mobile", "cellphone", "telephone", "telefon", "telefono", "msisdn", "fax", "imei"]),
    ("digits", NUMBERS, &["card", "pan", "cvv", "cvc", "accountnumber", "routingnumber", "pin", "otp", "passcode"]),
    ("uuid", &[Family::Uuid], &["token", "secret", "password", "apikey", "accesskey"]),
    ("latitude", PLACES, &["lat", "latitude"]),
    ("longitude", PLACES, &["lon", "lng", "longitude"]),
    ("{ noise: … }", AMOUNTS, &["salary", "wage", "income", "gehalt", "salario"]),
    ("resample", LABELS, &["gender", "sex", "religion", "ethnicity", "nationality", "diagnosis", "geschlecht", "sexo"]),
    ("{ date_shift: … }", DAYS, &["birth", "birthday", "birthdate", "dob", "born", "death", "deathdate"]),
    (
        "{ date_shift: … }",
        DAYS,
        &["geburtsdatum", "geburtstag", "naissance", "nacimiento", "nascimento", "geboortedatum"],
    ),
];

/// Last words of names that speak of something else, as in `card_count`.
const OTHERWISE: &[&str] =
    &["id", "count", "type", "kind", "status", "version", "length", "attempts", "limit", "order"];

/// The mask for a column of a type that cannot carry text, whose name says that it may be somebody's all the same.
pub(super) fn personal(column: &Column) -> Option<&'static str> {
    let family = Family::of(&column.ty)?;
    let mut words = name::words(column.name.as_str());
    if words.last().is_some_and(|last| OTHERWISE.contains(&last.as_str())) {
        return None;
    }
    words.extend(words.windows(2).map(<[String]>::concat).collect::<Vec<_>>());
    let called = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    PERSONAL.iter().find(|(_, families, names)| families.contains(&family) && called(names)).map(|(mask, ..)| *mask)
}

/// The line that would decide a column, as far as its name tells.
pub(super) fn line(column: &Column) -> String {
    let masks = masks_for_type(&column.ty);
    let folded = column.name.as_str().to_lowercase();
    let guess = masks.iter().find(|mask| folded.contains(&mask.replace("_name", "")) && mask.len() > 3);
    match guess {
        Some(mask) => format!("add `{}: {mask}` under mask:", scalar(&column.name.to_string())),
        None => format!("add `{}: …` under mask: ({})", scalar(&column.name.to_string()), masks.join(", ")),
    }
}

/// What a rule for a table might look like.
pub(super) fn rule(table: &Table) -> String {
    let (mut harmless, mut masks) = (false, BTreeMap::<&Name, ()>::new());
    for column in table.columns.iter().filter(|column| !column.generated) {
        match column.ty.is_harmless() && personal(column).is_none() {
            true => harmless = true,
            false => drop(masks.insert(&column.name, ())),
        }
    }
    let mut parts = Vec::new();
    if harmless || masks.is_empty() {
        parts.push("keep: rest".to_owned());
    }
    if !masks.is_empty() {
        let names: Vec<String> = masks.keys().take(8).map(|name| format!("{}: …", scalar(&name.to_string()))).collect();
        let more = if masks.len() > 8 { ", …" } else { "" };
        parts.push(format!("mask: {{ {}{more} }}", names.join(", ")));
    }
    format!(
        "add `{}: {{ {} }}` under tables:, or the table to empty:",
        scalar(&table.name.to_string()),
        parts.join(", ")
    )
}
