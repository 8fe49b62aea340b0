//! The schema of a database as a list that two databases share if they have the same: for a baseline and what became of it.

use crate::pg::fault::Fault;
use crate::words::name::printable;
use std::collections::BTreeMap;
use tokio_postgres::Client;

/// Every thing of users' schemas by kind and name, with its state as a text that is equal in equal states.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape(BTreeMap<Thing, String>);

/// Kind and name.
type Thing = (String, String);

/// What became of a schema.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Things that were not there.
    pub new: Vec<String>,
    /// Things that are gone or changed, each with the word for it.
    pub lost: Vec<String>,
}

/// The schema of the session's database.
pub async fn shape(client: &Client) -> Result<Shape, Fault> {
    let rows = client.query(include_str!("shape.sql"), &[]).await.map_err(Fault::schema)?;
    Ok(Shape(rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect()))
}

impl Shape {
    /// What a later look finds: things that are new, and those that are gone or changed.
    pub fn changes(&self, later: &Shape) -> Changes {
        let named = |(kind, name): &Thing| format!("the {kind} {}", printable(name));
        let mut lost: Vec<String> = self.without(later).map(|thing| format!("{} is gone", named(thing))).collect();
        let other = |(thing, state): &(&Thing, &String)| later.0.get(*thing).is_some_and(|found| found != *state);
        lost.extend(self.0.iter().filter(other).map(|(thing, _)| format!("{} changed", named(thing))));
        Changes { new: later.without(self).map(named).collect(), lost }
    }

    /// Things that another schema does not have; of a table that it does not have, the table alone.
    fn without<'s>(&'s self, other: &Shape) -> impl Iterator<Item = &'s Thing> {
        let alone: Vec<&Thing> = self.0.keys().filter(|thing| !other.0.contains_key(*thing)).collect();
        let is_table = |kind: &str| ["table", "view", "materialised view", "foreign table", "sequence"].contains(&kind);
        let tables: Vec<&str> = alone.iter().filter(|thing| is_table(&thing.0)).map(|thing| thing.1.as_str()).collect();
        let of_table = move |thing: &&Thing| {
            let of = |table: &&str| {
                thing.1.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ',']))
            };
            !is_table(&thing.0) && tables.iter().any(of)
        };
        alone.into_iter().filter(move |thing| !of_table(thing))
    }

    /// What another schema has otherwise, in words: `the column public.users.phone is only in …`.
    pub fn differences(&self, here: &str, other: &Shape, there: &str) -> Vec<String> {
        let named = |thing: &Thing| format!("the {} {}", thing.0, printable(&thing.1));
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

    #[test]
    fn what_went_with_its_table_is_not_told() {
        let of = |things: &[(&str, &str, &str)]| {
            let thing =
                |(kind, name, state): &(&str, &str, &str)| ((kind.to_string(), name.to_string()), state.to_string());
            Shape(things.iter().map(thing).collect())
        };
        let before = of(&[
            ("table", "p.t", "r"),
            ("column", "p.t.a", "int"),
            ("index", "p.t, i", ""),
            ("grants on", "p.t", ""),
            ("trigger", "p.u, g", "O"),
        ]);
        let after = of(&[
            ("trigger", "p.u, g", "D"),
            ("table", "p.tt", "r"),
            ("column", "p.tt.a", "int"),
            ("column", "p.u.b", "int"),
        ]);
        let changes = before.changes(&after);
        assert_eq!(changes.lost, ["the table p.t is gone", "the trigger p.u, g changed"]);
        assert_eq!(changes.new, ["the column p.u.b", "the table p.tt"]);
    }
}
