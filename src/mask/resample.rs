//! `resample`: each row draws one of the column's own values, each as likely as it is common.

use super::{Accepts, Acts, By, COMMON, Class, MaskFn, Param, ParamKind, Refusal, Spec, Unmaskable, snake_case};
use std::sync::{Arc, OnceLock};

/// The most distinct values that are held.
pub const MOST: usize = 10_000;

/// The mask.
pub const RESAMPLE: Spec = Spec {
    name: "resample",
    also: &["redistribute", "draw_from_column", "sample_values"],
    summary: "One of the column's own values, drawn for each row, each as likely as it is common.",
    docs: "For columns of few values, such as a status or a diagnosis: how common each is stays, who has which does not. The \
           values themselves survive, so that a column that is unique, or is called like what points to one person (`email`, \
           `phone`, `password`), is refused; so is one of more than 10000 distinct values. They are counted in the run's \
           snapshot before anything is written, among the rows that come; values that fewer than `at_least` rows have are \
           not drawn.",
    params: &[Param {
        name: "at_least",
        kind: ParamKind::Integer(1, 1_000_000),
        required: false,
        default: "5",
        help: "How many rows must have a value for it to be drawn.",
    }],
    accepts: Accepts::Anything,
    by: By::Must,
    class: Class::Quasi,
    acts: Acts::Resample,
    equal_at_most: 1.0,
    output: "the column's own values",
    examples: &[],
    compile: |_, _, _| {
        Err(Refusal::new(
            "`resample` stands for a column and cannot stand inside another mask",
            "use another mask there",
        ))
    },
    ..COMMON
};

/// How common each value of a column is; filled before the first row is masked.
#[derive(Debug, Default)]
pub struct Frequencies(OnceLock<Vec<(u64, String)>>);

impl Frequencies {
    /// Takes the values, as PostgreSQL prints them, and how many rows have each. A second time changes nothing.
    pub fn fill(&self, mut values: Vec<(String, u64)>) {
        // In an order of their own, lest that of the server's collation shows.
        values.sort();
        let total = values.iter().map(|(_, rows)| rows).sum::<u64>().max(1) as f64;
        let mut sum = 0;
        let table = values.into_iter().map(|(value, rows)| {
            sum += rows;
            // The upper end of its share of 2⁵³.
            ((sum as f64 / total * (1u64 << 53) as f64) as u64, value)
        });
        // Filled once: a plan belongs to one snapshot.
        let _ = self.0.set(table.collect());
    }

    /// The function that draws from them; it masks nothing before they are there.
    pub fn function(self: &Arc<Self>) -> MaskFn {
        let frequencies = Arc::clone(self);
        Box::new(move |value, context, output| {
            let table = frequencies.0.get().ok_or(Unmaskable::Form)?;
            let drawn = context.draw(value).bits() >> 11;
            let at = table.partition_point(|(end, _)| *end <= drawn).min(table.len().saturating_sub(1));
            let (_, text) = table.get(at).ok_or(Unmaskable::Form)?;
            output.text().extend_from_slice(text.as_bytes());
            Ok(())
        })
    }
}

/// The mask for what a column is called after, if that is secret or points to one person: `email` of `billing_email`.
pub fn called_like(column: &str) -> Option<&'static Spec> {
    let name = snake_case(column);
    let personal = |spec: &&&Spec| spec.acts == Acts::Field && matches!(spec.class, Class::Direct | Class::Secret);
    let starts = std::iter::once(0).chain(name.match_indices('_').map(|(at, _)| at + 1));
    let mut ends = starts.map(|start| &name[start..]);
    ends.find_map(|end| {
        // Much is called a name or an id; alone it is a person's.
        let said = end == name || !matches!(end, "name" | "id" | "number" | "code" | "key" | "format");
        super::ALL.iter().filter(personal).find(|spec| said && (spec.name == end || spec.also.contains(&end))).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::{Context, Domain, Output, Value};
    use crate::words::secret::Key;

    #[test]
    fn columns_are_called_after_what_they_hold() {
        for (column, mask) in [
            ("email", Some("email")),
            ("billingEmail", Some("email")),
            ("home_phone", Some("phone")),
            ("name", Some("name")),
            ("product_name", None),
            ("status", None),
            ("sex", None),
            ("diagnosis", None),
            ("id", Some("permute")),
            ("order_id", None),
            ("password_hash", Some("password")),
        ] {
            assert_eq!(called_like(column).map(|spec| spec.name), mask, "{column}");
        }
    }

    #[test]
    fn values_are_as_common_as_they_were_and_before_they_are_known_nothing_comes() {
        let key = Key::parse("0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff").expect("a key");
        let domain = Domain::new(&key, 1, "resample");
        let frequencies = Arc::new(Frequencies::default());
        let mask = frequencies.function();
        let draw = |by: i64| {
            let mut output = Output::default();
            let mut context = Context::new(&domain, Some(Value::Integer(by)));
            mask(Value::Text("x"), &mut context, &mut output).map(|()| String::from_utf8(output.buffer).expect("text"))
        };
        assert!(draw(1).is_err());
        frequencies.fill(vec![("rare".to_owned(), 1), ("common".to_owned(), 9)]);
        let rare = (0..10_000).filter(|by| draw(*by).as_deref() == Ok("rare")).count();
        assert!((850..1150).contains(&rare), "{rare}");
    }
}
