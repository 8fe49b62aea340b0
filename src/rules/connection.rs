//! One environment with its `${…}` filled in: how to reach it, and the names that it uses.

use super::interpolate::fill;
use super::variables::{Variables, directory};
use super::{Environment, Rules};
use crate::words::diagnostic::{Diagnostic, Spanned};
use crate::words::name::Name;
use crate::words::secret::Secret;
use std::path::{Path, PathBuf};

/// How to reach a database, ready to be used; it holds passwords and cannot be printed.
#[derive(Clone)]
pub struct ResolvedConnection {
    /// A URL or a keyword string.
    pub url: Option<Secret>,
    /// libpq's keywords.
    pub fields: Vec<(String, Secret)>,
    /// Program and arguments that print the password.
    pub password_command: Option<Vec<String>>,
    /// What relative paths are relative to: the rules file's directory.
    pub base: PathBuf,
}

/// Fills in the `${…}` of one environment's connection.
pub fn connection(
    rules: &Rules,
    environment: &Environment,
    variables: &Variables,
) -> Result<ResolvedConnection, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut filled = |text: &Spanned<String>| fill(text, variables).map_err(|fault| faults.push(fault)).ok();
    let written = &environment.connection;
    let url = written.url.as_ref().and_then(&mut filled);
    let fields = written.fields.iter().filter_map(|(name, value)| Some((name.value.clone(), filled(value)?))).collect();
    let password_command = written.password_command.as_ref().map(|command| {
        let words = command.value.iter().map(|word| Spanned::new(word.clone(), command.place.clone()));
        words.filter_map(|word| Some(filled(&word)?.expose().to_owned())).collect()
    });
    if let Some(place) = written.url.as_ref().filter(|_| url.as_ref().is_some_and(|url| url.expose().trim().is_empty()))
    {
        let help = "a connection is never made to a default database; set the variable";
        faults.push(
            Diagnostic::error("url-empty", &place.place, "`url` is empty once its variables are filled in").help(help),
        );
    }
    let base = directory(Path::new(&rules.file.path)).to_owned();
    if faults.is_empty() { Ok(ResolvedConnection { url, fields, password_command, base }) } else { Err(faults) }
}

/// Fills in the `${…}` of everything else in an environment: key, template, roles, reports.
pub fn resolve(environment: &Environment, variables: &Variables) -> Result<Environment, Vec<Diagnostic>> {
    let mut resolved = environment.clone();
    let mut faults = Vec::new();
    let mut filled = |text: &mut Spanned<String>| match fill(text, variables) {
        Ok(value) => text.value = value.expose().to_owned(),
        Err(fault) => faults.push(fault),
    };
    let texts = [&mut resolved.template, &mut resolved.maintenance_database].into_iter().flatten();
    texts.chain(&mut resolved.options.report).for_each(&mut filled);
    if let Some(super::KeyRule::File { path, .. }) = &mut resolved.key {
        filled(path);
    }
    for rule in &mut resolved.roles {
        if let Some(name) = &mut rule.becomes {
            let mut text = Spanned::new(name.as_str().to_owned(), rule.place.clone());
            filled(&mut text);
            *name = Name::from(text.value);
        }
    }
    if faults.is_empty() { Ok(resolved) } else { Err(faults) }
}
