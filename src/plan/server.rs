//! What the target's server must have: version, roles, extensions, encoding, space.

use super::yaml::scalar;
use super::{Input, RoleMap, TargetFacts, extensions};
use crate::catalog::RoleUse;
use crate::rules::{LargeObjects, RoleRule};
use crate::words::diagnostic::{Diagnostic, Place, nearest};
use crate::words::name::{Name, printable};

/// True if the clone is made from nothing, not after a present database or a template.
pub fn is_new(input: &Input<'_>, facts: &TargetFacts) -> bool {
    facts.oid.is_none() && input.to.template.as_ref().is_none_or(|template| template.value == "template0")
}

/// Finds what the target's server lacks, roles apart.
pub fn check(input: &Input<'_>, facts: &TargetFacts, target_bytes: u64, found: &mut Vec<Diagnostic>) {
    let source = &input.source.database;
    let place = || Place::ObjectInFile(input.to.name.value.clone(), input.to.name.place.clone());
    if facts.version_num / 10000 < source.version_num / 10000 {
        let message = format!(
            "the target's server is PostgreSQL {}, older than the source's {}",
            printable(&facts.server_version),
            printable(&source.server_version)
        );
        found.push(
            Diagnostic::error("target-older", place(), message)
                .help("a schema goes to the same or a newer major version: upgrade the target's server"),
        );
    }
    if let Some(template) = input.to.template.as_ref().filter(|one| !facts.templates.contains(&one.value)) {
        let message =
            format!("the target's server has no database {} that may be copied", Name::from(template.value.as_str()));
        let near = nearest(&template.value, facts.templates.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{}`?", printable(near)),
            None => "make it there, and let standin's role own it, or mark it with IS_TEMPLATE true".to_owned(),
        };
        found.push(Diagnostic::error("template-missing", &template.place, message).help(help));
    }
    missing_extensions(input, facts, found);
    let sorted_by = source.provider.sorts_by(&source.collate);
    let sorted_there_by = facts.provider.sorts_by(&facts.collate);
    if is_new(input, facts) {
        // It writes and sorts texts as the source does.
    } else if facts.encoding != source.encoding {
        let words = format!(
            "texts are in {} at the source, and will be in {} in the clone",
            printable(&source.encoding),
            printable(&facts.encoding)
        );
        // Only Unicode has every character, and SQL_ASCII promises none.
        found.push(match facts.encoding == "UTF8" && source.encoding != "SQL_ASCII" {
            true => Diagnostic::warning("encoding", place(), words).help("they are converted on the way"),
            false => Diagnostic::error("encoding", place(), words)
                .help(format!("make the target a database in {}", printable(&source.encoding))),
        });
    } else if sorted_by != sorted_there_by {
        let message = format!(
            "texts are sorted by {} at the source and by {} in the present target",
            printable(&sorted_by),
            printable(&sorted_there_by)
        );
        found.push(
            Diagnostic::warning("collation", place(), message).help("the clone will sort as the present target does"),
        );
    }
    if let Some(free) = facts.free_bytes.filter(|free| *free < target_bytes) {
        let message = format!(
            "the clone needs about {} MB on the target's disk, which has {} MB free",
            target_bytes >> 20,
            free >> 20
        );
        found
            .push(Diagnostic::error("disk-space", place(), message).help("free some, or put large tables into empty:"));
    }
}

fn missing_extensions(input: &Input<'_>, facts: &TargetFacts, found: &mut Vec<Diagnostic>) {
    // An administrator may have put them into a template of ours, where we do not look.
    let prepared = input.to.template.as_ref().is_some_and(|template| !template.value.starts_with("template"));
    let comes = |name: &Name| name.as_str() != "plpgsql" && extensions::skipped(input, name).is_none();
    for extension in input.source.extensions.iter().filter(|extension| comes(&extension.name)) {
        let place = Place::Object(format!("extension {}", extension.name));
        let name = extension.name.sql();
        match facts.extensions.iter().find(|available| available.name == extension.name) {
            None => found.push(
                Diagnostic::error("extension-missing", place, "the target's server does not have this extension")
                    .help(format!(
                        "install the package that brings {} {} there, or add to the environment: extensions: {{ {}: skip }}",
                        extension.name,
                        printable(&extension.version),
                        scalar(extension.name.as_str())
                    )),
            ),
            Some(available) if !available.creatable && !prepared => found.push(
                Diagnostic::error("extension-rights", place, format!("{} may not create it at the target", printable(&facts.user)))
                    .help(format!(
                        "as a superuser, make a template that has it: CREATE DATABASE standin_template TEMPLATE template0; \
                         \\c standin_template; CREATE EXTENSION {name} WITH SCHEMA {}; and write template: standin_template",
                        extension.schema.sql()
                    )),
            ),
            Some(_) => {}
        }
    }
}

/// What becomes of every role of the source; those without an answer are found, all at once.
pub fn roles(input: &Input<'_>, found: &mut Vec<Diagnostic>) -> RoleMap {
    let keeps_objects = input.rules.policy.large_objects == LargeObjects::Keep;
    let used: Vec<&RoleUse> =
        input.source.roles.iter().filter(|used| keeps_objects || !used.large_objects_only).collect();
    let mut map = RoleMap::new();
    let (mut missing, mut foreign) = (Vec::new(), Vec::new());
    for used in &used {
        let rule = rule(&input.to.roles, &used.role);
        let becomes = match rule {
            Some(rule) => rule.becomes.clone(),
            None => Some(used.role.clone()),
        };
        if let (Some(facts), Some(becomes)) = (input.target, &becomes) {
            match facts.roles.iter().find(|(name, _)| name == becomes) {
                None => missing.push((*used, rule)),
                Some((_, member)) if used.owner && !member && !facts.superuser => {
                    foreign.push((*used, becomes.clone()))
                }
                Some(_) => {}
            }
        }
        map.insert(used.role.clone(), becomes);
    }
    if let Some(facts) = input.target {
        if !missing.is_empty() {
            found.push(missing_roles(input, facts, &missing));
        }
        if !foreign.is_empty() {
            found.push(foreign_roles(input, facts, &foreign));
        }
    }
    unbound(input, &used, found);
    map
}

fn rule<'r>(rules: &'r [RoleRule], role: &Name) -> Option<&'r RoleRule> {
    let own = rules.iter().find(|rule| rule.role.as_ref().is_some_and(|named| named.value == *role));
    own.or_else(|| rules.iter().find(|rule| rule.role.is_none()))
}

fn missing_roles(input: &Input<'_>, facts: &TargetFacts, missing: &[(&RoleUse, Option<&RoleRule>)]) -> Diagnostic {
    let words: Vec<String> = missing
        .iter()
        .map(|(used, rule)| {
            let becomes = rule.and_then(|rule| rule.becomes.as_ref());
            let becomes = becomes.map(|name| format!(", which becomes {name},")).unwrap_or_default();
            let example = used.examples.first().map(|example| format!(" ({})", printable(example))).unwrap_or_default();
            format!("{}{becomes}{example}", used.role)
        })
        .collect();
    let place = match missing.iter().find_map(|(_, rule)| *rule) {
        Some(rule) => Place::File(rule.place.clone()),
        None => Place::ObjectInFile(input.to.name.value.clone(), input.to.name.place.clone()),
    };
    let lines: Vec<String> = missing
        .iter()
        .map(|(used, _)| {
            let becomes = if used.owner { scalar(&facts.user) } else { "drop".to_owned() };
            format!("{}: {becomes}", scalar(used.role.as_str()))
        })
        .collect();
    let message = format!("the target's server lacks roles that the schema names: {}", words.join("; "));
    Diagnostic::error("role-missing", place, message)
        .help(format!("create them there, or add to the environment: roles: {{ {} }}", lines.join(", ")))
}

fn foreign_roles(input: &Input<'_>, facts: &TargetFacts, foreign: &[(&RoleUse, Name)]) -> Diagnostic {
    let names: Vec<String> = foreign.iter().map(|(_, becomes)| becomes.to_string()).collect();
    let grants: Vec<String> = foreign.iter().map(|(_, becomes)| becomes.sql()).collect();
    let user = Name::from(facts.user.as_str());
    let lines: Vec<String> =
        foreign.iter().map(|(used, _)| format!("{}: {}", scalar(used.role.as_str()), scalar(&facts.user))).collect();
    let message = format!("{user} is no member of roles that own objects of the clone: {}", names.join(", "));
    let place = Place::ObjectInFile(input.to.name.value.clone(), input.to.name.place.clone());
    Diagnostic::error("role-foreign", place, message).help(format!(
        "as a superuser at the target, run: GRANT {} TO {};\nor add to the environment: roles: {{ {} }}",
        grants.join(", "),
        user.sql(),
        lines.join(", ")
    ))
}

/// Finds lines of `roles:` that speak of no role of the source.
fn unbound(input: &Input<'_>, used: &[&RoleUse], found: &mut Vec<Diagnostic>) {
    for role in input.to.roles.iter().filter_map(|rule| rule.role.as_ref()) {
        if used.iter().any(|used| used.role == role.value) {
            continue;
        }
        let names = used.iter().map(|used| used.role.as_str());
        let help = match nearest(role.value.as_str(), names) {
            Some(near) => format!("did you mean `{}`?", Name::from(near)),
            None => "take the line out".to_owned(),
        };
        let message = "no object, grant or policy of the source names this role";
        let place = Place::ObjectInFile(role.value.to_string(), role.place.clone());
        found.push(Diagnostic::error("role-unknown", place, message).help(help));
    }
}
