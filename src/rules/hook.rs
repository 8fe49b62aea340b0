//! The hooks of an environment, ready to be run: files read, programs found, secrets taken out of their environment.

use super::interpolate::{Piece, pieces};
use super::scalar::duration;
use super::variables::{Variables, directory};
use super::{Environment, HookStep, KeyRule, Rules};
use crate::pg::hook::{Hook, Step};
use crate::words::diagnostic::{Diagnostic, Place, Spanned};
use crate::words::name::printable;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

/// A value of at least this many characters is looked for in other variables too.
const TELLING: usize = 8;

/// Reads the hooks of an environment whose `${…}` are filled in.
pub fn hooks(rules: &Rules, environment: &Environment, variables: &Variables) -> Result<Vec<Hook>, Vec<Diagnostic>> {
    let base = directory(Path::new(&rules.file.path));
    let base = std::path::absolute(base).unwrap_or_else(|_| base.to_owned());
    let (mut hooks, mut faults) = (Vec::new(), Vec::new());
    for hook in &environment.after {
        let (name, place) = match &hook.step {
            HookStep::Sql(file) => (format!("after: sql {}", printable(&file.value)), &file.place),
            HookStep::Run(argv) => (format!("after: run {}", printable(&argv.value[0])), &argv.place),
        };
        let place = Place::ObjectInFile(name, place.clone());
        let step = match &hook.step {
            HookStep::Sql(file) => std::fs::read_to_string(base.join(&file.value))
                .map(|text| Step::Sql { file: file.value.clone(), text })
                .map_err(|error| format!("the file cannot be read: {}", error.kind())),
            HookStep::Run(argv) if argv.value[0].contains('/') && !base.join(&argv.value[0]).is_file() => {
                Err("there is no such program".to_owned())
            }
            HookStep::Run(argv) => Ok(Step::Run {
                argv: argv.value.clone(),
                directory: base.clone(),
                environment: open_environment(rules, variables),
            }),
        };
        match step {
            Ok(step) => hooks.push(Hook { place, step, limit: duration(hook.timeout) }),
            Err(message) => {
                let help = format!("its path is relative to {}", base.display());
                faults.push(Diagnostic::error("after", place, message).help(help));
            }
        }
    }
    if faults.is_empty() { Ok(hooks) } else { Err(faults) }
}

/// The process environment without what tells of keys and databases: variables of standin's own, those that any
/// environment or key of the rules names, and every other one in which the value of such a one stands.
fn open_environment(rules: &Rules, variables: &Variables) -> Vec<(OsString, OsString)> {
    let named = named(rules);
    let secret = |name: &str| named.contains(name) || name.starts_with("STANDIN_") || name == "CREDENTIALS_DIRECTORY";
    let inherited: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let values: Vec<String> = inherited
        .iter()
        .map(|(name, value)| (name.to_string_lossy(), value.to_string_lossy()))
        .filter(|(name, _)| secret(name))
        .map(|(_, value)| value.into_owned())
        .chain(named.iter().filter_map(|name| Some(variables.get(name)?.expose().to_owned())))
        .filter(|value| value.len() >= TELLING)
        .collect();
    let tells = |value: &str| values.iter().any(|secret| value.contains(secret));
    inherited
        .into_iter()
        .filter(|(name, value)| !secret(&name.to_string_lossy()) && !tells(&value.to_string_lossy()))
        .collect()
}

/// The variables that connections and keys of any environment name.
fn named(rules: &Rules) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for environment in &rules.environments {
        let connection = &environment.connection;
        let fields = connection.fields.iter().map(|(_, value)| value);
        let command = connection.password_command.iter().flat_map(|command| &command.value).map(String::as_str);
        let texts = connection.url.iter().chain(fields).map(|text: &Spanned<String>| text.value.as_str());
        for piece in texts.chain(command).flat_map(|text| pieces(text).unwrap_or_default()) {
            if let Piece::Variable { name, .. } = piece {
                names.insert(name.to_owned());
            }
        }
        if let Some(KeyRule::Env { name, .. }) = &environment.key {
            names.insert(name.value.clone());
        }
    }
    names
}
