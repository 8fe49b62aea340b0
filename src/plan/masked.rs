//! A source that is a masked clone itself, as its marker proves: it is copied as it is, and no key is needed.

use super::{Decision, Input};
use crate::pg::marker::{Marker, State};
use crate::rules::Tier;
use crate::words::diagnostic::{Diagnostic, FilePlace, Place};

/// The marker of a source that `from:` names and that standin made whole, under that name, with a key.
pub fn marker<'a>(input: &Input<'a>) -> Option<&'a Marker> {
    let marker = input.source.database.marker.as_ref()?;
    let is_clone = marker.state == State::Published && !marker.existing && !marker.key.is_empty();
    (input.from.tier != Tier::Production && is_clone && marker.environment == input.from.name.value).then_some(marker)
}

/// What decides the tables of such a source.
pub fn decision(input: &Input<'_>) -> Option<Decision> {
    marker(input)?;
    let words = format!("{} is masked already", input.from.name.value);
    Some(Decision { words, place: input.from.name.place.clone().into() })
}

/// Finds what a run without a key cannot do: mask, and draw rows.
pub fn check(input: &Input<'_>, found: &mut Vec<Diagnostic>) {
    if !input.wanted.keyless {
        return;
    }
    const HELP: &str =
        "`standin key` makes one, for STANDIN_KEY; `--fresh-key` takes one that is forgotten after the run";
    if marker(input).is_none() {
        let place = Place::ObjectInFile(input.from.name.value.clone(), input.from.name.place.clone());
        let message = "there is no masking key, and its marker does not say that standin made all of it, masked";
        found.push(Diagnostic::error("no-key", place, message).help(HELP));
    } else if let Some(place) = drawn(input) {
        let message = "there is no key, and rows are drawn by one";
        found.push(Diagnostic::error("no-key", place, message).help(HELP));
    }
}

/// The first line that draws rows.
fn drawn(input: &Input<'_>) -> Option<FilePlace> {
    let samples = input.rules.tables.iter().filter_map(|rule| rule.sample.as_ref());
    let samples = samples.filter(|sample| sample.value.newest_by.is_none()).map(|sample| &sample.place);
    let roots = input.rules.subset.iter().flat_map(|subset| &subset.roots);
    let roots = roots.filter(|root| root.amount.is_some()).map(|root| &root.table.place);
    samples.chain(roots).next().cloned()
}
