//! `--migrations DIR`: plain SQL files, in the order of their names.

use crate::pg::marker::Marker;
use crate::pg::seeding::Migration;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// Reads every `*.sql` of a directory but for those that undo another (`*.down.sql`); numbers in names count as numbers.
pub fn read(directory: &Path) -> Result<Vec<Migration>> {
    let shown = directory.display().to_string();
    let wrong = |place: &str, message: String, help: &str| {
        Error::usage(Diagnostic::error("migrations", Place::Object(place.to_owned()), message).help(help))
    };
    let unreadable =
        |place: &str, cause: std::io::Error| wrong(place, format!("cannot be read: {cause}"), "check the path");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(|cause| unreadable(&shown, cause))? {
        let entry = entry.map_err(|cause| unreadable(&shown, cause))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sql") && !name.ends_with(".down.sql") && entry.path().is_file() {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(wrong(&shown, "no file ends in .sql".to_owned(), "name the directory that holds the migrations"));
    }
    names.sort_by_cached_key(|name| parts(name));
    let mut migrations = Vec::new();
    for name in names {
        let path = directory.join(&name);
        let file = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|cause| unreadable(&file, cause))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        let digest = Sha256::digest(text.as_bytes());
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let migration = Migration { file: name, text, sha256 };
        if let Some(word) = migration.ends_transaction() {
            let help = "take it away: all files and all rows come in one transaction";
            return Err(wrong(&file, format!("the file holds {word}"), help));
        }
        migrations.push(migration);
    }
    Ok(migrations)
}

/// Those that a database lacks, by what its marker says; a file that was changed since is refused.
pub fn lacking<'m>(
    migrations: &'m [Migration],
    marker: Option<&Marker>,
    has_tables: bool,
) -> Result<Vec<&'m Migration>> {
    let applied = marker.map(|marker| &marker.migrations[..]).unwrap_or_default();
    let refused = |file: &str, message: String, help: &str| {
        Error::refused(Diagnostic::error("migrations", Place::Object(file.to_owned()), message).help(help))
    };
    if applied.is_empty() && has_tables && !migrations.is_empty() {
        let message = "the database has tables, and nothing says which of the files they come from".to_owned();
        let help = "leave --migrations away where another tool migrates, or begin with an empty database";
        return Err(refused("--migrations", message, help));
    }
    let mut lacking = Vec::new();
    for migration in migrations {
        match applied.iter().find(|(file, _)| *file == migration.file) {
            None => lacking.push(migration),
            Some((_, sha256)) if *sha256 == migration.sha256 => {}
            Some(_) => {
                let message = "the file was changed after it was applied to this database".to_owned();
                return Err(refused(&migration.file, message, "add a new file, or begin with an empty database"));
            }
        }
    }
    Ok(lacking)
}

/// A name as texts and numbers in turn: `V10__b.sql` comes after `V2__a.sql`.
fn parts(name: &str) -> Vec<(String, u128)> {
    let mut parts = vec![(String::new(), 0u128)];
    for character in name.chars() {
        let last = parts.len() - 1;
        match character.to_digit(10) {
            Some(digit) => parts[last].1 = parts[last].1.saturating_mul(10).saturating_add(u128::from(digit)),
            None if parts[last].1 == 0 => parts[last].0.push(character),
            None => parts.push((character.to_string(), 0)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_in_names_count() {
        let mut names = ["V10__b.sql", "V2__a.sql", "20240102_x.sql", "0003_c.sql", "0001_z.sql"];
        names.sort_by_cached_key(|name| super::parts(name));
        assert_eq!(names, ["0001_z.sql", "0003_c.sql", "20240102_x.sql", "V2__a.sql", "V10__b.sql"]);
    }
}
