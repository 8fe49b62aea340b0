//! Baselines, for people and for scripts.

use super::progress::size;
use super::table::plain;
use crate::branch::Baseline;
use serde_json::{Map, Value, json};
use std::io::IsTerminal as _;

/// One line for each baseline and its bytes.
pub fn text(kept: &[(Baseline, Option<u64>)]) -> String {
    if kept.is_empty() {
        return "no baselines\n".to_owned();
    }
    let rows = kept.iter().map(|(baseline, bytes)| {
        let prepared = if baseline.prepared.is_some() { "yes" } else { "no" };
        let bytes = bytes.map_or("?".to_owned(), size);
        [baseline.name.clone(), baseline.marker.at.clone(), bytes, prepared.to_owned(), baseline.template.name.clone()]
    });
    plain(["NAME", "SAVED", "SIZE", "PREPARED", "DATABASE"], rows, std::io::stdout().is_terminal())
}

/// The same as JSON.
pub fn json(kept: &[(Baseline, Option<u64>)]) -> Map<String, Value> {
    let each = kept.iter().map(|(baseline, bytes)| {
        json!({ "name": baseline.name, "saved_at": baseline.marker.at, "bytes": bytes, "database": baseline.template.name,
                "prepared": baseline.prepared.as_ref().map(|prepared| &prepared.name) })
    });
    Map::from_iter([("baselines".to_owned(), each.collect())])
}
