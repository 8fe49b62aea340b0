//! One environment with its `${…}` filled in: how to reach it, and the names that it uses.

use super::interpolate::fill;
use super::variables::{Variables, directory};
use super::{Environment, HookStep, Rules};
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
    for hook in &mut resolved.after {
        match &mut hook.step {
            HookStep::Sql(file) => filled(file),
            HookStep::Run(argv) => {
                for word in &mut argv.value {
                    let mut text = Spanned::new(std::mem::take(word), argv.place.clone());
                    filled(&mut text);
                    *word = text.value;
                }
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::diagnostic::SourceFile;
    use std::sync::Arc;

    fn rules(environment: &str) -> Rules {
        let text = format!("version: 1\nenvironments:\n  e:\n    tier: staging\n{environment}");
        crate::rules::parse(Arc::new(SourceFile { path: "etc/r.yaml".into(), text })).expect("rules")
    }

    fn connected(environment: &str, variables: &Variables) -> Result<ResolvedConnection, Vec<String>> {
        let rules = rules(environment);
        connection(&rules, &rules.environments[0], variables)
            .map_err(|faults| faults.into_iter().map(|fault| fault.message).collect())
    }

    #[test]
    fn variables_are_filled_in_and_every_missing_one_is_named() {
        let variables = Variables::of([("URL", "postgres://a:b@c/d"), ("EMPTY", ""), ("PW", "${URL}")]);
        let url = |text: &str| {
            connected(&format!("    url: \"{text}\"\n"), &variables)
                .map(|connection| connection.url.expect("a url").expose().to_owned())
        };
        assert_eq!(url("${URL}").as_deref(), Ok("postgres://a:b@c/d"));
        assert_eq!(url("postgres://a:${PW}@c/${NONE:-d}${EMPTY:-e}").as_deref(), Ok("postgres://a:${URL}@c/de"));
        assert_eq!(url("${EMPTY}"), Err(vec!["`url` is empty once its variables are filled in".into()]));
        let faults =
            connected("    host: \"${A}\"\n    user: \"${B}\"\n    password_command: [cat, \"${C}\"]\n", &variables);
        let unset = ["A", "B", "C"].map(|name| format!("the variable {name} is not set"));
        assert_eq!(faults.err(), Some(unset.to_vec()));
        let found = connected("    host: h\n    port: 5433\n    password_command: [cat, \"${NONE:-x}\"]\n", &variables);
        let found = found.expect("a connection");
        assert_eq!(found.base, Path::new("etc"));
        assert_eq!(found.password_command, Some(vec!["cat".into(), "x".into()]));
    }

    #[test]
    fn everything_else_is_filled_in_too() {
        let rules =
            rules("    url: x\n    template: \"${T}\"\n    report: \"${T}.json\"\n    roles: { a: \"${T}_b\" }\n");
        let resolved = resolve(&rules.environments[0], &Variables::of([("T", "t")])).expect("resolved");
        assert_eq!(resolved.template.map(|template| template.value).as_deref(), Some("t"));
        assert_eq!(resolved.options.report[0].value, "t.json");
        assert_eq!(resolved.roles[0].becomes.as_ref().map(Name::as_str), Some("t_b"));
        assert_eq!(resolve(&rules.environments[0], &Variables::default()).err().map(|faults| faults.len()), Some(3));
    }
}
