//! The row of whoever may log in: one of those that are written out, or one before them.

use super::build::World;
use super::{Generator, TableSeed, fixed};
use crate::catalog::Table;
use crate::synth::Stream;
use crate::synth::kind::Kind;
use crate::words::diagnostic::{Diagnostic, Place};

/// The cost of the password's hash: that of most frameworks in development.
const COST: u32 = 8;

/// Writes the address and the hash of the password into a row.
pub fn row(world: &World<'_>, table: &Table, seed: &mut TableSeed, found: &mut Vec<Diagnostic>) {
    let Some(login) = world.input.rules.login.as_ref().filter(|login| login.table.value == table.name) else { return };
    let mut wrong = |place: &crate::words::diagnostic::FilePlace, message: &str, help: &str| {
        let place = Place::ObjectInFile(table.name.to_string(), place.clone());
        found.push(Diagnostic::error("seed-login", place, message).help(help));
    };
    let column = |wanted: Kind| {
        seed.columns.iter().position(|column| matches!(column.generator, Generator::Text(kind) if kind == wanted))
    };
    let (Some(email), Some(password)) = (column(Kind::Email), column(Kind::PasswordHash)) else {
        let message = "no column of it is known to hold an address, or none the hash of a password";
        let help =
            "name them under `columns`, as in `{ mail: email, secret: password_hash }`; a hash has 60 characters";
        return wrong(&login.table.place, message, help);
    };
    let mut draw = Stream::new(world.input.seed, &table.name.to_string(), "\0login").row(0, 0);
    let mut salt = [0; 16];
    salt.chunks_exact_mut(8).for_each(|part| part.copy_from_slice(&draw.bits().to_le_bytes()));
    let Ok(hash) = bcrypt::hash_with_salt(&login.password, COST, salt) else {
        return wrong(&login.email.place, "bcrypt takes no such password", "make it shorter");
    };
    let address = Some(login.email.value.clone());
    let at = seed.fixed.iter().position(|row| row.values.contains(&(email, address.clone())));
    let mut values = at.map(|at| seed.fixed.remove(at).values).unwrap_or_else(|| vec![(email, address)]);
    values.retain(|(place, _)| *place != password);
    values.push((password, Some(hash.to_string())));
    match fixed::with_variants(seed, values) {
        Some(row) => seed.fixed.insert(at.unwrap_or(0), row),
        None => wrong(&login.email.place, "the checks do not allow the row", "correct the address"),
    }
}
