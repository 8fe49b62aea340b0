//! Extensions that the clone does without (`extensions: { pg_cron: skip }`): nothing that comes may need them.

use super::{Input, skip};
use crate::catalog::Extension;
use crate::words::diagnostic::{Diagnostic, Place, Spanned, nearest};
use crate::words::name::{Name, printable};

/// The line that leaves an extension out.
pub fn skipped<'a>(input: &Input<'a>, extension: &Name) -> Option<&'a Spanned<Name>> {
    input.to.skip_extensions.iter().find(|name| name.value == *extension)
}

/// The extensions that the clone does without.
pub fn left<'a>(input: &Input<'a>) -> impl Iterator<Item = &'a Extension> {
    input.source.extensions.iter().filter(|extension| skipped(input, &extension.name).is_some())
}

/// Finds lines that name no extension of the source, and extensions that something needs.
pub fn check(input: &Input<'_>, found: &mut Vec<Diagnostic>) {
    for line in &input.to.skip_extensions {
        let place = Place::ObjectInFile(format!("extension {}", line.value), line.place.clone());
        let Some(extension) = input.source.extensions.iter().find(|extension| extension.name == line.value) else {
            let names = input.source.extensions.iter().map(|extension| extension.name.as_str());
            let help = match nearest(line.value.as_str(), names) {
                Some(near) => format!("did you mean `{}`?", Name::from(near)),
                None => "take the line out".to_owned(),
            };
            found.push(Diagnostic::error("extension-unknown", place, "the source has no such extension").help(help));
            continue;
        };
        let others = extension.extensions.iter().filter(|other| skipped(input, other).is_none());
        let by: Vec<String> = (others.map(|other| format!("extension {other}")))
            .chain(extension.dependents.iter().map(|thing| printable(thing)))
            .collect();
        if by.is_empty() {
            continue;
        }
        found.push(
            Diagnostic::error("extension-needed", place, format!("these need it: {}", skip::few(&by)))
                .help("take the line out and install it at the target, or drop at the source what needs it"),
        );
    }
}
