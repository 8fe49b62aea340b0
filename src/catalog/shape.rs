//! The schema of a database as a list that two databases share if they have the same: for a baseline and what became of it.

use crate::pg::fault::Fault;
use crate::words::name::printable;
use std::collections::BTreeMap;
use tokio_postgres::Client;

/// Every thing of users' schemas by kind and name, with its state as a text that is equal in equal states.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape(BTreeMap<(String, String), String>);

/// The schema of the session's database.
pub async fn shape(client: &Client) -> Result<Shape, Fault> {
    let rows = client.query(include_str!("shape.sql"), &[]).await.map_err(Fault::schema)?;
    Ok(Shape(rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect()))
}

impl Shape {
    /// What another schema has otherwise, in words: `the column public.users.phone is only in …`.
    pub fn differences(&self, here: &str, other: &Shape, there: &str) -> Vec<String> {
        let named = |thing: &(String, String)| format!("the {} {}", thing.0, printable(&thing.1));
        let mut found: Vec<String> = (self.0.iter())
            .filter(|(thing, state)| other.0.get(*thing) != Some(*state))
            .map(|(thing, _)| match other.0.contains_key(thing) {
                true => format!("{} differ{}", named(thing), if thing.0.starts_with("grants") { "" } else { "s" }),
                false => format!("{} is only in {here}", named(thing)),
            })
            .collect();
        let missing = other.0.keys().filter(|thing| !self.0.contains_key(*thing));
        found.extend(missing.map(|thing| format!("{} is only in {there}", named(thing))));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_is_told_what_it_alone_has() {
        let of = |things: &[(&str, &str, &str)]| {
            Shape(
                things
                    .iter()
                    .map(|(kind, name, state)| ((kind.to_string(), name.to_string()), state.to_string()))
                    .collect(),
            )
        };
        let live = of(&[("table", "t", "r"), ("column", "t.a", "int"), ("column", "t.b", "int")]);
        let kept = of(&[("table", "t", "r"), ("column", "t.a", "text"), ("column", "t.c", "int")]);
        assert_eq!(
            live.differences("demo", &kept, "the baseline"),
            ["the column t.a differs", "the column t.b is only in demo", "the column t.c is only in the baseline"]
        );
        assert_eq!(live.differences("demo", &live, "the baseline"), Vec::<String>::new());
    }
}
