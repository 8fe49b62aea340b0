//! `company`: firms that are not there.

use super::args::{LOCALE, locale};
use super::{COMMON, Class, Example, Spec, draw_text};
use crate::synth::{company, company_longest};

/// A company.
pub const COMPANY: Spec = Spec {
    name: "company",
    also: &["company_name", "business_name", "business", "organization", "employer"],
    summary: "An invented company.",
    docs: "One of 45,000 in English.",
    params: &[LOCALE],
    class: Class::Quasi,
    equal_at_most: 1e-4,
    equal: |args| (locale(args).language.code != "en").then(|| 3.0 / (locale(args).last_names() as f64).powi(2)),
    output: "invented companies",
    examples: &[Example { column: "text", params: "", input: "Acme GmbH", output: "Bramble Flint & Co" }],
    compile: |args, shape, _| {
        let locale = locale(args);
        shape.needs(company_longest(locale), "a company", "a longer column, or `text`, `hash`")?;
        Ok(Box::new(move |value, context, output| {
            draw_text(value, context, output, |draw, to| company(draw, locale, to))
        }))
    },
    ..COMMON
};
